"""What a reply of one word asks for: no more texts, texts again, or help."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.texts import Opt
from connector.rules.keywords import changes, intent_of, vendor_acts_on

STOP_WORDS = ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"]
START_WORDS = ["START", "YES", "UNSTOP"]
WORDS = {
    **dict.fromkeys(STOP_WORDS, Opt.OUT),
    **dict.fromkeys(START_WORDS, Opt.IN),
    **dict.fromkeys(["HELP", "INFO"], Opt.HELP),
}


@pytest.mark.parametrize(("word", "opt"), WORDS.items())
def test_every_word_of_the_vendors_counts(word: str, opt: Opt) -> None:
    assert intent_of(word) is opt
    assert intent_of(f"  {word.lower()}\n") is opt
    assert intent_of(f"“{word.title()}.”") is opt


@given(st.sampled_from(sorted(WORDS)), st.text(" \t\n\u00a0.!'\"", max_size=4), st.integers(0, 2**12))
def test_case_and_harmless_marks_never_matter(word: str, around: str, mask: int) -> None:
    mixed = "".join(c.lower() if mask >> i & 1 else c for i, c in enumerate(word))
    assert intent_of(around + mixed + around) is WORDS[word]


@pytest.mark.parametrize(
    "text",
    [
        "opt out",
        "OPT-OUT",
        "Opt  out!",
        "stop all",
        "ＳＴＯＰ",
        "st\u200bop",
        "\u200eSTOP",
        "STOP 🛑",
        "*STOP*",
        "Stop please",
        "please stop",
        "Stop, thank you",
        "Please unsubscribe.",
        "Don’t text me",
        "dont text me anymore!!",
        "STOP TEXTING ME",
        "Please stop sending me messages",
        "No more texts, please",
        "unsubscribe me",
    ],
)
def test_wording_that_leaves_no_doubt_opts_out(text: str) -> None:
    assert intent_of(text) is Opt.OUT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "🛑",
        "...",
        "Stop by the office at 5",
        "I had to stop studying",
        "Don't stop",
        "please cancel",
        "cancel please",
        "Cancel my application",
        "end please",
        "Can we end at 5",
        "quit my job yesterday",
        "stopped",
        "Yes please",
        "yes, 3pm works",
        "yess",
        "start on Monday",
        "helpful",
        "more info please",
        "s.t.o.p.",
    ],
)
def test_a_sentence_is_a_reply_for_a_human(text: str) -> None:
    assert intent_of(text) is None


@pytest.mark.parametrize("text", ["Stop?", "cancel?", "YES?", "start ?", "¿STOP?", "no more texts?"])
def test_a_question_neither_opts_out_nor_in(text: str) -> None:
    assert intent_of(text) is None


def test_a_question_may_ask_for_help() -> None:
    assert intent_of("help???") is Opt.HELP


@pytest.mark.parametrize("text", ["👍 yes", "yes 😂", "(yes)", "#start", "+yes"])
def test_opting_in_takes_a_bare_word(text: str) -> None:
    assert intent_of(text) is None


# --- the vendors' own flags


@pytest.mark.parametrize(
    ("flag", "opt"),
    [
        ("STOP", Opt.OUT),
        ("START", Opt.IN),
        ("HELP", Opt.HELP),
        ("optout", Opt.OUT),
        ("optin", Opt.IN),
        ("help", Opt.HELP),
        (Opt.OUT, Opt.OUT),
        (Opt.IN, Opt.IN),
        (Opt.HELP, Opt.HELP),
    ],
)
def test_a_vendors_flag_wins_over_the_text(flag: str, opt: Opt) -> None:
    assert intent_of("pare", flag) is opt
    assert intent_of("STOP", flag) is opt
    assert intent_of("YES", flag) is opt


@pytest.mark.parametrize("flag", ["", None, "  ", "something new"])
def test_a_flag_that_says_nothing_leaves_it_to_the_text(flag: str | None) -> None:
    assert intent_of("STOP", flag) is Opt.OUT
    assert intent_of("hello", flag) is None


# --- what the caller needs to know


def test_yes_is_only_an_answer_while_texts_are_wanted() -> None:
    assert not changes(intent_of("YES"), opted_out=False)
    assert changes(intent_of("YES"), opted_out=True)


def test_stop_changes_something_once() -> None:
    assert changes(Opt.OUT, opted_out=False)
    assert not changes(Opt.OUT, opted_out=True)


@pytest.mark.parametrize("opt", [Opt.HELP, None])
@pytest.mark.parametrize("opted_out", [True, False])
def test_help_and_replies_change_nothing(opt: Opt | None, opted_out: bool) -> None:
    assert not changes(opt, opted_out)


def test_stop_please_is_no_word_of_the_vendors() -> None:
    assert vendor_acts_on(" stop\n")
    assert not vendor_acts_on("STOP PLEASE")
    assert intent_of("STOP PLEASE") is Opt.OUT


@given(st.text(max_size=60), st.none() | st.text(max_size=10))
def test_anything_can_be_read(text: str, flag: str | None) -> None:
    assert intent_of(text, flag) in {None, *Opt}
