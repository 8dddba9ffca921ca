"""Options that most commands share, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

Mappings = Annotated[Path | None, typer.Option("--mappings", metavar="DIR", help="Folder of mapping files.")]
DatabaseUrl = Annotated[str | None, typer.Option("--database", metavar="URL", help="Database to use.")]
CompanyName = Annotated[str | None, typer.Option("--company", metavar="NAME", help="Only this company.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours.")]
LogLevel = Annotated[str | None, typer.Option("--log-level", metavar="LEVEL", help="debug, info, warning or error.")]


@dataclass(frozen=True)
class Options:
    """The shared options of one command. None: not given."""

    mappings: Path | None = None
    database: str | None = None
    company: str | None = None
    as_json: bool = False
    no_color: bool = False
    log_level: str | None = None
