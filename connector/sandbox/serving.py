"""One uvicorn server on a loopback port, in a background thread of its own."""

import asyncio
import socket
import threading
import time
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from connector.sandbox.gate import Gate

_START_LIMIT_S = 10.0


class _OpenProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol that lets the application reach the connection, for resets and cuts."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # The server shares one state between its connections; each needs a transport of its own.
        self.app_state = {**self.app_state, "transport": transport}


class _QuickServer(uvicorn.Server):
    """uvicorn's server, but stopped at once and without waiting for anybody's answer.

    The library looks for a wish to stop ten times a second and then gives connections time; with a world for every test
    that adds up.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._wish = asyncio.Event()

    def wish_to_stop(self) -> None:
        """Ends the serving; to be called on the server's own loop."""
        self._wish.set()

    async def main_loop(self) -> None:
        """Serves until a stop is wished for."""
        await self._wish.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Closes the port and hangs up on everybody."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        # In this order, so that the server knows of the lost connections before their tasks end unanswered.
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)


class LoopbackServer:
    """Serves a gate on 127.0.0.1. Port 0 takes a free one and keeps it over a stop and a new start."""

    def __init__(self, gate: Gate, port: int = 0) -> None:
        self._gate = gate
        self._port = port
        self._server: _QuickServer | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def running(self) -> bool:
        """Whether the port is being served."""
        return self._thread is not None

    @property
    def url(self) -> str:
        """Base URL without a trailing slash. Raises RuntimeError before the first start of a server on port 0."""
        if not self._port:
            raise RuntimeError("the server has no port before it is started")
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Binds the port and serves it. Returns when requests are answered; raises OSError when the port is taken."""
        if self.running:
            return
        # With the protocol named asyncio turns Nagle's algorithm off; it would hold each answer back for 40 ms.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self._port))
        except OSError:
            listener.close()
            raise
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            cast(Any, self._gate),
            http=_OpenProtocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
        )
        server = self._server = _QuickServer(config)
        self._thread = threading.Thread(target=self._run, args=(server, listener), daemon=True, name="sandbox-server")
        self._thread.start()
        limit = time.monotonic() + _START_LIMIT_S
        while not server.started:
            if time.monotonic() > limit or not self._thread.is_alive():
                raise RuntimeError("the sandbox server did not start")
            time.sleep(0.002)

    def stop(self) -> None:
        """Ends all connections and frees the port. Calls that are stalling are dropped. Twice is safe."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join(_START_LIMIT_S)
        self._server = self._thread = self._loop = None

    def ask_to_stop(self) -> None:
        """Begins a stop without waiting for its end, so that several servers can stop at once."""
        server, loop = self._server, self._loop
        if server is not None and loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(server.wish_to_stop)

    def _run(self, server: _QuickServer, listener: socket.socket) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            runner.run(server.serve(sockets=[listener]))
