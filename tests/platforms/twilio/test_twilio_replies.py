"""Replies read off Twilio's list, page by page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime

import pytest

from connector.domain.errors import Unwell, WireError
from connector.domain.texts import Media, ReplyPage
from connector.platforms.twilio.adapter import TwilioTexting
from tests.platforms.texting.loopback import asked, data
from tests.platforms.twilio.twilio_rows import AT, OURS, PATH, THEIRS, error, inbound, listed, row, sid
from tests.rest.raw_server import Server, reply

Serve = Callable[..., Server]
Connect = Callable[..., TwilioTexting]

NEXT = f"{PATH}/Messages.json?To=%2B447700900100&DateSent%3E=2026-11-20T00%3A00%3A00Z&PageSize=2&Page=1&PageToken=PASM1"


def walk(texting: TwilioTexting) -> list[ReplyPage]:
    pages = [texting.replies(OURS, AT)]
    while following := pages[-1].next_page:
        pages.append(texting.replies(OURS, AT, following))
    return pages


def test_a_reply_has_its_own_time_and_text(serve: Serve, connect: Connect) -> None:
    page = connect(serve(data(listed(inbound(num_segments="2", body="Yes\x00 \ud83d\udc4d"))))).replies(OURS, AT)
    reply_ = page.replies[0]
    assert (reply_.id, reply_.sender, reply_.to, reply_.at) == (sid(1), THEIRS, OURS, AT)
    assert (reply_.text, reply_.segments, reply_.account) == ("Yes 👍", 2, connect(serve()).account)
    assert (page.bad, page.next_page, page.unfinished_since) == ((), None, None)


def test_what_is_ours_is_passed_over(serve: Serve, connect: Connect) -> None:
    rows = [row(1), row(2, direction="outbound-reply", status="delivered"), row(3, direction="outbound-call")]
    page = connect(serve(data(listed(*rows, inbound(4))))).replies(OURS, AT)
    assert ([reply.id for reply in page.replies], page.bad) == ([sid(4)], ())


def test_what_is_still_being_received_holds_the_cursor_back(serve: Serve, connect: Connect) -> None:
    early = format_datetime(AT - timedelta(minutes=5))
    rows = [inbound(1), inbound(2, status="receiving"), inbound(3, status="receiving", date_created=early)]
    page = connect(serve(data(listed(*rows)))).replies(OURS, AT)
    assert ([reply.id for reply in page.replies], page.unfinished_since) == ([sid(1)], AT - timedelta(minutes=5))


@pytest.mark.parametrize(
    "broken",
    [
        {"from": None}, {"to": ""}, {"status": "gone"}, {"direction": "sideways"}, {"date_created": "yesterday"},
        {"sid": "../../Accounts"}, {"body": 5}, {"status": None},
    ],
)  # fmt: skip
def test_a_bad_row_is_named_and_blocks_nobody(serve: Serve, connect: Connect, broken: dict[str, object]) -> None:
    page = connect(serve(data(listed(inbound(1), inbound(2, **broken), inbound(3))))).replies(OURS, AT)
    assert [reply.id for reply in page.replies] == [sid(1), sid(3)]
    assert page.bad[0].id == (sid(2) if "sid" not in broken else page.bad[0].id)
    assert page.bad[0].id.startswith(("SM", "row-"))
    assert THEIRS not in page.bad[0].what


@pytest.mark.parametrize("junk", [None, 5, "text", [], {}])
def test_a_row_that_is_none_is_named_by_its_digest(serve: Serve, connect: Connect, junk: object) -> None:
    page = connect(serve(data(listed(junk, inbound(1))))).replies(OURS, AT)
    assert ([reply.id for reply in page.replies], page.bad[0].id[:4]) == ([sid(1)], "row-")


def test_pages_are_turned_with_their_own_tokens(serve: Serve, connect: Connect) -> None:
    server = serve(data(listed(inbound(1), following=NEXT)), data(listed(inbound(2))))
    pages = walk(connect(server))
    assert [reply.id for page in pages for reply in page.replies] == [sid(1), sid(2)]
    second = asked(server)[1]
    assert (second.path, dict(second.query)["PageToken"], dict(second.query)["DateSent>"]) == (
        f"{PATH}/Messages.json", "PASM1", "2026-11-20T00:00:00Z",
    )  # fmt: skip


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example.com" + NEXT,
        "//evil.example.com" + NEXT,
        NEXT.replace("Messages.json", "Calls.json"),
        NEXT.replace("a1a1", "b2b2"),
        NEXT.replace("/2010-04-01", "/../2010-04-01"),
        "http://[",
        "\\\\evil.example.com" + NEXT,
    ],
)
def test_a_next_page_elsewhere_is_not_followed(serve: Serve, connect: Connect, elsewhere: str) -> None:
    server = serve(data(listed(inbound(1), following=elsewhere)))
    with pytest.raises(WireError):
        connect(server).replies(OURS, AT)
    with pytest.raises(WireError):
        connect(server).replies(OURS, AT, elsewhere)
    assert len(server.requests) == 1


def test_a_page_that_follows_itself_is_noticed(serve: Serve, connect: Connect) -> None:
    texting = connect(serve(data(listed(inbound(1), following=NEXT))))
    assert texting.replies(OURS, AT).next_page == NEXT
    with pytest.raises(WireError, match="circle"):
        texting.replies(OURS, AT, NEXT)


def test_a_redirect_is_not_followed_with_the_key(serve: Serve, connect: Connect) -> None:
    elsewhere = serve(data(listed()))
    server = serve(reply(302, b"", Location=f"{elsewhere.url}{PATH}/Messages.json"))
    with pytest.raises(WireError):
        connect(server).replies(OURS, AT)
    assert elsewhere.requests == []


def test_a_filter_that_is_ignored_is_said(serve: Serve, connect: Connect, capsys: pytest.CaptureFixture[str]) -> None:
    first = f"{PATH}/Messages.json?To=%2B447700900100&PageSize=1000&Page=0"
    connect(serve(data(listed(inbound(1), first=first)))).replies(OURS, AT)
    shown = capsys.readouterr()
    assert "filter_ignored" in shown.out + shown.err
    assert THEIRS not in shown.out + shown.err


def test_files_are_linked_and_asked_for_once(serve: Serve, connect: Connect) -> None:
    media = {"media_list": [{"uri": f"{PATH}/Messages/{sid(1)}/Media/ME1.json", "content_type": "image/jpeg"}]}
    page = data(listed(inbound(1, num_media="1"), inbound(2)))
    server = serve(page, data(media), page)
    texting = connect(server)
    link = Media(f"{server.url}{PATH}/Messages/{sid(1)}/Media/ME1", "image/jpeg")
    assert [reply.media for reply in texting.replies(OURS, AT).replies] == [(link,), ()]
    assert [reply.media for reply in texting.replies(OURS, AT).replies] == [(link,), ()]
    assert [request.path.rpartition("/")[2] for request in asked(server)] == [
        "Messages.json", "Media.json", "Messages.json",
    ]  # fmt: skip


def test_files_that_are_deleted_hold_nothing_up(serve: Serve, connect: Connect) -> None:
    server = serve(data(listed(inbound(1, num_media="1"))), data(error(20404, 404), 404))
    assert connect(server).replies(OURS, AT).replies[0].media == ()


@pytest.mark.parametrize("body", [{}, {"messages": None}, {"messages": {}}, [], None, 5])
def test_an_answer_that_is_no_list_is_a_wire_error(serve: Serve, connect: Connect, body: object) -> None:
    with pytest.raises(WireError):
        connect(serve(data(body))).replies(OURS, AT)


def test_a_list_that_is_cut_is_no_list(serve: Serve, connect: Connect) -> None:
    with pytest.raises((WireError, Unwell)):
        connect(serve(reply(200, b'{"messages": ['))).replies(OURS, AT)
