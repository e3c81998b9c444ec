"""Part 5: from an empty database to the first useful row, against a large venue; memory when the walk has ended."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import Product, Simulator
from benchmarks.report import Section, Target

LIMIT_SEC = 30.0
MEMORY_MB = 600.0
_PATIENCE_SEC = 180.0


def measure(*, markets: int) -> Section:
    section = Section(
        f"First useful row: `endgame run` on an empty database, a venue of {markets:,} markets, 20 ms latency",
        ("moment", "seconds after the start", "rows listed", "MB"),
    )
    with (
        TemporaryDirectory(prefix="endgame-bench-") as name,
        Simulator(Path(name), markets=markets) as venue,
        Product(Path(name), "product", f"sqlite:///{name}/fresh.db", **venue.settings()) as product,
    ):

        def note(moment: str) -> float:
            seconds = time.perf_counter() - product.started_at
            section.rows.append([moment, f"{seconds:.1f}", product.total(), product.resident_mb()])
            return seconds

        note("the API answers")
        product.wait_for(product.total, _PATIENCE_SEC, "the first row")
        first = note("first row")
        product.wait_for(lambda: product.finished("discovery_window"), _PATIENCE_SEC, "the window walk")
        note("window walked")
        product.wait_for(lambda: product.finished("discovery_full"), _PATIENCE_SEC, "the full walk")
        note("whole catalogue walked")
        peak, audit = product.peak_mb(), venue.audit()
    section.targets.append(Target(f"first useful row, {markets:,} markets", first, LIMIT_SEC, "s"))
    if peak is not None:
        section.targets.append(Target(f"memory after the full walk, {markets:,} markets", peak, MEMORY_MB, "MB"))
    breaches = audit["violations"] or "none"
    section.notes.append(f"Breaches of the venue's protocol: {breaches}. Peak memory {peak or 0:.0f} MB.")
    return section
