"""The simulators' clock, which can be shifted away from real time."""

from datetime import UTC, datetime, timedelta


class SandboxClock:
    """Real time plus `offset_s` seconds. Used for clock skew and for jumping over days of retention."""

    def __init__(self) -> None:
        self.offset_s: float = 0.0

    def now(self) -> datetime:
        """The platform's idea of the present, aware, UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.offset_s)


def zulu(moment: datetime) -> str:
    """cord's spelling of a time: RFC 3339, UTC, `Z`, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def offset_form(moment: datetime) -> str:
    """Pinpoint's spelling of a time: RFC 3339 with `+00:00`, whole seconds."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
