"""Stored rows as the answers of the contract. Pure; times become RFC 3339."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from endgame.clock import MS_PER_SEC, rfc3339
from endgame.config import BoundsSettings
from endgame.domain.flags_json import flags_of
from endgame.domain.market import Side, Status
from endgame.domain.quote import round_price
from endgame.domain.score import Gate
from endgame.scoring.notes import note_of_bites
from endgame.scoring.segments import segments

Row = Mapping[str, Any]

_ITEM_NUMBERS: Final = (
    "entry_price", "gross_yield", "net_yield", "yield_velocity", "roi", "apr", "fee_bps", "fee_assumed",
    "liquidity_score", "depth_usd", "definition_risk_score", "risk_score", "overall_score",
)  # fmt: skip
_MARKET_PLAIN: Final = (
    "market_id", "venue", "title", "slug", "event_slug", "event_id", "event_title", "group_title", "category", "status",
    "accepts_orders", "resolved_outcome", "url", "neg_risk", "tick_size", "min_order_size", "fee_rate",
    "fee_exponent", "fees_enabled", "oracle_status", "indicative_price_yes", "volume_usd", "event_volume_usd",
    "liquidity_usd",
)  # fmt: skip
_MARKET_TIMES: Final = (
    "open_time", "close_time", "venue_close_time", "game_start_time", "resolved_time", "venue_updated_at",
    "first_seen", "last_seen", "updated_at",
)  # fmt: skip
_QUOTE_PLAIN: Final = (
    "market_id", "yes_bid", "yes_ask", "no_bid", "no_ask", "spread_yes", "spread_no", "mid_yes", "mid_no",
    "yes_bid_size", "yes_ask_size", "no_bid_size", "no_ask_size", "yes_depth_usd", "no_depth_usd", "quote_source",
)  # fmt: skip
_SCORE_PLAIN: Final = (
    "market_id", "gate", "recommended_side", "t_remaining_sec", "entry_price", "gross_yield", "fee_bps",
    "fee_assumed", "net_yield", "yield_velocity", "roi", "apr", "liquidity_score", "depth_usd", "staleness_sec",
    "staleness_penalty", "definition_risk_score", "risk_score", "overall_score", "bid", "ask", "spread", "yes_bid",
    "yes_ask", "no_bid", "no_ask",
)  # fmt: skip
_RULE_PLAIN: Final = (
    "rule_text", "rule_hash", "settlement_source", "settlement_window", "truncated", "definition_risk_score",
    "text_dispute_probability", "dispute_probability", "payoff_risk", "text_change_risk", "rulebook_version",
)  # fmt: skip
_RECOMMENDATION_PLAIN: Final = (
    "market_id", "recommended_side", "entry_price", "expected_payout", "max_position_pct", "risk_score",
)  # fmt: skip
_SAMPLE_PRICES: Final = ("yes_bid", "yes_ask", "no_bid", "no_ask")


def opportunity(row: Row) -> dict[str, Any]:
    """One item of the list, with exactly the keys of SPEC §7 and §12."""
    return {
        "market_id": row["market_id"],
        "venue": row["venue"],
        "title": row["title"],
        "slug": row["slug"],
        "url": row["url"],
        "category": row["category"],
        "event_id": row["event_id"],
        "event_title": row["event_title"],
        "as_of": rfc3339(row["as_of"]),
        "close_time": _time(row["close_time"]),
        "t_remaining_sec": row["t_remaining_sec"],
        "recommended_side": row["recommended_side"],
        "outcome_label": row["outcome_label"],
        **_take(row, _ITEM_NUMBERS),
        "score_breakdown": row["score_breakdown"],
        "max_position_pct": row["max_position_pct"],
        "risk_flags": row["risk_flags"],
        "quote": {
            **_take(row, ("bid", "ask", "spread", *_SAMPLE_PRICES)),
            "spread_yes": _spread(row["yes_bid"], row["yes_ask"]),
            "spread_no": _spread(row["no_bid"], row["no_ask"]),
            "as_of": rfc3339(row["quote_as_of"]),
            "staleness_sec": row["staleness_sec"],
        },
    }


def market(row: Row) -> dict[str, Any]:
    """The stored market and its outcomes, YES first; columns that only serve the storage stay out."""
    return {
        **_take(row, _MARKET_PLAIN),
        **{name: _time(row[name]) for name in _MARKET_TIMES},
        "tags": row["tags"],
        "oracle_history": row["oracle_history"],
        "outcomes": [_take(side, ("outcome", "label", "token_id")) for side in row["outcomes"]],
    }


def rules(row: Row | None) -> dict[str, Any] | None:
    """The rule text with its judgement and the text cut into segments."""
    if row is None:
        return None
    found = row["risk_flags"] or []
    flags = flags_of(found)
    return {
        "as_of": rfc3339(row["as_of"]),
        **_take(row, _RULE_PLAIN),
        "text_changed_at": _time(row["text_changed_at"]),
        "risk_flags": found,
        "mitigators": row["mitigators"] or [],
        "traits": row["rule_traits"] or [],
        "contributions": row["contributions"] or [],
        "bites": row["bites"] or {side.value: [] for side in Side},
        "not_judged": row["not_judged"] or [],
        "segments": [{"text": piece.text, "flags": piece.flags} for piece in segments(row["rule_text"], flags)],
        "updated_at": rfc3339(row["updated_at"]),
    }


def quote(row: Row | None) -> dict[str, Any] | None:
    """The latest quote with its nearest ask levels."""
    if row is None:
        return None
    return {
        **_take(row, _QUOTE_PLAIN),
        "as_of": rfc3339(row["as_of"]),
        "book_time": _time(row["book_time"]),
        "asks_yes": _levels(row["asks_yes"]),
        "asks_no": _levels(row["asks_no"]),
        "updated_at": rfc3339(row["updated_at"]),
    }


def score(row: Row | None) -> dict[str, Any] | None:
    """The latest score with the quote it was computed from."""
    if row is None:
        return None
    return {
        "as_of": rfc3339(row["as_of"]),
        **_take(row, _SCORE_PLAIN),
        "score_breakdown": row["score_breakdown"],
        "quote_as_of": _time(row["quote_as_of"]),
        "updated_at": rfc3339(row["updated_at"]),
    }


def recommendation(row: Row | None, rule_row: Row | None) -> dict[str, Any] | None:
    """The recommendation with its flags and notes, and which findings about the text hurt its side."""
    if row is None:
        return None
    bites = (rule_row["bites"] if rule_row is not None else None) or {}
    side = row["recommended_side"]
    bitten_by = bites.get(side, [])
    return {
        "as_of": rfc3339(row["as_of"]),
        **_take(row, _RECOMMENDATION_PLAIN),
        "risk_flags": row["risk_flags"],
        "notes": row["notes"] + ([note_of_bites(side, bitten_by)] if bitten_by else []),
        "bitten_by": bitten_by,
        "updated_at": rfc3339(row["updated_at"]),
    }


def sample(row: Row) -> dict[str, Any]:
    """One item of the history."""
    return {"bucket_start": rfc3339(row["bucket_start"]), "as_of": rfc3339(row["as_of"]), **_take(row, _SAMPLE_PRICES)}


def near_market(row: Row, measure: str | None, relation: str | None, bound: float | None) -> dict[str, Any]:
    """One market that is almost listed, with the figure that would have to change."""
    return {
        **_take(row, ("market_id", "title", "url", "category", "recommended_side", "outcome_label", "gate")),
        "close_time": _time(row["close_time"]),
        "measure": measure,
        "relation": relation,
        "value": row[measure] if measure else None,
        "bound": bound,
        "distance": row["distance"],
    }


def gate(market_row: Row, score_row: Row | None, now: int, bounds: BoundsSettings, *, is_listed: bool) -> str | None:
    """Why the market is no opportunity: the stored gate, else what status and time tell, else NO_QUOTE.

    One that passed every gate and is not listed any more (`is_listed`) has a quote that has aged since. None for an
    opportunity. `now` in UTC epoch milliseconds.
    """
    if score_row is not None:
        stored: str | None = score_row["gate"]
        return stored if stored is not None or is_listed else Gate.STALE_QUOTE.value
    if market_row["status"] != Status.ACTIVE.value or not market_row["accepts_orders"]:
        return Gate.NOT_ACTIVE.value
    if market_row["close_time"] is None:
        return Gate.NO_CLOSE_TIME.value
    remaining_sec = (market_row["close_time"] - now) // MS_PER_SEC
    by_time = {
        Gate.OVERDUE: remaining_sec < 0,
        Gate.CLOSES_TOO_SOON: remaining_sec < bounds.min_t_remaining_sec,
        Gate.CLOSES_TOO_LATE: remaining_sec > bounds.max_t_remaining_sec,
    }
    return next((gate.value for gate, fails in by_time.items() if fails), Gate.NO_QUOTE.value)


_BREAKDOWN: Final = ("yield_velocity", "net_yield", "liquidity", "definition_risk", "staleness")
_CSV_TEXTS: Final = frozenset({
    "market_id", "venue", "title", "slug", "url", "category", "event_id", "event_title", "recommended_side",
    "outcome_label", "risk_flags",
})  # fmt: skip
_CSV_QUOTE: Final = (
    "bid", "ask", "spread", "yes_bid", "yes_ask", "no_bid", "no_ask", "spread_yes", "spread_no", "as_of",
    "staleness_sec",
)  # fmt: skip
CSV_COLUMNS: Final = (
    "market_id", "venue", "title", "slug", "url", "category", "event_id", "event_title", "as_of", "close_time",
    "t_remaining_sec", "recommended_side", "outcome_label", *_ITEM_NUMBERS,
    *(f"score_breakdown.{term}" for term in _BREAKDOWN), "max_position_pct", "risk_flags",
    *(f"quote.{name}" for name in _CSV_QUOTE),
)  # fmt: skip
"""The keys of an item; nested ones by path, flags as their codes joined by `;`."""

_FORMULA: Final = re.compile(r"[=+\-@\x00-\x1f\x7f-\x9f]")


def csv_lines(records: Iterable[Sequence[str]]) -> bytes:
    """RFC 4180 lines, CRLF, UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(records)
    return text.getvalue().encode()


def csv_record(row: Row) -> list[str]:
    """The cells of one opportunity, in the order of `CSV_COLUMNS`.

    A text that a spreadsheet would take for a formula gets a leading apostrophe; numbers are never touched.
    """
    item = opportunity(row)
    flat = {
        **item,
        **{f"score_breakdown.{name}": value for name, value in item["score_breakdown"].items()},
        **{f"quote.{name}": value for name, value in item["quote"].items()},
        "risk_flags": ";".join(flag["code"] for flag in item["risk_flags"]),
    }
    return [_cell(name, flat[name]) for name in CSV_COLUMNS]


def _cell(column: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return f"'{text}" if column in _CSV_TEXTS and _FORMULA.match(text) else text


def _take(row: Row, names: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _time(epoch_ms: int | None) -> str | None:
    return None if epoch_ms is None else rfc3339(epoch_ms)


def _levels(ladder: Sequence[Sequence[float]]) -> list[dict[str, float]]:
    return [{"price": price, "size": size} for price, size in ladder]


def _spread(bid: float | None, ask: float | None) -> float | None:
    return None if bid is None or ask is None else round_price(ask - bid)
