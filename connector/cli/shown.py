"""`connector config show`: every setting as it is in force, redacted, and where each value came from."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli.opening import read_settings
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, print_json, say, table

if TYPE_CHECKING:
    from connector.config.origins import Shown


def show(
    set_only: Annotated[bool, typer.Option("--set", help="Leave out what is at its default.")] = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Print the settings in force and the mappings, without secrets, and where each value came from."""
    import os

    from connector.config.environment import read_environment
    from connector.config.loading import load_mappings
    from connector.config.origins import mapping_shown, settings_shown

    settings = read_settings(Options(mappings, database, company, as_json, no_color, log_level))
    flags = {"mappings": mappings, "database_url": database, "log_level": log_level}
    environ = read_environment()
    groups: list[tuple[str, str | None, list[Shown]]] = [
        ("settings", None, settings_shown(settings, flags, os.environ))
    ]
    for mapping in load_mappings(settings.mappings, company):
        groups.append((mapping.company, str(mapping.file), mapping_shown(mapping, environ, os.environ)))
    if set_only:
        groups = [(name, file, [one for one in shown if one.kind != "default"]) for name, file, shown in groups]
    if as_json:
        print_json(_as_document(groups))
        return
    paint = Paint(no_color)
    for name, file, shown in groups:
        say(paint(f"{name} ({file})" if file else name, bold=True))
        rows = [(one.name, _spelled(one.value), _came_from(one)) for one in shown]
        for line in table(("name", "value", "from"), rows)[1:]:
            say(f"  {line}")


def _as_document(groups: list[tuple[str, str | None, list[Shown]]]) -> dict[str, Any]:
    (_, _, settings), *companies = groups
    return {
        "settings": [asdict(one) for one in settings],
        "companies": [
            {"company": name, "file": file, "values": [asdict(one) for one in shown]} for name, file, shown in companies
        ],
    }


def _spelled(value: object) -> str:
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _came_from(one: Shown) -> str:
    return f"{one.origin}; its value from {one.secret_from}" if one.secret_from else one.origin
