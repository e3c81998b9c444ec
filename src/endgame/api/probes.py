"""What machines ask: is it alive, may it serve, how is it doing. Also the application that answers nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from endgame.api.answers import SingleFlight, within_limit
from endgame.api.problems import install, unavailable
from endgame.api.query import read_parameters
from endgame.clock import MS_PER_SEC, Clock, rfc3339
from endgame.config import Settings
from endgame.errors import SchemaMismatch, StorageError
from endgame.storage import quotes, runs, scores
from endgame.storage.database import Connection, Database
from endgame.telemetry import metrics, series

_JSON: Final = "application/json"
_UNCACHED: Final = {"cache-control": "no-store"}
_ALIVE: Final = msgspec.json.encode({"status": "ok"})
_READY_LIMIT_SEC: Final = 2.0
_SCRAPE_LIMIT_SEC: Final = 1.0
_OVERDUE_CADENCES: Final = 3
_OVERDUE_GRACE_SEC: Final = 30
_CIRCUITS: Final = ("closed", "half-open", "open")
"""By the values of `pm_circuit_state`."""


@dataclass(frozen=True, slots=True)
class JobHealth:
    """One job as readiness tells it. Times RFC 3339, ages seconds."""

    job: str
    last_start: str | None
    last_success: str | None
    age_sec: float | None
    overdue: bool
    cadence_sec: float
    last_error_at: str | None
    last_error_kind: str | None
    """Of the last error only the kind: its words may tell of the inside."""
    consecutive_failures: int
    overdue_since: str | None

    @property
    def reason(self) -> str:
        """Why the job makes the whole degraded: since when, and what is known of the cause."""
        known = f"last success {self.last_success}" if self.last_success else "no success yet"
        cause = f"; {self.consecutive_failures} failures in a row, last {self.last_error_kind}"
        failing = cause if self.consecutive_failures else ""
        return f"{self.job} is overdue since {self.overdue_since}: {known}, due every {self.cadence_sec:g} s{failing}"


def expected_cadences(settings: Settings) -> dict[str, float]:
    """Every job that somebody must run against this database, and how often, seconds."""
    return {
        "discovery_window": settings.ingest.window_sec,
        "discovery_full": settings.ingest.discovery_sec,
        "rules": settings.ingest.window_sec,
        "quotes": settings.ingest.quotes_sec,
        "score": settings.scoring.cadence_sec,
        "retention": settings.retention.cadence_sec,
    }


def job_healths(
    found: Sequence[runs.JobRun], cadences: Mapping[str, float], *, now: int, watched_since: int
) -> list[JobHealth]:
    """State of every job. One that never succeeded counts as due since `watched_since` (epoch milliseconds)."""
    by_name = {run.job: run for run in found}
    return [
        _job_health(name, by_name.get(name), cadences.get(name), now=now, watched_since=watched_since)
        for name in [*cadences, *(run.job for run in found if run.job not in cadences)]
    ]


def _job_health(
    name: str, run: runs.JobRun | None, expected_sec: float | None, *, now: int, watched_since: int
) -> JobHealth:
    last_success = run.last_success if run else None
    # The process that runs the job knows its cadence; ours is only what we would do.
    cadence_sec = (run.cadence_sec if run else 0.0) or expected_sec or 0.0
    due_since = watched_since if last_success is None else last_success
    overdue_at = due_since + round((_OVERDUE_CADENCES * cadence_sec + _OVERDUE_GRACE_SEC) * MS_PER_SEC)
    overdue = now > overdue_at
    error = run.last_error if run else None
    return JobHealth(
        job=name,
        last_start=_time(run.last_start) if run else None,
        last_success=_time(last_success),
        age_sec=None if last_success is None else max(now - last_success, 0) / MS_PER_SEC,
        overdue=overdue,
        cadence_sec=cadence_sec,
        last_error_at=_time(run.last_error_at) if run else None,
        last_error_kind=None if error is None else error.partition(":")[0],
        consecutive_failures=run.consecutive_failures if run else 0,
        overdue_since=_time(overdue_at) if overdue else None,
    )


class Probes:
    """Handlers of /healthz, /readyz, /metrics and /v1/system."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        flights: SingleFlight,
        *,
        is_stopping: Callable[[], bool],
        roles: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._flights = flights
        self._is_stopping = is_stopping
        self._roles = roles
        self._cadences = expected_cadences(settings)
        self._watched_since = clock.now_ms()
        self._oldest_quote: int | None = None
        self._last_run: int | None = None
        self._unanswered_since: int | None = None
        self._jobs: Sequence[runs.JobRun] = ()

    async def healthz(self, request: Request) -> Response:
        """200 while the process lives; no I/O."""
        read_parameters(request.query_params, ())
        return Response(_ALIVE, headers=_UNCACHED, media_type=_JSON)

    async def readyz(self, request: Request) -> Response:
        """200 when the database answers with the right schema and the process is not stopping, else 503."""
        read_parameters(request.query_params, ())
        if self._is_stopping():
            return self._not_ready("The process is shutting down.")
        try:
            run, found = await self._flights.run("readyz", self._look)
        except SchemaMismatch:
            return self._not_ready("The database schema is not the one this version needs; run `endgame migrate`.")
        except StorageError:
            self._unanswered_since = self._unanswered_since or self._clock.now_ms()
            return self._not_ready(f"The database does not answer since {rfc3339(self._unanswered_since)}.")
        self._unanswered_since = None
        jobs = job_healths(found, self._cadences, now=self._clock.now_ms(), watched_since=self._watched_since)
        reasons = [job.reason for job in jobs if job.overdue]
        if run is None:
            reasons.append("no scoring run has finished yet")
        body = {
            "status": "degraded" if reasons else "ok",
            "reasons": reasons,
            "as_of": _time(run),
            "roles": dict(self._roles()),
            "jobs": [asdict(job) for job in jobs],
        }
        return Response(msgspec.json.encode(body), headers=_UNCACHED, media_type=_JSON)

    async def system(self, request: Request) -> Response:
        """The jobs of the database and the counters of this process."""
        read_parameters(request.query_params, ())
        run, found = await self._flights.run("system", self._look)
        states = job_healths(found, self._cadences, now=self._clock.now_ms(), watched_since=self._watched_since)
        by_name = {one.job: one for one in found}
        body = {
            "as_of": _time(run),
            "started": rfc3339(self._watched_since),
            "jobs": [_job_report(state, by_name.get(state.job)) for state in states],
            "circuits": [
                {"host": labels["host"], "state": _CIRCUITS[int(value)]}
                for labels, value in series(metrics().circuit_state)
            ],
            "records_skipped": _counted(metrics().records_skipped, "reason"),
            "writes_dropped": _counted(metrics().writes_dropped, "table"),
            "missed_ticks": _counted(metrics().job_missed_ticks, "job"),
            "job_errors": _counted(metrics().job_errors, "job", "kind"),
        }
        return Response(msgspec.json.encode(body), headers=_UNCACHED, media_type=_JSON)

    async def metrics(self, request: Request) -> Response:
        """Prometheus exposition; ages and the number of opportunities come from the database while it answers."""
        read_parameters(request.query_params, ())
        try:
            await self._flights.run("metrics", self._look_for_ages)
        except StorageError:  # what was known last goes on ageing
            metrics().database_up.set(0)
        self._set_ages()
        body = generate_latest(metrics().registry)
        return Response(body, headers={**_UNCACHED, "content-type": CONTENT_TYPE_LATEST})

    async def _look(self) -> tuple[int | None, list[runs.JobRun]]:
        async def look() -> tuple[int | None, list[runs.JobRun]]:
            await self._database.ping()
            return await self._database.probe(_read_state)

        return await within_limit(look(), _READY_LIMIT_SEC)

    async def _look_for_ages(self) -> None:
        run, found = await within_limit(self._database.probe(_read_state), _SCRAPE_LIMIT_SEC)
        metrics().database_up.set(1)
        self._last_run = run
        for job in found:
            if job.last_success is not None:
                metrics().job_last_success.labels(job.job).set(job.last_success / MS_PER_SEC)
            if job.job == "score" and "opportunities" in job.counts:
                metrics().opportunities.set(job.counts["opportunities"])
        self._jobs = found
        with contextlib.suppress(StorageError):  # behind a scoring cycle's reads it may come too late for this scrape
            self._oldest_quote = await within_limit(
                # A scan of the candidates: on the lane of long reads, so that no list waits for it.
                self._database.read_bulk(
                    quotes.read_oldest_candidate_quote,
                    now=self._clock.now_ms(),
                    back_ms=self._settings.window_back_ms,
                    ahead_ms=self._settings.window_ahead_ms,
                    min_price=self._settings.min_candidate_price,
                ),
                _SCRAPE_LIMIT_SEC,
            )
            if self._oldest_quote is None:  # nothing is quoted, so nothing is old
                metrics().quote_freshness.set(0)

    def _set_ages(self) -> None:
        now = self._clock.now_ms()
        if self._oldest_quote is not None:
            metrics().quote_freshness.set(max(now - self._oldest_quote, 0) / MS_PER_SEC)
        # Before the first run the lag counts from our own start, so that a scorer that never comes is seen.
        since = self._watched_since if self._last_run is None else self._last_run
        metrics().scoring_lag.set(max(now - since, 0) / MS_PER_SEC)
        for job in job_healths(self._jobs, self._cadences, now=now, watched_since=self._watched_since):
            metrics().job_overdue.labels(job.job).set(job.overdue)
            metrics().job_failures.labels(job.job).set(job.consecutive_failures)

    def _not_ready(self, reason: str) -> Response:
        return unavailable(reason, members={"reasons": [reason], "roles": dict(self._roles())})


def create_monitor(
    database: Database,
    settings: Settings,
    clock: Clock,
    *,
    shutting_down: Callable[[], bool],
    roles: Callable[[], Mapping[str, str]],
) -> Starlette:
    """An application with /healthz, /readyz and /metrics and nothing else, for any process."""
    flights = SingleFlight()
    probes = Probes(database, settings, clock, flights, is_stopping=shutting_down, roles=roles)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await flights.close()

    handlers = (probes.healthz, probes.readyz, probes.metrics)
    app = Starlette(routes=[Route(f"/{one.__name__}", one) for one in handlers], lifespan=lifespan)
    install(app)
    return app


def _job_report(state: JobHealth, run: runs.JobRun | None) -> dict[str, Any]:
    """A job's state with what its last cycle did."""
    return {
        **asdict(state),
        "last_duration_sec": run.last_duration_sec if run else None,
        "counts": dict(run.counts) if run else {},
    }


def _counted(counter: Counter, *labels: str) -> dict[str, int]:
    return {":".join(found[label] for label in labels): int(value) for found, value in series(counter)}


def _read_state(conn: Connection) -> tuple[int | None, list[runs.JobRun]]:
    return scores.read_score_run(conn), runs.read_runs(conn)


def _time(epoch_ms: int | None) -> str | None:
    return None if epoch_ms is None else rfc3339(epoch_ms)
