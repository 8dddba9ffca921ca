"""Plivo's error answers: one member, `error`, beside the `api_id`."""

from connector.sandbox.exchange import Answer, json_answer


class Refused(Exception):
    """The request is answered with an error. The documents give statuses; the words are assumed."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


def not_found() -> Refused:
    """404 for anything that is not there."""
    return Refused(404, "not found")


def error_answer(refused: Refused, api_id: str) -> Answer:
    """The error body."""
    return json_answer(refused.status, {"api_id": api_id, "error": refused.words})
