"""What listens: `/healthz` (the process lives), `/readyz` (its work goes on), `/metrics` (its figures)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

#: how long a stop waits for answers under way
_GRACE_S = 3


def make_app(
    problems: Callable[[], list[str]],
    page: Callable[[str], tuple[bytes, str]] | None = None,
    more: Sequence[Route] = (),
    notices: Callable[[], list[str]] = list,
) -> Starlette:
    """Return the application; `problems` says, in words, why the work does not go on: nothing when it does.

    `page` makes the page of figures, and its content type, for what a scraper accepts. `more` is served beside these.
    `notices` says what waits for a human while the work goes on.
    """

    def healthz(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    def readyz(_request: Request) -> JSONResponse:
        found = problems()
        answer = {"ready": not found, "reasons": found, "notices": notices()}
        return JSONResponse(answer, status_code=503 if found else 200)

    def metrics(request: Request) -> Response:
        assert page is not None
        content, content_type = page(request.headers.get("accept", ""))
        return Response(content, headers={"Content-Type": content_type})

    # not coroutines: they ask the database, and must not hold up the others
    routes = [Route("/healthz", healthz), Route("/readyz", readyz), *more]
    app = Starlette(routes=[*routes, Route("/metrics", metrics)] if page else routes)
    # an address with a slash more is nobody's; a redirect would be made of a Host header that anybody can write
    app.router.redirect_slashes = False
    return app


class Listener:
    """Serves an application in a thread of its own. Binds at once: raises OSError if the address is not to be had."""

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family)
        # what is accepted inherits it; without, the second part of an answer waits 40 ms for the first one's receipt
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=_GRACE_S
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="listener", daemon=True
        )

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering; what is under way gets a few seconds."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(_GRACE_S + 1)
        self._socket.close()
