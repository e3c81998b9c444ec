"""Why this market, in short plain sentences with numbers. They state what was computed and promise nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from endgame.clock import SEC_PER_DAY
from endgame.domain.columns import Scores
from endgame.domain.market import Side

_LEVELS: Final = ((0.25, "low"), (0.5, "medium"), (0.75, "high"), (math.inf, "critical"))


def notes(scores: Scores, index: int, *, depth_target_usd: float | None = None) -> tuple[str, ...]:
    """Reasons for the opportunity in row `index`: side, price, fee, net yield, depth, freshness, risk.

    Args:
        scores: a scoring run.
        index: a row whose gate is None.
        depth_target_usd: the depth that earns the full liquidity score, USD; None or 0 leaves it unsaid.

    Raises:
        ValueError: the row is not an opportunity; its figures may be missing.
    """
    if scores.gate[index] is not None:
        raise ValueError(f"row {index} is not an opportunity: {scores.gate[index]}")
    side: str = scores.recommended_side[index]
    return (
        _favourite(scores, index, side),
        _price(scores, index, side),
        _fee(scores, index),
        _yield(scores, index, side),
        _depth(scores.depth_usd.item(index), depth_target_usd),
        f"Quote {scores.staleness_sec.item(index):.0f} s old when scored.",
        _risk(scores, index),
    )


def note_of_bites(side: str, codes: Sequence[str]) -> str:
    """The sentence about the flags that hurt the holder of the recommended side; there is at least one."""
    return f"What the rules leave open can hurt the holder of {side}: {', '.join(codes)}."


def _favourite(scores: Scores, index: int, side: str) -> str:
    mid = (scores.bid.item(index) + scores.ask.item(index)) / 2
    yes = side == Side.YES.value
    bids, asks = (scores.no_bid, scores.no_ask) if yes else (scores.yes_bid, scores.yes_ask)
    other = (bids.item(index) + asks.item(index)) / 2
    against = "" if math.isnan(other) else f" against {_digits(other)} for {Side.NO.value if yes else Side.YES.value}"
    return f"{side} is the favourite: mid {_digits(mid)}{against}."


def _price(scores: Scores, index: int, side: str) -> str:
    ask, bid = _digits(scores.ask.item(index)), _digits(scores.bid.item(index))
    return (
        f"Best ask {ask}, bid {bid}, spread {_digits(scores.spread.item(index))};"
        f" a share pays 1.00 if {side} is the outcome and nothing if it is not."
    )


def _fee(scores: Scores, index: int) -> str:
    fee = scores.fee.item(index)
    if fee == 0:
        return "No fee."
    assumed = "; its rate is assumed, for want of a readable schedule" if scores.fee_assumed[index] else ""
    return f"Fee ${fee:.4f} a share, {scores.fee_bps.item(index):.1f} bp of the price{assumed}."


def _yield(scores: Scores, index: int, side: str) -> str:
    days = scores.t_remaining_sec.item(index) / SEC_PER_DAY
    return (
        f"Net yield ${scores.net_yield.item(index):.4f} a share if {side} is the outcome,"
        f" ${scores.yield_velocity.item(index):.4f} a day; {days:.1f} days to the close."
    )


def _depth(depth_usd: float, target_usd: float | None) -> str:
    against = f" against a target of ${target_usd:,.0f}" if target_usd else ""
    return f"Depth ${depth_usd:,.0f} near the best ask{against}."


def _risk(scores: Scores, index: int) -> str:
    definition = scores.definition_risk_score.item(index)
    level = next(word for below, word in _LEVELS if definition < below)
    return (
        f"Definition risk {definition:.2f} ({level}), all risks {scores.risk_score.item(index):.2f};"
        f" at most {scores.max_position_pct.item(index):.3f} of NAV."
    )


def _digits(price: float) -> str:
    return f"{price:.6f}".rstrip("0").rstrip(".")
