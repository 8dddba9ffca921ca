"""What a reply of one word asks for: no more texts, texts again, or help.

Two things are apart. Vendors block the pair of numbers when the whole message is one of their words; `STOP PLEASE` is
none of them, and the vendor goes on delivering. The law looks at what the person meant: since 2025 the FCC takes any
reasonable wording as an opt-out. So a short list of phrases that leave no doubt counts here too, where the vendor has
blocked nothing and only our own suppression keeps the person from the next text.

The line is drawn at whole messages. A sentence that has `stop` in it, or a wish that may be about the application and
not about texts (`please cancel`, `can we end earlier`), is a reply for a human to read. English only: other languages
come through the vendors' own flags.
"""

from __future__ import annotations

import re
import unicodedata

from connector.domain.texts import Opt

#: Twilio's `OptOutType` and Plivo's `MessageIntent`, folded, and what an adapter has made of them
_FLAGS = {
    "stop": Opt.OUT,
    "optout": Opt.OUT,
    Opt.OUT.value: Opt.OUT,
    "start": Opt.IN,
    "optin": Opt.IN,
    Opt.IN.value: Opt.IN,
    Opt.HELP.value: Opt.HELP,
}
#: words that vendors act on when they are the whole message
_STOP = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
_START = {"start", "yes", "unstop"}
_HELP = {"help", "info"}

#: those that can't be about an interview, so that they stand a `please` beside them
_CLEAR = {"stop", "stopall", "stop all", "unsubscribe", "optout", "opt out"}
_COURTESY = re.compile(r"^(?:please|pls|plz) | (?:please|pls|plz|thanks|thank you|thx)$")
#: whole messages that can only be about texts
_PHRASES = {
    "stop texting",
    "stop texting me",
    "stop messaging me",
    "stop sending me texts",
    "stop sending me messages",
    "stop sending texts",
    "stop sending messages",
    "stop these texts",
    "stop these messages",
    "do not text me",
    "do not text me again",
    "dont text me",
    "dont text me again",
    "dont text me anymore",
    "no more texts",
    "no more messages",
    "unsubscribe me",
    "opt me out",
    "i want to opt out",
    "i want to unsubscribe",
    "remove my number",
}
#: what may stand around a word that brings texts back
_QUIET = set(" .!'\"‘’“”")


def intent_of(text: str, vendor_flag: Opt | str | None = None) -> Opt | None:
    """Return what a reply asks for, None if it is an ordinary one. The reply itself is mirrored either way.

    A vendor's flag wins over the text: the vendor has acted on it, in languages that we do not read. A flag that is
    empty or not known says nothing. Case, white space, and marks around the word do not matter, with two limits: a
    question mark makes a question of everything but HELP, and only full stops, exclamation marks and quotes may stand
    around a word that opts in, because that is what must not happen by mistake.

    YES answers other questions too. Ask `changes` before acting.
    """
    flag = _FLAGS.get((vendor_flag or "").strip().casefold())
    if flag:
        return flag
    words, around, asks = _read(text)
    if words in _HELP:
        return Opt.HELP
    if asks:
        return None
    if _opts_out(words):
        return Opt.OUT
    if words in _START and around <= _QUIET:
        return Opt.IN
    return None


def changes(opt: Opt | None, opted_out: bool) -> bool:
    """Return whether that changes what holds for a person: YES from somebody who gets texts is only an answer."""
    return (opt is Opt.OUT and not opted_out) or (opt is Opt.IN and opted_out)


def vendor_acts_on(text: str) -> bool:
    """Return whether the whole message is a word on which vendors themselves block or unblock the pair of numbers.

    False beside an opt-out means that our suppression is the only one.
    """
    return text.strip().casefold() in _STOP | _START


def _opts_out(words: str) -> bool:
    return words in _STOP | _CLEAR | _PHRASES or _COURTESY.sub("", words) in _CLEAR | _PHRASES


def _read(text: str) -> tuple[str, set[str], bool]:
    """Return the words in one plain form, the marks around them, and whether a question is asked."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(c for c in plain if unicodedata.category(c) != "Cf")
    match = re.fullmatch(r"([\W_]*)(.*?)([\W_]*)", plain, re.DOTALL)
    before, core, after = match.groups() if match else ("", plain, "")
    words = re.sub(r"[\W_]+", " ", re.sub(r"['’‘]", "", core))
    around = {" " if c.isspace() else c for c in before + after}
    return words, around, bool(set(plain) & set("?¿؟"))
