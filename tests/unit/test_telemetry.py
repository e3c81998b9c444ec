"""What is told while running: log lines, spans, and the table of metrics."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from prometheus_client import generate_latest

from endgame.telemetry import Metrics, configure_logging, delivering_spans, logger, metrics, span

# Names that SPEC gives to people's dashboards, with their kind and labels.
PROMISED = {
    "pm_ingest_markets_total": ("counter", ()),
    "pm_score_opportunities_total": ("counter", ()),
    "pm_api_requests_total": ("counter", ("route", "status")),
    "pm_records_skipped_total": ("counter", ("reason",)),
    "pm_job_errors_total": ("counter", ("job", "kind")),
    "pm_http_requests_total": ("counter", ("host", "endpoint", "outcome")),
    "pm_ingest_quote_latency_seconds": ("histogram", ()),
    "pm_job_duration_seconds": ("histogram", ("job",)),
    "pm_opportunities": ("gauge", ()),
    "pm_quote_freshness_seconds": ("gauge", ()),
    "pm_scoring_lag_seconds": ("gauge", ()),
    "pm_job_last_success_timestamp_seconds": ("gauge", ("job",)),
    "pm_circuit_state": ("gauge", ("host",)),
}


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the log goes; the logging of the process is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    target = io.StringIO()
    yield target
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().split("\n") if line]


def collectors(table: Metrics) -> dict[str, Any]:
    """Every metric by the name under which it is scraped."""
    found = {}
    for collector in vars(table).values():
        if hasattr(collector, "describe"):
            (family,) = collector.describe()
            found[family.name + ("_total" if family.type == "counter" else "")] = (family.type, collector._labelnames)
    return found


@pytest.mark.parametrize("name", PROMISED)
def test_a_promised_metric_exists_with_its_kind_and_labels(name: str) -> None:
    assert collectors(Metrics())[name] == PROMISED[name]


def test_no_metric_has_a_label_without_a_bound() -> None:
    labels = {label for _, names in collectors(Metrics()).values() for label in names}
    bounded = {"route", "status", "reason", "table", "job", "kind", "role", "host", "endpoint", "outcome", "lane"}
    assert labels <= bounded | {"version"}


def test_every_metric_says_what_it_counts() -> None:
    exposed = generate_latest(Metrics().registry).decode()
    for name in collectors(Metrics()):
        help_line = next(line for line in exposed.splitlines() if line.startswith(f"# HELP {name} "))
        assert len(help_line.split(" ", 3)[3]) > 10


def test_two_tables_do_not_share_their_counts() -> None:
    one, other = Metrics(), Metrics()
    one.ingest_markets.inc(3)
    assert one.registry.get_sample_value("pm_ingest_markets_total") == 3
    assert other.registry.get_sample_value("pm_ingest_markets_total") == 0


def test_a_process_has_one_table() -> None:
    assert metrics() is metrics()


def test_a_span_is_one_json_line_with_duration_outcome_and_counts(stream: io.StringIO) -> None:
    configure_logging("info", "json", stream)
    with span("score_cycle", markets=10) as piece:
        piece.note(opportunities=3)
    (line,) = lines(stream)
    assert line.pop("time").endswith("Z")
    assert 0 <= line.pop("duration_sec") < 5
    assert (len(line.pop("trace")), len(line.pop("span"))) == (32, 16)
    assert line == {"event": "score_cycle", "level": "info", "markets": 10, "opportunities": 3, "outcome": "ok"}


def test_a_span_may_call_its_outcome_by_another_name(stream: io.StringIO) -> None:
    configure_logging("info", "json", stream)
    with span("write") as piece:
        piece.note(outcome="nothing_new")
    assert lines(stream)[0]["outcome"] == "nothing_new"


def test_a_failed_span_tells_the_error_and_lets_it_pass(stream: io.StringIO) -> None:
    configure_logging("info", "json", stream)
    with pytest.raises(ZeroDivisionError), span("cycle"):
        math.fmod(1, 1 // 0)
    (line,) = lines(stream)
    assert line["level"] == "warning"
    assert line["outcome"] == "error"
    assert line["error"].startswith("ZeroDivisionError: ")


async def test_a_cancelled_span_is_told_but_is_no_warning(stream: io.StringIO) -> None:
    configure_logging("info", "json", stream)

    async def work() -> None:
        with span("cycle"):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (line,) = lines(stream)
    assert line["level"] == "info"
    assert line["outcome"] == "cancelled"
    assert "error" not in line


def test_lines_below_the_level_are_not_written(stream: io.StringIO) -> None:
    configure_logging("warning", "json", stream)
    logger().info("quiet")
    with span("cycle"):
        pass
    logger().warning("heard")
    assert [line["event"] for line in lines(stream)] == ["heard"]


@pytest.mark.parametrize("text", ["a\nb", 'a "quoted" word', "\u2028", "naïve 🎲", "\x00\x1b[31m"])
def test_whatever_a_venue_sends_stays_within_its_line(text: str, stream: io.StringIO) -> None:
    configure_logging("info", "json", stream)
    logger().info("skipped", sample=text)
    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()
    assert lines(stream)[0]["sample"] == text


def test_a_lone_surrogate_does_not_break_the_log(stream: io.StringIO) -> None:
    configure_logging("info", "json", stream)
    logger().info("skipped", sample="\ud800")
    assert len(lines(stream)) == 1


def test_a_number_that_json_has_not_is_written_as_null(stream: io.StringIO) -> None:
    configure_logging("info", "json", stream)
    logger().info("seen", price=math.nan, size=math.inf)
    assert lines(stream)[0]["price"] is None
    assert lines(stream)[0]["size"] is None


def test_an_object_of_any_kind_is_written_as_its_text(stream: io.StringIO) -> None:
    configure_logging("info", "json", stream)
    logger().info("seen", what=ValueError("no"))
    assert lines(stream)[0]["what"] == "no"


@pytest.mark.parametrize("log_format", ["json", "pretty"])
@pytest.mark.parametrize("source", ["ours", "a library"])
def test_an_exception_is_told_with_its_trace_and_without_local_variables(
    log_format: str, source: str, stream: io.StringIO
) -> None:
    configure_logging("info", log_format, stream)
    local = "local" + "-value"
    try:
        math.fmod(len(local), 1 // 0)
    except ZeroDivisionError:
        (logger() if source == "ours" else logging.getLogger("some.library")).exception("failed")
    assert "Traceback" in stream.getvalue()
    assert "ZeroDivisionError" in stream.getvalue()
    assert local not in stream.getvalue()
    if log_format == "json":
        (line,) = lines(stream)
        assert "Traceback" in line["exception"]


def test_libraries_are_heard_from_warning_up_in_the_same_form(stream: io.StringIO) -> None:
    configure_logging("debug", "json", stream)
    logging.getLogger("some.library").info("chatter")
    logging.getLogger("some.library").warning("careful: %s", "hot")
    (line,) = lines(stream)
    assert line["event"] == "careful: hot"
    assert line["logger"] == "some.library"
    assert line["level"] == "warning"


def test_people_get_text_without_colours_when_nobody_watches(stream: io.StringIO) -> None:
    configure_logging("info", "pretty", stream)
    logger().info("ready", port=8080)
    assert "ready" in stream.getvalue()
    assert "port=8080" in stream.getvalue()
    assert "\x1b[" not in stream.getvalue()


@pytest.mark.parametrize("text", ["\x1b[2J", "a\rb", "\x9b31m", "\ud800"])
def test_a_terminal_is_not_steered_by_what_a_venue_sends(text: str, stream: io.StringIO) -> None:
    configure_logging("info", "pretty", stream)
    logger().info("skipped", sample=text)
    logging.getLogger("some.library").warning("refused %s", text)
    assert not set(stream.getvalue()) & {"\x1b", "\r", "\x9b", "\ud800"}
    assert "skipped" in stream.getvalue()
    assert "refused" in stream.getvalue()


def test_logging_can_be_set_up_again_without_doubling_lines(stream: io.StringIO) -> None:
    configure_logging("info", "json", stream)
    configure_logging("info", "json", stream)
    logging.getLogger("some.library").warning("once")
    assert len(lines(stream)) == 1


def test_bound_facts_stand_in_every_line(stream: io.StringIO) -> None:
    configure_logging("info", "json", stream)
    with structlog.contextvars.bound_contextvars(job="score"):
        logger().info("inside")
    logger().info("outside")
    assert [line.get("job") for line in lines(stream)] == ["score", None]


def test_logs_go_to_stderr_and_leave_stdout_to_the_commands(
    stream: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging()
    logger().info("ready")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert json.loads(captured.err)["event"] == "ready"


def test_spans_within_a_span_are_its_children_and_one_trace(stream: io.StringIO) -> None:
    configure_logging("debug", "json", stream)
    with span("job.score"):
        with span("read", level="debug"):
            logger().info("looking")
        with span("write"):
            pass
    with span("job.score"):
        pass
    looking, read, write, cycle, next_cycle = lines(stream)
    assert (looking["trace"], looking["span"]) == (read["trace"], read["span"])
    assert read["trace"] == write["trace"] == cycle["trace"] != next_cycle["trace"]
    assert read["parent"] == write["parent"] == cycle["span"]
    assert "parent" not in cycle
    assert len({read["span"], write["span"], cycle["span"]}) == 3


async def test_a_task_begun_within_a_span_belongs_to_it_and_its_neighbour_does_not(stream: io.StringIO) -> None:
    configure_logging("info", "json", stream)

    async def work(name: str) -> None:
        with span(name):
            await asyncio.sleep(0)
            with span(f"{name} child"):
                await asyncio.sleep(0)

    await asyncio.gather(work("one"), work("two"))
    found = {line["event"]: line for line in lines(stream)}
    for name in ("one", "two"):
        assert found[f"{name} child"]["parent"] == found[name]["span"]
    assert found["one"]["trace"] != found["two"]["trace"]


TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_the_trace_of_a_caller_is_gone_on_with(stream: io.StringIO) -> None:
    configure_logging("info", "json", stream)
    for header in (f"00-{TRACE}-{CALLER}-01", f"cc-{TRACE}-{CALLER}-00-what-will-be-the-future"):
        with span("request", traceparent=header):
            pass
    assert {(line["trace"], line["parent"]) for line in lines(stream)} == {(TRACE, CALLER)}


@pytest.mark.parametrize(
    "header",
    [
        "", "nonsense", f"00-{TRACE}-{CALLER}", f"ff-{TRACE}-{CALLER}-01", f"00-{'0' * 32}-{CALLER}-01",
        f"00-{TRACE}-{'0' * 16}-01", f"00-{TRACE.upper()}-{CALLER}-01", f"00-{TRACE}-{CALLER}-01\n", "0" * 60_000,
    ],
)  # fmt: skip
def test_a_traceparent_that_is_none_begins_a_trace_of_our_own(header: str, stream: io.StringIO) -> None:
    configure_logging("info", "json", stream)
    with span("request", traceparent=header):
        pass
    (line,) = lines(stream)
    assert line["trace"] != TRACE
    assert "parent" not in line


def test_ids_are_not_shown_to_people(stream: io.StringIO) -> None:
    configure_logging("info", "pretty", stream)
    with span("cycle") as piece:
        pass
    assert "cycle" in stream.getvalue()
    assert piece.trace not in stream.getvalue()


def test_a_failed_detail_is_not_a_warning_of_its_own(stream: io.StringIO) -> None:
    configure_logging("info", "json", stream)
    with pytest.raises(OSError, match="cut"), span("cycle"), span("fetch", level="debug"):
        raise OSError("cut")
    (line,) = lines(stream)
    assert (line["event"], line["level"]) == ("cycle", "warning")


def test_finished_spans_are_delivered_until_nobody_asks_any_more() -> None:
    found: list[str] = []
    with delivering_spans(lambda one: found.append(one.name)), span("outer"), span("inner", level="debug"):
        pass
    with span("later"):
        pass
    assert found == ["inner", "outer"]


def test_memory_cpu_and_open_files_of_the_process_are_exposed() -> None:
    exposed = generate_latest(metrics().registry).decode()
    for name in ("process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds", "process_max_fds"):
        assert re.search(rf"^{name} [0-9.e+]+$", exposed, re.MULTILINE), name


def test_a_log_that_cannot_be_written_costs_lines_and_no_work() -> None:
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    configure_logging("info", "json", Gone())
    with span("job.quotes"):
        done = True
    assert done
