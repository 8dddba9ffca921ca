"""One company at work: its settings, its platforms behind their ports, and where its work is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from connector.domain.callbacks import Receiver
from connector.domain.errors import ConfigError, ConnectorError
from connector.domain.keeping import Actions, Feed, LinkWrites, Locks, Memory, Privacy
from connector.domain.listings import Listings
from connector.domain.model import Link
from connector.domain.ports import Ats, Clock, Source
from connector.domain.sms import SmsSettings
from connector.domain.texting import Texting, Texts
from connector.flows.hints import Hints
from connector.rules.applications import Forwarding
from connector.rules.failures import ABSENT_S

log = structlog.get_logger("connector.flows")

#: how long one flow about text messages waits for another one's step: each holds the lock for one message or so
TEXTS_WAIT_S = 10.0


@dataclass
class Seen:
    """What a company's last whole run went by, in this process."""

    #: when each list had been read; None: there was no such run, or it had work to do
    readings: dict[str, datetime] | None = None


@dataclass(frozen=True)
class Company:
    """All that a flow needs, for one company. Platforms and store are ports; nothing here is a concrete class."""

    name: str
    source: Source
    ats: Ats
    actions: Actions
    feed: Feed
    memory: Memory
    listings: Listings
    links: LinkWrites
    locks: Locks
    privacy: Privacy
    clock: Clock
    #: `since` is filled in from the pinned first reading
    forwarding: Forwarding
    #: `now`, `beginning`, or the moment from which conversations count
    start: str | datetime
    #: links of the mapping file; they win
    file_links: tuple[Link, ...]
    follow_source_links: bool
    max_new_per_run: int
    #: how old the lists of jobs and positions may grow, seconds
    lists_every_s: float
    #: an address in normal form -> the keyed hash of the person
    person_of: Callable[[str], str]
    #: how long after a doubt a look-up proves that nothing is there, seconds
    absent_after_s: float = ABSENT_S
    #: how long settled actions, and lines of history, are kept; seconds
    keep_settled_s: float = 400 * 86_400.0
    keep_history_s: float = 400 * 86_400.0
    #: of which open jobs the source's list is a mirror; empty: it is left alone
    mirrored: tuple[str, ...] = ()
    #: brake: a larger share of the list is not withdrawn at once without a confirmation
    max_withdrawn_share: float = 0.5
    #: set when the program is asked to stop; looked at between items
    stop: threading.Event = field(default_factory=threading.Event)
    #: set when a changed mapping has taken this one's place; looked at between batches
    superseded: threading.Event = field(default_factory=threading.Event)
    #: people per batch: one look-up and one read-back each; the company's lock is held for one batch
    batch_size: int = 50
    #: how long to wait for another process's batch; the daemon just comes again
    lock_wait_s: float = 0.0
    #: downloads and uploads at once
    hands: int = 4
    seen: Seen = field(default_factory=Seen)
    #: where the source is to call us; None: it cannot
    receiver: Receiver | None = None
    hints: Hints = field(default_factory=Hints)
    #: text messages; None: the mapping says nothing of them
    sms: SmsSettings | None = None
    #: accounts at SMS providers, by name; those that do not send now too: their replies still count
    providers: Mapping[str, Texting] = field(default_factory=dict)
    texts: Texts | None = None
    #: a number in E.164 -> the keyed hash that stands for it; None: numbers are not kept at all
    number_of: Callable[[str], str] | None = None

    def goes_on(self) -> bool:
        """Return whether another batch may begin."""
        return not (self.stop.is_set() or self.superseded.is_set())

    def pinned(self) -> Company:
        """Return the company with its `since` as the first reading has pinned it."""
        _, since, _ = self.feed.cursor(self.name)
        return replace(self, forwarding=replace(self.forwarding, since=since))

    def texting(self) -> tuple[SmsSettings, Texts]:
        """Return the settings and the store of text messages. Raises ConfigError: the company has none."""
        if self.sms is None or self.texts is None:
            raise ConfigError(f"{self.name} has no text messages: its mapping file has no `sms` section")
        return self.sms, self.texts

    @contextmanager
    def texts_lock(self) -> Iterator[None]:
        """Hold the lock of everything about text messages; raises Busy.

        It is not the one of forwarding: nobody's reply waits for a batch of applications. Inside it, a message that is
        `attempting` has outlived its process.
        """
        with self.locks.hold(f"{self.name}.texts", max(self.lock_wait_s, TEXTS_WAIT_S)):
            yield


@contextmanager
def noted(company: Company, flow: str) -> Iterator[None]:
    """Note how a run of a flow ends; the error itself goes on to the caller."""
    try:
        yield
    except ConnectorError as error:
        company.memory.note_run(company.name, flow, company.clock.now(), str(error))
        raise
    company.memory.note_run(company.name, flow, company.clock.now(), None)
