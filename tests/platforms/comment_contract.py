"""What every ATS must do with comments. A platform's test inherits this."""

from __future__ import annotations

import pytest
from ats_contract import Stage

from connector.domain.errors import NeverArrived, OutcomeUnknown, PermissionMissing, RateLimited, Rejected
from connector.domain.ports import Ats

TEXT = "SMS from •••• 123 to +442079460321, 21 Nov 2026 10:02 UTC:\nTuesday works 👍\n[sms:twilio:SM01]"


class CommentContract:
    """Behaviours of comments over real sockets. Fixtures: `ats`, `stage`."""

    @pytest.fixture
    def application(self, stage: Stage) -> str:
        return stage.application(stage.job(), "ana.petrov@example.com")

    def test_a_comment_stands_on_the_application_word_for_word(self, ats: Ats, stage: Stage, application: str) -> None:
        other = stage.application(stage.job(), "bo.lindqvist@example.com")
        made = ats.add_comment(application, TEXT)
        assert (ats.comments_on(application), ats.comments_on(other)) == ({made: TEXT}, {})

    def test_every_comment_is_read(self, ats: Ats, application: str) -> None:
        made = [ats.add_comment(application, f"{TEXT} {number}") for number in range(5)]
        assert list(ats.comments_on(application)) == made

    @pytest.mark.parametrize("kind", ["reset_after", "garbage_after", "error_after", "half_body", "html_ok"])
    def test_a_lost_answer_is_unknown_and_found_by_reading(
        self, ats: Ats, stage: Stage, application: str, kind: str
    ) -> None:
        stage.fault(kind, method="POST")
        with pytest.raises(OutcomeUnknown):
            ats.add_comment(application, TEXT)
        assert list(ats.comments_on(application).values()) == ([] if kind == "html_ok" else [TEXT])

    def test_a_comment_is_never_sent_twice_by_itself(self, ats: Ats, stage: Stage, application: str) -> None:
        stage.fault("error_after", method="POST", times=None)
        with pytest.raises(OutcomeUnknown):
            ats.add_comment(application, TEXT)
        assert len(ats.comments_on(application)) == 1

    def test_an_application_that_is_gone_is_rejected(self, ats: Ats) -> None:
        with pytest.raises(Rejected):
            ats.add_comment("999999", TEXT)

    def test_a_missing_permission_is_named(self, ats: Ats, stage: Stage, application: str) -> None:
        stage.forbid("comments:write")
        with pytest.raises(PermissionMissing) as caught:
            ats.add_comment(application, TEXT)
        assert caught.value.permission == "Comment: Write"

    def test_a_429_is_not_repeated_when_the_wait_is_long(self, ats: Ats, stage: Stage, application: str) -> None:
        before = stage.calls()
        stage.fault("rate_limited", method="POST", retry_after="seconds", seconds=30)
        with pytest.raises(RateLimited):
            ats.add_comment(application, TEXT)
        assert stage.calls() == before + 1

    def test_a_server_that_is_down_never_got_it(self, ats: Ats, stage: Stage, application: str) -> None:
        stage.take_down()
        with pytest.raises(NeverArrived):
            ats.add_comment(application, TEXT)
