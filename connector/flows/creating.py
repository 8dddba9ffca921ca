"""What stands around the creation of an application: the exclusive right, and what its answer means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from connector.domain import errors
from connector.domain.actions import Change, Item, State
from connector.domain.model import Application
from connector.flows.changes import settled
from connector.flows.company import Company
from connector.flows.gathering import Prospect
from connector.rules.applications import Decision


def replace_words(error: errors.Rejected, prospect: Prospect) -> errors.Rejected:
    """Return the refusal without the person's own words, which a server may quote back and no pattern knows."""
    new, what = prospect.decision.new, error.what
    if new is None:
        return error
    for said in (new.summary, new.linkedin_url, new.email, new.phone, f"{new.first_name} {new.last_name}"):
        what = what.replace(said, "…") if said and len(said) > 2 else what
    names = (word for word in (new.first_name, new.last_name) if len(word) > 2)
    for name in names:
        what = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "…", what)
    return replace(error, what=what)


def claim_key(company: str, person: str, job_id: str) -> str:
    """Return the key of the exclusive right to a person and job."""
    return f"{company}:application:{person}:{job_id}"


def created(company: Company, item: Item, decision: Decision, made: Application) -> Change:
    """Say what a 201 means: ours, to be read back; or somebody else's, handed out again by a server that merges."""
    new = decision.new
    if new is not None and made.reference is not None and made.reference != new.reference:
        return settled(company, item, State.DONE, "already_there", job_id=decision.job_id, remote_id=made.id)
    notes = ",".join((*decision.notes, *(() if without_cv(decision.notes) else ("cv_sent",))))
    # due at once: until it has been read back it is not done, whatever happens to this process
    due = company.clock.now()
    return Change(
        item, State.ATTEMPTING, "created_unchecked", notes, due, decision.job_id, remote_id=made.id, attempts=0
    )


def without_cv(notes: Iterable[str]) -> bool:
    """Return whether notes say that an application went without a CV."""
    return not {"cv_missing", "cv_unfit"}.isdisjoint(notes)
