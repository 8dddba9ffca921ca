"""The source is told to call us: once, with the newest secret, and nothing depends on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connector.app import build_company, polls_of
from connector.flows.inquiry import status
from connector.flows.subscribing import sync_subscription
from tests.flows.scene import BRISK, Scene

PUBLIC = "https://connector.example"
ADDRESS = f"{PUBLIC}/callbacks/harbourline/cord"
SECRETS = {"HOOK": "example-secret-for-docs-only-0123456789", "NEXT_HOOK": "another-secret-for-docs-only-9876543210"}


@pytest.fixture
def called(scene: Scene) -> Scene:
    """A company that can be called."""
    return sign_with(scene, "${HOOK}")


def sign_with(scene: Scene, *secrets: str) -> Scene:
    """Let these be the secrets, the newest first, and start anew."""
    scene.secrets.update(SECRETS)
    scene.remap(source={"webhook_secret": list(secrets)})
    made = build_company(scene.mapping, scene.stores, tuning=BRISK, public_url=PUBLIC)
    scene.company = replace(made, clock=scene.clock)
    return scene


def urls(scene: Scene) -> list[str]:
    """Return the addresses that cord calls."""
    return [each.url for each in scene.cord.subscriptions.values() if each.status == "active"]


def posts(scene: Scene) -> int:
    return len(scene.calls("cord", "POST", "/v1/webhooks"))


def error(scene: Scene) -> str | None:
    return next(flow.last_error for flow in status(scene.company).flows if flow.flow == "calls")


def test_it_subscribes_once_to_what_a_poll_would_find(called: Scene) -> None:
    for _ in range(3):
        sync_subscription(called.company)
    ((_, made),) = called.cord.subscriptions.items()
    assert (made.url.partition("?")[0], made.secret, posts(called)) == (ADDRESS, SECRETS["HOOK"], 1)
    assert set(made.event_types) == {
        "conversation.started",
        "conversation.position_added",
        "conversation.forward_requested",
    }


def test_a_lost_answer_makes_no_second_subscription(called: Scene) -> None:
    called.world.faults.add("reset_after", platform="cord", method="POST", path="/v1/webhooks", times=None)
    sync_subscription(called.company)
    assert error(called) is not None
    called.world.faults.clear()
    sync_subscription(called.company)
    assert (1, None) == (len(called.cord.subscriptions), error(called))


def test_a_new_secret_is_subscribed_with_before_the_old_one_goes(called: Scene) -> None:
    sync_subscription(called.company)
    (before,) = urls(called)
    sign_with(called, "${NEXT_HOOK}", "${HOOK}")
    called.world.clear_calls()
    sync_subscription(called.company)
    ((_, made),) = called.cord.subscriptions.items()
    assert (made.secret, made.url != before) == (SECRETS["NEXT_HOOK"], True)
    writes = [call.method for call in called.calls("cord", path="/v1/webhooks") if call.method != "GET"]
    assert ["POST", "DELETE"] == writes


def test_one_that_the_source_has_given_up_is_made_anew(called: Scene) -> None:
    sync_subscription(called.company)
    for each in called.cord.subscriptions.values():
        each.status = "disabled"
    sync_subscription(called.company)
    assert (1, 1) == (len(urls(called)), len(called.cord.subscriptions))


def test_one_that_somebody_has_deleted_is_made_anew(called: Scene) -> None:
    sync_subscription(called.company)
    called.cord.subscriptions.clear()
    sync_subscription(called.company)
    assert 1 == len(urls(called))


@pytest.mark.parametrize("kind", ["unavailable", "html_ok", "rate_limited"])
def test_a_source_in_trouble_is_noted_and_pauses_nothing(called: Scene, kind: str) -> None:
    called.world.faults.add(kind, platform="cord", path="/v1/webhooks", times=None)
    sync_subscription(called.company)
    assert error(called)
    start = called.start()
    called.sync()
    assert ("done", "sent") == called.outcome(start)


def test_a_refusal_is_noted_in_its_words_without_the_secret(called: Scene) -> None:
    called.cord.scopes.discard("conversations:read")
    sync_subscription(called.company)
    assert "POST /v1/webhooks" in str(error(called))
    assert SECRETS["HOOK"] not in str(error(called))


def test_the_secret_is_in_no_table(called: Scene) -> None:
    sync_subscription(called.company)
    called.close()
    files = [file for file in called.file.parent.glob("connector.db*") if file.is_file()]
    assert files
    assert [file for file in files if SECRETS["HOOK"].encode() in file.read_bytes()] == []


def test_without_an_address_or_a_secret_nothing_is_asked(scene: Scene) -> None:
    sync_subscription(scene.company)
    assert [] == scene.calls("cord")
    assert "calls" not in {poll.flow for poll in polls_of(scene.mapping, scene.company)}


def test_the_daemon_looks_every_quarter_of_an_hour(called: Scene) -> None:
    paces: dict[str, Any] = {poll.flow: poll.every_s for poll in polls_of(called.mapping, called.company)}
    assert 900.0 == paces["calls"]
