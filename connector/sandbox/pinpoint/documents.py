"""Reading the JSON:API documents of writes: closed member lists, and the types of values."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connector.sandbox.exchange import Request
from connector.sandbox.pinpoint.refusals import MEDIA_TYPE, Offence, Refused, invalid, malformed


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_tag(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"tag", "context"} and all(_filled(v) for v in value.values())


def _filled(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_tags(value: Any) -> bool:
    return isinstance(value, list) and all(_is_tag(entry) for entry in value)


def _is_files(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(entry, dict) and set(entry) <= {"data", "filename"} and all(_is_text(v) for v in entry.values())
        for entry in value
    )


def _is_ids(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, int | str) for entry in value)


Check = Callable[[Any], bool]

_TEXTS = (
    "first_name",
    "last_name",
    "preferred_name",
    "email",
    "phone",
    "phone_iso2",
    "date_of_birth",
    "linkedin_url",
    "preferred_pronouns",
    "locale",
    "address1",
    "address2",
    "town",
    "state_province",
    "postcode",
    "country",
    "cv_base64_filename",
    "cv_base64_data",
    "cv_signed_id",
    "cover_letter_base64_filename",
    "cover_letter_base64_data",
    "channel",
    "channel_source",
    "external_system_reference",
    "hired_at",
    "start_on",
)

#: Attributes that an update may have, with the check of their type.
UPDATE_ATTRIBUTES: dict[str, Check] = {
    **dict.fromkeys(_TEXTS, _is_text),
    "documents_base64": _is_files,
    "add_tag_with_context": _is_tag,
    "add_tags_with_context": _is_tags,
    "remove_tag_with_context": _is_tag,
    "skip_notifications_on_create": _is_flag,
    "create_pdf_application": _is_flag,
    "is_demo": _is_flag,
}

#: Attributes that a create may have.
CREATE_ATTRIBUTES: dict[str, Check] = {
    **UPDATE_ATTRIBUTES,
    "summary": _is_text,
    "equality_monitoring_option_ids": _is_ids,
}

COMMENT_ATTRIBUTES: dict[str, Check] = {"body_text": _is_text, "category": _is_text}

_NESTED = ("comments", "custom_attributes", "structured_section_responses")
CREATE_RELATIONSHIPS = ("job", "job_posting", "stage", "candidate", "answers", *_NESTED)
UPDATE_RELATIONSHIPS = ("candidate", "stage", *_NESTED)


@dataclass
class Written:
    """A write, with its closed lists checked."""

    attributes: dict[str, Any]
    relationships: dict[str, Any]
    #: Objects of the top-level `included` by type and `temp-id`.
    included: dict[tuple[str, str], dict[str, Any]]
    #: `data.id` of an update.
    id: str | None = None
    offences: list[Offence] = field(default_factory=list)


def read_json(request: Request) -> dict[str, Any]:
    """The body as an object. Raises a 400 when it is no JSON, or not declared as JSON:API."""
    media_type = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    if media_type != MEDIA_TYPE:
        raise malformed(f"Content-Type must be {MEDIA_TYPE}")
    try:
        document = json.loads(request.body.decode("utf-8"))
    except (ValueError, RecursionError) as exc:
        raise malformed("Malformed JSON") from exc
    if not isinstance(document, dict) or not isinstance(document.get("data"), dict):
        raise malformed("Malformed document: data is missing")
    return document


class DocumentReader:
    """Reads documents; what to do about unknown members is the switch `unknown_attr`."""

    def __init__(self, unknown_attr: str) -> None:
        self._unknown_attr = unknown_attr

    def read(
        self, document: dict[str, Any], kind: str, checks: dict[str, Check], relations: tuple[str, ...], has_id: bool
    ) -> Written:
        """The write of a `kind` resource; `has_id`: an update. Raises a 400 for what is no such document."""
        offences: list[Offence] = []
        top = self._closed(document, ("data", "included"), "", offences)
        members = ("type", "attributes", "relationships", *(("id",) if has_id else ()))
        data = self._closed(top["data"], members, "/data", offences)
        if data.get("type") != kind:
            raise malformed(f"Malformed document: data.type must be {kind}")
        attributes = self._closed(_object(data, "attributes"), tuple(checks), "/data/attributes", offences)
        relationships = self._closed(_object(data, "relationships"), relations, "/data/relationships", offences)
        offences += [invalid(name) for name, value in attributes.items() if not checks[name](value)]
        sound = {name: value for name, value in attributes.items() if checks[name](value)}
        given_id = data.get("id")
        if given_id is not None and not isinstance(given_id, str):
            raise malformed("Malformed document: data.id must be a string")
        return Written(sound, relationships, _included(top.get("included", [])), given_id, offences)

    def _closed(
        self, members: dict[str, Any], allowed: tuple[str, ...], pointer: str, offences: list[Offence]
    ) -> dict[str, Any]:
        unknown = [name for name in members if name not in allowed]
        if unknown and self._unknown_attr == "400":
            raise Refused(400, f"Unknown attribute: {', '.join(f'{pointer}/{name}' for name in unknown)}")
        if self._unknown_attr == "422":
            offences += [Offence(f"{pointer}/{name}", "is not a known attribute", "unknown") for name in unknown]
        return {name: value for name, value in members.items() if name in allowed}


def _object(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name, {})
    if not isinstance(value, dict):
        raise malformed(f"Malformed document: {name} must be an object")
    return value


def _included(entries: Any) -> dict[tuple[str, str], dict[str, Any]]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise malformed("Malformed document: included must be a list of objects")
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in entries:
        key = (entry.get("type"), entry.get("temp-id"))
        if (
            not _filled(key[0])
            or not _filled(key[1])
            or set(entry) - {"type", "temp-id", "attributes", "relationships"}
        ):
            raise malformed("Malformed document: an included object needs type and temp-id")
        found[(str(key[0]), str(key[1]))] = entry
    return found
