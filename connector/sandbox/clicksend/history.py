"""GET /v3/sms/history: filters and order."""

from typing import Any

from connector.sandbox.clicksend.payloads import Fields, history_row
from connector.sandbox.clicksend.refusals import bad_request
from connector.sandbox.clicksend.simulator import ClickSend

_FILTERS = {"status", "to", "from", "subaccount_id", "message_id"}
_ORDERS = {"date": "date", "username": "_api_username", "from": "from", "to": "to", "status": "status", "body": "body"}


def rows(clicksend: ClickSend, query: dict[str, str]) -> list[Fields]:
    """All rows that fit, oldest first unless `order_by` says otherwise. Bounds are inclusive, which is assumed."""
    found = [history_row(each, clicksend.username, clicksend.delivered_word) for each in reversed(clicksend.listed())]
    since, until = _moment(query, "date_from"), _moment(query, "date_to")
    found = [row for row in found if _within(row["date"], since, until)]
    if query.get("q"):
        name, _, value = query["q"].partition(":")
        if name.lower() not in _FILTERS:
            raise bad_request("Invalid input.", q="The field is not known.")
        found = [row for row in found if not value or str(row[name.lower()]) == value]
    return _ordered(found, query.get("order_by") or "date:asc")


def _ordered(found: list[Fields], order: str) -> list[Fields]:
    name, _, direction = order.partition(":")
    if name not in _ORDERS or direction not in ("asc", "desc"):
        raise bad_request("Invalid input.", order_by="The order is not known.")

    def key(row: Fields) -> Any:
        return row[_ORDERS[name]]

    return sorted(found, key=key, reverse=direction == "desc")


def _moment(query: dict[str, str], name: str) -> int | None:
    text = query.get(name, "")
    if text and not (text.isascii() and text.isdigit()):
        raise bad_request("Invalid input.", **{name: "Must be a Unix time."})
    return int(text) if text else None


def _within(date: int, since: int | None, until: int | None) -> bool:
    return (since is None or date >= since) and (until is None or date <= until)
