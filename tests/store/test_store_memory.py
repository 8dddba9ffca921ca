"""What is remembered of the platforms comes back as it went in."""

from __future__ import annotations

from datetime import timedelta

from starts import COMPANY, NOON

from connector.app import Stores
from connector.domain.actions import Pause
from connector.domain.model import Job, Position

JOB = Job("5101", "Engineer", "open", "confidential", True, False, True, True, ("81001", "81002"))
BARE = Job("5102", "Designer", "draft", "external", False, True, False, False, ())


def test_jobs_come_back_whole_and_are_replaced_as_a_list(stores: Stores) -> None:
    stores.memory.keep_jobs(COMPANY, {"5101": JOB, "5102": BARE}, NOON)
    assert stores.memory.jobs(COMPANY) == ({"5101": JOB, "5102": BARE}, NOON)
    stores.memory.keep_jobs(COMPANY, {}, NOON + timedelta(hours=1))
    assert stores.memory.jobs(COMPANY) == ({}, NOON + timedelta(hours=1))


def test_one_job_is_replaced_or_forgotten_without_a_new_reading(stores: Stores) -> None:
    stores.memory.keep_jobs(COMPANY, {"5101": JOB}, NOON)
    stores.memory.keep_job(COMPANY, "5102", BARE)
    stores.memory.keep_job(COMPANY, "5101", None)
    assert stores.memory.jobs(COMPANY) == ({"5102": BARE}, NOON)


def test_positions_come_back(stores: Stores) -> None:
    position = Position("po_1", "Engineer", "open", None)
    stores.memory.keep_positions(COMPANY, [position], NOON)
    assert stores.memory.positions(COMPANY) == ({"po_1": position}, NOON)


def test_a_pause_is_replaced_and_ended(stores: Stores) -> None:
    pause = Pause(COMPANY, "pinpoint", "key_refused", "401", NOON, NOON + timedelta(minutes=1), 3, "digest")
    stores.memory.keep_pause(pause)
    stores.memory.keep_pause(pause)
    assert stores.memory.pause(COMPANY, "pinpoint") == pause
    stores.memory.end_pause(COMPANY, "pinpoint")
    stores.memory.end_pause(COMPANY, "pinpoint")
    assert stores.memory.pause(COMPANY, "pinpoint") is None


def test_an_error_keeps_the_time_of_the_last_success(stores: Stores) -> None:
    stores.memory.note_run(COMPANY, "applications", NOON, None)
    stores.memory.note_run(COMPANY, "applications", NOON + timedelta(minutes=1), "down")
    assert stores.memory.runs(COMPANY) == {"applications": (NOON, NOON + timedelta(minutes=1), "down")}


def test_a_setting_keeps_its_first_value(stores: Stores) -> None:
    assert stores.memory.setting("colour", "red") == "red"
    assert stores.memory.setting("colour", "blue") == "red"


def test_companies_do_not_share_what_is_remembered(stores: Stores) -> None:
    stores.memory.keep_jobs(COMPANY, {"5101": JOB}, NOON)
    assert stores.memory.jobs("northgate") == ({}, None)
