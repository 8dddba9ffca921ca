"""How messages are shown: numbers masked, texts on one line or indented, and the documents of `--json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from connector.domain.actions import Item
    from connector.domain.texts import Message
    from connector.flows.correspondence import TextStatus
    from connector.rules.segments import Segments

Full = Annotated[bool, typer.Option("--full", help="Show candidates' numbers in full, not their last three digits.")]
By = Annotated[str | None, typer.Option("--as", metavar="NAME", help="Who of the team; your login name if left out.")]

COLOURS = {"delivered": "green", "failed": "red", "cancelled": "yellow", "unmatched": "yellow", "two_people": "yellow"}
#: how a reply was attributed, in words
HOW = {
    "answered": "answers a message",
    "last_messaged": "to the last application messaged",
    "newest_application": "never messaged: newest application",
    "by_hand": "assigned by hand",
    "unmatched": "nobody's yet: assign it",
    "two_people": "two people share the number: assign it",
    "too_old": "older than replies_since",
    "chatbot": "to a chatbot's number",
    "our_own": "our own text",
    "loop": "a loop: not copied",
    "new": "not looked at yet",
    "forgotten": "erased",
}


def me() -> str:
    """Return the login name of whoever runs the command; empty where the system knows none."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def masked(number: str, full: bool) -> str:
    """Return a candidate's number as it may be shown."""
    from connector.rules.replies import sender_shown

    return sender_shown(number, "full" if full else "masked")


def on_one_line(text: str) -> str:
    """Return a text without anything that moves a terminal's cursor or changes its colours."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def in_lines(text: str) -> list[str]:
    """Return a text's own lines, each free of what steers a terminal."""
    return ["".join(c if c.isprintable() else " " for c in line).rstrip() for line in text.splitlines()] or [""]


def about(message: Message, applications: Mapping[int, Item]) -> str:
    """Return whose a message is, as ids."""
    item = applications.get(message.application or 0)
    if item is None:
        return "-"
    return item.remote_id or item.conversation_id or item.start_id


def text_of(message: Message) -> str:
    """Return what was written, or that it cannot be read here."""
    from connector.cli.output import many

    if message.text_lost:
        return f"(its text is only in {message.provider.capitalize()}'s console)"
    files = f" [{many(len(message.media), 'file')}]" if message.media else ""
    return f"{message.text}{files}"


def message_json(message: Message, applications: Mapping[int, Item], full: bool) -> dict[str, Any]:
    """Return a message as it stands in documents."""
    item = applications.get(message.application or 0)
    return {
        "id": message.id,
        "company": message.company,
        "direction": message.direction.value,
        "provider": message.provider,
        "ours": message.ours,
        "theirs": masked(message.theirs, full),
        "at": message.at,
        "at_exact": message.at_exact,
        "text": message.text,
        "text_lost": message.text_lost,
        "media": [{"url": media.url, "content_type": media.content_type} for media in message.media],
        "delivery": message.delivery.value if message.direction.value == "out" else None,
        "how": message.how,
        "template": message.template,
        "opt": message.opt.value if message.opt else None,
        "segments": message.segments,
        "by": message.by,
        "read_at": message.read_at,
        "code": message.code,
        "words": message.words,
        "application": item.remote_id if item else None,
        "conversation": item.conversation_id if item else None,
        "start": item.start_id if item else None,
    }


def status_json(status: TextStatus) -> dict[str, Any]:
    """Return where text messages stand as it stands in documents."""
    return {name: getattr(status, name) for name in status.__dataclass_fields__}


def status_words(status: TextStatus) -> str:
    """Return where text messages stand in one line."""
    parts = [f"on, through {', '.join(status.providers)}" if status.enabled else "switched off"]
    numbers = (
        (status.unread, "unread"),
        (status.unmatched, "to be assigned"),
        (status.queued, "waiting to be sent"),
        (status.unknown, "of unknown outcome"),
        (status.quarantined, "quarantined"),
        (status.bad_callbacks, "calls that could not be read"),
        (status.opted_out, "opted out"),
    )
    parts += [f"{number} {what}" for number, what in numbers if number]
    if status.left is not None:
        parts.append(f"{status.left} segments left")
    return ", ".join(parts)


def dear_words(cost: Segments, smart: Segments) -> str:
    """Say which characters make a text dear, and what could be saved; empty: none do."""
    if not cost.forcing:
        return ""
    shown = " ".join(f"{c} (U+{ord(c[0]):04X})" if c.isprintable() else f"U+{ord(c[0]):04X}" for c in cost.forcing[:8])
    what = f"outside the cheap alphabet: {shown}"
    if not smart.forcing:
        saved = "which saves no segment here"
        if smart.segments < cost.segments:
            saved = f"which takes {smart.segments} instead of {cost.segments} segments"
        return f"{what}; `smart_encoding: true` in the mapping replaces them, {saved}"
    return f"{what}; nothing like them is in it, so the text takes {cost.segments} segments"
