"""Latest quotes, and their 5-minute samples. Prices $/share; times UTC epoch milliseconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, or_, select, tuple_

from endgame.domain.quote import Quote
from endgame.storage.bulk import FUTURE_TOLERANCE_MS, Upsert, WriteCount, among, clean_text, ids_json, newer, to_json
from endgame.storage.markets import CANDIDATE, candidate_bounds
from endgame.storage.tables import markets, quotes_5m, quotes_latest

UPSERT_QUOTES = Upsert(quotes_latest, guard=newer(quotes_latest))
INSERT_SAMPLES = Upsert(quotes_5m, keep=[column.name for column in quotes_5m.columns])


def write_quotes(conn: Connection, quotes: Sequence[Quote], *, now: int) -> WriteCount:
    """Store the newest quote of each market.

    One that is older than the stored one, or whose market is not stored, is dropped and counted. A stored `as_of` more
    than 60 s ahead of `now` does not block.
    """
    newest: dict[str, Quote] = {}
    for quote in quotes:
        rival = newest.get(quote.market_id)
        if rival is None or quote.as_of >= rival.as_of:
            newest[quote.market_id] = quote
    written = UPSERT_QUOTES.write(conn, (_quote_row(quote, now) for quote in newest.values())).written
    return WriteCount(written, len(quotes) - written)


def _quote_row(quote: Quote, now: int) -> tuple[Any, ...]:
    fields = {
        "market_id": clean_text(quote.market_id),
        "asks_yes": to_json(quote.asks_yes),
        "asks_no": to_json(quote.asks_no),
        "updated_at": now,
    }
    return tuple(fields[name] if name in fields else getattr(quote, name) for name in UPSERT_QUOTES.columns)


def write_samples(conn: Connection, quotes: Iterable[Quote], *, sample_ms: int, now: int) -> int:
    """Keep one sample per market and bucket of `sample_ms`, the first that comes; returns how many were new."""
    first: dict[tuple[str, int], Quote] = {}
    for quote in quotes:
        key = (clean_text(quote.market_id), quote.as_of - quote.as_of % sample_ms)
        if key not in first or quote.as_of < first[key].as_of:
            first[key] = quote
    rows = (
        (*key, quote.as_of, quote.yes_bid, quote.yes_ask, quote.no_bid, quote.no_ask, now)
        for key, quote in first.items()
    )
    return INSERT_SAMPLES.write(conn, rows).written


DELETE_QUOTES = delete(quotes_latest).where(
    among(quotes_latest.c.market_id),
    or_(quotes_latest.c.as_of <= bindparam("as_of"), quotes_latest.c.as_of > bindparam("future")),
)


def delete_quotes(conn: Connection, market_ids: Sequence[str], *, as_of: int, now: int) -> int:
    """Delete the quotes of markets whose books were missing in an answer read at `as_of`, unless newer ones came.

    A stored `as_of` more than 60 s ahead of `now` is a clock fault and protects nothing.
    """
    if not market_ids:
        return 0
    moments = {"as_of": as_of, "future": now + FUTURE_TOLERANCE_MS}
    return conn.execute(DELETE_QUOTES, {"ids": ids_json(market_ids), **moments}).rowcount


READ_QUOTE = select(quotes_latest).where(quotes_latest.c.market_id == bindparam("market_id"))


def read_quote(conn: Connection, market_id: str) -> Mapping[str, Any] | None:
    """The latest quote; `asks_yes` and `asks_no` are lists of [price, size], best first. None when there is none."""
    row = conn.execute(READ_QUOTE, {"market_id": clean_text(market_id)}).mappings().first()
    if row is None:
        return None
    found = dict(row)
    for name in ("asks_yes", "asks_no"):
        found[name] = msgspec.json.decode(found[name])
    return found


READ_HISTORY = (
    select(quotes_5m)
    .where(quotes_5m.c.market_id == bindparam("market_id"), quotes_5m.c.bucket_start >= bindparam("since"))
    .order_by(quotes_5m.c.bucket_start.desc())
    .limit(bindparam("limit"))
)


def read_history(conn: Connection, market_id: str, *, since: int, limit: int) -> list[Mapping[str, Any]]:
    """Samples of a market whose bucket begins at `since` or later, the newest `limit` of them, oldest first."""
    rows = conn.execute(READ_HISTORY, {"market_id": clean_text(market_id), "since": since, "limit": limit})
    return [dict(row) for row in reversed(rows.mappings().all())]


READ_OLDEST_CANDIDATE_QUOTE = (
    select(func.min(quotes_latest.c.as_of))
    .join_from(quotes_latest, markets, quotes_latest.c.market_id == markets.c.market_id)
    .where(CANDIDATE)
)


def read_oldest_candidate_quote(
    conn: Connection, *, now: int, back_ms: int, ahead_ms: int, min_price: float
) -> int | None:
    """The oldest `as_of` among candidates that have a quote; None without any."""
    bounds = candidate_bounds(now=now, back_ms=back_ms, ahead_ms=ahead_ms, min_price=min_price)
    return conn.execute(READ_OLDEST_CANDIDATE_QUOTE, bounds).scalar()


PRUNE_SAMPLES = delete(quotes_5m).where(
    tuple_(quotes_5m.c.market_id, quotes_5m.c.bucket_start).in_(
        select(quotes_5m.c.market_id, quotes_5m.c.bucket_start)
        .where(quotes_5m.c.bucket_start < bindparam("before"))
        .order_by(quotes_5m.c.bucket_start)
        .limit(bindparam("limit"))
    )
)


def prune_samples(conn: Connection, *, before: int, limit: int) -> int:
    """Delete at most `limit` samples whose bucket began before `before`, oldest first."""
    return conn.execute(PRUNE_SAMPLES, {"before": before, "limit": limit}).rowcount
