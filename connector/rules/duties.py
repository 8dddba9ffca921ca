"""What must be registered before texts may leave from a country's number, as data.

An engineer's list of what to have ready, read in November 2026, and no legal advice: law changes, and each provider's
console has the form that counts. `check` prints it for the country of each number; a refusal for want of it names it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Duty:
    """One thing to do for numbers of one country."""

    #: two letters, upper case
    region: str
    country_code: int
    #: what it is called in the provider's console
    name: str
    #: what to do, in an administrator's words
    do: str
    #: what to have ready
    papers: tuple[str, ...] = ()
    #: carriers refuse texts without it
    blocks: bool = False


DUTIES = (
    Duty(
        "US",
        1,
        "A2P 10DLC brand",
        "register the company as a brand in the provider's trust centre",
        ("EIN", "legal name as the tax office has it", "address", "website", "a contact"),
        blocks=True,
    ),
    Duty(
        "US",
        1,
        "A2P 10DLC campaign",
        "register a recruiting campaign for the brand and put the number into its messaging service; the review takes "
        "10 to 15 working days",
        ("two sample texts", "how candidates consent", "how they opt out", "privacy notice"),
        blocks=True,
    ),
    Duty(
        "CA",
        1,
        "consent (CASL)",
        "name the company and a way to opt out in the first text; a Canadian number that writes to US numbers needs "
        "the US registrations as well",
    ),
    Duty(
        "GB",
        44,
        "UK business details",
        "give the business details with the number; marketing texts need consent (PECR), texts on an application "
        "do not",
        ("Companies House number", "registered address", "a contact"),
    ),
    Duty(
        "AU",
        61,
        "Australian business details",
        "give the business details with the number; name the company and a way to opt out (Spam Act)",
        ("ABN", "ASIC extract or certificate", "registered address", "a contact"),
    ),
    Duty(
        "IN",
        91,
        "DLT entity and sender",
        "register the company and its sender with an operator's DLT platform, and set the entity id here",
        ("company registration or PAN", "letter of authority"),
        blocks=True,
    ),
    Duty(
        "IN",
        91,
        "DLT templates",
        "register each text as a template and set its id here; a text in free words is refused by the carriers, and "
        "promotional ones leave from 10:00 to 21:00 only",
        ("each text, with its variable parts marked",),
        blocks=True,
    ),
)


def duties_of(country_code: int, region: str | None = None) -> tuple[Duty, ...]:
    """Return what numbers of a dialling code need; with `region`, only of that country if it is one that we know.

    Empty for a country of which we know nothing, which is not the same as that nothing is needed.
    """
    shared = tuple(duty for duty in DUTIES if duty.country_code == country_code)
    return tuple(duty for duty in shared if duty.region == region) or shared


def missing_registration(country_code: int, region: str | None = None) -> str:
    """Return what a refusal for want of registration says: which ones, what to do, what to have ready."""
    blocking = [duty for duty in duties_of(country_code, region) if duty.blocks]
    if not blocking:
        return f"register numbers of +{country_code} in the provider's console"
    return "; ".join(f"{duty.name}: {duty.do} (have ready: {', '.join(duty.papers)})" for duty in blocking)
