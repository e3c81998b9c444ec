"""The records of a scoring cycle as NumPy columns: every array has shape (n,), row i is market i.

A missing number is NaN, a missing text None; both become null again at the border.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]


def _check_lengths(columns: ScoreInputs | Scores) -> None:
    """Refuse columns that are not all of shape (n,): rows would silently belong to other markets."""
    rows = len(columns.market_id)
    for field in fields(columns):
        column = getattr(columns, field.name)
        if isinstance(column, np.ndarray) and column.shape != (rows,):
            raise ValueError(f"column {field.name} has shape {column.shape}, not ({rows},)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreInputs:
    """What a scoring cycle reads: open markets of the window with their latest quote and judgement.

    Prices $/share; sizes shares; depth USD; times UTC epoch milliseconds as float64 (NaN = missing).

    Raises:
        ValueError: the columns are not all of one length.
    """

    market_id: Texts
    status: Texts
    category: Texts
    close_time: Floats
    game_start_time: Floats
    accepts_orders: Bools
    has_tokens: Bools
    fees_enabled: Floats
    """1 = on, 0 = off, NaN = the venue did not say."""
    fee_rate: Floats
    fee_exponent: Floats
    disputed: Bools
    """Oracle status says disputed or challenged (derived from status and history when read)."""
    indicative_price_yes: Floats
    has_rules: Bools
    """The stored text is not blank and has been judged."""
    definition_risk_score: Floats
    has_quote: Bools
    quote_as_of: Floats
    yes_bid: Floats
    yes_ask: Floats
    no_bid: Floats
    no_ask: Floats
    yes_depth_usd: Floats
    no_depth_usd: Floats

    def __post_init__(self) -> None:
        _check_lengths(self)

    def __len__(self) -> int:
        return len(self.market_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What a scoring cycle writes: one row per input row, same order. NaN = not computable (null).

    `gate` is None for an opportunity. The quote columns repeat the quote the row was computed from.
    `score_breakdown` is the five `term_` columns: weighted, penalties negative, adding up to `overall_score`.

    Raises:
        ValueError: the columns are not all of one length.
    """

    as_of: int
    market_id: Texts
    gate: Texts
    recommended_side: Texts
    t_remaining_sec: Floats
    entry_price: Floats
    bid: Floats
    ask: Floats
    spread: Floats
    gross_yield: Floats
    fee: Floats
    fee_bps: Floats
    fee_assumed: Bools
    net_yield: Floats
    yield_velocity: Floats
    roi: Floats
    apr: Floats
    liquidity_score: Floats
    depth_usd: Floats
    staleness_sec: Floats
    staleness_penalty: Floats
    definition_risk_score: Floats
    overall_score: Floats
    term_yield_velocity: Floats
    term_net_yield: Floats
    term_liquidity: Floats
    term_definition_risk: Floats
    term_staleness: Floats
    risk_score: Floats
    max_position_pct: Floats
    quote_as_of: Floats
    yes_bid: Floats
    yes_ask: Floats
    no_bid: Floats
    no_ask: Floats

    def __post_init__(self) -> None:
        _check_lengths(self)

    def __len__(self) -> int:
        return len(self.market_id)

    @property
    def is_opportunity(self) -> Bools:
        """True where every gate was passed."""
        return np.array([gate is None for gate in self.gate], dtype=np.bool_)
