"""`make bench`: every part's table, then the targets. See docs/performance.md for how to read them."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import uvloop

from benchmarks import first_row, ingest, list_latency, page, rulebook, scoring_cycle
from benchmarks.databases import POSTGRES, SQLITE, Databases, databases
from benchmarks.report import Section, Target, print_machine, print_targets
from endgame.app import prepare_interpreter
from endgame.telemetry import configure_logging

T = TypeVar("T")


@dataclass(frozen=True)
class Scale:
    """How much of everything."""

    sizes: tuple[int, ...] = (10_000, 50_000, 250_000)
    repeats: int = 5
    walk_markets: int = 50_000
    quoted: int = 2_000
    list_markets: int = 50_000
    phase_sec: float = 12.0
    rulebook_sec: float = 5.0
    rulebook_texts: int = 400
    first_row_markets: int = 50_000
    page_opportunities: int = 5_000
    page_visits: int = 7


QUICK = Scale(
    sizes=(10_000,), repeats=3, walk_markets=2_000, quoted=500, list_markets=10_000, phase_sec=2.0, rulebook_sec=1.0,
    first_row_markets=2_000, page_opportunities=500, page_visits=2,
)  # fmt: skip
PARTS = ("scoring", "ingest", "list", "rulebook", "first-row", "page")


def main() -> None:
    arguments = read_arguments()
    scale = QUICK if arguments.quick else Scale()
    if arguments.sizes:
        scale = replace(scale, sizes=arguments.sizes)
    configure_logging("error")
    prepare_interpreter()  # as the product does
    begun = time.perf_counter()
    print_machine()
    print_targets(run(scale, arguments.parts, arguments.databases))
    print(f"\n{time.perf_counter() - begun:.0f} s in all")


def run(scale: Scale, parts: list[str], kinds: list[str]) -> list[Target]:
    """Measure and print the parts; what SPEC §10 promises about them."""
    targets: list[Target] = []
    with databases(kinds) as found:
        work = _work(found, scale, found.kinds(kinds))
        for part in PARTS:
            if part in parts:
                section = work[part]()
                section.show()
                sys.stdout.flush()
                targets += section.targets
    return targets


def _work(found: Databases, scale: Scale, kinds: list[str]) -> dict[str, Callable[[], Section]]:
    return {
        "scoring": lambda: scoring_cycle.measure(found, kinds, list(scale.sizes), scale.repeats),
        "ingest": lambda: _in_a_loop(ingest.measure(found, kinds, markets=scale.walk_markets, quoted=scale.quoted)),
        "list": lambda: _in_a_loop(list_latency.measure(found, markets=scale.list_markets, phase_sec=scale.phase_sec)),
        "rulebook": lambda: rulebook_section(scale.rulebook_sec, scale.rulebook_texts),
        "first-row": lambda: first_row.measure(markets=scale.first_row_markets),
        "page": lambda: page.measure(found, opportunities=scale.page_opportunities, visits=scale.page_visits),
    }


def rulebook_section(seconds: float, texts: int) -> Section:
    jobs = rulebook.made_texts(texts, random.Random(7))
    search, patterns = rulebook.plain_loop()
    ours, plain = (rulebook.rate(work, jobs, seconds) for work in (rulebook.judge, search))
    return Section(
        "Rulebook: texts judged per second of CPU time, one core",
        ("what", "texts/s"),
        [["assess(text, context)", ours], [f"floor: {patterns} patterns of the standard library's re", plain]],
        [f"{ours / plain:.1f} times the floor; {texts} texts of {rulebook.MEDIAN_LENGTH} code points."],
        [Target("rulebook", ours, 5_000, "texts/s", at_least=True)],
    )


def _in_a_loop(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def read_arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=(__doc__ or "").split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--sizes", type=_numbers, help="markets of the scoring cycles: 10000,50000,250000")
    parser.add_argument(
        "--databases", type=_words((SQLITE, POSTGRES)), default=[SQLITE, POSTGRES], help="sqlite,postgres"
    )
    parser.add_argument("--parts", type=_words(PARTS), default=list(PARTS), help=",".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="small sizes: under a minute")
    return parser.parse_args(words)


def _numbers(value: str) -> tuple[int, ...]:
    return tuple(int(part) for part in value.split(","))


def _words(allowed: tuple[str, ...]) -> Callable[[str], list[str]]:
    def read(value: str) -> list[str]:
        words = value.split(",")
        if unknown := set(words) - set(allowed):
            raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))} is none of {', '.join(allowed)}")
        return words

    return read


if __name__ == "__main__":
    main()
