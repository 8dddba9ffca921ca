"""The list of jobs at the source is kept as it was read and written, and so are the writes under way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from starts import COMPANY, NOON

from connector.app import Stores
from connector.domain.actions import Change, Kind, State
from connector.domain.listings import Brake, Entry, LinkWarning, NewListing, Wanted
from connector.domain.model import Advert, Job, JobList, Listing, Prepared

HOUR = timedelta(hours=1)
JOB = Job("5101", "Engineer", "open", "external", False, False, False, False, ("81001",), True)


def advert(job_id: str, title: str = "Engineer", at: datetime = NOON, closes_at: datetime | None = None) -> Advert:
    return Advert(Listing(job_id, title, "open", "<p>x</p>", "Leeds", None, None, None, at), closes_at)


def read(*adverts: Advert, closed: tuple[str, ...] = (), finished: bool = True, **unread: Any) -> JobList:
    jobs = {each.listing.job_id: Job(each.listing.job_id, "x", "open", "external", *[False] * 4) for each in adverts}
    jobs |= {job_id: Job(job_id, "x", "closed", "external", *[False] * 4) for job_id in closed}
    return JobList(jobs, {each.listing.job_id: each for each in adverts} | unread, finished)


def new(job_id: str, key: str, entry: Entry | None = None) -> NewListing:
    return NewListing(job_id, "Engineer", entry, Prepared(f"listing:{job_id}:{key}", "PUT", f"/{job_id}", b"\x00\xff"))


def wanted(stores: Stores) -> dict[str, Wanted]:
    reading = stores.listings.reading(COMPANY)
    assert reading is not None
    return dict(reading.wanted)


def test_nothing_is_known_before_the_first_reading(stores: Stores) -> None:
    assert stores.listings.reading(COMPANY) is None
    assert stores.listings.listed(COMPANY) == ({}, None)


def test_jobs_and_adverts_come_back_as_they_were_read(stores: Stores) -> None:
    stores.memory.keep_job_list(COMPANY, JobList({"5101": JOB}, {"5101": advert("5101", closes_at=NOON)}), NOON)
    assert stores.memory.jobs(COMPANY) == ({"5101": JOB}, NOON)
    assert wanted(stores) == {"5101": Wanted(advert("5101").listing.version, NOON, NOON)}
    assert stores.listings.adverts(COMPANY, ["5101", "5102"]) == {"5101": advert("5101", closes_at=NOON)}


def test_a_finished_reading_replaces_everything(stores: Stores) -> None:
    stores.memory.keep_job_list(COMPANY, read(advert("1"), advert("2")), NOON)
    stores.memory.keep_job_list(COMPANY, read(advert("2", "Other")), NOON + HOUR)
    assert list(wanted(stores)) == list(stores.memory.jobs(COMPANY)[0]) == ["2"]
    assert stores.listings.adverts(COMPANY, ["2"])["2"].listing.title == "Other"


def test_an_unfinished_reading_replaces_only_what_it_shows(stores: Stores) -> None:
    stores.memory.keep_job_list(COMPANY, read(advert("1"), advert("2"), advert("3")), NOON)
    stores.memory.keep_job_list(COMPANY, read(advert("2"), closed=("3",), finished=False), NOON + HOUR)
    reading = stores.listings.reading(COMPANY)
    assert reading is not None
    assert (sorted(reading.wanted), reading.finished, reading.at) == (["1", "2"], False, NOON + HOUR)
    assert sorted(stores.memory.jobs(COMPANY)[0]) == ["1", "2", "3"]


def test_an_advert_that_cannot_be_read_stays_as_it_was(stores: Stores) -> None:
    stores.memory.keep_job_list(COMPANY, read(advert("1")), NOON)
    unread = JobList(read(advert("1")).jobs, {"1": None})
    stores.memory.keep_job_list(COMPANY, unread, NOON + HOUR)
    assert list(wanted(stores)) == ["1"]


def test_a_job_whose_row_cannot_be_read_stays_as_it_was_with_a_fault_beside_it(stores: Stores) -> None:
    stores.memory.keep_job_list(COMPANY, read(advert("1"), advert("2")), NOON)
    spoilt = replace(read(advert("2", "Other")), unread={"1": "status: missing", "7": "status: missing"})
    assert stores.memory.keep_job_list(COMPANY, spoilt, NOON + HOUR) == (["1", "7"], [])
    assert stores.memory.keep_job_list(COMPANY, spoilt, NOON + HOUR) == ([], [])
    assert sorted(wanted(stores)) == sorted(stores.memory.jobs(COMPANY)[0]) == ["1", "2"]
    faults = stores.listings.open_actions(COMPANY)
    assert [(f.state, f.reason, f.job_id, f.note) for f in faults] == [
        (State.QUARANTINED, "job_unreadable", job, f"job {job}: status: missing") for job in ("1", "7")
    ]
    assert stores.listings.unread(COMPANY) == {"1", "7"}


def test_a_row_that_can_be_read_again_or_is_gone_has_no_fault(stores: Stores) -> None:
    stores.memory.keep_job_list(COMPANY, JobList({}, {}, unread={"1": "x", "2": "x"}), NOON)
    unfinished = JobList(read(advert("1")).jobs, {}, finished=False)
    assert stores.memory.keep_job_list(COMPANY, unfinished, NOON + HOUR) == ([], ["1"])
    assert stores.memory.keep_job_list(COMPANY, read(), NOON + HOUR) == ([], ["2"])
    assert stores.listings.open_actions(COMPANY) == []


def test_a_row_without_an_id_keeps_every_job_that_is_not_seen(stores: Stores) -> None:
    stores.memory.keep_job_list(COMPANY, read(advert("1"), advert("2")), NOON)
    stores.memory.keep_job_list(COMPANY, replace(read(closed=("2",)), unread={"row-0a": "id: missing"}), NOON + HOUR)
    assert (list(wanted(stores)), sorted(stores.memory.jobs(COMPANY)[0])) == (["1"], ["1", "2"])


def test_a_fault_of_one_job_and_one_of_the_whole_list_stand_side_by_side(stores: Stores) -> None:
    stores.memory.keep_job_list(COMPANY, JobList({}, {}, unread={"1": "x"}), NOON)
    stores.listings.fault(COMPANY, "suspicious_change", "9 of 10", NOON)
    stores.memory.keep_job_list(COMPANY, read(), NOON + HOUR)
    assert [fault.reason for fault in stores.listings.open_actions(COMPANY)] == ["suspicious_change"]


def test_companies_do_not_see_each_others_lists(stores: Stores) -> None:
    stores.memory.keep_job_list(COMPANY, read(advert("1")), NOON)
    stores.memory.keep_job_list("northgate", read(), NOON)
    assert list(wanted(stores)) == ["1"]


def test_what_was_written_is_ours_and_stays_so_over_a_comparison(stores: Stores) -> None:
    stores.listings.note_written(COMPANY, {"1": Entry("a", NOON), "2": Entry("b", NOON)}, NOON)
    stores.listings.note_written(COMPANY, {"2": None}, NOON)
    stores.listings.keep_listed(COMPANY, [advert("1").listing, advert("9").listing], NOON + HOUR)
    listed, compared_at = stores.listings.listed(COMPANY)
    assert {job: entry.ours for job, entry in listed.items()} == {"1": True, "9": False}
    assert compared_at == NOON + HOUR
    stores.listings.compare_again(COMPANY)
    assert stores.listings.listed(COMPANY) == (listed, None)


def test_intents_hold_the_exact_bytes_and_are_found_again(stores: Stores) -> None:
    items = stores.listings.begin(COMPANY, [new("1", "a", Entry("v", NOON)), new("2", "b")], NOON)
    assert stores.listings.open_actions(COMPANY) == items
    first, second = items
    assert first.prepared == new("1", "a").prepared
    assert (first.key, first.kind, first.state) == (f"{COMPANY}:listing:1:a", Kind.LISTING, State.ATTEMPTING)
    assert (first.remote_id, first.started_at, second.remote_id) == ("v", NOON, "")
    stores.actions.move([Change(first, State.DONE, "listed")])
    assert [item.job_id for item in stores.listings.open_actions(COMPANY)] == ["2"]


def test_listings_are_nobodys_business_in_the_counts_and_the_clock_of_starts(stores: Stores) -> None:
    stores.listings.begin(COMPANY, [new("1", "a")], NOON)
    assert sum(stores.actions.counts(COMPANY).values()) == 0
    assert stores.actions.next_due(COMPANY) is None
    assert not stores.actions.any_due(COMPANY, NOON + HOUR)


def test_a_fault_of_the_list_is_one_row_whose_words_follow(stores: Stores) -> None:
    for words in ("9 of 10", "9 of 10", "8 of 10"):
        stores.listings.fault(COMPANY, "suspicious_change", words, NOON)
    (fault,) = stores.listings.open_actions(COMPANY)
    assert (fault.state, fault.note, fault.due_at) == (State.QUARANTINED, "8 of 10", None)
    assert len(stores.actions.history([fault.id])[fault.id]) == 2


def test_a_fault_that_was_retried_is_quarantined_again(stores: Stores) -> None:
    stores.listings.fault(COMPANY, "suspicious_change", "9 of 10", NOON)
    (fault,) = stores.listings.open_actions(COMPANY)
    stores.actions.move([Change(fault, State.PLANNED, "retried", due_at=NOON)])
    stores.listings.fault(COMPANY, "suspicious_change", "9 of 10", NOON)
    assert [item.state for item in stores.listings.open_actions(COMPANY)] == [State.QUARANTINED]


def test_a_brake_comes_back_whole(stores: Stores) -> None:
    brake = Brake("share", NOON, frozenset({"1", "2"}), 4, 1, NOON + HOUR, True)
    stores.listings.keep_brake(COMPANY, brake)
    assert stores.listings.brake(COMPANY) == brake
    stores.listings.keep_brake(COMPANY, None)
    assert stores.listings.brake(COMPANY) is None


def test_warnings_keep_their_beginning_and_tell_what_began_and_ended(stores: Stores) -> None:
    first, later = LinkWarning("po_1", "1", "job_gone", NOON), LinkWarning("po_1", "1", "job_gone", NOON + HOUR)
    other = LinkWarning("po_2", "2", "job_not_open", NOON + HOUR)
    assert stores.memory.keep_warnings(COMPANY, [first]) == ([first], [])
    assert stores.memory.keep_warnings(COMPANY, [later, other]) == ([other], [])
    assert stores.memory.warnings(COMPANY) == [first, other]
    assert stores.memory.keep_warnings(COMPANY, [other]) == ([], [first])
