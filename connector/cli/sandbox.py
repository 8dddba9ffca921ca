"""`connector sandbox`: simulators of both platforms on this machine, to try the commands on."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.exits import FAULT, USAGE
from connector.cli.output import many, note, say

if TYPE_CHECKING:
    from connector.sandbox.world import World

#: what everybody answers to a text
_ANSWER = "Thanks! Thursday at ten works for me."
#: where the first people's conversations are about
_FIRST = ("po_17", "po_18", "po_19", "po_20", "po_21")


def sandbox(
    cord_port: Annotated[int, typer.Option("--cord-port", min=0, max=65535, help="Port of cord; 0: any.")] = 8201,
    pinpoint_port: Annotated[
        int, typer.Option("--pinpoint-port", min=0, max=65535, help="Port of Pinpoint; 0: any.")
    ] = 8202,
    faults: Annotated[float, typer.Option("--faults", min=0, max=1, help="Share of calls that go wrong.")] = 0.0,
    seed: Annotated[int, typer.Option("--seed", help="The same seed: the same people, ids, tokens, faults.")] = 1,
    people_every: Annotated[
        float, typer.Option("--people-every", metavar="S", min=0, help="Another conversation every S seconds; 0: none.")
    ] = 0.0,
    write: Annotated[
        Path | None, typer.Option("--write", metavar="DIR", help="Also write the mapping file into this folder.")
    ] = None,
) -> None:
    """The simulators alone, with a few invented people, until Ctrl-C. Needs no account and no network."""
    from connector.cli.stage import furnish
    from connector.sandbox.world import World

    world = World(seed, cord_port, pinpoint_port, texting=("twilio",), live_texting=True)
    furnish(world)
    for position_id in _FIRST:
        another_starts(world, position_id)
    if faults:
        world.faults.random(faults, seed)
    try:
        world.start()
    except OSError as error:
        note(f"a port is taken ({error.strerror or error}): choose others with --cord-port and --pinpoint-port")
        raise typer.Exit(FAULT) from None
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda _number, _frame: ended.set())
    try:
        _introduce(world, write)
        _serve(world, people_every, ended)
    finally:
        world.stop()


def another_starts(world: World, position_id: str) -> str:
    """Let another invented person accept a conversation; returns the start's id."""
    details = next(world.people).details()
    for number in details["phones"]:
        world.handsets.add(number, always=_ANSWER, answers_after_s=2.0)
    person = world.cord.add_person(**details)
    return world.cord.start_conversation(person, position_id)


def _introduce(world: World, folder: Path | None) -> None:
    from connector.cli.stage import COMPANY, mapping_text, secrets_of

    text = mapping_text(world, "5s", 1)
    say(f"# cord      {world.cord_url}  token {world.cord_token}")
    say(f"# Pinpoint  {world.pinpoint_url}  key {world.pinpoint_key}")
    say(f"# Twilio    {world.url_of('twilio')}")
    say("export " + " ".join(f"{name}={value}" for name, value in secrets_of(world).items()))
    if folder is None:
        say(f"\n# mappings/{COMPANY}.yaml")
        say(text)
    else:
        file = folder / f"{COMPANY}.yaml"
        if file.exists():
            note(f"{file} is there already and is left alone: name another folder")
            raise typer.Exit(USAGE)
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        say(f"export CONNECTOR_MAPPINGS={folder} CONNECTOR_DATABASE_URL=sqlite:///sandbox.db")
    note("in another terminal: the export line above, then `connector check`, `plan`, `sync`, `status`")
    note("Ctrl-C ends the sandbox; nothing is kept")


def _serve(world: World, people_every: float, ended: threading.Event) -> None:
    places = [position_id for position_id in world.cord.positions if position_id != "po_20"]
    number = 0
    while not ended.wait(people_every or None):
        start = another_starts(world, places[number % len(places)])
        number += 1
        applications = many(len(world.pinpoint.applications), "application")
        note(f"conversation {world.cord.conversation_of(start)} has started; Pinpoint holds {applications}")
