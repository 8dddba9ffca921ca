"""The behaviours of Pinpoint that nobody could confirm, each with a switch."""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

#: Switch to allowed values, the default first. `pdf_cv_delay_s` takes any number of seconds from 0 on.
CHOICES: dict[str, tuple[str, ...]] = {
    "hide_confidential": ("on", "off"),
    "email_match": ("casefold", "exact"),
    "phone_match": ("exact", "digits"),
    "duplicates": ("allow", "422", "silent_201_existing"),
    "unknown_attr": ("400", "422", "ignore"),
    "unknown_job": ("422", "404"),
    "closed_job": ("422", "201"),
    "blocked": ("201", "422"),
    "bare_base64": ("accept", "422", "drop"),
    "put_cv": ("reject", "accept"),
    "bare_422": ("off", "on"),
    "retry_after": ("seconds", "http-date", "absent"),
    "ids_as_strings": ("off", "on"),
    "attachment_key": ("filename", "name"),
    "pdf_cv_delay_s": (),
    "candidate_comments": ("off", "on"),
}


class Switches(MutableMapping[str, Any]):
    """A mapping of every switch to its value. Setting checks name and value and raises ValueError.

    True and False stand for `on` and `off`, a whole number for its text (422 for "422").
    """

    def __init__(self, changes: Mapping[str, Any] | None = None) -> None:
        self._values: dict[str, Any] = {name: values[0] if values else 0.0 for name, values in CHOICES.items()}
        self.update(changes or {})

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in CHOICES:
            raise ValueError(f"unknown switch {name!r}; known: {', '.join(CHOICES)}")
        self._values[name] = _checked(name, value)

    def __delitem__(self, name: str) -> None:
        raise TypeError("a switch cannot be removed")

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Switches({self._values!r})"

    def on(self, name: str) -> bool:
        """Whether an on/off switch is on."""
        return bool(self._values[name] == "on")


def _checked(name: str, value: Any) -> Any:
    if not CHOICES[name]:
        seconds = float(value)
        if seconds < 0:
            raise ValueError(f"{name} is a number of seconds from 0 on")
        return seconds
    text = {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
    if text not in CHOICES[name]:
        raise ValueError(f"{name} is one of {', '.join(CHOICES[name])}, not {value!r}")
    return text
