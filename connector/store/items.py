"""Rows of actions as the records that the rest of the program knows, and prepared writes as text."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any

from sqlalchemy import Row

from connector.domain.actions import Item, Kind, State
from connector.domain.model import Prepared, Priority


def pack(prepared: Prepared | None) -> str | None:
    """Return a prepared write as text that keeps every byte."""
    if prepared is None:
        return None
    body = b64encode(prepared.body).decode()
    return json.dumps({"key": prepared.key, "method": prepared.method, "path": prepared.path, "body": body})


def _unpack(text: str | None) -> Prepared | None:
    if text is None:
        return None
    fields = json.loads(text)
    return Prepared(fields["key"], fields["method"], fields["path"], b64decode(fields["body"]))


def to_item(row: Row[Any]) -> Item:
    """Return a row as the record that the rest of the program knows."""
    values = dict(row._mapping)
    values["kind"] = Kind(values["kind"])
    values["state"] = State(values["state"])
    values["priority"] = Priority(values["priority"])
    values["prepared"] = _unpack(values["prepared"])
    return Item(**values)
