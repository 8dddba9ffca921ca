"""`/metrics`: the daemon's figures for Prometheus. Labels name companies, platforms, flows and states, never a person.

What others keep (the ledger, the scheduler) is read when somebody scrapes; what only passes by (calls) is counted here.
`docs/reference/metrics.md` says what each figure means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from connector.domain.audits import AuditCounts
from connector.domain.textwatch import TextFigures

#: from a quick answer to the deadline of a whole call
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)

#: figures of the last audit
_AUDITED = {
    "expected": "Applications that the last audit expected.",
    "present": "Applications that the last audit found.",
    "missing": "Applications that the last audit missed.",
    "doubled": "People whom the last audit found more than once on a job.",
    "drifted": "Applications that the last audit found on another job or without their CV.",
}

#: what is counted of a company's text messages -> the figure, and what it says
_TEXTS = {
    "unread": ("replies_unread", "Replies that nobody has marked as read."),
    "callbacks": ("callbacks_open", "Calls of SMS providers that are not worked on yet."),
    "callbacks_bad": ("callbacks_bad", "Calls of SMS providers, and rows of their lists, that could not be read."),
    "opted_out": ("opt_outs", "Numbers that have opted out of text messages."),
    "left": ("segments_left", "Segments left of what is granted."),
}


@dataclass(frozen=True)
class FlowSeen:
    """How a flow of a company fares."""

    company: str
    flow: str
    every_s: float
    #: since the last success; None: none is known
    age_s: float | None
    #: runs of this process by outcome; empty for what is read inside the runs of another flow
    runs: Mapping[str, int] = field(default_factory=dict)
    passed_over: int = 0


@dataclass(frozen=True)
class Reading:
    """Everything at one moment."""

    ready: bool
    flows: Sequence[FlowSeen] = ()
    #: False: the database refuses, and what it holds is not known
    database: bool = True
    #: (company, kind, state) -> number
    actions: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    #: company -> how long the oldest action that is still to come to an end has been there
    lag_s: Mapping[str, float] = field(default_factory=dict)
    #: company, platform, reason
    pauses: Sequence[tuple[str, str, str]] = ()
    #: scope, window, calls left
    budgets: Sequence[tuple[str, str, int]] = ()
    #: company -> what its last audit came to
    audits: Mapping[str, AuditCounts] = field(default_factory=dict)
    #: (company, code) -> linked jobs whose next candidate would run into that
    link_warnings: Mapping[tuple[str, str], int] = field(default_factory=dict)
    #: company -> where its text messages stand; companies without any are not there
    texts: Mapping[str, TextFigures] = field(default_factory=dict)
    #: company -> how long the oldest stored call of an SMS provider has not been worked on
    text_waits_s: Mapping[str, float] = field(default_factory=dict)


class Metrics:
    """One registry for one daemon."""

    def __init__(self, read: Callable[[], Reading], about: Mapping[str, str]) -> None:
        """`read` is asked at each scrape; `about` are the labels of the build."""
        self._registry = CollectorRegistry()
        calls = "Attempts to call a platform, by how they ended: the status, or the error where none came."
        self._calls = Counter("connector_calls", calls, ["platform", "status"], registry=self._registry)
        took = "Time of an attempt to call a platform, from the connection to the end of the answer."
        self._took = Histogram("connector_call_seconds", took, ["platform"], buckets=_SECONDS, registry=self._registry)
        alerts = "Alerts and dead-man pings, by whether they arrived."
        self._alerts = Counter("connector_alerts", alerts, ["outcome"], registry=self._registry)
        self._registry.register(_Scrape(read, about))
        for standard in (ProcessCollector, PlatformCollector, GCCollector):
            standard(registry=self._registry)

    def called(self, platform: str, status: int | None, error: str | None, took_s: float) -> None:
        """Count an attempt that is over. An answer that cannot be used counts by its error."""
        used = status is not None and (error is None or status >= 300)
        self._calls.labels(platform, str(status) if used else error or "none").inc()
        self._took.labels(platform).observe(took_s)

    def alerted(self, arrived: bool) -> None:
        """Count an alert or a ping."""
        self._alerts.labels("arrived" if arrived else "failed").inc()

    def page(self, accept: str) -> tuple[bytes, str]:
        """Return the page and its content type, in the format that the scraper prefers."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


class _Scrape(Collector):
    """Turns a reading into figures, at each scrape anew."""

    def __init__(self, read: Callable[[], Reading], about: Mapping[str, str]) -> None:
        self._read, self._about = read, about

    def describe(self) -> Iterator[Metric]:
        """Register without reading."""
        yield from ()

    def collect(self) -> Iterator[Metric]:
        """Read once, and yield everything."""
        seen = self._read()
        yield InfoMetricFamily("connector_build", "What is running.", value=dict(self._about))
        yield _plain("connector_ready", "1: every flow of every company succeeds.", float(seen.ready))
        yield _plain("connector_database_up", "1: the database answers.", float(seen.database))
        yield from _of_flows(seen.flows)
        yield _gauge("connector_actions", "Actions.", ["company", "kind", "state"], seen.actions.items())
        lag = "Age of the oldest action that is still to come to an end; 0: there is none."
        companies = dict.fromkeys((flow.company for flow in seen.flows), 0.0) if seen.database else {}
        waits = {(company,): seconds for company, seconds in (companies | dict(seen.lag_s)).items()}
        yield _gauge("connector_lag_seconds", lag, ["company"], waits.items())
        paused = [((company, platform, reason), 1) for company, platform, reason in seen.pauses]
        yield _gauge("connector_paused", "1: a platform is left alone.", ["company", "platform", "reason"], paused)
        left = "Calls that a window of a rate limit has free."
        free = [((scope, window), number) for scope, window, number in seen.budgets]
        yield _gauge("connector_budget_calls_left", left, ["scope", "window"], free)
        links = "Links whose next candidate would run into something."
        yield _gauge("connector_link_warnings", links, ["company", "code"], seen.link_warnings.items())
        for name, what in _AUDITED.items():
            figures = [((company,), getattr(counts, name)) for company, counts in seen.audits.items()]
            yield _gauge(f"connector_audit_{name}", what, ["company"], figures)
        yield from _of_texts(seen.texts, seen.text_waits_s)


def _of_flows(flows: Sequence[FlowSeen]) -> Iterator[Metric]:
    names = ["company", "flow"]
    ages = [((f.company, f.flow), f.age_s) for f in flows if f.age_s is not None]
    yield _gauge("connector_flow_last_success_age_seconds", "Time since the last success.", names, ages)
    paces = [((f.company, f.flow), f.every_s) for f in flows]
    yield _gauge("connector_flow_interval_seconds", "Time between two polls.", names, paces)
    runs = CounterMetricFamily("connector_runs", "Runs by outcome.", labels=[*names, "outcome"])
    passed = CounterMetricFamily(
        "connector_polls_passed_over", "Polls while the run before was not over.", labels=names
    )
    for flow in flows:
        for outcome, number in flow.runs.items():
            runs.add_metric([flow.company, flow.flow, outcome], number)
        if flow.runs:
            passed.add_metric([flow.company, flow.flow], flow.passed_over)
    yield runs
    yield passed


def _of_texts(texts: Mapping[str, TextFigures], waits_s: Mapping[str, float]) -> Iterator[Metric]:
    messages = [((name, *key), number) for name, seen in texts.items() for key, number in seen.messages.items()]
    labels = ["company", "direction", "provider", "status"]
    yield _gauge("connector_texts", "Text messages that are kept.", labels, messages)
    held = [((name, how), number) for name, seen in texts.items() for how, number in seen.held.items()]
    yield _gauge("connector_text_replies_held", "Replies that were copied nowhere.", ["company", "how"], held)
    waits = [((name,), waits_s.get(name, 0.0)) for name in texts]
    oldest = "Age of the oldest call of an SMS provider that is not worked on yet; 0: there is none."
    yield _gauge("connector_text_callbacks_oldest_seconds", oldest, ["company"], waits)
    for attribute, (figure, what) in _TEXTS.items():
        known = [((name,), getattr(seen, attribute)) for name, seen in texts.items()]
        values = [(names, value) for names, value in known if value is not None]
        yield _gauge(f"connector_text_{figure}", what, ["company"], values)


def _gauge(name: str, help_text: str, labels: list[str], values: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=labels)
    for names, value in values:
        family.add_metric(names, value)
    return family


def _plain(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=value)
