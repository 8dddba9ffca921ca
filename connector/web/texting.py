"""`/callbacks/<company>/<provider>/inbound|status[/<secret>]`: what SMS providers tell us.

A genuine call is stored as it came, committed, and only then answered; it is read and worked on afterwards, by the flow
that it fires. What is not genuine is refused and leaves nothing behind. Nothing in an answer comes from a call: some
providers send a text that they are answered on to the candidate.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import structlog
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from connector.domain.errors import ConnectorError
from connector.domain.texts import Callback, CallbackAnswer
from connector.web.callbacks import whole_body

log = structlog.get_logger("connector.callbacks")

#: what a call may be about
SUBJECTS = ("inbound", "status")
#: a provider's parameters may stand in the query; a message has a few thousand characters
LONGEST_QUERY = 16_384
#: the flow that works on stored calls
FLOW = "replies"
#: headers that are kept with a call: signatures and the kind of the body, and no credential
_KEPT = ("content-type", "x-twilio-", "x-plivo-", "i-twilio-")


class Judge(Protocol):
    """The provider's side of a call."""

    def is_genuine(self, call: Callback) -> bool:
        """Return whether the provider made it. Raises nothing."""
        ...

    def answer(self, call: Callback) -> CallbackAnswer:
        """Return what the provider expects to hear."""
        ...


#: stores a call, committed; None: it is there already
Keep = Callable[[Callback], int | None]


class TextCallbacks:
    """Takes calls of SMS providers."""

    def __init__(
        self,
        desk_of: Callable[[str, str], tuple[Judge, Keep] | None],
        nudge: Callable[[str, str], object],
        public_url: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`desk_of` names the judge and the store of a company and provider; None: there is no such account.

        `public_url` is how vendors call us, without a slash at the end; signatures cover it. Host headers, which
        anybody can write, are not asked.
        """
        self._desk_of, self._nudge, self._public_url, self._now = desk_of, nudge, public_url.rstrip("/"), now

    def routes(self) -> list[Route]:
        """Return the routes for the listener."""
        path, methods = "/callbacks/{company}/{provider}/{what}", ["GET", "HEAD", "POST"]
        return [
            Route(path, self._receive, methods=methods),
            Route(f"{path}/{{secret}}", self._receive, methods=methods),
        ]

    async def _receive(self, request: Request) -> Response:
        try:
            body = await whole_body(request)
        except ClientDisconnect:
            body = None
        query = request.scope["query_string"]
        if body is None or len(query) > LONGEST_QUERY:
            return Response(status_code=400)
        call = self._call(request, query, body)
        desk = self._desk_of(call.company, call.provider) if call.what in SUBJECTS else None
        # who is not known here is told the same as who signs wrongly
        if desk is None or not desk[0].is_genuine(call):
            return Response(status_code=401)
        judge, keep = desk
        new = None
        if request.method != "HEAD":
            # a HEAD only asks whether anybody is here; the GET that follows it carries the message
            try:
                new = await run_in_threadpool(keep, call)
            except ConnectorError:
                # not stored: a provider that tries again must do so
                log.error("a call could not be stored", action="callback", company=call.company, platform=call.provider)
                return Response(status_code=503)
        said = judge.answer(call)
        task = BackgroundTask(self._fire, call) if new is not None else None
        return Response(said.body, said.status, media_type=said.content_type, background=task)

    def _call(self, request: Request, query: bytes, body: bytes) -> Callback:
        raw = request.scope.get("raw_path") or request.scope["path"].encode()
        path = raw.partition(b"?")[0].decode("latin-1")
        asked = f"?{query.decode('latin-1')}" if query else ""
        return Callback(
            company=request.path_params["company"],
            provider=request.path_params["provider"],
            what=request.path_params["what"],
            method=request.method,
            url=f"{self._public_url}{path}{asked}",
            headers={name: value for name, value in request.headers.items() if name.startswith(_KEPT)},
            body=body,
            secret=request.path_params.get("secret", ""),
            received_at=self._now(),
        )

    def _fire(self, call: Callback) -> None:
        log.info("callback", action="callback", company=call.company, platform=call.provider, what=call.what)
        self._nudge(call.company, FLOW)
