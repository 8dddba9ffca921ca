"""Whether a file is a CV that can be sent: by its bytes, never by its claims."""

from __future__ import annotations

import pytest

from connector.domain.model import DownloadedFile
from connector.rules.cvs import DOC, DOCX, MAX_CV_BYTES, PDF, judge_cv
from connector.sandbox.cv_samples import cut_short_pdf, encrypted_pdf, html_as_cv, tiny_docx, tiny_pdf, tiny_rtf

LINES = ["Ana Petrov", "Engineer"]
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000)


def file(content: bytes, name: str = "Ana.pdf", claim: str | None = "application/pdf") -> DownloadedFile:
    return DownloadedFile(name, content, claim)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(tiny_pdf(LINES), PDF), (tiny_docx(LINES), DOCX), (OLE, DOC)],
    ids=["pdf", "docx", "doc"],
)
def test_sound_files_are_fit_whatever_the_server_claims(content: bytes, media_type: str) -> None:
    judged = judge_cv(file(content, claim="text/html"))
    assert judged.cv is not None
    assert (judged.cv.media_type, judged.cv.content, judged.note) == (media_type, content, "")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"plain text",
        html_as_cv(LINES),
        tiny_rtf(LINES),
        cut_short_pdf(LINES),
        tiny_docx(LINES)[:-40],
        OLE[:600],
        b"PK\x03\x04" + bytes(100),
        tiny_pdf(LINES, MAX_CV_BYTES + 1000),
    ],
    ids=["empty", "text", "html", "rtf", "cut-pdf", "cut-docx", "cut-doc", "zip", "large"],
)
def test_unsound_files_are_unfit(content: bytes) -> None:
    judged = judge_cv(file(content))
    assert (judged.cv, judged.note) == (None, "cv_unfit")


def test_no_file_is_missing_and_not_unfit() -> None:
    assert judge_cv(None).note == "cv_missing"


def test_an_encrypted_pdf_is_fit_with_a_note() -> None:
    judged = judge_cv(file(encrypted_pdf(LINES)))
    assert judged.cv is not None
    assert judged.note == "cv_encrypted"


def test_a_pdf_that_only_speaks_of_encryption_is_not_encrypted() -> None:
    assert judge_cv(file(tiny_pdf(["I know /Encrypt and %%EOF"]))).note == ""


def test_a_file_of_just_ten_megabytes_is_fit() -> None:
    content = tiny_pdf(LINES)
    whole = content[:-6] + bytes(MAX_CV_BYTES - len(content)) + b"%%EOF\n"
    assert len(whole) == MAX_CV_BYTES
    assert judge_cv(file(whole)).cv is not None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ana Petrov.pdf", "Ana Petrov.pdf"),
        ("Ana.PDF", "Ana.PDF"),
        ("Ana.docx", "Ana.pdf"),
        ("Ana", "Ana.pdf"),
        ("Ana.v2.1", "Ana.v2.1.pdf"),
        ("../../etc/passwd", "etc passwd.pdf"),
        ("C:\\files\\Ana.pdf", "C files Ana.pdf"),
        ("", "CV.pdf"),
        ("...", "CV.pdf"),
        ("履歴書.pdf", "履歴書.pdf"),
        ("a\x00b\n.pdf", "a b .pdf"),
        ("x" * 300 + ".pdf", "x" * 100 + ".pdf"),
    ],
)
def test_a_file_name_is_plain_and_has_the_ending_of_its_type(name: str, expected: str) -> None:
    judged = judge_cv(file(tiny_pdf(LINES), name))
    assert judged.cv is not None
    assert judged.cv.filename == expected
