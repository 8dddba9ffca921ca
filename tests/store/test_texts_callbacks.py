"""Raw calls: stored once as they came, worked on once, visible when they cannot be read."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from correspondence import a_call, texts_of
from sqlalchemy import text
from starts import COMPANY, NOON, in_processes, in_threads

from connector.app import Stores, open_stores


def test_a_call_comes_back_byte_for_byte(stores: Stores) -> None:
    texts = texts_of(stores)
    call = a_call(body=bytes(range(256)), headers={"x-a": "ü", "content-type": "text/plain"})
    number = texts.keep_callback(call, NOON)
    (found,) = texts.open_callbacks(COMPANY, 10)
    assert (found.id, found.callback) == (number, replace(call, received_at=NOON))


def test_the_very_same_call_is_stored_once(stores: Stores) -> None:
    texts = texts_of(stores)
    assert texts.keep_callback(a_call(), NOON) is not None
    # a vendor that tries again signs anew
    assert texts.keep_callback(a_call(headers={"x-twilio-signature": "another"}), NOON) is None
    others = [a_call(2), a_call(url="https://sms.example.com/else"), a_call(what="status"), a_call(company="northgate")]
    assert all(texts.keep_callback(call, NOON) is not None for call in others)
    # neither does a byte wander from one part to the next
    assert texts.keep_callback(a_call(what="inboundP", method="OST"), NOON) is not None


def test_the_secret_of_the_path_is_not_kept(stores: Stores) -> None:
    texts = texts_of(stores)
    url = "https://sms.example.com/callbacks/harbourline/exotel/inbound/s3cret-of-path?a=1"
    texts.keep_callback(
        a_call(url=url, secret="s3cret-of-path", headers={"authorization": "Basic s3cret-of-path"}), NOON
    )
    with stores.database.read() as connection:
        rows = connection.execute(text("SELECT * FROM callback")).all()
    assert "s3cret" not in str(rows)
    assert texts.open_callbacks(COMPANY, 1)[0].callback.url.endswith("/inbound/***?a=1")


def test_calls_are_worked_on_oldest_first_and_once(stores: Stores) -> None:
    texts = texts_of(stores)
    ids = [texts.keep_callback(a_call(number), NOON) for number in range(4)]
    assert [call.id for call in texts.open_callbacks(COMPANY, 2)] == ids[:2]
    texts.close_callback(ids[0] or 0, NOON, None)
    texts.close_callback(ids[1] or 0, NOON, "not a form: \0")
    assert [call.id for call in texts.open_callbacks(COMPANY, 9)] == ids[2:]
    assert texts.bad_callbacks(COMPANY) == [(ids[1], "twilio", "inbound", NOON, "not a form: ")]
    assert texts.open_callbacks("northgate", 9) == []


def test_a_call_that_ends_the_process_is_known_by_its_count(stores: Stores) -> None:
    texts = texts_of(stores)
    texts.keep_callback(a_call(), NOON)
    assert [texts.open_callbacks(COMPANY, 1)[0].attempts for _ in range(3)] == [1, 2, 3]


def keep(url: str) -> int:
    stores = open_stores(url)
    new = sum(texts_of(stores).keep_callback(a_call(number), NOON) is not None for number in range(30))
    stores.close()
    return new


@pytest.mark.parametrize("at_once", [in_threads, in_processes])
def test_calls_at_once_are_stored_once(url: str, stores: Stores, at_once: Callable[..., Any]) -> None:
    assert sum(at_once(keep, [(url,)] * 3)) == 30


def test_a_body_of_a_megabyte_and_an_empty_one_are_kept(stores: Stores) -> None:
    texts = texts_of(stores)
    bodies = [os.urandom(1 << 20), b""]
    for body in bodies:
        texts.keep_callback(a_call(body=body), NOON)
    assert [call.callback.body for call in texts.open_callbacks(COMPANY, 9)] == bodies
