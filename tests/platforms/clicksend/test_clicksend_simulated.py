"""ClickSend's adapter against the simulator: messages that move, people that answer, queues and what empties them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from text_calls import address, heard, receiving

from connector.domain.errors import KeyRefused, NotThere, OutcomeUnknown, RateLimited, Rejected
from connector.domain.texts import BadReply, Balance, Delivery, Outgoing, OwnNumber, Receipt, Reply, ReplyPage
from connector.platforms.clicksend.adapter import ClickSendTexting
from connector.sandbox.clicksend.rules import POLL
from connector.sandbox.clicksend.simulator import RATE, ClickSend
from connector.sandbox.pinpoint.limiter import SlidingWindows
from connector.sandbox.world import World
from tests.rest.raw_server import Server

Connect = Callable[..., ClickSendTexting]

OURS, THEIRS = "+447700900100", "+447700900123"
MESSAGE = Outgoing("intent-17", OURS, THEIRS, "Can we talk?")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def world() -> Iterator[World]:
    with World(limits=None, texting=("clicksend",)) as running:
        yield running


@pytest.fixture
def vendor(world: World) -> ClickSend:
    vendor = world.vendor(ClickSend)
    vendor.add_number(OURS)
    return vendor


@pytest.fixture
def texting(world: World, vendor: ClickSend, connect: Connect) -> ClickSendTexting:
    return connect(world.url_of("clicksend"), account=vendor.username, keys=(vendor.api_key,))


@pytest.fixture
def receiver() -> Iterator[Server]:
    with receiving() as server:
        yield server


def walk(texting: ClickSendTexting, since: datetime = LONG_AGO) -> list[ReplyPage]:
    pages = [texting.replies(OURS, since)]
    while pages[-1].next_page:
        pages.append(texting.replies(OURS, since, pages[-1].next_page))
    return pages


def ids_of(pages: list[ReplyPage]) -> list[str]:
    return [reply.id for page in pages for reply in page.replies]


def read_all(texting: ClickSendTexting, server: Server) -> list[Reply | Receipt | BadReply]:
    calls = heard(server, "clicksend")
    assert all(texting.is_genuine(call) for call in calls)
    return [item for call in calls for item in texting.read(call)]


def test_a_text_is_sent_and_its_receipt_asked_for(vendor: ClickSend, texting: ClickSendTexting) -> None:
    sent = texting.submit(MESSAGE)
    before = texting.receipt(sent.id or "")
    vendor.deliver_all()
    after = texting.receipt(sent.id or "")

    assert (sent.status, sent.segments, sent.currency) == (Delivery.QUEUED, 1, "GBP")
    assert (before.status, after.status) == (Delivery.QUEUED, Delivery.DELIVERED)
    assert before.rank < after.rank


@pytest.mark.parametrize("codes_as_text", [True, False])
@pytest.mark.parametrize("webhook_type", ["post", "get", "json"])
def test_receipts_come_by_callback_as_the_rule_says(
    vendor: ClickSend, texting: ClickSendTexting, receiver: Server, webhook_type: str, codes_as_text: bool
) -> None:
    vendor.codes_as_text, vendor.temporary_first = codes_as_text, True
    vendor.add_receipt_rule(address=address(receiver, "clicksend", "status"), webhook_type=webhook_type)

    sent = texting.submit(MESSAGE)
    vendor.deliver_all()

    told = [item for item in read_all(texting, receiver) if isinstance(item, Receipt)]
    assert [receipt.status for receipt in told] == [Delivery.SENT, Delivery.SENT, Delivery.DELIVERED]
    assert told[1].code == "16"
    assert {(receipt.id, receipt.intent) for receipt in told} == {(sent.id, "intent-17")}


@pytest.mark.parametrize("reply_time", ["timestamp", "timestamp_send"])
@pytest.mark.parametrize("webhook_type", ["post", "get", "json"])
def test_a_reply_is_the_same_by_callback_and_by_poll(
    vendor: ClickSend, texting: ClickSendTexting, receiver: Server, webhook_type: str, reply_time: Any
) -> None:
    vendor.reply_time = reply_time
    vendor.add_inbound_rule(address=address(receiver, "clicksend", "inbound"), webhook_type=webhook_type)
    sent = texting.submit(MESSAGE)
    inbound = vendor.receive(THEIRS, OURS, "Thursday works ☎ & thanks")

    (called,) = read_all(texting, receiver)
    ((polled,),) = [page.replies for page in walk(texting)]

    assert called == polled
    assert (polled.id, polled.answers, polled.echo) == (inbound.id, sent.id, "intent-17")
    assert (polled.sender, polled.to, polled.text) == (THEIRS, OURS, inbound.text)
    assert polled.at == inbound.created_at.replace(microsecond=0)


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_long_queue_is_read_to_its_end_and_emptied_one_by_one(
    world: World, vendor: ClickSend, texting: ClickSendTexting, newest_first: bool
) -> None:
    vendor.newest_first = newest_first
    arrived = [vendor.receive(THEIRS, OURS, f"text {number}").id for number in range(230)]

    pages = walk(texting)

    assert [len(page.replies) for page in pages] == [100, 100, 30]
    assert sorted(ids_of(pages)) == sorted(arrived)
    texting.acknowledge(ids_of(pages)[:40])
    texting.acknowledge(ids_of(pages)[:40])
    assert len(ids_of(walk(texting))) == 190
    puts = [call.path for call in world.calls_to("clicksend") if call.method == "PUT"]
    assert len(puts) == 80
    assert all(len(path) > len("/v3/sms/inbound-read/") for path in puts)


def test_what_comes_while_walking_is_not_lost_when_acknowledged_page_by_page(
    vendor: ClickSend, texting: ClickSendTexting
) -> None:
    arrived = {vendor.receive(THEIRS, OURS, f"text {number}").id for number in range(250)}
    seen: list[str] = []
    for _ in range(4):
        page = texting.replies(OURS, LONG_AGO)
        while True:
            seen += [reply.id for reply in page.replies]
            texting.acknowledge([reply.id for reply in page.replies])
            if len(seen) == 100:
                arrived.add(vendor.receive(THEIRS, OURS, "meanwhile").id)
            if page.next_page is None:
                break
            page = texting.replies(OURS, LONG_AGO, page.next_page)

    assert set(seen) == arrived
    assert len(seen) == len(arrived)


def test_two_rules_show_a_reply_twice_and_one_acknowledgement_takes_both(
    vendor: ClickSend, texting: ClickSendTexting
) -> None:
    vendor.add_inbound_rule(POLL)
    inbound = vendor.receive(THEIRS, OURS, "Hello")

    assert ids_of(walk(texting)) == [inbound.id, inbound.id]
    texting.acknowledge([inbound.id])
    assert ids_of(walk(texting)) == []


def test_an_answer_to_a_number_that_clicksend_chose_is_not_lost(vendor: ClickSend, texting: ClickSendTexting) -> None:
    sent = texting.submit(replace(MESSAGE, to="+353871234567"))
    assert sent.sender != OURS

    vendor.receive("+353871234567", sent.sender or "", "Dia dhuit")

    (reply,) = texting.replies(OURS, datetime.now(UTC) + timedelta(days=1)).replies
    assert (reply.to, reply.answers, reply.echo) == (sent.sender, sent.id, "intent-17")


@pytest.mark.parametrize("status", ["INVALID_RECIPIENT", "INSUFFICIENT_CREDIT", "COUNTRY_NOT_ENABLED", "THROTTLED"])
@pytest.mark.parametrize("odd", [True, False])
def test_a_success_that_hides_a_rejection_is_one(
    vendor: ClickSend, texting: ClickSendTexting, status: str, odd: bool
) -> None:
    vendor.rejections[THEIRS] = status
    vendor.odd_rejections = odd
    with pytest.raises(Rejected) as caught:
        texting.submit(MESSAGE)
    assert (caught.value.code, vendor.sent_messages) == (status, [])


@pytest.mark.parametrize(
    ("fate", "status", "code"),
    [
        ("off", Delivery.FAILED, "12"),
        ("unknown", Delivery.FAILED, "8"),
        ("landline", Delivery.FAILED, "11"),
        ("filtered", Delivery.FAILED, "19"),
        ("expired", Delivery.FAILED, "20"),
        ("never_left", Delivery.FAILED, "5"),
        ("no_receipt", Delivery.SENT, None),
    ],
)
@pytest.mark.parametrize("sent_receipts", [True, False])
def test_what_becomes_of_a_text_is_told_with_or_without_a_receipt(
    world: World,
    vendor: ClickSend,
    texting: ClickSendTexting,
    sent_receipts: bool,
    fate: str,
    status: Delivery,
    code: str | None,
) -> None:
    vendor.sent_receipts = sent_receipts
    world.handsets.add(THEIRS, fate=fate)

    sent = texting.submit(MESSAGE)
    vendor.deliver_all()

    receipt = texting.receipt(sent.id or "")
    assert (receipt.status, receipt.code) == (status, code)


@pytest.mark.parametrize(
    ("fault", "how"),
    [
        ("error_after", {}),
        ("bad_gateway_after", {}),
        ("reset_after", {}),
        ("stall_after", {"seconds": 0.7}),
        ("half_body", {}),
        ("truncated_json", {}),
        ("garbage_after", {}),
        ("wrong_type", {}),
        ("missing_field", {"field": "data.messages.0.message_id"}),
        ("missing_field", {"field": "data.messages.0.status"}),
        ("missing_field", {"field": "data.messages"}),
    ],
)
def test_a_lost_answer_is_settled_by_the_history(
    world: World, vendor: ClickSend, texting: ClickSendTexting, fault: str, how: dict[str, Any]
) -> None:
    since = datetime.now(UTC)
    other = texting.submit(replace(MESSAGE, intent="intent-16", text="Same person, other text"))
    world.faults.add(fault, platform="clicksend", times=1, **how)

    with pytest.raises(OutcomeUnknown):
        texting.submit(MESSAGE)
    found = texting.find(MESSAGE, since, [other.id or ""])

    assert found is not None
    assert (found.intent, found.id) == ("intent-17", vendor.sent_messages[1].id)
    assert len(vendor.sent_messages) == 2


@pytest.mark.parametrize("fault", ["error_before", "reset_before", "html_ok", "bad_gateway_before", "unavailable"])
def test_what_never_happened_is_a_doubt_that_the_history_does_not_settle(
    world: World, texting: ClickSendTexting, fault: str
) -> None:
    world.faults.add(fault, platform="clicksend", times=1)
    with pytest.raises(OutcomeUnknown):
        texting.submit(MESSAGE)
    assert texting.find(MESSAGE, datetime.now(UTC), ()) is None


def test_a_message_that_waits_for_approval_is_no_refusal(vendor: ClickSend, texting: ClickSendTexting) -> None:
    vendor.hold_links = True
    sent = texting.submit(replace(MESSAGE, text="See https://jobs.example.com"))
    assert texting.receipt(sent.id or "").status is Delivery.QUEUED


def test_money_and_numbers_are_shown(vendor: ClickSend, texting: ClickSendTexting) -> None:
    vendor.balance = Decimal("4.998")
    assert texting.balance() == Balance(Decimal("4.998000"), "GBP")
    assert texting.own_numbers() == (OwnNumber(OURS, True),)


def test_the_limit_of_a_path_is_a_wait(vendor: ClickSend, texting: ClickSendTexting) -> None:
    vendor.limiter = SlidingWindows(RATE)
    for number in range(20):
        texting.submit(replace(MESSAGE, intent=f"intent-{number}", text=f"text {number}"))
    with pytest.raises(RateLimited):
        texting.submit(MESSAGE)
    assert len(vendor.sent_messages) == 20


def test_a_changed_key_is_refused_and_an_unknown_message_is_not_there(
    vendor: ClickSend, texting: ClickSendTexting
) -> None:
    texting.probe()
    with pytest.raises(NotThere):
        texting.receipt("BF7AD270-0DE2-418B-B606-71D527D9C1AE")
    vendor.api_key = "ANOTHER-KEY-0002"
    with pytest.raises(KeyRefused):
        texting.probe()
