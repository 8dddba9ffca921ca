"""What must not be readable, and what must stay so."""

from __future__ import annotations

import base64
import hashlib
import time

import pytest
import structlog

from connector.rest.redaction import excerpt, mask_address, redact, redact_event, register_secret

PDF_TEXT = base64.b64encode(hashlib.sha512(b"invented").digest()).decode()


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("mail ana.petrov@example.com now", "ana.petrov"),
        ("mail Ána.Petrøv+x@example.co.uk", "Petrøv"),
        ("to=ana.petrov%40example.com&x", "petrov"),
        ("call +44 7700 900123 now", "900123"),
        ("call +447700900123.", "900123"),
        ("call +44 (0) 7700 900-123", "900-123"),
        ("call 0044 7700 900123", "900123"),
        ("/calls/%2B447700900123/x", "900123"),
        ("/calls/%2b44%207700%20900123", "900123"),
        ("call 07700 900123", "900123"),
        ("call 07700900123", "900123"),
        ("call 020 7946 0123", "7946"),
        ("call (0117) 496 0123", "496"),
        ("call (415) 555-0132", "0132"),
        ("call 415-555-0132", "0132"),
        ('{"phone": "+44 7700 900123"}', "900123"),
        (f"body {PDF_TEXT} end", PDF_TEXT[:30]),
        ("Authorization: Bearer abc.def-123", "abc.def"),
        ("{'authorization': 'Basic YWJjOmRlZg=='}", "YWJj"),
        ("X-API-KEY: k1234567", "k1234567"),
        ('"x-api-key": "k1234567"', "k1234567"),
        ("b'X-API-KEY', b'k1234567'".replace("', b'", "': b'"), "k1234567"),
        ("Bearer abcdefgh12", "abcdefgh12"),
        ("https://user:pass1234@api.example.com/x", "pass1234"),
        ("GET https://files.example.com/cv?X-Amz-Signature=abc&Expires=1 failed", "abc"),
        ("GET /v1/things?filter[email]=someone failed", "someone"),
    ],
)
def test_hidden(text, hidden):
    masked = redact(text)

    assert hidden not in masked
    assert "…" in masked
    assert masked == redact(masked)


@pytest.mark.parametrize(
    "text",
    [
        "cord: GET /v1/positions/12345 (500): answered 500",
        "2026-11-28T03:42:11.123456+00:00 done in 0.0123 s",
        "2026-11-28 03:42:11",
        "6f1c0a52-0412-4345-8123-0123456789ab",
        "412 before, 0 now; 1,000,000 rows; 99.95 %",
        "/opt/connector/platforms/pinpoint/adapter/and/a/long/Path/to/a/module1.py",
        "harbourline:application:0123456789abcdef:5101",
        "at 1790000000 the id 98765432101 came",
        "port 127.0.0.1:54321",
    ],
)
def test_readable(text):
    assert text == redact(text)


def test_registered_secret_is_hidden_in_urls_too():
    register_secret("s3cret/with+signs")

    assert redact("a s3cret/with+signs b s3cret%2Fwith%2Bsigns") == "a … b …"


def test_short_secret_would_hide_words_and_is_ignored():
    register_secret("the")
    register_secret("")

    assert redact("the end") == "the end"


def test_excerpt_is_one_short_masked_line():
    assert excerpt(b"a\r\n\tb ana.petrov@example.com \x00c") == "a b … c"
    assert len(excerpt("x " * 5000)) == 200
    assert excerpt(b"\xff") == "\ufffd"


def test_excerpt_does_not_leave_half_an_address():
    assert "petrov" not in excerpt("x" * 185 + " ana.petrov@example.com")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ana.petrov@example.com", "a…@example.com"),
        ("Ana@EXAMPLE.com", "A…@example.com"),
        ("nobody", "…"),
        ("@example.com", "…"),
        ("", "…"),
    ],
)
def test_masked_address(address, expected):
    assert expected == mask_address(address)


def test_event_is_masked_however_deep():
    event = redact_event(
        None,
        "info",
        {
            "event": "mail to ana.petrov@example.com",
            "api_key": "abc",
            "nested": {"list": ["+44 7700 900123", 7, None, True, b"abc"], "Authorization": "x"},
            "error": ValueError("no ana.petrov@example.com"),
        },
    )

    assert event == {
        "event": "mail to …",
        "api_key": "…",
        "nested": {"list": ["…", 7, None, True, "<3 bytes>"], "Authorization": "…"},
        "error": "no …",
    }


def test_exception_of_an_event_is_masked():
    with structlog.testing.capture_logs(processors=[redact_event]) as logs:
        log = structlog.get_logger()
        try:
            raise ValueError("no ana.petrov@example.com")
        except ValueError as exc:
            log.exception("failed")
            log.warning("failed", exc_info=exc)

    assert [entry["exception"].strip().splitlines()[-1] for entry in logs] == ["ValueError: no …"] * 2


@pytest.mark.parametrize("piece", ["x", "a.", "a@", "0 ", "+4", "?a", "a://", "token=", "%40", "(0", "Aa1", "Bearer "])
def test_no_text_takes_long(piece):
    began = time.process_time()

    redact(piece * 30_000)

    assert time.process_time() - began < 2


def test_event_that_holds_itself_ends():
    loop: list[object] = []
    loop.append(loop)

    assert "…" in str(redact_event(None, "info", {"loop": loop}))
