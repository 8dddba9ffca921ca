"""Invented people, the same ones for the same seed, and their CVs.

Addresses are at example.com and numbers out of +44 7700 900000 to 900999, which are set aside for fiction.
"""

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connector.sandbox.cv_samples import (
    cut_short_pdf,
    encrypted_pdf,
    html_as_cv,
    tiny_docx,
    tiny_pdf,
    tiny_rtf,
)

__all__ = [
    "InventedPerson",
    "People",
    "cut_short_pdf",
    "encrypted_pdf",
    "html_as_cv",
    "tiny_docx",
    "tiny_pdf",
    "tiny_rtf",
]

_FIRST = (
    "Ana", "Ben", "Chloë", "Dmitri", "Eilidh", "Femi", "Grace", "Håkon", "Ifeoma", "José", "Keiko", "Lars", "Maëlle",
    "Noor", "Oisín", "Priya", "Quentin", "Rosa", "Søren", "Tomasz", "Uma", "Viktor", "Wanjiru", "Xin", "Yusuf", "Zofia",
)  # fmt: skip
_LAST = (
    "Adeyemi", "Björk", "Castellano", "D'Arcy", "El-Masri", "Fitzgerald", "García", "Harper-Lowe", "Ivanova", "Jensen",
    "Kowalska", "Lindqvist", "MacLeod", "Nakamura", "Okoro", "Petrov", "Quigley", "Rossi", "Šimić", "Teixeira",
    "Uddin", "van der Meer", "Whitfield", "Xu", "Yılmaz", "Zhang",
)  # fmt: skip
_TRADES = (
    "Backend engineer", "Frontend engineer", "Data analyst", "Site reliability engineer", "Product designer",
    "Engineering manager", "Mobile developer", "Machine learning engineer",
)  # fmt: skip
_SKILLS = ("Python", "Go", "TypeScript", "PostgreSQL", "Kubernetes", "Figma", "Kotlin", "Rust", "SQL", "Terraform")
_TOWNS = ("Leeds, UK", "Bristol, UK", "Cardiff, UK", "Glasgow, UK", "Belfast, UK", "London, UK")


@dataclass(frozen=True)
class InventedPerson:
    """Somebody who does not exist."""

    first_name: str
    last_name: str
    email: str
    #: E.164.
    phone: str
    headline: str
    location: str
    linkedin: str
    skills: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"

    @property
    def cv_filename(self) -> str:
        """A name such as `Ana_Petrov_CV.pdf`."""
        return f"{self.full_name.replace(' ', '_')}_CV.pdf"

    def cv_lines(self) -> list[str]:
        """The text of the CV."""
        contact = f"{self.email}  {self.phone}"
        return [self.full_name, self.headline, self.location, contact, "Skills: " + ", ".join(self.skills)]

    def details(self, cv_size: int | None = None) -> dict[str, Any]:
        """Keyword arguments for `Cord.add_person`, with a PDF of about `cv_size` bytes."""
        return {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "emails": [self.email],
            "phones": [self.phone],
            "linkedin": self.linkedin,
            "headline": self.headline,
            "location": self.location,
            "cv": tiny_pdf(self.cv_lines(), cv_size),
            "cv_filename": self.cv_filename,
            "cv_content_type": "application/pdf",
        }


class People:
    """An endless row of people. Addresses never repeat; the phone numbers begin again after a thousand people."""

    def __init__(self, seed: int = 1) -> None:
        self._dice = random.Random(f"people {seed}")  # noqa: S311 - reproducible, not secret
        self._phones = self._dice.sample(range(1000), 1000)
        self._count = 0

    def __iter__(self) -> Iterator[InventedPerson]:
        return self

    def __next__(self) -> InventedPerson:
        self._count += 1
        first, last = self._dice.choice(_FIRST), self._dice.choice(_LAST)
        handle = f"{_ascii(first)}.{_ascii(last)}.{self._count}"
        return InventedPerson(
            first_name=first,
            last_name=last,
            email=f"{handle}@example.com",
            phone=f"+447700900{self._phones[(self._count - 1) % 1000]:03d}",
            headline=self._dice.choice(_TRADES),
            location=self._dice.choice(_TOWNS),
            linkedin=f"https://linkedin.example.com/in/{handle.replace('.', '-')}",
            skills=tuple(self._dice.sample(_SKILLS, 4)),
        )


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("ø", "o").replace("ı", "i"))
    return "".join(letter for letter in plain.lower() if letter.isascii() and letter.isalnum())
