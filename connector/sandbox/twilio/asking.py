"""A request to Twilio after its general checks, and the paging of collections."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from connector.sandbox.exchange import Answer, Request, json_answer
from connector.sandbox.twilio.records import Account
from connector.sandbox.twilio.refusals import Refused

_FORM = "application/x-www-form-urlencoded"
_PAGE_SIZE, _LARGEST_PAGE = 50, 1000

Row = TypeVar("Row")


@dataclass(frozen=True)
class Ask:
    """One authorised request."""

    request: Request
    parts: dict[str, str]
    #: The account that the path names, or for other paths that of the credentials.
    account: Account
    #: Of a repeated name the last one counts.
    query: dict[str, str] = field(default_factory=dict)
    form: list[tuple[str, str]] = field(default_factory=list)

    def given(self, name: str) -> str | None:
        """A form field that is there and not empty."""
        return next((value for key, value in reversed(self.form) if key == name and value), None)

    def has(self, name: str) -> bool:
        """Whether the form has a field, be it empty."""
        return any(key == name for key, _ in self.form)

    def flag(self, name: str, default: bool = False) -> bool:
        """A field that says `true` or `false`."""
        value = self.given(name)
        return default if value is None else value.lower() == "true"

    def all(self, name: str) -> list[str]:
        """Every value of a repeated field."""
        return [value for key, value in self.form if key == name and value]


def read_query(request: Request) -> dict[str, str]:
    """The query parameters, decoded."""
    return dict(parse_qsl(request.query, keep_blank_values=True))


def read_form(request: Request) -> list[tuple[str, str]]:
    """The form in the body; another media type is read as no fields at all (assumed)."""
    if (request.header("Content-Type") or "").partition(";")[0].strip().lower() != _FORM:
        return []
    return parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)


def page(
    ask: Ask,
    name: str,
    rows: Sequence[Row],
    document: Callable[[Row], dict[str, Any]],
    sid: Callable[[Row], str],
    *,
    stuck: bool = False,
) -> Answer:
    """One page of a v2010 collection, with addresses relative to the host.

    The page's token is `PA` and the id of the last row of the page before; one that names no row is refused.
    """
    size = _page_size(ask)
    number, token = ask.query.get("Page", "0"), ask.query.get("PageToken")
    start = 0
    if token is not None:
        places = [index for index, row in enumerate(rows) if f"PA{sid(row)}" == token]
        if not places:
            raise Refused(21481)
        start = places[0] + 1
    if not number.isdigit():
        raise Refused(20001, message="Invalid Page")
    shown, at = rows[start : start + size], int(number)
    more = start + size < len(rows)
    following = _uri(ask, size, at + 1, f"PA{sid(shown[-1])}") if more and shown else None
    this = _uri(ask, size, at, token)
    return json_answer(
        200,
        {
            "first_page_uri": _uri(ask, size, 0, None),
            "end": at * size + max(len(shown) - 1, 0),
            "previous_page_uri": _uri(ask, size, at - 1, None) if at else None,
            name: [document(row) for row in shown],
            "uri": this,
            "page_size": size,
            "start": at * size,
            "next_page_uri": this if stuck else following,
            "page": at,
        },
    )


def meta_page(ask: Ask, name: str, documents: list[dict[str, Any]]) -> Answer:
    """One page of a v1 collection: `meta` with absolute addresses."""
    size, number = _page_size(ask), ask.query.get("Page", "0")
    at = int(number) if number.isdigit() else 0
    shown = documents[at * size : (at + 1) * size]
    more = (at + 1) * size < len(documents)
    base = f"http://{ask.request.header('Host')}{ask.request.path}?PageSize={size}&Page="
    meta = {
        "page": at,
        "page_size": size,
        "first_page_url": base + "0",
        "previous_page_url": base + str(at - 1) if at else None,
        "url": base + str(at),
        "next_page_url": base + str(at + 1) if more else None,
        "key": name,
    }
    return json_answer(200, {"meta": meta, name: shown})


@lru_cache(maxsize=20_000)
def _formatted(moment: datetime) -> str:
    return format_datetime(moment)


def rfc2822(moment: datetime | None) -> str | None:
    """v2010's spelling of a time: whole seconds."""
    return None if moment is None else _formatted(moment.astimezone(UTC).replace(microsecond=0))


def zulu(moment: datetime) -> str:
    """v1's spelling of a time: whole seconds."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _page_size(ask: Ask) -> int:
    text = ask.query.get("PageSize", str(_PAGE_SIZE))
    # Assumed: the real one may well cut a larger size down in silence.
    if not text.isdigit() or not 1 <= int(text) <= _LARGEST_PAGE:
        raise Refused(20001, message="Invalid PageSize")
    return int(text)


def _uri(ask: Ask, size: int, number: int, token: str | None) -> str:
    kept = [(key, value) for key, value in ask.query.items() if key not in ("PageSize", "Page", "PageToken")]
    paging = [("PageSize", str(size)), ("Page", str(number)), *([("PageToken", token)] if token else [])]
    return f"{ask.request.path}?{urlencode(kept + paging)}"
