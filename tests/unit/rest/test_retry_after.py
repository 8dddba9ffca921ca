"""Reading Retry-After, whatever was written there."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.rest.retry import parse_retry_after

NOW = 1_790_000_000.0


@pytest.mark.parametrize(
    ("value", "date_header", "expected"),
    [
        ("7", None, 7),
        (" 7 ", None, 7),
        ("2.5", None, 2.5),
        ("0", None, 1),
        ("315360000", None, 3600),
        ("9" * 400, None, 3600),
        ("-7", None, 30),
        ("+7", None, 30),
        ("nan", None, 30),
        ("inf", None, 30),
        ("1e3", None, 30),
        ("٧", None, 30),
        ("soon", None, 30),
        ("", None, 30),
        (None, None, 30),
        (formatdate(NOW + 60, usegmt=True), None, 60),
        (formatdate(NOW + 60, usegmt=True), "garbage", 60),
        # the server's clock is 90 minutes ahead
        (formatdate(NOW + 5400 + 60, usegmt=True), formatdate(NOW + 5400, usegmt=True), 60),
        # the server's clock is 90 minutes behind
        (formatdate(NOW - 5400 + 60, usegmt=True), formatdate(NOW - 5400, usegmt=True), 60),
        (formatdate(NOW - 60, usegmt=True), formatdate(NOW, usegmt=True), 1),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None, 3600),
        ("Fri, 31 Dec 9999 23:59:59 -1400", None, 3600),
        ("Mon, 01 Jan 0001 00:00:00 +1400", None, 1),
        ("Sun Nov  6 08:49:37 1994", None, 1),
    ],
)
def test_retry_after(value, date_header, expected):
    assert expected == parse_retry_after(value, date_header, NOW, 3600, 30, 1)


@given(st.text(), st.text() | st.none())
def test_any_text_gives_a_wait_within_bounds(value, date_header):
    assert 1 <= parse_retry_after(value, date_header, NOW, 3600, 30, 1) <= 3600
