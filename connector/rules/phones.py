"""Whose number it is, which of ours writes to it, and through which provider.

Numbers are compared in E.164 and in nothing else. Ours are chosen by dialling code and not by region: a UK mobile can
belong to Guernsey by the book, and +1 is two dozen countries.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import phonenumbers

#: a sender that is a name: eleven characters at most, one of them a letter
_NAME = re.compile(r"(?=.*[^\W\d_])[\w &.+-]{1,11}")
#: a number of so few digits is a short code, unless its country is known to have numbers like it
_SHORT = 6
#: a share of failures says nothing before this many messages
LEAST_MESSAGES = 5


@dataclass(frozen=True)
class Number:
    """A sender or receiver as it was written, and what is known of it."""

    #: None: a short code, a name or no number at all, which no message can be attributed to
    e164: str | None
    #: dialling code, e.g. 44; None where there is no E.164
    country_code: int | None
    raw: str
    #: has a length that its country knows; what is not possible is refused before a provider is asked
    possible: bool
    #: is in a range that is in use. Numbering plans run ahead of the tables: possible but not valid is sent
    valid: bool


@dataclass(frozen=True)
class Refusal:
    """Nothing can be sent to the number, and why, in an administrator's words."""

    why: str


@dataclass(frozen=True)
class Route:
    """The provider that a message goes through."""

    provider: str
    #: those before it that were not taken, each with its reason, in words; also that the choice is the least bad one
    notes: tuple[str, ...] = ()


def parse(written: str | None, default_region: str | None) -> phonenumbers.PhoneNumber | None:
    """Return what the library reads, possible or not; None if it is no number. One without `+` needs a region."""
    if not written or not written.strip():
        return None
    try:
        return phonenumbers.parse(written, default_region)
    except phonenumbers.NumberParseException:
        return None


def to_e164(written: str | None, default_region: str | None) -> Number:
    """Return the number with what is known of it; always a record, since a sender is kept as it came.

    Prefixes (`tel:`, `whatsapp:`), marks of direction and odd spaces are dropped, an extension too. `default_region` is
    the account's, never the server's.
    """
    raw = written or ""
    # a name with digits in it, such as AD-123456, would pass for a number
    number = None if _NAME.fullmatch(raw.strip()) else parse(raw, default_region)
    if number is None or not phonenumbers.is_possible_number(number) or _is_short(raw, number):
        return Number(None, None, raw, possible=False, valid=False)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Number(e164, number.country_code, raw, possible=True, valid=phonenumbers.is_valid_number(number))


def _is_short(raw: str, number: phonenumbers.PhoneNumber) -> bool:
    """British short codes pass for possible numbers; written with `+` nothing is one."""
    few = "+" not in raw and sum(c.isdigit() for c in raw) <= _SHORT
    return few and not phonenumbers.is_valid_number(number)


def choose_sender(their_number: Number, own: Sequence[str], last_used: str | None) -> str | Refusal:
    """Return which of our numbers writes to theirs: the one of the thread, else one of the same dialling code.

    Several codes are shared between countries: of the numbers with the right code, one of the same region goes first
    (Canada or the US), then the order of `own`. `last_used` is the number that the person was last written to from, and
    counts while it is among `own`, whatever its code: answers in a thread come from the number that the person knows.
    Ours may be written with spaces; E.164 comes back.
    """
    if their_number.e164 is None:
        return Refusal("not a number that can be written to")
    ours = {number.e164: number for written in own if (number := to_e164(written, None)).e164}
    thread = to_e164(last_used, None).e164
    if thread in ours and thread is not None:
        return thread
    fit = [e164 for e164, number in ours.items() if number.country_code == their_number.country_code]
    if not fit:
        return Refusal(f"no sending number for +{their_number.country_code}")
    region = _region(their_number.e164)
    return next((e164 for e164 in fit if region and _region(e164) == region), fit[0])


def choose_provider(
    country_code: int,
    routing: Mapping[str, str | Sequence[str]],
    active: str | None,
    recent: Mapping[str, tuple[int, int]],
    threshold: float,
    enabled: Collection[str],
) -> Route | Refusal:
    """Return the provider for a dialling code, with what was passed over on the way.

    `routing` maps `+91` to a name or to names in order of preference, and `default` likewise; without either for this
    code the active provider sends. A list is the administrator's word: where none of its providers is enabled, nothing
    is sent through another. `recent` has (failed, all) of each provider's last messages; one of which more than
    `threshold` (0 to 1) failed is passed over. If that goes for all, the one that fails least sends, because a provider
    that sends nothing never gets better.
    """
    wanted = _wanted(f"+{country_code}", routing, active)
    if not wanted:
        return Refusal("no SMS provider is active")
    usable = [name for name in wanted if name in enabled]
    if not usable:
        return Refusal(f"no enabled provider for +{country_code}: {', '.join(wanted)}")
    notes = [f"{name} is passed over: it is not enabled" for name in wanted if name not in enabled]
    shares = {name: _share(recent.get(name, (0, 0))) for name in usable}
    sound = [name for name in usable if shares[name] <= threshold]
    chosen = sound[0] if sound else min(usable, key=lambda name: shares[name])
    ahead = usable[: usable.index(chosen)]
    notes += [f"{name} is passed over: {_failures(recent[name])}" for name in ahead]
    if not sound:
        notes.append(f"{chosen} sends although {_failures(recent[chosen])}: nothing better is enabled")
    return Route(chosen, tuple(notes))


def _wanted(code: str, routing: Mapping[str, str | Sequence[str]], active: str | None) -> list[str]:
    named = routing.get(code) or routing.get("default") or active or ()
    return list(dict.fromkeys([named] if isinstance(named, str) else named))


def _share(recent: tuple[int, int]) -> float:
    """Return the part that failed, 0 to 1; 0 while there are too few to say."""
    failed, ended = recent
    return failed / ended if ended >= LEAST_MESSAGES else 0.0


def _failures(recent: tuple[int, int]) -> str:
    failed, ended = recent
    return f"{failed} of its last {ended} messages failed"


def _region(e164: str) -> str | None:
    number = parse(e164, None)
    return phonenumbers.region_code_for_number(number) if number else None
