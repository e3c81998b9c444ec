"""The runner keeps its cadence, never overlaps, counts what it missed, and survives whatever a job does."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from endgame import telemetry
from endgame.config import DatabaseSettings
from endgame.errors import Unavailable
from endgame.jobs.runner import Job, Runner
from endgame.storage import runs
from endgame.storage.database import Database
from endgame.storage.migrate import migrate
from endgame.telemetry import metrics
from manual_clock import ManualClock


class Done(BaseException):
    """Ends an endless runner from inside a job: not an Exception, so the runner must let it pass."""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path}/runner.db")
    migrate(settings)
    database = Database(settings)
    yield database
    await database.close()


async def run_until_done(runner: Runner, *jobs: Job) -> None:
    with pytest.raises(BaseExceptionGroup) as caught:
        await runner.run(list(jobs))
    assert caught.group_contains(Done)


def job_of(times: list[float], clock: ManualClock, cycles: int, body: Callable[[], Awaitable[None]] | None = None):
    async def work() -> dict[str, int]:
        times.append(clock.monotonic())
        if len(times) > cycles:
            raise Done
        if body is not None:
            await body()
        return {"cycle": len(times)}

    return work


async def test_cycles_start_one_cadence_apart(store: Database) -> None:
    clock, times = ManualClock(), []
    await run_until_done(Runner(store, clock), Job(name="a", cadence_sec=60, work=job_of(times, clock, 3)))
    assert times == [0, 60, 120, 180]


async def test_a_tick_missed_by_a_long_cycle_is_skipped_and_counted(store: Database) -> None:
    clock, times = ManualClock(), []

    async def long() -> None:
        clock.push(150)

    before = metrics().job_missed_ticks.labels("long")._value.get()
    await run_until_done(Runner(store, clock), Job(name="long", cadence_sec=60, work=job_of(times, clock, 2, long)))
    assert times == [0, 180, 360]
    assert metrics().job_missed_ticks.labels("long")._value.get() - before == 4


async def test_a_failing_cycle_is_recorded_and_retried_with_doubling_waits_up_to_the_cadence(store: Database) -> None:
    clock, times = ManualClock(), []

    async def fail() -> None:
        raise Unavailable("the venue is away")

    job = Job(name="quotes", cadence_sec=60, work=job_of(times, clock, 7, fail), retry_sec=5)
    await run_until_done(Runner(store, clock), job)
    assert times[:4] == [0, 5, 15, 35]
    assert all(0 < later - earlier <= 60 for earlier, later in itertools.pairwise(times))
    (run,) = await store.read(runs.read_runs)
    assert run.last_success is None
    assert run.last_error == "Unavailable: the venue is away"
    assert run.consecutive_failures == 7


async def test_an_unexpected_error_ends_the_cycle_but_not_the_job(store: Database) -> None:
    clock, times = ManualClock(), []

    async def stumble() -> None:
        if len(times) == 1:
            raise ZeroDivisionError

    before = metrics().job_errors.labels("odd", "internal")._value.get()
    await run_until_done(Runner(store, clock), Job(name="odd", cadence_sec=10, work=job_of(times, clock, 2, stumble)))
    assert times == [0, 10, 20]
    assert metrics().job_errors.labels("odd", "internal")._value.get() - before == 1
    (run,) = await store.read(runs.read_runs)
    assert run.consecutive_failures == 0
    assert run.counts == {"cycle": 2}


async def test_an_urgent_cycle_runs_before_its_tick_and_leaves_the_tick_where_it_is(store: Database) -> None:
    clock, times, extra = ManualClock(), [], []

    async def urgent() -> bool:
        return not extra and clock.monotonic() >= 20

    async def less() -> dict[str, int]:
        extra.append(clock.monotonic())
        return {}

    job = Job(name="u", cadence_sec=60, work=job_of(times, clock, 2), urgent=urgent, urgent_work=less)
    await run_until_done(Runner(store, clock), job)
    assert extra == [20]
    assert times == [0, 60, 120]


async def test_a_failed_urgent_cycle_is_made_good_by_a_retry_long_before_the_tick(store: Database) -> None:
    clock, times, extra = ManualClock(), [], []

    async def urgent() -> bool:
        return not extra and clock.monotonic() >= 20

    async def fail() -> dict[str, int]:
        extra.append(clock.monotonic())
        raise Unavailable

    job = Job(name="r", cadence_sec=300, retry_sec=5, work=job_of(times, clock, 2), urgent=urgent, urgent_work=fail)
    await run_until_done(Runner(store, clock), job)
    assert extra == [20]
    assert times == [0, 25, 300]


async def test_a_job_that_waits_for_another_starts_after_it(store: Database) -> None:
    clock, times = ManualClock(), []
    gate = asyncio.Event()

    async def opener() -> dict[str, int]:
        if clock.monotonic() >= 30:
            gate.set()
        return {}

    jobs = [
        Job(name="first", cadence_sec=30, work=opener),
        Job(name="second", cadence_sec=60, work=job_of(times, clock, 0), after=gate),
    ]
    await run_until_done(Runner(store, clock), *jobs)
    assert times[0] >= 30


async def test_jobs_go_on_while_the_database_is_away(tmp_path: Path) -> None:
    clock, times = ManualClock(), []
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path}/empty.db")
    database = Database(settings)  # no schema: every record of a run fails
    runner = Runner(database, clock)
    assert not await runner.cycle(Job(name="x", cadence_sec=1, work=job_of(times, clock, 5)), job_of(times, clock, 5))
    await database.close()
    migrate(settings)
    database = Database(settings)
    runner = Runner(database, clock)
    assert await runner.cycle(Job(name="x", cadence_sec=1, work=job_of(times, clock, 5)), job_of(times, clock, 5))
    await database.close()


async def test_a_cycle_that_is_cancelled_by_a_stop_is_not_told_as_a_failure(store: Database, capsys) -> None:
    telemetry.configure_logging()
    clock = ManualClock()

    begun = asyncio.Event()

    async def endless() -> dict[str, int]:
        begun.set()
        await asyncio.Event().wait()
        return {}

    task = asyncio.create_task(Runner(store, clock).run([Job(name="slow", cadence_sec=60, work=endless)]))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert '"outcome":"cancelled"' in capsys.readouterr().err
    (run,) = await store.read(runs.read_runs)
    assert run.consecutive_failures == 0


async def test_a_job_that_swallows_its_cancellation_does_not_keep_the_runner_from_ending(store: Database) -> None:
    begun = asyncio.Event()

    async def stubborn() -> dict[str, int]:
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise Unavailable("the venue went away just then") from None
        return {}

    for urgent in (None, always):
        begun.clear()
        jobs = [Job(name="stubborn", cadence_sec=0.01, work=stubborn, urgent=urgent)]
        running = asyncio.create_task(Runner(store, ManualClock()).run(jobs))
        await begun.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(running, 5)


async def always() -> bool:
    return True
