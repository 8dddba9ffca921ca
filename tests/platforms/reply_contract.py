"""What every source that keeps copies of text messages must do. A platform's test inherits this."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from source_contract import Stage

from connector.domain.errors import CandidateErased, NotThere, OutcomeUnknown, PermissionMissing, Rejected
from connector.domain.ports import Source

CAME = datetime(2026, 11, 21, 10, 2, 11, tzinfo=UTC)
OURS, THEIRS = "+442079460321", "+447700900123"


def reply(source: Source, conversation: str, text: str = "Tuesday works", id_: str = "SM01") -> Any:
    """Prepare the copy of a reply."""
    return source.prepare_reply(conversation, id_, text, THEIRS, OURS, CAME)


class ReplyContract:
    """Behaviours of copied replies over real sockets. Fixtures: `source`, `stage`."""

    @pytest.fixture
    def conversation(self, stage: Stage) -> str:
        return stage.conversation_of(stage.start(stage.person(), stage.position()))

    def test_a_reply_stands_in_the_conversation_as_it_came(
        self, source: Source, stage: Stage, conversation: str
    ) -> None:
        source.send(reply(source, conversation, "Dienstag paßt 👍"))
        assert stage.replies(conversation) == [("Dienstag paßt 👍", CAME, "SM01")]

    def test_the_same_bytes_twice_are_one_reply(self, source: Source, stage: Stage, conversation: str) -> None:
        prepared = reply(source, conversation)
        source.send(prepared)
        source.send(prepared)
        assert len(stage.replies(conversation)) == 1

    def test_the_same_message_in_other_bytes_is_one_reply(
        self, source: Source, stage: Stage, conversation: str
    ) -> None:
        source.send(reply(source, conversation))
        source.send(reply(source, conversation, "written otherwise"))
        assert [text for text, _, _ in stage.replies(conversation)] == ["Tuesday works"]

    @pytest.mark.parametrize("kind", ["reset_after", "garbage_after", "error_after", "half_body", "html_ok"])
    def test_a_lost_answer_is_settled_by_the_same_bytes(
        self, source: Source, stage: Stage, conversation: str, kind: str
    ) -> None:
        prepared = reply(source, conversation)
        stage.fault(kind, method="POST")
        try:
            source.send(prepared)
        except OutcomeUnknown:
            source.send(prepared)
        assert len(stage.replies(conversation)) == 1

    def test_a_text_that_is_too_long_is_cut_visibly(self, source: Source, stage: Stage, conversation: str) -> None:
        source.send(reply(source, conversation, "a" * 5000))
        ((text, _, _),) = stage.replies(conversation)
        assert (len(text), text[-1]) == (4000, "…")

    def test_a_reply_without_text_says_so(self, source: Source, stage: Stage, conversation: str) -> None:
        source.send(reply(source, conversation, " \x00 "))
        assert [text for text, _, _ in stage.replies(conversation)] == ["[no text]"]

    def test_a_closed_conversation_takes_none(self, source: Source, stage: Stage, conversation: str) -> None:
        stage.close(conversation)
        with pytest.raises(Rejected) as caught:
            source.send(reply(source, conversation))
        assert caught.value.code == "conversation_closed"

    def test_an_erased_person_is_said(self, source: Source, stage: Stage) -> None:
        person = stage.person()
        conversation = stage.conversation_of(stage.start(person, stage.position()))
        stage.erase(person)
        with pytest.raises(CandidateErased):
            source.send(reply(source, conversation))

    def test_an_unknown_conversation_is_said(self, source: Source) -> None:
        with pytest.raises(NotThere):
            source.send(reply(source, "cv_nobody"))

    def test_a_missing_permission_is_named(self, source: Source, stage: Stage, conversation: str) -> None:
        stage.forbid("messages:write")
        with pytest.raises(PermissionMissing) as caught:
            source.send(reply(source, conversation))
        assert caught.value.permission == "messages:write"
