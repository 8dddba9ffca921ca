"""What we ask Plivo, compared with what Plivo's own SDK asks; and what becomes of a send."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import plivo.rest.client as plivo_client
import pytest
from plivo import RestClient
from plivo.exceptions import PlivoRestError

from connector.domain.errors import (
    KeyRefused,
    NeverArrived,
    NotThere,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    Rejected,
    WireError,
)
from connector.domain.texts import Delivery, Outgoing
from connector.platforms.plivo.adapter import PlivoTexting
from connector.rest.calls import CallSeen
from tests.platforms.plivo.plivo_rows import (
    ACCOUNT,
    AT,
    MESSAGE,
    OURS,
    THEIRS,
    TOKEN,
    accepted,
    inbound,
    listed,
    row,
    uuid,
)
from tests.platforms.texting.loopback import Asked, asked, data
from tests.rest.raw_server import Handler, Server, raw, reply, reset, silent

Serve = Callable[..., Server]
Connect = Callable[..., PlivoTexting]

#: what the SDK adds by itself, each the vendor's default
_DEFAULTS = {"log": "true", "trackable": False, "method": "POST"}


def sdk(patch: pytest.MonkeyPatch, server: Server, act: Callable[[RestClient], object]) -> Asked:
    """Return the SDK's own request."""
    patch.setattr(plivo_client, "PLIVO_API_BASE_URI", f"{server.url}/v1/Account")
    client = RestClient(ACCOUNT, TOKEN)
    # whatever it makes of the answer: the request is what counts
    with suppress(PlivoRestError, AttributeError, KeyError, TypeError):
        act(client)
    return asked(server)[0]


POWERPACK = "5ec4c8c9-cd74-42b5-9e41-0d7670d6bb46"
SENDS: dict[str, tuple[Outgoing, dict[str, str], dict[str, Any]]] = {
    "plain": (MESSAGE, {}, {"src": OURS, "url": MESSAGE.callback_url}),
    "no callback": (replace(MESSAGE, callback_url=None), {}, {"src": OURS}),
    "through a powerpack": (
        MESSAGE,
        {"powerpack_uuid": POWERPACK},
        {"powerpack_uuid": POWERPACK, "url": MESSAGE.callback_url},
    ),
    "a powerpack as sender": (
        replace(MESSAGE, sender=POWERPACK),
        {},
        {"powerpack_uuid": POWERPACK, "url": MESSAGE.callback_url},
    ),
    "odd characters": (replace(MESSAGE, text="ünï 👍\n<’&"), {}, {"src": OURS, "url": MESSAGE.callback_url}),
}


@pytest.mark.parametrize("case", SENDS)
def test_a_send_is_the_sdks(serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    message, options, fields = SENDS[case]
    server = serve(data(accepted(), 202))
    connect(server, **options).submit(message)
    theirs = sdk(
        monkeypatch,
        serve(data(accepted(), 202)),
        lambda c: c.messages.create(dst=THEIRS, text=message.text, **fields),
    )
    ours = asked(server)[0]
    assert (ours.method, ours.path, ours.authorization) == (theirs.method, theirs.path, theirs.authorization)
    assert {**_DEFAULTS, **ours.json} == theirs.json
    assert ours.content_type == theirs.content_type == "application/json"


def test_a_poll_is_the_sdks(serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(data(listed()))
    connect(server).replies(OURS, AT)
    theirs = sdk(
        monkeypatch,
        serve(data(listed())),
        lambda c: c.messages.list(
            message_direction="inbound",
            to_number=OURS[1:],
            message_time__gte="2026-03-21 09:14:40",
            limit=20,
            offset=0,
        ),
    )
    ours = asked(server)[0]
    assert (ours.method, ours.path, ours.authorization) == (theirs.method, theirs.path, theirs.authorization)
    assert sorted(ours.query) == sorted(theirs.query)


READS: dict[str, tuple[Any, Callable[[PlivoTexting], object], Callable[[RestClient], object]]] = {
    "receipt": (row(), lambda a: a.receipt(uuid(1)), lambda c: c.messages.get(uuid(1))),
    "balance": ({"cash_credits": "1"}, lambda a: a.balance(), lambda c: c.account.get()),
    "probe": ({"cash_credits": "1"}, lambda a: a.probe(), lambda c: c.account.get()),
    "numbers": (listed(), lambda a: a.own_numbers(), lambda c: c.numbers.list()),
}


@pytest.mark.parametrize("case", READS)
def test_a_read_is_the_sdks(serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    answer, ours_act, theirs_act = READS[case]
    server = serve(data(answer))
    ours_act(connect(server))
    ours, theirs = asked(server)[0], sdk(monkeypatch, serve(data(answer)), theirs_act)
    assert (ours.method, ours.path, ours.authorization) == (theirs.method, theirs.path, theirs.authorization)
    assert sorted(ours.query) == sorted(theirs.query)


def test_an_accepted_message_is_queued(serve: Serve, connect: Connect) -> None:
    receipt = connect(serve(data(accepted(), 202))).submit(MESSAGE)
    assert (receipt.id, receipt.intent, receipt.status, receipt.rank) == (uuid(1), "intent-1", Delivery.QUEUED, 2)


HTML = b"<html><body>Please log in</body></html>"
UNKNOWN: dict[str, Handler] = {
    "500": data({"error": "server error"}, 500),
    "502 with HTML": reply(502, HTML, "text/html"),
    "200 with HTML": reply(200, HTML, "text/html"),
    "202 with HTML": reply(202, HTML, "text/html"),
    "202 with two ids": data(accepted(1, 2), 202),
    "202 with none": data({"message_uuid": []}, 202),
    "202 with a text": data({"message_uuid": uuid(1)}, 202),
    "200 instead of 202": data(accepted()),
    "204": reply(204),
    "302": reply(302, b"", Location="/elsewhere"),
    "404 with HTML": reply(404, HTML, "text/html"),
    "cut": raw(b"HTTP/1.1 202 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"),
    "reset": reset,
    "silence": silent,
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_an_answer_that_proves_nothing_leaves_the_outcome_unknown_and_is_never_repeated(
    serve: Serve, connect: Connect, case: str
) -> None:
    server = serve(UNKNOWN[case])
    with pytest.raises(OutcomeUnknown):
        connect(server).submit(MESSAGE)
    assert len(server.requests) == 1


REFUSALS: list[tuple[int, type[Exception], str]] = [
    (400, Rejected, ""), (401, KeyRefused, ""), (403, Rejected, "450"), (404, NotThere, ""), (422, Rejected, ""),
]  # fmt: skip


@pytest.mark.parametrize(("status", "kind", "code"), REFUSALS)
def test_a_refusal_is_told_without_the_number(
    serve: Serve, connect: Connect, status: int, kind: type[Exception], code: str
) -> None:
    server = serve(data({"error": "dst 447700900123 is invalid"}, status))
    with pytest.raises(kind) as caught:
        connect(server).submit(MESSAGE)
    assert type(caught.value) is kind
    assert getattr(caught.value, "code", "") == code
    assert "7700900123" not in str(caught.value) + repr(caught.value)


def test_a_403_without_words_is_a_matter_of_the_key(serve: Serve, connect: Connect) -> None:
    with pytest.raises(PermissionMissing):
        connect(serve(reply(403, HTML, "text/html"))).submit(MESSAGE)
    with pytest.raises(PermissionMissing):
        connect(serve(data({"error": "no"}, 403))).balance()


def test_a_429_has_had_no_effect_and_says_when(serve: Serve, connect: Connect) -> None:
    server = serve(reply(429, b"{}", Retry_After="40"))
    with pytest.raises(RateLimited) as caught:
        connect(server).submit(MESSAGE)
    assert caught.value.retry_after_s == 40.0


def test_nobody_there_is_never_arrived(serve: Serve, connect: Connect) -> None:
    server = serve()
    texting = connect(server)
    server.close()
    with pytest.raises(NeverArrived):
        texting.submit(MESSAGE)


def test_the_older_token_is_used_while_the_newer_is_refused(serve: Serve, connect: Connect) -> None:
    server = serve(data({"error": "no"}, 401), data(accepted(), 202))
    assert connect(server, "new-token-0123456789", "old-token-0123456789").submit(MESSAGE).id == uuid(1)
    assert len({request.authorization for request in asked(server)}) == 2


def test_a_redirect_is_not_followed_with_the_key(serve: Serve, connect: Connect) -> None:
    elsewhere = serve(data(listed()))
    with pytest.raises(WireError):
        connect(serve(reply(302, b"", Location=f"{elsewhere.url}/x"))).replies(OURS, AT)
    assert elsewhere.requests == []


def test_nothing_is_found_by_number_and_time_alone(serve: Serve, connect: Connect) -> None:
    server = serve(data(listed(row())))
    texting = connect(server)
    assert texting.find(MESSAGE, AT, ()) is None
    assert (texting.can.finds_sent, len(server.requests)) == (False, 0)


def test_no_number_and_no_text_is_told_to_whoever_counts_calls(
    serve: Serve, connect: Connect, seen: list[CallSeen]
) -> None:
    texting = connect(serve(data(accepted(), 202), data(listed(inbound()))))
    texting.submit(MESSAGE)
    texting.replies(OURS, AT)
    assert [call.label for call in seen] == ["POST /Message/", "GET /Message/"]
