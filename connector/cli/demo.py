"""`connector demo`: both platforms simulated on this machine, the daemon between them, and people arriving."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from connector.cli import exits
from connector.cli.options import LogLevel, NoColor
from connector.cli.output import Paint, say

if TYPE_CHECKING:
    from connector.cli.cast import Part
    from connector.domain.actions import Item
    from connector.flows.company import Company
    from connector.sandbox.world import World

#: how many times as fast the simulators' rate limits run
_SCALE = 60.0
#: whoever has not arrived by then has not arrived
_PATIENCE_S = 20.0
#: between two people, so that a reader can follow
_PAUSE_S = 0.5
COLOURS = {"done": "green", "parked": "yellow", "unknown": "magenta", "quarantined": "red", "waiting": "yellow"}
#: steps that a reader need not see
_SMALL = ("recorded", "send", "created_unchecked", "asked")
#: invented numbers come from the ranges for fiction: true of everybody here, and so of no interest
_DULL = "phone_unverified"


def demo(no_color: NoColor = False, log_level: LogLevel = None) -> None:
    """See it work: invented people start conversations in cord and arrive in Pinpoint, once each. Needs no account."""
    import tempfile

    from connector.cli.cast import parts
    from connector.cli.judge import judge
    from connector.cli.letters import Letters
    from connector.cli.stage import furnish
    from connector.logs import set_up
    from connector.sandbox.world import World

    set_up(log_level or "error")
    paint = Paint(no_color)
    with (
        World(scale=_SCALE, texting=("twilio",), live_texting=True) as world,
        tempfile.TemporaryDirectory(prefix="connector-demo-") as folder,
    ):
        furnish(world)
        say("Simulators on this machine stand in for cord, Pinpoint and Twilio; the daemon runs between them.")
        say(
            f"  cord {world.cord_url}   Pinpoint {world.pinpoint_url}   Twilio {world.url_of('twilio')}   data {folder}"
        )
        cast = parts()
        with _daemon(world, Path(folder)) as company:
            show = Show(world, company, cast, paint)
            show.play()
            say()
            well = judge(world, company, cast, paint)
            well = Letters(world, company, cast, paint).play() and well
    _farewell(paint)
    raise typer.Exit(exits.OK if well else exits.FAULT)


@contextmanager
def _daemon(world: World, folder: Path) -> Iterator[Company]:
    """Run what `connector run` runs, on a mapping and a database of its own."""
    from connector.app import build_company, open_stores, polls_of
    from connector.cli.stage import COMPANY, mapping_text, secrets_of
    from connector.config.loading import load_mappings
    from connector.scheduler import Scheduler

    (folder / "mappings").mkdir()
    (folder / "mappings" / f"{COMPANY}.yaml").write_text(mapping_text(world, "1s", _SCALE), encoding="utf-8")
    (mapping,) = load_mappings(folder / "mappings", environ=secrets_of(world))
    stores = open_stores(f"sqlite:///{folder / 'connector.db'}")
    stop = threading.Event()
    company = build_company(mapping, stores, stop=stop)
    scheduler = Scheduler(polls_of(mapping, company), stop)
    scheduler.start()
    try:
        yield company
    finally:
        scheduler.shutdown(5.0)
        stores.close()


class Show:
    """Lets people appear one after the other, and prints what the ledger says becomes of them."""

    def __init__(self, world: World, company: Company, cast: Sequence[Part], paint: Paint) -> None:
        self._world, self._company, self._cast, self._paint = world, company, cast, paint
        self._began = time.monotonic()
        #: how many events of each item have been printed
        self._printed: dict[int, int] = {}

    def play(self) -> None:
        """Play every part, then wait until everybody stands where the ledger leaves them."""
        # the fault is planned for the next application: whoever it is meant for appears when the others are through
        *most, last = self._cast
        for part in most:
            self._enter(part)
            self._watch(_PAUSE_S)
        self._wait_for(most)
        for part in self._cast:
            if part.by_hand:
                self._by_hand(part)
        self._enter(last)
        self._wait_for([last])

    def _enter(self, part: Part) -> None:
        part.begin(self._world)
        self._line(part.name, "starts", "cyan", f"{', '.join(part.positions)}: {part.story}")

    def _by_hand(self, part: Part) -> None:
        from connector.flows.send import find_starts, send

        conversation = self._world.cord.conversation_of(part.starts[0])
        self._line(part.name, "by hand", "cyan", f"connector send {conversation}")
        send(self._company, find_starts(self._company, conversation))
        self._print_news()

    def _wait_for(self, cast: Sequence[Part]) -> None:
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            self._print_news()
            items = [item for part in cast for item in self._items(part)]
            if len(items) == sum(len(p.starts) for p in cast) and all(i.state.value in _RESTS for i in items):
                return
            time.sleep(0.1)

    def _watch(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._print_news()
            time.sleep(0.1)

    def _items(self, part: Part) -> list[Item]:
        items = [i for start in part.starts for i in self._company.actions.of_start(self._company.name, start)]
        return [item for item in items if item.kind.value == "application"]

    def _print_news(self) -> None:
        """Print what the ledger has written since the last look."""
        from connector.flows.inquiry import with_history

        for part in self._cast:
            for match in with_history(self._company, self._items(part)):
                seen = self._printed.get(match.item.id, 0)
                self._printed[match.item.id] = len(match.events)
                for event in match.events[seen:]:
                    if event.reason not in _SMALL and event.state != "planned":
                        self._event(part, match.item, event.state, event.reason, event.note)

    def _event(self, part: Part, item: Item, state: str, reason: str, note: str) -> None:
        from connector.cli.people import noted
        from connector.domain.reasons import words

        job = f"job {item.job_id}: " if item.job_id else ""
        told = noted(",".join(part for part in note.split(",") if part != _DULL))
        beside = f" ({told})" if told else ""
        self._line(part.name, state, COLOURS.get(state), f"{job}{words(reason)}{beside}")

    def _line(self, name: str, what: str, colour: str | None, text: str) -> None:
        passed = time.monotonic() - self._began
        say(f"{passed:5.1f} s  {name:22.22}  {self._paint(f'{what:11}', colour)}  {text}")


_RESTS = ("done", "parked", "quarantined", "closed")


def _farewell(paint: Paint) -> None:
    say()
    say(paint("What to try next", bold=True))
    for command, what in (
        (
            "connector sandbox --write demo",
            "the same simulators to keep, with a mapping file for them; then, beside it:",
        ),
        ("connector check", "is everything set up?"),
        ("connector plan", "what would be sent, and what it costs in calls"),
        ("connector sync", "do it once"),
        ("connector explain WHO", "why somebody is, or is not, in Pinpoint"),
        ("connector sms inbox", "what candidates have answered"),
        ("connector run", "the daemon"),
    ):
        say(f"  {command:32}{what}")
