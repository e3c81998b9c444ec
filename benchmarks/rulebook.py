"""Texts judged per second on one core, beside a plain loop of the standard library's `re`, one search per pattern.

    python -m benchmarks.rulebook [--texts FILE.jsonl.gz] [--seconds S]

Without `--texts` the texts are made from the rulebook's own cases, filled up with ordinary sentences to the median
length of recorded texts (763 code points), each with a title and what a venue tells of a market; with it they are a
venue's catalogue records, one a line. CPU time of this process is counted, so that a busy machine does not count. All
made texts are different, and each is judged for the first time: nothing that was kept of one text helps with another.

The plain loop searches every phrase of the rulebook, those of a title in the title and all others in the text. It does
less: it weighs, negates and combines nothing, knows no date and no number, and leaves out the patterns that the
standard library cannot compile.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from itertools import cycle
from pathlib import Path

from calibration.labelled import context_of

from endgame.domain.rule import RuleContext, TextChange
from endgame.scoring.reading import Phrase, expand
from endgame.scoring.risk import assess
from endgame.scoring.rulebook import MITIGATORS, ROOMS, RULES, TRAITS

MEDIAN_LENGTH = 763
ORDINARY = (
    "This market will resolve according to the candidate that wins this election. ",
    'If this happens by December 31, 2026, 11:59 PM ET, this market will resolve to "Yes". ',
    'Otherwise, this market will resolve to "No". ',
    (
        "The primary resolution source will be official information from the league; however, a consensus of credible "
        "reporting may also be used. "
    ),
    "If the game is postponed, this market will remain open until the game has been completed. ",
    "The game is scheduled for November 4 at 7:30PM ET. ",
    "This market refers only to the outcome within the first 90 minutes of regular play plus stoppage time. ",
    "The team\u2019s announcement names the players who travel to the tournament. ",
)

TITLES = (
    "Will Arsenal win the 2025-26 English Premier League?",
    "Bucks vs. Raptors",
    "Fed decreases rates by 25 bps after the March 2026 meeting?",
    "Bitcoin above $94,000 on January 3?",
    "Will the bill be signed into law by December 31?",
    "Highest temperature in London on May 5?",
)
DAY_MS = 86_400_000
CLOSE = 1_780_000_000_000

Job = tuple[str, RuleContext]


def made_texts(count: int, rng: random.Random) -> list[Job]:
    """Texts of rules, near misses and ordinary sentences, with all that a venue tells of a market."""
    cases = [case for finding in (*RULES, *MITIGATORS, *TRAITS) for case in (*finding.fires, *finding.silent)]
    jobs = []
    for _ in range(count):
        case = rng.choice(cases)
        text = case.text
        while len(text) < MEDIAN_LENGTH:
            text += " " + rng.choice(ORDINARY)
        told = replace(
            case.context,
            title=case.context.title or rng.choice(TITLES),
            labels=("Yes", "No"),
            open_time=CLOSE - rng.randrange(1, 400) * DAY_MS,
            venue_close_time=CLOSE,
            group_title=case.context.group_title or "",
            neg_risk=rng.random() < 0.3,
            family_disputed=False,
            volume_usd=10 ** rng.uniform(2, 7),
            event_volume_usd=10 ** rng.uniform(7, 8),
            text_change=TextChange.NEVER,
            deadline_is_near=False,
        )
        jobs.append((text[:MEDIAN_LENGTH], told))
    return jobs


def recorded_texts(path: Path) -> list[Job]:
    """Texts and contexts of a venue's catalogue records."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [(record.get("description") or "", context_of(record)) for record in map(json.loads, lines)]


def phrases_in(value: object) -> Iterator[Phrase]:
    """Phrases that a value holds, in findings and in containers as well."""
    if isinstance(value, Phrase):
        yield value
    elif isinstance(value, dict):
        yield from phrases_in(list(value.values()))
    elif isinstance(value, tuple | list | set | frozenset):
        for inner in value:
            yield from phrases_in(inner)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from phrases_in(getattr(value, field.name))


def plain_patterns() -> tuple[list[re.Pattern[str]], list[re.Pattern[str]]]:
    """Every phrase of the rulebook as the standard library's: those searched in texts, and those in titles alone."""
    asked = [trait.asks for trait in TRAITS if trait.asks is not None]
    written = dict.fromkeys(phrase for room in ROOMS for phrase in phrases_in(list(vars(room).values())))
    titled = set(asked)
    return _compiled(phrase for phrase in written if phrase not in titled), _compiled(asked)


def _compiled(phrases: Iterable[Phrase]) -> list[re.Pattern[str]]:
    patterns = []
    for phrase in phrases:
        try:
            patterns.append(re.compile(expand(phrase.pattern), re.IGNORECASE))
        except re.error:  # look-behind of variable width: the standard library has none
            continue
    return patterns


def plain_loop() -> tuple[Callable[[Job], object], int]:
    """The floor, and how many patterns it searches."""
    in_text, in_title = plain_patterns()

    def search(job: Job) -> object:
        text, title = job[0], job[1].title or ""
        return [
            *[list(pattern.finditer(text)) for pattern in in_text],
            *[list(pattern.finditer(title)) for pattern in in_title],
        ]

    return search, len(in_text) + len(in_title)


def judge(job: Job) -> object:
    """What is measured."""
    return assess(*job)


def rate(work: Callable[[Job], object], jobs: Sequence[Job], seconds: float) -> float:
    """Best of five rounds, texts per second of CPU time; a round begins with the texts that none before it has seen."""
    rates = []
    unseen = cycle(jobs)
    for _ in range(5):
        done, start = 0, time.process_time()
        for job in unseen:
            work(job)
            done += 1
            if done % 10 == 0 and time.process_time() - start >= seconds / 5:
                break
        rates.append(done / max(time.process_time() - start, 1e-9))
    return max(rates)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.rulebook", description=__doc__.split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--seconds", type=float, default=5.0)
    arguments = parser.parse_args()
    jobs = recorded_texts(arguments.texts) if arguments.texts else made_texts(20_000, random.Random(7))
    search, patterns = plain_loop()
    ours, plain = (rate(work, jobs, arguments.seconds) for work in (judge, search))
    lengths = statistics.median(len(text) for text, _ in jobs)
    found = f"{len(RULES)} flags, {len(MITIGATORS)} mitigators, {len(TRAITS)} traits"
    print(f"{len(jobs)} texts, median length {lengths:.0f}")
    print(f"rulebook ({found}): {ours:,.0f} texts/s")
    print(f"plain re loop ({patterns} patterns): {plain:,.0f} texts/s")
    print(f"ratio {ours / plain:.1f}")


if __name__ == "__main__":
    main()
