"""`make load`: the whole product against simulated venues of all sizes, on both databases, and a report with plots.

Without options it measures everything and writes docs/load.md. With any, it is a short form that writes to build/load,
unless `--into` says otherwise; what is measured anew there takes the place of its older figure, the rest is kept.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks import load_plots, load_report, load_run, scoring_cycle
from benchmarks.databases import POSTGRES, SQLITE, Databases, databases
from benchmarks.load_figures import merged, read_figures, write_figures
from benchmarks.load_run import SIZES
from endgame.telemetry import configure_logging

ROOT: Final = Path(__file__).resolve().parents[1]
MINUTES: Final = {50_000: 10.5, 250_000: 1.5}
"""Length of the steady phase of a size; a minute where it does not say."""
SCORING_SIZES: Final = (10_000, 50_000, 250_000)
PARTS: Final = ("scoring", "pipeline")
_REPEATS = 5


def main(words: Sequence[str] | None = None) -> None:
    """Measure, then write the report in one go; SIGINT and SIGTERM end everything and leave the old one."""
    arguments = read_arguments(words)
    configure_logging("error")
    try:
        with _interruptible():
            folder = arguments.into / "load"
            figures = read_figures(folder / "figures.json")
            if not arguments.redraw:
                figures = merged(figures, measure(arguments))
            write_report(arguments.into, figures)
    except KeyboardInterrupt:
        print("interrupted: nothing is left running, the report is as it was", file=sys.stderr)
        sys.exit(130)
    except (RuntimeError, ExceptionGroup) as error:
        reasons = error.exceptions if isinstance(error, ExceptionGroup) else (error,)
        print(*reasons, "the report is as it was", sep="\n", file=sys.stderr)
        sys.exit(1)
    print(f"report: {arguments.into / 'load.md'}")


def read_arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Options, with `into` filled in."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description="the whole product under load")
    parser.add_argument("--sizes", type=_sizes, default=SIZES, help="markets: 5000,10000,50000,250000")
    parser.add_argument("--databases", type=_some_of((SQLITE, POSTGRES)), default=(SQLITE, POSTGRES))
    parser.add_argument("--parts", type=_some_of(PARTS), default=PARTS, help=",".join(PARTS))
    parser.add_argument("--minutes", type=_minutes, help="steady phase of each size")
    parser.add_argument("--into", type=Path, help="folder of the report")
    parser.add_argument("--redraw", action="store_true", help="write the report anew from its figures, measure nothing")
    found = parser.parse_args(words)
    if found.into is None:
        shortened = found.minutes is not None or (found.sizes, found.databases, found.parts) != (
            SIZES, (SQLITE, POSTGRES), PARTS,
        )  # fmt: skip
        found.into = ROOT / "build" / "load" if shortened else ROOT / "docs"
    return found


def measure(arguments: argparse.Namespace) -> dict[str, list[dict[str, Any]]]:
    """Figures of everything asked for."""
    found: dict[str, list[dict[str, Any]]] = {"runs": [], "scoring": []}
    with databases(arguments.databases) as made:
        kinds = made.kinds(arguments.databases)
        for size in arguments.sizes:
            for kind in kinds:
                if "scoring" in arguments.parts and size in SCORING_SIZES:
                    found["scoring"].append(_noted(f"scoring {size:,} {kind}", partial(_scoring, made, kind, size)))
                if "pipeline" in arguments.parts:
                    minutes = MINUTES.get(size, 1.0) if arguments.minutes is None else arguments.minutes
                    work = partial(load_run.measure, made, kind, size, minutes * 60)
                    found["runs"].append(_noted(f"pipeline {size:,} {kind}", work))
    return found


def _noted(name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Figures with when, where and of what they were measured."""
    print(f"{datetime.now(UTC):%H:%M:%S} {name} …", flush=True)
    before, yardstick, commit = os.getloadavg(), _yardstick_sec(), _commit()
    figures = work()
    return {
        **figures,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit,
        "machine": {**_machine(), "yardstick_sec": yardstick, "load_before": round(before[0], 1),
                    "load_after": round(os.getloadavg()[0], 1)},
    }  # fmt: skip


def _scoring(made: Databases, kind: str, size: int) -> dict[str, Any]:
    found = scoring_cycle.measure_one(made, kind, size, _REPEATS)
    totals = [cycle.total for cycle in found.cycles]
    return {
        "size": size, "database": kind, "median": round(found.stage("total"), 3), "worst": round(max(totals), 3),
        "first": round(found.first, 3), "cpu": round(found.stage("cpu"), 3), "opportunities": found.opportunities,
        "floor": round(found.floor_read + found.floor_write, 3), "peak_mb": round(found.peak_mb or 0, 1),
    }  # fmt: skip


def write_report(into: Path, figures: dict[str, Any]) -> None:
    """Plots, figures and page; the page comes last, so that it never shows what is not there yet."""
    folder = into / "load"
    folder.mkdir(parents=True, exist_ok=True)
    pictures = load_plots.draw(figures, folder)
    write_figures(folder / "figures.json", figures)
    unfinished = folder / "load.md.new"
    unfinished.write_text(load_report.page(figures, pictures), encoding="utf-8")
    unfinished.replace(into / "load.md")


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM is taken as Ctrl-C, which a running event loop turns into an orderly end, through every `with`."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _machine() -> dict[str, Any]:
    name = ""
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = [line for line in info.read_text(encoding="utf-8").splitlines() if line.startswith("model name")]
        name = lines[0].partition(":")[2].strip() if lines else ""
    return {
        "processor": name or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def _yardstick_sec() -> float:
    begun = time.perf_counter()
    sum(index * index for index in range(2_000_000))
    return round(time.perf_counter() - begun, 3)


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"],  # noqa: S607 - whichever git there is
        cwd=ROOT, capture_output=True, text=True, check=False
    )  # fmt: skip
    return done.stdout.strip() or "unknown"


def _sizes(value: str) -> tuple[int, ...]:
    return tuple(int(part) for part in value.split(","))


def _minutes(value: str) -> float:
    found = float(value)
    if not found > 0:
        raise argparse.ArgumentTypeError(f"{value} is not above 0")
    return found


def _some_of(allowed: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    def read(value: str) -> tuple[str, ...]:
        words = tuple(value.split(","))
        if unknown := set(words) - set(allowed):
            raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))} is none of {', '.join(allowed)}")
        return words

    return read


if __name__ == "__main__":
    main()
