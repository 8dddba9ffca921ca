"""Files inside JSON: data URIs, bare Base64, and what counts as a CV."""

import base64
import binascii
import re
from dataclasses import dataclass

_DATA_URI = re.compile(r"data:(?P<type>[^;,]*)(?:;[^;,=]+=[^;,]*)*;base64,(?P<data>.*)\Z", re.DOTALL)

#: File name endings of a CV, with their media types.
CV_TYPES = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@dataclass(frozen=True)
class StoredFile:
    """A decoded file."""

    filename: str
    content: bytes
    #: From the data URI's prefix; None without one.
    content_type: str | None

    @property
    def is_cv(self) -> bool:
        """Whether name and type (if given) are both of a kind that is taken as a CV."""
        ending = self.filename.rpartition(".")[2].lower()
        return ending in CV_TYPES and self.content_type in (None, *CV_TYPES.values())


def decode(filename: str, data: str) -> tuple[StoredFile, bool]:
    """The file, and whether it came properly: as a data URI with sound Base64.

    What did not come properly is decoded as far as it goes, with foreign characters skipped.
    """
    match = _DATA_URI.match(data)
    content_type, text = (match["type"] or None, match["data"]) if match else (None, data)
    try:
        content = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return StoredFile(filename, _lenient(text), content_type), False
    return StoredFile(filename, content, content_type), match is not None


def _lenient(text: str) -> bytes:
    known = re.sub(r"[^A-Za-z0-9+/]", "", text)
    whole = known[: len(known) // 4 * 4]
    return base64.b64decode(whole)
