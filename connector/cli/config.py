"""`connector config`: what is in force, and what helps to write a mapping file."""

from __future__ import annotations

import typer

from connector.cli import shown
from connector.cli.output import say

app = typer.Typer(
    help="What is in force, and what helps to write a mapping file.", no_args_is_help=True, rich_markup_mode=None
)


app.command()(shown.show)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a mapping file, for editors."""
    import json

    from connector.config.schema import mapping_schema

    say(json.dumps(mapping_schema(), ensure_ascii=False, indent=2))


@app.command()
def example() -> None:
    """Print a mapping file to copy, with a comment on every line."""
    from connector.config.schema import example_text

    say(example_text().rstrip("\n"))
