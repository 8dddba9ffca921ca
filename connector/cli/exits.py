"""Exit codes, and what an operator reads when a command cannot go on."""

from __future__ import annotations

OK = 0
#: something is quarantined, or our own database refuses; the rest was done
FAULT = 1
USAGE = 2
#: a platform is unreachable
UNREACHABLE = 69
#: something waits or is unknown
WAITS = 75
#: a key is refused, lacks a permission, or the interface is off
REFUSED = 77
#: mapping or settings are wrong
CONFIG = 78
INTERRUPTED = 130
TERMINATED = 143

#: reasons of a pause that only a human ends
AUTH_REASONS = ("key_refused", "permission_missing", "api_off")


def code_of(error: BaseException) -> int:
    """Return the exit code that an error asks for."""
    from connector.config.problems import ConfigProblems
    from connector.domain import errors

    match error:
        case ConfigProblems() | errors.ConfigError():
            return CONFIG
        case errors.AuthError():
            return REFUSED
        case errors.TransientError() | errors.WireError():
            return UNREACHABLE
        case errors.OutcomeUnknown():
            return WAITS
    return FAULT


def told(error: BaseException) -> list[str]:
    """Return what to print about an error: what happened, then what to do. Masked."""
    from connector.config.problems import ConfigProblems
    from connector.domain import errors
    from connector.rest.redaction import redact

    if isinstance(error, ConfigProblems):
        return [str(problem) for problem in error.problems]
    advice = {
        errors.NewerSchema: "install the newer version of the connector; nothing was touched",
        errors.Busy: "run the command again when the other process has finished its batch",
        errors.StoreError: "look at CONNECTOR_DATABASE_URL (or --database), the disk and the file's permissions",
        errors.AuthError: "put a working key in place (and tick its permissions); `connector check` says which",
        errors.RateLimited: "run the command again later: the other side asks to wait",
        errors.TransientError: "run the command again later; `connector check` says what can be reached",
        errors.WireError: "the other side answers what its contract does not know: `connector check`, then report it",
    }
    lines = [redact(str(error))]
    lines += [words for kind, words in advice.items() if isinstance(error, kind)][:1]
    return lines
