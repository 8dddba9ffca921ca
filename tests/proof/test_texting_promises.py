"""What recruiting products promise about text messages, and the test that shows each promise kept here.

One entry a promise: the behaviour in our words, then the tests, as file and function. A function that is renamed or
removed fails here, so that no promise loses its proof unnoticed. Voice calls and two-factor codes are out of scope.
"""

from __future__ import annotations

import ast
import functools
from pathlib import Path
from typing import Any

import pytest

from connector.config.loading import load_mappings
from connector.config.problems import ConfigProblems
from connector.sandbox.world import World
from tests.proof.stage import COMPANY, keys, write_mapping
from tests.proof.texting_stage import sms_section, text_keys

ROOT = Path(__file__).parents[1]

PROMISES: dict[str, tuple[str, ...]] = {
    "an account of one's own: id and token are tried, and a refused one is not used": (
        "cli/test_cli_sms_check.py::test_each_account_and_number_is_asked_for",
        "cli/test_cli_sms_check.py::test_a_refused_key_fails",
        "cli/test_cli_sms_sending.py::test_a_refused_key_exits_77",
        "platforms/texting/test_texting_sending.py::test_a_wrong_key_is_refused_everywhere",
    ),
    "accounts managed for the team, in the US and the UK only": (
        "cli/test_cli_sms_provisioning.py::test_it_makes_a_sub_account_and_buys_a_number_for_it",
        "cli/test_cli_sms_provisioning.py::test_it_shows_the_price_and_asks",
        "cli/test_cli_sms_provisioning.py::test_other_countries_are_refused",
        "platforms/twilio/test_twilio_numbers.py::test_only_two_countries_are_sold",
    ),
    "set up first, then switched on; switched off, a provider sends nothing": (
        "flows/test_sms_routing.py::test_disabled_means_zero_sends",
        "unit/rules/test_messages.py::test_switched_off_nothing_leaves",
    ),
    "a token is entered apart from the id, is secret, and without it nothing is sent": (
        "proof/test_texting_promises.py::test_an_account_without_its_token_is_none",
        "unit/config/test_secret_lookup.py::test_value_never_shows_in_a_mapping",
        "platforms/texting/test_texting_sending.py::test_neither_key_nor_number_nor_text_shows_anywhere",
        "cli/test_cli_sms_check.py::test_the_addresses_to_register_are_shown_and_no_secret_is",
    ),
    "a token that was changed at the provider is noticed, and with the new one nothing is missing": (
        "flows/test_sms_routing.py::test_a_refused_token_pauses_the_provider_and_a_new_one_brings_back_what_was_missed",
        "platforms/texting/test_texting_replies.py::test_both_tokens_count_while_one_is_replaced",
        "cli/test_cli_sms_everywhere.py::test_status_shows_a_provider_that_is_left_alone",
    ),
    "a number of ours is E.164, however it was typed": (
        "unit/config/test_mapping_values.py::test_phone_number_is_kept_as_e164",
        "unit/rules/test_phones.py::test_a_number_in_settings_and_one_in_a_callback_are_one",
        "flows/test_sms_attribution.py::test_a_number_written_with_spaces_is_the_same_number",
    ),
    "one active provider: enabling another disables the first, both ways, at once": (
        "cli/test_cli_sms_switching.py::test_using_another_provider_stops_the_one_before_with_the_same_edit",
        "flows/test_sms_routing.py::test_only_the_active_provider_sends_and_the_other_ones_replies_still_count",
        "proof/test_texting_killed.py::test_a_daemon_killed_at_random_moments_loses_no_reply_and_sends_nothing_twice",
    ),
    "the provider by the candidate's country, by an order of preference, and by how it has done": (
        "flows/test_sms_routing.py::test_routing_by_dialling_code",
        "flows/test_sms_routing.py::test_a_provider_that_fails_is_passed_over_and_said_so",
        "unit/rules/test_phones.py::test_the_dialling_code_routes",
        "unit/rules/test_messages.py::test_routing_goes_before_the_active_provider",
    ),
    "the sender by the dialling code of the candidate's number": (
        "flows/test_sms_messages.py::test_a_text_to_an_application_arrives_from_the_number_of_that_country",
        "flows/test_sms_messages.py::test_the_thread_goes_on_from_the_number_that_the_person_knows",
        "flows/test_sms_messages.py::test_a_country_without_a_number_of_ours_is_refused_clearly",
    ),
    "a reply is that of the application which messaged last": (
        "flows/test_sms_attribution.py::test_a_then_b_messaged_the_reply_is_bs_and_after_a_again_it_is_as",
        "flows/test_sms_attribution.py::test_a_reply_read_after_a_later_message_is_still_the_earlier_ones",
        "flows/test_sms_vendors.py::test_a_reply_to_an_earlier_message_goes_to_that_application",
    ),
    "whatever was sent can be replied to, and the reply stands in the same thread": (
        "cli/test_cli_sms_inbox.py::test_a_thread_shows_both_ways_in_order_with_what_became_of_each",
        "flows/test_sms_messages.py::test_an_application_that_was_sent_gets_its_text_once",
        "flows/test_sms_vendors.py::test_sent_answered_and_mirrored_once",
    ),
    "both ways of a conversation with a person, and one inbox: all or mine, by date": (
        "cli/test_cli_sms_inbox.py::test_a_thread_goes_over_all_applications_and_is_found_by_each_name",
        "cli/test_cli_sms_inbox.py::test_mine_are_those_of_the_login_name",
        "cli/test_cli_sms_inbox.py::test_only_answers_to_one_of_the_team",
        "cli/test_cli_sms_inbox.py::test_only_of_some_days",
        "cli/test_cli_sms_inbox.py::test_unread_ones_come_first_and_stay_so_until_they_are_marked",
    ),
    "templates with names; a missing value is not sent, and is a failure that can be seen": (
        "flows/test_sms_messages.py::test_a_template_is_filled_in",
        "flows/test_sms_messages.py::test_a_missing_value_is_refused_when_sending",
        "flows/test_sms_messages.py::test_an_event_with_a_missing_value_is_a_failure_that_can_be_taken_up_again",
        "unit/domain/test_templates.py::test_an_unknown_name_comes_with_the_one_that_was_meant",
    ),
    "by hand, from a template, or on an event: where a message came from is recorded": (
        "flows/test_sms_deliveries.py::test_the_report_counts_by_provider_country_event_and_status",
        "flows/test_sms_messages.py::test_it_leaves_that_long_after_the_event",
        "store/test_texts_inbox.py::test_a_report_adds_up_by_provider_country_event_and_status",
    ),
    "a date to begin with: older replies are never mirrored": (
        "flows/test_sms_attribution.py::test_replies_older_than_the_date_are_recorded_and_never_mirrored",
        "flows/test_sms_attribution.py::test_a_call_about_an_old_reply_is_skipped_with_its_reason",
    ),
    "queued, sent, delivered, or failed with the reason": (
        "flows/test_sms_deliveries.py::test_queued_then_sent_then_delivered",
        "flows/test_sms_deliveries.py::test_a_failure_has_the_vendors_code_and_words",
        "flows/test_sms_deliveries.py::test_callbacks_in_any_order_and_twice_end_where_they_should",
        "platforms/twilio/test_twilio_sending.py::test_every_word_of_twilios_has_its_place",
        "platforms/plivo/test_plivo_reading.py::test_every_word_of_plivos_has_its_place",
    ),
    "a log of failures: the provider's code and words for each message, and our class": (
        "cli/test_cli_sms_outcomes.py::test_a_failure_has_the_vendor_s_code_our_class_and_what_to_do",
        "flows/test_sms_routing.py::test_a_number_that_the_provider_refuses_is_in_the_failure_log_with_its_words",
    ),
    "a balance of segments: a line for each message sent and received, with what is left": (
        "flows/test_sms_balance.py::test_each_message_sent_and_received_has_a_line_with_what_is_left",
        "flows/test_sms_balance.py::test_every_line_adds_up",
        "cli/test_cli_sms_accounts.py::test_the_balance_shows_its_last_lines_and_the_money",
        "proof/test_texting_machine.py::test_no_reply_is_lost_and_no_message_leaves_that_must_not",
    ),
    "at zero and below nothing is written or sent; an event's step is concluded; a top-up resumes new ones only": (
        "flows/test_sms_balance.py::test_at_zero_or_below_nothing_can_be_written",
        "flows/test_sms_balance.py::test_an_events_step_ends_as_concluded_and_a_top_up_resumes_new_ones_only",
        "unit/rules/test_messages.py::test_at_zero_or_below_nothing_leaves",
        "proof/test_texting_machine.py::test_no_reply_is_lost_and_no_message_leaves_that_must_not",
    ),
    "switching off stops everything at once: what is queued is called off and not sent later": (
        "flows/test_sms_routing.py::test_switching_off_calls_off_what_is_queued_and_it_is_not_sent_later",
        "flows/test_sms_attribution.py::test_with_texts_switched_off_replies_are_still_recorded_and_mirrored",
        "cli/test_cli_sms_switching.py::test_what_was_cancelled_is_not_sent_once_it_is_on_again",
        "proof/test_texting_machine.py::test_no_reply_is_lost_and_no_message_leaves_that_must_not",
    ),
    "a number that is shared brings texts of strangers: those wait unmatched": (
        "flows/test_sms_attribution.py::test_a_number_of_nobodys_waits_unmatched_and_can_be_assigned_by_hand",
        "flows/test_sms_attribution.py::test_one_number_two_people_is_held_for_a_human",
        "cli/test_cli_sms_inbox.py::test_what_is_nobody_s_is_assigned_by_hand_and_copied_once",
    ),
    "a test to an internal number first": (
        "flows/test_sms_messages.py::test_a_test_goes_to_the_internal_number_and_is_nobodys",
        "cli/test_cli_sms_sending.py::test_a_test_goes_to_the_internal_number_at_any_hour",
        "cli/test_cli_sms_sending.py::test_a_test_needs_a_number",
    ),
    "a chatbot's number: what comes to it is no reply to a recruiter": (
        "flows/test_sms_attribution.py::test_what_comes_to_the_chatbots_number_is_no_reply_to_a_recruiter",
    ),
    "reports by date, event and kind, to take away": (
        "cli/test_cli_sms_outcomes.py::test_a_report_counts_by_provider_country_event_and_status",
        "cli/test_cli_sms_outcomes.py::test_a_report_is_of_the_days_that_were_asked_for",
        "cli/test_cli_sms_outcomes.py::test_a_report_as_csv_can_be_read_by_a_spreadsheet",
    ),
    "the papers that a country asks for are listed, and named where a message is refused for want of them": (
        "cli/test_cli_sms_check.py::test_registrations_are_listed_for_each_number_s_country",
        "cli/test_cli_sms_outcomes.py::test_a_refusal_for_want_of_registration_names_what_to_register",
        "unit/rules/test_duties.py::test_a_country_has_its_duties",
    ),
    "segments are counted before anything leaves": (
        "flows/test_sms_messages.py::test_a_preview_shows_all_that_counts_and_writes_nothing",
        "cli/test_cli_sms_sending.py::test_a_dry_run_shows_what_it_would_be_and_sends_nothing",
        "cli/test_cli_sms_accounts.py::test_a_dear_template_is_pointed_out",
    ),
    "sent now or at a time": (
        "flows/test_sms_messages.py::test_a_text_for_later_leaves_at_its_time",
        "cli/test_cli_sms_sending.py::test_it_leaves_later_if_asked_to",
        "flows/test_sms_messages.py::test_outside_the_hours_it_waits",
    ),
    "a reply is told where recruiters work": (
        "flows/test_sms_replies.py::test_a_reply_is_mirrored_to_both_sides_with_its_own_time",
        "proof/test_texting_machine.py::test_no_reply_is_lost_and_no_message_leaves_that_must_not",
    ),
    "where a message stands is said beside it": (
        "cli/test_cli_sms_inbox.py::test_a_thread_shows_both_ways_in_order_with_what_became_of_each",
    ),
}


@functools.cache
def _functions(file: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_the_table_is_as_long_as_it_should_be() -> None:
    # 25 lines of the table of four products in scope, and the four that one of them adds elsewhere
    assert len(PROMISES) == 29


@pytest.mark.parametrize("promise", PROMISES)
def test_a_promise_has_its_proof(promise: str) -> None:
    for name in PROMISES[promise]:
        file, _, function = name.partition("::")
        found = _functions(file).get(function)
        assert found is not None, name
        judges = [node for node in ast.walk(found) if _judges(node)]
        assert judges, f"{name} asserts nothing"


def _judges(node: ast.AST) -> bool:
    """Return whether a piece of a test is a judgement: an assertion, an expected error, a state machine."""
    if isinstance(node, ast.Assert):
        return True
    called = node.func if isinstance(node, ast.Call) else None
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name in ("raises", "run_state_machine_as_test") or name.lstrip("_").startswith(("assert", "rest", "check"))


FIELDS = {"twilio": "auth_token", "plivo": "auth_token", "exotel": "api_token", "clicksend": "api_key"}


@pytest.mark.parametrize("vendor", FIELDS)
@pytest.mark.parametrize("how", ["left out", "without a value"])
def test_an_account_without_its_token_is_none(vendor: str, how: str, texted: World, tmp_path: Path) -> None:
    section: dict[str, Any] = sms_section(texted, provider=vendor)
    account, environ = section["providers"][vendor], keys(texted) | text_keys(texted)
    if how == "left out":
        del account[FIELDS[vendor]]
    else:
        del environ[account[FIELDS[vendor]].strip("${}")]
    write_mapping(tmp_path / "mappings", texted, sms=section)
    with pytest.raises(ConfigProblems) as caught:
        load_mappings(tmp_path / "mappings", COMPANY, environ=environ)
    said = str(caught.value)
    assert FIELDS[vendor] in said or account[FIELDS[vendor]].strip("${}") in said
    assert [value for value in text_keys(texted).values() if len(value) > 12 and value in said] == []
