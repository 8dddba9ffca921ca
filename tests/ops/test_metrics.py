"""The page of figures: what it holds, and that no person is in it."""

from __future__ import annotations

from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families

from connector.domain.audits import AuditCounts
from connector.domain.textwatch import TextFigures
from connector.rest.budget import BudgetState, calls_left
from connector.web.metrics import FlowSeen, Metrics, Reading

READING = Reading(
    ready=True,
    flows=[FlowSeen("harbourline", "applications", 30.0, 4.0, {"well": 7, "failed": 1}, passed_over=2)],
    actions={("harbourline", "application", "done"): 12},
    lag_s={"harbourline": 61.5},
    pauses=[("harbourline", "pinpoint", "key_refused")],
    budgets=[("pinpoint:pinpointhq.com", "60s", 117)],
    audits={"harbourline": AuditCounts(datetime(2026, 11, 28, tzinfo=UTC), 412, 411, 1, 0, 2)},
    link_warnings={("harbourline", "phone_required"): 3},
    texts={
        "harbourline": TextFigures(
            messages={("in", "twilio", "received"): 4, ("out", "twilio", "failed"): 2},
            held={"unmatched": 1, "two_people": 0, "loop": 0},
            unread=3,
            callbacks=7,
            callbacks_bad=5,
            opted_out=6,
            left=-1,
        ),
        "quayside": TextFigures(),
    },
    text_waits_s={"harbourline": 12.5},
)


def page(metrics: Metrics) -> dict[tuple[str, tuple[str, ...]], float]:
    content, _ = metrics.page("text/plain")
    families = text_string_to_metric_families(content.decode())
    return {(s.name, tuple(s.labels.values())): s.value for family in families for s in family.samples}


def metrics(reading: Reading = READING) -> Metrics:
    return Metrics(lambda: reading, {"version": "1.2.3", "database": "SQLite"})


def test_what_others_keep_is_read_at_each_scrape() -> None:
    figures = page(metrics())
    expected = {
        ("connector_build_info", ("SQLite", "1.2.3")): 1.0,
        ("connector_ready", ()): 1.0,
        ("connector_database_up", ()): 1.0,
        ("connector_actions", ("harbourline", "application", "done")): 12.0,
        ("connector_lag_seconds", ("harbourline",)): 61.5,
        ("connector_flow_last_success_age_seconds", ("harbourline", "applications")): 4.0,
        ("connector_flow_interval_seconds", ("harbourline", "applications")): 30.0,
        ("connector_runs_total", ("harbourline", "applications", "failed")): 1.0,
        ("connector_polls_passed_over_total", ("harbourline", "applications")): 2.0,
        ("connector_paused", ("harbourline", "pinpoint", "key_refused")): 1.0,
        ("connector_budget_calls_left", ("pinpoint:pinpointhq.com", "60s")): 117.0,
        # labels come in the order of their names
        ("connector_link_warnings", ("phone_required", "harbourline")): 3.0,
        ("connector_audit_expected", ("harbourline",)): 412.0,
        ("connector_audit_present", ("harbourline",)): 411.0,
        ("connector_audit_missing", ("harbourline",)): 1.0,
        ("connector_audit_doubled", ("harbourline",)): 0.0,
        ("connector_audit_drifted", ("harbourline",)): 2.0,
        ("connector_texts", ("harbourline", "in", "twilio", "received")): 4.0,
        ("connector_texts", ("harbourline", "out", "twilio", "failed")): 2.0,
        ("connector_text_replies_held", ("harbourline", "unmatched")): 1.0,
        ("connector_text_replies_unread", ("harbourline",)): 3.0,
        ("connector_text_callbacks_open", ("harbourline",)): 7.0,
        ("connector_text_callbacks_oldest_seconds", ("harbourline",)): 12.5,
        ("connector_text_callbacks_bad", ("harbourline",)): 5.0,
        ("connector_text_opt_outs", ("harbourline",)): 6.0,
        ("connector_text_segments_left", ("harbourline",)): -1.0,
    }
    assert {key: figures.get(key) for key in expected} == expected


def test_a_company_whose_segments_are_not_limited_has_none_left_and_nothing_waits() -> None:
    figures = {name: value for (name, labels), value in page(metrics()).items() if labels == ("quayside",)}
    assert "connector_text_segments_left" not in figures
    assert figures["connector_text_callbacks_oldest_seconds"] == figures["connector_text_opt_outs"] == 0.0


def test_a_company_without_text_messages_has_no_figures_of_them() -> None:
    figures = page(metrics(Reading(ready=True, flows=READING.flows)))
    assert [name for name, _ in figures if name.startswith("connector_text")] == []


def test_calls_are_counted_by_platform_and_by_how_they_ended() -> None:
    counting = metrics()
    counting.called("cord", 200, None, 0.1)
    counting.called("cord", 200, "WireError", 0.1)
    counting.called("pinpoint", 429, "RateLimited", 0.1)
    counting.called("pinpoint", None, "NeverArrived", 2.0)
    figures = page(counting)
    assert {labels: value for (name, labels), value in figures.items() if name == "connector_calls_total"} == {
        ("cord", "200"): 1.0,
        ("cord", "WireError"): 1.0,
        ("pinpoint", "429"): 1.0,
        ("pinpoint", "NeverArrived"): 1.0,
    }


def test_a_company_without_open_actions_has_no_lag() -> None:
    figures = page(metrics(Reading(ready=True, flows=READING.flows)))
    assert figures["connector_lag_seconds", ("harbourline",)] == 0.0


def test_without_a_database_the_page_says_so_and_claims_nothing_else() -> None:
    figures = page(metrics(Reading(ready=False, flows=READING.flows, database=False)))
    assert figures["connector_database_up", ()] == 0.0
    assert not [name for name, _ in figures if name in ("connector_lag_seconds", "connector_actions")]


def test_two_daemons_in_one_process_keep_their_figures_apart() -> None:
    one, other = metrics(), metrics()
    one.called("cord", 200, None, 0.1)
    assert ("connector_calls_total", ("cord", "200")) not in page(other)


def test_calls_left_are_what_a_window_has_free() -> None:
    state = BudgetState(stamps=(100.0, 130.0, 159.0), not_before=0.0, seen=159.0)
    assert [calls_left(state, 5, 60.0, 160.0), calls_left(state, 2, 60.0, 160.0)] == [3, 0]


def test_no_call_is_left_while_the_platform_says_wait() -> None:
    assert calls_left(BudgetState(not_before=200.0), 5, 60.0, 160.0) == 0
