"""A job's advert out of Pinpoint's JSON: all text sections in order, under their headings, as sanitised HTML.

"HTML. Advert order: description, responsibilities, skills, benefits" (contract; both the HTML and the order are
UNPROVEN). Pay goes in only where Pinpoint itself shows it.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import nh3
from pydantic import ValidationError as Invalid

from connector.domain.model import Advert, Listing
from connector.platforms.pinpoint import shapes

#: the sections of an advert; each but the first has its heading in `<name>_header`
SECTIONS = (
    "description",
    "key_responsibilities",
    "skills_knowledge_expertise",
    "benefits",
    "about_company_theme_section",
)

_BLOCKS = {"p", "br", "hr", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "dl"}
_INLINE = {"strong", "b", "em", "i", "u", "s", "sub", "sup", "span", "a", "code", "dt", "dd"}
_TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
#: what the text may hold: no scripts, styles, images or forms, and links that lead to pages and addresses only
_CLEANER = nh3.Cleaner(
    tags=_BLOCKS | _INLINE | _TABLES,
    attributes={"a": {"href"}},
    url_schemes={"http", "https", "mailto", "tel"},
    clean_content_tags={"script", "style"},
    link_rel="noopener noreferrer nofollow",
)

#: name of an included resource, by kind and id
Names = Mapping[tuple[str, str], str]


def names_of(included: Iterable[Any]) -> dict[tuple[str, str], str]:
    """Return what the included locations and departments are called; a resource without a name is left out."""
    found = {}
    for item in included:
        try:
            read = shapes.PlaceResource.model_validate(item)
        except Invalid:
            continue
        name = read.attributes.shown()
        if name:
            found[read.type, read.id] = name
    return found


def advert_to_domain(row: Any, names: Names) -> Advert | None:
    """Read the advert of one job; None: something about it cannot be read."""
    try:
        read = shapes.AdvertResource.model_validate(row)
    except Invalid:
        return None
    attributes = read.attributes
    listing = Listing(
        job_id=read.id,
        title=_line(attributes.title) or f"Job {read.id}",
        status="open",
        description_html=description(attributes),
        location=names.get(("locations", _linked(read, "location"))),
        department=names.get(("departments", _linked(read, "department"))),
        employment_type=_line(attributes.employment_type),
        url=_web_address(attributes.url),
        updated_at=attributes.updated_at.astimezone(UTC),
    )
    return Advert(listing, _closes_at(attributes))


def description(attributes: shapes.AdvertAttributes) -> str | None:
    """Return the whole text: every section that is not empty, under its heading, and the pay if it is shown."""
    parts = []
    for name in SECTIONS:
        text = _CLEANER.clean(getattr(attributes, name) or "").strip()
        if text:
            parts.append(_heading(getattr(attributes, f"{name}_header", None)) + text)
    pay = _pay(attributes)
    if pay:
        parts.append(f"{_heading('Compensation')}<p>{html.escape(pay, quote=False)}</p>")
    return "\n".join(parts) or None


def _heading(text: str | None) -> str:
    line = _line(text)
    return f"<h3>{html.escape(line, quote=False)}</h3>\n" if line else ""


def _pay(attributes: shapes.AdvertAttributes) -> str | None:
    """Return the pay in words, only if Pinpoint shows it: both switches, where they are there, must say so."""
    if attributes.compensation_visible is not True or attributes.is_compensation_visible is False:
        return None
    if _line(attributes.compensation):
        return _line(attributes.compensation)
    figures = [_figure(value) for value in (attributes.compensation_minimum, attributes.compensation_maximum)]
    amounts = list(dict.fromkeys(figure for figure in figures if figure))
    if not amounts:
        return None
    words = ["–".join(amounts), _line(attributes.compensation_currency)]
    frequency = _line(attributes.compensation_frequency)
    return " ".join([*filter(None, words), *([f"per {frequency}"] if frequency else [])])


def _figure(value: float | str | None) -> str | None:
    if value is None or value == "":
        return None
    try:
        return f"{float(value):,.2f}".removesuffix(".00")
    except ValueError:
        return _line(str(value))


def _closes_at(attributes: shapes.AdvertAttributes) -> datetime | None:
    """Return when the job closes by itself; a deadline that is a mere date lasts to the end of that day in UTC."""
    if attributes.deadline_at is not None:
        return attributes.deadline_at.astimezone(UTC)
    if attributes.deadline_on is not None:
        day: date = attributes.deadline_on + timedelta(days=1)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    return None


def _linked(resource: shapes.Resource, name: str) -> str:
    relationship = (resource.relationships or {}).get(name)
    data = relationship.get("data") if isinstance(relationship, dict) else None
    return str(data.get("id", "")) if isinstance(data, dict) else ""


def _line(text: str | None) -> str | None:
    """Return text on one line, without what is invisible; None when nothing is left."""
    return " ".join((text or "").split()) or None


def _web_address(text: str | None) -> str | None:
    address = (text or "").strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    sound = parts.scheme in ("http", "https") and parts.netloc and address.isprintable() and " " not in address
    return address if sound else None
