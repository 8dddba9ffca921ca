"""CVs: what is sent along, what is left out with a note, and how it is fetched."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sandbox.cv_samples import cut_short_pdf, encrypted_pdf, html_as_cv, tiny_docx, tiny_pdf
from tests.flows.scene import Scene

LINES = ["Ana Petrov", "Backend engineer"]


def with_cv(scene: Scene, **details: Any) -> str:
    """Return the start of a person with such a CV and no phone, so that the note is about the CV alone."""
    return scene.start(person=scene.person(phones=[], **details))


@pytest.mark.parametrize("content", [tiny_pdf(LINES), tiny_docx(LINES)], ids=["pdf", "docx"])
def test_a_fit_cv_arrives_byte_for_byte(scene: Scene, content: bytes) -> None:
    start = with_cv(scene, cv=content)
    scene.sync()
    assert scene.stands(start) == ("done", "sent", "")
    assert scene.application().cv == content


def test_a_cv_whose_type_is_claimed_wrongly_gets_the_ending_of_its_bytes(scene: Scene) -> None:
    with_cv(scene, cv=tiny_docx(LINES), cv_filename="Ana.pdf", cv_content_type="application/pdf")
    scene.sync()
    assert scene.application().cv_filename == "Ana.docx"


UNFIT = [
    ("html", html_as_cv(LINES)),
    ("text", b"Ana Petrov, engineer"),
    ("empty", b""),
    ("cut-short", cut_short_pdf(LINES)),
    ("too-large", tiny_pdf(LINES, 10_100_000)),
]


@pytest.mark.parametrize("content", [content for _, content in UNFIT], ids=[name for name, _ in UNFIT])
def test_an_unfit_cv_is_left_out_with_a_note(scene: Scene, content: bytes) -> None:
    start = with_cv(scene, cv=content)
    scene.sync()
    assert scene.stands(start) == ("done", "sent", "cv_unfit")
    assert scene.application().cv is None


def test_no_cv_is_noted(scene: Scene) -> None:
    start = with_cv(scene, cv=None)
    scene.sync()
    assert scene.stands(start) == ("done", "sent", "cv_missing")


def test_an_encrypted_pdf_is_sent_with_a_note(scene: Scene) -> None:
    start = with_cv(scene, cv=encrypted_pdf(LINES))
    scene.sync()
    assert scene.stands(start) == ("done", "sent", "cv_encrypted")
    assert scene.application().cv == encrypted_pdf(LINES)


@pytest.mark.parametrize("content", [content for _, content in UNFIT[:4]], ids=[name for name, _ in UNFIT[:4]])
def test_an_unfit_cv_parks_where_the_job_requires_one(scene: Scene, content: bytes) -> None:
    start = scene.start(scene.position(scene.job(resume_requirement="required")), scene.person(cv=content))
    scene.sync()
    assert scene.stands(start) == ("parked", "cv_required", "cv_unfit")
    assert scene.applications() == []


@pytest.mark.parametrize("mode", ["unsized", "redirect", "redirect_three_hops", "redirect_expired_once"])
def test_a_cv_is_found_however_it_is_handed_out(scene: Scene, mode: str) -> None:
    start = with_cv(scene, cv_mode=mode)
    scene.settle()
    assert scene.stands(start) == ("done", "sent", "")
    assert scene.application().cv is not None


def test_the_file_host_never_sees_the_token(scene: Scene) -> None:
    with_cv(scene, cv_mode="redirect_three_hops")
    scene.sync()
    calls = scene.calls("files")
    assert calls
    assert not any("authorization" in call.request_headers for call in calls)


@pytest.mark.parametrize("mode", ["too_large", "unsupported"])
def test_a_cv_that_the_source_cannot_hand_out_is_noted(scene: Scene, mode: str) -> None:
    start = with_cv(scene, cv_mode=mode)
    scene.sync()
    assert scene.stands(start) == ("done", "sent", "cv_missing")


@pytest.mark.parametrize("mode", ["redirect_loop", "redirect_private", "redirect_scheme", "redirect_many_hops"])
def test_a_redirect_that_must_not_be_followed_is_a_named_fault_after_three_tries(scene: Scene, mode: str) -> None:
    start = with_cv(scene, cv_mode=mode)
    other = scene.start()
    scene.settle()
    assert scene.outcome(start) == ("quarantined", "wire_error")
    assert scene.outcome(other) == ("done", "sent")


def test_a_cv_that_the_ats_does_not_keep_is_noted(scene: Scene) -> None:
    scene.pinpoint.switches["bare_base64"] = "drop"
    start = with_cv(scene)
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")
    kept = scene.application().cv is not None
    assert scene.stands(start)[2] == ("" if kept else "cv_not_stored")


def test_a_cv_that_a_proxy_finds_too_large_is_a_named_fault(scene: Scene) -> None:
    scene.pinpoint.proxy_limit_bytes = 50_000
    start = with_cv(scene, cv=tiny_pdf(LINES, 100_000))
    scene.settle()
    assert scene.item(start).state in ("parked", "quarantined")
    assert scene.applications() == []
