"""What every source with a list of jobs must do. A platform's test inherits this beside `SourceContract`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from source_contract import AT, Stage

from connector.domain.errors import KeyRefused, OutcomeUnknown, Rejected, WireError
from connector.domain.model import Listing
from connector.domain.ports import Source

LISTING = Listing(
    job_id="5101",
    title="Backend Engineer",
    status="open",
    description_html="<p>Build the booking engine – naïvely.</p>",
    location="Leeds",
    department="Engineering",
    employment_type="permanent_full_time",
    url="https://harbourline.example.com/postings/5101",
    updated_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
)


class ListingContract:
    """Behaviours of the list of jobs over real sockets. Fixtures: `source`, `stage`."""

    def test_a_listing_is_added_changed_and_removed(self, source: Source, stage: Stage) -> None:
        source.send(source.prepare_listing(LISTING, AT))
        assert source.listings() == (LISTING,)
        changed = replace(LISTING, title="Staff Engineer", location=None, updated_at=AT)
        source.send(source.prepare_listing(changed, AT))
        assert source.listings() == (changed,)
        source.send(source.prepare_withdrawal("5101", AT))
        assert source.listings() == ()

    def test_nothing_is_listed_at_first(self, source: Source, stage: Stage) -> None:
        assert source.listings() == ()

    def test_what_others_have_listed_is_seen(self, source: Source, stage: Stage) -> None:
        stage.list_job("9001", "Theirs")
        assert [(one.job_id, one.title) for one in source.listings()] == [("9001", "Theirs")]

    def test_a_long_list_is_read_to_its_end_each_job_once(self, source: Source, stage: Stage) -> None:
        for number in range(230):
            stage.list_job(str(number), "Engineer")
        stage.short_pages()
        assert sorted(int(one.job_id) for one in source.listings()) == list(range(230))

    def test_a_list_that_does_not_end_is_not_taken_for_a_whole_one(self, source: Source, stage: Stage) -> None:
        stage.list_job("5101", "Engineer")
        stage.stand_still()
        with pytest.raises(WireError):
            source.listings()

    def test_an_older_version_is_refused_by_its_own_word(self, source: Source, stage: Stage) -> None:
        source.send(source.prepare_listing(LISTING, AT))
        older = replace(LISTING, title="Older", updated_at=LISTING.updated_at - timedelta(seconds=1))
        with pytest.raises(Rejected) as caught:
            source.send(source.prepare_listing(older, AT))
        assert (caught.value.code, source.listings()) == ("stale_update", (LISTING,))

    def test_a_version_of_the_same_moment_replaces(self, source: Source, stage: Stage) -> None:
        source.send(source.prepare_listing(LISTING, AT))
        source.send(source.prepare_listing(replace(LISTING, title="Other"), AT))
        assert [one.title for one in source.listings()] == ["Other"]

    def test_removing_what_is_not_there_is_no_fault(self, source: Source, stage: Stage) -> None:
        source.send(source.prepare_withdrawal("5101", AT))

    def test_a_listing_that_was_removed_can_come_back_unchanged(self, source: Source, stage: Stage) -> None:
        for number in range(2):
            source.send(source.prepare_listing(LISTING, AT + timedelta(minutes=number)))
            source.send(source.prepare_withdrawal("5101", AT + timedelta(minutes=number)))
        source.send(source.prepare_listing(LISTING, AT + timedelta(minutes=2)))
        assert source.listings() == (LISTING,)

    def test_the_same_bytes_again_change_nothing(self, source: Source, stage: Stage) -> None:
        written, removed = source.prepare_listing(LISTING, AT), source.prepare_withdrawal("5101", AT)
        for prepared in (written, removed, written):
            source.send(prepared)
        # the third was the first again: its answer, and no second effect
        assert source.listings() == ()

    def test_whatever_is_too_long_fits_once_it_has_been_cut(self, source: Source, stage: Stage) -> None:
        long = replace(LISTING, title="t" * 999, description_html="<p>" + "x" * 150_000, url="https://x/" + "u" * 5000)
        fitted = source.fitted(replace(long, location="l" * 999, department="d" * 999, employment_type="e" * 999))
        source.send(source.prepare_listing(fitted, AT))
        assert source.listings() == (fitted,)
        assert fitted == source.fitted(fitted)

    @pytest.mark.parametrize("kind", ["reset_after", "bad_gateway_after"])
    @pytest.mark.parametrize("method", ["PUT", "DELETE"])
    def test_a_listing_whose_answer_was_lost_is_unknown(
        self, source: Source, stage: Stage, kind: str, method: str
    ) -> None:
        written, removed = source.prepare_listing(LISTING, AT), source.prepare_withdrawal("5101", AT)
        stage.fault(kind, method=method, times=None)
        with pytest.raises(OutcomeUnknown):
            source.send(written if method == "PUT" else removed)
        stage.fault("none")
        source.send(written if method == "PUT" else removed)
        assert source.listings() == ((LISTING,) if method == "PUT" else ())

    def test_a_refused_key_is_refused_here_too(self, source: Source, stage: Stage) -> None:
        stage.refuse_key()
        for act in (
            source.listings,
            lambda: source.send(source.prepare_listing(LISTING, AT)),
            lambda: source.send(source.prepare_withdrawal("5101", AT)),
        ):
            with pytest.raises(KeyRefused):
                act()
