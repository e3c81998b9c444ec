"""Learns the rulebook's weights and measures how well they hold.

    python -m calibration learn [--data DIR]    writes weights.json and evaluation.json, prints the tables
    python -m calibration score [--data DIR]    the released weights on labelled markets: nothing is learned or written

The folder of recorded data is `../shared/data` unless named.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from sklearn.metrics import roc_auc_score

from calibration.evaluate import (
    BASELINE,
    BASELINE_WITH_STAKES,
    REMARKS,
    STAKES,
    TEXT,
    all_numbers,
    auc_table,
    by_text,
    by_text_and_stakes,
    by_words,
    lifts,
    reliability,
    shipped_log_odds,
    unseen_log_odds,
    volume_and_duration,
)
from calibration.labelled import LabelledMarket, read_labelled, records
from calibration.model import CODES, KNOTS, Design, fit_text, fit_with_stakes
from endgame.scoring.reading import Facts
from endgame.scoring.risk import find
from endgame.scoring.rulebook import RULEBOOK_VERSION
from endgame.scoring.sense import sense_hash
from endgame.scoring.weights import Stakes, Weight, Weights

WEIGHTS: Final = Path("src/endgame/scoring/weights.json")
EVALUATION: Final = Path("calibration/evaluation.json")
DIGITS: Final = 4
CHANGED_BEFORE: Final = 0.1
"""Prior: a text that was changed once is changed again in one of ten markets. Nothing recorded tells it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the two commands; exit code 2 where the recorded data are not there."""
    parser = argparse.ArgumentParser(prog="python -m calibration", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("command", choices=("learn", "score"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of recorded data")
    asked = parser.parse_args(arguments)
    try:
        markets = read_labelled(asked.data)
    except FileNotFoundError as error:
        print(f"{error.filename} is not there: name the folder of recorded data with --data", file=sys.stderr)
        return 2
    if asked.command == "learn":
        learn(markets, asked.data)
    else:
        score(markets)
    return 0


def learn(markets: list[LabelledMarket], data: Path) -> None:
    """Cross-validate, fit on everything, write both files."""
    design = Design.of(markets)
    without_remarks = design.without(REMARKS)
    text = unseen_log_odds(design, by_text(design))
    stakes = unseen_log_odds(design, by_text_and_stakes(design))
    evaluation = {
        "markets": len(markets),
        "disputed": int(design.disputed.sum()),
        "events": len(set(design.events.tolist())),
        "auc": {
            TEXT: auc_table(design, text),
            "the same without remarks that a dispute may have left": auc_table(
                without_remarks, unseen_log_odds(without_remarks, by_text(without_remarks))
            ),
            STAKES: auc_table(design, stakes),
            BASELINE: auc_table(design, unseen_log_odds(design, by_words(design, markets, plain_numbers=None))),
            BASELINE_WITH_STAKES: auc_table(
                design, unseen_log_odds(design, by_words(design, markets, plain_numbers=volume_and_duration))
            ),
            "baseline with all that the model is told": auc_table(
                design, unseen_log_odds(design, by_words(design, markets, plain_numbers=all_numbers))
            ),
        },
        "reliability": reliability(design, text),
        "reliability_with_stakes": reliability(design, stakes),
        "payoff": payoff_rates(markets),
        "text_change": text_changes(data),
    }
    EVALUATION.write_bytes(msgspec.json.format(msgspec.json.encode(rounded(evaluation)), indent=1) + b"\n")
    learned = released(design, evaluation)
    WEIGHTS.write_bytes(msgspec.json.format(msgspec.json.encode(learned), indent=1) + b"\n")
    print_tables(evaluation)


def released(design: Design, evaluation: dict[str, Any]) -> Weights:
    """The weights fitted on all labelled markets, rounded, with their counts."""
    text, stakes = (
        fit_text(design.findings, design.disputed),
        fit_with_stakes(design.findings, design.lines, design.disputed),
    )
    counts = lifts(design)
    lines, start = {}, 0
    for name, knots in KNOTS.items():
        heights = stakes.lines[start : start + len(knots)]
        lines[name] = Stakes(knots=knots, log_odds=tuple(round(float(one), DIGITS) for one in heights))
        start += len(knots)
    payoff, change = evaluation["payoff"], evaluation["text_change"]
    return Weights(
        rulebook_version=RULEBOOK_VERSION,
        base=round(text.base, DIGITS),
        findings={
            code: Weight(
                log_odds=round(float(text.findings[at]), DIGITS),
                log_odds_at_stake=round(float(stakes.findings[at]), DIGITS),
                **rounded(counts[code]),
            )
            for at, code in enumerate(CODES)
        },
        base_at_stake=round(stakes.base, DIGITS),
        stakes=lines,
        payoff_base=round(payoff["without_clause"]["probability"], 6),
        payoff_clause=round(payoff["with_clause"]["probability"], 6),
        text_change_base=round(change["probability"], 6),
        text_changed_before=CHANGED_BEFORE,
    )


def payoff_rates(markets: Sequence[LabelledMarket]) -> dict[str, dict[str, float]]:
    """Share of markets that paid half to either side, by whether the text has a void or 50-50 clause."""
    counts = {True: [0, 0], False: [0, 0]}
    for market in markets:
        clause = "VOID_OR_POSTPONE" in find(market.text, Facts.of(market.context)).rules
        counts[clause][0] += market.split
        counts[clause][1] += 1
    return {
        name: {"split": split, "markets": count, "probability": jeffreys(split, count)}
        for name, (split, count) in (("with_clause", counts[True]), ("without_clause", counts[False]))
    }


def text_changes(data: Path) -> dict[str, float]:
    """Open markets that were recorded more than once, and how many of their texts had changed in sense."""
    texts: dict[str, set[str]] = defaultdict(set)
    seen: dict[str, int] = defaultdict(int)
    for market in records(data / "polymarket" / "gamma_open_2025-11_2026-02.jsonl.gz"):
        texts[market["conditionId"]].add(sense_hash(market.get("description") or ""))
        seen[market["conditionId"]] += 1
    watched = [key for key, times in seen.items() if times > 1]
    changed = sum(len(texts[key]) > 1 for key in watched)
    return {"changed": changed, "watched": len(watched), "probability": jeffreys(changed, len(watched))}


def jeffreys(hits: int, count: int) -> float:
    """A share that is never quite 0 or 1: half a hit and half a miss are added."""
    return (hits + 0.5) / (count + 1)


def score(markets: list[LabelledMarket]) -> None:
    """Print how the released weights rank these markets."""
    disputed = np.array([market.disputed for market in markets])
    print(f"{len(markets)} labelled markets, {int(disputed.sum())} disputed; released weights, nothing learned here")
    for name, odds in zip((TEXT, STAKES), shipped_log_odds(markets), strict=True):
        said = float((1 / (1 + np.exp(-odds))).mean())
        area = roc_auc_score(disputed, odds)
        print(f"  AUC {area:.4f}  mean probability {said:.4f}, seen {disputed.mean():.4f}  {name}")


def print_tables(evaluation: dict[str, Any]) -> None:
    """The evaluation, for a person."""
    print(
        f"{evaluation['markets']} labelled markets of {evaluation['events']} events, {evaluation['disputed']} disputed;"
        " five folds by event, five drawings"
    )
    for name, row in evaluation["auc"].items():
        print(
            f"  AUC {row['auc']:.4f}  [{row['low']:.3f}, {row['high']:.3f}] by events,"
            f" drawings {row['lowest']:.4f} to {row['highest']:.4f}  {name}"
        )
    print("  said to be disputed   seen")
    for row in evaluation["reliability"]:
        print(
            f"  {row['said']:.4f}  {row['seen']:.4f} [{row['seen_low']:.4f}, {row['seen_high']:.4f}]"
            f"  {row['disputed']} of {row['markets']}"
        )


def rounded(value: Any) -> Any:
    """The same with every float rounded, so that a file does not change with the machine."""
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return [rounded(inner) for inner in value] if isinstance(value, list) else value


if __name__ == "__main__":
    sys.exit(main())
