"""Listing messages of the Twilio simulator, judged by Twilio's SDK."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2 as httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from connector.sandbox.twilio.simulator import Twilio
from connector.sandbox.world import World
from tests.sandbox.twilio_client import sdk

OURS, OTHER, ANA, BEN = "+447700900901", "+447700900902", "+447700900123", "+447700900321"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def world() -> Iterator[World]:
    with World(limits=None, texting=["twilio"]) as served:
        yield served


@pytest.fixture
def twilio(world: World) -> Twilio:
    vendor = world.vendor(Twilio)
    vendor.add_number(OURS)
    vendor.add_number(OTHER)
    return vendor


@pytest.fixture
def client(twilio: Twilio) -> Client:
    return sdk(twilio)


def get(twilio: Twilio, query: str = "", path: str | None = None) -> httpx.Response:
    url = twilio.base_url + (path or f"/2010-04-01/Accounts/{twilio.account}/Messages.json{query}")
    return httpx.get(url, auth=(twilio.account, twilio.auth_token))


def bodies(answer: httpx.Response) -> list[str]:
    return [row["body"] for row in answer.json()["messages"]]


def fill(twilio: Twilio, count: int) -> None:
    for index in range(count):
        twilio.receive(ANA, OURS, f"text {index}", at=NOON + timedelta(seconds=index))


def test_list_is_newest_first_in_both_directions(twilio: Twilio, client: Client) -> None:
    twilio.receive(ANA, OURS, "first", at=NOON)
    client.messages.create(to=ANA, from_=OURS, body="second")
    twilio.receive(ANA, OTHER, "third", at=datetime.now(UTC) + timedelta(seconds=5))
    assert [message.body for message in client.messages.list()] == ["third", "second", "first"]
    assert [message.body for message in client.messages.list(to=OURS)] == ["first"]
    assert [message.body for message in client.messages.list(from_=OURS)] == ["second"]


def test_unknown_filters_are_ignored(twilio: Twilio) -> None:
    fill(twilio, 2)
    assert len(bodies(get(twilio, "?Direction=outbound-api&Status=failed"))) == 2


def test_inbound_row_has_its_own_time(twilio: Twilio, client: Client) -> None:
    twilio.receive(ANA, OURS, "Thursday works", at=NOON)
    (row,) = client.messages.list()
    assert (row.direction, row.status, row.date_sent, row.date_created) == ("inbound", "received", NOON, NOON)


def test_price_of_an_inbound_row_comes_later(twilio: Twilio, client: Client) -> None:
    twilio.receive(ANA, OURS, "Thursday works")
    assert client.messages.list()[0].price is None
    twilio.clock.offset_s += 2
    assert client.messages.list()[0].price == "-0.00750"


def test_sdk_walks_all_pages(world: World, twilio: Twilio, client: Client) -> None:
    fill(twilio, 25)
    walked = [message.body for message in client.messages.stream(to=OURS, page_size=10)]
    assert walked == [f"text {index}" for index in reversed(range(25))]
    assert [call.query.count("PageToken=PA") for call in world.calls_to("twilio")] == [0, 1, 1]


def test_page_addresses_are_relative_and_keep_the_filters(twilio: Twilio) -> None:
    fill(twilio, 3)
    page = get(twilio, f"?To=%2B{OURS[1:]}&DateSent%3E=2026-11-20&PageSize=2").json()
    assert page["next_page_uri"].startswith(f"/2010-04-01/Accounts/{twilio.account}/Messages.json?To=%2B44")
    assert "DateSent%3E=2026-11-20" in page["first_page_uri"]
    assert bodies(get(twilio, path=page["next_page_uri"])) == ["text 0"]
    assert get(twilio, path=page["next_page_uri"]).json()["next_page_uri"] is None


def test_new_arrival_does_not_shift_a_walk(twilio: Twilio) -> None:
    fill(twilio, 4)
    page = get(twilio, "?PageSize=2").json()
    twilio.receive(ANA, OURS, "new")
    assert bodies(get(twilio, path=page["next_page_uri"])) == ["text 1", "text 0"]


def test_forged_token_is_refused(twilio: Twilio) -> None:
    fill(twilio, 1)
    answer = get(twilio, "?PageToken=PASM00000000000000000000000000000000")
    assert (answer.status_code, answer.json()["code"]) == (400, 21481)


@pytest.mark.parametrize("size", ["0", "1001", "many"])
def test_page_size_has_limits(twilio: Twilio, size: str) -> None:
    assert get(twilio, f"?PageSize={size}").json()["code"] == 20001


def test_a_thousand_rows_fit_a_page(twilio: Twilio) -> None:
    fill(twilio, 1001)
    page = get(twilio, "?PageSize=1000").json()
    assert (len(page["messages"]), page["end"]) == (1000, 999)
    assert len(get(twilio, path=page["next_page_uri"]).json()["messages"]) == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("DateSent%3E=2026-11-20T12:00:01Z", ["late", "exact"]),
        ("DateSent%3E=2026-11-20T13:00:01%2B01:00", ["late", "exact"]),
        ("DateSent%3E=2026-11-20%2012:00:01.000", ["late", "exact"]),
        ("DateSent%3E=Fri,%2020%20Nov%202026%2012:00:01%20%2B0000", ["late", "exact"]),
        ("DateSent%3C=2026-11-20T12:00:01Z", ["exact", "early", "eve"]),
        ("DateSent=2026-11-20", ["late", "exact", "early"]),
        ("DateSent%3E=2026-11-20", ["late", "exact", "early"]),
        ("DateSent%3C=2026-11-20", ["eve"]),
    ],
)
def test_date_filters_include_their_ends(twilio: Twilio, query: str, expected: list[str]) -> None:
    times = {"eve": NOON - timedelta(hours=13), "early": NOON, "exact": NOON + timedelta(seconds=1)}
    for text, moment in (times | {"late": NOON + timedelta(hours=2)}).items():
        twilio.receive(ANA, OURS, text, at=moment)
    assert bodies(get(twilio, "?" + query)) == expected


def test_sdk_s_inequality_is_understood(twilio: Twilio, client: Client) -> None:
    fill(twilio, 3)
    after = client.messages.list(to=OURS, date_sent_after=NOON + timedelta(seconds=1))
    assert [message.body for message in after] == ["text 2", "text 1"]


def test_days_alone_can_be_what_filters_look_at(twilio: Twilio) -> None:
    fill(twilio, 2)
    twilio.whole_days = True
    assert len(bodies(get(twilio, "?DateSent%3E=2026-11-20T23:00:00Z"))) == 2


@pytest.mark.parametrize("query", ["?DateSent%3E=soon", "?DateSent=%3E=2026-11-20"])
def test_bad_date_is_refused_or_ignored(twilio: Twilio, query: str) -> None:
    fill(twilio, 2)
    assert get(twilio, query).json()["code"] == 20001
    twilio.ignores_bad_dates = True
    assert len(bodies(get(twilio, query))) == 2


def test_unsent_message_is_outside_every_date_filter(twilio: Twilio, client: Client) -> None:
    client.messages.create(to=ANA, from_=OURS, body="waiting")
    assert bodies(get(twilio)) == ["waiting"]
    assert bodies(get(twilio, "?DateSent%3E=2020-01-01")) == []


def test_late_row_takes_its_own_place(twilio: Twilio) -> None:
    fill(twilio, 2)
    late = twilio.receive(BEN, OURS, "late", at=NOON + timedelta(milliseconds=500), listed_after_s=1200)
    assert bodies(get(twilio)) == ["text 1", "text 0"]
    single = f"/2010-04-01/Accounts/{twilio.account}/Messages/{late.id}.json"
    assert get(twilio, path=single).json()["body"] == "late"
    twilio.clock.offset_s += 1201
    assert bodies(get(twilio)) == ["text 1", "late", "text 0"]


def test_lag_holds_for_what_is_sent_too(twilio: Twilio, client: Client) -> None:
    twilio.list_lag_s = 600
    client.messages.create(to=ANA, from_=OURS, body="Hello")
    assert client.messages.list() == []


def test_receiving_row_is_finished_by_a_step(twilio: Twilio, client: Client) -> None:
    twilio.receive(ANA, OURS, "big one", receiving=True)
    assert client.messages.list()[0].status == "receiving"
    twilio.step()
    assert client.messages.list()[0].status == "received"


def test_spoilt_row_is_shown_as_told(twilio: Twilio) -> None:
    message = twilio.receive(ANA, OURS, "text")
    message.spoilt = {"date_sent": "soon", "body": None}
    (row,) = get(twilio).json()["messages"]
    assert (row["date_sent"], row["body"], row["sid"]) == ("soon", None, message.id)


def test_stuck_page_names_itself(twilio: Twilio) -> None:
    fill(twilio, 3)
    twilio.stuck_pages = True
    page = get(twilio, "?PageSize=2").json()
    assert page["next_page_uri"] == page["uri"]


def test_media_are_listed(twilio: Twilio, client: Client) -> None:
    from connector.sandbox.texting import Media

    message = twilio.receive(ANA, OURS, "", media=[Media("https://media.example.com/1")])
    assert client.messages.list()[0].num_media == "1"
    assert [each.content_type for each in client.messages(message.id).media.list()] == ["image/jpeg"]


def test_swallowed_message_is_nowhere(twilio: Twilio, client: Client) -> None:
    twilio.add_service([OURS])
    twilio.receive(ANA, OURS, "Thursday works")
    assert (client.messages.list(), twilio.callbacks_sent) == ([], [])


def test_number_s_own_address_saves_it(twilio: Twilio, client: Client) -> None:
    twilio.add_service([OURS], use_inbound_webhook_on_number=True)
    twilio.receive(ANA, OURS, "Thursday works")
    assert len(client.messages.list()) == 1


def test_wrong_credentials_are_20003(twilio: Twilio) -> None:
    def code(username: str | None, password: str) -> tuple[int, int]:
        with pytest.raises(TwilioRestException) as caught:
            sdk(twilio, username, password).messages(f"SM{'0' * 32}").fetch()
        return caught.value.status, caught.value.code

    assert code(None, "wrong") == (401, 20003)
    assert code("SK" + "0" * 32, "") == (401, 20003)
    assert code(None, twilio.auth_token) == (404, 20404)


def test_every_call_is_logged(world: World, client: Client) -> None:
    client.messages.list()
    client.messages.create(to=ANA, from_=OURS, body="Hello")
    logged: list[Any] = [(call.method, call.status) for call in world.calls_to("twilio")]
    assert logged == [("GET", 200), ("POST", 201)]
