"""Fixtures: plain records to change one thing of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connector.domain.actions import Item, Kind, State
from connector.domain.model import Candidate, FileRef, Job, Link, Priority
from connector.rules.applications import Forwarding

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def item() -> Item:
    return Item(
        id=1,
        company="harbourline",
        key="harbourline:application:cs_1",
        kind=Kind.APPLICATION,
        state=State.PLANNED,
        reason="recorded",
        note="",
        start_id="cs_1",
        conversation_id="cv_1",
        candidate_id="pe_1",
        position_id="po_1",
        position_title="Engineer",
        linked_job="5101",
        started_at=NOON,
        automatic=True,
        asked=None,
        job_override=None,
        job_id=None,
        person=None,
        claim=None,
        remote_id=None,
        attempts=0,
        priority=Priority.NEW,
        due_at=NOON,
        doubt_at=None,
    )


@pytest.fixture
def job() -> Job:
    return Job("5101", "Engineer", "open", "external", False, False, False, False, ("81001",))


@pytest.fixture
def link() -> Link:
    return Link("po_1", "5101", "source")


@pytest.fixture
def candidate() -> Candidate:
    cv = FileRef("Ana.pdf", "application/pdf", 2000)
    return Candidate(
        id="pe_1",
        first_name="Ana",
        last_name="Petrov",
        full_name="Ana Petrov",
        email="ana@example.com",
        phone="+447700900123",
        linkedin_url="https://linkedin.example.com/in/ana",
        headline="Engineer",
        cv=cv,
        updated_at=NOON,
    )


@pytest.fixture
def forwarding() -> Forwarding:
    return Forwarding(
        company="harbourline",
        automatic=True,
        since=None,
        default_region="GB",
        notify=False,
        source_label="cord",
        tag="Sourced: cord",
    )
