"""The entry point: the commands by name, and what becomes of errors that nobody has caught."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from connector.cli import (
    audit,
    backfill,
    check,
    config,
    daemon,
    database,
    demo,
    exits,
    failures,
    history,
    importing,
    links,
    lists,
    people,
    plan,
    privacy,
    sandbox,
    sms,
    status,
    sync,
)
from connector.cli.output import note, say

app = typer.Typer(
    name="connector",
    help="Forwards started conversations from cord to Pinpoint: exactly one application each, or an explained fault.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 all well, 1 something is quarantined, 2 usage, 69 a platform is unreachable, 75 something "
    "waits or is unknown, 77 key refused, 78 mapping or settings wrong, 130/143 interrupted.",
)

for command in (
    demo.demo,
    check.check,
    plan.plan,
    sync.sync,
    daemon.run,
    people.send,
    backfill.backfill,
    audit.audit,
    status.status,
    people.explain,
    history.history,
    failures.failures,
    failures.retry,
    failures.drop,
    lists.positions,
    lists.jobs,
    links.link,
    links.unlink,
    importing.import_job,
    privacy.forget,
    privacy.export,
    sandbox.sandbox,
):
    app.command()(command)
app.add_typer(sms.app, name="sms")
app.add_typer(config.app, name="config")
app.add_typer(database.app, name="db")


def _version(wanted: bool) -> None:
    if wanted:
        say(f"connector {version()}")
        raise typer.Exit


def version() -> str:
    """Return the installed version."""
    from importlib import metadata

    try:
        return metadata.version("cord-pinpoint-connector")
    except metadata.PackageNotFoundError:
        return "not installed"


@app.callback()
def options(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Forwards started conversations from cord to Pinpoint: exactly one application each, or an explained fault."""


def main() -> None:
    """Run the command of the command line."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. What goes wrong is one line or a few, never a traceback."""
    if any("\udc80" <= character <= "\udcff" for argument in arguments for character in argument):
        # bytes that are no text: no id, path or address of ours holds any, and they can be neither stored nor sent
        note("the command line holds bytes that are not UTF-8")
        return exits.USAGE
    try:
        app(list(arguments), prog_name="connector")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else exits.OK if ended.code is None else exits.FAULT
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last place: an operator reads a line, not a stack
        return _failed(error, "debug" in _level(arguments))
    return exits.OK


def _failed(error: Exception, with_traceback: bool) -> int:
    from connector.config.problems import ConfigProblems
    from connector.domain.errors import ConnectorError

    if isinstance(error, ConnectorError | ConfigProblems):
        for line in exits.told(error):
            note(line)
        return exits.code_of(error)
    import traceback

    from connector.rest.redaction import redact

    if with_traceback:
        note(redact("".join(traceback.format_exception(error))))
    note(f"this is a bug of the connector: {type(error).__name__}: {redact(str(error))[:300]}")
    note("run the command again with --log-level debug and report what it prints")
    return exits.FAULT


def _level(arguments: Sequence[str]) -> str:
    import os

    asked = [arguments[i + 1] for i, a in enumerate(arguments[:-1]) if a == "--log-level"]
    asked += [a.partition("=")[2] for a in arguments if a.startswith("--log-level=")]
    return (asked or [os.environ.get("CONNECTOR_LOG_LEVEL", "")])[-1].lower()
