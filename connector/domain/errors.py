"""Everything that can go wrong, grouped by what the caller must do about it.

ConnectorError
├── TransientError          try again later; nothing about this item is wrong
│   ├── NeverArrived        the request surely did not reach the other side: safe to repeat, writes too
│   ├── Unwell              5xx, time-out or garbage on a read: safe to repeat
│   └── RateLimited         429: wait `retry_after_s`, the whole platform
├── OutcomeUnknown          a write left and no trustworthy answer came back: look before repeating
├── Rejected                this item will not pass as it is (400, 422, 409)
│   └── NotThere            404 or 410: the thing asked for is gone
│       ├── CandidateErased 410 at the source: purge what is held about the person
│       └── CursorExpired   410 at the source: start the feed from the beginning of what is retained
├── AuthError               the account is refused; the company pauses
│   ├── KeyRefused          401
│   ├── PermissionMissing   403, the key lacks `permission`
│   └── ApiOff              403, the interface is switched off for the company
├── WireError               an answer that is not what the contract says
├── ConfigError             settings or mapping files are wrong
├── MissingValue            a message's template names `name`, and there is no value for it: the message is not sent
├── SuspiciousChange        the other side changed more than is believable; a human confirms
└── StoreError              our own database refuses
    ├── NewerSchema         the database was written by a newer version
    └── Busy                another process holds the company's lock
"""

from __future__ import annotations

from dataclasses import dataclass, field


class ConnectorError(Exception):
    """Anything this program raises on purpose. `str()` is fit for an operator and holds no personal data."""


@dataclass(eq=False)
class PlatformError(ConnectorError):
    """Something between us and another system."""

    #: `cord`, `pinpoint`, …
    platform: str
    #: what was asked for, e.g. `GET /v1/positions`; never a query or an address
    request: str
    #: what happened, in words; redacted
    what: str
    #: HTTP status, if there was an answer
    status: int | None = None

    def __str__(self) -> str:
        status = f" ({self.status})" if self.status else ""
        return f"{self.platform}: {self.request}{status}: {self.what}"


class TransientError(PlatformError):
    """Try again later. Nothing is wrong with the item."""


class NeverArrived(TransientError):
    """The request surely did not reach the other side (refused, no route, no name, no connection from the pool)."""


class Unwell(TransientError):
    """The other side answered a read with 5xx, not in time, or not in full."""


@dataclass(eq=False)
class RateLimited(TransientError):
    """429. The write had no effect."""

    #: seconds to wait, already capped; the adapter's own guess where the answer gave none
    retry_after_s: float = 30.0

    __str__ = PlatformError.__str__


class OutcomeUnknown(PlatformError):
    """A write left, and what became of it is not known. Never repeat without looking."""


@dataclass(eq=False)
class Rejected(PlatformError):
    """The other side read the request and refuses it. Repeating it unchanged is pointless."""

    #: the vendor's stable code, e.g. `unprocessable_entity`, `idempotency_mismatch`
    code: str = ""
    #: names of the fields at fault, in our words: `phone`, `cv`, `summary`, `email`, `job`, `address`, …
    fields: tuple[str, ...] = ()

    __str__ = PlatformError.__str__


class NotThere(Rejected):
    """404 or 410: no such thing (any more)."""


class CandidateErased(NotThere):
    """The person was erased at the source. Drop what is held about them."""


class CursorExpired(NotThere):
    """The feed's cursor is too old. Start again from the beginning of what is retained."""


class AuthError(PlatformError):
    """The account is refused. The company pauses and probes rarely."""

    #: the reason code that items of the company get
    reason = "key_refused"


class KeyRefused(AuthError):
    """401: the key or token is missing, wrong, revoked or expired."""


@dataclass(eq=False)
class PermissionMissing(AuthError):
    """403: the key is known but lacks a permission."""

    #: the permission's name at the vendor, if it was told
    permission: str = ""
    reason = "permission_missing"

    __str__ = PlatformError.__str__


class ApiOff(AuthError):
    """403: the interface is switched off for the company, or not in its plan."""

    reason = "api_off"


class WireError(PlatformError):
    """An answer that is not what the contract says: HTML, cut JSON, a required field missing, a wrong type."""


class ConfigError(ConnectorError):
    """Settings or mapping files are wrong; the message says where and what to write instead."""


@dataclass(eq=False)
class MissingValue(ConnectorError):
    """A message's template names something that there is no value for. Nothing was sent."""

    #: as the template has it, e.g. `application.candidate.first_name`
    name: str

    def __str__(self) -> str:
        return f"the template needs {self.name}, which has no value here"


@dataclass(eq=False)
class SuspiciousChange(ConnectorError):
    """More changed than is believable, e.g. a list that is suddenly empty. Nothing was done."""

    what: str
    #: the figures that made us stop, e.g. `{"before": 412, "now": 0}`
    numbers: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        numbers = ", ".join(f"{name} {number}" for name, number in self.numbers.items())
        return f"{self.what} ({numbers})" if numbers else self.what


class StoreError(ConnectorError):
    """Our own database refuses."""


class NewerSchema(StoreError):
    """The database was written by a newer version of the connector. Upgrade the connector; nothing was touched."""


class Busy(StoreError):
    """Another process is working on this company and did not finish its batch in time."""
