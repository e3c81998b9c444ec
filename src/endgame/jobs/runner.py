"""The runner: cadence, no overlap, missed ticks counted, one record per job; no cycle costs the process.

A job is a coroutine without arguments that returns counts. The runner decides when it runs, writes down how it
went, and never lets one bad cycle end the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, ParamSpec, TypeVar

from endgame.clock import Clock
from endgame.errors import EndgameError
from endgame.storage import runs
from endgame.storage.database import Database
from endgame.telemetry import logger, metrics, span

Counts = Mapping[str, int | float]
P = ParamSpec("P")
T = TypeVar("T")

URGENT_POLL_SEC: Final = 1.0
"""How often a waiting job is asked whether it should run before its tick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One recurring piece of work.

    Attributes:
        name: key in `job_runs`, metrics and logs.
        cadence_sec: time between the starts of two cycles.
        work: one cycle; returns counts; may raise.
        retry_sec: first wait after a failed cycle, doubling up to the cadence; None waits for the next tick.
        urgent: asked every second while waiting; True starts a cycle before its tick (which stays where it is).
        urgent_work: what an urgent cycle does, when it is less than `work`.
        after: the first cycle waits for this event.
    """

    name: str
    cadence_sec: float
    work: Callable[[], Awaitable[Counts]]
    retry_sec: float | None = None
    urgent: Callable[[], Awaitable[bool]] | None = None
    urgent_work: Callable[[], Awaitable[Counts]] | None = None
    after: asyncio.Event | None = None


class Runner:
    """Runs jobs side by side until cancelled; each job on its own, so that a slow one delays only itself."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self, jobs: list[Job]) -> None:
        """Run all jobs for ever. Cancel to stop: a transaction in hand is committed or rolled back whole."""
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(self._loop(job), name=f"job {job.name}")

    async def _loop(self, job: Job) -> None:
        if job.after is not None:
            await job.after.wait()
        failures = 0
        tick = self._clock.monotonic()
        while True:
            succeeded = await self.cycle(job, job.work)
            failures = 0 if succeeded else failures + 1
            tick = self._next_tick(job, tick)
            wake_at = self._wake_at(job, tick, failures)
            while await self._turned_urgent(job, wake_at):
                if not await self.cycle(job, job.urgent_work or job.work):
                    failures += 1
                    wake_at = min(wake_at, self._wake_at(job, tick, failures))

    def _wake_at(self, job: Job, tick: float, failures: int) -> float:
        """The next tick, or sooner after a failure."""
        if not failures or job.retry_sec is None:
            return tick
        wait_sec = min(job.retry_sec * 2.0 ** min(failures - 1, 20), job.cadence_sec)
        return min(tick, self._clock.monotonic() + wait_sec)

    def _next_tick(self, job: Job, tick: float) -> float:
        """The first tick after now; ticks that passed while the cycle ran are skipped and counted."""
        now = self._clock.monotonic()
        if tick > now:
            return tick  # a retry came before its tick
        passed = int((now - tick) // job.cadence_sec)
        if passed:
            metrics().job_missed_ticks.labels(job.name).inc(passed)
        return tick + (passed + 1) * job.cadence_sec

    async def _turned_urgent(self, job: Job, wake_at: float) -> bool:
        """Wait for the moment; True when the job turned urgent first."""
        while (left := wake_at - self._clock.monotonic()) > 0:
            if job.urgent is None:
                await self._clock.sleep(left)
                continue
            await self._clock.sleep(min(left, URGENT_POLL_SEC))
            if await self._is_urgent(job.urgent):
                return True
        return False

    async def _is_urgent(self, urgent: Callable[[], Awaitable[bool]]) -> bool:
        try:
            return await urgent()
        except EndgameError:
            return False  # the database is away: the cycle itself will say so at its tick

    async def cycle(self, job: Job, work: Callable[[], Awaitable[Counts]]) -> bool:
        """One cycle with its record, metrics and log line; True when it succeeded."""
        begun, started = self._clock.monotonic(), self._clock.now_ms()
        try:
            with span(f"job.{job.name}") as piece:
                await self._database.write(runs.record_start, job.name, now=started, cadence_sec=job.cadence_sec)
                counts = await work()
                piece.note(**counts)
                await self._database.write(
                    runs.record_success,
                    job.name,
                    now=self._clock.now_ms(),
                    started=started,
                    duration_sec=self._clock.monotonic() - begun,
                    counts=counts,
                )
        except Exception as error:  # one bad cycle never costs the process
            await self._record_failure(job, error, self._clock.monotonic() - begun)
            if _is_cancelled():
                raise asyncio.CancelledError from error
            return False
        seconds = self._clock.monotonic() - begun
        metrics().job_duration.labels(job.name).observe(seconds)
        metrics().job_last_success.labels(job.name).set(self._clock.now_ms() / 1_000)
        return True

    async def _record_failure(self, job: Job, error: Exception, duration_sec: float) -> None:
        kind = getattr(error, "kind", "internal")
        metrics().job_errors.labels(job.name, kind).inc()
        metrics().job_duration.labels(job.name).observe(duration_sec)
        if kind == "internal":
            logger().error("job.unexpected", job=job.name, exc_info=error)
        try:
            await self._database.write(
                runs.record_failure,
                job.name,
                now=self._clock.now_ms(),
                duration_sec=duration_sec,
                error=f"{type(error).__name__}: {error}"[:500],
            )
        except EndgameError as away:
            logger().warning("job.record_failed", job=job.name, error=str(away))


def _is_cancelled() -> bool:
    """True when somebody wants this task to end, also where the work at hand swallowed the word."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def attempt(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | Exception:
    """What `work` returns, or the error that it raised: for many small pieces, none of which may cost the others."""
    try:
        return work(*args, **kwargs)
    except Exception as error:
        return error
