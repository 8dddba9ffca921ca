"""Reading the source's feed into the ledger: every row once, the cursor in the same transaction."""

from __future__ import annotations

from datetime import datetime

from connector.domain.errors import CursorExpired
from connector.domain.model import FeedPage
from connector.flows.company import Company, log


def read_feed(company: Company) -> int:
    """Read from the cursor to the end; returns how many starts were new. Twice is harmless.

    Raises what the port raises; what was recorded until then stays, and the next run goes on from there.
    """
    new = 0
    cursor = _open(company)
    while not company.stop.is_set():
        page = _page(company, cursor)
        if page is None:
            cursor, _, _ = company.feed.cursor(company.name)
            continue
        if not page.starts and not page.bad and page.next_cursor == cursor:
            # nothing new and nowhere to go on from: most polls end here, without a write
            break
        number, mine = company.feed.record(company.name, page.starts, page.bad, moved=(cursor, page.next_cursor))
        new += number
        for row in page.bad:
            log.error("bad row", action="read", company=company.name, start=row.id, what=row.what)
        if not mine or not page.has_more or page.next_cursor == cursor:
            # not mine: another process reads the same feed and goes on from where it is
            break
        cursor = page.next_cursor
    return new


def _page(company: Company, cursor: str | None) -> FeedPage | None:
    """Return the next page; None: the cursor was too old, and the feed starts again from what is retained."""
    try:
        return company.source.conversation_starts(cursor)
    except CursorExpired:
        if cursor is None:
            raise
        log.warning("cursor expired", action="restart_feed", company=company.name)
        company.feed.restart(company.name, cursor)
        return None


def _open(company: Company) -> str | None:
    """Pin, at the first reading, from when conversations count; returns the cursor to go on from."""
    cursor, since, _ = company.feed.cursor(company.name)
    if cursor is not None or since is not None:
        return cursor
    company.feed.open(company.name, *first_reading(company))
    # another process may have opened it first
    return company.feed.cursor(company.name)[0]


def first_reading(company: Company) -> tuple[str | None, datetime, datetime | None]:
    """Return the cursor to begin with, the moment from which conversations count, and when the feed was opened.

    With `start: now` the feed begins at its tail. When it was opened, by the source's clock, is kept for the day when
    the cursor expires and old rows come by again.
    """
    if company.start == "now":
        cursor, opened_at = company.source.tail()
        # what comes behind the tail counts, whatever its time says: clocks differ
        return cursor, EVER, opened_at
    return None, company.start if isinstance(company.start, datetime) else EVER, None


#: before every conversation
EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
