"""How alike the title of a position and that of a job are: proposals for a human, never a decision."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

#: from here on a pair is worth proposing
LIKELY = 0.62
#: short forms that titles are full of
_WRITTEN_OUT = {
    "sr": "senior",
    "snr": "senior",
    "jr": "junior",
    "jnr": "junior",
    "eng": "engineer",
    "engr": "engineer",
    "engineering": "engineer",
    "dev": "developer",
    "mgr": "manager",
    "mngr": "manager",
    "ops": "operations",
    "sre": "site reliability engineer",
    "swe": "software engineer",
    "qa": "quality assurance",
    "ux": "user experience",
    "ui": "user interface",
    "ml": "machine learning",
    "hr": "human resources",
    "pm": "product manager",
    "fe": "frontend",
    "be": "backend",
    "assoc": "associate",
    "asst": "assistant",
    "admin": "administrator",
}
#: what says nothing about the work: who may apply, and small words
_EMPTY = {"m", "f", "d", "w", "x", "mfd", "mwd", "all", "genders", "the", "a", "an", "of", "for", "and", "in", "at"}
_SENIORITY = {"senior", "junior", "lead", "principal", "staff", "head", "intern", "graduate", "trainee", "chief"}


@dataclass(frozen=True)
class Proposal:
    """A position and the job whose title is most like its own."""

    position_id: str
    job_id: str
    #: 0 to 1
    likeness: float


def likeness(one: str, other: str) -> float:
    """Return how alike two titles are, 0 to 1; the order of words, accents, case and short forms do not matter."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return 0.0
    if first == second:
        return 1.0
    shared = len(first & second) / len(first | second)
    # the matcher is not symmetric: always asked the same way round
    left, right = sorted(" ".join(sorted(words)) for words in (first, second))
    letters = SequenceMatcher(None, left, right, autojunk=False).ratio()
    inside = 0.85 if first <= second or second <= first else 0.0
    score = max(0.5 * shared + 0.5 * letters, inside * (0.75 + 0.25 * shared))
    # a senior and a junior post with the same name are two posts
    apart = (first & _SENIORITY) != (second & _SENIORITY) and bool(first & _SENIORITY) == bool(second & _SENIORITY)
    return min(0.99, score * (0.6 if apart else 1.0))


def ranked(title: str, jobs: Mapping[str, str]) -> list[tuple[str, float]]:
    """Return job ids with their likeness, best first; equals in the order of their titles."""
    scored = [(job_id, likeness(title, job_title)) for job_id, job_title in jobs.items()]
    return sorted(scored, key=lambda pair: (-pair[1], jobs[pair[0]].casefold(), pair[0]))


def proposals(positions: Mapping[str, str], jobs: Mapping[str, str], least: float = LIKELY) -> list[Proposal]:
    """Return the best job of each position that has a likely one, best first. Titles by id on both sides.

    A position whose two best jobs are equally like it is left out: which one is meant is the admin's to say.
    """
    found = []
    for position_id, title in positions.items():
        best = ranked(title, jobs)[:2]
        if best and best[0][1] >= least and (len(best) < 2 or best[1][1] < best[0][1]):
            found.append(Proposal(position_id, *best[0]))
    return sorted(found, key=lambda p: (-p.likeness, positions[p.position_id].casefold()))


def _words(title: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKD", title.casefold())
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    plain = re.sub(r"front[\s-]end", "frontend", re.sub(r"back[\s-]end", "backend", plain))
    plain = re.sub(r"full[\s-]stack", "fullstack", plain)
    # c++, c# and .net keep their signs
    found = re.findall(r"[^\W_]+(?:\+\+|#)?|\.net\b", plain)
    words = " ".join(_WRITTEN_OUT.get(word, word) for word in found).split()
    return frozenset(word for word in words if word not in _EMPTY) or frozenset(words)
