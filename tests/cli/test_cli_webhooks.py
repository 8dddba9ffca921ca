"""`check` says for each company whether vendors can call us, and what to do; nothing of it is a failure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.desk import Desk

PUBLIC = "https://connector.example"
SECRET = "example-secret-for-docs-only-0123456789"
CORD, PINPOINT = f"{PUBLIC}/callbacks/harbourline/cord", f"{PUBLIC}/callbacks/harbourline/pinpoint"
SET_UP = {"CONNECTOR_PUBLIC_URL": PUBLIC, "CONNECTOR_LISTEN": "127.0.0.1:0", "HOOK": SECRET}


def name_secrets(desk: Desk) -> None:
    """Name a secret for each side in the mapping."""
    file = desk.map()
    text = file.read_text(encoding="utf-8")
    for key in ("token", "api_key"):
        text = text.replace(f"{key}:", f'webhook_secret: "${{HOOK}}", {key}:')
    file.write_text(text, encoding="utf-8")


@pytest.fixture
def signing(desk: Desk) -> Desk:
    name_secrets(desk)
    return desk


def said(desk: Desk, **environ: str) -> dict[str, tuple[str, str]]:
    """Return what is said about calls, by platform: level and words, with what to do."""
    found: list[dict[str, Any]] = desk.json("check", **environ)["findings"]
    words = ("webhook", " call")
    about = [f for f in found if any(word in f["what"] for word in words)]
    return {f["what"].partition(":")[0]: (f["level"], f"{f['what']} | {f['todo']}") for f in about}


def test_without_an_address_it_says_what_to_set_and_fails_nothing(desk: Desk) -> None:
    ended = desk.run("check")
    assert ended.returncode == 0
    found = said(desk)
    for platform, section in (("cord", "source"), ("pinpoint", "ats")):
        level, words = found[platform]
        assert level == "ok"
        assert "CONNECTOR_PUBLIC_URL" in words
        assert f"{section}.webhook_secret" in words


def test_an_address_without_a_listener_is_no_address(signing: Desk) -> None:
    assert "CONNECTOR_LISTEN" in said(signing, **{**SET_UP, "CONNECTOR_LISTEN": ""})["cord"][1]


def test_with_an_address_and_no_secret_it_names_the_exact_address_for_pinpoint(desk: Desk) -> None:
    found = said(desk, **SET_UP)
    assert f"register {PINPOINT} by hand (Pinpoint: Settings > API & Webhooks)" in found["pinpoint"][1]
    assert "set source.webhook_secret" in found["cord"][1]
    assert "CONNECTOR_PUBLIC_URL" not in found["cord"][1]


def test_before_the_daemon_has_run_cord_does_not_call_yet(signing: Desk) -> None:
    level, words = said(signing, **SET_UP)["cord"]
    assert (level, f"does not call {CORD} yet" in words, "connector run" in words) == ("warn", True, True)
    assert signing.run("check", **SET_UP).returncode == 0
    assert {call.method for call in signing.world.calls} == {"GET"}


def test_once_it_is_subscribed_cord_calls(signing: Desk) -> None:
    subscribe(signing)
    found = said(signing, **SET_UP)
    assert found["cord"][0] == "ok"
    assert f"cord: calls {CORD}" in found["cord"][1]
    assert f"pinpoint: may call {PINPOINT}" in found["pinpoint"][1]


def test_one_that_cord_has_given_up_is_a_warning(signing: Desk) -> None:
    subscribe(signing)
    for each in signing.world.cord.subscriptions.values():
        each.status = "disabled"
    level, words = said(signing, **SET_UP)["cord"]
    assert (level, "has given up calling" in words) == ("warn", True)


def test_a_secret_that_cord_would_refuse_is_a_warning(signing: Desk) -> None:
    level, words = said(signing, **SET_UP | {"HOOK": "too-short"})["cord"]
    assert (level, "fewer than 32 characters" in words) == ("warn", True)


def test_a_source_that_does_not_tell_is_a_warning(signing: Desk) -> None:
    signing.world.faults.add("html_ok", platform="cord", path="/v1/webhooks", times=None)
    level, words = said(signing, **SET_UP)["cord"]
    assert (level, "cannot tell whether it calls" in words) == ("warn", True)


def subscribe(desk: Desk) -> None:
    """Do what the daemon does."""
    from connector.app import build_company, open_stores
    from connector.config.loading import load_mappings
    from connector.flows.subscribing import sync_subscription

    stores = open_stores(f"sqlite:///{desk.folder / 'connector.db'}")
    (mapping,) = load_mappings(desk.folder / "mappings", environ=desk.environ | SET_UP)
    sync_subscription(build_company(mapping, stores, public_url=PUBLIC))
    stores.close()
