"""Which network addresses a call may go to, and the look-up of names that feeds the check.

The check is made on the very addresses that are then connected to. A name that answers differently a moment later
(rebinding), or a host written as `2130706433` or `0177.0.0.1`, changes nothing: what counts is where the socket goes.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from collections.abc import Callable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: says whether a connection to the address is allowed
Permits = Callable[[Address], bool]

#: IPv4 reached through IPv6 by a translating network (RFC 6052)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LOCALHOST = "localhost"


class Forbidden(Exception):
    """The host is, or resolves to, an address that this call must not go to."""


def anywhere(address: Address) -> bool:
    """Permit everything: for the platform's own address, which the operator wrote down."""
    return True


def is_loopback(address: Address) -> bool:
    """Tell whether the address is this machine, also in its IPv4-mapped spelling."""
    inner = _unwrapped(address)
    return inner is not None and inner.is_loopback


def is_public(address: Address) -> bool:
    """Tell whether the address is an ordinary one on the internet.

    Private, link-local (cloud metadata), shared (100.64/10), reserved, multicast and unspecified ones are not, nor
    is an IPv6 address that only wraps one of those.
    """
    inner = _unwrapped(address)
    if inner is None:
        return False
    odd = inner.is_multicast or inner.is_reserved or inner.is_unspecified or inner.is_loopback or inner.is_link_local
    if isinstance(inner, ipaddress.IPv6Address) and inner.is_site_local:
        return False
    return inner.is_global and not odd


def _unwrapped(address: Address) -> Address | None:
    """Return the address that packets end up at; None where that cannot be told (tunnels)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour is not None or address.teredo is not None:
        return None
    return address


def names_loopback(host: str) -> bool:
    """Tell whether the host, as written in a URL, means this machine. Makes no look-up."""
    if host.lower() == _LOCALHOST:
        return True
    try:
        return is_loopback(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return False


def resolve(host: str, port: int, timeout_s: float) -> list[Address]:
    """Return the host's addresses in the order to try them, each once.

    Raises TimeoutError (the system's resolver cannot be interrupted, so it is asked in a thread that is left behind)
    and OSError (no such name).
    """
    box: queue.SimpleQueue[list[Address] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as exc:
            box.put(exc)
        except UnicodeError as exc:  # a label that is empty or too long
            box.put(OSError(str(exc)))
        else:
            box.put([ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found])

    threading.Thread(target=look_up, name="name-look-up", daemon=True).start()
    try:
        answer = box.get(timeout=timeout_s)
    except queue.Empty:
        raise TimeoutError("the name look-up took too long") from None
    if isinstance(answer, OSError):
        raise answer
    return list(dict.fromkeys(answer))
