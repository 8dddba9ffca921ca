"""Texts with names in them: which names there are, what is wrong with a text, and the text filled in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.errors import MissingValue
from connector.domain.templates import NAMES, names_in, problems, render

VALUES = {name: f"<{name}>" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_filled_in(name: str) -> None:
    assert render(f"x {{{{{name}}}}} {{{{ {name} }}}}", VALUES) == f"x <{name}> <{name}>"
    assert not problems(f"{{{{ {name} }}}}")


def test_a_text_without_names_stays_as_it_is() -> None:
    text = "Hi! 50% off {not a name} #1\n\n  indented \n"
    assert (render(text, {}), problems(text)) == (text, ())


@pytest.mark.parametrize("value", [None, "", "  ", "\n"])
def test_an_empty_value_is_a_missing_one(value: str | None) -> None:
    with pytest.raises(MissingValue) as caught:
        render("Hi {{application.candidate.first_name}}", {**VALUES, "application.candidate.first_name": value})
    assert caught.value.name == "application.candidate.first_name"


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_default_stands_in_for_a_missing_value_only(quote: str) -> None:
    text = f"Hi {{{{ application.candidate.first_name | default({quote}there{quote}) }}}}"
    assert not problems(text)
    assert render(text, {}) == "Hi there"
    assert render(text, {"application.candidate.first_name": "Ana"}) == "Hi Ana"


def test_a_value_is_never_read_as_a_template() -> None:
    assert render("{{application.candidate.first_name}}", {"application.candidate.first_name": "{{company.name}}"}) == (
        "{{company.name}}"
    )


def test_names_are_listed_once_in_order() -> None:
    assert names_in("{{company.name}} {{recruiter.name}} {{company.name}}") == ("company.name", "recruiter.name")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("{{application.candidate.firstname}}", "application.candidate.first_name"),
        ("{{candidate.first_name}}", "application.candidate.first_name"),
        ("{{application.job.titel}}", "application.job.title"),
        ("{{company.nam}}", "company.name"),
    ],
)
def test_an_unknown_name_comes_with_the_one_that_was_meant(text: str, meant: str) -> None:
    ((_, instead),) = problems(text)
    assert instead == f"write {{{{{meant}}}}}"


def test_a_name_like_no_other_comes_with_all() -> None:
    ((_, instead),) = problems("{{zzz}}")
    assert all(name in instead for name in NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "{{ company.name",
        "company.name }}",
        "{{ }}",
        "{{ 'x' * 10**9 }}",
        "{{ company.name.__class__() }}",
        "{{ company['name'] }}",
        "{{ company.name | upper }}",
        "{{ company.name | default(x) }}",
        "{{{{company.name}}",
    ],
)
def test_anything_but_a_name_is_a_problem(text: str) -> None:
    assert [what for what, _ in problems(text)] == ["braces that hold no name"]


@given(
    st.text(alphabet="{}|'\" .adefultcompny()name", max_size=60),
    st.dictionaries(st.sampled_from(list(NAMES)), st.text()),
)
def test_whatever_has_no_problems_is_rendered_or_misses_a_value(text: str, values: dict[str, str]) -> None:
    if problems(text):
        return
    lacking: str | None = None
    try:
        rendered = render(text, values)
    except MissingValue as missing:
        lacking = missing.name
    else:
        assert names_in(text) or rendered == text
    assert lacking is None or lacking in names_in(text)
