"""Two keys of one account: the newest is used, the older one stands in, and two are refused no more often than one."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs

from connector.rest.keyring import Keyring, keyring_of


@pytest.fixture(autouse=True)
def plain_log() -> Iterator[None]:
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


class Door:
    """An account that takes some keys and counts the calls with each."""

    def __init__(self, *taken: str) -> None:
        self.taken = set(taken)
        self.now = 0.0
        self.tried: list[str] = []
        self.ring = Keyring(lambda: ("new", "old"), ("NEW_KEY", "OLD_KEY"), clock=lambda: self.now)

    def call(self) -> bool:
        """Make one call as the client does: at most one more attempt."""
        return self._attempt() or (self._again and self._attempt())

    def _attempt(self) -> bool:
        key = self.ring.given()
        self.tried.append(key)
        if key in self.taken:
            self.ring.accepted()
            return True
        self._again = self.ring.refused()
        return False


def test_the_newest_is_used_and_nothing_else_tried() -> None:
    door = Door("new", "old")
    assert [door.call() for _ in range(3)] == [True] * 3
    assert (door.tried, door.ring.working) == (["new"] * 3, "NEW_KEY")


def test_the_older_stands_in_until_the_newest_works() -> None:
    door = Door("old")
    assert door.call()
    assert door.call()
    assert door.tried == ["new", "old", "old"]
    door.now, door.taken = 61.0, {"new", "old"}
    assert door.call()
    assert door.call()
    assert door.tried[3:] == ["new", "new"]


def test_the_newest_is_tried_again_each_minute_and_later_each_five() -> None:
    door = Door("old")
    for door.now in range(0, 3601, 10):
        assert door.call()
    assert 1 + 10 + 8 <= door.tried.count("new") <= 1 + 10 + 12


def test_each_change_is_said_once() -> None:
    door = Door("old")
    with capture_logs() as logs:
        for door.now in range(0, 300, 10):
            door.call()
        door.taken = {"new"}
        door.call()
        door.call()
    assert [(entry["log_level"], entry["event"]) for entry in logs] == [
        ("warning", "older key in use"),
        ("info", "newest key in use"),
    ]
    assert "old" not in [word for entry in logs for word in str(entry["what"]).split()]


def test_an_older_key_that_is_revoked_makes_the_newest_be_tried_at_once() -> None:
    door = Door("old")
    door.call()
    door.taken = {"new"}
    assert door.call()
    assert door.tried == ["new", "old", "old", "new"]


def test_when_both_are_refused_they_take_turns_one_a_call() -> None:
    door = Door()
    assert not door.call()
    assert door.tried == ["new", "old"]
    assert [door.call() for _ in range(4)] == [False] * 4
    assert door.tried[2:] == ["new", "old", "new", "old"]


@pytest.mark.parametrize("key", ["new", "old"])
def test_after_both_were_refused_either_is_found_again(key: str) -> None:
    door = Door()
    door.call()
    door.taken = {key}
    assert any([door.call(), door.call()])
    assert door.ring.working == {"new": "NEW_KEY", "old": "OLD_KEY"}[key]


def test_an_answer_to_the_older_key_that_comes_late_does_not_bring_it_back() -> None:
    door = Door("new", "old")
    late = threading.Event()

    def older() -> None:
        door.ring._mine.index = 1
        late.wait(5)
        door.ring.accepted()

    thread = threading.Thread(target=older)
    thread.start()
    door.call()
    late.set()
    thread.join()
    assert door.ring.working == "NEW_KEY"


def test_a_single_key_has_no_other() -> None:
    ring = keyring_of(lambda: "only")
    assert ring.given() == "only"
    assert ring.refused() is False
    assert ring.given() == "only"


def test_a_callable_is_asked_each_time() -> None:
    keys = iter(["first", "second"])
    ring = keyring_of(lambda: next(keys))
    assert [ring.given(), ring.given()] == ["first", "second"]
