"""A raw socket server with a script, so that resets, drips and half bodies are real ones."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

from connector.domain.errors import PlatformError, Rejected

#: answers one request; True keeps the connection
Handler = Callable[[socket.socket], bool]


class Request:
    """What arrived: the first line, headers in lower case, the body as it was sent."""

    def __init__(self, head: bytes, body: bytes) -> None:
        lines = head.decode("latin-1").split("\r\n")
        self.line = lines[0]
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        self.body = body


class Server:
    """Answers request n with handler n; the last handler answers all further ones."""

    def __init__(self, handlers: tuple[Handler, ...]) -> None:
        self.handlers = handlers
        self.requests: list[Request] = []
        self.connections = 0
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            while (request := read_request(connection)) is not None:
                with self._lock:
                    handler = self.handlers[min(len(self.requests), len(self.handlers) - 1)]
                    self.requests.append(request)
                if not handler(connection):
                    break
        except OSError:
            pass
        finally:
            connection.close()

    def close(self) -> None:
        # A blocked accept() keeps the listener alive unless it is shut down first.
        with contextlib.suppress(OSError):  # closed before
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            connection.close()


def read_request(connection: socket.socket) -> Request | None:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return None
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    request = Request(head, body)
    length = int(request.headers.get("content-length", 0))
    while len(body) < length or ("transfer-encoding" in request.headers and not body.endswith(b"0\r\n\r\n")):
        part = connection.recv(65536)
        if not part:
            return None
        body += part
    return Request(head, body)


def reply(status: int, body: bytes = b"", content_type: str | None = "application/json", **headers: str) -> Handler:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"Content-Type: {content_type}"] if content_type else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    content = "\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if status == 204 else body)
    return raw(content, keep=True)


def raw(content: bytes, *, keep: bool = False) -> Handler:
    def handler(connection: socket.socket) -> bool:
        connection.sendall(content)
        return keep

    return handler


def reset(connection: socket.socket) -> bool:
    """Close so that the other side gets RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def drip(content: bytes, every_s: float = 0.05) -> Handler:
    def handler(connection: socket.socket) -> bool:
        pause = threading.Event()
        for byte in content:
            connection.sendall(bytes([byte]))
            pause.wait(every_s)
        return False

    return handler


def silent(connection: socket.socket) -> bool:
    threading.Event().wait(5)
    return False


def refuse(label: str, status: int, body: Any | None, headers: Any) -> PlatformError:
    return Rejected("cord", label, f"refused with {body}", status, code="refused")
