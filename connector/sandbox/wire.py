"""Writing an answer to the socket: properly, drop by drop, cut in half, or not at all."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from connector.sandbox.exchange import Answer, Request
from connector.sandbox.retry_after import http_date

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Wire:
    """One exchange on one connection."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send

    async def read(self) -> Request | None:
        """The whole request, or None when the client left while sending it."""
        body = bytearray()
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        scope = self._scope
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        client = scope["client"][0] if scope.get("client") else "127.0.0.1"
        return Request(scope["method"], scope["path"], scope["query_string"].decode(), headers, bytes(body), client)

    async def send(self, answer: Answer, now: datetime) -> None:
        """Writes `answer` whole."""
        await self._start(answer, now)
        await self._body(answer.body)

    async def drip(self, answer: Answer, now: datetime, interval: float) -> None:
        """Writes the body of `answer` a byte at a time, `interval` seconds apart. The head goes out at once."""
        await self._start(answer, now)
        for index in range(len(answer.body)):
            await self._body(answer.body[index : index + 1], more=True)
            await asyncio.sleep(interval)
        await self._body(b"")

    async def cut(self, answer: Answer, now: datetime) -> None:
        """Writes half of the body under the length of the whole, then ends the connection in good order (FIN)."""
        await self._start(answer, now)
        await self._body(answer.body[: len(answer.body) // 2], more=True)
        self._transport().close()
        await self._gone()

    async def reset(self) -> None:
        """Ends the connection with a TCP reset and without a byte of answer."""
        transport = self._transport()
        # Lingering for zero seconds makes the kernel send RST instead of FIN.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        await self._gone()

    def _transport(self) -> asyncio.Transport:
        transport: asyncio.Transport = self._scope["state"]["transport"]
        return transport

    async def _gone(self) -> None:
        # Returning before the server has noticed the loss would make it complain about an unfinished answer.
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _start(self, answer: Answer, now: datetime) -> None:
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        headers.append((b"Date", http_date(now).encode()))
        if answer.sized and answer.status != 204:
            headers.append((b"Content-Length", str(len(answer.body)).encode()))
        await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})

    async def _body(self, chunk: bytes, more: bool = False) -> None:
        await self._send({"type": "http.response.body", "body": chunk, "more_body": more})
