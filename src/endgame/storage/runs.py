"""What each job did last: what readiness and the freshness badge read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, select, text

from endgame.storage.bulk import FUTURE_TOLERANCE_MS, clean_text, to_json
from endgame.storage.tables import job_runs

_LONGEST_ERROR = 1_000


@dataclass(frozen=True, slots=True)
class JobRun:
    """The record of a job. Times are UTC epoch milliseconds; None = never."""

    job: str
    last_start: int | None
    last_success: int | None
    last_error_at: int | None
    last_error: str | None
    last_duration_sec: float | None
    cadence_sec: float
    consecutive_failures: int
    counts: Mapping[str, int | float]
    """What the last successful cycle counted."""


RECORD_START = text("""
    INSERT INTO job_runs (job, last_start, cadence_sec, consecutive_failures, counts, updated_at)
    VALUES (:job, :now, :cadence_sec, 0, '{}', :now)
    ON CONFLICT (job) DO UPDATE
    SET last_start = excluded.last_start, cadence_sec = excluded.cadence_sec, updated_at = excluded.updated_at
""")
RECORD_SUCCESS = text("""
    INSERT INTO job_runs
        (job, last_success, last_duration_sec, cadence_sec, consecutive_failures, counts, updated_at)
    VALUES (:job, :now, :duration_sec, 0, 0, :counts, :now)
    ON CONFLICT (job) DO UPDATE
    SET last_success = excluded.last_success, last_duration_sec = excluded.last_duration_sec,
        consecutive_failures = 0, counts = excluded.counts, updated_at = excluded.updated_at
    WHERE job_runs.last_start IS NULL OR job_runs.last_start <= :started
        OR job_runs.last_start > excluded.updated_at + :tolerance
""")
RECORD_COUNTS = text("""
    INSERT INTO job_runs (job, cadence_sec, consecutive_failures, counts, updated_at)
    VALUES (:job, 0, 0, :counts, :now)
    ON CONFLICT (job) DO UPDATE SET counts = excluded.counts, updated_at = excluded.updated_at
""")
RECORD_FAILURE = text("""
    INSERT INTO job_runs
        (job, last_error_at, last_error, last_duration_sec, cadence_sec, consecutive_failures, counts, updated_at)
    VALUES (:job, :now, :error, :duration_sec, 0, 1, '{}', :now)
    ON CONFLICT (job) DO UPDATE
    SET last_error_at = excluded.last_error_at, last_error = excluded.last_error,
        last_duration_sec = excluded.last_duration_sec,
        consecutive_failures = job_runs.consecutive_failures + 1, updated_at = excluded.updated_at
""")
READ_RUNS = select(*(job_runs.c[name] for name in JobRun.__slots__)).order_by(job_runs.c.job)


def record_start(conn: Connection, job: str, *, now: int, cadence_sec: float) -> None:
    """A cycle of the job has begun."""
    conn.execute(RECORD_START, {"job": job, "now": now, "cadence_sec": cadence_sec})


def record_success(
    conn: Connection,
    job: str,
    *,
    now: int,
    duration_sec: float,
    counts: Mapping[str, int | float],
    started: int | None = None,
) -> None:
    """The cycle did what it should.

    Nothing is written when another cycle has begun after `started` (default: `now`): whoever stood still while another
    process took over has no news.
    """
    values = {
        "job": job,
        "now": now,
        "started": now if started is None else started,
        "tolerance": FUTURE_TOLERANCE_MS,
        "duration_sec": duration_sec,
        "counts": to_json(dict(counts)),
    }
    conn.execute(RECORD_SUCCESS, values)


def record_counts(conn: Connection, job: str, *, now: int, counts: Mapping[str, int | float]) -> None:
    """What a cycle counted, in the very transaction that stored its rows; `record_success` follows."""
    conn.execute(RECORD_COUNTS, {"job": job, "now": now, "counts": to_json(dict(counts))})


def record_failure(conn: Connection, job: str, *, now: int, duration_sec: float, error: str) -> None:
    """The cycle failed; `error` is kept to its first 1,000 characters. What the last good cycle counted stays."""
    conn.execute(
        RECORD_FAILURE,
        {"job": job, "now": now, "duration_sec": duration_sec, "error": clean_text(error[:_LONGEST_ERROR])},
    )


def read_runs(conn: Connection) -> list[JobRun]:
    """The records of all jobs that ever began, by name."""
    return [
        JobRun(**{**row, "counts": msgspec.json.decode(row["counts"])}) for row in conn.execute(READ_RUNS).mappings()
    ]
