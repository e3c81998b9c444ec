"""One log line and the metrics of a batch that is written: rows, written, dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from endgame.storage.bulk import WriteCount
from endgame.telemetry import metrics, span


@contextmanager
def write_span(table: str, rows: int) -> Iterator[Callable[[WriteCount], None]]:
    """Around the write of one batch; call what it yields with the outcome."""
    with span("write", table=table, rows=rows) as piece:

        def done(count: WriteCount) -> None:
            piece.note(written=count.written, dropped=count.dropped)
            metrics().writes_dropped.labels(table).inc(count.dropped)

        metrics().batch_rows.labels(table).observe(rows)
        yield done
