"""What every source that keeps links of its own must do. A platform's test inherits this beside `SourceContract`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from source_contract import AT, Stage

from connector.domain.errors import KeyRefused, NotThere, OutcomeUnknown, Rejected
from connector.domain.ports import Source


def link_of(source: Source, position: str) -> str | None:
    """Return the job that a position leads to, as the source shows it."""
    return next(p.linked_job for p in source.positions() if p.id == position)


class LinkContract:
    """Behaviours of the source's own links over real sockets. Fixtures: `source`, `stage`."""

    @pytest.mark.parametrize("origin", ["linked", "imported"])
    def test_a_position_is_linked_linked_anew_and_unlinked(self, source: Source, stage: Stage, origin: str) -> None:
        position = stage.position()
        stage.list_job("5101", "Engineer")
        stage.list_job("5102", "Designer")
        for number, job in enumerate(("5101", "5102")):
            source.send(source.prepare_link(position, job, origin, AT + timedelta(seconds=number)))
            assert link_of(source, position) == job
        source.send(source.prepare_unlink(position, AT))
        assert link_of(source, position) is None

    def test_the_same_link_made_again_later_is_made(self, source: Source, stage: Stage) -> None:
        position = stage.position()
        stage.list_job("5101", "Engineer")
        source.send(source.prepare_link(position, "5101", "linked", AT))
        source.send(source.prepare_unlink(position, AT))
        source.send(source.prepare_link(position, "5101", "linked", AT + timedelta(seconds=1)))
        assert link_of(source, position) == "5101"

    def test_the_same_bytes_twice_are_one_link(self, source: Source, stage: Stage) -> None:
        position = stage.position()
        stage.list_job("5101", "Engineer")
        prepared = source.prepare_link(position, "5101", "linked", AT)
        source.send(prepared)
        source.send(source.prepare_unlink(position, AT))
        source.send(prepared)
        assert link_of(source, position) is None

    def test_other_bytes_under_a_used_key_are_rejected(self, source: Source, stage: Stage) -> None:
        stage.list_job("5101", "Engineer")
        prepared = source.prepare_link(stage.position(), "5101", "linked", AT)
        source.send(prepared)
        with pytest.raises(Rejected) as caught:
            source.send(replace(prepared, body=prepared.body + b" "))
        assert caught.value.code == "idempotency_mismatch"

    def test_unlinking_what_is_not_linked_is_no_fault(self, source: Source, stage: Stage) -> None:
        source.send(source.prepare_unlink(stage.position(), AT))

    @pytest.mark.parametrize("removed", [False, True])
    def test_a_job_that_is_not_listed_is_refused_and_named(self, source: Source, stage: Stage, removed: bool) -> None:
        position = stage.position()
        if removed:
            stage.list_job("5101", "Engineer")
            source.send(source.prepare_withdrawal("5101", AT))
        with pytest.raises(Rejected) as caught:
            source.send(source.prepare_link(position, "5101", "linked", AT))
        assert caught.value.fields == ("job",)

    @pytest.mark.parametrize("position", ["po_none", "a b/c", "ünknown"])
    def test_a_position_that_is_not_there_is_told_apart(self, source: Source, stage: Stage, position: str) -> None:
        stage.list_job("5101", "Engineer")
        with pytest.raises(NotThere):
            source.send(source.prepare_link(position, "5101", "linked", AT))

    @pytest.mark.parametrize("kind", ["reset_after", "bad_gateway_after", "garbage_after"])
    def test_a_link_whose_answer_was_lost_is_sent_again(self, source: Source, stage: Stage, kind: str) -> None:
        position = stage.position()
        stage.list_job("5101", "Engineer")
        prepared = source.prepare_link(position, "5101", "linked", AT)
        stage.fault(kind, method="PUT", times=None)
        with pytest.raises(OutcomeUnknown):
            source.send(prepared)
        stage.fault("none")
        source.send(prepared)
        assert link_of(source, position) == "5101"

    def test_a_refused_key_links_nothing(self, source: Source, stage: Stage) -> None:
        position = stage.position()
        stage.refuse_key()
        with pytest.raises(KeyRefused):
            source.send(source.prepare_unlink(position, AT))
