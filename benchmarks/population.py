"""A database full of markets as discovery, quotes and rules leave it: seeded, streamed, any size.

All markets are open and inside the endgame window, which is the worst case for a scoring cycle; about 4 % are
opportunities, 20 % have a quote, all texts are judged.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from sqlalchemy import Connection

from endgame.clock import MS_PER_DAY, MS_PER_SEC
from endgame.domain.flags_json import flag_fields
from endgame.domain.market import Category
from endgame.domain.rule import Flag, Severity, Span
from endgame.storage.bulk import Upsert
from endgame.storage.tables import market_outcomes, markets, quotes_latest, rules_latest

HOUR_MS: Final = 3_600_000
OPPORTUNITIES: Final = 0.04
QUOTED: Final = 0.20
_CATEGORIES: Final = tuple(category.value for category in Category)
_RULE_TEXT: Final = (
    "This market will resolve to Yes if the event named in the title takes place before the date given there, "
    "11:59 PM ET. Otherwise, this market will resolve to No. "
) + "The primary resolution source is official information; a consensus of credible reporting also suffices. " * 7
_FLAGS: Final = json.dumps(
    [
        flag_fields(
            Flag(code=code, severity=severity, why="The text leaves room for two readings.", base_rate=0.02,
                 evidence_spans=(Span(10, 42), Span(180, 240)))
        )
        for code, severity in (("AMBIGUOUS_WORDING", Severity.MEDIUM), ("SOURCE_VAGUE", Severity.LOW))
    ]
)  # fmt: skip
_LADDER: Final = "[" + ",".join(f"[{0.9 + step / 100:.2f},{150.0 + step}]" for step in range(8)) + "]"


@dataclass(frozen=True, slots=True)
class Draw:
    """What chance decided about one market."""

    number: int
    market_id: str
    close_time: int
    category: str
    indicative: float
    is_quoted: bool
    quote_as_of: int
    yes_bid: float | None
    yes_ask: float
    depth_usd: float
    risk: float


def draws(count: int, *, now: int, seed: int, opportunities: float = OPPORTUNITIES) -> Iterator[Draw]:
    """The same universe for the same arguments; `now` in UTC epoch milliseconds, `opportunities` their share."""
    rng = random.Random(seed)
    for number in range(count):
        kind = rng.random()
        is_opportunity, is_quoted = kind < opportunities, kind < max(QUOTED, opportunities)
        ask = round(rng.uniform(0.91, 0.99) if is_opportunity else rng.choice((0.87, 0.89, 0.97, 0.9995)), 4)
        earliest = now + 2 * HOUR_MS if is_opportunity else now - 6 * MS_PER_DAY
        yield Draw(
            number=number,
            market_id=f"0x{rng.getrandbits(256):064x}",
            close_time=rng.randrange(earliest, now + 13 * MS_PER_DAY),
            category=rng.choice(_CATEGORIES),
            indicative=ask if is_quoted else round(rng.uniform(0.16, 0.84), 3),
            is_quoted=is_quoted,
            quote_as_of=now - rng.randrange(50) * MS_PER_SEC,
            yes_bid=None if not is_opportunity and ask > 0.9 else round(ask - 0.01, 4),
            yes_ask=ask,
            depth_usd=rng.uniform(50, 2_000),
            risk=round(rng.random() * 0.6, 4),
        )


def populate(conn: Connection, count: int, *, now: int, seed: int = 7, opportunities: float = OPPORTUNITIES) -> None:
    """Fill an empty, migrated database in one transaction."""
    for table, row_of in (
        (markets, _market),
        (market_outcomes, _outcomes),
        (rules_latest, _rule),
        (quotes_latest, _quote),
    ):
        upsert = Upsert(table, skip_orphans=False)
        drawn = draws(count, now=now, seed=seed, opportunities=opportunities)
        rows = (row for draw in drawn for row in row_of(draw, now))
        upsert.write(conn, (tuple(row.get(name) for name in upsert.columns) for row in rows))


def settle(url: str) -> None:
    """What Postgres does by itself within minutes of a load: statistics and visibility."""
    if url.startswith("postgresql:"):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")


def _market(draw: Draw, now: int) -> Iterator[dict[str, Any]]:
    title = f"Will event number {draw.number} happen before the end of the week?"
    slug = f"will-event-number-{draw.number}-happen"
    yield {
        "market_id": draw.market_id, "venue": "polymarket", "title": title, "title_folded": title.casefold(),
        "slug": slug, "event_slug": slug, "event_id": str(draw.number // 4),
        "event_title": f"Event {draw.number // 4}", "category": draw.category,
        "tags": f'["{draw.category}","all"]', "status": "active", "accepts_orders": True,
        "open_time": now - 30 * MS_PER_DAY, "close_time": draw.close_time, "venue_close_time": draw.close_time,
        "url": f"https://polymarket.com/event/{slug}", "neg_risk": False, "tick_size": 0.01, "min_order_size": 5.0,
        "fee_rate": 0.04, "fee_exponent": 1.0, "fees_enabled": True, "oracle_history": "[]", "disputed": False,
        "has_tokens": True, "indicative_price_yes": draw.indicative, "volume_usd": 12_345.6, "liquidity_usd": 2_345.6,
        "venue_updated_at": now - HOUR_MS, "first_seen": now - MS_PER_DAY, "last_seen": now, "updated_at": now,
    }  # fmt: skip


def _outcomes(draw: Draw, now: int) -> Iterator[dict[str, Any]]:
    for side, label in (("YES", "Yes"), ("NO", "No")):
        token = str(int(draw.market_id, 16))[:-1] + str(len(label))
        yield {"market_id": draw.market_id, "outcome": side, "label": label, "token_id": token, "updated_at": now}


def _rule(draw: Draw, now: int) -> Iterator[dict[str, Any]]:
    yield {
        "market_id": draw.market_id, "as_of": now - HOUR_MS, "has_text": True, "rule_hash": draw.market_id[2:],
        "settlement_source": "https://example.org/results", "settlement_window": 7_200, "truncated": False,
        "definition_risk_score": draw.risk, "rulebook_version": "bench", "judge_key": draw.market_id,
        "judged_key": draw.market_id, "updated_at": now, "risk_flags": _FLAGS, "mitigators": "[]",
        "rule_text": _RULE_TEXT,
    }  # fmt: skip


def _quote(draw: Draw, now: int) -> Iterator[dict[str, Any]]:
    if not draw.is_quoted:
        return
    bid, ask = draw.yes_bid, draw.yes_ask
    no_ask = None if bid is None else round(1 - bid, 4)
    yield {
        "market_id": draw.market_id, "as_of": draw.quote_as_of, "book_time": draw.quote_as_of - 30_000,
        "yes_bid": bid, "yes_ask": ask, "no_bid": round(1 - ask, 4), "no_ask": no_ask,
        "spread_yes": None if bid is None else round(ask - bid, 4),
        "spread_no": None if bid is None else round(ask - bid, 4),
        "mid_yes": None if bid is None else round((ask + bid) / 2, 6),
        "mid_no": None if bid is None else round(1 - (ask + bid) / 2, 6),
        "yes_bid_size": 300.0, "yes_ask_size": 500.0, "no_bid_size": 500.0, "no_ask_size": 300.0,
        "yes_depth_usd": draw.depth_usd, "no_depth_usd": 200.0, "asks_yes": _LADDER,
        "asks_no": _LADDER if no_ask is not None else "[]", "quote_source": "book", "updated_at": now,
    }  # fmt: skip
