"""Records about the calls by which a source says that there is something new."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Receiver:
    """Where a source is to call us."""

    #: tells the secret by its fingerprint, so that a subscription with an older one is known
    url: str
    #: what calls are signed with; the newest one
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Subscription:
    """An address that a source calls."""

    id: str
    url: str
    #: False: the source has given it up, and sends nothing
    is_active: bool
