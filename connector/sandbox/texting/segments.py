"""Into how many parts a text is cut: 160/153 characters of GSM-7, or 70/67 units of UCS-2."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: These take two places, which are never torn apart.
_EXTENDED = frozenset("^{}\\[]~|€\f")


def segments(text: str) -> int:
    """The number of parts; 0 for an empty text."""
    if all(sign in _BASIC or sign in _EXTENDED for sign in text):
        return _parts([2 if sign in _EXTENDED else 1 for sign in text], 160, 153)
    return _parts([2 if ord(sign) > 0xFFFF else 1 for sign in text], 70, 67)


def _parts(widths: list[int], single: int, joined: int) -> int:
    if sum(widths) <= single:
        return 1 if widths else 0
    count, room = 1, joined
    for width in widths:
        if width > room:
            count, room = count + 1, joined
        room -= width
    return count
