"""The `sms` group: its commands by name."""

from __future__ import annotations

import typer

from connector.cli.sms import accounts, inbox, optouts, outcomes, provisioning, sending, switching

app = typer.Typer(help="Text messages to and from candidates.", no_args_is_help=True, rich_markup_mode=None)

for command in (
    sending.send,
    inbox.inbox,
    inbox.thread,
    inbox.assign,
    accounts.templates,
    accounts.numbers,
):
    app.command()(command)
app.command("test")(sending.try_out)
for command in (
    accounts.balance,
    outcomes.failures,
    outcomes.report,
    optouts.optouts,
    switching.use,
    switching.on,
    switching.off,
    provisioning.provision,
):
    app.command()(command)
