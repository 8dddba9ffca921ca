"""What an administrator sets about texts arrives where it is gone by: each key, and none as if it had been left out."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.accounts import sms_settings
from connector.config.loading import load_mappings
from connector.config.mapping import Mapping
from connector.domain.sms import SmsSettings, Template

PLAIN = """\
version: 1
company: harbourline
source: {platform: cord, base_url: "https://cord.example", token: "${SECRET}"}
ats: {platform: pinpoint, url: "https://harbourline.pinpointhq.com", api_key: "${SECRET}"}
"""
SET = """\
default_region: GB
sms:
  enabled: false
  provider: plivo
  providers:
    plivo: {auth_id: MA1, auth_token: "${SECRET}", callback_secret: "${PATH_SECRET}", numbers: ["+442079460123"]}
  routing: {"+44": plivo, default: [plivo]}
  replies_since: 2026-11-01
  mirror_replies_to: [source]
  show_sender: hidden
  templates: [{name: hello, text: Hi, on: application_sent, after: 10m}]
  quiet_hours: {from: "09:00", to: "20:00", zone: Europe/London}
  smart_encoding: true
  chatbot_numbers: ["+442079460999"]
  test_number: "+447700900001"
  loop_after: 3
  failure_threshold: 0.25
  segment_balance: 500
"""
ARRIVED = SmsSettings(
    enabled=False,
    provider="plivo",
    routing={"+44": ("plivo",), "default": ("plivo",)},
    numbers={"plivo": ("+442079460123",)},
    chatbot_numbers=frozenset({"+442079460999"}),
    replies_since=datetime(2026, 11, 1, tzinfo=UTC),
    mirror_to=("source",),
    templates={"hello": Template("hello", "Hi", "application_sent", 600.0)},
    default_region="GB",
    quiet_hours=("09:00", "20:00"),
    zone="Europe/London",
    show_sender="hidden",
    smart_encoding=True,
    segment_balance=500,
    loop_after=3,
    failure_threshold=0.25,
    public_url="https://connector.example.com",
    callback_secrets={"plivo": "in-the-path"},
    test_number="+447700900001",
)


def read(folder: Path, text: str) -> Mapping:
    (folder / "harbourline.yaml").write_text(text, encoding="utf-8")
    (mapping,) = load_mappings(folder, environ={"SECRET": "a-secret", "PATH_SECRET": "in-the-path"})
    return mapping


def test_every_key_arrives(tmp_path: Path) -> None:
    assert sms_settings(read(tmp_path, PLAIN + SET), "https://connector.example.com/") == ARRIVED


@pytest.mark.parametrize("name", [each.name for each in fields(SmsSettings)])
def test_every_key_is_set_to_something_else_than_its_default(tmp_path: Path, name: str) -> None:
    """Else the comparison above would not notice that it is passed over; a new key must be added to it."""
    assert asdict(ARRIVED)[name] != asdict(sms_settings(read(tmp_path, PLAIN), ""))[name]
