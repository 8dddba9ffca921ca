"""`check` about text messages: accounts, numbers, callbacks, registrations, templates, permissions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector.sandbox.world import World
from tests.cli.text_desk import OURS, TextDesk

PUBLIC = {"CONNECTOR_PUBLIC_URL": "https://connector.example.com", "CONNECTOR_LISTEN": "127.0.0.1:0"}


def findings(texting: TextDesk, **environ: str) -> list[tuple[str, str, str]]:
    return [(f["level"], f["what"], f["todo"]) for f in texting.json("check", **environ)["findings"]]


def of(texting: TextDesk, words: str, **environ: str) -> tuple[str, str, str]:
    """Return the finding that holds these words."""
    found = [f for f in findings(texting, **environ) if words in f[1]]
    assert found, f"nothing about {words}"
    return found[0]


def test_each_account_and_number_is_asked_for(texting: TextDesk) -> None:
    assert of(texting, "twilio: reached")[:2] == (
        "ok",
        "twilio: reached, and the account is accepted; messages leave through it",
    )
    assert of(texting, f"twilio: {OURS}")[1] == f"twilio: {OURS} is there and can text"
    assert "does not send now" in of(texting, "clicksend: reached")[1]


def test_a_refused_key_fails(texting: TextDesk) -> None:
    ended = texting.run("check", TWILIO_AUTH_TOKEN="f" * 32)
    assert ended.returncode == 77
    assert "f" * 32 not in ended.stdout + ended.stderr
    assert "clicksend: reached" in ended.stdout


def test_a_number_that_pinpoint_holds_is_warned_of(texting: TextDesk) -> None:
    texting.vendor.add_number(OURS, inbound_url="https://harbourline.pinpointhq.com/sms")
    level, what, _ = of(texting, "Pinpoint itself holds")
    assert level == "warn"
    assert "switch SMS off in Pinpoint" in what


def test_a_service_that_swallows_replies_is_warned_of(texting: TextDesk) -> None:
    texting.world.texting["twilio"].add_service([OURS])  # type: ignore[attr-defined]
    level, what, _ = of(texting, "swallows inbound")
    assert level == "warn"
    assert "send a webhook" in what


def test_the_addresses_to_register_are_shown_and_no_secret_is(texting: TextDesk) -> None:
    shown = findings(texting, **PUBLIC)
    lines = "\n".join(f"{what} {todo}" for _, what, todo in shown)
    assert "https://connector.example.com/callbacks/harbourline/twilio/inbound#rc=5&rp=all" in lines
    assert "https://connector.example.com/callbacks/harbourline/clicksend/inbound/<callback_secret>" in lines
    assert "https://connector.example.com/callbacks/harbourline/clicksend/status/<callback_secret>" in lines
    assert texting.environ["CLICKSEND_CALLBACK_SECRET"] not in lines


def test_without_an_address_polls_are_what_is_left(texting: TextDesk) -> None:
    level, what, todo = of(texting, "twilio: does not call us")
    assert level == "ok"
    assert "replies are polled" in what
    assert "CONNECTOR_PUBLIC_URL" in todo


@pytest.mark.parametrize("vendor", ["plivo", "exotel"])
def test_where_texts_come_by_call_only_that_is_a_warning(vendor: str, tmp_path: Path) -> None:
    with World(limits=None, texting=(vendor,)) as world:
        texting = TextDesk(world, tmp_path)
        level, what, _ = of(texting, f"{vendor}: does not call us")
        assert (level, "replies are lost" in what) == ("warn", True)
        assert of(texting, "comes by its call only", **PUBLIC)[0] == "warn"


def test_clicksend_needs_a_rule_that_cannot_be_asked_for(texting: TextDesk) -> None:
    assert "action POLL" in of(texting, "clicksend: reached")[2]


def test_registrations_are_listed_for_each_number_s_country(texting: TextDesk) -> None:
    _, what, todo = of(texting, "A2P 10DLC brand")
    assert "+16465550123" in what
    assert "carriers refuse texts without it" in what
    assert "EIN" in todo
    assert "Companies House number" in of(texting, "UK business details")[2]


def test_templates_that_cannot_be_sent_or_are_dear_are_warned_of(texting: TextDesk) -> None:
    texting.text_map(
        templates=[{"name": "link", "text": "{{application.magic_link}}"}, {"name": "dear", "text": "it’s " * 20}]
    )
    assert of(texting, "template link")[0] == "warn"
    assert "which takes 1 instead of 2 segments" in of(texting, "template dear")[2]


def test_replies_older_than_the_vendor_keeps_are_said_not_to_come(texting: TextDesk) -> None:
    texting.text_map(replies_since="2024-01-01")
    level, what, _ = of(texting, "replies_since")
    assert (level, "twilio" in what) == ("warn", True)


@pytest.mark.parametrize("permission", ["comments", "messages:write"])
def test_a_permission_that_copies_need_fails(permission: str, texting: TextDesk) -> None:
    withdraw(texting.world, permission)
    level, what, _ = of(texting, f"may not use {permission}")
    assert level == "fail"
    texting.text_map(mirror_replies_to=["source" if permission == "comments" else "ats"])
    assert of(texting, f"may not use {permission}")[0] == "warn"
    assert what


def withdraw(world: Any, permission: str) -> None:
    """Take a permission away at the platform that has it."""
    if permission == "comments":
        world.pinpoint.permissions.discard("comments:read")
    else:
        world.cord.scopes.discard(permission)


def test_switched_off_and_used_up_are_said(texting: TextDesk) -> None:
    texting.text_map(enabled=False, segment_balance=0)
    assert "sms on" in of(texting, "switched off")[2]
    assert "segment_balance" in of(texting, "0 segments left")[2]


def test_a_company_without_text_messages_hears_nothing_of_them(texting: TextDesk) -> None:
    texting.map()
    assert not [what for _, what, _ in findings(texting) if "twilio" in what or "text" in what]
