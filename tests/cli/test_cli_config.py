"""`config show`: what is in force, without secrets, and where each value came from."""

from __future__ import annotations

from typing import Any

from tests.cli.desk import Desk


def values(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {value["name"]: value for value in document["companies"][0]["values"]}


def test_each_setting_says_where_it_came_from(desk: Desk) -> None:
    (desk.folder / "settings.env").write_text("# ours\nCONNECTOR_LOG_FORMAT=json\n")
    shown = desk.json("config", "show", "--log-level", "error", CONNECTOR_PUBLIC_URL="https://hooks.example.com")
    found = {one["name"].removeprefix("CONNECTOR_"): (one["value"], one["origin"]) for one in shown["settings"]}
    assert found["LOG_LEVEL"] == ("error", "--log-level")
    assert found["LOG_FORMAT"] == ("json", "settings.env:2")
    assert found["PUBLIC_URL"] == ("https://hooks.example.com", "environment")
    assert found["DATABASE_URL"] == ("sqlite:///connector.db", "default")


def test_each_value_of_a_mapping_says_its_line_or_that_it_is_a_default(desk: Desk) -> None:
    found = values(desk.json("config", "show"))
    assert (found["company"]["value"], found["company"]["origin"]) == ("harbourline", "mappings/harbourline.yaml:2")
    assert (found["forwarding.poll_every"]["value"], found["forwarding.poll_every"]["kind"]) == ("1s", "file")
    assert (found["forwarding.max_new_per_run"]["value"], found["forwarding.max_new_per_run"]["origin"]) == (
        200,
        "default",
    )
    assert found["jobs.visibility"]["value"] == ["external"]


def test_links_are_shown_one_by_one(desk: Desk) -> None:
    desk.map(positions='{position: po_17, job: "5101"}')
    found = values(desk.json("config", "show"))
    assert (found["positions[0].job"]["value"], found["positions[0].automatic"]["origin"]) == ("5101", "default")


def test_secrets_are_shown_by_name_and_by_where_they_were_found(desk: Desk) -> None:
    secret = desk.folder / "pinpoint.key"
    secret.write_text(desk.world.pinpoint_key)
    shown = desk.run("config", "show", "--json", PINPOINT_KEY="", PINPOINT_KEY_FILE=str(secret))
    assert desk.world.cord_token not in shown.stdout
    assert desk.world.pinpoint_key not in shown.stdout
    found = values(desk.json("config", "show", PINPOINT_KEY="", PINPOINT_KEY_FILE=str(secret)))
    assert (found["source.token"]["value"], found["source.token"]["secret_from"]) == ("${CORD_TOKEN}", "environment")
    assert found["ats.api_key"]["secret_from"] == "the file that PINPOINT_KEY_FILE names"


def test_a_password_in_an_address_is_not_shown(desk: Desk) -> None:
    url = "postgresql://connector:very-secret@db.example.com/connector?sslpassword=also-secret"
    shown = desk.run("config", "show", CONNECTOR_DATABASE_URL=url)
    assert "very-secret" not in shown.stdout
    assert "also-secret" not in shown.stdout
    assert "postgresql://connector:…@db.example.com/connector" in shown.stdout


def test_what_is_at_its_default_can_be_left_out(desk: Desk) -> None:
    shown = desk.run("config", "show", "--set")
    assert "default_region" in shown.stdout
    assert "max_new_per_run" not in shown.stdout
