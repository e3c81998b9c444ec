"""Tables that a person reads and that can be pasted into docs/performance.md."""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

Cell = str | float | int | None


@dataclass(frozen=True)
class Target:
    """A promise of SPEC §10 and what was measured."""

    name: str
    measured: float
    limit: float
    unit: str
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        return self.measured >= self.limit if self.at_least else self.measured < self.limit


@dataclass
class Section:
    """One part's table."""

    title: str
    header: Sequence[str]
    rows: list[Sequence[Cell]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def show(self) -> None:
        print(f"\n## {self.title}\n")
        print_table(self.header, self.rows)
        for note in self.notes:
            print(f"  {note}")
        print(f"  Load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.")


def print_table(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    cells = [list(header), *([shown(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(header))]

    def line(values: Sequence[str]) -> str:
        first, *rest = (value.ljust(width) if not index else value.rjust(width)
                        for index, (value, width) in enumerate(zip(values, widths, strict=True)))  # fmt: skip
        return "| " + " | ".join([first, *rest]) + " |"

    print(line(cells[0]))
    print("|-" + "-|-".join("-" * width for width in widths) + "-|")
    for values in cells[1:]:
        print(line(values))


def shown(value: Cell) -> str:
    """Three digits that matter; nothing for what was not measured."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if isinstance(value, int) or abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.1 or value == 0 else f"{value:.2g}"


def ratio(value: float, floor: float | None) -> str:
    """How many times the floor."""
    return "-" if not floor else f"{value / floor:.1f}x"


def print_targets(targets: Sequence[Target]) -> None:
    print("\n## Targets of SPEC §10\n")
    print_table(
        ("target", "measured", "limit", ""),
        [
            (
                target.name,
                f"{shown(target.measured)} {target.unit}",
                f"{'>=' if target.at_least else '<'} {shown(target.limit)} {target.unit}",
                "met" if target.is_met else "MISSED",
            )
            for target in targets
        ],
    )


def print_machine() -> None:
    """What the figures were measured on. Absolute times depend on it; the ratios hardly."""
    begun = time.perf_counter()
    sum(index * index for index in range(2_000_000))
    yardstick = time.perf_counter() - begun
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores,"
        f" load {load} at the start, yardstick {yardstick:.3f} s (2,000,000 squares in plain Python)"
    )
