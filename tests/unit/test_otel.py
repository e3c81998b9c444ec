"""Spans at a collector: a real OTLP/HTTP receiver decodes what came; one that fails or is away disturbs nobody."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as WireSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from endgame.config import TraceSettings
from endgame.errors import ConfigError
from endgame.otel import exporting_spans
from endgame.telemetry import metrics, span
from system.service import wait_for


class Collector(ThreadingHTTPServer):
    """Takes OTLP/HTTP on loopback and keeps what it decoded; answers `status`."""

    def __init__(self, status: int = 200) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.status = status
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def settings(self) -> TraceSettings:
        return TraceSettings(otlp_url=f"http://127.0.0.1:{self.server_port}/v1/traces", timeout_sec=1)

    def spans(self) -> dict[str, Any]:
        return {
            one.name: one
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for one in scope.spans
        }


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        import gzip

        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        assert self.path == "/v1/traces"
        assert self.headers["content-type"] == "application/x-protobuf"
        assert isinstance(self.server, Collector)
        self.server.requests.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def collecting(status: int = 200) -> Iterator[Collector]:
    collector = Collector(status)
    thread = threading.Thread(target=collector.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield collector
    finally:
        collector.shutdown()
        thread.join()
        collector.server_close()


def exported(outcome: str) -> float:
    return metrics().registry.get_sample_value("pm_spans_exported_total", {"outcome": outcome}) or 0.0


def test_a_collector_receives_the_spans_with_their_trace_parent_times_facts_and_outcome() -> None:
    before, begun = exported("ok"), time.time_ns()
    with collecting() as collector:
        with contextlib.suppress(OSError), exporting_spans(collector.settings), span("job.quotes", asked=7) as cycle:
            with span("fetch", level="debug", endpoint="books") as fetch:
                time.sleep(0.01)
            raise OSError("disk")
        found = collector.spans()
        (resource,) = {one.resource.SerializeToString() for r in collector.requests for one in r.resource_spans}
    assert set(found) == {"job.quotes", "fetch"}
    sent, child = found["job.quotes"], found["fetch"]
    assert (sent.trace_id.hex(), sent.span_id.hex(), sent.parent_span_id) == (cycle.trace, cycle.id, b"")
    assert (child.trace_id, child.parent_span_id, child.span_id.hex()) == (sent.trace_id, sent.span_id, fetch.id)
    assert begun - 2_000_000 <= sent.start_time_unix_nano <= child.start_time_unix_nano <= time.time_ns()
    assert child.end_time_unix_nano - child.start_time_unix_nano >= 10_000_000
    facts = {one.key: one.value for one in sent.attributes}
    assert facts["asked"].int_value == 7
    assert facts["error"].string_value == "OSError: disk"
    assert (sent.status.code, child.status.code) == (Status.STATUS_CODE_ERROR, Status.STATUS_CODE_OK)
    assert child.kind == WireSpan.SPAN_KIND_CLIENT
    assert b"service.name" in resource
    assert exported("ok") == before + 2


def test_spans_that_end_after_the_export_has_ended_go_nowhere() -> None:
    with collecting() as collector:
        with exporting_spans(collector.settings):
            pass
        with span("later"):
            pass
        assert collector.spans() == {}


@pytest.mark.parametrize("trouble", ["refuses", "is away"])
def test_a_collector_that_fails_costs_the_spans_and_nothing_else(trouble: str) -> None:
    before = exported("failed")
    with collecting(status=400) as collector:
        settings = collector.settings
        if trouble == "is away":
            settings = settings.model_copy(update={"otlp_url": "http://127.0.0.1:9/v1/traces"})
        with exporting_spans(settings), span("cycle", level="debug"):
            pass
        wait_for(lambda: exported("failed") > before, within=60, what="the loss is counted")


def test_a_collector_that_hangs_holds_up_neither_the_work_nor_its_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = TraceSettings(otlp_url=f"http://127.0.0.1:{silent.getsockname()[1]}/v1/traces", timeout_sec=60)
        begun = time.monotonic()
        with exporting_spans(settings):
            for _ in range(6_000):  # more than may wait
                with span("cycle", level="debug"):
                    pass
        assert time.monotonic() - begun < 50, "somebody waited for the answer, which would take a minute"


def test_no_collector_means_that_the_library_is_not_even_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("opentelemetry.")]:
        monkeypatch.setitem(sys.modules, name, None)
    with exporting_spans(TraceSettings()), span("cycle"):
        pass


def test_a_collector_without_the_extra_packages_is_a_clear_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace.export", None)
    settings = TraceSettings(otlp_url="http://127.0.0.1:4318/v1/traces")
    said = r"trace.otlp_url 'http://127.0.0.1:4318/v1/traces' needs.*endgame\[otel\]"
    with pytest.raises(ConfigError, match=said), exporting_spans(settings):
        pass
