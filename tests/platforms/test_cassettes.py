"""The recorded calls replay through the adapters, and hold nothing personal."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.domain.model import Priority
from connector.rest.redaction import redact
from tests import record

CASSETTES = sorted(record.FOLDER.glob("*/*.yaml"))


@pytest.fixture
def ats():
    adapter = record.ats(f"https://{record.HOST}", "another-key-than-the-recorded")
    yield adapter
    adapter.close()


@pytest.fixture
def source():
    adapter = record.source(f"https://{record.HOST}", "another-token-than-the-recorded")
    yield adapter
    adapter.close()


def test_recorded_jobs_are_read(ats):
    with record.tape("pinpoint/jobs", "none"):
        jobs = ats.jobs()
    assert jobs["5101"].is_open


def test_recorded_look_up_finds_nobody(ats):
    with record.tape("pinpoint/look_up", "none"):
        assert {record.ADDRESS: ()} == ats.applications_of([record.ADDRESS])


def test_recorded_create_replays_for_the_same_request(ats):
    with record.tape("pinpoint/create", "none"):
        made = ats.create_application(record.new_application("5101"), record.RECORDED_CV, Priority.NEW)
    assert (made.job_id, made.reference) == ("5101", record.REFERENCE)


def test_recorded_read_back_shows_applied_and_the_cv(ats):
    with record.tape("pinpoint/read_back", "none"):
        (found,) = ats.applications_by_reference([record.REFERENCE])[record.REFERENCE]
    assert ("applied", True) == (found.stage_kind, found.has_cv)


def test_recorded_feed_and_candidate_are_read(source):
    with record.tape("cord/feed", "none"):
        (start,) = source.conversation_starts(None).starts
    with record.tape("cord/candidate", "none"):
        assert start.candidate_id == source.candidate(start.candidate_id).id


def test_recorded_download_is_a_pdf(source):
    with record.tape("cord/cv", "none"):
        assert source.cv("pe_552", "cv.pdf").content.startswith(b"%PDF-")


@pytest.mark.parametrize("cassette", CASSETTES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_cassette_holds_anything_personal_or_secret(cassette: Path):
    text = cassette.read_text().replace("masked@example.com", "masked")
    for word in ("Petrov", "Ana", "ana.petrov", "7700900123", "x-api-key", "authorization", "127.0.0.1"):
        assert word not in text
    assert "@" not in redact(text)
    assert "@" not in text


def test_there_are_cassettes_of_both_platforms():
    assert {"cord", "pinpoint"} == {path.parent.name for path in CASSETTES}
