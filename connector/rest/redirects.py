"""Follows a file's redirects: without credentials, a few hops, never into a private network.

Where a redirect leads is said by the other side, so it is treated as hostile: https to public addresses only. Where the
platform itself is on this machine (the sandbox), any port of this machine is fine too, also by plain http.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

from connector.domain.errors import NeverArrived, Unwell, WireError
from connector.rest.addresses import Address, Forbidden, Permits, is_loopback, is_public, names_loopback
from connector.rest.calls import Tuning
from connector.rest.transport import Lost, Reply, Transport, Unsendable, Unsent

#: what a storage answers to a signed link that is used up or too old
_LINK_IS_OVER = (401, 403, 404, 410)
_FOLLOWED = (301, 302, 303, 307, 308)
_LONGEST_NAME = 255
_PARAMETER = re.compile(r";\s*([\w!#$%&'+.^`|~-]+\*?)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^;]*)")


class Gone(WireError):
    """The storage does not know the link (any more); a fresh one may work."""


class Follower:
    """Fetches what redirects point to, over connections of its own that have never seen a key."""

    def __init__(self, platform: str, base_url: str, tuning: Tuning, context: ssl.SSLContext | None = None) -> None:
        self._platform, self._tuning = platform, tuning
        self._at_home = names_loopback(urlsplit(base_url).hostname or "")
        self._transport = Transport(tuning, context)

    def close(self) -> None:
        """Close idle connections. Twice is safe."""
        self._transport.close()

    def follow(self, url: str, reply: Reply, label: str, cap: int, max_hops: int) -> Reply:
        """Return the first reply that is a file, beginning at a redirect that `url` answered.

        Raises Gone (the link is over), WireError (too many hops, or a place that must not be gone to), Unwell and
        NeverArrived.
        """
        for _ in range(max_hops):
            url = self._target(url, reply, label)
            reply = self._fetch(url, label, cap)
            if reply.status not in _FOLLOWED:
                return self._file(reply, label)
        raise WireError(self._platform, label, f"more than {max_hops} redirects", reply.status)

    def _file(self, reply: Reply, label: str) -> Reply:
        if 200 <= reply.status < 300:
            return reply
        what = f"the place that it redirects to answered {reply.status}"
        if reply.status in _LINK_IS_OVER:
            raise Gone(self._platform, label, what, reply.status)
        error = Unwell if reply.status >= 500 or reply.status in (408, 429) else WireError
        raise error(self._platform, label, what, reply.status)

    def _target(self, url: str, reply: Reply, label: str) -> str:
        if reply.status not in _FOLLOWED:
            raise WireError(self._platform, label, f"answered {reply.status}, not a file", reply.status)
        location = reply.headers.get("location", "").strip()
        try:
            target = urljoin(url, location)
            parts = urlsplit(target)
            host, _ = parts.hostname, parts.port
        except ValueError:
            raise WireError(self._platform, label, "a redirect to something unreadable", reply.status) from None
        allowed = parts.scheme == "https" or (parts.scheme == "http" and self._at_home and names_loopback(host or ""))
        if not location or not host or not allowed or parts.username is not None or parts.password is not None:
            raise WireError(self._platform, label, "a redirect that is not plain https", reply.status)
        return target

    def _permits(self, url: str) -> Permits:
        if urlsplit(url).scheme == "http":
            return is_loopback
        return self._home_or_public if self._at_home else is_public

    def _home_or_public(self, address: Address) -> bool:
        return is_loopback(address) or is_public(address)

    def _fetch(self, url: str, label: str, cap: int) -> Reply:
        headers = {"User-Agent": self._tuning.user_agent}
        try:
            return self._transport.exchange("GET", url, headers=headers, cap=cap, permits=self._permits(url))
        except Forbidden as exc:
            raise WireError(self._platform, label, "a redirect into a private network; not followed") from exc
        except Unsendable as exc:
            raise WireError(self._platform, label, "a redirect to something unreadable") from exc
        except Unsent as exc:
            raise NeverArrived(self._platform, label, str(exc)) from exc
        except Lost as exc:
            raise Unwell(self._platform, label, str(exc)) from exc


def filename_of(reply: Reply) -> str | None:
    """Return the name in Content-Disposition (RFC 6266; `filename*` wins), without any path, or None.

    The name is what the other side says: show it or pass it on, never open it.
    """
    found = _parameters(reply.headers)
    name = _extended(found.get("filename*", "")) or _plain(found.get("filename", ""))
    last = re.split(r"[/\\]", name)[-1]
    printable = "".join(char for char in last if char.isprintable()).strip()
    return printable[-_LONGEST_NAME:] if printable.strip(".") else None


def _parameters(headers: Mapping[str, str]) -> dict[str, str]:
    value = headers.get("content-disposition", "")
    found: dict[str, str] = {}
    for name, text in _PARAMETER.findall(value if value.startswith(";") else f";{value.partition(';')[2]}"):
        found.setdefault(name.lower(), text.strip())
    return found


def _extended(value: str) -> str:
    """Read `UTF-8''J%C3%BCrgen.pdf` (RFC 8187); nothing if it is not that, so that the plain name is used."""
    charset, _, rest = value.strip('"').partition("'")
    _, quote, text = rest.partition("'")
    if not quote or charset.lower() not in ("utf-8", "iso-8859-1"):
        return ""
    try:
        return unquote_to_bytes(text).decode(charset)
    except UnicodeDecodeError:
        return ""


def _plain(value: str) -> str:
    if value.startswith('"'):
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    try:
        # Many servers write UTF-8 where the standard allows ASCII, and the library reads it as Latin-1.
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value
