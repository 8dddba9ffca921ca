"""Furnishes a world with the cases that a connector has to get right, for demonstrations and long runs."""

from dataclasses import dataclass

from connector.sandbox.pinpoint.records import JOB_STATUSES, VISIBILITIES
from connector.sandbox.world import World

_STATUSES = {"open": "open", "hold": "paused", "draft": "draft"}


@dataclass(frozen=True)
class Scenery:
    """What `furnish` has made. Ids."""

    #: Name of the case to job.
    jobs: dict[str, str]
    #: Name of the case to position; those for a job have its case's name.
    positions: dict[str, str]
    #: Name of the case to conversation start.
    starts: dict[str, str]


def furnish(world: World) -> Scenery:
    """Makes jobs of every kind, positions linked to them, and one started conversation for each case.

    Twice is not safe: it would make everything again. The cases of people are those of the look before a create:
    nobody known, known for another job, already on this job, two records of one person, concealed, known under another
    letter case; and those of the data: no e-mail, no phone, no CV, erased, and a CV by redirect.
    """
    jobs = _add_jobs(world)
    positions = {case: _add_position(world, job) for case, job in jobs.items()}
    positions["unlinked"] = world.cord.add_position(title="Not linked yet")
    starts = {case: _start(world, positions["open"], case) for case in _CASES}
    starts |= _known_people(world, jobs, positions)
    starts |= _other_starts(world, positions)
    return Scenery(jobs, positions, starts)


def _add_jobs(world: World) -> dict[str, str]:
    pinpoint = world.pinpoint
    jobs = {status: pinpoint.add_job(title=f"Engineer, {status}", status=status) for status in JOB_STATUSES}
    for visibility in VISIBILITIES:
        if visibility != "external":
            jobs[visibility] = pinpoint.add_job(title=f"Engineer, {visibility}", visibility=visibility)
    jobs["no_texts"] = pinpoint.add_job(title="Engineer without a text")
    texts = ("description", "key_responsibilities", "skills_knowledge_expertise", "benefits")
    pinpoint.edit_job(jobs["no_texts"], **dict.fromkeys(texts))
    jobs["hidden_pay"] = pinpoint.add_job(title="Engineer, pay not shown", compensation_visible=False)
    jobs["no_applied_stage"] = pinpoint.add_job(title="Engineer, odd stages", stages=[("Inbox", "review")])
    doubled = [("New", "applied"), ("Applied", "applied"), ("Rejected", "rejected")]
    jobs["two_applied_stages"] = pinpoint.add_job(title="Engineer, doubled stages", stages=doubled)
    jobs["needs_everything"] = pinpoint.add_job(
        title="Engineer, long form",
        require_phone=True,
        resume_requirement="required",
        personal_summary_requirement="required",
    )
    jobs["blind"] = pinpoint.add_job(title="Engineer, anonymised", blind_screening=True)
    return jobs


def _add_position(world: World, job_id: str) -> str:
    job = world.pinpoint.jobs[job_id]
    title = str(job.attributes["title"])
    world.cord.add_ats_job(job_id, title, status="open" if job.status == "open" else "closed")
    return world.cord.add_position(title=title, status=_STATUSES.get(job.status, "closed"), linked_job=job_id)


#: Cases of the data to what is changed in an invented person.
_CASES: dict[str, dict[str, object]] = {
    "plain": {},
    "no_email": {"emails": []},
    "no_phone": {"phones": []},
    "no_cv": {"cv": None},
    "undivided_name": {"first_name": None, "last_name": None, "full_name": "Ben van der Meer"},
    "cv_by_redirect": {"cv_mode": "redirect"},
    "cv_too_large": {"cv_mode": "too_large"},
}


def _start(world: World, position_id: str, case: str = "plain", email: str | None = None) -> str:
    details = next(world.people).details() | _CASES.get(case, {}) | ({"emails": [email]} if email else {})
    return world.cord.start_conversation(world.cord.add_person(**details), position_id)


def _known_people(world: World, jobs: dict[str, str], positions: dict[str, str]) -> dict[str, str]:
    pinpoint, starts = world.pinpoint, {}
    for case, job in (("known_elsewhere", "filled"), ("already_there", "open"), ("letter_case", "open")):
        email = next(world.people).email
        pinpoint.add_application(jobs[job], email=email.upper() if case == "letter_case" else email)
        starts[case] = _start(world, positions["open"], email=email)
    email = next(world.people).email
    for _ in range(2):
        person = pinpoint.add_candidate(email=email)
        pinpoint.add_application(jobs["filled"], email=email, candidate_id=person)
    starts["two_records"] = _start(world, positions["open"], email=email)
    email = next(world.people).email
    pinpoint.add_application(jobs["blind"], email=email)
    starts["concealed"] = _start(world, positions["blind"], email=email)
    return starts


def _other_starts(world: World, positions: dict[str, str]) -> dict[str, str]:
    cord = world.cord
    starts = {case: _start(world, positions[case]) for case in ("unlinked", "closed", "needs_everything")}
    starts["second_position"] = cord.add_position_to_conversation(
        cord.conversation_of(starts["needs_everything"]), positions["open"]
    )
    person = cord.add_person(**next(world.people).details())
    starts["waiting"] = cord.start_conversation(person, positions["open"], requested=False)
    erased = cord.add_person(**next(world.people).details())
    starts["erased"] = cord.start_conversation(erased, positions["open"])
    cord.erase(erased)
    return starts
