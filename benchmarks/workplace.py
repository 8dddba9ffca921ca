"""A folder with a mapping and a database, and the connector at work in it, as a process would begin."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import structlog

from benchmarks.outside import JOB, POSITION, Address
from connector.app import BUDGET_WAIT_S, Stores, build_company, open_stores
from connector.config.loading import load_mappings
from connector.flows.company import Company
from connector.rest.calls import CallSeen, Tuning
from connector.rest.redaction import redact_event

COMPANY = "harbourline"

#: so wide that nobody waits; long enough for leases of 0.25 s, which those of the vendors' own windows last too
WIDE = ("[3000/10s]", "[2400/10s]")
#: the vendors' own
REAL = ("[5/1s]", "[120/60s, 240/480s]")

_MAPPING = """\
version: 1
company: {company}
default_region: GB
source: {{platform: cord, base_url: "{address.cord_url}", token: "${{CORD_TOKEN}}", rate_limits: {cord}{signed}}}
ats: {{platform: pinpoint, url: "{address.pinpoint_url}", api_key: "${{PINPOINT_KEY}}", rate_limits: {pinpoint}}}
forwarding: {{start: beginning, max_new_per_run: 100000{rarely}}}
positions: {positions}
"""


def furnish(
    folder: Path, address: Address, limits: tuple[str, str] = WIDE, *, linked: bool = True, called: bool = False
) -> None:
    """Write the mapping of the one company; one that cord calls polls so rarely that no poll helps."""
    text = _MAPPING.format(
        company=COMPANY,
        address=address,
        cord=limits[0],
        pinpoint=limits[1],
        positions=f'[{{position: {POSITION}, job: "{JOB}"}}]' if linked else "[]",
        signed=', webhook_secret: "${CORD_HOOK}"' if called else "",
        rarely=", poll_every: 1h" if called else "",
    )
    mappings = folder / "mappings"
    mappings.mkdir(parents=True, exist_ok=True)
    (mappings / f"{COMPANY}.yaml").write_text(text, encoding="utf-8")


@contextmanager
def at_work(
    folder: Path,
    address: Address,
    tuning: Tuning | None = None,
    secrets: Mapping[str, str] | None = None,
    on_call: Callable[[CallSeen], None] | None = None,
) -> Iterator[tuple[Company, Stores]]:
    """Open what `furnish` wrote, as a command does; the log goes to a file, masked, at its usual level."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            redact_event,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory((folder / "log").open("a", encoding="utf-8")),
    )
    environ = {"CORD_TOKEN": address.token, "PINPOINT_KEY": address.key, **(secrets or {})}
    (mapping,) = load_mappings(folder / "mappings", environ=environ)
    stores = open_stores(f"sqlite:///{folder / 'connector.db'}")
    try:
        tuning = tuning or Tuning(budget_wait_s=BUDGET_WAIT_S)
        yield build_company(mapping, stores, tuning=tuning, on_call=on_call), stores
    finally:
        stores.close()
