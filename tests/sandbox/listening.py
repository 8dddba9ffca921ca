"""A receiver of callbacks on a loopback port, which answers what it is told to."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Taken:
    """One call that came in."""

    method: str
    path: str
    query: str
    kind: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def form(self) -> dict[str, str]:
        """The form of a POST, or the query of a GET."""
        text = self.body.decode() if self.method == "POST" else self.query
        return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}


class Listener:
    """Keeps every call. `statuses` are answered one after the other, then 200 for good."""

    def __init__(self, statuses: list[int] | None = None) -> None:
        self.taken: list[Taken] = []
        self.statuses = statuses or []
        #: Media type and body of every answer.
        self.answer = ("text/plain", b"")
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def _take(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = urlsplit(self.path)
                kind = self.headers.get("Content-Type") or ""
                listener.taken.append(Taken(self.command, parts.path, parts.query, kind, body, dict(self.headers)))
                self.send_response(listener.statuses.pop(0) if listener.statuses else 200)
                answer_kind, answer = listener.answer
                self.send_header("Content-Type", answer_kind)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer)

            do_GET = do_HEAD = do_POST = _take  # noqa: N815 - names of the standard library

            def log_message(self, *_args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Listener":
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
