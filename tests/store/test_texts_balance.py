"""The segment balance: a line for each change, what is left after it, and nothing lost between two processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from correspondence import leave, received, recorded_message, texts_of
from starts import COMPANY, NOON, in_processes, in_threads

from connector.app import Stores, open_stores
from connector.domain.texts import MayLeave


def is_sound(stores: Stores) -> bool:
    """Return whether each line leaves what the one before left, and its own segments."""
    lines = texts_of(stores).segment_lines(COMPANY, 10_000)[::-1]
    before = [0, *(line.left for line in lines)]
    return all(line.left == left + line.segments for line, left in zip(lines, before, strict=False))


def test_nothing_granted_is_nothing_left(stores: Stores) -> None:
    assert (texts_of(stores).segments_left(COMPANY), texts_of(stores).segment_lines(COMPANY)) == (0, [])


def test_a_changed_number_writes_one_line_of_the_difference(stores: Stores) -> None:
    texts = texts_of(stores)
    assert [texts.grant(COMPANY, total, NOON) for total in (100, 100, 150, 120, 120)] == [100, 100, 150, 120, 120]
    lines = [(line.what, line.segments, line.left, line.message) for line in texts.segment_lines(COMPANY)]
    assert lines == [("granted", -30, 120, None), ("granted", 50, 150, None), ("granted", 100, 100, None)]
    assert len(texts.segment_lines(COMPANY, 2)) == 2


def test_what_was_used_before_a_grant_counts(stores: Stores) -> None:
    texts = texts_of(stores)
    assert leave(texts, *recorded_message(texts), segments=3) is MayLeave.YES
    assert texts.grant(COMPANY, 10, NOON) == 7


def test_each_company_has_its_own_balance(stores: Stores) -> None:
    texts = texts_of(stores)
    texts.grant(COMPANY, 10, NOON)
    assert (texts.segments_left("northgate"), texts.segment_lines("northgate")) == (0, [])


def use(url: str, name: str) -> None:
    stores = open_stores(url)
    texts = texts_of(stores)
    for number in range(10):
        texts.grant(COMPANY, 100 + number, NOON)
        leave(texts, *recorded_message(texts, f"{name}:{number}"), segments=2)
        texts.attribute(received(texts, number, id=f"{name}:{number}", theirs="+12025550123"), "unmatched", NOON)
    stores.close()


@pytest.mark.parametrize("at_once", [in_threads, in_processes])
def test_grants_messages_and_replies_at_once_lose_nothing(
    url: str, stores: Stores, at_once: Callable[..., Any]
) -> None:
    at_once(use, [(url, "daemon"), (url, "send"), (url, "sync")])
    texts = texts_of(stores)
    texts.grant(COMPANY, 200, NOON)
    assert is_sound(stores)
    assert texts.segments_left(COMPANY) == 200 - 3 * 10 * 3


def test_a_grant_and_a_message_at_once(url: str, stores: Stores) -> None:
    """Of what is granted nothing is spent twice, and nothing is left to whoever asks after the grant."""
    texts = texts_of(stores)
    ready = [recorded_message(texts, f"key:{number}") for number in range(10)]

    def top_up(_number: int) -> int:
        texts.grant(COMPANY, 4, NOON)
        return 0

    def send(number: int) -> int:
        return sum(leave(texts, *pair, balance=4) is MayLeave.YES for pair in ready[number::2])

    assert sum(in_threads(lambda work, number: work(number), [(send, 0), (send, 1), (top_up, 0)])) == 4
    assert (texts.segments_left(COMPANY), is_sound(stores)) == (0, True)
