"""The `sms` group: its commands by name."""

from __future__ import annotations

import typer

from connector.cli.sms import accounts, inbox, optouts, outcomes, provisioning, sending, switching

app = typer.Typer(rich_markup_mode=None)

app.command()(sending.send)
app.command()(inbox.inbox)
app.command()(inbox.thread)
app.command()(inbox.assign)
app.command()(accounts.templates)
app.command()(accounts.numbers)
app.command("test")(sending.try_out)
app.command()(accounts.balance)
app.command()(outcomes.failures)
app.command()(outcomes.report)
app.command()(optouts.optouts)
app.command()(switching.use)
app.command()(switching.on)
app.command()(switching.off)
app.command()(provisioning.provision)
