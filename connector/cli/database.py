"""`connector db`: the database."""

from __future__ import annotations

import typer

from connector.cli.opening import open_database, read_settings
from connector.cli.options import AsJson, DatabaseUrl, LogLevel, Options
from connector.cli.output import print_json, say

app = typer.Typer(help="The database.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def db() -> None:
    """The database."""


@app.command()
def upgrade(database: DatabaseUrl = None, as_json: AsJson = False, log_level: LogLevel = None) -> None:
    """Create a missing database, or bring an older one up to date; every other command does so too."""
    settings = read_settings(Options(database=database, log_level=log_level))
    stores = open_database(settings)
    try:
        from connector.store.upgrade import HEAD

        if as_json:
            print_json({"step": HEAD, "copied_to": stores.copied_to})
        else:
            say(f"the database is at step {HEAD}")
    finally:
        stores.close()
