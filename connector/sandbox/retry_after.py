"""The spellings of `Retry-After`, right and wrong, that a client has to survive."""

import math
from datetime import datetime, timedelta
from email.utils import format_datetime


def retry_after_header(form: str, seconds: float, now: datetime) -> tuple[tuple[str, str], ...]:
    """The header in one of the forms listed in `faults.RETRY_AFTER_FORMS`; empty for `absent`.

    `seconds` is the true wait, `now` the platform's time. Seconds are rounded up and at least 1.
    """
    whole = max(1, math.ceil(seconds))
    texts = {
        "seconds": str(whole),
        "http-date": http_date(now + timedelta(seconds=whole)),
        "absurd": "31536000",
        "negative": "-5",
        "garbage": "soon",
        "past-date": http_date(now - timedelta(hours=1)),
    }
    return () if form == "absent" else (("Retry-After", texts[form]),)


def http_date(moment: datetime) -> str:
    """`moment` as an HTTP date, cut to whole seconds."""
    return format_datetime(moment, usegmt=True)
