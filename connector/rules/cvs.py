"""Whether a file is a CV that can be sent, judged by its bytes; the server's claim counts for nothing."""

from __future__ import annotations

import io
import logging
import os.path
import re
import zipfile
from dataclasses import dataclass

import pypdf
import pypdf.errors

from connector.domain.model import CV, DownloadedFile

#: the ATS's limit is unknown; 10 MB is what its sibling fields allow (pinpoint-api.md 4.2)
MAX_CV_BYTES = 10_000_000

PDF = "application/pdf"
DOC = "application/msword"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_ENDINGS = {PDF: (".pdf",), DOC: (".doc",), DOCX: (".docx",)}
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
#: a compound file has a header and at least two sectors
_OLE_LEAST = 1536
#: how far from the ends the marks of a PDF may stand (PDF 1.7, appendix H)
_PDF_MARGIN = 1024


@dataclass(frozen=True)
class Judged:
    """A verdict: a CV to send, or none and why."""

    cv: CV | None
    #: `cv_missing`, `cv_unfit`, `cv_encrypted` or nothing to note
    note: str = ""


def judge_cv(file: DownloadedFile | None) -> Judged:
    """Judge a download. None is a person without a CV.

    Unfit are HTML, plain text, other formats, empty files, files cut short, and files over 10 MB. An encrypted PDF
    is fit, with a note.
    """
    if file is None:
        return Judged(None, "cv_missing")
    content = file.content
    media_type = _true_type(content) if 0 < len(content) <= MAX_CV_BYTES else None
    if media_type is None or not _is_whole(content, media_type):
        return Judged(None, "cv_unfit")
    encrypted = media_type == PDF and b"/Encrypt" in content and _is_encrypted(content)
    return Judged(CV(_safe_name(file.filename, media_type), media_type, content), "cv_encrypted" if encrypted else "")


def _true_type(content: bytes) -> str | None:
    if b"%PDF-" in content[:_PDF_MARGIN]:
        return PDF
    if content.startswith(_OLE):
        return DOC
    if content.startswith(b"PK\x03\x04"):
        return DOCX
    return None


def _is_whole(content: bytes, media_type: str) -> bool:
    if media_type == DOC:
        return len(content) >= _OLE_LEAST
    if media_type == DOCX:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as parts:
                return "word/document.xml" in parts.namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            return False
    # the mark at the end is proof enough; only a file without it is worth a parser's time
    return b"%%EOF" in content[-_PDF_MARGIN:] or _reads_as_pdf(content)


def _reads_as_pdf(content: bytes) -> bool:
    reader = _open_pdf(content, strict=True)
    try:
        return reader is not None and len(reader.pages) > 0
    except (pypdf.errors.PyPdfError, ValueError, TypeError, KeyError, RecursionError):
        return False


def _is_encrypted(content: bytes) -> bool:
    reader = _open_pdf(content, strict=False)
    return reader is not None and reader.is_encrypted


def _open_pdf(content: bytes, *, strict: bool) -> pypdf.PdfReader | None:
    # pypdf reports every oddity to its logger, parts of the file among it
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        return pypdf.PdfReader(io.BytesIO(content), strict=strict)
    except (pypdf.errors.PyPdfError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _safe_name(name: str, media_type: str) -> str:
    """Return a plain file name with the ending of the true type; the name is data, never a path."""
    stem = re.sub(r"[\x00-\x1f\x7f/\\:*?\"<>|]+", " ", name).strip(" .") or "CV"
    root, ending = os.path.splitext(stem)
    if ending.lower() not in _ENDINGS[media_type]:
        known = ending.lower() in {e for endings in _ENDINGS.values() for e in endings}
        root, ending = (root if known else stem), _ENDINGS[media_type][0]
    return f"{root[:100]}{ending}"
