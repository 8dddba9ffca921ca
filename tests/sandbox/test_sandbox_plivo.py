"""The Plivo simulator over HTTP, judged by Plivo's SDK."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2 as httpx
import plivo.rest.client
import pytest
from plivo.exceptions import AuthenticationError, GeoPermissionError, ResourceNotFoundError, ValidationError

from connector.sandbox.plivo.simulator import Plivo
from connector.sandbox.texting import Media
from connector.sandbox.world import World

OURS, ANA, BEN = "+447700900901", "+447700900123", "+447700900321"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def world() -> Iterator[World]:
    with World(limits=None, texting=["plivo"]) as served:
        yield served


@pytest.fixture
def vendor(world: World) -> Plivo:
    vendor = world.vendor(Plivo)
    vendor.add_number(OURS)
    return vendor


@pytest.fixture
def client(vendor: Plivo, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("PLIVO_API_BASE_URI", "API_VOICE_BASE_URI"):
        monkeypatch.setattr(plivo.rest.client, name, vendor.base_url + "/v1/Account")
    return plivo.RestClient(vendor.account, vendor.auth_token)


def send(client: Any, **fields: Any) -> str:
    return str(client.messages.create(**({"src": OURS, "dst": ANA, "text": "Hello"} | fields)).message_uuid[0])


def get(vendor: Plivo, path: str) -> httpx.Response:
    return httpx.get(f"{vendor.base_url}/v1/Account/{vendor.account}/{path}", auth=(vendor.account, vendor.auth_token))


def fill(vendor: Plivo, count: int) -> None:
    for index in range(count):
        vendor.receive(ANA, OURS, f"text {index}", at=NOON + timedelta(seconds=index))


def test_send_answers_202_with_a_list_of_ids(vendor: Plivo) -> None:
    url = f"{vendor.base_url}/v1/Account/{vendor.account}/Message/"
    body = {"src": OURS, "dst": f"{ANA}<{BEN}", "text": "Hello"}
    answer = httpx.post(url, json=body, auth=(vendor.account, vendor.auth_token))
    document = answer.json()
    assert (answer.status_code, document["message"]) == (202, "message(s) queued")
    assert document["message_uuid"] == [message.id for message in vendor.sent_messages]
    assert {message.to for message in vendor.sent_messages} == {ANA, BEN}


def test_record_has_no_text_and_numbers_without_plus(vendor: Plivo, client: Any) -> None:
    vendor.receive(ANA, OURS, "Thursday works", at=NOON)
    (row,) = client.messages.list()
    assert not {"text", "body", "message"} & set(vars(row))
    assert (row.from_number, row.to_number, row.message_direction, row.message_state) == (
        ANA[1:],
        OURS[1:],
        "inbound",
        "received",
    )
    assert (row.message_time, row.units, row.error_code) == ("2026-11-20 17:30:00+05:30", 1, None)


def test_message_goes_through_its_states(world: World, vendor: Plivo, client: Any) -> None:
    sent = send(client)
    assert client.messages.get(sent).message_state == "queued"
    vendor.deliver_all()
    row = client.messages.get(sent)
    assert (row.message_state, row.error_code, row.total_amount) == ("delivered", "000", "0.00550")
    assert world.handsets.get(ANA).texts == ["Hello"]


@pytest.mark.parametrize(
    ("fate", "state", "code"),
    [
        ("off", "undelivered", "20"),
        ("filtered", "undelivered", "30"),
        ("unregistered", "rejected", "40"),
        ("unknown", "undelivered", "50"),
        ("expired", "failed", "420"),
        ("no_receipt", "sent", None),
    ],
)
def test_fate_ends_in_its_state(
    world: World, vendor: Plivo, client: Any, fate: str, state: str, code: str | None
) -> None:
    world.handsets.add(ANA, fate=fate)
    sent = send(client)
    vendor.deliver_all()
    row = client.messages.get(sent)
    assert (row.message_state, row.error_code) == (state, code)


def test_opt_out_shows_only_afterwards(world: World, vendor: Plivo, client: Any) -> None:
    vendor.receive(ANA, OURS, "Stop")
    sent = send(client)
    vendor.deliver_all()
    assert client.messages.get(sent).error_code == "200"
    assert world.handsets.get(ANA).texts == []
    vendor.receive(ANA, OURS, "START")
    send(client)
    vendor.deliver_all()
    assert world.handsets.get(ANA).texts == ["Hello"]


def test_sender_that_is_not_ours_is_rejected_afterwards(vendor: Plivo, client: Any) -> None:
    sent = send(client, src="+447700900555")
    vendor.deliver_all()
    assert client.messages.get(sent).error_code == "40"


def test_power_pack_picks_its_number(vendor: Plivo, client: Any) -> None:
    pack = vendor.add_powerpack([OURS])
    sent = client.messages.create(dst=ANA, text="Hello", powerpack_uuid=pack).message_uuid[0]
    assert client.messages.get(sent).from_number == OURS[1:]


@pytest.mark.parametrize(
    "body",
    [
        {"dst": ANA, "text": "x"},
        {"src": OURS, "text": "x"},
        {"src": OURS, "dst": OURS, "text": "x"},
        {"src": OURS, "dst": "Ana", "text": "x"},
        {"src": OURS, "dst": ANA},
        {"src": OURS, "dst": ANA, "text": "x", "powerpack_uuid": "y"},
        {"src": OURS, "dst": ANA, "text": "x", "url": "nowhere"},
        {"src": OURS, "dst": ANA, "text": "x", "method": "PUT"},
        [],
    ],
)
def test_bad_request_is_400_with_an_error(vendor: Plivo, body: object) -> None:
    url = f"{vendor.base_url}/v1/Account/{vendor.account}/Message/"
    answer = httpx.post(url, json=body, auth=(vendor.account, vendor.auth_token))
    assert (answer.status_code, set(answer.json())) == (400, {"api_id", "error"})
    assert vendor.messages == []


def test_slash_at_the_end_matters(vendor: Plivo) -> None:
    assert (get(vendor, "Message/").status_code, get(vendor, "Message").status_code) == (200, 404)


def test_sdk_names_its_refusals(vendor: Plivo, client: Any) -> None:
    with pytest.raises(ResourceNotFoundError):
        client.messages.get("nothing")
    vendor.barred_regions = {"+44"}
    with pytest.raises(GeoPermissionError):
        send(client)
    vendor.change_token()
    with pytest.raises(AuthenticationError):
        client.account.get()


def test_list_is_paged_by_twenty_newest_first(world: World, vendor: Plivo, client: Any) -> None:
    fill(vendor, 45)
    offsets = iter(range(0, 60, 20))
    pages = [client.messages.list(limit=20, offset=offset) for offset in offsets]
    times = [row.message_time for row in itertools.chain(*pages)]
    assert ([len(page) for page in pages], times) == ([20, 20, 5], sorted(times, reverse=True))
    assert pages[0].meta["total_count"] == 45
    assert pages[1].meta["previous"].endswith("offset=0")
    assert pages[2].meta["next"] is None


@pytest.mark.parametrize("by_cursor", [False, True])
def test_next_leads_on_with_the_filters(vendor: Plivo, by_cursor: bool) -> None:
    fill(vendor, 25)
    vendor.cursors = by_cursor
    first = get(vendor, "Message/?message_direction=inbound").json()
    following = first["meta"]["next"]
    second = httpx.get(vendor.base_url + following, auth=(vendor.account, vendor.auth_token)).json()
    assert ("message_direction=inbound" in following, "offset=" in following) == (True, not by_cursor)
    assert len({row["message_uuid"] for row in first["objects"] + second["objects"]}) == 25


def test_moving_list_repeats_a_row_by_offset(vendor: Plivo) -> None:
    fill(vendor, 21)
    last = get(vendor, "Message/").json()["objects"][-1]
    vendor.receive(ANA, OURS, "new")
    assert get(vendor, "Message/?offset=20").json()["objects"][0] == last


def test_times_filter_with_and_without_their_end(vendor: Plivo, client: Any) -> None:
    fill(vendor, 3)

    def count(**filters: str) -> int:
        return len(client.messages.list(**filters))

    moment = "2026-11-20 12:00:01"
    assert [count(**{f"message_time__{name}": moment}) for name in ("gt", "gte", "lt", "lte")] == [1, 2, 1, 2]
    assert count(message_time__gte="2026-11-20 12:01") == 0


def test_other_filters(vendor: Plivo, client: Any) -> None:
    fill(vendor, 2)
    send(client)
    assert len(client.messages.list(message_direction="outbound")) == 1
    assert len(client.messages.list(from_number=ANA[1:])) == 2
    assert len(client.messages.list(message_state="queued")) == 1


@pytest.mark.parametrize("query", ["limit=21", "limit=0", "message_time__gte=today", "message_state=odd"])
def test_bad_filter_is_400(vendor: Plivo, query: str) -> None:
    assert get(vendor, f"Message/?{query}").status_code == 400


def test_late_and_spoilt_rows(vendor: Plivo) -> None:
    message = vendor.receive(ANA, OURS, "late", listed_after_s=600)
    assert get(vendor, "Message/").json()["objects"] == []
    vendor.clock.offset_s += 601
    message.spoilt = {"message_time": None}
    assert get(vendor, "Message/").json()["objects"][0]["message_time"] is None


def test_account_shows_its_money(vendor: Plivo, client: Any) -> None:
    send(client)
    vendor.deliver_all()
    account = client.account.get()
    assert (account.auth_id, account.cash_credits) == (vendor.account, "19.99450")


def test_numbers_lead_to_their_application(vendor: Plivo, client: Any) -> None:
    vendor.own_numbers[OURS].inbound_url = "https://sms.example.com/in"
    (number,) = client.numbers.list()
    application = client.applications.get(number.application.split("/")[-2])
    assert (number.number, number.sms_enabled) == (OURS[1:], True)
    assert application.message_url == "https://sms.example.com/in"
    assert client.numbers.get(OURS[1:]).number == OURS[1:]


def test_media_make_an_mms(vendor: Plivo, client: Any) -> None:
    vendor.receive(ANA, OURS, "", media=[Media("https://media.example.com/1")])
    assert client.messages.list()[0].message_type == "mms"


@pytest.mark.parametrize(("kind", "status", "sent"), [("rate_limited", 429, 0), ("error_after", 500, 1)])
def test_failure_has_the_vendor_s_body(world: World, vendor: Plivo, kind: str, status: int, sent: int) -> None:
    world.faults.add(kind, platform="plivo")
    url = f"{vendor.base_url}/v1/Account/{vendor.account}/Message/"
    body = {"src": OURS, "dst": ANA, "text": "Hello"}
    answer = httpx.post(url, json=body, auth=(vendor.account, vendor.auth_token))
    assert (answer.status_code, set(answer.json()), len(vendor.sent_messages)) == (status, {"api_id", "error"}, sent)


def test_sdk_refuses_what_the_simulator_refuses(client: Any) -> None:
    with pytest.raises(ValidationError):
        send(client, dst=OURS)
