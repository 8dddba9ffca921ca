"""What each fault kind does to an exchange. The kinds are explained in `faults.py`."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from connector.sandbox import faults
from connector.sandbox.exchange import Answer, Platform, Request, html_answer
from connector.sandbox.faults import Fault
from connector.sandbox.retry_after import retry_after_header

_GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
_LOGIN_PAGE = "<html><head><title>Sign in</title></head><body><form>Please sign in to go on.</form></body></html>"

Instead = Callable[[Fault, Platform, Request], Answer]
Altered = Callable[[Fault, Platform, Request, Answer], Answer]


def _error_before(_fault: Fault, platform: Platform, request: Request) -> Answer:
    return platform.failure(request, 500, "sandbox failure text")


def _gateway_before(_fault: Fault, _platform: Platform, _request: Request) -> Answer:
    return html_answer(502, _GATEWAY_PAGE)


def _unavailable(fault: Fault, platform: Platform, request: Request) -> Answer:
    answer = platform.failure(request, 503, "try again later")
    text = fault.params.get("retry_after")
    return answer if text is None else answer.with_headers(("Retry-After", str(text)))


def _login_page(_fault: Fault, _platform: Platform, _request: Request) -> Answer:
    return html_answer(200, _LOGIN_PAGE)


def _rate_limited(fault: Fault, platform: Platform, request: Request) -> Answer:
    form, seconds = fault.params.get("retry_after", "seconds"), float(fault.params.get("seconds", 1))
    header = retry_after_header(form, seconds, platform.now())
    return platform.failure(request, 429, "Rate limit exceeded").with_headers(*header)


def _error_after(fault: Fault, platform: Platform, request: Request, _answer: Answer) -> Answer:
    platform.own_failure_after(request)
    return _error_before(fault, platform, request)


def _gateway_after(_fault: Fault, _platform: Platform, _request: Request, _answer: Answer) -> Answer:
    return html_answer(502, _GATEWAY_PAGE)


def _truncated(_fault: Fault, _platform: Platform, _request: Request, answer: Answer) -> Answer:
    return replace(answer, body=answer.body[: max(1, len(answer.body) * 2 // 3)] if answer.body else b"")


def _wrong_type(fault: Fault, _platform: Platform, _request: Request, answer: Answer) -> Answer:
    return answer.with_headers(("Content-Type", str(fault.params.get("content_type", "text/plain"))))


def _missing_field(fault: Fault, _platform: Platform, _request: Request, answer: Answer) -> Answer:
    try:
        document = answer.document()
    except ValueError:
        return answer
    path = fault.params.get("field")
    steps = str(path).split(".") if path else _first_id(document)
    _drop(document, steps)
    return replace(answer, body=json.dumps(document).encode())


def _garbage(_fault: Fault, _platform: Platform, _request: Request, answer: Answer) -> Answer:
    # A 204 or a redirect cannot carry a body, so it turns into a 200.
    status = answer.status if answer.body else 200
    return replace(answer, status=status, body=b"\x00\xff not json \xfe")


#: Answers given without any effect.
INSTEAD: dict[str, Instead] = {
    faults.ERROR_BEFORE: _error_before,
    faults.BAD_GATEWAY_BEFORE: _gateway_before,
    faults.UNAVAILABLE: _unavailable,
    faults.HTML_OK: _login_page,
    faults.RATE_LIMITED: _rate_limited,
}

#: Answers changed after the effect.
ALTERED: dict[str, Altered] = {
    faults.ERROR_AFTER: _error_after,
    faults.BAD_GATEWAY_AFTER: _gateway_after,
    faults.TRUNCATED_JSON: _truncated,
    faults.WRONG_TYPE: _wrong_type,
    faults.MISSING_FIELD: _missing_field,
    faults.GARBAGE_AFTER: _garbage,
}


def _first_id(document: Any) -> list[str]:
    """The path of the shallowest `id`; without one that of the first member."""
    queue: list[tuple[list[str], Any]] = [([], document)]
    while queue:
        steps, node = queue.pop(0)
        if isinstance(node, dict):
            if "id" in node:
                return [*steps, "id"]
            queue.extend(([*steps, key], value) for key, value in node.items())
        elif isinstance(node, list):
            queue.extend(([*steps, str(index)], value) for index, value in enumerate(node))
    return [next(iter(document))] if isinstance(document, dict) and document else []


def _drop(document: Any, steps: list[str]) -> None:
    node = document
    for step in steps[:-1]:
        if isinstance(node, list):
            node = node[int(step)] if step.isdigit() and int(step) < len(node) else None
        elif isinstance(node, dict):
            node = node.get(step)
    if isinstance(node, dict) and steps:
        node.pop(steps[-1], None)
