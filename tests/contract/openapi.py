"""Holds plain HTTP requests and answers against the two contracts in `docs/contracts/`.

Works on method, URL, headers and body bytes, so that anything can be checked: a client's requests before they are sent,
a simulator's answers, a recording. Stricter than the platforms: a query parameter that the contract does not list is a
violation for cord too, though cord ignores it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]
from referencing import Registry
from referencing.jsonschema import DRAFT202012

CONTRACTS = Path(__file__).resolve().parents[2] / "docs" / "contracts"

#: Path prefix in front of the contract's paths.
_PREFIX = {"cord": "", "pinpoint": "/api/v1"}


class ContractViolation(AssertionError):
    """A message breaks a contract. `problems` lists everything that is wrong with it."""

    def __init__(self, platform: str, what: str, problems: list[str]) -> None:
        self.platform = platform
        self.problems = problems
        super().__init__(f"{platform}: {what}\n" + "\n".join(f"  - {problem}" for problem in problems))


@dataclass(frozen=True)
class PlainRequest:
    """A request as bytes on the wire would say it. `url` may be absolute or begin with the path."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class PlainResponse:
    """An answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def validate_request(platform: str, request: PlainRequest) -> None:
    """Raises ContractViolation unless `request` is one that `platform` (`cord` or `pinpoint`) documents."""
    contract = _contract(platform)
    try:
        operation = contract.operation(request)
    except LookupError as exc:
        raise ContractViolation(platform, f"{request.method} {request.url}", [str(exc)]) from exc
    problems = [*operation.query_problems(request), *operation.header_problems(request)]
    problems += operation.body_problems(request)
    if problems:
        raise ContractViolation(platform, f"request {request.method} {request.url}", problems)


def validate_response(platform: str, request: PlainRequest, response: PlainResponse) -> None:
    """Raises ContractViolation unless `response` is a documented answer to `request`'s operation.

    Only the operation of `request` matters, not whether the request itself is right. An answer to a path or method that
    the contract lacks must be one of 401, 403, 404, 405 or 429.
    """
    contract = _contract(platform)
    what = f"answer {response.status} to {request.method} {request.url}"
    try:
        operation = contract.operation(request)
    except LookupError as exc:
        if response.status not in (401, 403, 404, 405, 429):
            raise ContractViolation(platform, what, [str(exc)]) from exc
        return
    problems = list(operation.response_problems(response))
    if problems:
        raise ContractViolation(platform, what, problems)


@cache
def _contract(platform: str) -> "_Contract":
    text = (CONTRACTS / f"{platform}.openapi.yaml").read_text(encoding="utf-8")
    return _Contract(platform, yaml.safe_load(text))


class _Contract:
    """One OpenAPI file. Places in it are JSON pointers, with references followed."""

    def __init__(self, platform: str, document: dict[str, Any]) -> None:
        self.platform = platform
        self._document = document
        self._uri = f"urn:contract:{platform}"
        self._registry: Registry[Any] = Registry().with_resource(self._uri, DRAFT202012.create_resource(document))

    def operation(self, request: PlainRequest) -> "_Operation":
        """The operation of a request. Raises LookupError when there is none."""
        path = urlsplit(request.url).path
        prefix = _PREFIX[self.platform]
        if not path.startswith(prefix + "/"):
            raise LookupError(f"the path does not begin with {prefix}/")
        path = path.removeprefix(prefix)
        for template in sorted(self._document["paths"], key=lambda text: text.count("{")):
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
            method = request.method.lower()
            if re.fullmatch(pattern, path) and method in self._document["paths"][template]:
                return _Operation(self, f"/paths/{_escape(template)}", method)
        raise LookupError(f"no operation {request.method} {path}")

    def at(self, pointer: str) -> tuple[str, Any]:
        """The pointer with references followed, and what is there."""
        node: Any = self._document
        walked = ""
        for step in pointer.split("/")[1:]:
            node = node[int(step)] if isinstance(node, list) else node[step.replace("~1", "/").replace("~0", "~")]
            walked += f"/{step}"
            if isinstance(node, dict) and "$ref" in node:
                walked, node = self.at(node["$ref"].removeprefix("#"))
        return walked, node

    def schema_problems(self, pointer: str, value: Any) -> Iterator[str]:
        """What is wrong with `value` by the schema at `pointer`."""
        schema = {"$ref": f"{self._uri}#{pointer}"}
        validator = Draft202012Validator(schema, registry=self._registry, format_checker=_FORMATS)
        for error in validator.iter_errors(value):
            yield f"{error.json_path}: {error.message[:300]}"


@dataclass(frozen=True)
class _Operation:
    contract: _Contract
    path_pointer: str
    method: str

    @property
    def _pointer(self) -> str:
        return f"{self.path_pointer}/{self.method}"

    def _parameters(self, place: str) -> dict[str, tuple[str, dict[str, Any]]]:
        found: dict[str, tuple[str, dict[str, Any]]] = {}
        for owner in (self.path_pointer, self._pointer):
            listed = self.contract.at(owner)[1].get("parameters", [])
            for index in range(len(listed)):
                pointer, parameter = self.contract.at(f"{owner}/parameters/{index}")
                if parameter["in"] == place:
                    found[parameter["name"]] = (f"{pointer}/schema", parameter)
        return found

    def query_problems(self, request: PlainRequest) -> Iterator[str]:
        known = self._parameters("query")
        pairs = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
        names = [name for name, _ in pairs]
        yield from (f"query parameter {name} is given twice" for name in set(names) if names.count(name) > 1)
        for name, text in pairs:
            if name not in known:
                yield f"query parameter {name} is not in the contract"
                continue
            pointer, parameter = known[name]
            value = _typed(text, self.contract.at(pointer)[1], parameter)
            yield from (f"query {name} {problem}" for problem in self.contract.schema_problems(pointer, value))

    def header_problems(self, request: PlainRequest) -> Iterator[str]:
        given = {name.lower(): value for name, value in request.headers.items()}
        for name, (pointer, parameter) in self._parameters("header").items():
            value = given.get(name.lower())
            if value is None:
                if parameter.get("required", False):
                    yield f"header {name} is missing"
                continue
            yield from (f"header {name} {problem}" for problem in self.contract.schema_problems(pointer, value))
        if self.contract.platform == "cord" and not given.get("authorization", "").startswith("Bearer "):
            yield "header Authorization is missing or no bearer token"
        if self.contract.platform == "pinpoint" and not given.get("x-api-key"):
            yield "header X-API-KEY is missing"

    def body_problems(self, request: PlainRequest) -> Iterator[str]:
        operation = self.contract.at(self._pointer)[1]
        if "requestBody" not in operation:
            if request.body:
                yield "there is a body, and the contract has none"
            return
        yield from self._content_problems(f"{self._pointer}/requestBody", request.headers, request.body)

    def response_problems(self, response: PlainResponse) -> Iterator[str]:
        operation = self.contract.at(self._pointer)[1]
        if str(response.status) not in operation["responses"]:
            yield f"status {response.status} is not in the contract"
            return
        pointer, documented = self.contract.at(f"{self._pointer}/responses/{response.status}")
        given = {name.lower(): value for name, value in response.headers.items()}
        for name in documented.get("headers", {}):
            head_pointer, header = self.contract.at(f"{pointer}/headers/{name}")
            value = given.get(name.lower())
            if value is None:
                if header.get("required", False):
                    yield f"header {name} is missing"
                continue
            typed = _typed(value, header["schema"], header)
            problems = self.contract.schema_problems(f"{head_pointer}/schema", typed)
            yield from (f"header {name} {problem}" for problem in problems)
        if self.contract.platform == "cord" and "date" not in given:
            yield "header Date is missing"
        if "content" in documented:
            yield from self._content_problems(pointer, response.headers, response.body)
        elif response.body:
            yield "there is a body, and the contract has none"

    def _content_problems(self, pointer: str, headers: Mapping[str, str], body: bytes) -> Iterator[str]:
        given = {name.lower(): value for name, value in headers.items()}
        media_type = given.get("content-type", "").partition(";")[0].strip().lower()
        pointer, documented = self.contract.at(pointer)
        if media_type not in documented["content"]:
            yield f"media type {media_type or '(none)'} is not in the contract"
            return
        if not media_type.endswith("json"):
            return
        try:
            value = json.loads(body)
        except ValueError as exc:
            yield f"the body is not JSON: {exc}"
            return
        yield from self.contract.schema_problems(f"{pointer}/content/{_escape(media_type)}/schema", value)


def _typed(text: str, schema: dict[str, Any], parameter: dict[str, Any]) -> Any:
    """The value that `text` stands for; the text itself when it cannot be read as the schema's type."""
    kinds = [schema.get("type"), *(choice.get("type") for choice in schema.get("oneOf", []))]
    if "array" in kinds or parameter.get("explode") is False:
        return text.split(",")
    if "integer" in kinds and re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    return text


def _escape(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _is_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return "T" in value and datetime.fromisoformat(value).tzinfo is not None


def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme and not re.search(r"\s", value))


def _is_email(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"[^@\s]+@[^@\s]+", value) is not None


_FORMATS = FormatChecker(formats=())
_FORMATS.checks("date-time", raises=ValueError)(_is_time)
_FORMATS.checks("uri", raises=ValueError)(_is_uri)
_FORMATS.checks("email")(_is_email)
