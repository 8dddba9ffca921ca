"""Callbacks of vendors who send what they like: a form, JSON, parts, or nothing behind an address with a query.

They are read as rows of named values, whose types are loose: a form has texts only, and JSON of the same vendor may
have numbers. What the names mean is each vendor's own matter.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.message import Message
from email.parser import BytesParser
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl, quote, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic import ValidationError as Invalid

from connector.domain.texts import Callback
from connector.platforms.forms import storable, whole_number

_LONGEST_ID = 200
#: an amount of money that no column holds
_TOO_DEAR = 1_000_000


class NotTheContract(Exception):
    """A value that is not what the vendor's documents say; the text holds field names and faults only."""


class Wire(BaseModel):
    """A vendor's record; what is not listed is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


_Model = TypeVar("_Model", bound=BaseModel)


def parsed(model: type[_Model], body: Any) -> _Model:
    """Read a value as a record. Raises NotTheContract."""
    try:
        return model.model_validate(body)
    except Invalid as exc:
        found = [f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['type']}" for e in exc.errors(include_input=False)]
        raise NotTheContract(", ".join(found[:5])) from None


def segment(value: str) -> str:
    """Return an id as one segment of a path."""
    return quote(value, safe="")


def query_of(call: Callback) -> dict[str, Any]:
    """Return the query of the address that was called; of a name that comes twice the first value."""
    try:
        return _pairs(urlsplit(call.url).query)
    except ValueError as exc:  # an address that is none
        raise NotTheContract("the address cannot be read") from exc


def rows_of(call: Callback) -> list[Any]:
    """Return the records that a call brings, usually one: its body, and beneath it the query of its address.

    Raises NotTheContract for JSON that is none, and for a call that brings nothing; anything else is a form.
    """
    beneath = query_of(call)
    rows = _body_rows(call) if call.body.strip() and call.method not in ("GET", "HEAD") else [{}]
    found = [{**beneath, **row} if isinstance(row, dict) else row for row in rows]
    if not any(found):
        raise NotTheContract("the call brings nothing")
    return found


def _body_rows(call: Callback) -> list[Any]:
    kind = call.headers.get("content-type", "").lower()
    if "multipart/" in kind:
        return [_parts(call)]
    if "json" in kind or call.body.lstrip()[:1] in (b"{", b"["):
        try:
            read = json.loads(call.body)
        except (ValueError, RecursionError):
            raise NotTheContract("the body is not JSON") from None
        return read if isinstance(read, list) else [read]
    return [_pairs(call.body.decode("utf-8", "replace"))]


def _pairs(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, errors="replace"):
        found.setdefault(name, value)
    return found


def _parts(call: Callback) -> dict[str, Any]:
    head = b"Content-Type: " + call.headers["content-type"].encode("latin-1", "replace") + b"\r\n\r\n"
    whole = BytesParser().parsebytes(head + call.body)
    found: dict[str, Any] = {}
    for part in whole.get_payload() if whole.is_multipart() else ():
        name = part.get_param("name", header="content-disposition") if isinstance(part, Message) else None
        content = part.get_payload(decode=True) if isinstance(part, Message) else None
        if isinstance(name, str) and isinstance(content, bytes):
            found.setdefault(name, content.decode("utf-8", "replace"))
    return found


def row_id(row: Any, names: tuple[str, ...]) -> str:
    """Return the vendor's id of a row that cannot be read, otherwise a digest of it."""
    for name in names:
        value = maybe(row.get(name)) if isinstance(row, Mapping) else None
        if value and len(value) <= _LONGEST_ID and value.isprintable():
            return value
    return "row-" + hashlib.sha256(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest()[:24]


def _text(value: object) -> str:
    """Return a text, also of a number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("not a text")
    return storable(str(value))


def _id(value: str) -> str:
    text = value.strip()
    if not text or len(text) > _LONGEST_ID or not text.isprintable():
        raise ValueError("not an id")
    return text


def maybe(value: object) -> str | None:
    """Return a text without space around it; None for nothing, blanks, and what is no text."""
    try:
        return _text(value).strip() or None
    except ValueError:
        return None


def count(value: object) -> int | None:
    """Return a whole number of things, written as a number or a text; None for anything else."""
    return whole_number(maybe(value))


def money(value: object) -> Decimal | None:
    """Return what something costs, without a sign; None for anything else."""
    try:
        amount = Decimal(maybe(value) or "")
    except InvalidOperation:
        return None
    return abs(amount) if amount.is_finite() and abs(amount) < _TOO_DEAR else None


def unix_time(value: object) -> datetime | None:
    """Return the moment of so many seconds since 1970; None for anything else, 0 too."""
    text = maybe(value) or ""
    if not re.fullmatch(r"\d{1,11}", text, re.ASCII) or not int(text):
        return None
    return datetime.fromtimestamp(int(text), UTC)


def phone(value: object) -> str:
    """Return a number as written; a plus that a careless form turned into a blank is one again."""
    text = _text(value)
    return "+" + text.strip() if re.fullmatch(r" \d{7,15}", text, re.ASCII) else text.strip()


Text = Annotated[str, BeforeValidator(_text)]
Id = Annotated[str, BeforeValidator(_text), AfterValidator(_id)]
Phone = Annotated[str, BeforeValidator(phone)]
Maybe = Annotated[str | None, BeforeValidator(maybe)]
Count = Annotated[int | None, BeforeValidator(count)]
Money = Annotated[Decimal | None, BeforeValidator(money)]
UnixTime = Annotated[datetime | None, BeforeValidator(unix_time)]
