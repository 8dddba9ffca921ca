"""A company whose text messages have gone to and fro, failed, waited and been refused."""

from __future__ import annotations

from pathlib import Path

from connector.sandbox.world import World
from tests.cli.text_desk import ANA, BO, TextDesk

EMAIL = "ana@example.com"
#: of somebody whose phone takes no texts, and of somebody whom Twilio refuses
LANDLINE, REFUSED, UNKNOWN = "+447700900200", "+447700900300", "+447700900400"


class TextStage(TextDesk):
    """Runs commands of that company; `filled` gives what stands for words in capitals."""

    def __init__(self, world: World, folder: Path) -> None:
        names = {"master_account_sid": "${TWILIO_ACCOUNT_SID}", "master_auth_token": "${TWILIO_AUTH_TOKEN}"}
        super().__init__(world, folder)
        self.text_map(
            accounts={"twilio": names},
            segment_balance=100,
            templates=[{"name": "hi", "text": "it’s on"}, {"name": "link", "text": "{{application.magic_link}}"}],
        )
        self.person = self.applicant(emails=[EMAIL])
        self.text(self.person)
        self._failures()
        self.replies("Yes")
        self.replies("Who is this?", UNKNOWN)
        self.text(BO)
        self.replies("STOP", BO)

    def _failures(self) -> None:
        self.world.handsets.add(LANDLINE, fate="landline")
        self.text(LANDLINE)
        self.vendor.deliver_all()
        self.silence_over()
        self.world.texting["twilio"].not_mobile.add(REFUSED)  # type: ignore[attr-defined]
        self.text(REFUSED)

    def filled(self, word: str) -> str:
        """Return what stands for a word."""
        if word == "MESSAGE":
            return str(self.inbox("--unmatched")[0]["id"])
        known = {"WHO": self.person, "APPLICATION": self.person, "NUMBER": ANA, "PROVIDER": "clicksend", "EMAIL": EMAIL}
        return known.get(word, word)
