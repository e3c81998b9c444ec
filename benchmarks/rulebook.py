"""Texts judged per second on one core, beside a plain loop of the standard library's `re`, one search per pattern.

    python benchmarks/rulebook.py [--texts FILE.jsonl.gz] [--seconds S]

Without `--texts` the texts are made from the rulebook's own cases, filled up with ordinary sentences to the median
length of recorded texts (763 code points). CPU time of this process is counted, so that a busy machine does not
count. The plain loop does less: it finds the phrases, but weighs, negates and combines nothing.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from endgame.domain.rule import RuleContext
from endgame.scoring import rulebook
from endgame.scoring.reading import Phrase, expand
from endgame.scoring.risk import assess
from endgame.scoring.rulebook import MITIGATORS, RULES

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

Job = tuple[str, RuleContext]


def made_texts(count: int, rng: random.Random) -> list[Job]:
    cases = [case for rule in RULES for case in (*rule.fires, *rule.silent)]
    jobs = []
    for _ in range(count):
        case = rng.choice(cases)
        text = case.text
        while len(text) < MEDIAN_LENGTH:
            text += " " + rng.choice(ORDINARY)
        jobs.append((text[:MEDIAN_LENGTH], case.context))
    return jobs


def recorded_texts(path: Path) -> list[Job]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        markets = [json.loads(line) for line in lines]
    return [
        (market.get("description") or market.get("background") or "", RuleContext(title=market.get("question")))
        for market in markets
    ]


def plain_patterns() -> list[re.Pattern[str]]:
    shared = [value for value in vars(rulebook).values() if isinstance(value, Phrase)]
    own = [phrase for entry in (*RULES, *MITIGATORS) for phrase in entry.phrases]
    patterns = []
    for phrase in dict.fromkeys((*shared, *own)):
        try:
            patterns.append(re.compile(expand(phrase.pattern), re.IGNORECASE))
        except re.error:  # look-behind of variable width: the standard library has none
            continue
    return patterns


def rate(judge: Callable[[Job], object], jobs: Sequence[Job], seconds: float) -> float:
    """Best of five rounds, texts per second of CPU time."""
    rates = []
    for _ in range(5):
        done = 0
        start = time.process_time()
        while (spent := time.process_time() - start) < seconds / 5:
            for job in jobs:
                judge(job)
            done += len(jobs)
        rates.append(done / spent)
    return max(rates)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--seconds", type=float, default=5.0)
    arguments = parser.parse_args()
    jobs = recorded_texts(arguments.texts) if arguments.texts else made_texts(400, random.Random(7))
    patterns = plain_patterns()
    lengths = statistics.median(len(text) for text, _ in jobs)
    ours = rate(lambda job: assess(*job), jobs, arguments.seconds)
    plain = rate(lambda job: [list(pattern.finditer(job[0])) for pattern in patterns], jobs, arguments.seconds)
    print(f"{len(jobs)} texts, median length {lengths:.0f}")
    print(f"rulebook ({len(RULES)} flags, {len(MITIGATORS)} mitigators): {ours:,.0f} texts/s")
    print(f"plain re loop ({len(patterns)} patterns): {plain:,.0f} texts/s")
    print(f"ratio {ours / plain:.1f}")


if __name__ == "__main__":
    main()
