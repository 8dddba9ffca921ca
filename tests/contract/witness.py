"""Holds every request that leaves the connector against the contracts, whatever test makes it.

Wraps the one place where bytes leave (`rest.transport.Transport.exchange`), keeps each request as it was sent, and
lets the test fail at its end if one of them breaks its contract. A redirected download goes to nobody's contract and is
left out, and so are calls to SMS vendors, whose judges are their own SDKs, and what a test sends wrong on purpose,
which it says with the marker `breaks_the_contract`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest

from connector.rest.transport import Transport
from tests.contract.openapi import ContractViolation, PlainRequest, validate_request


class Witness:
    """What was seen, and what was wrong with it."""

    def __init__(self) -> None:
        self.requests = 0
        self.violations: list[ContractViolation] = []

    def look(self, request: PlainRequest) -> None:
        """Judge one request."""
        platform = "pinpoint" if "/api/v1/" in request.url else "cord"
        self.requests += 1
        try:
            validate_request(platform, request)
        except ContractViolation as violation:
            self.violations.append(violation)


@contextmanager
def witnessing(patch: pytest.MonkeyPatch) -> Iterator[Witness]:
    """Watch every exchange until the end of the block."""
    witness = Witness()
    plain = Transport.exchange

    def exchange(self: Transport, method: str, url: str, **rest: Any) -> Any:
        to_sms_vendor = rest["headers"].get("Authorization", "").startswith("Basic ")
        if "X-Request-Id" in rest["headers"] and not to_sms_vendor:
            body = rest.get("body")
            # a body that is made anew for every attempt can be made once more for us
            sent = b"".join(body()) if callable(body) else body or b""
            query = urlencode(list(rest.get("params") or ()))
            headers = dict(rest["headers"])
            witness.look(PlainRequest(method, f"{url}?{query}" if query else url, headers, sent))
        return plain(self, method, url, **rest)

    with patch.context() as patched:
        patched.setattr(Transport, "exchange", exchange)
        yield witness


@pytest.fixture(autouse=True)
def every_request_keeps_the_contract(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Witness]:
    """Fail a test whose requests break a contract."""
    with witnessing(monkeypatch) as witness:
        yield witness
    if request.node.get_closest_marker("breaks_the_contract") is None:
        assert witness.violations == []
