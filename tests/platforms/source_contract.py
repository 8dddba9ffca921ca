"""What every source must do. A platform's test subclasses `SourceContract` and gives it a `Stage`.

The stage speaks of people, positions and conversations; how the platform does it is the stage's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest

from connector.domain.errors import (
    CandidateErased,
    CursorExpired,
    KeyRefused,
    NotThere,
    OutcomeUnknown,
    Rejected,
    TransientError,
    WireError,
)
from connector.domain.model import ConversationStart, Outcome
from connector.domain.ports import Source

AT = datetime(2026, 11, 21, 9, 14, 40, tzinfo=UTC)
SENT = Outcome("sent", "5101", "812345", None, None)
CV = b"%PDF-1.4 made up\n%%EOF\n"


class Stage(Protocol):
    """The outside world of a source, as the suite plays it."""

    def person(self, **details: Any) -> str: ...
    def position(self, linked_job: str | None = None, **details: Any) -> str: ...
    def pending(self, person: str, position: str) -> str: ...
    def start(self, person: str, position: str, requested: bool = True) -> str: ...
    def conversation_of(self, start: str) -> str: ...
    def add_position(self, conversation: str, position: str) -> str: ...
    def ask_to_forward(self, start: str) -> None: ...
    def close(self, conversation: str) -> None: ...
    def erase(self, person: str) -> None: ...
    def link(self, position: str, job: str) -> None: ...
    def unlink(self, position: str) -> None: ...
    def spoil_row(self) -> str: ...
    def add_unknown_row(self) -> None: ...
    def expire_cursors(self) -> None: ...
    def repeat_rows(self) -> None: ...
    def shuffle_rows(self) -> None: ...
    def short_pages(self) -> None: ...
    def stand_still(self) -> None: ...
    def refuse_key(self) -> None: ...
    def reports(self) -> list[Mapping[str, Any]]: ...
    def list_job(self, job: str, title: str) -> None: ...
    def replies(self, conversation: str) -> list[tuple[str, datetime, str | None]]: ...
    def forbid(self, permission: str) -> None: ...
    def fault(self, kind: str, **how: Any) -> None: ...


def walk(source: Source, cursor: str | None = None) -> tuple[list[ConversationStart], str]:
    """Read the feed to its end, as a flow does."""
    starts: list[ConversationStart] = []
    for _ in range(1000):
        page = source.conversation_starts(cursor)
        starts += page.starts
        cursor = page.next_cursor
        if not page.has_more:
            return starts, cursor
    raise AssertionError("the feed has no end")


class SourceContract:
    """Behaviours of the Source port over real sockets. Fixtures: `source`, `stage`."""

    # --- the feed

    def test_an_empty_feed_gives_a_cursor_to_poll_with(self, source: Source, stage: Stage) -> None:
        starts, cursor = walk(source)
        begun = stage.start(stage.person(), stage.position())
        assert (starts, [start.id for start in walk(source, cursor)[0]]) == ([], [begun])

    def test_a_start_comes_with_its_link_and_how_it_was_asked_for(self, source: Source, stage: Stage) -> None:
        person, position = stage.person(), stage.position("5101", title="Engineer")
        begun = stage.start(person, position)
        ((start,), _) = walk(source)
        assert (start.id, start.candidate_id, start.position_id) == (begun, person, position)
        assert (start.position_title, start.linked_job, start.automatic, start.manual) == (
            "Engineer",
            "5101",
            True,
            False,
        )
        assert start.started_at.utcoffset() is not None

    def test_a_start_on_an_unlinked_position_names_no_job(self, source: Source, stage: Stage) -> None:
        stage.start(stage.person(), stage.position())
        assert walk(source)[0][0].linked_job is None

    def test_a_start_that_nobody_asked_to_forward_is_not_automatic(self, source: Source, stage: Stage) -> None:
        stage.start(stage.person(), stage.position("5101"), requested=False)
        (start,) = walk(source)[0]
        assert (start.automatic, start.manual) == (False, False)

    def test_asking_to_forward_repeats_the_id_as_manual_further_on(self, source: Source, stage: Stage) -> None:
        begun = stage.start(stage.person(), stage.position("5101"), requested=False)
        _, cursor = walk(source)
        stage.ask_to_forward(begun)
        (start,) = walk(source, cursor)[0]
        assert (start.id, start.automatic, start.manual) == (begun, False, True)

    def test_sequences_rise_in_feed_order(self, source: Source, stage: Stage) -> None:
        position = stage.position("5101")
        begun = [stage.start(stage.person(), position) for _ in range(12)]
        starts, _ = walk(source)
        assert [start.id for start in sorted(starts, key=lambda start: start.sequence)] == begun

    def test_a_long_feed_is_read_to_the_end(self, source: Source, stage: Stage) -> None:
        position = stage.position("5101")
        begun = [stage.start(stage.person(), position) for _ in range(230)]
        assert [start.id for start in walk(source)[0]] == begun

    def test_empty_and_short_pages_do_not_end_the_feed(self, source: Source, stage: Stage) -> None:
        position = stage.position("5101")
        begun = [stage.start(stage.person(), position) for _ in range(150)]
        stage.short_pages()
        assert [start.id for start in walk(source)[0]] == begun

    def test_repeated_rows_lose_nothing(self, source: Source, stage: Stage) -> None:
        position = stage.position("5101")
        begun = [stage.start(stage.person(), position) for _ in range(150)]
        stage.repeat_rows()
        assert list(dict.fromkeys(start.id for start in walk(source)[0])) == begun

    def test_shuffled_rows_lose_nothing(self, source: Source, stage: Stage) -> None:
        position = stage.position("5101")
        begun = [stage.start(stage.person(), position) for _ in range(150)]
        stage.shuffle_rows()
        assert sorted(start.id for start in walk(source)[0]) == sorted(begun)

    def test_a_cursor_that_stands_still_ends_the_walk(self, source: Source, stage: Stage) -> None:
        stage.start(stage.person(), stage.position("5101"))
        _, cursor = walk(source)
        stage.stand_still()
        assert not source.conversation_starts(cursor).has_more

    def test_a_bad_row_is_named_and_spoils_nothing(self, source: Source, stage: Stage) -> None:
        position = stage.position("5101")
        first = stage.start(stage.person(), position)
        spoilt = stage.spoil_row()
        last = stage.start(stage.person(), position)
        page = source.conversation_starts(None)
        assert ([start.id for start in page.starts], [bad.id for bad in page.bad]) == ([first, last], [spoilt])

    def test_a_row_of_an_unknown_type_is_passed_over(self, source: Source, stage: Stage) -> None:
        stage.add_unknown_row()
        begun = stage.start(stage.person(), stage.position("5101"))
        page = source.conversation_starts(None)
        assert ([start.id for start in page.starts], page.bad) == ([begun], ())

    def test_an_expired_cursor_is_told_apart(self, source: Source, stage: Stage) -> None:
        _, cursor = walk(source)
        stage.expire_cursors()
        with pytest.raises(CursorExpired):
            source.conversation_starts(cursor)

    def test_a_malformed_cursor_is_rejected(self, source: Source, stage: Stage) -> None:
        with pytest.raises(Rejected):
            source.conversation_starts("not-a-cursor")

    def test_the_tail_is_behind_everything_that_is_there(self, source: Source, stage: Stage) -> None:
        position = stage.position("5101")
        stage.start(stage.person(), position)
        tail, _ = source.tail()
        begun = stage.start(stage.person(), position)
        assert [start.id for start in walk(source, tail)[0]] == [begun]

    # --- conversations and positions

    def test_starts_of_a_conversation_come_in_the_order_of_its_positions(self, source: Source, stage: Stage) -> None:
        first = stage.start(stage.person(), stage.position("5101"))
        conversation = stage.conversation_of(first)
        second = stage.add_position(conversation, stage.position())
        starts = source.starts_of(conversation)
        assert [(start.id, start.linked_job, start.automatic, start.manual) for start in starts] == [
            (first, "5101", False, False),
            (second, None, False, False),
        ]

    def test_starts_of_a_conversation_show_the_link_as_it_is_now(self, source: Source, stage: Stage) -> None:
        position = stage.position()
        begun = stage.start(stage.person(), position)
        stage.link(position, "5102")
        (start,) = source.starts_of(stage.conversation_of(begun))
        assert start.linked_job == "5102"

    def test_a_closed_conversation_keeps_its_starts(self, source: Source, stage: Stage) -> None:
        begun = stage.start(stage.person(), stage.position())
        stage.close(stage.conversation_of(begun))
        assert [start.id for start in source.starts_of(stage.conversation_of(begun))] == [begun]

    def test_a_pending_conversation_has_no_starts(self, source: Source, stage: Stage) -> None:
        assert source.starts_of(stage.pending(stage.person(), stage.position())) == ()

    @pytest.mark.parametrize("unknown", ["nothing-like-it", "a b/c", "ünknown"])
    def test_an_unknown_conversation_is_not_there(self, source: Source, stage: Stage, unknown: str) -> None:
        with pytest.raises(NotThere):
            source.starts_of(unknown)

    def test_positions_of_every_status_are_read_to_the_end(self, source: Source, stage: Stage) -> None:
        made = [stage.position(status=status) for status in ("open", "paused", "closed", "draft") for _ in range(30)]
        assert sorted(position.id for position in source.positions()) == sorted(made)

    def test_positions_show_their_links(self, source: Source, stage: Stage) -> None:
        linked, loose = stage.position("5101"), stage.position("5102")
        stage.unlink(loose)
        assert {position.id: position.linked_job for position in source.positions()} == {linked: "5101", loose: None}

    # --- people and their files

    def test_contact_details_are_those_of_the_record(self, source: Source, stage: Stage) -> None:
        person = stage.person(
            first_name="Ana",
            last_name="Petrov",
            emails=["Ana.Petrov@example.com", "other@example.com"],
            phones=["+447700900123"],
            linkedin="https://linkedin.example.com/in/ana",
            headline="Backend engineer",
        )
        stage.start(person, stage.position())
        found = source.candidate(person)
        assert (found.first_name, found.last_name, found.full_name) == ("Ana", "Petrov", "Ana Petrov")
        assert (found.email, found.phone) == ("Ana.Petrov@example.com", "+447700900123")
        assert (found.linkedin_url, found.headline) == ("https://linkedin.example.com/in/ana", "Backend engineer")

    def test_a_person_without_contact_details_is_read(self, source: Source, stage: Stage) -> None:
        person = stage.person(full_name="Ben Okoro")
        stage.start(person, stage.position())
        found = source.candidate(person)
        assert (found.email, found.phone, found.linkedin_url, found.cv) == (None, None, None, None)

    def test_a_person_who_has_not_started_is_rejected(self, source: Source, stage: Stage) -> None:
        person = stage.person()
        stage.pending(person, stage.position())
        with pytest.raises(Rejected) as caught:
            source.candidate(person)
        assert not isinstance(caught.value, NotThere)

    def test_an_unknown_person_is_not_there(self, source: Source, stage: Stage) -> None:
        with pytest.raises(NotThere) as caught:
            source.candidate("nobody")
        assert not isinstance(caught.value, CandidateErased)

    def test_an_erased_person_is_told_apart(self, source: Source, stage: Stage) -> None:
        person = stage.person(cv=CV)
        stage.start(person, stage.position())
        stage.erase(person)
        with pytest.raises(CandidateErased):
            source.candidate(person)
        with pytest.raises(CandidateErased):
            source.cv(person, "cv.pdf")

    def test_a_cv_is_fetched_under_its_own_name(self, source: Source, stage: Stage) -> None:
        person = stage.person(cv=CV, cv_filename="Añá CV.pdf")
        stage.start(person, stage.position())
        found = source.cv(person, "other.pdf")
        assert found is not None
        assert (found.content, found.filename) == (CV, "Añá CV.pdf")

    def test_a_person_without_a_cv_has_none(self, source: Source, stage: Stage) -> None:
        person = stage.person()
        stage.start(person, stage.position())
        assert source.cv(person, "cv.pdf") is None

    def test_a_cv_of_an_unknown_person_is_not_there(self, source: Source, stage: Stage) -> None:
        with pytest.raises(NotThere):
            source.cv("nobody", "cv.pdf")

    def test_a_cv_that_is_too_large_shows_as_too_large(self, source: Source, stage: Stage) -> None:
        person = stage.person(cv=b"%PDF-1.4" + bytes(11_000_000))
        stage.start(person, stage.position())
        found = source.cv(person, "cv.pdf")
        assert found is not None
        assert len(found.content) == 10_000_001

    # --- reports

    def test_a_report_arrives_as_prepared(self, source: Source, stage: Stage) -> None:
        begun = stage.start(stage.person(), stage.position("5101"))
        source.send(source.prepare_outcome(begun, SENT, AT))
        (report,) = stage.reports()
        assert (report["start_id"], report["outcome"], report["body"]["ats_application_id"]) == (
            begun,
            "sent",
            "812345",
        )

    @pytest.mark.parametrize(
        "outcome",
        [
            Outcome("duplicate", "5101", "812345", None, None),
            Outcome("failed", "5101", None, "ats_validation", "Pinpoint asks for a phone number."),
            Outcome("failed", None, None, None, None),
            Outcome("skipped", None, None, "unlinked", "The position is not linked to a job."),
            Outcome("skipped", None, None, None, "x" * 900),
        ],
    )
    def test_every_kind_of_report_is_accepted(self, source: Source, stage: Stage, outcome: Outcome) -> None:
        begun = stage.start(stage.person(), stage.position("5101"))
        source.send(source.prepare_outcome(begun, outcome, AT))
        assert [report["outcome"] for report in stage.reports()] == [outcome.outcome]

    def test_sending_the_same_report_twice_records_it_once(self, source: Source, stage: Stage) -> None:
        prepared = source.prepare_outcome(stage.start(stage.person(), stage.position("5101")), SENT, AT)
        source.send(prepared)
        source.send(prepared)
        assert len(stage.reports()) == 1

    def test_another_report_of_the_same_start_is_recorded_too(self, source: Source, stage: Stage) -> None:
        begun = stage.start(stage.person(), stage.position("5101"))
        source.send(source.prepare_outcome(begun, Outcome("skipped", None, None, "unlinked", None), AT))
        source.send(source.prepare_outcome(begun, SENT, AT))
        assert [report["outcome"] for report in stage.reports()] == ["skipped", "sent"]

    def test_other_bytes_under_a_used_key_are_rejected(self, source: Source, stage: Stage) -> None:
        prepared = source.prepare_outcome(stage.start(stage.person(), stage.position("5101")), SENT, AT)
        source.send(prepared)
        with pytest.raises(Rejected) as caught:
            source.send(replace(prepared, body=prepared.body + b" "))
        assert caught.value.code == "idempotency_mismatch"

    def test_a_report_on_an_unknown_start_is_not_there(self, source: Source, stage: Stage) -> None:
        with pytest.raises(NotThere):
            source.send(source.prepare_outcome("nothing", SENT, AT))

    @pytest.mark.parametrize("kind", ["reset_after", "bad_gateway_after", "garbage_after"])
    def test_a_report_whose_answer_was_lost_is_recorded_once(self, source: Source, stage: Stage, kind: str) -> None:
        prepared = source.prepare_outcome(stage.start(stage.person(), stage.position("5101")), SENT, AT)
        stage.fault(kind, method="POST", times=None)
        with pytest.raises(OutcomeUnknown):
            source.send(prepared)
        stage.fault("none")
        source.send(prepared)
        assert len(stage.reports()) == 1

    # --- refusals and faults

    def test_a_refused_key_is_refused_on_every_operation(self, source: Source, stage: Stage) -> None:
        stage.refuse_key()
        for act in (
            source.probe,
            source.tail,
            source.positions,
            lambda: source.conversation_starts(None),
            lambda: source.candidate("x"),
            lambda: source.cv("x", "y"),
            lambda: source.send(source.prepare_outcome("cs_1", SENT, AT)),
        ):
            with pytest.raises(KeyRefused):
                act()

    def test_a_probe_of_a_sound_account_is_silent(self, source: Source, stage: Stage) -> None:
        source.probe()

    def test_the_fingerprint_tells_nothing_and_stays(self, source: Source, stage: Stage) -> None:
        assert source.key_fingerprint() == source.key_fingerprint()

    @pytest.mark.parametrize("kind", ["error_before", "bad_gateway_before", "reset_before", "half_body", "unavailable"])
    def test_an_unwell_platform_is_transient(self, source: Source, stage: Stage, kind: str) -> None:
        stage.fault(kind, times=None)
        with pytest.raises(TransientError):
            source.conversation_starts(None)

    @pytest.mark.parametrize("kind", ["html_ok", "truncated_json", "wrong_type"])
    def test_an_answer_that_is_not_data_is_a_wire_error(self, source: Source, stage: Stage, kind: str) -> None:
        stage.fault(kind, times=None)
        with pytest.raises(WireError):
            source.conversation_starts(None)

    @pytest.mark.parametrize("lost", ["page", "page.next_cursor", "page.has_more", "data"])
    def test_a_page_without_its_envelope_is_a_wire_error(self, source: Source, stage: Stage, lost: str) -> None:
        stage.fault("missing_field", field=lost)
        with pytest.raises(WireError):
            source.conversation_starts(None)
