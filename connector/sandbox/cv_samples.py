"""Small CV files made from nothing: sound ones, and the kinds of unsound ones that people upload."""

import hashlib
import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

_PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_FILE_ID = hashlib.md5(b"sandbox", usedforsecurity=False).digest()
#: Everything is allowed to whoever has the password.
_ALL_RIGHTS = -4


def tiny_pdf(text_lines: Sequence[str], size: int | None = None) -> bytes:
    """A sound PDF of one page with `text_lines`, from which the text can be extracted.

    With `size` it is padded to about that many bytes (never cut). Letters outside Windows-1252 become question marks.
    """
    objects = _page_objects(_text_stream(text_lines))
    whole = _assemble(objects)
    if size is not None and size > len(whole):
        # The padding lives in an object that no page uses, the way editors leave old revisions behind.
        spare = max(0, size - len(whole) - 100)
        whole = _assemble([*objects, _stream(b"\0" * spare)])
    return whole


def encrypted_pdf(text_lines: Sequence[str], password: str = "secret") -> bytes:  # noqa: S107 - a sample, not a secret
    """A PDF that opens with `password` only (40-bit RC4, revision 2)."""
    padded = (password.encode("latin-1") + _PAD)[:32]
    owner = _rc4(_md5(padded)[:5], padded)
    key = _md5(padded + owner + _ALL_RIGHTS.to_bytes(4, "little", signed=True) + _FILE_ID)[:5]
    user = _rc4(key, _PAD)
    # Object 4 is the text; each object's key is made of its number.
    object_key = _md5(key + (4).to_bytes(3, "little") + b"\0\0")[:10]
    objects = _page_objects(_rc4(object_key, _text_stream(text_lines)))
    lock = f"<< /Filter /Standard /V 1 /R 2 /O <{owner.hex()}> /U <{user.hex()}> /P {_ALL_RIGHTS} >>".encode()
    file_id = _FILE_ID.hex()
    trailer = f"/Encrypt {len(objects) + 1} 0 R /ID [<{file_id}> <{file_id}>]"
    return _assemble([*objects, lock], trailer)


def cut_short_pdf(text_lines: Sequence[str]) -> bytes:
    """The first half of a PDF, as after a broken upload."""
    whole = tiny_pdf(text_lines)
    return whole[: len(whole) // 2]


def tiny_docx(text_lines: Sequence[str]) -> bytes:
    """A sound Word document with one paragraph a line. The same lines give the same bytes."""
    paragraphs = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in text_lines)
    parts = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _RELATIONSHIPS,
        "word/document.xml": f'{_XML}<w:document xmlns:w="{_WORD}"><w:body>{paragraphs}</w:body></w:document>',
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return buffer.getvalue()


def tiny_rtf(text_lines: Sequence[str]) -> bytes:
    """A sound RTF document with one paragraph a line."""
    return ("{\\rtf1\\ansi " + "".join(f"{_rtf(line)}\\par " for line in text_lines) + "}").encode("ascii")


def html_as_cv(text_lines: Sequence[str]) -> bytes:
    """A web page, as people get when they save a CV from a site that wanted them to sign in."""
    body = "".join(f"<p>{escape(line)}</p>" for line in text_lines)
    return f"<!DOCTYPE html><html><head><title>CV</title></head><body>{body}</body></html>".encode()


def _text_stream(text_lines: Sequence[str]) -> bytes:
    shown = b"".join(b"(" + _pdf_text(line) + b") Tj T*\n" for line in text_lines)
    return b"BT /F1 11 Tf 14 TL 50 780 Td\n" + shown + b"ET"


def _pdf_text(line: str) -> bytes:
    raw = line.encode("cp1252", errors="replace")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _page_objects(content: bytes) -> list[bytes]:
    return [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        _stream(content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]


def _stream(content: bytes) -> bytes:
    return f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"


def _assemble(objects: list[bytes], trailer: str = "") -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(out)


def _md5(data: bytes) -> bytes:
    # What the file format asks for; nothing is protected by it.
    return hashlib.md5(data, usedforsecurity=False).digest()


def _rc4(key: bytes, data: bytes) -> bytes:
    box = list(range(256))
    swap = 0
    for index in range(256):
        swap = (swap + box[index] + key[index % len(key)]) % 256
        box[index], box[swap] = box[swap], box[index]
    out, index, swap = bytearray(), 0, 0
    for byte in data:
        index = (index + 1) % 256
        swap = (swap + box[index]) % 256
        box[index], box[swap] = box[swap], box[index]
        out.append(byte ^ box[(box[index] + box[swap]) % 256])
    return bytes(out)


def _rtf(line: str) -> str:
    safe = line.replace("\\", "\\\\").replace("{", "\\{").replace("}", "\\}")
    return "".join(letter if ord(letter) < 128 else f"\\u{_signed(ord(letter))}?" for letter in safe)


def _signed(code: int) -> int:
    """RTF writes code units as signed 16-bit numbers; rarer letters become a question mark."""
    return ord("?") if code > 0xFFFF else code - 0x10000 if code > 0x7FFF else code


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_CONTENT_TYPES = (
    f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONSHIPS = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}" Target="word/document.xml"/></Relationships>'
)
