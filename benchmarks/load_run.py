"""One run under load: a venue of one size, the product's real processes on one database, requests all the while.

The run has three phases. `fill`: from an empty database until the whole catalogue is walked and every text judged.
`steady`: as long as asked for. `worst`: a while of requests none of which was ever asked before.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psycopg
import uvloop
from sqlalchemy import Connection, func, select, text

from benchmarks import usage
from benchmarks.databases import POSTGRES, Databases
from benchmarks.list_latency import PER_SEC, alive, same, varying
from benchmarks.open_loop import Request, latencies, request_until
from benchmarks.processes import Process, Product, Simulator
from endgame.storage import runs as run_store
from endgame.storage.database import Database
from endgame.storage.engines import database_location, sqlite_file
from endgame.storage.markets import OPEN
from endgame.storage.tables import UNJUDGED, markets, quotes_latest, rules_latest, scores_latest
from postgres_server import database_settings

JOBS: Final = ("discovery_window", "discovery_full", "rules", "quotes", "score")
SIZES: Final = (5_000, 10_000, 50_000, 250_000)
"""Markets of the venues that the whole measurement has."""
PHASES: Final = ("fill", "steady", "worst")
SCORING: Final = "scoring"
"""The part of the steady phase in which a scoring cycle ran: requests are told for it apart."""
VARYING_PER_SEC: Final = 10.0
PROBES_PER_SEC: Final = 5.0
LATENCY_MS: Final = 20.0
"""Of the simulated venue's answers."""
FILL_LIMIT_SEC: Final = 1_500.0
WORST_SEC: Final = 20.0
BUCKET_SEC: Final = 5.0
PERCENTILES: Final = (0.5, 0.9, 0.95, 0.99, 0.999, 1.0)
SAME, VARYING, PROBE, NEVER_ASKED = "the list", "varying queries", "/healthz", "never asked before"
WHOLE_MACHINE: Final = "machine"
_FACTS = ("pages", "seen", "stored", "judged", "asked", "markets", "opportunities")
_WATCH_SEC = 2.0
_SERVER_EVERY = 5
"""The memory of the database server is looked at this many times less often: the system has to walk its pages."""


@dataclass
class Observed:
    """What was seen while it ran; times are UTC epoch seconds."""

    marks: dict[str, float] = field(default_factory=dict)
    requests: dict[str, list[Request]] = field(default_factory=dict)
    memory: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    cpu: dict[str, dict[str, float]] = field(default_factory=dict)
    """CPU seconds so far of each process at each mark."""
    counts: dict[str, int] = field(default_factory=dict)


def cadences(size: int, seconds: float) -> dict[str, float]:
    """Settings that fit enough cycles of each job into a steady phase of so many seconds.

    Never so short that a cycle of a venue of this size would still run at the next tick: jobs that follow each other
    without a pause would starve the walk that fills the database.
    """
    return {
        "SCORING__CADENCE_SEC": max(min(seconds / 20, 20), size / 5_000, 1),
        "INGEST__QUOTES_SEC": max(min(seconds / 20, 30), size / 5_000, 1),
        "INGEST__WINDOW_SEC": max(min(seconds / 5, 120), size / 1_000, 3),
        "INGEST__DISCOVERY_SEC": max(min(seconds / 2, 240), size / 500, 6),
    }


def measure(databases: Databases, kind: str, size: int, seconds: float) -> dict[str, Any]:
    """Figures of one run, as plain data."""
    with TemporaryDirectory(prefix="endgame-load-") as name, databases.fresh(kind) as url:
        folder = Path(name)
        with ExitStack() as stack:
            venue = stack.enter_context(Simulator(folder, markets=size, latency_ms=LATENCY_MS))
            settings = {**venue.settings(), **cadences(size, seconds)}
            begun = time.time()
            parts = ("ingest", "score", "api") if kind == POSTGRES else ("run",)
            processes = [stack.enter_context(Product(folder, part, url, part=part, **settings)) for part in parts]
            with _server_process(kind, url) as server, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                observed = runner.run(_observe(processes, venue, server, url, seconds))
            breaches = dict(venue.audit()["violations"])
            disk_mb = _disk_mb(kind, url)
        cycles = _cycles(processes, observed, begun)
        scored = [(begun + one["at"], begun + one["at"] + one["sec"]) for one in cycles["score"]]
        return {
            "size": size,
            "database": kind,
            "seconds": seconds,
            "cadences": cadences(size, seconds),
            "marks": {mark: round(at - begun, 2) for mark, at in observed.marks.items()},
            "counts": observed.counts,
            "breaches": breaches,
            "disk_mb": round(disk_mb, 1),
            "cycles": cycles,
            "requests": {name: _summary(found, observed, begun, scored) for name, found in observed.requests.items()},
            "stalls": {process.part: _stalls(process, observed, begun) for process in processes},
            "memory": {
                name: [[round(at - begun, 1), round(mb, 1)] for at, mb in found]
                for name, found in observed.memory.items()
            },
            "cores": {name: _cores(found, observed) for name, found in observed.cpu.items()},
        }


@contextmanager
def _server_process(kind: str, url: str) -> Iterator[int | None]:
    """The first process of a Postgres server on this machine; None for SQLite or a server elsewhere."""
    found = None
    if kind == POSTGRES:
        with psycopg.connect(database_location(database_settings(url)).set(drivername="postgresql").render_as_string(
            hide_password=False)) as connection:  # fmt: skip
            backend = connection.info.backend_pid
            name = Path("/proc") / str(backend) / "comm"
            if name.exists() and name.read_text(encoding="ascii").startswith("postgres"):
                found = usage.parent(backend)
    yield found


def _disk_mb(kind: str, url: str) -> float:
    location = database_location(database_settings(url))
    if kind != POSTGRES:
        path = sqlite_file(location)
        return sum(part.stat().st_size for part in path.parent.glob(f"{path.name}*")) / 2**20
    with psycopg.connect(location.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return (row[0] if row else 0) / 2**20


async def _observe(
    processes: Sequence[Product], venue: Simulator, server: int | None, url: str, seconds: float
) -> Observed:
    found = Observed(marks={"begun": time.time()})
    front = processes[-1]  # `run`, or `api`
    database = Database(database_settings(url))
    phase = {"stop": False, "mixed": True}

    def mark(name: str) -> None:
        found.marks[name] = time.time()
        for process in (*processes, venue):
            found.cpu.setdefault(process.name, {})[name] = process.cpu_sec() or 0.0
        if server is not None:
            found.cpu.setdefault("postgres", {})[name] = usage.family_cpu_sec(server)
        found.cpu.setdefault("load generator", {})[name] = time.process_time()
        found.cpu.setdefault(WHOLE_MACHINE, {})[name] = usage.machine_cpu_sec() or 0.0

    async def ask(name: str, paths: Iterator[str], per_sec: float, wanted: Callable[[], bool]) -> None:
        into = found.requests[name] = []
        await request_until(front.url, paths, per_sec=per_sec, into=into, stop=lambda: not wanted())

    try:
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(_watch([*processes, venue], server, found))
            await _until(lambda: asyncio.to_thread(front.total), "the first row", every_sec=0.2)
            mark("first_row")
            mixed = [
                group.create_task(ask(name, paths, per_sec, lambda: phase["mixed"]))
                for name, paths, per_sec in (
                    (SAME, same(), PER_SEC - VARYING_PER_SEC),
                    (VARYING, varying(), VARYING_PER_SEC),
                )
            ]
            group.create_task(ask(PROBE, alive(), PROBES_PER_SEC, lambda: not phase["stop"]))
            await _until(lambda: database.read(_is_filled), "the whole catalogue", every_sec=1.0)
            mark("filled")
            found.counts = await database.read(_counts)
            await asyncio.sleep(seconds)
            mark("steady_end")
            phase["mixed"] = False
            await asyncio.gather(*mixed)
            ends = time.time() + min(WORST_SEC, seconds)
            await ask(NEVER_ASKED, varying(), PER_SEC, lambda: time.time() < ends)
            mark("end")
            phase["stop"] = True
            watching.cancel()
    finally:
        await database.close()
    return found


async def _until(probe: Callable[[], Awaitable[Any]], what: str, *, every_sec: float) -> None:
    ends = time.monotonic() + FILL_LIMIT_SEC
    while not await probe():
        if time.monotonic() > ends:
            raise RuntimeError(f"waiting for {what}: not within {FILL_LIMIT_SEC:g} s")
        await asyncio.sleep(every_sec)


def _is_filled(conn: Connection) -> bool:
    """True when the catalogue was walked once and every text is judged."""
    walked = any(run.job == "discovery_full" and run.last_success for run in run_store.read_runs(conn))
    return walked and not conn.execute(select(func.count()).select_from(rules_latest).where(text(UNJUDGED))).scalar()


def _counts(conn: Connection) -> dict[str, int]:
    found = {
        name: conn.execute(select(func.count()).select_from(table)).scalar() or 0
        for name, table in (("rules", rules_latest), ("quotes", quotes_latest), ("scores", scores_latest))
    }
    open_now = select(func.count()).select_from(markets).where(markets.c.status.in_(OPEN))
    return {"stored": conn.execute(select(func.count()).select_from(markets)).scalar() or 0,
            "open": conn.execute(open_now).scalar() or 0, **found}  # fmt: skip


async def _watch(processes: Sequence[Process], server: int | None, found: Observed) -> None:
    for look in range(10**9):
        at = time.time()
        for process in processes:
            process.check_alive("measuring")
            mb = process.resident_mb()
            if mb is not None:
                found.memory.setdefault(process.name, []).append((at, mb))
        if server is not None and look % _SERVER_EVERY == 0:
            mb = await asyncio.to_thread(usage.shared_out_mb, server)
            if mb:
                found.memory.setdefault("postgres", []).append((at, mb))
        await asyncio.sleep(_WATCH_SEC)


def phase_of(marks: dict[str, float], at: float) -> str:
    """The phase in which a moment lies."""
    if at < marks["filled"]:
        return "fill"
    return "steady" if at < marks["steady_end"] else "worst"


def _cycles(processes: Sequence[Product], observed: Observed, begun: float) -> dict[str, list[dict[str, Any]]]:
    """Finished cycles of each job: `at` (start, seconds into the run), `sec`, `phase`, counts."""
    found: dict[str, list[dict[str, Any]]] = {}
    for job in JOBS:
        lines = sorted((line for process in processes for line in process.finished(job)), key=lambda line: line["time"])
        found[job] = [
            {
                "at": round((at := _epoch(line["time"]) - line["duration_sec"]) - begun, 2),
                "sec": round(line["duration_sec"], 3),
                "phase": phase_of(observed.marks, at),
                **{fact: line[fact] for fact in _FACTS if fact in line},
            }
            for line in lines
            if line.get("outcome") == "ok"
        ]
    return found


def _epoch(iso: str) -> float:
    return datetime.fromisoformat(iso).timestamp()


def _summary(
    requests: Sequence[Request], observed: Observed, begun: float, scored: Sequence[tuple[float, float]]
) -> dict[str, Any]:
    """Percentiles per phase, and a line per bucket of time; `scored` is when the scoring cycles ran."""
    phases = {}
    by_phase = {phase: [one for one in requests if phase_of(observed.marks, one.due) == phase] for phase in PHASES}
    by_phase[SCORING] = [one for one in by_phase["steady"] if any(start <= one.due < end for start, end in scored)]
    for phase, found in by_phase.items():
        some = latencies(found)
        if some.ms or some.failed:
            ms = {f"{share:g}": round(some.percentile(share), 2) for share in PERCENTILES if some.ms}
            phases[phase] = {"answered": len(some.ms), "failed": some.failed, "ms": ms}
    buckets: dict[int, list[Request]] = {}
    for request in requests:
        buckets.setdefault(int((request.due - begun) / BUCKET_SEC), []).append(request)
    series = []
    for number, some in sorted(buckets.items()):
        of_bucket = latencies(some)
        if of_bucket.ms:
            series.append([number * BUCKET_SEC, *(round(of_bucket.percentile(share), 1) for share in (0.5, 0.99, 1.0))])
    return {"phases": phases, "series": series}


def _stalls(process: Product, observed: Observed, begun: float) -> dict[str, Any]:
    """Worst lag of the event loop in each phase, milliseconds, and which jobs ran in the worst second."""
    lags = process.lags()
    worst = {}
    for phase in PHASES:
        some = [(lag, at) for at, lag in lags if phase_of(observed.marks, at) == phase]
        if some:
            lag, at = max(some)
            worst[phase] = {"ms": round(lag * 1_000, 1), "at": round(at - begun, 1)}
    every = max(round(BUCKET_SEC), 1)
    series = [
        [round(lags[start][0] - begun, 1), round(max(lag for _, lag in lags[start : start + every]) * 1_000, 1)]
        for start in range(0, len(lags), every)
    ]
    return {"worst": worst, "series": series}


def _cores(cpu: dict[str, float], observed: Observed) -> dict[str, float]:
    """Cores that a process kept busy in each phase."""
    spans = {"fill": ("first_row", "filled"), "steady": ("filled", "steady_end"), "worst": ("steady_end", "end")}
    return {
        phase: round((cpu[end] - cpu[start]) / max(observed.marks[end] - observed.marks[start], 1e-3), 2)
        for phase, (start, end) in spans.items()
    }
