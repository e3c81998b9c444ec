"""How well the model tells disputed markets from others that it has not seen.

Five folds that keep the markets of an event together, drawn several times; the figures are means over the drawings.
Intervals come from resampling whole events, since sibling markets are not independent witnesses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold

from calibration.labelled import LabelledMarket
from calibration.model import CODES, Design, Floats, fit_text, fit_with_stakes
from endgame.scoring.risk import assess

FOLDS: Final = 5
DRAWINGS: Final = 5
RESAMPLES: Final = 400
RELIABILITY_EDGES: Final = (0.0, 0.005, 0.01, 0.02, 0.04, 0.08, 1.0)

TEXT: Final = "text and structure"
STAKES: Final = "text and structure, with volume of market and event and with duration"
BASELINE: Final = "baseline: tf-idf and logistic regression"
BASELINE_WITH_STAKES: Final = "baseline with volume and duration"
REMARKS: Final = ("WORDING_NOTE", "WORDING_RESCHEDULED")
"""Traits that a remark may have brought into a text after a dispute: the texts are final ones."""

Rows = NDArray[np.int64]


def folds(design: Design, drawing: int) -> Iterator[tuple[Rows, Rows]]:
    """Rows to learn from and rows to judge; no event is on both sides."""
    cut = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=drawing)
    for known, unseen in cut.split(design.findings, design.disputed, design.events):
        if set(design.events[known]) & set(design.events[unseen]):
            raise AssertionError("an event stands on both sides of a fold")
        yield known, unseen


def unseen_log_odds(design: Design, judge: Callable[[Rows, Rows], Floats]) -> list[Floats]:
    """Log-odds of every market by a model that has not seen its event, one array per drawing."""
    found = []
    for drawing in range(DRAWINGS):
        odds = np.zeros(len(design.disputed))
        for known, unseen in folds(design, drawing):
            odds[unseen] = judge(known, unseen)
        found.append(odds)
    return found


def by_text(design: Design) -> Callable[[Rows, Rows], Floats]:
    """The model of text and structure."""
    return lambda known, unseen: fit_text(design.findings[known], design.disputed[known]).log_odds(
        design.findings[unseen], design.lines[unseen]
    )


def by_text_and_stakes(design: Design) -> Callable[[Rows, Rows], Floats]:
    """The model that looks at volume and planned duration as well."""
    return lambda known, unseen: fit_with_stakes(
        design.findings[known], design.lines[known], design.disputed[known]
    ).log_odds(design.findings[unseen], design.lines[unseen])


def by_words(
    design: Design,
    markets: Sequence[LabelledMarket],
    *,
    plain_numbers: Callable[[LabelledMarket], Sequence[float]] | None,
) -> Callable[[Rows, Rows], Floats]:
    """The baseline that any tool could have: tf-idf of title and text, with or without numbers beside, and a logistic
    regression."""
    texts = np.array([f"{market.context.title or ''}\n{market.text}" for market in markets], dtype=object)
    if plain_numbers is not None:
        numbers = np.array([plain_numbers(market) for market in markets])
        numbers = (numbers - numbers.mean(axis=0)) / np.maximum(numbers.std(axis=0), 1e-9)

    def judge(known: Rows, unseen: Rows) -> Floats:
        words = TfidfVectorizer(min_df=3, max_features=30_000, sublinear_tf=True)
        left, right = words.fit_transform(texts[known]), words.transform(texts[unseen])
        if plain_numbers is not None:
            left, right = hstack([left, numbers[known]]).tocsr(), hstack([right, numbers[unseen]]).tocsr()
        model = LogisticRegression(max_iter=1_000, class_weight="balanced").fit(left, design.disputed[known])
        odds: Floats = model.decision_function(right)
        return odds

    return judge


def volume_and_duration(market: LabelledMarket) -> tuple[float, ...]:
    """The market's own volume and planned duration, as logarithms."""
    context = market.context
    opened, closes = context.open_time, context.venue_close_time
    days = max(0, closes - opened) / 86_400_000 if opened is not None and closes is not None else 10.0
    return float(np.log1p(context.volume_usd or 0.0)), float(np.log1p(days))


def all_numbers(market: LabelledMarket) -> tuple[float, ...]:
    """These, and what the model is told besides: volume of the event, the market's share of it, and its structure."""
    context = market.context
    own, event = context.volume_usd or 0.0, context.event_volume_usd or 0.0
    return (
        *volume_and_duration(market),
        float(np.log1p(event)),
        float(np.log1p(own) - np.log1p(max(own, event))),
        float(context.game_start_time is not None),
        float(bool(context.neg_risk)),
        float(bool(context.group_title)),
        float(context.labels is not None and [label.lower() for label in context.labels] != ["yes", "no"]),
    )


def auc_table(design: Design, drawings: Sequence[Floats]) -> dict[str, float]:
    """Area under the curve: mean over the drawings, their range, and a 95 % interval by resampled events."""
    areas = [float(roc_auc_score(design.disputed, odds)) for odds in drawings]
    ranks = np.mean([odds.argsort().argsort() for odds in drawings], axis=0)
    resampled = [float(roc_auc_score(design.disputed[rows], ranks[rows])) for rows in _resampled_rows(design.events)]
    low, high = np.quantile(resampled, (0.025, 0.975))
    mean = float(np.mean(areas))
    # The mean of ranks judges a little better than one drawing does: the interval is shifted to the figure it is for.
    shift = mean - float(roc_auc_score(design.disputed, ranks))
    return {
        "auc": mean,
        "lowest": min(areas),
        "highest": max(areas),
        "low": float(low) + shift,
        "high": float(high) + shift,
    }


def reliability(design: Design, drawings: Sequence[Floats]) -> list[dict[str, float]]:
    """Said and seen: markets by the probability that unseen judgement gave them."""
    said = np.mean([1.0 / (1.0 + np.exp(-odds)) for odds in drawings], axis=0)
    rows = []
    for low, high in pairwise(RELIABILITY_EDGES):
        inside = (said >= low) & (said < high)
        count, disputed = int(inside.sum()), int(design.disputed[inside].sum())
        seen_low, seen_high = wilson(disputed, count)
        rows.append(
            {
                "from": low,
                "to": high,
                "markets": count,
                "disputed": disputed,
                "said": float(said[inside].mean()) if count else 0.0,
                "seen": disputed / count if count else 0.0,
                "seen_low": seen_low,
                "seen_high": seen_high,
            }
        )
    return rows


def wilson(hits: int, count: int) -> tuple[float, float]:
    """95 % Wilson interval of a share; (0, 1) where nothing was counted."""
    if not count:
        return 0.0, 1.0
    z = 1.959964
    share, spread = hits / count, z * z / count
    middle = (share + spread / 2) / (1 + spread)
    half = z * float(np.sqrt(share * (1 - share) / count + spread / (4 * count))) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def lifts(design: Design) -> dict[str, dict[str, Any]]:
    """For each finding its counts, and how many times as often its markets are disputed, with a 95 % interval."""
    names, event = np.unique(design.events, return_inverse=True)
    carried = np.zeros((len(names), len(CODES)))
    fought = np.zeros((len(names), len(CODES)))
    np.add.at(carried, event, design.findings)
    np.add.at(fought, event, design.findings * design.disputed[:, None])
    sizes = np.bincount(event, minlength=len(names))
    disputes = np.bincount(event, weights=design.disputed, minlength=len(names))
    random = np.random.default_rng(20_240_101)
    often = random.multinomial(len(names), np.full(len(names), 1 / len(names)), size=RESAMPLES).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = (often @ fought) / (often @ carried) / ((often @ disputes) / (often @ sizes))[:, None]
    found = {}
    for at, code in enumerate(CODES):
        markets, disputed = int(carried[:, at].sum()), int(fought[:, at].sum())
        known = rates[:, at][np.isfinite(rates[:, at])]
        found[code] = {
            "markets": markets,
            "events": int((carried[:, at] > 0).sum()),
            "disputed": disputed,
            "lift": (disputed / markets) / float(design.disputed.mean()) if markets else None,
            "lift_low": float(np.quantile(known, 0.025)) if markets and known.size else None,
            "lift_high": float(np.quantile(known, 0.975)) if markets and known.size else None,
        }
    return found


def _resampled_rows(events: NDArray[Any]) -> Iterator[Rows]:
    names, event = np.unique(events, return_inverse=True)
    rows_of = np.split(np.argsort(event, kind="stable"), np.cumsum(np.bincount(event))[:-1])
    random = np.random.default_rng(20_240_102)
    for _ in range(RESAMPLES):
        yield np.concatenate([rows_of[at] for at in random.integers(0, len(names), len(names))])


def shipped_log_odds(markets: Sequence[LabelledMarket]) -> tuple[Floats, Floats]:
    """What the released weights say of markets: log-odds by text, and with volume and duration."""
    found = [assess(market.text, market.context) for market in markets]
    text = np.array([one.text_dispute_probability for one in found])
    stakes = np.array([one.dispute_probability for one in found])
    return np.log(text / (1 - text)), np.log(stakes / (1 - stakes))
