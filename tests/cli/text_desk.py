"""A desk with SMS accounts at simulators, people who can be texted, and replies without waiting for callbacks."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from connector.sandbox.texting.vendor import TextVendor
from connector.sandbox.world import World
from tests.cli.desk import Desk
from tests.flows.text_scene import NUMBERS, OURS, accounts

#: numbers reserved for fiction
ANA, BO = "+447700900123", "+447700900456"
HELLO = "Hello from Harbourline"

__all__ = ["ANA", "BO", "HELLO", "OURS", "TextDesk"]


class TextDesk(Desk):
    """Runs commands of a company that sends through the first vendor of its world."""

    def __init__(self, world: World, folder: Path, **sms: Any) -> None:
        self._written, secrets = accounts(world)
        for account in self._written.values():
            # whoever polls here polls a simulator
            account["rate_limits"] = ["1000/1s"]
        for name, vendor in world.texting.items():
            for number in NUMBERS[name]:
                vendor.add_number(number)
        super().__init__(world, folder)
        self.environ |= secrets
        self.text_map(**sms)

    @property
    def vendor(self) -> TextVendor:
        """The vendor that messages leave through at first."""
        return next(iter(self.world.texting.values()))

    def text_map(self, accounts: Mapping[str, Mapping[str, Any]] | None = None, **sms: Any) -> Path:
        """Write the mapping file with an `sms` section; `accounts` changes fields of accounts."""
        file = self.map()
        written = {name: account | dict((accounts or {}).get(name, {})) for name, account in self._written.items()}
        sms.setdefault("provider", next(iter(self.world.texting)))
        lines = "".join(f"  {key}: {json.dumps(value)}\n" for key, value in sms.items())
        section = f"sms:\n  # ours\n{lines}  providers: {json.dumps(written)}\n"
        file.write_text(file.read_text("utf-8") + section, "utf-8")
        return file

    def applicant(self, phone: str = ANA, position: str = "po_17", **details: Any) -> str:
        """Let somebody with this number start and be sent; returns the start's id."""
        start = self.starts(position, phones=[phone], **details)
        assert self.run("sync").returncode == 0
        return start

    def application(self, start: str) -> str:
        """Return the application's id of a start that was sent."""
        matches = self.json("explain", start)["matches"]
        return str(next(match["remote_id"] for match in matches if match["kind"] == "application"))

    def text(self, who: str, *arguments: str, text: str = HELLO) -> Any:
        """Send a text and return the document."""
        return self.json("sms", "send", who, "--text", text, "--yes", *arguments)

    def replies(self, text: str, sender: str = ANA, to: str = OURS) -> None:
        """Let a text come in, and be read by a poll."""
        self.vendor.receive(sender, to, text, callback=False)
        assert self.run("sync").returncode in (0, 75)

    def inbox(self, *arguments: str) -> list[dict[str, Any]]:
        """Return what `sms inbox` shows."""
        return list(self.json("sms", "inbox", *arguments)["inbox"])

    def silence_over(self) -> None:
        """Let the time pass after which a message without a last word is asked about."""
        with closing(sqlite3.connect(self.folder / "connector.db")) as database:
            database.execute("UPDATE message SET next_look = created_at WHERE next_look IS NOT NULL")
            database.commit()
        assert self.run("sync").returncode in (0, 75)
