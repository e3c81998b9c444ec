"""The page of the load report, from the figures alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any, Final

from benchmarks.databases import POSTGRES, SQLITE
from benchmarks.load_figures import (
    Promise,
    Run,
    product_processes,
    promises,
    quarters,
    seconds_of,
    walk_floor_sec,
)
from benchmarks.load_plots import Picture
from benchmarks.load_run import (
    JOBS,
    LATENCY_MS,
    NEVER_ASKED,
    PER_SEC,
    PHASES,
    PROBE,
    PROBES_PER_SEC,
    SAME,
    SCORING,
    SIZES,
    VARYING,
    VARYING_PER_SEC,
    WHOLE_MACHINE,
    WORST_SEC,
)
from benchmarks.report import shown
from endgame.config import PolymarketSettings

_RATE: Final = PolymarketSettings().listings_per_sec
_PAGE_SIZE: Final = PolymarketSettings().page_size
_PHASE_WORDS: Final = {
    "fill": "first fill", "steady": "steady", SCORING: "steady, during a scoring cycle", "worst": "never asked before",
}  # fmt: skip
WHY: Final = {
    "scoring": "The cycle is bound by one core: read and write take about what the bare driver needs (`of floor` in"
    " docs/performance.md). What another process takes of that core is added.",
    "scoring beside": "Simulator, load generator, walks and answers share the machine's cores with the cycle; alone, it"
    " takes what the first rows say.",
    "walk": "The walk is paced by the venue's rate (see the floor below); what lies above it is parsing and storing on"
    " a core that judging, scoring and answering use as well.",
    "books": "Requests are paced by the venue's rate; the rest is the wait for a core.",
    "first row": "The window is walked before anything can be listed; on a busy machine that takes longer.",
    f"p99 {SAME} steady": "Answers wait for a turn on the interpreter's lock or on a core that the cycles use.",
    f"p99 {SAME} {SCORING}": "Answers wait for a turn on the interpreter's lock or on a core that the cycle uses.",
    f"p99 {VARYING} {SCORING}": "As below, while the cycle reads and writes every row.",
    f"p99 {SAME} fill": "Texts are judged and rows stored at full speed in the same process or on the same cores.",
    f"p99 {VARYING} steady": "Each of these is two queries on one reader thread; every row that the driver hands over"
    " is a turn on the interpreter's lock, for which scoring and storing compete.",
    f"p99 {NEVER_ASKED} worst": "Fifty different questions a second keep the one reader of SQLite, or the API's core,"
    " busy for most of each second; what piles up during a cycle is answered late.",
    "memory": "See the plot.",
    "flat": "See the plot.",
}  # fmt: skip


def page(figures: Mapping[str, Any], pictures: Mapping[str, Picture]) -> str:
    """The report as Markdown."""
    parts = [_head(figures)]
    parts += [_promised(promises(figures)), _scoring(figures["scoring"])]
    if figures["runs"]:
        runs = figures["runs"]
        for title, table, picture in (
            ("Cycles beside everything else", _cycles(runs), "cycles"),
            ("Walks and the venue's rate", _walks(runs), None),
            ("Event loop", _loops(runs), "stalls"),
            ("Memory", _memory(runs), "memory"),
            ("API", _latencies(runs), "latency"),
            ("Capacity", _capacity(runs), None),
        ):
            shown_picture = [_image(pictures[picture])] if picture in pictures else []
            more = [_image(pictures["distribution"])] if title == "API" and "distribution" in pictures else []
            parts.append("\n\n".join([f"## {title}", *shown_picture, *more, table]))
        parts.append(_counts(runs))
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(figures: Mapping[str, Any]) -> str:
    measured = [*figures["runs"], *figures["scoring"]]
    machines = {_machine(one["machine"]): None for one in measured}
    days = sorted({one["measured_at"][:10] for one in measured})
    same_per_sec = PER_SEC - VARYING_PER_SEC
    return f"""# Load

The whole product under load: real processes, both databases, a simulated venue of every size, {PER_SEC} requests a
second meanwhile. Written by `make load` (`python -m benchmarks.load`) from [its figures](load/figures.json); do not
edit it by hand. A short form writes to `build/load` instead: `make load SIZES=5000 MINUTES=0.2`. After an edit of the
report's code, `python -m benchmarks.load --redraw` draws it again from the figures.

Measured {" and ".join(days) or "never"} on {"; ".join(machines) or "no machine yet"}.{_left_out(figures)}
Others may have used the machine meanwhile: how much is told under *Runs*, with a yardstick (2,000,000 squares in plain
Python) taken just before, which is about 0.11 s where nobody does. Times measured beside others are upper bounds.

**How.** `endgame run` on SQLite; `endgame ingest`, `score` and `api` as processes of their own on a private Postgres
with default durability; the venue answers after {LATENCY_MS:g} ms and holds its rates. Each run begins with an empty
database (*first fill*: until the whole catalogue is walked and every text judged), goes on for the steady phase, and
ends with {WORST_SEC:g} s in which none of {PER_SEC} requests a second was ever asked before. Until then the mix is
{same_per_sec:g}/s of the same list and {VARYING_PER_SEC:g}/s of new questions, 50 items each, with {PROBES_PER_SEC:g}/s
of `/healthz` beside them. Requests are sent on an open schedule and timed from the moment they were due. Lags of the
event loop are taken inside each process, every 10 ms. Cadences are shorter than in production, so that each job has its
cycles (table at the end). Simulator, load generator and, for Postgres, the server share the same cores."""


def _left_out(figures: Mapping[str, Any]) -> str:
    """A sentence that names what the whole measurement has and these figures have not."""
    found = {(run["size"], run["database"]) for run in figures["runs"]}
    missing = [f"{size:,} on {kind}" for size in SIZES for kind in (SQLITE, POSTGRES) if (size, kind) not in found]
    return f" **Not measured: {', '.join(missing)}.**" if missing else ""


def _machine(machine: Mapping[str, Any]) -> str:
    return (
        f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gb']:g} GB, {machine['system']},"
        f" Python {machine['python']}, SQLite {machine['sqlite']}"
    )


def _promised(found: Sequence[Promise]) -> str:
    if not found:
        return ""
    rows = [
        (one.what, one.database, f"{shown(one.measured)} {one.unit}", f"< {one.limit:g} {one.unit}", one.verdict)
        for one in found
    ]
    missed = {one.kind: None for one in found if not one.is_met}
    table = _table(("promise of SPEC §10", "database", "measured", "limit", ""), rows)
    why = "\n".join(f"- *{kind}*: {WHY[kind]}" for kind in missed)
    told = f"\n\nWhy what is missed is missed:\n\n{why}" if missed else ""
    return f"## Promises\n\n{table}{told}"


def _scoring(scoring: Sequence[Mapping[str, Any]]) -> str:
    if not scoring:
        return ""
    rows = [
        (f"{one['size']:,}", one["database"], one["median"], one["worst"], one["first"], one["cpu"], one["floor"],
         one["peak_mb"], _when(one))
        for one in scoring
    ]  # fmt: skip
    header = (
        "markets",
        "database",
        "median s",
        "worst s",
        "first s",
        "CPU s",
        "driver's floor s",
        "peak MB",
        "measured",
    )
    note = (
        "Every market lies in the window and nothing else of ours runs; `CPU` is that of this process alone: on"
        " Postgres the server's comes on top."
    )
    return f"## Scoring cycle alone\n\n{note}\n\n{_table(header, rows)}"


def _cycles(runs: Sequence[Run]) -> str:
    rows = []
    for run in runs:
        for job in JOBS:
            found = run["cycles"][job]
            late = seconds_of(run, job, "steady")
            if found:
                rows.append((f"{run['size']:,}", run["database"], f"`{job}`", len(found), found[0]["sec"],
                             median(late) if late else None, max(late) if late else None, _work(found)))  # fmt: skip
    header = ("markets", "database", "job", "cycles", "first s", "steady: median s", "steady: worst s", "largest cycle")
    return _table(header, rows)


def _work(cycles: Sequence[Mapping[str, Any]]) -> str:
    for fact, word in (
        ("pages", "pages"),
        ("judged", "texts judged"),
        ("asked", "markets asked"),
        ("markets", "scored"),
    ):
        if any(fact in cycle for cycle in cycles):
            return f"{max(cycle.get(fact, 0) for cycle in cycles):,} {word}"
    return "-"


def _walks(runs: Sequence[Run]) -> str:
    rows = []
    for run in runs:
        for job, word in (("discovery_window", "window"), ("discovery_full", "full")):
            for which, cycle in _first_and_slowest(run["cycles"][job]):
                floor = walk_floor_sec(cycle, _RATE)
                rows.append((f"{run['size']:,}", run["database"], f"{word}, {which}", cycle["pages"], cycle["seen"],
                             floor, cycle["sec"], f"{cycle['sec'] / floor:.1f}x" if floor else "-"))  # fmt: skip
    header = ("markets", "database", "walk", "pages", "markets seen", "floor s", "seconds", "of floor")
    note = (
        f"The floor is pages / {_RATE:g} per second, the default rate, at {_PAGE_SIZE} records a page; no walk can be"
        " faster. Walks that run at the same time share that rate: a full walk beside a window walk has part of it."
    )
    return f"{note}\n\n{_table(header, rows)}"


def _first_and_slowest(cycles: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if cycles:
        yield "first", cycles[0]
    if len(cycles) > 1:
        yield "slowest later", max(cycles[1:], key=lambda cycle: cycle["sec"])


def _loops(runs: Sequence[Run]) -> str:
    rows = []
    for run in runs:
        for process, found in run["stalls"].items():
            cells = [found["worst"].get(phase, {}).get("ms") for phase in PHASES]
            rows.append((f"{run['size']:,}", run["database"], f"`{process}`", *cells))
    header = ("markets", "database", "process", *(f"{_PHASE_WORDS[phase]}: worst ms" for phase in PHASES))
    return _table(header, rows)


def _memory(runs: Sequence[Run]) -> str:
    rows = []
    for run in runs:
        for process, points in run["memory"].items():
            if process.startswith("simulator"):
                continue
            found = quarters(run, process)
            second, last = found or (None, None)
            change = f"{100 * (last / second - 1):+.1f} %" if second and last else "-"
            peak = max(mb for _, mb in points)
            rows.append((f"{run['size']:,}", run["database"], f"`{process}`", f"{run['seconds'] / 60:g}",
                         _mb(second), _mb(last), change, _mb(peak)))  # fmt: skip
    header = (
        "markets",
        "database",
        "process",
        "steady min",
        "second quarter MB",
        "last quarter MB",
        "change",
        "peak MB",
    )
    note = (
        "`postgres` is the server with all its processes; what they share counts once. A change is that of the means."
    )
    return f"{note}\n\n{_table(header, rows)}"


def _mb(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _latencies(runs: Sequence[Run]) -> str:
    rows = []
    for run in runs:
        for name in (PROBE, SAME, VARYING, NEVER_ASKED):
            phases = run["requests"].get(name, {"phases": {}})["phases"]
            for phase in _PHASE_WORDS:
                if phase in phases:
                    found = phases[phase]
                    cells = [found["ms"].get(share) for share in ("0.5", "0.95", "0.99", "0.999", "1")]
                    rows.append((f"{run['size']:,}", run["database"], name, _PHASE_WORDS[phase], found["answered"],
                                 found["failed"], *cells))  # fmt: skip
    header = (
        "markets",
        "database",
        "requests",
        "phase",
        "answered",
        "not 200",
        "p50 ms",
        "p95",
        "p99",
        "p99.9",
        "longest",
    )
    return _table(header, rows)


def _capacity(runs: Sequence[Run]) -> str:
    rows = []
    for run in runs:
        own = product_processes(run)
        peaks = sum(max(mb for _, mb in run["memory"][name]) for name in own)
        cores = {phase: sum(run["cores"][name][phase] for name in own) for phase in ("fill", "steady")}
        rows.append((f"{run['size']:,}", run["database"], len(own), _mb(peaks), cores["fill"], cores["steady"],
                     run["marks"]["first_row"], run["marks"]["filled"], run["disk_mb"]))  # fmt: skip
    header = ("markets", "database", "processes", "memory MB", "cores, fill", "cores, steady", "first row s",
              "all walked and judged s", "disk MB")  # fmt: skip
    note = (
        "Memory is the sum of the processes' peaks, cores what they kept busy at these short cadences, both without the"
        " database server; disk is what a first fill takes, with the write-ahead log."
    )
    return f"{note}\n\n{_table(header, rows)}"


def _counts(runs: Sequence[Run]) -> str:
    rows = []
    for run in runs:
        every = [f"{run['cadences'][name]:g}" for name in run["cadences"]]
        first = run["cycles"]["discovery_full"][0]["seen"] if run["cycles"]["discovery_full"] else None
        counts = run["counts"]
        rows.append((f"{run['size']:,}", run["database"], first, counts["rules"], counts["quotes"], counts["scores"],
                     _breaches(run), " / ".join(every), _others(run), _when(run)))  # fmt: skip
    header = ("markets", "database", "seen by the first full walk", "texts", "quotes", "scored", "breaches of protocol",
              "cadences s: score / quotes / window / full", "cores that others kept busy", "measured")  # fmt: skip
    return f"## Runs\n\n{_table(header, rows)}"


def _others(run: Run) -> str:
    """Cores that processes which have nothing to do with the run kept busy, in the fill and in the steady phase."""
    cores = run["cores"]
    ours = [name for name in cores if name != WHOLE_MACHINE]
    others = [cores[WHOLE_MACHINE][phase] - sum(cores[name][phase] for name in ours) for phase in ("fill", "steady")]
    return " / ".join(f"{max(value, 0):.2f}" for value in others)


def _breaches(run: Run) -> str:
    return ", ".join(f"{name} {count}" for name, count in run["breaches"].items()) or "none"


def _when(one: Mapping[str, Any]) -> str:
    machine = one["machine"]
    return (
        f"{one['measured_at'][:16].replace('T', ' ')} UTC, {one['commit']}, load {machine['load_before']:g} →"
        f" {machine['load_after']:g}, yardstick {machine['yardstick_sec']:g} s"
    )


def _image(picture: Picture) -> str:
    return f"![{picture.alt}]({picture.file})"


def _table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(shown(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)
