"""Part 3: how long the list takes while nothing else happens, and while scoring cycles follow each other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.databases import SQLITE, Databases
from benchmarks.open_loop import request_steadily
from benchmarks.population import populate
from benchmarks.processes import Product
from benchmarks.report import Section, Target, ratio
from endgame.clock import SystemClock
from endgame.storage.database import Database
from postgres_server import database_settings

PER_SEC = 50
LIMIT_MS = 50.0
MEMORY_MB = 600.0
_PATH = "/v1/opportunities?limit=50"
QUIET = {
    "VENUES__POLYMARKET__ENABLED": "false",
    "INGEST__QUOTES_SEC": 3_600,
    "INGEST__WINDOW_SEC": 3_600,
    "SCORING__BOUNDS__QUOTE_STALE_MAX_SEC": 86_400,  # no venue renews the quotes while we measure
}
_CADENCES = {"idle": 3_600.0, "scoring back to back": 0.05}


def same() -> Iterator[str]:
    """The plain list again and again: one query per scoring run, then kept bytes."""
    return itertools.repeat(_PATH)


def varying() -> Iterator[str]:
    """A different question every time: nothing kept helps."""
    shapes = (
        "min_score={0:.7f}",
        "sort=net_yield&min_score={0:.7f}",
        "sort=apr&max_t_remaining_sec={1}",
        "sort=risk_score&max_risk_score=0.9{1}",
        "side=YES&min_score={0:.7f}",
        "category=sports&max_t_remaining_sec={1}",
        "q=event+number+{2}&min_score={0:.7f}",
        "has_flags=true&min_score={0:.7f}",
    )
    for number, shape in enumerate(itertools.cycle(shapes)):
        yield f"{_PATH}&{shape.format(number / 1e6, 1_200_000 - number, number % 10)}"


def alive() -> Iterator[str]:
    """The floor: the same server, no I/O."""
    return itertools.repeat("/healthz")


TRAFFIC = {"/healthz (floor)": alive, "same query": same, "varying queries": varying}


async def measure(databases: Databases, *, markets: int, phase_sec: float) -> Section:
    section = Section(
        f"List latency: {PER_SEC} requests/s of 50 items, {markets:,} markets in SQLite, milliseconds",
        ("server", "requests", "p50", "p99", "max", "p99 of floor", "not 200", "CPU ms each", "cycles", "MB"),
        notes=["Timed from the moment a request was due. `cycles` are scoring cycles that ended in the phase."],
    )
    with TemporaryDirectory(prefix="endgame-bench-") as folder, databases.fresh(SQLITE) as url:
        await _fill(url, markets)
        for state, cadence in _CADENCES.items():
            with Product(Path(folder), f"list{cadence:g}", url, **QUIET, SCORING__CADENCE_SEC=cadence) as product:
                product.wait_for(product.total, 60, "the first list")
                product.wait_for(lambda p=product: len(p.finished("score")) >= 2, 30, "the first cycles")
                await _phases(product, state, phase_sec, section)
                if cadence > 1:
                    continue
                durations = sorted(line["duration_sec"] for line in product.finished("score"))
                section.notes.append(
                    f"{len(durations)} cycles in all: median {durations[len(durations) // 2]:.2f} s,"
                    f" longest {durations[-1]:.2f} s beside the requests."
                )
                peak = product.peak_mb()
                if peak is not None:
                    section.targets.append(Target(f"memory of the process, {markets:,} markets", peak, MEMORY_MB, "MB"))
    return section


async def _fill(url: str, markets: int) -> None:
    database = Database(database_settings(url))
    await database.write(populate, markets, now=SystemClock().now_ms())
    await database.close()


async def _phases(product: Product, state: str, seconds: float, section: Section) -> None:
    floor: float | None = None
    for name, paths in TRAFFIC.items():
        cycles, cpu = len(product.finished("score")), product.cpu_sec()
        found = await request_steadily(product.url, paths(), per_sec=PER_SEC, seconds=seconds)
        p99 = found.percentile(0.99)
        section.rows.append(
            [state, name, found.percentile(0.5), p99, found.percentile(1), ratio(p99, floor), found.failed,
             _cpu_ms_each(product, cpu, seconds), len(product.finished("score")) - cycles, product.resident_mb()]
        )  # fmt: skip
        if floor is None:
            floor = p99
        else:
            section.targets.append(Target(f"list p99, {state}, {name}", p99, LIMIT_MS, "ms"))


def _cpu_ms_each(product: Product, before: float | None, seconds: float) -> float | None:
    now = product.cpu_sec()
    return None if now is None or before is None else (now - before) * 1_000 / (PER_SEC * seconds)
