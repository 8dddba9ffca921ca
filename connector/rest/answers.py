"""Reads a reply for what it means to the caller: data, or which of the domain's errors.

The same reply means different things to different kinds of calls. A 500, a cut body or a page of HTML with status
200 is a nuisance to a READ; after a WRITE it means that nobody knows what happened.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connector.domain.errors import OutcomeUnknown, PlatformError, RateLimited, Unwell, WireError
from connector.rest.calls import Answer, Kind, Refuse, Throttled, Tuning
from connector.rest.redaction import excerpt
from connector.rest.retry import AskedToWait, parse_retry_after
from connector.rest.transport import Reply

#: 4xx that say nothing about the request itself: it came too slowly (408), or too early in TLS (425)
_NOT_REFUSALS = (408, 425)


@dataclass(frozen=True)
class AnswerReader:
    """Knows a platform's media types and what its 4xx mean."""

    platform: str
    accept: tuple[str, ...]
    refuse: Refuse
    tuning: Tuning
    clock: Callable[[], float]
    #: None: a 5xx of the platform never says that nothing was done
    throttled: Throttled | None = None

    def answer(self, kind: Kind, label: str, reply: Reply) -> Answer:
        """Return the data of a 2xx. Raises whatever `problem` gives, and for a 2xx that is not data WireError (READ)
        or OutcomeUnknown.
        """
        problem = self.problem(kind, label, reply)
        if problem:
            raise problem
        at = datetime.fromtimestamp(self.clock(), UTC)
        if reply.status == 204:
            return Answer(204, reply.headers, None, at)
        fault = reply.fault or self._not_data(reply)
        if fault is None:
            try:
                return Answer(reply.status, reply.headers, json.loads(reply.body), at)
            except (ValueError, RecursionError):
                fault = f"a {len(reply.body)} byte answer that is not JSON"
        if kind is not Kind.READ:
            raise OutcomeUnknown(self.platform, label, fault, reply.status)
        error = Unwell if reply.fault else WireError
        raise error(self.platform, label, fault, reply.status)

    def problem(self, kind: Kind, label: str, reply: Reply) -> PlatformError | None:
        """Return what a status other than 2xx means; None for 2xx."""
        status = reply.status
        if 200 <= status < 300:
            return None
        if self.asks_to_slow_down(reply):
            return RateLimited(self.platform, label, "asks us to slow down", status, self.retry_after(reply.headers))
        if 400 <= status < 500 and status not in _NOT_REFUSALS:
            return self.refuse(label, status, self._json_or_none(reply), reply.headers)
        what = f"answered {status}: {excerpt(reply.body)}" if reply.body else f"answered {status}"
        if kind is not Kind.READ:
            return OutcomeUnknown(self.platform, label, what, status)
        if status < 400:
            return WireError(self.platform, label, f"answered {status}, which is neither data nor an error", status)
        if reply.headers.get("retry-after"):
            return AskedToWait(self.platform, label, what, status, self.retry_after(reply.headers))
        return Unwell(self.platform, label, what, status)

    def asks_to_slow_down(self, reply: Reply) -> bool:
        """Return whether the request came too fast and had no effect: a 429, or what the platform says as plainly."""
        if reply.status < 500 or self.throttled is None:
            return reply.status == 429
        return self.throttled(reply.status, self._json_or_none(reply))

    def lost(self, kind: Kind, label: str, what: str) -> PlatformError:
        """Return what it means that the request left and no answer came."""
        return (Unwell if kind is Kind.READ else OutcomeUnknown)(self.platform, label, what)

    def retry_after(self, headers: Mapping[str, str]) -> float:
        """Return the seconds that an answer asks us to wait, made believable."""
        tuning = self.tuning
        return parse_retry_after(
            headers.get("retry-after"),
            headers.get("date"),
            self.clock(),
            tuning.longest_retry_after_s,
            tuning.retry_after_fallback_s,
            tuning.soonest_retry_s,
        )

    def _not_data(self, reply: Reply) -> str | None:
        if reply.too_large:
            return f"an answer of more than {self.tuning.largest_json} bytes"
        media_type = _media_type(reply)
        if media_type not in self.accept:
            return f"an answer of type {excerpt(media_type, 60) or 'unknown'}, not data"
        return None

    def _json_or_none(self, reply: Reply) -> Any | None:
        """Parse the explanation that came with a refusal; none is needed for the refusal to stand."""
        if reply.fault or reply.too_large or "json" not in _media_type(reply):
            return None
        try:
            return json.loads(reply.body)
        except (ValueError, RecursionError):
            return None


def _media_type(reply: Reply) -> str:
    return reply.headers.get("content-type", "").partition(";")[0].strip().lower()
