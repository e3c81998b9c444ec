"""Builders of domain records for every test: sensible defaults, anything can be overridden by keyword.

`NOW` is the moment that the whole suite lives in; `market_id(7)` is a well-formed id that sorts by its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from endgame.domain.columns import Scores
from endgame.domain.market import Category, Market, Outcome, Resolution, Side, Status
from endgame.domain.quote import Level, Quote
from endgame.domain.rule import Assessment, Contribution, Flag, Rule, Severity, Span
from endgame.scoring.sense import sense_hash
from endgame.storage.rules import Judgement

NOW = 1_795_340_000_000
"""2026-11-22T09:33:20Z."""
SEC = 1_000
HOUR = 3_600 * SEC
DAY = 24 * HOUR
WINDOW_BACK = 7 * DAY
WINDOW_AHEAD = 14 * DAY


def market_id(number: int) -> str:
    """A Polymarket condition id: 0x and 64 hex digits."""
    return f"0x{number:064x}"


def outcomes(number: int = 1, labels: tuple[str, str] = ("Yes", "No"), tokens: bool = True) -> tuple[Outcome, Outcome]:
    """The two sides of a market; without tokens when `tokens` is false."""
    return (
        Outcome(Side.YES, labels[0], f"{number}01" if tokens else None),
        Outcome(Side.NO, labels[1], f"{number}02" if tokens else None),
    )


def a_market(number: int = 1, **over: Any) -> Market:
    """An active market that closes in two days, with a fee schedule and an indicative price of 0.96."""
    fields: dict[str, Any] = {
        "market_id": market_id(number),
        "venue": "polymarket",
        "title": f"Will event {number} happen?",
        "slug": f"event-{number}",
        "event_slug": f"event-{number}",
        "event_id": str(number),
        "event_title": f"Event {number}",
        "group_title": "",
        "category": "politics",
        "tags": ("politics",),
        "status": "active",
        "open_time": NOW - 30 * DAY,
        "close_time": NOW + 2 * DAY,
        "venue_close_time": NOW + 2 * DAY,
        "url": f"https://polymarket.com/event/event-{number}",
        "tick_size": 0.01,
        "min_order_size": 5.0,
        "fee_rate": 0.04,
        "fee_exponent": 1.0,
        "fees_enabled": True,
        "indicative_price_yes": 0.96,
        "volume_usd": 10_000.0,
        "event_volume_usd": 40_000.0,
        "liquidity_usd": 2_000.0,
        "venue_updated_at": NOW - HOUR,
        "outcomes": outcomes(number),
    }
    return Market(**_typed(fields | over))


def _typed(fields: dict[str, Any]) -> dict[str, Any]:
    """Plain words for the enumerations, so that tests may write `status="closed"`."""
    fields["status"] = Status(fields["status"])
    fields["category"] = Category(fields["category"])
    if fields.get("resolved_outcome") is not None:
        fields["resolved_outcome"] = Resolution(fields["resolved_outcome"])
    return fields


def a_quote(number: int = 1, **over: Any) -> Quote:
    """A fresh quote 0.95/0.96 of YES with its mirror on NO and $480 and $200 of depth.

    Bids and asks may be overridden alone: the ladders follow the asks.
    """
    fields: dict[str, Any] = {
        "market_id": market_id(number),
        "as_of": NOW - 10 * SEC,
        "book_time": NOW - 40 * SEC,
        "yes_bid": 0.95,
        "yes_ask": 0.96,
        "no_bid": 0.04,
        "no_ask": 0.05,
        "yes_bid_size": 300.0,
        "yes_ask_size": 500.0,
        "no_bid_size": 500.0,
        "no_ask_size": 300.0,
        "yes_depth_usd": 480.0,
        "no_depth_usd": 200.0,
    } | over
    for side in ("yes", "no"):
        ask = fields[f"{side}_ask"]
        ladder = () if ask is None else (Level(ask, fields[f"{side}_ask_size"] or 100.0),)
        fields.setdefault(f"asks_{side}", ladder)
        for end in ("bid", "ask"):
            if fields[f"{side}_{end}"] is None:
                fields[f"{side}_{end}_size"] = None
    return Quote(**fields)


def a_rule(number: int = 1, **over: Any) -> Rule:
    """A short rule text read an hour ago."""
    fields: dict[str, Any] = {
        "market_id": market_id(number),
        "as_of": NOW - HOUR,
        "rule_text": f"This market resolves to Yes if event {number} happens. Otherwise, it resolves to No.",
        "settlement_source": "https://example.org/results",
    }
    return Rule(**fields | over)


def a_flag(code: str = "AMBIGUOUS_WORDING", **over: Any) -> Flag:
    """A medium flag with one span over the first four characters."""
    fields: dict[str, Any] = {
        "code": code,
        "severity": Severity.MEDIUM,
        "why": "The text leaves room.",
        "base_rate": 0.02,
        "evidence_spans": (Span(0, 4),),
    }
    return Flag(**fields | over)


def an_assessment(score: float = 0.2, **over: Any) -> Assessment:
    """A judgement with one flag, which bites neither side, and no mitigator."""
    fields: dict[str, Any] = {
        "definition_risk_score": score,
        "text_dispute_probability": 0.03,
        "dispute_probability": 0.04,
        "payoff_risk": 0.01,
        "text_change_risk": 0.02,
        "flags": (a_flag(),),
        "mitigators": (),
        "traits": (),
        "contributions": (Contribution("BASE", -3.5),),
        "bites": {"YES": (), "NO": ()},
        "not_judged": (),
        "rulebook_version": "test-1",
    }
    return Assessment(**fields | over)


WRITTEN: dict[str, Any] = {"judge_key": lambda _rule, _context: "key", "sense_hash": sense_hash}
"""How the tests have rules written: every text waits under the key `key`."""


def a_judgement(number: int = 1, score: float = 0.2, *, key: str = "key", **over: Any) -> Judgement:
    """What was judged of a text that waited under `key`."""
    return Judgement(market_id(number), key, key, an_assessment(score, **over))


_OPPORTUNITY: dict[str, Any] = {
    "gate": None, "recommended_side": "YES", "t_remaining_sec": 172_800.0, "entry_price": 0.96, "bid": 0.95,
    "ask": 0.96, "spread": 0.01, "gross_yield": 0.04, "fee": 0.001536, "fee_bps": 16.0, "fee_assumed": False,
    "net_yield": 0.038464, "yield_velocity": 0.019232, "roi": 0.04, "apr": 7.3, "liquidity_score": 0.45,
    "depth_usd": 480.0, "staleness_sec": 10.0, "staleness_penalty": 0.055, "definition_risk_score": 0.2,
    "overall_score": 0.3125, "term_yield_velocity": 0.173, "term_net_yield": 0.096, "term_liquidity": 0.0675,
    "term_definition_risk": -0.02, "term_staleness": -0.004, "risk_score": 0.3, "max_position_pct": 0.05,
    "quote_as_of": float(NOW - 10 * SEC), "yes_bid": 0.95, "yes_ask": 0.96, "no_bid": 0.04, "no_ask": 0.05,
}  # fmt: skip
_TEXT_COLUMNS = ("gate", "recommended_side")
_FLAG_COLUMNS = ("fee_assumed",)
_NO_QUOTE = {
    name: np.nan
    for name, value in _OPPORTUNITY.items()
    if isinstance(value, float) and name not in ("t_remaining_sec", "definition_risk_score")
}


def a_score_row(number: int = 1, **over: Any) -> dict[str, Any]:
    """One row of `Scores`: an opportunity, or with `gate=` given a row without quote figures unless overridden."""
    gated = _NO_QUOTE if over.get("gate") is not None else {}
    return {"market_id": market_id(number)} | _OPPORTUNITY | gated | over


def some_scores(rows: Sequence[dict[str, Any]], *, as_of: int = NOW) -> Scores:
    """The columns of rows made by `a_score_row`."""
    columns: dict[str, Any] = {}
    for name in ("market_id", *_OPPORTUNITY):
        values = [row[name] for row in rows]
        if name in _TEXT_COLUMNS or name == "market_id":
            columns[name] = np.array([*values, None], dtype=object)[:-1]
        else:
            columns[name] = np.array(values, dtype=np.bool_ if name in _FLAG_COLUMNS else np.float64)
    return Scores(as_of=as_of, **columns)
