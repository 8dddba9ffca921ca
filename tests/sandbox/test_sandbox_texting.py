"""What the simulators of text-message vendors share, and their place in the world."""

import socket
import threading
import time
from collections.abc import Callable

import httpx2 as httpx
import pytest

from connector.sandbox.texting import CallbackCall, Handsets, segments
from connector.sandbox.twilio.simulator import Twilio
from connector.sandbox.vendors import VENDORS
from connector.sandbox.world import World
from tests.sandbox.listening import Listener
from tests.sandbox.twilio_client import sdk

OURS, ANA = "+447700900901", "+447700900123"


def eventually(holds: Callable[[], bool], limit_s: float = 5.0) -> bool:
    end = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


# --- segments, by the table of Twilio's calculator


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 1600, 11),
        ("ж" * 70, 1),
        ("ж" * 71, 2),
        ("ж" * 134, 2),
        ("ж" * 135, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "b" * 152, 3),
        ("👍" * 35, 1),
        ("👍" * 36, 2),
        ("it’s" + "x" * 67, 2),
        ("`" + "x" * 70, 2),
        ("ç" + "x" * 70, 2),
        ("Ç" + "x" * 70, 1),
        ("\n" + "x" * 159, 1),
    ],
)
def test_text_is_cut_into_segments(text: str, expected: int) -> None:
    assert segments(text) == expected


# --- handsets


def test_handset_is_found_however_its_number_is_spelled() -> None:
    handsets = Handsets()
    phone = handsets.add("+44 7700 900123", answers=["Yes"])
    assert handsets.get("447700900123") is handsets.get(ANA) is phone


def test_unknown_fate_is_refused() -> None:
    with pytest.raises(ValueError, match="fate"):
        Handsets().add(ANA, fate="lost")


def test_answers_are_used_up_and_then_the_endless_one() -> None:
    handsets = Handsets()
    handsets.add(ANA, answers=["one"], always="again")
    said = [handsets.arrive("twilio", str(n), OURS, ANA, "Hi", World().cord.clock.now()) for n in range(3)]
    assert said == ["one", "again", "again"]


def test_only_a_whole_keyword_asks_for_silence() -> None:
    handsets = Handsets()
    handsets.said(ANA, "stop that")
    assert not handsets.get(ANA).stopped
    handsets.said(ANA, " Stop\n")
    assert handsets.get(ANA).stopped
    handsets.said(ANA, "start")
    assert not handsets.get(ANA).stopped


# --- the world


def test_vendors_are_served_only_when_wanted() -> None:
    with World(limits=None) as world:
        assert set(world.describe()) == {"cord", "pinpoint", "files"}
        with pytest.raises(KeyError):
            world.vendor(Twilio)


def test_unknown_vendor_is_a_keyerror() -> None:
    with pytest.raises(KeyError):
        World(texting=["pigeon"])


@pytest.mark.parametrize("name", sorted(VENDORS))
def test_each_vendor_has_an_address_credentials_and_a_log(name: str) -> None:
    with World(limits=None, texting=[name]) as world:
        vendor = world.texting[name]
        httpx.get(world.url_of(name) + "/nothing")
        assert (vendor.base_url, vendor.account != "", len(vendor.credentials) >= 2) == (world.url_of(name), True, True)
        assert [call.path for call in world.calls_to(name)] == ["/nothing"]
        assert not any(secret in str(world.describe()) for secret in vendor.credentials.values())


@pytest.mark.parametrize("name", sorted(VENDORS))
def test_each_vendor_takes_faults(name: str) -> None:
    with World(limits=None, texting=[name]) as world:
        world.faults.add("bad_gateway_before", platform=name)
        assert httpx.get(world.url_of(name) + "/x").status_code == 502


@pytest.mark.parametrize("name", sorted(VENDORS))
def test_same_seed_makes_the_same_account(name: str) -> None:
    def account(seed: int) -> tuple[str, dict[str, str]]:
        vendor = World(seed, texting=[name]).texting[name]
        return vendor.account, vendor.credentials

    assert account(1) == account(1) != account(2)


def test_vendor_can_be_down_and_keeps_its_port() -> None:
    with World(limits=None, texting=["twilio", "plivo"]) as world:
        url = world.url_of("twilio")
        world.take_down("twilio")
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)
        assert httpx.get(world.url_of("plivo")).status_code == 401
        world.bring_up("twilio")
        assert (world.url_of("twilio"), httpx.get(url).status_code) == (url, 401)


def test_handsets_are_shared_by_all_vendors() -> None:
    world = World(texting=["twilio", "plivo"])
    assert world.texting["twilio"].handsets is world.texting["plivo"].handsets is world.handsets


def test_live_world_moves_and_answers_by_itself() -> None:
    before = threading.active_count()
    with Listener() as listener, World(limits=None, texting=["twilio"], live_texting=True) as world:
        twilio = world.vendor(Twilio)
        twilio.add_number(OURS, inbound_url=f"{listener.url}/in")
        world.handsets.add(ANA, answers=["Thursday works", "STOP"], answers_after_s=0.1)
        client = sdk(twilio)
        client.messages.create(to=ANA, from_=OURS, body="Hello", status_callback=f"{listener.url}/status")
        assert eventually(lambda: [taken.path for taken in listener.taken].count("/in") == 1)
        client.messages.create(to=ANA, from_=OURS, body="See you", status_callback=f"{listener.url}/status")
        assert eventually(lambda: [taken.path for taken in listener.taken].count("/in") == 2)
        paths = [taken.path for taken in listener.taken]
    assert paths == (["/status"] * 3 + ["/in"]) * 2
    assert eventually(lambda: threading.active_count() == before)


def test_live_world_stops_while_a_receiver_hangs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        world = World(limits=None, texting=["twilio"], live_texting=True)
        world.start()
        twilio = world.vendor(Twilio)
        twilio.posting.timeout_s = 4
        twilio.add_number(OURS)
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/status"
        sdk(twilio).messages.create(to=ANA, from_=OURS, body="Hello", status_callback=url)
        time.sleep(0.2)
        begin = time.monotonic()
        world.stop()
    assert time.monotonic() - begin < 3.5


def test_receiver_may_ask_the_vendor_before_it_answers() -> None:
    with World(limits=None, texting=["twilio"]) as world:
        twilio = world.vendor(Twilio)
        with Listener() as listener:
            twilio.add_number(OURS, inbound_url=f"{listener.url}/in")
            seen: list[int] = []

            def ask_first(call: CallbackCall) -> CallbackCall:
                seen.append(len(sdk(twilio).messages.list()))
                return call

            twilio.tamper = ask_first
            twilio.receive(ANA, OURS, "Hi")
    assert seen == [1]


def test_number_that_is_not_ours_cannot_receive() -> None:
    with pytest.raises(ValueError, match="no such number"):
        World(texting=["twilio"]).vendor(Twilio).receive(ANA, OURS, "Hi")
