"""A 5xx by which a platform says plainly that it did nothing because it was asked too fast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from raw_server import Server, refuse, reply

from connector.domain.errors import OutcomeUnknown, RateLimited, Unwell
from connector.domain.model import Priority
from connector.rest.budget import Budget, MemoryLedger
from connector.rest.client import Client, Kind, Tuning

THROTTLED = b'{"code": 7}'
Serve = Callable[..., Server]
Open = Callable[[str], tuple[Client, Budget]]


@pytest.fixture
def open_client() -> Iterator[Open]:
    with ExitStack() as stack:

        def opened(url: str) -> tuple[Client, Budget]:
            budget = Budget(MemoryLedger(), "somebody", ())
            client = Client(
                platform="somebody",
                base_url=url,
                headers=dict,
                accept=("application/json",),
                refuse=refuse,
                budget=budget,
                tuning=Tuning(
                    total_s=1.5, attempts=2, backoff_s=0.01, soonest_retry_s=0.01, retry_after_fallback_s=9.0
                ),
                throttled=lambda status, body: status == 503 and body == {"code": 7},
            )
            stack.callback(client.close)
            return client, budget

        yield opened


def post(client: Client) -> object:
    return client.request(Kind.WRITE, "POST", "/v1/things", body=b"{}", content_type="application/json")


def test_a_write_that_was_throttled_is_no_doubt_and_everybody_waits(serve: Serve, open_client: Open) -> None:
    server = serve(reply(503, THROTTLED))
    client, budget = open_client(server.url)

    with pytest.raises(RateLimited) as caught:
        post(client)

    assert (caught.value.status, caught.value.retry_after_s, len(server.requests)) == (503, 9.0, 1)
    with pytest.raises(RateLimited):
        budget.acquire(Priority.MANUAL, 0.0)


def test_it_is_sent_again_after_a_short_wait(serve: Serve, open_client: Open) -> None:
    server = serve(reply(503, THROTTLED, Retry_After="0"), reply(200, b"{}"))

    post(open_client(server.url)[0])

    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "handler",
    [
        reply(503, b'{"code": 8}'),
        reply(500, THROTTLED),
        reply(503, THROTTLED, "text/html"),
        reply(503, b"{"),
        reply(503),
    ],
)
def test_any_other_is_what_it_was(serve: Serve, open_client: Open, handler: object) -> None:
    client, _ = open_client(serve(handler).url)
    with pytest.raises(OutcomeUnknown):
        post(client)
    with pytest.raises(Unwell):
        client.request(Kind.READ, "GET", "/v1/things")
