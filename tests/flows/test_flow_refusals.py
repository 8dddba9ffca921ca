"""A refusal is shown in the server's words, without those of the person that it may quote back."""

from __future__ import annotations

from typing import cast

import pytest

from connector.domain.actions import Item, State
from connector.domain.errors import Rejected
from connector.domain.model import NewApplication
from connector.flows.creating import replace_words
from connector.flows.gathering import Prospect
from connector.rules.applications import Decision

NEW = NewApplication(
    job_id="5101",
    reference="cord:cs_1",
    first_name="Ana",
    last_name="Petrov",
    email="ana.petrov@example.com",
    phone="+447700900123",
    phone_region="GB",
    linkedin_url=None,
    summary="Backend engineer in Leeds",
    source_label="cord",
    tag="Sourced: cord",
    notify=False,
)


@pytest.mark.parametrize("said", [NEW.summary, NEW.email, NEW.phone, NEW.first_name, NEW.last_name])
def test_a_refusal_that_quotes_the_person_is_shown_without_the_quotation(said: str) -> None:
    prospect = Prospect(cast(Item, None), Decision(State.PLANNED, "send", new=NEW))
    shown = replace_words(Rejected("pinpoint", "POST /applications", f"{said} is not allowed here", 422), prospect)
    assert said not in shown.what
    assert shown.what.endswith("is not allowed here")
