"""Whose a reply is, what it asks for, and how it is shown where it is copied to.

A reply belongs to the application that the person was last messaged from. The vendor's word goes before that where it
names the message that is answered. What nobody can know is never guessed: it is held for a human, and nothing is lost.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC

from connector.domain.actions import Item, Kind
from connector.domain.sms import SmsSettings
from connector.domain.texts import Message, Opt
from connector.rules.keywords import changes, intent_of

#: within so long equal texts from one number are counted, seconds
LOOP_WINDOW_S = 3600.0
#: ways in which a reply was attributed that are copied to the application and the conversation
MIRRORED = ("answered", "last_messaged", "newest_application", "by_hand")
#: what a human may assign by hand
HELD = ("unmatched", "two_people")

#: a text with its lines stays below it, so that no ATS cuts off the marker at the end
LONGEST_COMMENT = 8000
_MARKER = re.compile(r"\[sms:[a-z]+:[^\]\s]+\]\s*\Z")
_PRINTABLE = re.compile(r"[\x21-\x7E]{1,128}\Z")
_TARGETS = {"ats": Kind.COMMENT, "source": Kind.REPLY}


@dataclass(frozen=True)
class Known:
    """What is known about a reply beside itself."""

    #: the message of ours that it answers, as the vendor says
    answered: Message | None = None
    #: what was sent to that number and accepted
    sent: Sequence[Message] = ()
    #: applications of people with that number, newest first, also those that are not at the ATS yet
    with_number: Sequence[Item] = ()
    #: the applications that `answered` and `sent` speak of, by the id of their action
    applications: Mapping[int, Item] = field(default_factory=dict)
    #: the number has opted out and not in again
    opted_out: bool = False
    #: the vendor's id is that of a message that we sent
    is_ours: bool = False
    #: equal texts from that number within the window, up to this one and with it
    repeats: int = 1


@dataclass(frozen=True)
class Attribution:
    """Whose a reply is, with everything that follows."""

    how: str
    application: Item | None = None
    #: who of the team wrote what it answers
    by: str | None = None
    opt: Opt | None = None
    suppress: bool = False
    lift: bool = False
    #: copies to be made, each an action of its own
    mirrors: tuple[Kind, ...] = ()


def attribute(reply: Message, known: Known, settings: SmsSettings) -> Attribution:
    """Return whose a reply is. STOP counts wherever it comes from, whether or not the reply is copied."""
    own = {number for numbers in settings.numbers.values() for number in numbers}
    if known.is_ours or reply.theirs in own or _MARKER.search(reply.text):
        # our own text, or a copy that somebody has sent on: it would go round for ever
        return Attribution("our_own")
    how, application, by = _whose(reply, known, settings)
    opt = intent_of(reply.text, reply.opt)
    # an older word than one that has been heeded changes nothing: the store looks at the times
    acts = changes(opt, known.opted_out)
    return Attribution(
        how,
        application,
        by,
        None if opt is Opt.IN and not acts and _answers_otherwise(reply) else opt,
        suppress=acts and opt is Opt.OUT,
        lift=acts and opt is Opt.IN,
        mirrors=mirrors_of(settings) if application and how in MIRRORED else (),
    )


def _answers_otherwise(reply: Message) -> bool:
    """Return whether an opt-in may be the answer to a question: YES, which the vendor has not acted on."""
    return reply.opt is not Opt.IN and "".join(c for c in reply.text if c.isalnum()).casefold() == "yes"


def mirrors_of(settings: SmsSettings) -> tuple[Kind, ...]:
    """Return where replies are copied to, as the actions that do it."""
    return tuple(_TARGETS[target] for target in settings.mirror_to if target in _TARGETS)


def _whose(reply: Message, known: Known, settings: SmsSettings) -> tuple[str, Item | None, str | None]:
    if reply.ours in settings.chatbot_numbers:
        return "chatbot", None, None
    if settings.replies_since is not None and reply.at < settings.replies_since:
        return "too_old", None, None
    if known.repeats >= settings.loop_after and reply.text.strip():
        # an answering machine, or two of them at each other
        return "loop", None, None
    answered = known.answered
    if answered is not None and answered.theirs == reply.theirs and answered.application in known.applications:
        return "answered", known.applications[answered.application or 0], answered.by
    last = last_messaged(reply, known)
    if len(people_of(known)) > 1:
        return "two_people", None, None
    if last is not None:
        return "last_messaged", known.applications[last.application or 0], last.by
    newest = next((item for item in known.with_number if item.remote_id), None)
    if newest is not None:
        return "newest_application", newest, None
    return "unmatched", None, None


def last_messaged(reply: Message, known: Known) -> Message | None:
    """Return the newest message that went out for an application before the reply came; of equal times the later row.

    Only the vendors' own times are compared: after an outage a reply may be read after a message that came later.
    """
    candidates = [message for message in known.sent if message.application in known.applications]
    before = [m for m in candidates if not (m.at_exact and reply.at_exact and m.at > reply.at)]
    return max(before or candidates, key=lambda message: (message.at, message.id), default=None)


def people_of(known: Known) -> frozenset[str]:
    """Return who may stand behind the number, as keyed hashes."""
    items = (*known.with_number, *known.applications.values())
    return frozenset(item.person for item in items if item.person)


def external_id(reply: Message) -> str:
    """Return the id under which a copy counts once: the vendor's own where it fits (1 to 128 printable characters).

    A reply whose text is lost has another one, so that the text is copied too if it turns up.
    """
    written = f"{reply.remote_id or reply.id}{':gap' if reply.text_lost else ''}"
    return written if _PRINTABLE.match(written) else hashlib.sha256(written.encode()).hexdigest()


def marker(reply: Message) -> str:
    """Return the line by which a comment is found again: a comment carries no reference."""
    return f"[sms:{reply.provider}:{external_id(reply)}]"


def is_marked(comment: str, line: str) -> bool:
    """Return whether a comment is the copy that this marker stands for. It must end with it: a text could quote one."""
    return comment.rstrip().endswith(line)


def comment_text(reply: Message, show_sender: str) -> str:
    """Return what stands in the comment. Nobody's name is invented: what is known of the sender is the number."""
    sender = sender_shown(reply.theirs, show_sender)
    came = "" if reply.at_exact else "received "
    head = f"SMS from {sender} to {reply.ours}, {came}{reply.at.astimezone(UTC):%d %b %Y %H:%M} UTC:"
    tail = [f"Media: {_clean(media.url)}" for media in reply.media]
    if reply.opt is Opt.OUT:
        tail.append("The person has opted out: no more texts are sent to this number until they write START.")
    elif reply.opt is Opt.IN:
        tail.append("The person has opted in again: texts can be sent to this number.")
    if reply.how == "newest_application":
        tail.append("Nobody has texted this number for an application yet: this is the person's newest application.")
    elif reply.how == "by_hand":
        tail.append("Assigned to this application by hand.")
    tail.append(marker(reply))
    room = LONGEST_COMMENT - len(head) - sum(len(line) + 1 for line in tail) - 1
    return "\n".join([head, _cut(_body(reply), max(room, 1)), *tail])


def conversation_text(reply: Message) -> str:
    """Return what stands in the source's conversation, which holds plain text only."""
    says_something = reply.text.strip() or reply.text_lost or not reply.media
    return "\n".join([*([_body(reply)] if says_something else []), *(_clean(media.url) for media in reply.media)])


def sender_shown(number: str, show: str) -> str:
    """Return a number as the administrator wants it shown; a short code or a name is nobody's secret."""
    if not number.startswith("+") or show == "full":
        return number
    return f"•••• {number[-3:]}" if show == "masked" else "the candidate"


def _body(reply: Message) -> str:
    if reply.text_lost:
        return f"(A reply came whose text can only be read in {reply.provider.capitalize()}'s console.)"
    return _clean(reply.text).strip() or "(no text)"


def _clean(text: str) -> str:
    """Drop what no database or JSON takes; line breaks and tabs stay."""
    kept = "".join(c for c in text.replace("\r\n", "\n") if c >= " " or c in "\n\t")
    return kept.encode("utf-8", "replace").decode()


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
