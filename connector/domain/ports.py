"""What the flows need from the outside. Adapters implement these; the flows never see a class behind them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from connector.domain.callbacks import Subscription
from connector.domain.model import (
    CV,
    Application,
    Candidate,
    ConversationStart,
    DownloadedFile,
    FeedPage,
    Job,
    JobList,
    Listing,
    NewApplication,
    Outcome,
    Position,
    Prepared,
    Priority,
)


class Clock(Protocol):
    """Time, injectable so that rules and flows can be tested at any hour."""

    def now(self) -> datetime:
        """Return the present, aware, UTC."""
        ...


class Account(Protocol):
    """What both kinds of platform have in common."""

    #: `cord`, `pinpoint`, …
    platform: str

    def probe(self) -> None:
        """Make one cheap call that needs the key. Raises AuthError or TransientError. Safe to repeat."""
        ...

    def key_fingerprint(self) -> str:
        """Return a digest of the key in use; changes when, and only when, the key does."""
        ...


class Source(Account, Protocol):
    """A sourcing platform: where conversations start."""

    def conversation_starts(self, cursor: str | None, priority: Priority = Priority.NEW) -> FeedPage:
        """Return the page behind `cursor`; None is the start of what is retained.

        Raises CursorExpired, AuthError, TransientError, WireError (the page as a whole is unreadable; one bad row
        is in `bad`).
        """
        ...

    def tail(self) -> tuple[str, datetime]:
        """Return a cursor behind the newest row, and what time it is there by the source's own clock."""
        ...

    def starts_of(self, conversation_id: str) -> tuple[ConversationStart, ...]:
        """Return the starts of one conversation as they are now, in the order of its positions.

        Raises NotThere for an unknown conversation; a pending one gives an empty tuple.
        """
        ...

    def positions(self) -> tuple[Position, ...]:
        """Return all positions, read to the end."""
        ...

    def candidate(self, candidate_id: str, priority: Priority = Priority.NEW) -> Candidate:
        """Return contact details. Raises CandidateErased, NotThere, Rejected (not started), WireError."""
        ...

    def cv(self, candidate_id: str, filename: str, priority: Priority = Priority.NEW) -> DownloadedFile | None:
        """Return the CV, at most 10 MB + 1 byte of it (so that too large shows); None when there is none to be had.

        Redirects are followed without credentials, never to a private address. Raises CandidateErased, TransientError.
        """
        ...

    def prepare_outcome(self, start_id: str, outcome: Outcome, at: datetime) -> Prepared:
        """Build the report of what became of a start. Pure: the bytes and the key that stands for them."""
        ...

    def listings(self, priority: Priority = Priority.LISTINGS) -> tuple[Listing, ...]:
        """Return the whole list of jobs that positions can be linked to, read to the end, each once.

        Raises WireError rather than return a part of it.
        """
        ...

    def fitted(self, listing: Listing) -> Listing:
        """Return the listing as the source can hold it: what is too long is cut, visibly. Pure; twice is the same."""
        ...

    def prepare_listing(self, listing: Listing, at: datetime) -> Prepared:
        """Build the write that adds or replaces an entry; the listing is a fitted one. Pure.

        `at` is when it was decided: the same entry written again on purpose gets another key.
        """
        ...

    def prepare_withdrawal(self, job_id: str, at: datetime) -> Prepared:
        """Build the write that removes an entry; one that is not there is no fault. Pure."""
        ...

    def prepare_link(self, position_id: str, job_id: str, origin: str, at: datetime) -> Prepared:
        """Build the write that ties a position to a job; `origin` is `linked` or `imported`. Pure.

        `at` is when it was decided: the same link made again on purpose gets another key.
        """
        ...

    def prepare_unlink(self, position_id: str, at: datetime) -> Prepared:
        """Build the write that takes a position's link away; one without is no fault. Pure."""
        ...

    def prepare_reply(
        self, conversation_id: str, external_id: str, text: str, sender: str, to: str, at: datetime
    ) -> Prepared:
        """Build the write that records a reply by SMS in a conversation; nothing is delivered to anybody. Pure.

        `external_id` counts once in a conversation, for ever. `sender` and `to` are E.164. A text that is too long is
        cut, visibly.
        """
        ...

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Return the addresses that the source calls when there is something new, whoever put them there."""
        ...

    def prepare_subscription(self, url: str, secret: str, at: datetime) -> Prepared:
        """Build the write that has the source call an address and sign with a secret. Pure.

        Made twice it calls twice: look at `subscriptions` first.
        """
        ...

    def prepare_unsubscription(self, subscription_id: str, at: datetime) -> Prepared:
        """Build the write that ends such calls; one that is not there is no fault. Pure."""
        ...

    def send(self, prepared: Prepared, priority: Priority = Priority.NEW) -> None:
        """Send prepared bytes. Twice is safe: the key makes the repeat a replay.

        Raises OutcomeUnknown (send the same again), Rejected, AuthError, TransientError. A Rejected with the code
        `stale_update`: the source holds a later version of the entry. A Rejected with the field `job`: a position
        cannot be linked to that job yet, because the list of jobs does not show it.
        """
        ...


class Ats(Account, Protocol):
    """An applicant tracking system: where applications go."""

    def jobs(self, ids: Iterable[str] | None = None, priority: Priority = Priority.LISTINGS) -> dict[str, Job]:
        """Return jobs by id: every one of every status and visibility; with `ids`, only those (read singly if few).

        An id that is missing from the answer is gone.
        """
        ...

    def job_list(self, visibility: Collection[str] = (), priority: Priority = Priority.LISTINGS) -> JobList:
        """Return every job of every status, and the texts of the open ones of these visibilities, in one reading."""
        ...

    def applications_of(
        self, emails: Sequence[str], priority: Priority = Priority.NEW
    ) -> dict[str, tuple[Application, ...]]:
        """Return what stands in the ATS for each address (any letter case), on any job, confidential ones too.

        `emails` come as the source writes them; the keys of the answer are those same strings, each present, maybe
        empty. One call for the batch; more only when a concealed row leaves its owner open, or rows fill the page.
        """
        ...

    def applications_by_reference(
        self, references: Sequence[str], priority: Priority = Priority.NEW
    ) -> dict[str, tuple[Application, ...]]:
        """Return the applications that carry each reference, with `stage_kind` and `has_cv`; one call for the batch.

        Every reference is a key of the answer; an empty tuple: surely absent when asked.
        """
        ...

    def applications_on(self, job_id: str, priority: Priority = Priority.AUDIT) -> tuple[Application, ...]:
        """Return every application on a job, read to the end, with `stage_kind` and `has_cv`; a job gone has none."""
        ...

    def create_application(self, new: NewApplication, cv: CV | None, priority: Priority = Priority.NEW) -> Application:
        """Create. NOT safe to repeat. Raises OutcomeUnknown, NeverArrived, RateLimited, Rejected, AuthError."""
        ...

    def add_comment(self, application_id: str, text: str, priority: Priority = Priority.SMS) -> str:
        """Add a comment to an application; returns its id. NOT safe to repeat: comments carry no reference.

        Raises OutcomeUnknown (look with `comments_on`), NeverArrived, RateLimited, Rejected, AuthError.
        """
        ...

    def comments_on(self, application_id: str, priority: Priority = Priority.SMS) -> dict[str, str]:
        """Return the texts of an application's comments by id, read to the end."""
        ...

    def add_details(
        self, application_id: str, phone: str | None, phone_region: str | None, linkedin_url: str | None
    ) -> None:
        """Add what is missing on an application; None leaves as it is. Safe to repeat: it sets the same values."""
        ...
