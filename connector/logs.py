"""Logging: structlog and the standard library through one handler on standard error, masked line by line."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

from connector.rest.redaction import redact_event

#: libraries that say at INFO what only a debugger wants, and at DEBUG what nobody may read
QUIET = ("httpx2", "httpcore2", "apscheduler", "uvicorn", "pypdf", "filelock", "alembic", "sqlalchemy")


def set_up(level: str, form: str = "auto") -> None:
    """Write what is at least as urgent as `level`: `text`, `json`, or `auto` (text on a terminal). Twice is safe."""
    import structlog

    threshold = getattr(logging, level.upper())
    stamped: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*stamped, structlog.stdlib.add_logger_name],
        # masked last: nothing between here and the stream adds a word
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact_event, _renderer(form)],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(threshold)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))
    # it warns of every poll that is passed over, which our own scheduler says better
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    structlog.configure(
        processors=[*stamped, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _renderer(form: str) -> Any:
    import structlog

    if form == "json" or (form == "auto" and not sys.stderr.isatty()):
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty() and "NO_COLOR" not in os.environ)
