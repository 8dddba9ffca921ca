"""The daemon as a process, as an operator starts it, and what can be seen of it from outside."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from connector.sandbox.world import World

ROOT = Path(__file__).resolve().parents[2]
JOB, POSITION = "5101", "po_17"

_MAPPING = """\
version: 1
company: {company}
default_region: GB
source: {{platform: cord, base_url: "{cord}", token: "${{CORD_TOKEN}}", rate_limits: [1000/1s]}}
ats: {{platform: pinpoint, url: "{pinpoint}", api_key: "${{{key}}}", rate_limits: [1000/1s]}}
forwarding: {{start: beginning, poll_every: 1s}}
jobs: {{poll_every: 1s, mirror: false}}
positions: [{{position: po_17, job: "5101"}}]
"""


class Ear:
    """What an address has heard."""

    def __init__(self) -> None:
        self.url, self.status = "", 200
        self.heard: list[tuple[str, str, bytes]] = []

    def take(self, method: str, path: str, body: bytes) -> None:
        self.heard.append((method, path, body))

    @property
    def messages(self) -> list[dict[str, Any]]:
        """What was posted."""
        return [json.loads(body) for method, _, body in self.heard if method == "POST"]

    @property
    def pings(self) -> list[str]:
        """Paths that were asked for."""
        return [path for method, path, _ in self.heard if method == "GET"]


def wait_until(condition: Callable[[], object], within_s: float = 60.0) -> None:
    """Wait until something is so; fails when it does not come."""
    latest = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < latest, "it did not come in time"
        time.sleep(0.1)


class Daemon:
    """`connector run` in a folder of its own. Companies share the world."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.process: subprocess.Popen[bytes] | None = None
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")},
            "PYTHONPATH": str(ROOT),
            "CORD_TOKEN": world.cord_token,
            "PINPOINT_KEY": world.pinpoint_key,
            "WRONG_KEY": "not-the-key-of-anybody",
            "CONNECTOR_LISTEN": "127.0.0.1:0",
            "CONNECTOR_LOG_FORMAT": "json",
        }
        world.pinpoint.add_job(id=JOB, title="Backend Engineer")
        world.cord.add_position(id=POSITION, title="Backend", linked_job=JOB)

    def map(self, company: str = "harbourline", key: str = "PINPOINT_KEY", **urls: str) -> None:
        """Write a company's mapping file."""
        addresses = {"cord": self.world.cord_url, "pinpoint": self.world.pinpoint_url} | urls
        (self.folder / "mappings").mkdir(exist_ok=True)
        text = _MAPPING.format(company=company, key=key, **addresses)
        (self.folder / "mappings" / f"{company}.yaml").write_text(text, encoding="utf-8")

    def begin(self, **environ: str) -> None:
        """Start it and wait until it listens."""
        with (self.folder / "err.log").open("ab") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "connector", "run"], cwd=self.folder, env=self.environ | environ, stderr=err
            )
        wait_until(lambda: self.log("start") or self._gone())

    def end(self) -> int:
        """Ask for an orderly end and wait for it."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(40)

    def log(self, action: str | None = None) -> list[dict[str, Any]]:
        """Return the lines of the log, each of which must be JSON, by `action`."""
        lines = (self.folder / "err.log").read_text("utf-8").splitlines()
        rows = [json.loads(line) for line in lines if line.strip()]
        return [row for row in rows if action in (None, row.get("action"))]

    def get(self, path: str) -> tuple[int, str]:
        """Ask the daemon; returns the status and the text."""
        address = urlsplit(self.log("start")[-1]["listening"])
        connection = http.client.HTTPConnection(str(address.hostname), address.port or 0, timeout=20)
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def ready(self) -> bool:
        return self.get("/readyz")[0] == 200

    def reasons(self) -> str:
        """Return why it is not ready, as one text."""
        return "; ".join(json.loads(self.get("/readyz")[1])["reasons"])

    def figures(self) -> dict[str, float]:
        """Return the figures by name with labels."""
        rows = [line for line in self.get("/metrics")[1].splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in (row.rpartition(" ") for row in rows)}

    def starts(self, number: int = 1) -> None:
        """Let invented people start conversations."""
        for _ in range(number):
            person = self.world.cord.add_person(**next(self.world.people).details())
            self.world.cord.start_conversation(person, POSITION)

    def applications(self) -> int:
        return len(self.world.pinpoint.applications)

    def _gone(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "err.log").read_text("utf-8")
        return False
