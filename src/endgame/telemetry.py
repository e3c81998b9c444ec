"""What is told while running: JSON log lines, spans, and the table of metrics.

Logs go to stderr, one line per finished span, nothing per row. Spans form traces: each knows its trace and its parent,
in the words of W3C Trace Context. Metrics never carry a market id as a label.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TextIO, cast

import msgspec
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics

from endgame import __version__
from endgame.clock import SystemClock

LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)
DURATION_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900)
SIZE_BUCKETS = (1, 10, 50, 100, 250, 500, 1_000)
LAG_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")
_TRACE_KEYS = ("trace", "span", "parent")


disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series per counter that nobody reads


class Metrics:
    """Every metric of the program, in a registry of its own."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry(auto_describe=True)
        self.ingest_markets = Counter("pm_ingest_markets_total", "Catalogue records stored", registry=registry)
        self.ingest_quotes = Counter("pm_ingest_quotes_total", "Quotes stored", registry=registry)
        self.ingest_quote_latency = Histogram(
            "pm_ingest_quote_latency_seconds", "Time from asking for a chunk of books to its answer",
            buckets=LATENCY_BUCKETS, registry=registry,
        )  # fmt: skip
        self.score_opportunities = Counter(
            "pm_score_opportunities_total", "Opportunities found, added up over scoring runs", registry=registry
        )
        self.opportunities = Gauge("pm_opportunities", "Opportunities of the latest scoring run", registry=registry)
        self.api_requests = Counter(
            "pm_api_requests_total", "Requests answered", ["route", "status"], registry=registry
        )
        self.api_latency = Histogram(
            "pm_api_request_duration_seconds", "Time to answer a request", ["route"],
            buckets=LATENCY_BUCKETS, registry=registry,
        )  # fmt: skip
        self.records_skipped = Counter(
            "pm_records_skipped_total", "Venue records not used, by reason", ["reason"], registry=registry
        )
        self.writes_dropped = Counter(
            "pm_writes_dropped_total", "Rows not written because a newer one is stored", ["table"], registry=registry
        )
        self.job_errors = Counter("pm_job_errors_total", "Failed job cycles", ["job", "kind"], registry=registry)
        self.job_missed_ticks = Counter(
            "pm_job_missed_ticks_total", "Ticks skipped because the cycle before still ran", ["job"], registry=registry
        )
        self.job_duration = Histogram(
            "pm_job_duration_seconds", "Time of a job cycle", ["job"], buckets=DURATION_BUCKETS, registry=registry
        )
        self.job_last_success = Gauge(
            "pm_job_last_success_timestamp_seconds", "Unix time of the last success", ["job"], registry=registry
        )
        self.job_leader = Gauge(
            "pm_job_leader", "1 while this process holds the leader lock", ["role"], registry=registry
        )
        self.http_requests = Counter(
            "pm_http_requests_total", "Tries sent to a venue", ["host", "endpoint", "outcome"], registry=registry
        )
        self.circuit_state = Gauge("pm_circuit_state", "0 closed, 1 half-open, 2 open", ["host"], registry=registry)
        self.quote_freshness = Gauge(
            "pm_quote_freshness_seconds", "Age of the oldest candidate quote", registry=registry
        )
        self.scoring_lag = Gauge("pm_scoring_lag_seconds", "Age of the latest scoring run", registry=registry)
        self.batch_rows = Histogram(
            "pm_batch_rows", "Rows per write", ["table"], buckets=SIZE_BUCKETS, registry=registry
        )
        self.job_overdue = Gauge(
            "pm_job_overdue", "1 while the job has had no success for three cadences and 30 s", ["job"],
            registry=registry,
        )  # fmt: skip
        self.job_failures = Gauge(
            "pm_job_consecutive_failures", "Failed cycles since the last success", ["job"], registry=registry
        )
        self.database_up = Gauge(
            "pm_database_up", "1 when the database answered this process at the latest look", registry=registry
        )
        self.database_errors = Counter(
            "pm_database_errors_total", "Transactions that failed, by lane and kind", ["lane", "kind"],
            registry=registry,
        )  # fmt: skip
        self.event_loop_lag = Histogram(
            "pm_event_loop_lag_seconds", "How much later than asked the event loop woke up", buckets=LAG_BUCKETS,
            registry=registry,
        )  # fmt: skip
        self.spans_exported = Counter(
            "pm_spans_exported_total", "Spans handed to an OpenTelemetry collector, by outcome", ["outcome"],
            registry=registry,
        )  # fmt: skip
        self.build_info = Gauge(
            "pm_build_info", "Always 1; the label names the version", ["version"], registry=registry
        )
        self.build_info.labels(__version__).set(1)
        ProcessCollector(registry=registry)  # memory, CPU, file descriptors, start: the process_... that everybody has


_METRICS = Metrics()


def metrics() -> Metrics:
    """The metrics of this process."""
    return _METRICS


def series(metric: Counter | Gauge) -> list[tuple[Mapping[str, str], float]]:
    """Labels and value of every series of a metric, in order of the labels."""
    (family,) = metric.collect()
    found = [(sample.labels, sample.value) for sample in family.samples if not sample.name.endswith("_created")]
    return sorted(found, key=lambda one: sorted(one[0].items()))


def _render_json(_logger: Any, _name: str, event: dict[str, Any]) -> str:
    try:
        return msgspec.json.encode(event, enc_hook=str).decode()
    except UnicodeEncodeError:  # a lone surrogate in what a venue sent
        return msgspec.json.encode({key: _encodable(str(value)) for key, value in event.items()}).decode()


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _without_controls(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Text as a terminal may show it: what a venue sent must not move its cursor or change its colours."""
    return {
        key: _CONTROLS.sub("\ufffd", _encodable(value)) if isinstance(value, str) else value
        for key, value in event.items()
    }


class _Forgiving:
    """A log stream whose loss costs lines, never work: its reader may be gone, its disk full."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


def configure_logging(level: str = "info", log_format: str = "json", stream: TextIO | None = None) -> None:
    """Set up logging once per process; `json` for machines, `pretty` for people."""
    told = stream or sys.stderr
    target = cast("TextIO", _Forgiving(told))
    render: list[Any] = [structlog.processors.format_exc_info]
    if log_format == "pretty":
        # Plain tracebacks: the default ones show local variables, and with them secrets.
        plain = structlog.dev.plain_traceback
        console = structlog.dev.ConsoleRenderer(colors=told.isatty(), exception_formatter=plain)
        render += [_without_trace, _without_controls, console]
    else:
        render += [_render_json]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _with_trace,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    structlog.configure(
        processors=[*shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(max(getattr(logging, level.upper()), logging.WARNING))


def logger() -> Any:
    """The program's structured logger: `logger().info("event", key=value)`."""
    return structlog.get_logger()


@dataclass(slots=True)
class Span:
    """What a piece of work did; `note(count=3)` adds to its one log line. `id` and `trace` are hexadecimal."""

    name: str
    trace: str
    id: str
    parent: str | None
    start_ms: int
    """UTC epoch milliseconds."""
    duration_sec: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)

    def note(self, **facts: Any) -> None:
        """Add facts to the line."""
        self.facts.update(facts)


_CURRENT: ContextVar[Span | None] = ContextVar("span", default=None)
_CLOCK = SystemClock()
_receivers: list[Callable[[Span], None]] = []


@contextmanager
def delivering_spans(receiver: Callable[[Span], None]) -> Iterator[None]:
    """Hand every finished span to `receiver` as well, which must neither block nor raise."""
    _receivers.append(receiver)
    try:
        yield
    finally:
        _receivers.remove(receiver)


def _begin(name: str, traceparent: str | None) -> Span:
    above = _CURRENT.get()
    if above is not None:
        trace, parent = above.trace, above.id
    elif found := _TRACEPARENT.fullmatch(traceparent or ""):
        trace, parent = found.groups()
    else:
        trace, parent = secrets.token_hex(16), None
    return Span(name, trace, secrets.token_hex(8), parent, _CLOCK.now_ms())


def _with_trace(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Lines within a span name it, so that a trace can be searched for."""
    current = _CURRENT.get()
    if current is not None and "trace" not in event:
        event["trace"], event["span"] = current.trace, current.id
    return event


def _without_trace(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """For people: ids say nothing to them."""
    return {key: value for key, value in event.items() if key not in _TRACE_KEYS}


@contextmanager
def span(name: str, *, level: str = "info", traceparent: str | None = None, **facts: Any) -> Iterator[Span]:
    """One log line when the block ends: trace, parent, duration, outcome, and what was noted.

    Within another span it is that one's child, else it begins a trace, or goes on with the one that a `traceparent`
    header names (an unreadable one is ignored).
    """
    piece = _begin(name, traceparent)
    piece.note(**facts)
    token = _CURRENT.set(piece)
    begun = time.perf_counter()
    try:
        yield piece
    except Exception as error:
        piece.note(outcome="error", error=f"{type(error).__name__}: {error}")
        level = level if level == "debug" else "warning"  # a detail stays one: the work around it tells of the failure
        raise
    except BaseException:
        piece.note(outcome="cancelled")  # the process is being stopped: nothing went wrong
        raise
    else:
        piece.facts.setdefault("outcome", "ok")
    finally:
        piece.duration_sec = time.perf_counter() - begun
        _CURRENT.reset(token)
        ids = {"trace": piece.trace, "span": piece.id, **({"parent": piece.parent} if piece.parent else {})}
        getattr(logger(), level)(name, **piece.facts, duration_sec=round(piece.duration_sec, 6), **ids)
        for receiver in _receivers:
            receiver(piece)
