"""`import-job`: one job into the drop-down, its text for pasting, and the position that was made of it."""

from __future__ import annotations

import pytest

from tests.cli.desk import Desk

TEXT = "<p>Build <strong>the engine</strong>.</p><ul><li>One</li><li>Two</li></ul>"


@pytest.fixture
def job(desk: Desk) -> str:
    return desk.world.pinpoint.add_job(
        id="5103", title="Product Designer", description=TEXT, key_responsibilities="", skills_knowledge_expertise="",
        benefits="",
    )  # fmt: skip


def test_a_job_is_put_into_the_drop_down_now(desk: Desk, job: str) -> None:
    shown = desk.run("import-job", job)
    assert shown.returncode == 0, shown.stderr
    assert "is in the drop-down" in shown.stdout
    assert desk.world.cord.ats_jobs[job].title == "Product Designer"


def test_a_position_that_was_made_of_it_is_linked_as_imported(desk: Desk, job: str) -> None:
    document = desk.json("import-job", job, "--position", "po_19")
    assert document["source"] == {"state": "done", "reason": "listed"}
    assert document["link"]["links"][0]["source"] == {"state": "done", "reason": "told"}
    link = desk.world.cord.positions["po_19"].link
    assert link is not None
    assert (link.ats_job_id, link.origin) == (job, "imported")
    assert "po_19" in (desk.folder / "mappings" / "harbourline.yaml").read_text()


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("html", "<p>Build <strong>the engine</strong>.</p>"),
        ("markdown", "Build **the engine**.\n\n- One\n- Two\n"),
        ("text", "Build the engine.\n\n- One\n- Two\n"),
    ],
)
def test_the_description_alone_is_printed_for_pasting(desk: Desk, job: str, form: str, text: str) -> None:
    shown = desk.run("import-job", job, "--print", form)
    assert text in shown.stdout
    assert "drop-down" not in shown.stdout
    assert "drop-down" in shown.stderr


def test_planned_it_writes_nothing(desk: Desk, job: str) -> None:
    shown = desk.run("import-job", job, "--position", "po_19", "--print", "text", "--plan")
    assert "Build the engine." in shown.stdout
    assert job not in desk.world.cord.ats_jobs
    assert "po_19" not in (desk.folder / "mappings" / "harbourline.yaml").read_text()


def test_twice_is_harmless(desk: Desk, job: str) -> None:
    assert [desk.run("import-job", job).returncode for _ in range(2)] == [0, 0]


@pytest.mark.parametrize(("status", "words"), [("closed", "is not open"), ("none", "no such job")])
def test_a_job_that_cannot_be_listed_is_named(desk: Desk, job: str, status: str, words: str) -> None:
    if status == "none":
        desk.world.pinpoint.delete_job(job)
    else:
        desk.world.pinpoint.edit_job(job, status=status)
    shown = desk.run("import-job", job)
    assert shown.returncode == 1
    assert words in shown.stderr


def test_a_job_that_the_mirror_does_not_show_is_warned_about(desk: Desk, job: str) -> None:
    desk.world.pinpoint.edit_job(job, visibility="internal")
    shown = desk.run("import-job", job)
    assert "the mirror takes the entry away again" in shown.stderr


def test_a_token_that_may_not_list_exits_77(desk: Desk, job: str) -> None:
    desk.world.cord.scopes.discard("ats_jobs:write")
    shown = desk.run("import-job", job)
    assert shown.returncode == 77
    assert "permission_missing" in shown.stderr
