"""Who is meant, and what was written; and that nothing is taken up by hand while it is being sent."""

from __future__ import annotations

import pytest

from connector.domain.actions import Kind
from connector.domain.errors import Busy
from connector.flows import company as companies
from connector.flows.correspondence import applications_of, explain_number, text_status, thread_of
from connector.flows.inquiry import drop, retry
from tests.flows.text_scene import ANA, BO, TextScene


def test_an_application_is_found_by_its_id_at_the_ats(texts: TextScene) -> None:
    application = texts.applied()
    assert [item.id for item in applications_of(texts.company, application.remote_id or "")] == [application.id]


@pytest.mark.parametrize("who", ["", "nobody@example.com", "cv_nowhere", "999999", "@", ANA])
def test_nothing_goes_by_other_names(who: str, texts: TextScene) -> None:
    texts.applied(BO)
    assert applications_of(texts.company, who) == []


@pytest.mark.parametrize("written", [ANA, "+44 7700 900123", "07700 900123", "0044 7700 900123"])
def test_a_number_is_read_however_it_is_written(written: str, texts: TextScene) -> None:
    texts.text(texts.applied())
    assert [message.theirs for message in thread_of(texts.company, written).messages] == [ANA]


def test_a_number_leads_to_the_person_s_actions(texts: TextScene) -> None:
    texts.text(texts.applied())
    kinds = [match.item.kind for match in explain_number(texts.company, ANA)]
    assert {Kind.APPLICATION, Kind.MESSAGE} <= set(kinds)
    assert len(kinds) == len({match.item.id for match in explain_number(texts.company, ANA)})


def test_somebody_who_was_never_texted_has_applications_and_no_messages(texts: TextScene) -> None:
    application = texts.applied()
    thread = thread_of(texts.company, ANA)
    assert ([item.id for item in thread.applications], thread.messages) == ([application.id], ())


def test_where_messages_stand(texts: TextScene) -> None:
    texts.text(texts.applied())
    texts.reply("hello")
    texts.reply("hello", BO)
    texts.replies()
    status = text_status(texts.company)
    assert status is not None
    assert (status.unread, status.unmatched, status.queued, status.unknown) == (2, 1, 0, 0)


@pytest.mark.parametrize("deed", [retry, drop])
def test_nothing_is_taken_up_by_hand_while_messages_are_sent(
    deed: object, texts: TextScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = texts.text(texts.applied())
    monkeypatch.setattr(companies, "TEXTS_WAIT_S", 0.05)
    with texts.company.texts_lock(), pytest.raises(Busy):
        deed(texts.company, [item.id])  # type: ignore[operator]
