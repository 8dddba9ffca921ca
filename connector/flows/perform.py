"""The only door for writes to other systems. Everything that passes leaves an intent before and an outcome after.

1. the intent (`attempting`, with the exclusive right to the person and job) is committed;
2. it is done;
3. the outcome is committed.

What is not known to have failed is never repeated blindly: it is `unknown` until a look-up settles it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from connector.domain import errors
from connector.domain.actions import Change, Item, State
from connector.domain.model import Prepared, Priority
from connector.domain.provisioning import Shop
from connector.domain.texting import Texting
from connector.domain.texts import MayLeave, Message
from connector.flows.changes import failed, settled, untried
from connector.flows.company import Company, log
from connector.flows.creating import claim_key, created, replace_words
from connector.flows.deliveries import accepted, not_accepted, outgoing_of, write_outcome
from connector.flows.facts import refresh_job
from connector.flows.gathering import Prospect, in_parallel
from connector.flows.pauses import end_pause, strike
from connector.rules.applications import Decision, with_cv
from connector.rules.cvs import MAX_CV_BYTES, Judged, judge_cv
from connector.rules.failures import DOUBT_S, WIRE_TRIES, wire_tries
from connector.rules.listings import written_by

#: failures that concern a platform and not one item: the rest of a batch is not tried
PLATFORM_WIDE = (errors.RateLimited, errors.AuthError, errors.NeverArrived)


#: a link that the source cannot make yet is tried again so often: as often as the list of jobs is looked at
LINK_AGAIN_S = 300.0


class Batch:
    """One batch on its way through the door."""

    def __init__(self, company: Company) -> None:
        self.company = company
        #: the first failure that concerns a whole platform
        self.trouble: errors.PlatformError | None = None

    def create_applications(self, prospects: Sequence[Prospect]) -> list[Item]:
        """Create an application for each prospect that gets the exclusive right to its person and job.

        Returns the items that did not get it: somebody else is at it, or has done it. Raises nothing a platform does.
        """
        company, now = self.company, self.company.clock.now()
        wanted = [
            (
                Change(
                    p.item,
                    State.ATTEMPTING,
                    "send",
                    # due at once: whoever finds it attempting under the company's lock has outlived its process
                    due_at=now,
                    job_id=p.decision.job_id,
                    person=p.person,
                    phone=p.phone,
                ),
                claim_key(company.name, p.person or "", p.decision.job_id or ""),
            )
            for p in prospects
        ]
        won, lost = company.actions.claim(wanted)
        claims = {change.item.id: key for change, key in wanted}
        mine = [
            replace(p, item=replace(p.item, state=State.ATTEMPTING, claim=claims[p.item.id]))
            for p in prospects
            if p.item.id in won
        ]
        in_parallel(company.hands, self._create_and_record, mine)
        return [p.item for p in prospects if p.item.id in lost]

    def _create_and_record(self, prospect: Prospect) -> None:
        change = self._create(prospect)
        self.company.actions.move([change])
        log.info(
            "application",
            action="create",
            company=self.company.name,
            key=prospect.item.shown_key,
            state=change.state,
            reason=change.reason,
        )

    def _create(self, prospect: Prospect) -> Change:
        """Fetch the CV late, post, and say what came of it. Holds one CV at a time."""
        company, item, job, new = self.company, prospect.item, prospect.job, prospect.decision.new
        assert job is not None
        assert new is not None
        if self.trouble or company.stop.is_set():
            return untried(company, item, self.trouble or _stopped(company))
        account: str = company.source.platform
        try:
            judged = self._cv(prospect)
            decision = with_cv(prospect.decision, judged, job)
            if decision.state is State.PARKED:
                return settled(company, item, decision.state, decision.reason, note=decision.note, job_id=job.id)
            account = company.ats.platform
            made = company.ats.create_application(new, judged.cv, item.priority)
        except errors.PlatformError as error:
            return self._failed(prospect, account, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, an intent is committed: it must be settled
            log.exception("unexpected", action="create", company=company.name, key=item.key)
            return failed(company, item, _unexpected(account, error), job_id=job.id)
        return created(company, item, decision, made)

    def _cv(self, prospect: Prospect) -> Judged:
        candidate = prospect.candidate
        if candidate is None or candidate.cv is None:
            return judge_cv(None)
        source = self.company.source
        file = source.cv(candidate.id, candidate.cv.filename, prospect.item.priority)
        judged = judge_cv(file)
        promised = candidate.cv.size
        came_wrong = file is not None and promised not in (None, len(file.content)) and promised <= MAX_CV_BYTES
        if judged.cv is None and came_wrong and wire_tries(prospect.item) < WIRE_TRIES:
            # not the file that the person's record speaks of, e.g. a proxy's page: worth asking again
            raise errors.WireError(source.platform, "CV", "not the size that the person's record says")
        return judged

    def _failed(self, prospect: Prospect, account: str, error: errors.PlatformError) -> Change:
        company, item = self.company, prospect.item
        if isinstance(error, PLATFORM_WIDE):
            self.trouble = self.trouble or error
            strike(company, company.ats if account == company.ats.platform else company.source, error)
        if isinstance(error, errors.Rejected) and account == company.ats.platform:
            return self._refused(prospect, replace_words(error, prospect))
        return failed(company, item, error, job_id=prospect.decision.job_id)

    def _refused(self, prospect: Prospect, error: errors.Rejected) -> Change:
        """Believe a refusal about the job or its form only if the job, read again, says the same.

        Otherwise the item would wait for a change that has already come, and be refused again each time.
        """
        company, item, job = self.company, prospect.item, prospect.job
        assert job is not None
        if error.fields == ("email",) and item.attempts == 0:
            # taken since we looked, or written otherwise: look once more before it becomes a fault
            again = company.clock.now() + timedelta(seconds=DOUBT_S)
            return Change(item, State.WAITING, "refused_by_ats", error.what, again, job.id, attempts=1, release=True)
        change = failed(company, item, error, job_id=job.id)
        if change.reason not in ("job_not_open", "job_gone"):
            return change
        try:
            job = refresh_job(company, job.id)
        except errors.PlatformError as unreadable:
            return failed(company, item, unreadable, job_id=prospect.decision.job_id)
        if job is not None and job.is_open:
            reason = "refused_by_ats"
            return settled(company, item, State.QUARANTINED, reason, note=error.what, job_id=job.id)
        reason, note = ("job_not_open", f"status {job.status}") if job else ("job_gone", "")
        return settled(company, item, State.PARKED, reason, note=note, job_id=prospect.decision.job_id)


def send_reports(company: Company, items: Sequence[Item]) -> tuple[int, errors.PlatformError | None]:
    """Tell the source what became of starts. Twice is safe: the stored bytes go under the stored key.

    Returns how many got through, and the failure that concerns the whole platform, if there was one.
    """
    trouble: list[errors.PlatformError] = []

    def send(item: Item) -> Change:
        if trouble or company.stop.is_set():
            return untried(company, item, trouble[0] if trouble else _stopped(company))
        assert item.prepared is not None
        try:
            company.source.send(item.prepared, item.priority)
        except errors.PermissionMissing as error:
            # reporting is not worth a pause: forwarding goes on without it
            return failed(company, item, error)
        except errors.PlatformError as error:
            if isinstance(error, PLATFORM_WIDE):
                trouble.append(error)
            return failed(company, item, error)
        return Change(item, State.DONE, "told", item.note)

    changes = in_parallel(company.hands, send, items)
    company.actions.move(changes)
    if trouble:
        strike(company, company.source, trouble[0])
    return sum(change.state is State.DONE for change in changes), (trouble[0] if trouble else None)


def write_listings(company: Company, items: Sequence[Item]) -> tuple[list[Change], errors.PlatformError | None]:
    """Write entries of the source's list of jobs. Twice is safe: the stored bytes go under the stored key.

    Returns what came of each, and the failure that concerns the whole platform, if there was one.
    """
    trouble: list[errors.PlatformError] = []

    def write(item: Item) -> Change:
        if trouble or company.stop.is_set():
            return untried(company, item, trouble[0] if trouble else _stopped(company))
        assert item.prepared is not None
        try:
            company.source.send(item.prepared, item.priority)
        except errors.PlatformError as error:
            if isinstance(error, PLATFORM_WIDE):
                trouble.append(error)
            if not isinstance(error, errors.Rejected):
                return failed(company, item, error)
            if error.code == "stale_update":
                # a later version stands there: it is read again, and never written over
                return Change(item, State.CLOSED, "overtaken", error.what)
            return settled(company, item, State.QUARANTINED, "listing_refused", note=error.what)
        return Change(item, State.DONE, "listed" if item.remote_id else "delisted")

    changes = in_parallel(company.hands, write, items)
    now = company.clock.now()
    written = {c.item.job_id: written_by(c.item) for c in changes if c.state is State.DONE and c.item.job_id}
    # before the outcome: whoever dies in between sends the same bytes again, and they are a mere replay
    company.listings.note_written(company.name, written, now)
    company.actions.move(changes)
    if trouble and not isinstance(trouble[0], errors.PermissionMissing):
        # without the permission the list stays as it is; that is no reason to leave the whole platform alone
        strike(company, company.source, trouble[0])
    return changes, (trouble[0] if trouble else None)


def send_link(company: Company, item: Item) -> Change:
    """Tell the source about a link. Twice is safe: the stored bytes go under the stored key. Returns what came of it.

    Forwarding does not depend on it: a refusal is noted and pauses nothing.
    """
    assert item.prepared is not None
    try:
        company.source.send(item.prepared, item.priority)
        change = Change(item, State.DONE, "told", item.note)
    except errors.PermissionMissing as error:
        change = Change(item, State.PARKED, error.reason, item.note)
    except errors.Rejected as error:
        if "job" in error.fields:
            # told again, in a new write: the refusal is all that this one's key will ever be answered with
            later = company.clock.now() + timedelta(seconds=LINK_AGAIN_S)
            change = Change(item, State.PARKED, "job_not_listed", item.note, later)
        else:
            change = Change(item, State.PARKED, "link_refused", item.note)
    except errors.PlatformError as error:
        if isinstance(error, PLATFORM_WIDE):
            strike(company, company.source, error)
        change = replace(failed(company, item, error), note=item.note)
    company.actions.move([change])
    return change


def write_subscription(company: Company, prepared: Prepared) -> None:
    """Begin or end the source's calls to us. Raises what the port raises; nothing waits for it.

    It holds a secret, so nothing of it is kept: what became of it is looked up at the source.
    """
    company.source.send(prepared, Priority.LISTINGS)


def add_details(company: Company, wanted: Sequence[tuple[Item, Decision]]) -> errors.PlatformError | None:
    """Add what is new about people who are there already. Twice is safe: the same values are set again."""
    trouble: errors.PlatformError | None = None
    for item, decision in wanted:
        if trouble or company.stop.is_set():
            company.actions.move([untried(company, item, trouble or _stopped(company))])
            continue
        phone, region, profile = decision.details or (None, None, None)
        try:
            if decision.details and item.remote_id:
                company.ats.add_details(item.remote_id, phone, region, profile)
            change = Change(item, State.DONE, "added" if decision.details else "already_there")
        except errors.PlatformError as error:
            trouble = error if isinstance(error, PLATFORM_WIDE) else None
            change = failed(company, item, error)
        company.actions.move([change])
    if trouble:
        strike(company, company.ats, trouble)
    else:
        end_pause(company, company.ats)
    return trouble


def send_text(company: Company, item: Item, message: Message, segments: int, note: str) -> Change | MayLeave:
    """Hand a message to its provider. NOT safe to repeat: no provider knows an idempotency key.

    `message` carries provider, account, our number, text and intent. The intent is committed before anything leaves,
    in the transaction that looks once more whether it may. Returns what came of it, or why it may not leave.
    """
    sms, texts = company.texting()
    provider, now = company.providers[message.provider], company.clock.now()
    # due at once: whoever finds it attempting under the lock of text messages has outlived its process
    intent = Change(item, State.ATTEMPTING, "text", note, due_at=now)
    may = texts.may_leave(intent, message, segments, sms.segment_balance, now)
    if may is not MayLeave.YES:
        return may
    item = replace(item, state=State.ATTEMPTING, message=message.id)
    try:
        outcome = accepted(item, provider.submit(outgoing_of(company, message), item.priority), note)
        end_pause(company, provider)
    except errors.PlatformError as error:
        if isinstance(error, PLATFORM_WIDE):
            strike(company, provider, error)
        outcome = not_accepted(company, item, message, error, note)
    except Exception as error:  # noqa: BLE001 - whatever it is, an intent is committed: it must be settled
        log.exception("unexpected", action="text", company=company.name, key=item.key)
        outcome = not_accepted(company, item, message, _unexpected(provider.platform, error), note)
    write_outcome(company, message, outcome)
    return outcome.change


def add_comment(
    company: Company, item: Item, application_id: str, text: str
) -> tuple[Change, errors.PlatformError | None]:
    """Copy a reply to an application. NOT safe to repeat: comments carry no reference.

    Returns what came of it, and the failure if it concerns the whole platform.
    """
    # due at once, like every intent
    company.actions.move([Change(item, State.ATTEMPTING, "copy", item.note, company.clock.now())])
    item, trouble = replace(item, state=State.ATTEMPTING, reason="copy"), None
    try:
        made = company.ats.add_comment(application_id, text, item.priority)
        change = Change(item, State.DONE, "copied", item.note, remote_id=made, attempts=0)
    except errors.PlatformError as error:
        trouble = _of_platform(error)
        change = failed(company, item, error)
    except Exception as error:  # noqa: BLE001 - whatever it is, an intent is committed: it must be settled
        log.exception("unexpected", action="copy", company=company.name, key=item.key)
        change = failed(company, item, _unexpected(company.ats.platform, error))
    company.actions.move([change])
    if trouble:
        strike(company, company.ats, trouble)
    return change, trouble


def send_reply(company: Company, item: Item) -> tuple[Change, errors.PlatformError | None]:
    """Copy a reply to the source's conversation. Twice is safe: the stored bytes go under the stored key.

    Returns what came of it, and the failure if it concerns the whole platform.
    """
    assert item.prepared is not None
    trouble = None
    try:
        company.source.send(item.prepared, item.priority)
        change = Change(item, State.DONE, "copied", item.note, attempts=0)
    except errors.PlatformError as error:
        trouble = _of_platform(error)
        change = failed(company, item, error)
    company.actions.move([change])
    if trouble:
        strike(company, company.source, trouble)
    return change, trouble


def acknowledge(company: Company, provider: Texting, ids: Sequence[str]) -> errors.PlatformError | None:
    """Tell a provider that replies are stored here, once they are. Twice is safe; what is not told comes again."""
    try:
        provider.acknowledge(ids)
    except errors.PlatformError as error:
        log.info("not acknowledged", action="acknowledge", company=company.name, what=str(error))
        return error
    return None


def buy(company: Company, item: Item, shop: Shop, name: str, into: str | None, inbound: str) -> None:
    """Make a sub-account of that name, or buy the number `name` into one. The intent stands. NOT safe to repeat.

    Raises what the port raises, once the outcome is written.
    """
    try:
        made = shop.buy_number(into, name, {"inbound": inbound}) if into else shop.create_sub_account(name).sid
    except errors.PlatformError as error:
        surely_not = isinstance(error, errors.TransientError | errors.Rejected | errors.AuthError)
        state, reason = (State.CLOSED, "not_bought") if surely_not else (State.UNKNOWN, "outcome_unknown")
        company.actions.move([Change(item, state, reason, str(error), doubt_at=company.clock.now())])
        raise
    company.actions.move([Change(item, State.DONE, "bought", item.note, remote_id=made)])


def _of_platform(error: errors.PlatformError) -> errors.PlatformError | None:
    """Return an error that concerns the whole platform; a permission for copies alone is no reason to stop the rest."""
    whole = isinstance(error, PLATFORM_WIDE) and not isinstance(error, errors.PermissionMissing)
    return error if whole else None


def _stopped(company: Company) -> errors.PlatformError:
    return errors.NeverArrived(company.ats.platform, "nothing", "the program was asked to stop")


def _unexpected(platform: str, error: Exception) -> errors.PlatformError:
    """Treat an error of our own after the intent as a write whose outcome is not known: the safe reading."""
    return errors.OutcomeUnknown(platform, "POST", f"an error of the connector's own: {type(error).__name__}")
