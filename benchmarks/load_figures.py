"""The figures of load runs: kept as JSON beside the report, and what SPEC §10 promises about them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any, Final

from benchmarks.load_run import NEVER_ASKED, SAME, SCORING, VARYING
from benchmarks.report import shown
from benchmarks.scoring_cycle import LIMITS_SEC

Run = Mapping[str, Any]
PROMISED_SIZE: Final = 50_000
WALK_SEC, BOOKS_SEC, FIRST_ROW_SEC, P99_MS, MEMORY_MB = 60.0, 10.0, 30.0, 50.0, 600.0
BOOKS_MARKETS: Final = 2_000
FLAT: Final = 0.05
"""Largest relative difference of the mean memory in the last quarter from that in the second."""
FLAT_AFTER_SEC: Final = 600.0
_SURROUNDINGS = ("simulator", "postgres")


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise of SPEC §10 beside what was measured; `kind` names it for an explanation."""

    kind: str
    what: str
    database: str
    measured: float
    limit: float
    unit: str

    @property
    def is_met(self) -> bool:
        return self.measured < self.limit

    @property
    def verdict(self) -> str:
        """Met, or by how much not."""
        if self.is_met:
            return "met"
        if math.isinf(self.measured):
            return "**missed**: more than 1 % were not answered"
        times = self.measured / self.limit
        return f"**missed** by {shown(self.measured - self.limit)} {self.unit} ({shown(times)} times)"


def read_figures(path: Path) -> dict[str, Any]:
    """What earlier runs left; nothing without a file."""
    if not path.exists():
        return {"runs": [], "scoring": []}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Each list with what was measured anew in place of the older figure of the same size and database."""
    found = {}
    for name in ("runs", "scoring"):
        by_key = {(one["size"], one["database"]): one for one in (*old[name], *new[name])}
        found[name] = [by_key[key] for key in sorted(by_key, key=lambda key: (key[0], key[1] != "sqlite"))]
    return found


def write_figures(path: Path, figures: Mapping[str, Any]) -> None:
    """One line per run, in one step: an interrupted write leaves the old file."""
    parts = []
    for name in ("runs", "scoring"):
        lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in figures[name])
        parts.append(f'"{name}": [\n{lines}\n]')
    unfinished = path.with_suffix(".new")
    unfinished.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    unfinished.replace(path)


def product_processes(run: Run) -> list[str]:
    """Names of the product's own processes in a run."""
    return [name for name in run["memory"] if not name.startswith(_SURROUNDINGS)]


def steady(run: Run, series: Sequence[Sequence[float]]) -> list[Sequence[float]]:
    """Those points of a series that lie in the steady phase."""
    return [point for point in series if run["marks"]["filled"] <= point[0] < run["marks"]["steady_end"]]


def quarters(run: Run, process: str) -> tuple[float, float] | None:
    """Mean memory of a process in the second and in the last quarter of the steady phase, MB."""
    begin, end = run["marks"]["filled"], run["marks"]["steady_end"]
    means = []
    for first, last in ((0.25, 0.5), (0.75, 1.0)):
        low, high = (begin + share * (end - begin) for share in (first, last))
        some = [mb for at, mb in run["memory"][process] if low <= at < high]
        if not some:
            return None
        means.append(mean(some))
    return means[0], means[1]


def seconds_of(run: Run, job: str, phase: str | None = None) -> list[float]:
    """Seconds of the cycles of a job, in one phase or all."""
    return [cycle["sec"] for cycle in run["cycles"][job] if phase in (None, cycle["phase"])]


def walk_floor_sec(cycle: Mapping[str, Any], listings_per_sec: float) -> float:
    """Least time that a walk of so many pages can take at the permitted rate."""
    return float(cycle["pages"]) / listings_per_sec


def promises(figures: Mapping[str, Any]) -> list[Promise]:
    """All promises that the figures say something about."""
    found = []
    for one in figures["scoring"]:
        limit = LIMITS_SEC.get((one["database"], one["size"]))
        if limit is not None:
            what = f"scoring cycle alone, {one['size']:,} markets in the window, median"
            found.append(Promise("scoring", what, one["database"], one["median"], limit, "s"))
    for run in figures["runs"]:
        found += _of_run(run)
    return found


def _of_run(run: Run) -> Iterator[Promise]:
    size, database = run["size"], run["database"]
    limit = LIMITS_SEC.get((database, size))
    scored = seconds_of(run, "score", "steady")
    if limit is not None and scored:
        most = max(cycle["markets"] for cycle in run["cycles"]["score"])
        what = f"scoring cycle beside everything else, {size:,} markets ({most:,} of them in the window), median"
        yield Promise("scoring beside", what, database, median(scored), limit, "s")
    if size != PROMISED_SIZE:
        return
    full = run["cycles"]["discovery_full"]
    if full:
        yield Promise("walk", f"first full walk of {size:,} markets", database, full[0]["sec"], WALK_SEC, "s")
    later = [cycle["sec"] for cycle in full[1:]]
    if later:
        yield Promise("walk", f"later full walks of {size:,} markets, longest", database, max(later), WALK_SEC, "s")
    books = [cycle for cycle in run["cycles"]["quotes"] if cycle["phase"] == "steady" and cycle.get("asked")]
    if books:
        longest = max(cycle["sec"] * BOOKS_MARKETS / max(cycle["asked"], BOOKS_MARKETS) for cycle in books)
        yield Promise("books", f"all books, per {BOOKS_MARKETS:,} markets, longest", database, longest, BOOKS_SEC, "s")
    yield Promise("first row", "first useful row", database, run["marks"]["first_row"], FIRST_ROW_SEC, "s")
    yield from _latencies(run)
    yield from _memory(run)


def _latencies(run: Run) -> Iterator[Promise]:
    asked = (
        (SCORING, SAME, "p99 of the list while a scoring cycle runs"),
        ("steady", SAME, "p99 of the list while the jobs go on"),
        (SCORING, VARYING, "p99 of varying queries while a scoring cycle runs"),
        ("steady", VARYING, "p99 of varying queries while the jobs go on"),
        ("worst", NEVER_ASKED, "p99, 50 never asked before each second"),
        ("fill", SAME, "p99 of the list while the catalogue is read and judged for the first time"),
    )
    for phase, name, what in asked:
        found = run["requests"].get(name, {"phases": {}})["phases"].get(phase)
        if found:
            due = found["answered"] + found["failed"]
            # What was not answered took longer than everything that was: beyond one in a hundred there is no p99.
            p99 = found["ms"]["0.99"] if found["failed"] <= due / 100 else math.inf
            lost = f" ({found['failed']:,} of {due:,} not answered with 200)" if found["failed"] else ""
            yield Promise(f"p99 {name} {phase}", what + lost, run["database"], p99, P99_MS, "ms")


def _memory(run: Run) -> Iterator[Promise]:
    database = run["database"]
    for name in product_processes(run):
        peak = max(mb for _, mb in run["memory"][name])
        yield Promise("memory", f"largest memory of `{name}`", database, peak, MEMORY_MB, "MB")
        found = quarters(run, name)
        if found and run["seconds"] >= FLAT_AFTER_SEC:
            grown = 100 * abs(found[1] / found[0] - 1)
            what = f"memory of `{name}`, last quarter of {run['seconds'] / 60:.0f} min from the second"
            yield Promise("flat", what, database, grown, 100 * FLAT, "%")
