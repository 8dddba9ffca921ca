"""Exotel's adapter against the simulator: messages that move, people that answer, and what its pages leave open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from text_calls import address, heard, receiving

from connector.domain.errors import KeyRefused, NotThere, OutcomeUnknown, RateLimited, Rejected
from connector.domain.texts import BadReply, Delivery, Outgoing, Receipt, Reply
from connector.platforms.exotel.adapter import ExotelTexting
from connector.sandbox.exotel.simulator import Exotel
from connector.sandbox.world import World
from tests.rest.raw_server import Server

Connect = Callable[..., ExotelTexting]

OURS, THEIRS = "+918047112345", "+919876543210"


@pytest.fixture
def world() -> Iterator[World]:
    with World(limits=None, texting=("exotel",)) as running:
        yield running


@pytest.fixture
def vendor(world: World) -> Exotel:
    vendor = world.vendor(Exotel)
    vendor.dlt = "failed"
    return vendor


@pytest.fixture
def texting(world: World, vendor: Exotel, connect: Connect) -> ExotelTexting:
    options = {"api_key": vendor.api_key, "dlt_entity_id": "1101234567890123456"}
    return connect(world.url_of("exotel"), account=vendor.account, keys=(vendor.api_token,), options=options)


@pytest.fixture
def receiver(vendor: Exotel) -> Iterator[Server]:
    with receiving() as server:
        vendor.add_number(OURS, inbound_url=address(server, "exotel", "inbound"))
        yield server


def message(server: Server, intent: str = "intent-17") -> Outgoing:
    return Outgoing(intent, OURS, THEIRS, "Can we talk?", f"{address(server, 'exotel', 'status')}?i={intent}")


def read_all(texting: ExotelTexting, server: Server) -> list[Reply | Receipt | BadReply]:
    calls = heard(server, "exotel")
    assert all(texting.is_genuine(call) for call in calls)
    return [item for call in calls for item in texting.read(call)]


@pytest.mark.parametrize("status_variant", ["terminal", "every_change"])
@pytest.mark.parametrize("code_table", ["api", "support"])
@pytest.mark.parametrize("accepted_http", [200, 202])
def test_a_text_is_sent_delivered_and_looked_up(
    vendor: Exotel,
    texting: ExotelTexting,
    receiver: Server,
    status_variant: Any,
    code_table: Any,
    accepted_http: Any,
) -> None:
    vendor.status_variant, vendor.code_table, vendor.accepted_http = status_variant, code_table, accepted_http

    sent = texting.submit(message(receiver))
    vendor.deliver_all()

    told = [item for item in read_all(texting, receiver) if isinstance(item, Receipt)]
    assert sent.status is Delivery.QUEUED
    assert {receipt.intent for receipt in told} == {"intent-17"}
    assert [receipt.rank for receipt in told] == sorted(receipt.rank for receipt in told)
    assert (told[-1].id, told[-1].status) == (sent.id, Delivery.DELIVERED)
    assert texting.receipt(sent.id or "").status is Delivery.DELIVERED


@pytest.mark.parametrize("inbound_variant", ["form", "json", "get"])
@pytest.mark.parametrize("number_form", ["e164", "national"])
def test_a_reply_comes_in_every_shape_with_international_numbers(
    vendor: Exotel, texting: ExotelTexting, receiver: Server, inbound_variant: Any, number_form: Any
) -> None:
    vendor.inbound_variant, vendor.number_form = inbound_variant, number_form

    inbound = vendor.receive(THEIRS, OURS, "Thursday works ☎ & thanks")

    (found,) = read_all(texting, receiver)
    assert isinstance(found, Reply)
    assert (found.id, found.sender, found.to, found.text) == (inbound.id, THEIRS, OURS, inbound.text)
    assert found.at == inbound.created_at.replace(microsecond=0)


@pytest.mark.parametrize(
    ("fate", "status", "code"),
    [
        ("off", Delivery.FAILED, "23035"),
        ("unknown", Delivery.FAILED, "FAILED_INVALID_NUMBER"),
        ("blocked", Delivery.FAILED, "FAILED_BLACKLISTED"),
        ("filtered", Delivery.FAILED, "FAILED_SPAM"),
        ("opted_out", Delivery.FAILED, "FAILED_DND"),
        ("no_receipt", Delivery.SENT, None),
    ],
)
@pytest.mark.parametrize("dnd_word", ["failed_dnd", "failed-dnd"])
def test_what_becomes_of_a_text_is_told(
    world: World,
    vendor: Exotel,
    texting: ExotelTexting,
    receiver: Server,
    dnd_word: Any,
    fate: str,
    status: Delivery,
    code: str | None,
) -> None:
    vendor.dnd_word = dnd_word
    world.handsets.add(THEIRS, fate=fate)

    sent = texting.submit(message(receiver))
    vendor.deliver_all()

    receipt = texting.receipt(sent.id or "")
    assert (receipt.status, receipt.code) == (status, code)
    told = read_all(texting, receiver)[-1]
    assert isinstance(told, Receipt)
    assert (told.status, told.code) == (status, code)


@pytest.mark.parametrize("unknown_sid", ["exception", "text"])
def test_an_unknown_message_is_not_there_and_the_key_is_fine(
    vendor: Exotel, texting: ExotelTexting, unknown_sid: Any
) -> None:
    vendor.unknown_sid = unknown_sid
    texting.probe()
    with pytest.raises(NotThere):
        texting.receipt("0" * 31 + "1")


def test_an_empty_account_refuses_and_nothing_leaves(vendor: Exotel, texting: ExotelTexting, receiver: Server) -> None:
    vendor.has_balance = False
    with pytest.raises(Rejected) as caught:
        texting.submit(message(receiver))
    assert (caught.value.code, vendor.sent_messages) == ("40001", [])


def test_a_throttled_send_is_a_wait_and_nothing_leaves(
    vendor: Exotel, texting: ExotelTexting, receiver: Server
) -> None:
    vendor.accepts = False
    with pytest.raises(RateLimited):
        texting.submit(message(receiver))
    assert vendor.sent_messages == []


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
        ("missing_field", {"field": "SMSMessage.Sid"}),
    ],
)
def test_a_lost_answer_is_settled_by_the_callback(
    world: World, vendor: Exotel, texting: ExotelTexting, receiver: Server, fault: str, how: dict[str, Any]
) -> None:
    world.faults.add(fault, platform="exotel", times=1, **how)

    with pytest.raises(OutcomeUnknown):
        texting.submit(message(receiver))
    vendor.deliver_all()

    assert len(vendor.sent_messages) == 1
    told = read_all(texting, receiver)[-1]
    assert isinstance(told, Receipt)
    assert (told.intent, told.id, told.status) == ("intent-17", vendor.sent_messages[0].id, Delivery.DELIVERED)


@pytest.mark.parametrize("fault", ["error_before", "reset_before", "html_ok", "bad_gateway_before"])
def test_what_never_happened_is_a_doubt_all_the_same(
    world: World, vendor: Exotel, texting: ExotelTexting, receiver: Server, fault: str
) -> None:
    world.faults.add(fault, platform="exotel", times=1)
    with pytest.raises(OutcomeUnknown):
        texting.submit(message(receiver))
    assert vendor.sent_messages == []


def test_a_changed_token_is_refused(vendor: Exotel, texting: ExotelTexting) -> None:
    vendor.api_token = "exotel_token_9999"
    with pytest.raises(KeyRefused):
        texting.probe()


def test_a_stranger_who_calls_without_the_secret_is_not_heard(
    vendor: Exotel, texting: ExotelTexting, receiver: Server
) -> None:
    vendor.inbound_url = f"{receiver.url}/callbacks/acme/exotel/inbound/guessed"
    vendor.add_number(OURS)
    vendor.receive(THEIRS, OURS, "let me in")
    assert [texting.is_genuine(call) for call in heard(receiver, "exotel")] == [False]
