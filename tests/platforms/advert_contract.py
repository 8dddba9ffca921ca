"""What every ATS must show of its jobs to be mirrored. A platform's test inherits this beside `AtsContract`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ats_contract import VISIBILITIES, Stage

from connector.domain.errors import WireError
from connector.domain.ports import Ats


class AdvertContract:
    """Behaviours of `Ats.job_list` over real sockets. Fixtures: `ats`, `stage`."""

    def test_adverts_are_of_the_open_jobs_of_the_visibilities_asked_for(self, ats: Ats, stage: Stage) -> None:
        made = {visibility: stage.job(visibility=visibility) for visibility in VISIBILITIES}
        closed = stage.job(status="closed")
        found = ats.job_list(["external", "confidential"])
        assert sorted(found.adverts) == sorted([made["external"], made["confidential"]])
        assert sorted(found.jobs) == sorted([*made.values(), closed])
        assert found.finished

    def test_no_advert_is_read_where_none_is_asked_for(self, ats: Ats, stage: Stage) -> None:
        stage.job()
        assert ats.job_list().adverts == {}

    def test_the_list_with_adverts_shows_the_same_jobs(self, ats: Ats, stage: Stage) -> None:
        stage.job(require_phone=True, blind_screening=True, ask_for_address=True)
        assert ats.job_list(["external"]).jobs == ats.jobs()

    def test_an_advert_holds_what_a_candidate_reads(self, ats: Ats, stage: Stage) -> None:
        job = stage.job(title="Engineer", description="<p>Build<script>x()</script></p>", benefits="<p>Leave</p>")
        advert = ats.job_list(["external"]).adverts[job]
        assert advert is not None
        listing = advert.listing
        assert (listing.job_id, listing.title, listing.status) == (job, "Engineer", "open")
        text = listing.description_html or ""
        assert text.index("<p>Build</p>") < text.index("<p>Leave</p>")
        assert "script" not in text
        assert listing.location
        assert listing.department
        assert listing.employment_type
        assert (listing.url or "").startswith("http")
        assert listing.updated_at.utcoffset() == timedelta(0)

    def test_a_row_that_cannot_be_read_is_named_and_holds_up_no_other(self, ats: Ats, stage: Stage) -> None:
        spoilt, sound, third = stage.job(), stage.job(), stage.job()
        stage.change_job(spoilt, require_phone="perhaps")
        found = ats.job_list(["external"])
        assert (list(found.unread), sorted(found.jobs), found.finished) == ([spoilt], sorted([sound, third]), True)
        # what is left out of `jobs` is gone, and this one is not
        with pytest.raises(WireError):
            ats.jobs()
        with pytest.raises(WireError):
            ats.jobs([spoilt, sound, third])

    @pytest.mark.parametrize("visible", [True, False])
    def test_pay_is_shown_only_where_the_ats_shows_it(self, ats: Ats, stage: Stage, visible: bool) -> None:
        job = stage.job(compensation_visible=visible, compensation_minimum=61234.0)
        advert = ats.job_list(["external"]).adverts[job]
        assert advert is not None
        assert visible == ("61,234" in (advert.listing.description_html or ""))

    def test_a_deadline_comes_with_the_advert(self, ats: Ats, stage: Stage) -> None:
        job = stage.job(deadline_at="2026-12-01T12:00:00+02:00")
        advert = ats.job_list(["external"]).adverts[job]
        assert advert is not None
        assert advert.closes_at == datetime(2026, 12, 1, 10, tzinfo=UTC)

    def test_a_thousand_jobs_with_their_adverts_cost_one_call(self, ats: Ats, stage: Stage) -> None:
        for _ in range(999):
            stage.job()
        before = stage.calls()
        assert len(ats.job_list(["external"]).adverts) == 999
        assert stage.calls() == before + 1
