"""Who a person is, what they are called, and how they are rung up."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from connector.rules.phones import parse

#: stands for a name that nobody gave; both name fields are required by the ATS
NO_NAME = "-"


def normal_address(address: str | None) -> str | None:
    """Return the address in the form that names one person: NFC, case-folded; None if it is not usable.

    The whole address is folded, the local part too: one case-folded address is one person (outcomes.md).
    """
    if not address:
        return None
    try:
        checked = validate_email(
            address.strip(), check_deliverability=False, test_environment=True, allow_quoted_local=False
        )
    except EmailNotValidError:
        return None
    return unicodedata.normalize("NFC", checked.normalized).casefold()


def person_id(secret: str, company: str, address: str) -> str:
    """Return the keyed hash that stands for a person in keys and rows; `address` as `normal_address` gives it."""
    return hmac.new(secret.encode(), f"{company}\n{address}".encode(), hashlib.sha256).hexdigest()[:24]


def split_name(first: str | None, last: str | None, full: str) -> tuple[str, str]:
    """Return the two required name fields, both filled, no word lost.

    The two parts win where the source gives both; words that stand between them in the full name go to the first
    (the ATS has no middle name). A name of one word gets a dash beside it.
    """
    first, last, full = _tidy(first), _tidy(last), _tidy(full)
    if first and last:
        return _with_middle(first, last, full), last
    known = first or last
    words = (full or known).split(" ")
    if len(words) < 2:
        # one word: it stands as the first name, whichever field it came in
        return (words[0] or NO_NAME), NO_NAME
    if first and full.startswith(first + " "):
        return first, full[len(first) + 1 :]
    if last and full.endswith(" " + last):
        return full[: -len(last) - 1], last
    return " ".join(words[:-1]), words[-1]


def _with_middle(first: str, last: str, full: str) -> str:
    middle = full[len(first) : len(full) - len(last)] if full.startswith(first) and full.endswith(last) else ""
    return f"{first} {middle.strip()}" if middle.strip() else first


def _tidy(text: str | None) -> str:
    """Fold white space and drop control characters; marks that steer direction and join emoji stay."""
    kept = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text or "")
    return " ".join(kept.split())


@dataclass(frozen=True)
class Phone:
    """A number fit to be sent."""

    #: E.164
    number: str
    #: two letters, upper case
    region: str
    #: possible but not known to be valid, as the ranges reserved for fiction are
    unverified: bool


def read_phone(written: str | None, default_region: str | None) -> Phone | None:
    """Return the number in E.164 with its region; None if there is none or it is not a possible one.

    A number without `+` is read in `default_region`; without one it is not possible.
    """
    number = parse(written, default_region)
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    known = phonenumbers.region_code_for_number(number)
    region = known or phonenumbers.region_code_for_country_code(number.country_code or 0)
    if len(region) != 2 or region == "ZZ":
        # an international service (+800 …) has no region; the ATS asks for one with every number
        region = default_region or "ZZ"
    if region == "ZZ":
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Phone(e164, region, unverified=not phonenumbers.is_valid_number(number))


def mask_address(address: str) -> str:
    """Return an address that the person who knows it recognises and nobody else can use: `an…v@e….com`."""
    local, _, host = address.strip().rpartition("@")
    name, _, top = host.rpartition(".")
    shown = f"{local[:2]}…{local[-1:]}" if len(local) > 4 else f"{local[:1]}…"
    return f"{shown}@{name[:1]}….{top}"
