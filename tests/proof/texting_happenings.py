"""What may happen to texts, as hypothesis draws it: words, vendors, faults, times and deaths."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from connector.sandbox import faults
from connector.sandbox.texting import handsets
from tests.proof.fate import AFTER, BEFORE
from tests.proof.texting_judge import PHONES, STRANGER
from tests.proof.texting_stage import (
    VENDORS,
)

JOBS = {"po_1": "5101", "po_2": "5102"}

#: what a person may say; a dollar stands for something that nobody has said yet
WORDS = (
    "$",
    "$",
    "$",
    "Yes, 10 o’clock suits me very well – shall I bring “the portfolio” along, and whom do I ask for? $",
    "ok",
    "STOP",
    "stop",
    "STOP",
    "START",
    "Please stop texting me",
    "HELP",
    "",
)
#: and what opts out where only we read it
PHRASES = ("PLEASE STOP TEXTING ME",)
#: platform, and calls of it
PATHS = (
    ("twilio", "/Messages.json"),
    ("twilio", "/Messages/"),
    ("plivo", "/Message/"),
    ("exotel", "/Sms/send"),
    ("exotel", "/SMS/Messages"),
    ("clicksend", "/sms/send"),
    ("clicksend", "/sms/inbound"),
    ("clicksend", "/sms/history"),
    ("pinpoint", "/comments"),
    ("pinpoint", "/applications"),
    ("cord", "/messages$"),
    ("cord", "/candidates"),
)
#: the word of each vendor for a text that has arrived, and for one that has not, with a code
ARRIVED = {"twilio": "delivered", "plivo": "delivered", "exotel": "delivered", "clicksend": "Completed"}
NOT_ARRIVED = {"twilio": ("undelivered", "30005"), "plivo": ("undelivered", "50"), "exotel": ("failed", "23010")}
NOT_ARRIVED |= {"clicksend": ("Failed", "8")}
#: a reply that waits for its text, and every other one
LISTING = ("twilio", "clicksend")

vendors, phones = st.sampled_from(VENDORS), st.sampled_from((*PHONES, *PHONES, STRANGER))
#: a text of a person's: from whom, through whom, what, and how it is told
incoming = st.fixed_dictionaries(
    {
        "phone": phones,
        "vendor": vendors,
        "words": st.sampled_from(WORDS),
        "callback": st.booleans(),
        "times": st.sampled_from((1, 1, 2)),
        "late_s": st.sampled_from((0.0, 0.0, 60.0, 1200.0)),
        "listed_after_s": st.sampled_from((0.0, 0.0, 1200.0)),
        "ago_s": st.sampled_from((0.0, 0.0, 0.0, 300.0)),
    }
)
#: a text of a recruiter's: about which of the applications, and how
outgoing = st.tuples(st.integers(0, 30), st.sampled_from(("application", "number", "twice", "later")))
trouble = st.tuples(st.sampled_from(faults.KINDS), st.sampled_from(PATHS), st.integers(1, 2))
ends = st.one_of(
    st.just(("runs", 0, BEFORE)),
    st.just(("runs", 0, BEFORE)),
    st.tuples(st.just("dies"), st.integers(1, 60), st.sampled_from((BEFORE, AFTER))),
)


def _happening(what: str, **about: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return how often-drawn calls of one of the machine's methods look."""
    return st.fixed_dictionaries({"what": st.just(what), **about})


starts = st.integers(0, 30)
#: what else happens; each is a method of the machine
happenings = st.one_of(
    _happening("apply", position=st.sampled_from(tuple(JOBS)), phone=st.sampled_from(PHONES)),
    _happening("text_in_twice_in_a_second", phone=phones, vendor=vendors, called=st.booleans()),
    _happening(
        "change_phone", phone=phones, fate=st.sampled_from((*handsets.FATES, handsets.DELIVERED, handsets.DELIVERED))
    ),
    _happening("will_answer", phone=st.sampled_from(PHONES), words=st.sampled_from(("$", "STOP", "$"))),
    _happening("assign_by_hand", start=starts),
    _happening("switch_off_and_on"),
    _happening("switch_provider", vendor=vendors),
    _happening("top_up", more=st.sampled_from((1, 5, 30))),
    _happening("restart"),
    _happening("deliver", vendor=vendors, whole=st.booleans()),
    _happening("hold_calls", vendor=vendors),
    _happening(
        "release_calls", vendor=vendors, order=st.sampled_from(("reverse", "shuffle")), times=st.sampled_from((1, 2))
    ),
    _happening("contradict", vendor=vendors, bad=st.booleans(), true=st.booleans()),
    _happening("say_again", vendor=vendors),
    _happening("forge", vendor=st.sampled_from(("twilio", "plivo")), phone=phones),
    _happening("list_late", vendor=vendors, lag_s=st.sampled_from((0.0, 1200.0))),
    _happening("run_into_an_outage", platform=st.sampled_from((*VENDORS, "cord", "pinpoint"))),
    _happening("run_with_a_refused_key", vendor=vendors),
    _happening("lose_calls", deaf=st.booleans()),
    _happening("set_clock_wrong", seconds=st.sampled_from((-1800.0, 1800.0))),
    _happening("die_while_writing", start=starts, at=st.integers(1, 12), when=st.sampled_from((BEFORE, AFTER))),
)
