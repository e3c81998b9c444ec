"""The scoring once more, one row at a time in plain Python, written from the text of the contract.

It shares no code with `endgame.scoring` and no idea of arrays: prices are compared as exact decimals, formulas are
floats. The tests hold both against each other on thousands of rows, and the benchmark uses it as the floor.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import numpy as np

from endgame.config import ScoringSettings
from endgame.domain.columns import ScoreInputs

Number = float | None
_MICRO = Decimal("0.000001")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One market as `ScoreInputs` holds it, None for what is missing. The defaults are an opportunity at NOW = 0."""

    market_id: str = "0x1"
    status: str = "active"
    category: str = "politics"
    close_time: Number = 172_800_000.0
    game_start_time: Number = None
    accepts_orders: bool = True
    has_tokens: bool = True
    fees_enabled: Number = 1.0
    fee_rate: Number = 0.04
    fee_exponent: Number = 1.0
    disputed: bool = False
    indicative_price_yes: Number = 0.96
    has_rules: bool = True
    definition_risk_score: Number = 0.2
    has_quote: bool = True
    quote_as_of: Number = -10_000.0
    yes_bid: Number = 0.95
    yes_ask: Number = 0.96
    no_bid: Number = 0.04
    no_ask: Number = 0.05
    yes_depth_usd: Number = 480.0
    no_depth_usd: Number = 200.0


_TEXTS = ("market_id", "status", "category")
_TRUTHS = ("accepts_orders", "has_tokens", "disputed", "has_rules", "has_quote")


def columns_of(rows: Sequence[Row]) -> ScoreInputs:
    """The rows as the columns that the real scoring takes."""
    columns: dict[str, Any] = {}
    for field in fields(Row):
        values = [getattr(row, field.name) for row in rows]
        if field.name in _TEXTS:
            columns[field.name] = np.array([*values, None], dtype=object)[:-1]
        elif field.name in _TRUTHS:
            columns[field.name] = np.array(values, dtype=np.bool_)
        else:
            columns[field.name] = np.array([math.nan if v is None else v for v in values], dtype=np.float64)
    return ScoreInputs(**columns)


def exact(price: float) -> float:
    """A price after rounding to 6 places, by exact decimal arithmetic."""
    return float(Decimal(repr(price)).quantize(_MICRO, ROUND_HALF_EVEN))


def clamp(value: float, low: float = 0.0, high: float = 1.0) -> float:
    return min(max(value, low), high)


def score_rows(
    rows: Iterable[Row],
    now: int,
    settings: ScoringSettings,
    *,
    candidate_margin: float = 0.05,
    rounded: Callable[[float], float] = exact,
) -> list[dict[str, Any]]:
    """One dictionary per row with the fields of `Scores`; None where a number cannot be computed."""
    reference = _Reference(now, settings, candidate_margin, rounded)
    return [reference.score(row) for row in rows]


@dataclass(frozen=True)
class _Reference:
    now: int
    settings: ScoringSettings
    candidate_margin: float
    rounded: Callable[[float], float]

    def score(self, row: Row) -> dict[str, Any]:
        out: dict[str, Any] = {"market_id": row.market_id}
        self._quote(row, out)
        self._features(row, out)
        self._overall(out)
        self._risk(row, out)
        out["gate"] = self._time_gate(row, out) or self._quote_gate(row, out) or self._price_gate(row, out)
        return out

    def _quote(self, row: Row, out: dict[str, Any]) -> None:
        quoted = row.has_quote and row.quote_as_of is not None
        for name in ("yes_bid", "yes_ask", "no_bid", "no_ask"):
            value = getattr(row, name)
            out[name] = self.rounded(value) if quoted and value is not None else None
        out["quote_as_of"] = row.quote_as_of if quoted else None
        out["recommended_side"] = self._side(row, out)
        word = out["recommended_side"].lower()
        ask, bid = out[f"{word}_ask"], out[f"{word}_bid"]
        out["entry_price"] = out["ask"] = ask
        out["bid"] = bid
        out["spread"] = None if ask is None or bid is None else self.rounded(ask - bid)
        out["depth_usd"] = getattr(row, f"{word}_depth_usd") if quoted else None
        stale = None
        if quoted and row.quote_as_of is not None:
            age = (self.now - row.quote_as_of) / 1000
            stale = -age if age < -60 else max(0.0, age)
        out["staleness_sec"] = stale
        limit = self.settings.bounds.quote_stale_max_sec
        out["staleness_penalty"] = None if stale is None else clamp(stale / limit)

    def _side(self, row: Row, prices: dict[str, Any]) -> str:
        mids: dict[str, Number] = {}
        for word in ("yes", "no"):
            bid, ask = prices[f"{word}_bid"], prices[f"{word}_ask"]
            mids[word] = None if bid is None or ask is None else self.rounded((bid + ask) / 2)
        yes, no = mids["yes"], mids["no"]
        if yes is not None or no is not None:
            yes = self.rounded(1 - no) if yes is None and no is not None else yes
            no = self.rounded(1 - yes) if no is None and yes is not None else no
            return "YES" if (yes or 0) >= (no or 0) else "NO"
        if row.indicative_price_yes is not None:
            return "YES" if self.rounded(row.indicative_price_yes) >= 0.5 else "NO"
        for word in ("yes", "no"):
            if any((prices[f"{word}_{end}"] or 0) >= 0.5 for end in ("bid", "ask")):
                return word.upper()
        return "YES"

    def _features(self, row: Row, out: dict[str, Any]) -> None:
        bounds, p = self.settings.bounds, out["ask"]
        seconds = None if row.close_time is None else math.floor((row.close_time - self.now) / 1000)
        out["t_remaining_sec"] = seconds
        days = None if seconds is None else max(seconds / 86_400, bounds.min_t_days)
        out["definition_risk_score"] = row.definition_risk_score if row.has_rules else None
        fee, out["fee_assumed"] = self._fee(p, row)
        out["fee"] = fee
        gross = None if p is None else self.rounded(1 - p)
        out["gross_yield"] = gross
        net = None if gross is None or fee is None else max(gross - fee, 0.0)
        out["net_yield"] = net
        out["fee_bps"] = None if fee is None or not p else 10_000 * fee / p
        out["yield_velocity"] = None if net is None or days is None else net / days
        roi = None if net is None or fee is None or not p else net / (p + fee)
        out["roi"] = roi
        out["apr"] = None if roi is None or days is None else roi * 365 / days
        liquidity, penalty, depth = None, out["staleness_penalty"], out["depth_usd"]
        if penalty is not None and depth is not None:
            tight = 0.0 if out["spread"] is None else clamp(1 - out["spread"] / bounds.spread_target)
            target = bounds.depth_target_usd
            liquidity = tight * (1 - penalty) * (min(1.0, depth / target) if target else 1.0)
        out["liquidity_score"] = liquidity

    def _fee(self, p: Number, row: Row) -> tuple[Number, bool]:
        if self.settings.fee_model == "flat":
            return (None if p is None else p * self.settings.fee_bps / 10_000), False
        if row.fees_enabled == 0:
            return (None if p is None else 0.0), False
        assumed = row.fee_rate is None
        rate = self.settings.assumed_fee_rate if row.fee_rate is None else row.fee_rate
        exponent = 1.0 if assumed or row.fee_exponent is None else row.fee_exponent
        return (None if p is None else rate * (p * (1 - p)) ** exponent), assumed

    def _overall(self, out: dict[str, Any]) -> None:
        bounds, weights = self.settings.bounds, self.settings.weights

        def weighted(weight: float, value: Number, most: float = 1.0) -> Number:
            return None if value is None else weight * clamp(value / most)

        out["term_yield_velocity"] = weighted(weights.w1, out["yield_velocity"], bounds.velocity_max)
        out["term_net_yield"] = weighted(weights.w2, out["net_yield"], bounds.net_yield_max)
        out["term_liquidity"] = weighted(weights.w3, out["liquidity_score"])
        out["term_definition_risk"] = weighted(-weights.w4, out["definition_risk_score"])
        out["term_staleness"] = weighted(-weights.w5, out["staleness_penalty"])
        terms = [value for name, value in out.items() if name.startswith("term_")]
        out["overall_score"] = None if None in terms else clamp(sum(terms))

    def _risk(self, row: Row, out: dict[str, Any]) -> None:
        risk, sizing = self.settings.risk, self.settings.sizing
        definition, liquidity, penalty = (
            out["definition_risk_score"],
            out["liquidity_score"],
            out["staleness_penalty"],
        )
        if definition is None or liquidity is None or penalty is None:
            out["risk_score"] = out["max_position_pct"] = None
            return
        jumps = {"sports": risk.jump_rate_sports, "crypto": risk.jump_rate_crypto}
        score = 1 - math.prod(
            1 - part
            for part in (
                risk.definition_weight * definition,
                risk.liquidity_weight * (1 - liquidity),
                risk.freshness_weight * penalty,
                risk.operational_rate,
                jumps.get(row.category, risk.jump_rate_other),
            )
        )
        out["risk_score"] = score
        base = sizing.base_position_pct
        out["max_position_pct"] = clamp(base * (1 - score) * (0.5 + 0.5 * liquidity), sizing.min_position_pct, base)

    def _time_gate(self, row: Row, out: dict[str, Any]) -> str | None:
        bounds, seconds = self.settings.bounds, out["t_remaining_sec"]
        gate = None
        if row.status != "active" or not row.accepts_orders:
            gate = "NOT_ACTIVE"
        elif seconds is None:
            gate = "NO_CLOSE_TIME"
        elif seconds < 0:
            gate = "OVERDUE"
        elif seconds < bounds.min_t_remaining_sec:
            gate = "CLOSES_TOO_SOON"
        elif seconds > bounds.max_t_remaining_sec:
            gate = "CLOSES_TOO_LATE"
        elif (
            row.game_start_time is not None and row.game_start_time <= self.now and not self.settings.allow_live_sports
        ):
            gate = "LIVE_EVENT"
        elif out["definition_risk_score"] is None:
            gate = "NO_RULES"
        return gate

    def _quote_gate(self, row: Row, out: dict[str, Any]) -> str | None:
        bounds = self.settings.bounds
        dear_enough = True
        if row.indicative_price_yes is not None:
            yes = self.rounded(row.indicative_price_yes)
            least = self.rounded(bounds.min_entry_price - self.candidate_margin)
            dear_enough = max(yes, self.rounded(1 - yes)) >= least
        gate = None
        if out["staleness_sec"] is None:
            gate = "BELOW_PRICE_BAND" if row.has_tokens and not dear_enough else "NO_QUOTE"
        elif out["staleness_sec"] > bounds.quote_stale_max_sec:
            gate = "STALE_QUOTE" if dear_enough else "BELOW_PRICE_BAND"
        elif out["ask"] is None:
            gate = "NO_ASK"
        elif out["bid"] is None or out["bid"] >= out["ask"] or out["spread"] > bounds.max_spread:
            gate = "STUB_BOOK"
        return gate

    def _price_gate(self, row: Row, out: dict[str, Any]) -> str | None:
        bounds = self.settings.bounds
        gate = None
        if out["ask"] < bounds.min_entry_price:
            gate = "BELOW_PRICE_BAND"
        elif out["ask"] > bounds.max_entry_price:
            gate = "ABOVE_PRICE_BAND"
        elif row.disputed:
            gate = "DISPUTED"
        elif out["net_yield"] <= bounds.min_net_yield:
            gate = "NO_NET_YIELD"
        return gate
