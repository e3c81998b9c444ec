"""`make load`: the whole product against the simulated venue, asked 50 times a second all the while.

Prints cycle times, latencies, the worst stall of the event loop as a caller sees it, and memory over time.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import uvloop

from benchmarks.list_latency import PER_SEC, alive, same, varying
from benchmarks.open_loop import Latencies, request_steadily
from benchmarks.processes import Product, Simulator
from benchmarks.report import print_machine, print_table
from endgame.telemetry import configure_logging

_JOBS = ("discovery_window", "discovery_full", "rules", "quotes", "score")
_CADENCES = {"INGEST__QUOTES_SEC": 15, "INGEST__WINDOW_SEC": 30, "SCORING__CADENCE_SEC": 10}
_PROBES_PER_SEC = 20.0
_VARYING_PER_SEC = 10.0
_SAMPLES = 12


@dataclass
class Observed:
    """What was seen from outside."""

    traffic: dict[str, Latencies] = field(default_factory=dict)
    memory: list[tuple[float, float | None, int]] = field(default_factory=list)
    """Seconds since the first row, MB, rows listed."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description="the whole product under load")
    parser.add_argument("--sizes", type=lambda text: [int(part) for part in text.split(",")], default=[5_000, 50_000])
    parser.add_argument("--seconds", type=float, default=60.0, help="of traffic per size, after the first row")
    arguments = parser.parse_args()
    configure_logging("error")
    print_machine()
    print(
        f"cadences shortened: quotes {_CADENCES['INGEST__QUOTES_SEC']} s, window {_CADENCES['INGEST__WINDOW_SEC']} s,"
        f" scoring {_CADENCES['SCORING__CADENCE_SEC']} s"
    )
    for size in arguments.sizes:
        show(size, *run(size, arguments.seconds))


def run(size: int, seconds: float) -> tuple[Observed, dict[str, list[float]]]:
    """What was seen from outside, and the seconds of every finished cycle by job."""
    with (
        TemporaryDirectory(prefix="endgame-load-") as name,
        Simulator(Path(name), markets=size) as venue,
        Product(Path(name), "product", f"sqlite:///{name}/load.db", **venue.settings(), **_CADENCES) as product,
    ):
        product.wait_for(product.total, 180, "the first row")
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            observed = runner.run(_observe(product, seconds))
        return observed, {job: [line["duration_sec"] for line in product.finished(job)] for job in _JOBS}


async def _observe(product: Product, seconds: float) -> Observed:
    found = Observed()

    async def watch_memory() -> None:
        for sample in range(_SAMPLES + 1):
            listed = await asyncio.to_thread(product.total)
            found.memory.append((sample * seconds / _SAMPLES, product.resident_mb(), listed))
            if sample < _SAMPLES:
                await asyncio.sleep(seconds / _SAMPLES)

    async def ask(name: str, work: asyncio.Task[Latencies]) -> None:
        found.traffic[name] = await work

    url = product.url
    plan = {
        "/healthz (event loop)": request_steadily(url, alive(), per_sec=_PROBES_PER_SEC, seconds=seconds),
        "the list": request_steadily(url, same(), per_sec=PER_SEC - _VARYING_PER_SEC, seconds=seconds),
        "varying queries": request_steadily(url, varying(), per_sec=_VARYING_PER_SEC, seconds=seconds),
    }
    async with asyncio.TaskGroup() as group:
        group.create_task(watch_memory())
        for name, requests in plan.items():
            group.create_task(ask(name, group.create_task(requests)))
    return found


def show(size: int, observed: Observed, cycles: dict[str, list[float]]) -> None:
    print(f"\n## {size:,} markets\n")
    print_table(
        ("cycles of a job", "finished", "median s", "longest s"),
        [(job, len(taken), median(taken), max(taken)) for job, taken in cycles.items() if taken],
    )
    print()
    print_table(
        ("requests", "answered", "not 200", "p50 ms", "p99 ms", "longest ms"),
        [
            (name, len(found.ms), found.failed, found.percentile(0.5), found.percentile(0.99), found.percentile(1))
            for name, found in observed.traffic.items()
        ],
    )
    stall = observed.traffic["/healthz (event loop)"].percentile(1)
    print(f"\n  Worst stall of the event loop, as a caller sees it: {stall:,.0f} ms\n")
    print_table(("seconds", "memory MB", "rows listed"), _sampled(observed.memory))


def _sampled(memory: Sequence[tuple[float, float | None, int]]) -> list[tuple[str, str, int]]:
    return [(f"{at:.0f}", "-" if mb is None else f"{mb:.0f}", listed) for at, mb, listed in memory]


if __name__ == "__main__":
    main()
