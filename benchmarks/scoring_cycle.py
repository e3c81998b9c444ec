"""Part 1: a scoring cycle end to end, as `jobs/score.py` does it, beside what the driver and plain Python need."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks import usage
from benchmarks.databases import Databases
from benchmarks.floors import DriverFloor, plain_loop_sec
from benchmarks.population import populate, settle
from benchmarks.report import Cell, Section, Target, ratio
from endgame.app import prepare_interpreter
from endgame.config import Settings
from endgame.jobs.score import Scoring
from endgame.storage.database import Database
from endgame.storage.scores import read_score_inputs
from endgame.telemetry import configure_logging
from postgres_server import database_settings

NOW = 1_795_340_000_000
STEP_MS = 1_000
LIMITS_SEC = {("sqlite", 10_000): 0.5, ("sqlite", 50_000): 1.5, ("sqlite", 250_000): 12.0,
              ("postgres", 10_000): 0.5, ("postgres", 50_000): 2.5, ("postgres", 250_000): 12.0}  # fmt: skip
_FEW_ABOVE = 100_000
"""Larger databases get a first cycle and two more, and floors measured once: each takes seconds."""


@dataclass(frozen=True)
class Cycle:
    """Seconds of one cycle's stages. `score` holds the formulas and the notes."""

    read: float
    score: float
    write: float
    cpu: float
    """CPU seconds of this process: what the total would be on an idle machine, but for waiting on a server."""

    @property
    def total(self) -> float:
        return self.read + self.score + self.write


@dataclass(frozen=True)
class Measured:
    """One size on one database; seconds, MB."""

    first: float
    cycles: list[Cycle]
    opportunities: int
    floor_read: float
    floor_write: float
    floor_loop: float
    peak_mb: float | None

    def stage(self, name: str) -> float:
        return median(getattr(cycle, name) for cycle in self.cycles)


class SteppedClock:
    """Wall time that moves by hand, so that quotes do not grow stale between populating and measuring."""

    def __init__(self, now: int) -> None:
        self.now = now

    def now_ms(self) -> int:
        return self.now

    def monotonic(self) -> float:
        return time.perf_counter()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class TimedDatabase(Database):
    """The real bridge with a stop-watch on both ways."""

    def __init__(self, url: str) -> None:
        super().__init__(database_settings(url))
        self.spent = {"read": 0.0, "write": 0.0}

    async def read_bulk(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        with self._watch("read"):
            return await super().read_bulk(fn, *args, **kwargs)

    async def write(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        with self._watch("write"):
            return await super().write(fn, *args, **kwargs)

    @contextmanager
    def _watch(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.spent[name] += time.perf_counter() - begun


def measure(databases: Databases, kinds: list[str], sizes: list[int], repeats: int) -> Section:
    section = Section(
        "Scoring cycle: seconds, median of several; in brackets how many times the floor",
        ("markets", "database", "read", "score", "write", "total", "of floor", "CPU", "first", "opps", "peak MB"),
        notes=[
            "Floors: read and write are the bare driver with the same rows (sqlite3 executemany; psycopg binary COPY",
            "and one upsert); score is the formulas row by row in plain Python (notes are counted on our side only).",
            "`of floor` is the total beside the driver's read + write. `CPU` is this process alone: on a busy machine",
            "the total can be far above it. `first` is the cycle that fills empty tables.",
        ],
    )
    for size in sizes:
        for kind in kinds:
            found = measure_one(databases, kind, size, repeats)
            section.rows.append(_row(kind, size, found))
            limit = LIMITS_SEC.get((kind, size))
            if limit is not None:
                name = f"scoring cycle, {size:,} markets, {kind}"
                section.targets.append(Target(name, found.stage("total"), limit, "s"))
    return section


def measure_one(databases: Databases, kind: str, size: int, repeats: int) -> Measured:
    """Each in processes of its own, so that peaks of memory do not mix."""
    with databases.fresh(kind) as url:
        _in_a_process(fill, url, size)
        return _in_a_process(cycle_and_floors, url, repeats if size <= _FEW_ABOVE else min(repeats, 2))


def _in_a_process(work: Callable[..., Any], *arguments: Any) -> Any:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def _row(kind: str, size: int, found: Measured) -> list[Cell]:
    floors = {"read": found.floor_read, "score": found.floor_loop, "write": found.floor_write}
    stages = [f"{found.stage(name):.3f} ({ratio(found.stage(name), floor)})" for name, floor in floors.items()]
    driver = found.floor_read + found.floor_write
    total, cpu = found.stage("total"), found.stage("cpu")
    return [
        f"{size:,}", kind, *stages, f"{total:.3f}", ratio(total, driver), f"{cpu:.3f}", f"{found.first:.3f}",
        found.opportunities, None if found.peak_mb is None else round(found.peak_mb),
    ]  # fmt: skip


def fill(url: str, size: int) -> None:
    async def work() -> None:
        database = Database(database_settings(url))
        await database.write(populate, size, now=NOW)
        await database.close()

    asyncio.run(work())
    settle(url)


def cycle_and_floors(url: str, repeats: int) -> Measured:
    """One first cycle into empty tables, then `repeats` that replace every row, then the floors."""
    configure_logging("error")
    prepare_interpreter()
    settings = Settings()
    cycles, opportunities = asyncio.run(_cycles(url, settings, repeats + 1))
    peak = usage.peak_mb()
    bounds = {"from_ms": NOW - settings.window_back_ms, "to_ms": NOW + settings.window_ahead_ms}
    driver = DriverFloor(url, bounds)
    return Measured(
        first=cycles[0].total,
        cycles=cycles[1:],
        opportunities=opportunities,
        floor_read=median(driver.read_sec(max(repeats // 2, 1))),
        floor_write=median(driver.write_sec(max(repeats // 2, 1))),
        floor_loop=asyncio.run(_loop_floor(url, settings)),
        peak_mb=peak,
    )


async def _cycles(url: str, settings: Settings, count: int) -> tuple[list[Cycle], int]:
    database, clock = TimedDatabase(url), SteppedClock(NOW)
    scoring = Scoring(database, settings, clock)
    found: list[Cycle] = []
    opportunities = 0
    try:
        for _ in range(count):
            database.spent = {"read": 0.0, "write": 0.0}
            begun, begun_cpu = time.perf_counter(), time.process_time()
            opportunities = (await scoring.cycle())["opportunities"]
            total, cpu = time.perf_counter() - begun, time.process_time() - begun_cpu
            read, write = database.spent["read"], database.spent["write"]
            found.append(Cycle(read, total - read - write, write, cpu))
            clock.now += STEP_MS
    finally:
        await database.close()
    return found, opportunities


async def _loop_floor(url: str, settings: Settings) -> float:
    database = Database(database_settings(url))
    try:
        inputs = await database.read_bulk(
            read_score_inputs, now=NOW, back_ms=settings.window_back_ms, ahead_ms=settings.window_ahead_ms
        )
    finally:
        await database.close()
    return plain_loop_sec(inputs, NOW, settings.scoring)
