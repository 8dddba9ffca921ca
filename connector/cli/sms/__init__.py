"""The `connector sms` commands: text messages, as whoever sends and answers them sees them.

They are many, and reading them takes a tenth of the time that any command may take to begin. So they are read when one
of them is asked for.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import cached_property
from typing import Any

import typer.core


class Late(typer.core.TyperGroup):
    """The group; its commands are read on demand."""

    def __init__(self, **attributes: Any) -> None:
        # none are given: they are not known to the program's own list
        attributes.pop("commands", None)
        super().__init__(**attributes)
        del self.commands

    @cached_property
    def commands(self) -> MutableMapping[str, Any]:  # type: ignore[override]
        """Every command by its name."""
        from connector.cli.sms.group import app as group

        return typer.main.get_group(group).commands


app = typer.Typer(cls=Late, help="Text messages to and from candidates.", no_args_is_help=True, rich_markup_mode=None)
