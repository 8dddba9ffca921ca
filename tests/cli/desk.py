"""A place to run the commands from: a folder with a mapping, a database, and the world that they talk to."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import structlog

from connector.cli.main import run
from connector.sandbox.world import World

ROOT = Path(__file__).resolve().parents[2]

MAPPING = """\
version: 1
company: {company}
default_region: GB
source: {{platform: cord, base_url: "{cord}", token: "${{CORD_TOKEN}}", rate_limits: [1000/1s]}}
ats: {{platform: pinpoint, url: "{pinpoint}", api_key: "${{PINPOINT_KEY}}", rate_limits: [1000/1s]}}
forwarding: {{start: beginning, poll_every: 1s, {forwarding}}}
jobs: {{poll_every: 1s}}
positions: [{positions}]
"""


@contextlib.contextmanager
def logging_restored() -> Iterator[None]:
    """Give the test runner its own logging back: a command sets up one of its own."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    try:
        yield
    finally:
        root.handlers = handlers
        root.setLevel(level)
        structlog.reset_defaults()


class Desk:
    """Runs commands, in this process (`run`, quick) or in one of their own (`process`, `start`)."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")},
            "PYTHONPATH": str(ROOT),
            "CORD_TOKEN": world.cord_token,
            "PINPOINT_KEY": world.pinpoint_key,
            "CONNECTOR_LISTEN": "",
            "NO_COLOR": "",
        }
        world.pinpoint.add_job(id="5101", title="Backend Engineer")
        world.pinpoint.add_job(id="5102", title="Site Reliability Engineer", require_phone=True)
        world.cord.add_position(id="po_17", title="Backend", linked_job="5101")
        world.cord.add_position(id="po_18", title="Reliability", linked_job="5102")
        world.cord.add_position(id="po_19", title="Designer")
        self.map()

    def map(self, company: str = "harbourline", forwarding: str = "", positions: str = "", **urls: str) -> Path:
        """Write a company's mapping file."""
        file = self.folder / "mappings" / f"{company}.yaml"
        file.parent.mkdir(exist_ok=True)
        addresses = {"cord": self.world.cord_url, "pinpoint": self.world.pinpoint_url} | urls
        text = MAPPING.format(company=company, forwarding=forwarding, positions=positions, **addresses)
        file.write_text(text, encoding="utf-8")
        return file

    def starts(self, position: str = "po_17", **changes: Any) -> str:
        """Let another invented person start a conversation; returns the start's id."""
        person = self.world.cord.add_person(**(next(self.world.people).details() | changes))
        return self.world.cord.start_conversation(person, position)

    def conversation(self, start: str) -> str:
        """Return the conversation of a start."""
        return self.world.cord.conversation_of(start)

    def command(self, *arguments: str) -> list[str]:
        """Return a command as a list for a process."""
        return [sys.executable, "-m", "connector", *arguments]

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, in this process."""
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self.environ | environ, clear=True),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            logging_restored(),
        ):
            code = run(arguments)
        return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())

    def process(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, in a process of its own."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environ | environ,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """Start a command; its output goes to `out.log` and `err.log`."""
        with (self.folder / "out.log").open("w") as out, (self.folder / "err.log").open("w") as err:
            return subprocess.Popen(
                self.command(*arguments), cwd=self.folder, env=self.environ | environ, stdout=out, stderr=err, text=True
            )

    def json(self, *arguments: str, **environ: str) -> Any:
        """Run a command with --json and return its document."""
        ended = self.run(*arguments, "--json", **environ)
        document = json.loads(ended.stdout)
        assert document["version"] == 1
        return document

    def addresses(self) -> list[str]:
        """Return every address in Pinpoint, one for each application."""
        return sorted(str(a.attributes["email"]) for a in self.world.pinpoint.applications)
