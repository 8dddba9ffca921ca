"""What the cord simulator holds: its records, switches and counters."""

import random
import string
import threading
from datetime import datetime
from typing import Any

from connector.sandbox.clock import SandboxClock
from connector.sandbox.cord.bucket import Bucket
from connector.sandbox.cord.cursors import Cursors
from connector.sandbox.cord.cv_files import FileLinks
from connector.sandbox.cord.drop_down import DropDown
from connector.sandbox.cord.events import Events
from connector.sandbox.cord.feed import BadRows, Feed, Row
from connector.sandbox.cord.idempotency import KeptAnswers
from connector.sandbox.cord.records import SCOPES, Company, Conversation, Person, Position, Subscription
from connector.sandbox.cord.rows import start_row

_ID_ALPHABET = string.digits + string.ascii_uppercase


class CordState:
    """One company's cord at rest. `lock` guards everything; it may be taken again by the thread that holds it."""

    def __init__(self, seed: int = 1) -> None:
        self.lock = threading.RLock()
        self.clock = SandboxClock()
        self._dice = random.Random(f"cord {seed}")  # noqa: S311 - reproducible ids, not secrets
        self._last_change = 0
        self.company = Company()
        self.token = f"cord_test_{seed:04d}"
        self.revoked = False
        #: Aware time after which the token is 401 `token_expired`; None: never.
        self.token_expires_at: datetime | None = None
        self.scopes: set[str] = set(SCOPES)
        #: False answers 403 `plan_required` to everything but the company.
        self.plan_includes_ats = True
        #: The account's auto-forward switch.
        self.auto_forward = True
        #: The rate limiter; None switches it off.
        self.bucket: Bucket | None = None
        #: Every other page of a walk is empty with `has_more` true, and the rest are half full.
        self.short_pages = False
        self.pages_given = 0
        #: Pages say `has_more` and bring an unchanged cursor: a server fault that a client must notice.
        self.stuck_cursor = False
        self.positions: dict[str, Position] = {}
        self.people: dict[str, Person] = {}
        self.conversations: dict[str, Conversation] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.recorded_deliveries: list[dict[str, Any]] = []
        self.ats_jobs = DropDown(self.clock, self.lock, self._mark_links)
        self.feed = Feed(self.next_change, seed)
        self.bad_rows = BadRows(self._append_bad, self._sample_row)
        self.kept = KeptAnswers()
        self.cursors = Cursors(f"cursors {seed}".encode())
        self.links = FileLinks(f"files {seed}".encode())
        self.events = Events(self.new_id)

    def new_id(self, prefix: str) -> str:
        """A fresh id: the prefix and eight digits or capitals drawn from the seed."""
        with self.lock:
            return prefix + "_" + "".join(self._dice.choices(_ID_ALPHABET, k=8))

    def next_change(self) -> int:
        """The next number of the one counter that orders all changes."""
        with self.lock:
            self._last_change += 1
            return self._last_change

    @property
    def clock_offset_s(self) -> float:
        """Seconds that this platform's clock is ahead of real time."""
        return self.clock.offset_s

    @clock_offset_s.setter
    def clock_offset_s(self, seconds: float) -> None:
        self.clock.offset_s = seconds

    @property
    def duplicate_feed(self) -> bool:
        """Whether the feed delivers rows twice: the last one of the page before, and the page's own first."""
        return self.feed.duplicate

    @duplicate_feed.setter
    def duplicate_feed(self, on: bool) -> None:
        self.feed.duplicate = on

    @property
    def shuffle_feed(self) -> bool:
        """Whether the rows of a feed page come in random order."""
        return self.feed.shuffle

    @shuffle_feed.setter
    def shuffle_feed(self, on: bool) -> None:
        self.feed.shuffle = on

    @property
    def starts(self) -> list[Row]:
        """A copy of the feed log, oldest row first."""
        with self.lock:
            return self.feed.rows()

    @property
    def deliveries(self) -> list[dict[str, Any]]:
        """The reports received, oldest first: `id`, `start_id`, `outcome`, `body` (the JSON as sent), `recorded_at`."""
        with self.lock:
            return list(self.recorded_deliveries)

    def revoke_token(self) -> None:
        """Makes the token 401 `invalid_token`."""
        self.revoked = True

    def restore_token(self, token: str | None = None) -> None:
        """Makes the token work again, or `token` in its place."""
        self.token, self.revoked = token or self.token, False

    def expire_cursors(self) -> None:
        """Makes every cursor given out so far answer 410."""
        with self.lock:
            self.cursors.generation += 1

    def is_started(self, person_id: str) -> bool:
        """Whether the company has, or had, a started conversation with this person."""
        return any(
            conversation.candidate_id == person_id and conversation.state != "pending"
            for conversation in self.conversations.values()
        )

    def touch_position(self, position_id: str) -> None:
        """Marks a position as changed now."""
        with self.lock:
            position = self.positions[position_id]
            position.updated_at, position.changed = self.clock.now(), self.next_change()
            self.events.note("position.updated", position_id, self.clock.now())

    def _mark_links(self, ats_job_id: str) -> None:
        for position in list(self.positions.values()):
            if position.link is not None and position.link.ats_job_id == ats_job_id:
                self.touch_position(position.id)

    def _append_bad(self, row: Row, sequenced: bool) -> Row:
        with self.lock:
            return self.feed.append(row, sequenced)

    def _sample_row(self) -> Row:
        """A sound row about nobody, to be spoilt."""
        now = self.clock.now()
        conversation = Conversation(self.new_id("cv"), self.new_id("pe"), now, "started", accepted_by="candidate")
        position = Position(self.new_id("po"), "Engineer", "open", now, 0)
        return start_row(self.new_id("cs"), "conversation.started", conversation, position, True, now)
