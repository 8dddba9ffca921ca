"""Who appears in the demo: invented people, what happens to each, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connector.sandbox import faults
from connector.sandbox.people import html_as_cv
from connector.sandbox.world import World


@dataclass
class Part:
    """One person's part."""

    #: what is special about them, for the audience
    story: str
    #: the positions of their conversation
    positions: tuple[str, ...]
    #: the jobs that must hold exactly one application of theirs
    jobs: tuple[str, ...]
    #: the reason that the connector must give where they wait
    waits_for: str | None = None
    #: the reason or note that it must give where they do not
    noted: str = "sent"
    #: changes to an ordinary invented person
    changes: Callable[[Any], dict[str, Any]] = lambda person: {}
    #: what happens just before they start
    before: Callable[[World, Any], None] = lambda world, person: None
    #: sent by hand once they wait
    by_hand: bool = False
    name: str = ""
    email: str = ""
    #: the number that cord holds; empty: none
    phone: str = ""
    #: the CV as cord holds it; None: none that may arrive
    cv: bytes | None = None
    starts: list[str] = field(default_factory=list)

    def begin(self, world: World) -> None:
        """Make the person up and let their conversation start."""
        person = next(world.people)
        self.before(world, person)
        details = person.details() | self.changes(person)
        self.name, self.email = person.full_name, person.email
        self.phone = next(iter(details["phones"]), "")
        self.cv = details["cv"] if self.noted not in ("cv_unfit", "already_there") else None
        candidate = world.cord.add_person(**details)
        first, *more = self.positions
        self.starts = [world.cord.start_conversation(candidate, first)]
        conversation = world.cord.conversation_of(self.starts[0])
        self.starts += [world.cord.add_position_to_conversation(conversation, each) for each in more]


def parts() -> list[Part]:
    """Return everybody, in the order in which they appear."""
    return [
        Part("an ordinary conversation", ("po_17",), ("5101",)),
        Part("an ordinary conversation", ("po_18",), ("5102",)),
        Part(
            "applied on the careers site last week: must not be doubled",
            ("po_17",),
            ("5101",),
            noted="already_there",
            before=_applied_before,
        ),
        Part("one conversation about two positions", ("po_17", "po_18"), ("5101", "5102")),
        Part("the CV is a web page, not a document", ("po_18",), ("5102",), noted="cv_unfit", changes=_web_page),
        Part("the position is not linked to a job", ("po_20",), (), waits_for="position_not_linked"),
        Part(
            "the job requires a phone number, and there is none",
            ("po_19",),
            (),
            waits_for="phone_required",
            changes=lambda person: {"phones": []},
        ),
        Part("a position that is sent by hand only", ("po_21",), ("5101",), by_hand=True),
        Part(
            "Pinpoint stores the application, then the connection is cut before the answer",
            ("po_19",),
            ("5103",),
            before=_cut_connection,
        ),
    ]


def _applied_before(world: World, person: Any) -> None:
    name = {"first_name": person.first_name, "last_name": person.last_name}
    world.pinpoint.add_application("5101", email=person.email.upper(), **name)


def _web_page(person: Any) -> dict[str, Any]:
    return {"cv": html_as_cv(person.cv_lines()), "cv_filename": "cv.pdf", "cv_content_type": "application/pdf"}


def _cut_connection(world: World, _person: Any) -> None:
    world.faults.add(faults.RESET_AFTER, platform="pinpoint", method="POST", path="/applications$")
