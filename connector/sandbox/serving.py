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


class LoopbackServer:
    """Serves a gate on 127.0.0.1. Port 0 takes a free one and keeps it over a stop and a new start."""

    def __init__(self, gate: Gate, port: int = 0) -> None:
        self._gate = gate
        self._port = port
        self._server: uvicorn.Server | None = None
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
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
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
            timeout_graceful_shutdown=1,
        )
        server = self._server = uvicorn.Server(config)
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
        if server is None or loop is None or loop.is_closed():
            return
        server.should_exit = True
        server.force_exit = True
        loop.call_soon_threadsafe(self._hang_up, server)

    def _run(self, server: uvicorn.Server, listener: socket.socket) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            runner.run(server.serve(sockets=[listener]))

    @staticmethod
    def _hang_up(server: uvicorn.Server) -> None:
        # In this order, so that the server knows of the lost connections before their tasks end unanswered.
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        for task in list(server.server_state.tasks):
            task.cancel()
