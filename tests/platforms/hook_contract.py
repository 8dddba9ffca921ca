"""What every source that can call us must do. A platform's test inherits this beside `SourceContract`."""

from __future__ import annotations

import pytest
from source_contract import AT, Stage

from connector.domain.errors import KeyRefused, OutcomeUnknown, Rejected
from connector.domain.ports import Source

ADDRESS = "https://connector.example/callbacks/harbourline/cord?secret=0a1b2c3d"
SECRET = "example-secret-for-docs-only-0123456789"


class HookContract:
    """Behaviours of subscriptions over real sockets. Fixtures: `source`, `stage`."""

    def test_a_subscription_is_made_and_taken_away(self, source: Source, stage: Stage) -> None:
        assert source.subscriptions() == ()
        source.send(source.prepare_subscription(ADDRESS, SECRET, AT))
        (made,) = source.subscriptions()
        assert (made.url, made.is_active) == (ADDRESS, True)
        source.send(source.prepare_unsubscription(made.id, AT))
        assert source.subscriptions() == ()

    def test_the_same_bytes_again_are_no_second_subscription(self, source: Source, stage: Stage) -> None:
        prepared = source.prepare_subscription(ADDRESS, SECRET, AT)
        source.send(prepared)
        source.send(prepared)
        assert len(source.subscriptions()) == 1

    def test_taking_away_what_is_not_there_is_no_fault(self, source: Source, stage: Stage) -> None:
        source.send(source.prepare_unsubscription("wh_99", AT))

    def test_the_secret_is_in_no_answer_and_in_no_shown_record(self, source: Source, stage: Stage) -> None:
        source.send(source.prepare_subscription(ADDRESS, SECRET, AT))
        assert SECRET not in repr(source.subscriptions())

    @pytest.mark.parametrize("kind", ["reset_after", "bad_gateway_after"])
    def test_a_subscription_whose_answer_was_lost_is_unknown(self, source: Source, stage: Stage, kind: str) -> None:
        prepared = source.prepare_subscription(ADDRESS, SECRET, AT)
        stage.fault(kind, method="POST", times=None)
        with pytest.raises(OutcomeUnknown):
            source.send(prepared)
        stage.fault("none")
        assert [each.url for each in source.subscriptions()] == [ADDRESS]

    @pytest.mark.breaks_the_contract
    def test_a_secret_that_is_too_short_is_refused(self, source: Source, stage: Stage) -> None:
        with pytest.raises(Rejected):
            source.send(source.prepare_subscription(ADDRESS, "short", AT))

    def test_a_refused_key_is_refused_here_too(self, source: Source, stage: Stage) -> None:
        stage.refuse_key()
        with pytest.raises(KeyRefused):
            source.subscriptions()
