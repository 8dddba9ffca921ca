"""The file name in Content-Disposition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.rest.redirects import filename_of
from connector.rest.transport import Reply


def name_in(header: str) -> str | None:
    return filename_of(Reply(200, {"content-disposition": header}, b""))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('attachment; filename="cv.pdf"', "cv.pdf"),
        ("attachment; filename=cv.pdf", "cv.pdf"),
        ("inline;FILENAME = cv.pdf ; size=3", "cv.pdf"),
        ('attachment; filename="a; b.pdf"', "a; b.pdf"),
        (r'attachment; filename="a \"b\".pdf"', 'a "b".pdf'),
        ("attachment; filename=\"plain.pdf\"; filename*=UTF-8''J%C3%BCrgen%20CV.pdf", "Jürgen CV.pdf"),
        ("attachment; filename*=utf-8'de'J%C3%BCrgen.pdf; filename=plain.pdf", "Jürgen.pdf"),
        ("attachment; filename*=iso-8859-1''J%FCrgen.pdf", "Jürgen.pdf"),
        ("attachment; filename*=UTF-8''%FF%FE; filename=plain.pdf", "plain.pdf"),
        ("attachment; filename*=klingon''cv.pdf; filename=plain.pdf", "plain.pdf"),
        ("attachment; filename*=cv.pdf", None),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        (r'attachment; filename="C:\\Users\\ana\\cv.pdf"', "cv.pdf"),
        ("attachment; filename*=UTF-8''..%2F..%2Fcv.pdf", "cv.pdf"),
        ('attachment; filename=".."', None),
        ('attachment; filename=""', None),
        ("attachment; filename*=UTF-8''cv%00%0A.pdf", "cv.pdf"),
        ('attachment; filename="JÃ¼rgen.pdf"', "Jürgen.pdf"),
        ("attachment", None),
        ("", None),
    ],
)
def test_name(header, expected):
    assert expected == name_in(header)


def test_long_name_keeps_its_ending():
    name = name_in(f"attachment; filename={'x' * 5000}.pdf")

    assert name is not None
    assert (len(name), name.endswith(".pdf")) == (255, True)


@given(st.text())
def test_name_is_never_a_path(text):
    name = name_in(f"attachment; filename={text}; filename*=UTF-8''{text}")

    assert name is None or not {"/", "\\", "\0", "\n"} & set(name)
