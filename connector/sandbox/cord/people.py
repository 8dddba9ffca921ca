"""Making and changing the people of the cord simulator."""

from datetime import datetime
from typing import Any

from connector.sandbox.cord.cv_files import MODES
from connector.sandbox.cord.records import Cv, Person

#: Changes that go to the CV rather than to the person.
_CV_CHANGES = {"cv", "cv_filename", "cv_content_type", "cv_mode"}
_PLAIN_CHANGES = {"first_name", "last_name", "full_name", "headline", "location"}


def change_person(person: Person, changes: dict[str, Any], cv_id: str, now: datetime) -> None:
    """Applies `changes`, named as the parameters of `Cord.add_person`. Raises ValueError for an unknown one.

    `emails` and `phones` take strings, of which the first is the primary one, or the contract's objects. `cv=None`
    takes the CV away. `linkedin` replaces the LinkedIn link, `links` the whole list.
    """
    unknown = set(changes) - _CV_CHANGES - _PLAIN_CHANGES - {"emails", "phones", "linkedin", "links"}
    if unknown:
        raise ValueError(f"a person has no {', '.join(sorted(unknown))}")
    for name in _PLAIN_CHANGES & set(changes):
        setattr(person, name, changes[name])
    if "emails" in changes:
        person.emails = _ranked("address", changes["emails"])
    if "phones" in changes:
        person.phones = _ranked("number", changes["phones"])
    if "links" in changes:
        person.links = list(changes["links"])
    if "linkedin" in changes:
        others = [link for link in person.links if link["kind"] != "linkedin"]
        url = changes["linkedin"]
        person.links = ([{"kind": "linkedin", "url": url}] if url else []) + others
    if _CV_CHANGES & set(changes):
        person.cv = _changed_cv(person.cv, changes, cv_id, now)
    person.updated_at = now


def _ranked(key: str, values: list[Any]) -> list[dict[str, Any]]:
    return [
        dict(value) if isinstance(value, dict) else {key: value, "primary": index == 0}
        for index, value in enumerate(values)
    ]


def _changed_cv(old: Cv | None, changes: dict[str, Any], cv_id: str, now: datetime) -> Cv | None:
    content = changes.get("cv", old.content if old else None)
    if content is None:
        return None
    mode = changes.get("cv_mode", old.mode if old else "bytes")
    if mode not in MODES:
        raise ValueError(f"unknown cv_mode {mode!r}; known: {', '.join(MODES)}")
    return Cv(
        id=old.id if old else cv_id,
        filename=changes.get("cv_filename", old.filename if old else "cv.pdf"),
        content_type=changes.get("cv_content_type", old.content_type if old else "application/pdf"),
        content=content,
        mode=mode,
        updated_at=now,
        version=old.version + (content != old.content) if old else 1,
    )
