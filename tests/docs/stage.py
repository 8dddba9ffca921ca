"""A folder and a world in which what the pages say can be done."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

from connector.cli.sandbox import _FIRST, another_starts
from connector.cli.stage import COMPANY, furnish, mapping_text, secrets_of
from connector.sandbox.world import World
from tests.cli.desk import ROOT, Desk
from tests.docs.reading import Line

#: words in the output of a command without end that show that it is at work
SIGNS = {"run": '"started"', "sandbox": "Ctrl-C ends", "demo": "Two simulators"}
ADDRESS = "ana@example.com"
#: pace at which nobody waits
_SCALE = 200.0


class Stage(Desk):
    """What `connector sandbox` shows, with one more person whose address is known."""

    def __init__(self, world: World, folder: Path, *, fresh: bool = False) -> None:
        """`fresh`: as the sandbox begins; else one run has been made."""
        self.world, self.folder = world, folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")}
        mappings = "demo" if fresh else "mappings"
        self.environ = kept | {
            **secrets_of(world),
            "CONNECTOR_LISTEN": "",
            "CONNECTOR_LOG_FORMAT": "json",
            "CONNECTOR_MAPPINGS": mappings,
            "NO_COLOR": "1",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }
        furnish(world)
        self.starts_of = {position: another_starts(world, position) for position in _FIRST}
        file = folder / mappings / f"{COMPANY}.yaml"
        file.parent.mkdir()
        file.write_text(mapping_text(world, "1s", _SCALE), encoding="utf-8")
        if not fresh:
            person = next(world.people).details() | {"emails": [ADDRESS]}
            world.cord.start_conversation(world.cord.add_person(**person), "po_17")
            assert self.run("sync").returncode == 0

    def words(self, line: Line) -> list[str]:
        """Return the words of a line, with what stands in capitals replaced by what is there."""
        return [self._filled(word) for word in line.words()]

    def _filled(self, word: str) -> str:
        if word not in ("CONVERSATION", "START", "POSITION", "JOB", "ADDRESS", "EMAIL", "WHO", "ID", "DATE", "CODE"):
            return word
        by_hand, loose = self.starts_of["po_21"], self.starts_of["po_20"]
        simple = {"CONVERSATION": self.conversation(by_hand), "START": by_hand, "POSITION": "po_20", "JOB": "5101"}
        simple |= {"ADDRESS": ADDRESS, "EMAIL": ADDRESS, "WHO": ADDRESS, "DATE": "2026-01-01"}
        if word in simple:
            return simple[word]
        if word == "CODE":
            return "position_not_linked"
        matches = json.loads(self.run("explain", loose, "--json").stdout)["matches"]
        return str(next(match["id"] for match in matches if match["kind"] == "application"))

    def do(self, line: Line) -> subprocess.CompletedProcess[str]:
        """Run a line of a page; a command without end is stopped as soon as it is at work."""
        words = self.words(line)[1:]
        if words and words[0] in SIGNS and "--help" not in words:
            return self._for_a_while(words)
        target = None
        if ">" in words:
            target = self.folder / words[words.index(">") + 1]
            words = words[: words.index(">")]
        ended = self.run(*words)
        if target is not None:
            target.parent.mkdir(exist_ok=True)
            target.write_text(ended.stdout, encoding="utf-8")
        return ended

    def _for_a_while(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        name, folder = words[0], self.folder
        if name == "sandbox":
            # the ports of the page may be taken, and its folder holds our mapping already
            words = [*words, "--cord-port", "0", "--pinpoint-port", "0"]
            self.folder = folder / "elsewhere"
            self.folder.mkdir(exist_ok=True)
        process = self.start(*words)
        logs = [self.folder / "out.log", self.folder / "err.log"]
        self.folder = folder
        end = time.monotonic() + 60
        while not any(SIGNS[name] in log.read_text("utf-8") for log in logs) and time.monotonic() < end:
            if process.poll() is not None:
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        code = process.wait(60)
        out, err = (log.read_text("utf-8") for log in logs)
        # stopped before its end, which the page does not speak of
        return subprocess.CompletedProcess(words, 0 if code == 130 else code, out, err)


def missing(shown: list[str], printed: str) -> list[str]:
    """Return the lines that a page says are printed and are not; `…` stands for anything, blanks for any number."""
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    patterns = {line: ".*".join(map(re.escape, " ".join(line.split()).split("…"))) for line in shown}
    return [line for line, pattern in patterns.items() if not any(re.fullmatch(pattern, text) for text in lines)]
