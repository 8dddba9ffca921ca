"""Texts with names to fill in, `{{application.candidate.first_name}}` style.

Nothing but names from a fixed list, each with a text to stand in if need be: `{{ name | default('there') }}`. A
template engine would let whoever writes a template take the process's memory or time (`{{ 'x' * 10**9 }}`), and nothing
here needs one.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from connector.domain.errors import MissingValue

#: every name that a template may hold -> what stands there; the names are those of the field (Firstwork's help pages)
NAMES: dict[str, str] = {
    "application.candidate.first_name": "the candidate's first name",
    "application.candidate.last_name": "the candidate's last name",
    "application.candidate.full_name": "the candidate's full name",
    "application.job.title": "the job's title in the ATS",
    "application.position.title": "the position's title at the source",
    "application.hiring_flow.name": "the same as the job's title",
    "application.magic_link": "the candidate's link to the application; Pinpoint gives none, so it needs a default",
    "company.name": "the company's short name in the mapping file",
    "recruiter.name": "who sends it, as given with --as",
}

_OPEN, _CLOSE = "{{", "}}"
_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,40}(?:\.[A-Za-z_][A-Za-z0-9_]{0,40}){0,5}"
_DEFAULT = r"""\|\s*default\(\s*(?:'([^'{}]*)'|"([^"{}]*)")\s*\)"""
_SLOT = re.compile(rf"\{{\{{\s*({_NAME})\s*(?:{_DEFAULT}\s*)?\}}\}}")


def names_in(text: str) -> tuple[str, ...]:
    """Return the names that a template holds, each once, in their order."""
    return tuple(dict.fromkeys(found[1] for found in _SLOT.finditer(text)))


def problems(text: str) -> tuple[tuple[str, str], ...]:
    """Return (what is wrong, what to write instead) for everything that is wrong with a template."""
    found: list[tuple[str, str]] = []
    for name in names_in(text):
        if name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, 1, 0.4)
            instead = f"write {{{{{near[0]}}}}}" if near else f"use one of {', '.join(NAMES)}"
            found.append((f"{{{{{name}}}}} is not a name that can be filled in", instead))
    rest = _SLOT.sub("", text)
    if _OPEN in rest or _CLOSE in rest:
        found.append(
            ("braces that hold no name", f"write {_OPEN}name{_CLOSE}, with a name such as {next(iter(NAMES))}")
        )
    return tuple(found)


def render(text: str, values: Mapping[str, str | None]) -> str:
    """Fill in every name. Raises MissingValue for one without a value and without a `default`; blanks are no value.

    A value is never read as a template.
    """

    def value(found: re.Match[str]) -> str:
        given = (values.get(found[1]) or "").strip() or found[2] or found[3]
        if not given:
            raise MissingValue(found[1])
        return given

    return _SLOT.sub(value, text)
