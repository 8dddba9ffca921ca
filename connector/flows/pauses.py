"""Leaving a platform alone when it asks for it, refuses the key, or is down; an outage is logged once at each end."""

from __future__ import annotations

from datetime import timedelta

from connector.domain import errors
from connector.domain.actions import Pause
from connector.domain.ports import Account
from connector.flows.company import Company, log
from connector.rules.failures import delay_s

#: a refused key is tried again each minute, after ten minutes each five minutes (outcomes.md)
PROBE_S, PATIENT_AFTER_S, PATIENT_PROBE_S = 60.0, 600.0, 300.0

_AUTH = ("key_refused", "permission_missing", "api_off")


def may_call(company: Company, account: Account) -> bool:
    """Return whether a platform may be called now. While the key is refused, this makes the rare single probe."""
    pause = company.memory.pause(company.name, account.platform)
    if pause is None:
        return True
    now = company.clock.now()
    if pause.reason not in _AUTH:
        # the next call is the probe
        return now >= pause.until
    if pause.fingerprint == account.key_fingerprint():
        if now < pause.until:
            return False
        # claimed before it is made: two processes probe no more often than one
        strike(company, account, _again(pause))
        try:
            account.probe()
        except errors.AuthError as error:
            strike(company, account, error, counted=True)
            return False
        except errors.PlatformError:
            return False
    end_pause(company, account)
    return True


def strike(company: Company, account: Account, error: errors.PlatformError, *, counted: bool = False) -> Pause:
    """Start or lengthen the pause that an error asks for; `counted`: this failure has been counted already."""
    now = company.clock.now()
    before = company.memory.pause(company.name, account.platform)
    since = before.since if before else now
    count = (before.count if before else 0) + (0 if counted else 1)
    match error:
        case errors.RateLimited():
            reason, wait_s = "rate_limited", max(1.0, error.retry_after_s)
        case errors.AuthError():
            patient = (now - since).total_seconds() >= PATIENT_AFTER_S
            reason, wait_s = error.reason, PATIENT_PROBE_S if patient else PROBE_S
        case _:
            reason, wait_s = "platform_unwell", delay_s(count, 0.5)
    fingerprint = account.key_fingerprint() if reason in _AUTH else ""
    until = now + timedelta(seconds=wait_s)
    pause = Pause(company.name, account.platform, reason, str(error), since, until, count, fingerprint)
    company.memory.keep_pause(pause)
    if before is None or before.reason != reason:
        log.warning(
            "pause", action="pause", company=company.name, platform=account.platform, reason=reason, what=str(error)
        )
    return pause


def end_pause(company: Company, account: Account) -> None:
    """End a pause after a call that went well. Nothing to end is the usual case."""
    pause = company.memory.pause(company.name, account.platform)
    if pause is None:
        return
    company.memory.end_pause(company.name, account.platform)
    lasted_s = round((company.clock.now() - pause.since).total_seconds(), 1)
    log.info("resume", action="resume", company=company.name, platform=account.platform, lasted_s=lasted_s)


def _again(pause: Pause) -> errors.AuthError:
    kinds = {"key_refused": errors.KeyRefused, "api_off": errors.ApiOff, "permission_missing": errors.PermissionMissing}
    platform, _, what = pause.what.partition(": ")
    return kinds[pause.reason](platform=platform, request="probe", what=what)
