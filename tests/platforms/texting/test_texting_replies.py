"""What every SMS provider must do with what comes in: by callback, by poll, forged; differences come from `can`."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.domain.errors import ConnectorError, TransientError, WireError
from connector.domain.texts import Callback
from tests.platforms.texting.providers import OURS, SECRET, THEIRS, Provider, forged

REPLY = "Thursday works’ & 5+5? 👍\nBye "


def long_ago(seconds: int = 0) -> datetime:
    """Early enough for everything to be over: an hour ago, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1) + timedelta(seconds=seconds)


# --- by callback


def test_a_reply_comes_by_callback(provider: Provider) -> None:
    sent = provider.vendor.receive(THEIRS, OURS, REPLY)
    (call,) = provider.called("inbound")
    (reply,) = provider.replies_called()
    assert provider.texting.is_genuine(call)
    assert (reply.provider, reply.account, reply.id) == (provider.name, provider.texting.account, sent.id)
    assert (reply.sender, reply.to, reply.text, reply.text_lost) == (THEIRS, OURS, REPLY, False)


@pytest.mark.parametrize("text", ["STOP", "Yes", "a=b&c=d;e+f%20", "“Ünïcode” 👍🏽", "line\nline", "0"])
def test_no_character_is_lost_on_the_way_in(provider: Provider, text: str) -> None:
    provider.vendor.receive(THEIRS, OURS, text)
    assert [reply.text for reply in provider.replies_called()] == [text]


def test_what_comes_twice_has_the_same_id(provider: Provider) -> None:
    provider.vendor.receive(THEIRS, OURS, REPLY, times=2)
    first, second = provider.replies_called()
    assert first == second


def test_the_answer_holds_no_text(provider: Provider) -> None:
    provider.vendor.receive(THEIRS, OURS, REPLY)
    provider.vendor.deliver_all()
    assert provider.texts() == []


def test_a_reply_names_what_it_answers_where_the_vendor_knows(provider: Provider) -> None:
    provider.world.handsets.add(THEIRS, answers=["Yes"])
    sent = provider.texting.submit(provider.message())
    provider.vendor.deliver_all()
    (reply,) = provider.replies_called()
    expected = (sent.id, "intent-1") if provider.texting.can.names_answered else (None, None)
    assert (reply.answers, reply.echo) == expected


# --- genuine or not


def both_calls(provider: Provider) -> tuple[Callback, Callback]:
    provider.texting.submit(provider.message())
    provider.vendor.deliver_all()
    provider.vendor.receive(THEIRS, OURS, REPLY)
    return provider.called("inbound")[-1], provider.called("status")[-1]


def test_a_body_that_was_changed_is_forged_where_the_vendor_signs(provider: Provider) -> None:
    if provider.texting.can.signs_callbacks:
        for call in both_calls(provider):
            assert provider.texting.is_genuine(call)
            assert not provider.texting.is_genuine(forged(call, body=call.body.replace(b"7700900", b"7700901")))
            assert not provider.texting.is_genuine(forged(call, body=call.body + b"&x="))
            assert not provider.texting.is_genuine(forged(call, body=b""))


def test_without_a_signature_the_secret_of_the_path_decides(provider: Provider) -> None:
    if not provider.texting.can.signs_callbacks:
        for call in both_calls(provider):
            assert provider.texting.is_genuine(call)
            for secret in ("", SECRET[:-1], SECRET + "x", SECRET.upper()):
                assert not provider.texting.is_genuine(forged(call, secret=secret))
        assert not provider.connect(callback_secret=None).is_genuine(forged(call, secret=""))


def test_a_stranger_is_never_genuine(provider: Provider) -> None:
    for call in both_calls(provider):
        bare = forged(call, headers={"content-type": call.headers.get("content-type", "")}, secret="")
        assert not provider.texting.is_genuine(bare)
        stranger = provider.connect(signing=("other-token-0123456789",), callback_secret="other-secret-012345")
        assert not stranger.is_genuine(call)


def test_both_tokens_count_while_one_is_replaced(provider: Provider) -> None:
    token = provider.vendor.credentials.get("auth_token", "")
    rotating = provider.connect(signing=("a-new-token-0123456789", token))
    for call in both_calls(provider):
        assert rotating.is_genuine(call)
    assert not provider.connect(signing=(), callback_secret=None).is_genuine(call)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    url=st.one_of(st.text(max_size=40), st.sampled_from(["https://[", "", "http://\ud800/?i=\ud800", "//", "?"])),
    headers=st.dictionaries(
        st.sampled_from(
            ["content-type", "x-twilio-signature", "x-plivo-signature-v3", "x-plivo-signature-v3-nonce",
             "x-plivo-signature-v2", "x-plivo-signature-v2-nonce", "x-twilio-webhooks-signature-settings"]
        ),
        st.one_of(st.text(max_size=30), st.sampled_from(["application/json", "multipart/form-data; boundary=x"])),
    ),
    body=st.one_of(st.binary(max_size=80), st.sampled_from([b"{", b"[]", b"null", b'{"a":', b"&&=&", b"%%%", b"[[[["])),
    method=st.sampled_from(["POST", "GET", "HEAD", "PUT", ""]),
    what=st.sampled_from(["inbound", "status", "other"]),
)  # fmt: skip
def test_garbage_is_forged_and_reading_it_is_no_surprise(
    provider: Provider, url: str, headers: dict[str, str], body: bytes, method: str, what: str
) -> None:
    call = Callback("acme", provider.name, what, method, url, headers, body)
    assert provider.texting.is_genuine(call) is False
    assert provider.texting.answer(call).status in (200, 204)
    with suppress(WireError):
        provider.texting.read(call)


# --- by poll


def test_a_poll_shows_what_it_can(provider: Provider) -> None:
    at = long_ago()
    sent = provider.vendor.receive(THEIRS, OURS, REPLY, at=at, callback=False)
    can = provider.texting.can
    if not can.lists_replies and not can.shows_gaps:
        return
    (reply,) = provider.polled()
    assert (reply.id, reply.sender, reply.to, reply.account) == (sent.id, THEIRS, OURS, provider.texting.account)
    assert (reply.text, reply.text_lost) == ((REPLY, False) if can.lists_replies else ("", True))
    assert reply.at == at


def test_a_poll_and_a_callback_name_the_same_message(provider: Provider) -> None:
    provider.vendor.receive(THEIRS, OURS, REPLY, at=long_ago())
    can = provider.texting.can
    if can.lists_replies or can.shows_gaps:
        assert [reply.id for reply in provider.polled()] == [reply.id for reply in provider.replies_called()]


def test_a_poll_does_not_show_what_is_ours(provider: Provider) -> None:
    provider.texting.submit(provider.message())
    provider.vendor.deliver_all()
    provider.vendor.receive(THEIRS, OURS, REPLY, at=long_ago(), callback=False)
    can = provider.texting.can
    if can.lists_replies or can.shows_gaps:
        pages = provider.walk()
        assert len([reply for page in pages for reply in page.replies]) == 1
        assert [bad for page in pages for bad in page.bad] == []


def test_a_long_list_is_read_to_its_end_each_once(provider: Provider) -> None:
    can = provider.texting.can
    if can.lists_replies or can.shows_gaps:
        wanted = [
            provider.vendor.receive(THEIRS, OURS, f"Reply {number}", at=long_ago(number // 2), callback=False).id
            for number in range(130)
        ]
        found = [reply.id for reply in provider.polled()]
        assert sorted(set(found)) == sorted(wanted)


def test_a_poll_shows_only_what_came_to_the_number_or_says_where_it_came_to(provider: Provider) -> None:
    can = provider.texting.can
    if can.lists_replies or can.shows_gaps:
        provider.vendor.add_number("+447700900101")
        provider.vendor.receive(THEIRS, "+447700900101", REPLY, at=long_ago(), callback=False)
        assert [reply.id for reply in provider.polled() if reply.to == OURS] == []


@pytest.mark.parametrize(
    "kind", ["html_ok", "truncated_json", "half_body", "error_before", "reset_before", "garbage_after"]
)
def test_a_poll_that_cannot_be_read_is_no_empty_list(provider: Provider, kind: str) -> None:
    can = provider.texting.can
    if can.lists_replies or can.shows_gaps:
        provider.vendor.receive(THEIRS, OURS, REPLY, at=long_ago(), callback=False)
        provider.fault(kind, "GET")
        with pytest.raises((WireError, TransientError)):
            provider.polled()
        provider.fault("none")
        assert len(provider.polled()) == 1


def test_one_bad_row_blocks_nobody(provider: Provider) -> None:
    can = provider.texting.can
    if can.lists_replies or can.shows_gaps:
        spoilt, sound = (
            provider.vendor.receive(THEIRS, OURS, f"Reply {number}", at=long_ago(number), callback=False)
            for number in range(2)
        )
        for name in ("from", "from_number"):
            spoilt.spoilt[name] = None
        pages = provider.walk()
        assert [reply.id for page in pages for reply in page.replies] == [sound.id]
        assert [bad.id for page in pages for bad in page.bad] == [spoilt.id]


def test_what_was_acknowledged_does_not_come_again(provider: Provider) -> None:
    ids = [
        provider.vendor.receive(THEIRS, OURS, f"Reply {number}", at=long_ago(), callback=False).id for number in (1, 2)
    ]
    can = provider.texting.can
    if can.acknowledges:
        assert sorted(reply.id for reply in provider.polled()) == sorted(ids)
        provider.texting.acknowledge(ids[:1])
        assert [reply.id for reply in provider.polled()] == ids[1:]
    # twice is safe, and elsewhere it does nothing
    provider.texting.acknowledge(ids[:1])
    if can.lists_replies:
        assert ids[1] in [reply.id for reply in provider.polled()]


def test_a_slow_poll_ends(provider: Provider) -> None:
    can = provider.texting.can
    if can.lists_replies or can.shows_gaps:
        provider.fault("stall_before", "GET", seconds=1.2)
        with pytest.raises(ConnectorError):
            provider.polled()
