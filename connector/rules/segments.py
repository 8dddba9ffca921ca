"""How many parts a text is sent in, and which of its characters make that expensive.

Carriers bill by part. A text in the GSM-7 alphabet has 160 places, 153 in each part when there are several; one
character outside that alphabet moves the whole text to UCS-2, with 70 and 67. Counting follows Twilio's published
calculator, on the text as it leaves: template names filled in.

Packages that count were tried against the calculator's table; the one that does all but the empty text right has not
been kept up since 2020, so the count is our own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

GSM_7: Encoding = "GSM-7"
UCS_2: Encoding = "UCS-2"
#: places in a text of one part, and in each part of several
_SINGLE = {GSM_7: 160, UCS_2: 70}
_PART = {GSM_7: 153, UCS_2: 67}

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: behind an escape: two places each
_EXTENDED = frozenset("^{}\\[]~|€\f")
_GSM = _BASIC | _EXTENDED

#: what stands for a character that GSM-7 has not, by what takes its place
_STAND_INS = {
    '"': "«»“”„‟ʺˮ❝❞〝〞＂",
    "'": "‘’‛ʹʻʼʽˈˊˋ`´❛❜＇",
    "-": "‐‑‒–—―−⁃•⎼⎽﹣－",
    "...": "…",
    ",": "‚、︐︑﹐﹑，､",
    ".": "。﹒．｡",
    ":": "ː˸⦂꞉︓：",
    ";": "⁏︔﹔；",
    "!": "ǃ︕﹗！",
    "!!": "‼",
    "?": "︖﹖？",
    "/": "÷⁄∕⧸／",
    "\\": "⧵⧹﹨＼",
    "|": "∣⎜⎟⎸⎹⏐｜",
    "(": "❨❪⟮⦅﹙（",
    ")": "❩❫⟯⦆﹚）",
    "<": "‹﹤＜",
    ">": "›﹥＞",
    "[": "［",
    "]": "］",
    "{": "❴﹛｛",
    "}": "❵﹜｝",
    "~": "˜˷∼～",
    "^": "ˆ＾",
    "_": "‗＿",
    "=": "꞊﹦＝",
    "+": "˖﹢＋",
    "*": "⁎∗⊛✢✣✤✥✱✲✳✺✻✼✽❃❉❊⧆﹡＊",
    "#": "﹟＃",
    "%": "﹪％",
    "&": "﹠＆",
    "@": "﹫＠",
    "$": "﹩＄",
    "1/4": "¼",
    "1/2": "½",
    "3/4": "¾",
    # spaces that do not break, and those of a width of their own
    " ": "\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    "\n": "\u2028\u2029",
    # of no width: soft hyphen, zero-width space and non-joiner, word joiner, byte order mark; and NUL
    "": "\u00ad\u200b\u200c\u2060\ufeff\u0000",
}
_TABLE = {
    # full-width digits and letters
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    **{ord(character): plain for plain, characters in _STAND_INS.items() for character in characters},
}

_JOINER = "\u200d"
#: zero-width joiner and non-joiner, skin tones, the letters inside flags of regions: part of the character before them
_ATTACHED = frozenset([_JOINER, "\u200c", *map(chr, range(0x1F3FB, 0x1F400)), *map(chr, range(0xE0020, 0xE0080))])


@dataclass(frozen=True)
class Segments:
    """What a text costs."""

    encoding: Encoding
    #: parts that are billed; 0 for an empty text
    segments: int
    #: places used of the encoding: septets in GSM-7, 16-bit units in UCS-2
    units: int
    #: characters outside GSM-7, each once, in the order in which they stand
    forcing: tuple[str, ...] = ()


def count(text: str, smart: bool = False) -> Segments:
    """Return encoding, parts and places of `text`; with `smart`, of the text that `smart()` makes of it.

    A character is never split between two parts: an extended one, a surrogate pair, an emoji of several code points.
    That can cost a part more than dividing the places would say.
    """
    if smart:
        text = _smart(text)
    characters = list(_characters(text))
    forcing = tuple(dict.fromkeys(c for c in characters if not _GSM.issuperset(c)))
    encoding = UCS_2 if forcing else GSM_7
    sizes = [_size(c, encoding) for c in characters]
    return Segments(encoding, _parts(characters, encoding), sum(sizes), forcing)


def smart(text: str) -> str:
    """Return the text in GSM-7 if look-alikes can bring that about, otherwise as it is.

    It replaces what people paste and Twilio's smart encoding replaces, and the dashes that Twilio leaves out; an accent
    that stands apart is joined to its letter first. Unlike there, an odd space becomes one space, and a text that stays
    UCS-2 all the same keeps its quotes: replacing them would save nothing. Twice is once.
    """
    plain = unicodedata.normalize("NFC", text).translate(_TABLE)
    return plain if _GSM.issuperset(plain) else text


#: for `count`, where the name is a parameter's
_smart = smart


def _parts(characters: list[str], encoding: Encoding) -> int:
    units = sum(_size(c, encoding) for c in characters)
    if units <= _SINGLE[encoding]:
        return 1 if units else 0
    parts, left = 0, 0
    for character in characters:
        size = _size(character, encoding)
        # a heap of marks on one letter that no part holds is cut where it must be
        pieces = [size] if size <= _PART[encoding] else [_size(code, encoding) for code in character]
        for piece in pieces:
            if piece > left:
                parts, left = parts + 1, _PART[encoding]
            left -= piece
    return parts


def _size(character: str, encoding: Encoding) -> int:
    if encoding == GSM_7:
        return 2 if character in _EXTENDED else 1
    return sum(2 if ord(code) > 0xFFFF else 1 for code in character)


def _characters(text: str) -> Iterator[str]:
    """Yield what a reader sees as one character: marks, joined emoji and pairs of flag letters stay together."""
    held = ""
    for code in text:
        if held and _belongs(held, code):
            held += code
            continue
        if held:
            yield held
        held = code
    if held:
        yield held


def _belongs(held: str, code: str) -> bool:
    if unicodedata.category(held[-1]) == "Cc":
        return False
    if code in _ATTACHED or unicodedata.category(code)[0] == "M":
        return True
    if held[-1] == _JOINER:
        return unicodedata.category(code)[0] == "S"
    return len(held) == 1 and _is_flag_letter(held) and _is_flag_letter(code)


def _is_flag_letter(code: str) -> bool:
    return "\U0001f1e6" <= code <= "\U0001f1ff"
