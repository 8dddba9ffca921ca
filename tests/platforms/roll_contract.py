"""What every ATS must do for an audit: show everyone who stands on a job.

A part of `ats_contract`, which has the stage.
"""

from __future__ import annotations

import pytest
from ats_contract import PDF, VISIBILITIES, Stage, new

from connector.domain.ports import Ats


class RollContract:
    """Behaviours of `applications_on` over real sockets. Fixtures: `ats`, `stage`."""

    @pytest.mark.parametrize("visibility", VISIBILITIES)
    def test_a_job_lists_its_own_applications_with_stage_and_cv(self, ats: Ats, stage: Stage, visibility: str) -> None:
        job, other = stage.job(visibility=visibility), stage.job()
        made = ats.create_application(new(job), PDF)
        by_hand = stage.application(job, "sam@example.com")
        stage.application(other, "sam@example.com")
        stage.move(by_hand, "review")
        first, second = ats.applications_on(job)
        assert (first.id, first.reference, first.stage_kind, first.has_cv) == (made.id, "cord:cs_1", "applied", True)
        assert (second.id, second.email, second.stage_kind, second.has_cv) == (
            by_hand,
            "sam@example.com",
            "review",
            False,
        )

    def test_concealed_applications_are_on_the_list_of_their_job(self, ats: Ats, stage: Stage) -> None:
        job = stage.job(blind_screening=True)
        ats.create_application(new(job), None)
        (there,) = ats.applications_on(job)
        assert (there.reference, there.concealed, there.email) == ("cord:cs_1", True, None)

    def test_a_long_list_of_applications_is_read_to_the_end(self, ats: Ats, stage: Stage) -> None:
        job = stage.job()
        made = [stage.application(job, f"p{n}@example.com") for n in range(1005)]
        before = stage.calls()
        assert [each.id for each in ats.applications_on(job)] == made
        assert stage.calls() - before == 2

    def test_a_job_that_nobody_applied_to_or_that_is_gone_has_none(self, ats: Ats, stage: Stage) -> None:
        assert ats.applications_on(stage.job()) == ()
        assert ats.applications_on("99999") == ()
