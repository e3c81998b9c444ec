"""Spans to an OpenTelemetry collector, over OTLP/HTTP with the official library. Off unless `trace.otlp_url` is set.

Our own spans are the ones that count: they are copied when they end. A thread of the library sends them in batches from
a bounded queue; a collector that is away costs the spans and nothing else.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from endgame import __version__
from endgame.config import TraceSettings
from endgame.errors import ConfigError
from endgame.telemetry import Span, delivering_spans, logger, metrics

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

QUEUE_SPANS: Final = 4_096
"""Spans that wait to be sent; more are dropped."""
FLUSH_SEC: Final = 2.0
"""Longest wait between two batches, and for the last one."""
_NS_PER_MS: Final = 1_000_000
_NS_PER_SEC: Final = 1_000_000_000


@contextmanager
def exporting_spans(settings: TraceSettings) -> Iterator[None]:
    """Send every span that ends inside the block; what waits at its end is sent within two seconds, or not.

    Raises:
        ConfigError: a collector is named and the extra `otel` is not installed.
    """
    if not settings.otlp_url:
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError(
            f"trace.otlp_url {settings.otlp_url!r} needs the extra packages of `otel`: pip install 'endgame[otel]'"
        ) from error
    exporter = OTLPSpanExporter(endpoint=settings.otlp_url, timeout=settings.timeout_sec)
    processor = BatchSpanProcessor(
        _told(exporter), max_queue_size=QUEUE_SPANS, max_export_batch_size=QUEUE_SPANS,
        schedule_delay_millis=FLUSH_SEC * 1_000, export_timeout_millis=settings.timeout_sec * 1_000,
    )  # fmt: skip
    translate = _Translation()
    logger().info("trace.exporting", address=settings.otlp_url)
    try:
        with delivering_spans(lambda span: processor.on_end(translate(span))):
            yield
    finally:
        # What waits is sent, but a collector that hangs must not hold up the end of the process.
        end = threading.Thread(target=processor.shutdown, name="last spans", daemon=True)
        end.start()
        end.join(FLUSH_SEC)


def _told(exporter: SpanExporter) -> SpanExporter:
    """The exporter with a count of what became of the spans, and one log line when that changes.

    Loaded late, as its base class is an extra.
    """
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult  # noqa: PLC0415

    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # it would say so again with every batch

    class Told(SpanExporter):
        failing = False

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            result = exporter.export(spans)
            fails = result is not SpanExportResult.SUCCESS
            metrics().spans_exported.labels("failed" if fails else "ok").inc(len(spans))
            if fails and not self.failing:
                logger().warning("trace.export_failing", spans=len(spans))
            elif self.failing and not fails:
                logger().info("trace.export_works_again")
            self.failing = fails
            return result

        def shutdown(self) -> None:
            exporter.shutdown()

    return Told()


class _Translation:
    """Our span as one of OpenTelemetry's: ids, parent, times, facts as attributes, outcome as status."""

    def __init__(self) -> None:
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.util.instrumentation import InstrumentationScope  # noqa: PLC0415

        self._resource = Resource.create({"service.name": "endgame", "service.version": __version__})
        self._scope = InstrumentationScope("endgame", __version__)

    def __call__(self, span: Span) -> ReadableSpan:
        """The copy."""
        from opentelemetry.sdk.trace import ReadableSpan  # noqa: PLC0415
        from opentelemetry.trace import SpanKind, Status, StatusCode  # noqa: PLC0415

        begun = span.start_ms * _NS_PER_MS
        failed = span.facts.get("outcome") == "error"
        kinds = {"request": SpanKind.SERVER, "fetch": SpanKind.CLIENT}
        return ReadableSpan(
            span.name,
            context=_context(span.trace, span.id),
            parent=_context(span.trace, span.parent) if span.parent else None,
            resource=self._resource,
            attributes={key: _attribute(value) for key, value in span.facts.items() if value is not None},
            kind=kinds.get(span.name, SpanKind.INTERNAL),
            status=Status(StatusCode.ERROR if failed else StatusCode.OK),
            start_time=begun,
            end_time=begun + round(span.duration_sec * _NS_PER_SEC),
            instrumentation_scope=self._scope,
        )


def _context(trace: str, span: str) -> Any:
    from opentelemetry.trace import SpanContext, TraceFlags  # noqa: PLC0415

    sampled = TraceFlags(TraceFlags.SAMPLED)
    return SpanContext(int(trace, 16), int(span, 16), is_remote=False, trace_flags=sampled)


def _attribute(value: Any) -> str | bool | int | float:
    return value if isinstance(value, str | bool | int | float) else str(value)
