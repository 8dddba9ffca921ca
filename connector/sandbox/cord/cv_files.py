"""Handing out CVs: as bytes, or by a redirect to the file host, right or spoilt."""

import hashlib
import hmac
import re
from urllib.parse import parse_qs, quote

from connector.sandbox.cord.records import Cv
from connector.sandbox.cord.refusals import Refused
from connector.sandbox.exchange import Answer, Request, html_answer

#: How a CV can be handed out.
#: `bytes`: 200 with the file. `unsized`: the same without Content-Length. `redirect`: 302 to the file host.
#: `redirect_three_hops`: three redirects in all, the most a client follows. `redirect_many_hops`: six.
#: `redirect_loop`: for ever. `redirect_private`: to 10.0.0.1. `redirect_scheme`: to a `file:` URL.
#: `redirect_relative`: a Location without a host, which the contract forbids.
#: `redirect_expired_once`: the first link answers 403, a second one works. `redirect_expired`: no link ever works.
#: `too_large` and `unsupported`: 413 and 415, whatever the file is.
MODES = (
    "bytes",
    "unsized",
    "redirect",
    "redirect_three_hops",
    "redirect_many_hops",
    "redirect_loop",
    "redirect_private",
    "redirect_scheme",
    "redirect_relative",
    "redirect_expired_once",
    "redirect_expired",
    "too_large",
    "unsupported",
)

#: The six types that are handed out.
TYPES = (
    "application/pdf",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.oasis.opendocument.text",
    "application/rtf",
    "text/plain",
)

#: The server's limit for a stored file, bytes.
SIZE_LIMIT = 20 * 1024 * 1024

#: Redirects that follow the first one.
_FURTHER_HOPS = {"redirect_three_hops": 2, "redirect_many_hops": 5}

#: Headers of ours that must not reach another host.
_LEAKS = ("authorization", "x-request-id", "idempotency-key", "x-api-key", "x-vendor-name", "cookie")

_PATH = re.compile(r"/short/(?P<person>[A-Za-z0-9._-]+)/(?P<step>loop|[0-9]+)\Z")


def file_answer(cv: Cv) -> Answer:
    """200 with the bytes."""
    plain = re.sub(r'[^\x20-\x7e]|["\\]', "_", cv.filename)
    disposition = f'attachment; filename="{plain}"'
    if plain != cv.filename:
        disposition += f"; filename*=UTF-8''{quote(cv.filename, safe='')}"
    headers = (
        ("Content-Type", cv.content_type or _seen_type(cv.content)),
        ("Content-Disposition", disposition),
        ("ETag", f'"{cv.id}-{cv.version}"'),
    )
    return Answer(200, headers, cv.content, sized=cv.mode != "unsized")


def refuse_unfit(cv: Cv) -> None:
    """Raises the 413 or 415 for a stored file that is not handed out."""
    if cv.mode == "too_large" or len(cv.content) > SIZE_LIMIT:
        raise Refused(413, "file_too_large", "The file is over the limit")
    if cv.mode == "unsupported" or (cv.content_type or _seen_type(cv.content)) not in TYPES:
        raise Refused(415, "file_type_unsupported", "The file type is not handed out")


def _seen_type(content: bytes) -> str:
    """The type of a file that came without a claim, by its first bytes."""
    for magic, media_type in ((b"%PDF", TYPES[0]), (b"PK\x03\x04", TYPES[2]), (b"{\\rtf", TYPES[4])):
        if content.startswith(magic):
            return media_type
    return "text/plain"


class FileLinks:
    """Makes and checks the short-lived signed links of the file host."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        #: Base URL of the file host; set when it is started.
        self.base_url = ""
        #: How long a link works, seconds of the simulator's clock.
        self.lifetime_s = 60.0
        self._handed_out: dict[str, int] = {}

    def redirect(self, person_id: str, cv: Cv, now: float) -> Answer:
        """302 to where `cv.mode` says. `now` is Unix time."""
        self._handed_out[person_id] = self._handed_out.get(person_id, 0) + 1
        spoilt = {
            "redirect_private": "http://10.0.0.1/cv.pdf",
            "redirect_scheme": "file:///etc/hostname",
            "redirect_relative": f"/short/{person_id}/0",
        }
        dead = cv.mode == "redirect_expired" or (
            cv.mode == "redirect_expired_once" and self._handed_out[person_id] % 2 == 1
        )
        step = "loop" if cv.mode == "redirect_loop" else str(_FURTHER_HOPS.get(cv.mode, 0))
        location = spoilt.get(cv.mode) or self._link(person_id, step, now - 1 if dead else now + self.lifetime_s)
        return Answer(302, (("Location", location),))

    def serve(self, request: Request, find: "dict[str, Cv]", now: float) -> Answer:
        """What the file host answers. 400 for a request that brings one of our headers along, 403 for a dead link."""
        leaked = [name for name in _LEAKS if name in request.headers]
        if leaked:
            return html_answer(400, f"<p>not for this host: {', '.join(leaked)}</p>")
        match, query = _PATH.match(request.path), parse_qs(request.query)
        until, seal = query.get("until", [""])[0], query.get("sig", [""])[0]
        if request.method != "GET" or match is None or match["person"] not in find:
            return html_answer(404, "<p>no such file</p>")
        person_id, step = match["person"], match["step"]
        if not hmac.compare_digest(seal, self._seal(person_id, step, until)) or float(until) < now:
            return html_answer(403, "<p>this link has expired</p>")
        if step == "0":
            return file_answer(find[person_id])
        following = step if step == "loop" else str(int(step) - 1)
        return Answer(302, (("Location", self._link(person_id, following, float(until))),))

    def _link(self, person_id: str, step: str, until: float) -> str:
        moment = f"{until:.3f}"
        return f"{self.base_url}/short/{person_id}/{step}?until={moment}&sig={self._seal(person_id, step, moment)}"

    def _seal(self, person_id: str, step: str, until: str) -> str:
        return hmac.new(self._key, f"{person_id}/{step}/{until}".encode(), hashlib.sha256).hexdigest()[:32]
