"""The demo's second act: a text is sent, its reply is copied to both sides, and a STOP is heeded."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from connector.cli.output import Paint, say

if TYPE_CHECKING:
    from connector.cli.cast import Part
    from connector.flows.company import Company
    from connector.sandbox.texting import Handset
    from connector.sandbox.world import World

#: whatever has not arrived by then has not arrived
_PATIENCE_S = 20.0
_YES, _STOP = "Thursday at ten works for me", "Stop"


class Letters:
    """Texts to the first two people of the cast, who answer by themselves; the daemon does the rest."""

    def __init__(self, world: World, company: Company, cast: Sequence[Part], paint: Paint) -> None:
        self._world, self._company, self._paint = world, company, paint
        self._willing, self._unwilling = [part for part in cast if part.jobs and part.phone][:2]
        self._amiss: list[str] = []

    def play(self) -> bool:
        """Play, and compare what both sides hold with what was promised; returns whether every promise was kept."""
        say()
        say(self._paint("Text messages, through the simulator of Twilio", bold=True))
        yes, stop = self._phone(self._willing, _YES), self._phone(self._unwilling, _STOP)
        for part in (self._willing, self._unwilling):
            self._send(part)
        self._await("the texts arrive", lambda: bool(yes.texts and stop.texts))
        self._show(self._willing, f"answers: {_YES}")
        self._copied(self._willing, _YES)
        self._show(self._unwilling, f"answers: {_STOP}")
        self._copied(self._unwilling, _STOP)
        self._refused(self._unwilling)
        if len(yes.texts) != 1 or len(stop.texts) != 1 or stop.texts_after_stop:
            self._amiss.append("somebody got more than the one text that was sent")
        for line in self._amiss:
            say(self._paint(f"not as promised: {line}", "red"))
        if not self._amiss:
            say(
                self._paint(
                    "2 texts sent, 2 replies copied to both sides, once each; 1 opt-out heeded", "green", bold=True
                )
            )
        return not self._amiss

    def _phone(self, part: Part, answer: str) -> Handset:
        return self._world.handsets.add(part.phone, [answer])

    def _send(self, part: Part) -> None:
        from connector.flows.writing import find_recipient, preview, send_text

        recipient = find_recipient(self._company, part.starts[0])
        shown = preview(self._company, recipient, template="first_call")
        item = send_text(self._company, recipient, template="first_call")
        self._show(part, f"is sent: {shown.text} ({shown.encoding}, {shown.segments} segment)", item.state.value)

    def _copied(self, part: Part, text: str) -> None:
        """Wait until the reply stands on both sides, and say how it reads there."""
        conversation = self._world.cord.conversations[self._world.cord.conversation_of(part.starts[0])]

        def comments() -> list[str]:
            found = [str(each.attributes["body_text"]) for each in self._world.pinpoint.comments]
            return [each for each in found if text in each]

        def copies() -> list[str]:
            return [each.body for each in conversation.messages if each.channel == "sms"]

        self._await(f"{part.name}'s reply stands on both sides", lambda: bool(comments() and copies()))
        if len(comments()) != 1 or copies() != [text]:
            self._amiss.append(f"{part.name}'s reply stands {len(comments())} and {len(copies())} times")
        for comment in comments()[:1]:
            say("             Pinpoint has the comment:")
            for line in comment.splitlines():
                say(f"               {self._paint(line, 'bright_black')}")
            say("             cord has it in the conversation, as received by SMS")

    def _refused(self, part: Part) -> None:
        from connector.domain.reasons import words
        from connector.flows.writing import NotSendable, find_recipient, send_text

        try:
            send_text(self._company, find_recipient(self._company, part.starts[0]), template="first_call")
        except NotSendable as error:
            self._show(part, f"is not texted again: {words(error.reason)}")
            if error.reason != "opted_out":
                self._amiss.append("the second text was refused for another reason than the opt-out")
        else:
            self._amiss.append("a text was sent after a STOP")

    def _show(self, part: Part, text: str, state: str = "") -> None:
        from connector.cli.demo import COLOURS

        say(f"  {part.name:22.22} {self._paint(text, COLOURS.get(state))}")

    def _await(self, what: str, is_so: Callable[[], bool]) -> None:
        until = time.monotonic() + _PATIENCE_S
        while not is_so():
            if time.monotonic() > until:
                self._amiss.append(f"not within {_PATIENCE_S:.0f} s: {what}")
                return
            time.sleep(0.05)
