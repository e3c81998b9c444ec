"""Markets and their outcomes. Times are UTC epoch milliseconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, exists, func, or_, select, update

from endgame.domain.market import Market, Status
from endgame.domain.score import DISPUTED_ORACLE_STATES
from endgame.storage.bulk import FUTURE_TOLERANCE_MS, Upsert, WriteCount, among, clean, clean_text, ids_json, to_json
from endgame.storage.tables import market_outcomes, markets, quotes_latest, recs_latest, scores_latest

OPEN = (Status.ACTIVE.value, Status.PAUSED.value)
CLOSED = (Status.CLOSED.value, Status.RESOLVED.value)
_CLOSED = "excluded.status IN ('closed', 'resolved')"
_PRICE_TOLERANCE = 1e-9  # 1 - 0.85 is not exactly 0.15

UPSERT_MARKETS = Upsert(
    markets,
    keep=("first_seen", "looked_up_at"),
    values={
        # The venue blanks the fee terms of a closed market.
        **{
            name: f"CASE WHEN {_CLOSED} THEN markets.{name} ELSE excluded.{name} END"
            for name in ("fee_rate", "fee_exponent", "fees_enabled")
        },
        # A closed record may also lack its event and its name there: then what is known stands.
        **{
            name: f"CASE WHEN {_CLOSED} THEN COALESCE(NULLIF(excluded.{name}, {nothing}), markets.{name},"
            f" excluded.{name}) ELSE excluded.{name} END"
            for name, nothing in (("event_id", "''"), ("group_title", "''"), ("event_volume_usd", "0"))
        },
        "closed_seen": f"CASE WHEN {_CLOSED} THEN COALESCE(markets.closed_seen, excluded.closed_seen) END",
        "last_seen": "CASE WHEN markets.last_seen > excluded.last_seen"
        f" AND markets.last_seen <= excluded.updated_at + {FUTURE_TOLERANCE_MS}"
        " THEN markets.last_seen ELSE excluded.last_seen END",
    },
    guard="excluded.venue_updated_at IS NULL OR markets.venue_updated_at IS NULL"
    " OR excluded.venue_updated_at >= markets.venue_updated_at"
    f" OR markets.venue_updated_at > excluded.updated_at + {FUTURE_TOLERANCE_MS}",
)
UPSERT_OUTCOMES = Upsert(market_outcomes)

READ_STORED = select(markets.c.market_id, markets.c.venue_updated_at).where(among(markets.c.market_id))
READ_OUTCOMES = select(
    market_outcomes.c.market_id, market_outcomes.c.outcome, market_outcomes.c.label, market_outcomes.c.token_id
).where(among(market_outcomes.c.market_id))
DELETE_SCORES = delete(scores_latest).where(among(scores_latest.c.market_id))
DELETE_RECOMMENDATIONS = delete(recs_latest).where(among(recs_latest.c.market_id))
TOUCH = (
    update(markets)
    .where(among(markets.c.market_id), markets.c.last_seen < bindparam("seen_at"))
    .values(last_seen=bindparam("seen_at"))
)
NOTE_LOOK_UP = update(markets).where(among(markets.c.market_id)).values(looked_up_at=bindparam("now"))


def write_markets(
    conn: Connection,
    batch: Sequence[Market],
    *,
    seen_at: int,
    now: int,
    current: Mapping[str, Market] | None = None,
) -> WriteCount:
    """Store markets with their outcomes; `seen_at` is when the venue's answer was read, `now` the wall clock.

    Of two versions the one with the newer `venue_updated_at` stays, inside the batch as well; the older one is dropped
    and counted, but the market counts as seen. A market that is closed keeps the fee terms stored while it was open,
    and what is known of its event where the closed record lacks it. `current` is what `read_current` said of the batch,
    where it was asked before in this transaction.
    """
    accepted = (read_current(conn, batch, now=now) if current is None else current).values()
    rows = (_market_row(market, seen_at=seen_at, now=now) for market in accepted)
    written = UPSERT_MARKETS.write(conn, rows).written
    _write_outcomes(conn, accepted, now=now)
    closed = [market.market_id for market in accepted if not market.status.is_open]
    if closed:
        _forget_scores(conn, closed)
    listed = {market.market_id for market in batch}
    if len(accepted) < len(listed):
        conn.execute(TOUCH, {"ids": ids_json(listed), "seen_at": seen_at})
    return WriteCount(written, len(batch) - written)


def read_current(conn: Connection, batch: Sequence[Market], *, now: int) -> dict[str, Market]:
    """The newest record of each market by id, by the venue's own `venue_updated_at`; none older than what is stored.

    A stored time further than a minute ahead of `now` (the wall clock) is a fault and makes nothing old.
    """
    newest: dict[str, Market] = {}
    for market in batch:
        rival = newest.get(market.market_id)
        if rival is None or not _older(market.venue_updated_at, rival.venue_updated_at):
            newest[market.market_id] = market
    stored = {row.market_id: row.venue_updated_at for row in conn.execute(READ_STORED, {"ids": ids_json(newest)})}
    return {
        market_id: market
        for market_id, market in newest.items()
        if not _older(market.venue_updated_at, stored.get(clean_text(market_id)), now)
    }


def _forget_scores(conn: Connection, market_ids: Sequence[str]) -> None:
    """A market that closes loses its row at once: until the next scoring run it would look like an opportunity."""
    ids = ids_json(market_ids)
    for statement in (DELETE_SCORES, DELETE_RECOMMENDATIONS):
        conn.execute(statement, {"ids": ids})


def note_look_up(conn: Connection, market_ids: Sequence[str], *, now: int) -> None:
    """Note that the markets were asked for by id, whether or not the venue knew them: the next look-up asks others."""
    conn.execute(NOTE_LOOK_UP, {"ids": ids_json(market_ids), "now": now})


def _older(mine: int | None, theirs: int | None, now: int | None = None) -> bool:
    """True when we know that mine is older; a stored time in the far future says nothing."""
    if mine is None or theirs is None or (now is not None and theirs > now + FUTURE_TOLERANCE_MS):
        return False
    return mine < theirs


def _market_row(market: Market, *, seen_at: int, now: int) -> tuple[Any, ...]:
    title = clean_text(market.title)
    history = [clean_text(state) for state in market.oracle_history]
    fields = {
        "market_id": clean_text(market.market_id),
        "venue": clean_text(market.venue),
        "title": title,
        "title_folded": title.casefold(),
        "category": market.category.value,
        "tags": to_json([clean_text(tag) for tag in market.tags]),
        "status": market.status.value,
        "resolved_outcome": market.resolved_outcome.value if market.resolved_outcome else None,
        "oracle_history": to_json(history),
        "disputed": _disputed(market.oracle_status, history),
        "has_tokens": market.has_tokens,
        "closed_seen": None if market.status.is_open else seen_at,
        "looked_up_at": None,
        "first_seen": seen_at,
        "last_seen": seen_at,
        "updated_at": now,
    }
    for name in ("slug", "event_slug", "event_id", "event_title", "group_title", "url", "oracle_status"):
        fields[name] = clean(getattr(market, name))
    return tuple(fields[name] if name in fields else getattr(market, name) for name in UPSERT_MARKETS.columns)


def _disputed(status: str | None, history: Sequence[str]) -> bool:
    """The status decides; only where it is missing, the last element of the history."""
    state = status if status is not None else (history[-1] if history else "")
    return state.lower() in DISPUTED_ORACLE_STATES


def _write_outcomes(conn: Connection, accepted: Iterable[Market], *, now: int) -> None:
    """Outcomes hardly ever change, so only those that did are written."""
    wanted = {
        (clean_text(market.market_id), outcome.side.value): (clean_text(outcome.label), clean(outcome.token_id) or None)
        for market in accepted
        for outcome in market.outcomes
    }
    if not wanted:
        return
    ids = ids_json({market_id for market_id, _ in wanted})
    for market_id, side, label, token_id in conn.execute(READ_OUTCOMES, {"ids": ids}):
        if wanted.get((market_id, side)) == (label, token_id):
            del wanted[market_id, side]
    UPSERT_OUTCOMES.write(conn, ((*key, *names, now) for key, names in wanted.items()))


_yes = market_outcomes.alias("yes")
_no = market_outcomes.alias("no")
CANDIDATE = and_(
    markets.c.status.in_(OPEN),
    markets.c.accepts_orders,
    markets.c.has_tokens,
    markets.c.close_time.between(bindparam("from_ms"), bindparam("to_ms")),
    or_(
        markets.c.indicative_price_yes.is_(None),
        markets.c.indicative_price_yes >= bindparam("high"),
        markets.c.indicative_price_yes <= bindparam("low"),
    ),
)
READ_CANDIDATES = (
    select(markets.c.market_id, _yes.c.token_id, _no.c.token_id)
    .join_from(markets, _yes, and_(_yes.c.market_id == markets.c.market_id, _yes.c.outcome == "YES"))
    .join(_no, and_(_no.c.market_id == markets.c.market_id, _no.c.outcome == "NO"))
    .where(CANDIDATE, markets.c.venue == bindparam("venue"))
    .order_by(markets.c.close_time, markets.c.market_id)
)
READ_UNQUOTED_CANDIDATES = READ_CANDIDATES.where(~exists().where(quotes_latest.c.market_id == markets.c.market_id))


def candidate_bounds(*, now: int, back_ms: int, ahead_ms: int, min_price: float) -> dict[str, Any]:
    """Parameters of `CANDIDATE`: the window around now and the indicative prices that let one side qualify."""
    return {
        "from_ms": now - back_ms,
        "to_ms": now + ahead_ms,
        "high": min_price - _PRICE_TOLERANCE,
        "low": 1 - min_price + _PRICE_TOLERANCE,
    }


def read_candidates(
    conn: Connection,
    *,
    venue: str,
    now: int,
    back_ms: int,
    ahead_ms: int,
    min_price: float,
    unquoted_only: bool = False,
) -> list[tuple[str, str, str]]:
    """(market_id, YES token, NO token) of the markets that are worth a quote, nearest close first.

    Open, accepting orders, two tokens, closing in [now - back, now + ahead], and one side's indicative price at least
    `min_price` $/share (or none known). `unquoted_only` leaves out those that have a quote, however old.
    """
    statement = READ_UNQUOTED_CANDIDATES if unquoted_only else READ_CANDIDATES
    bounds = candidate_bounds(now=now, back_ms=back_ms, ahead_ms=ahead_ms, min_price=min_price) | {"venue": venue}
    return [(market_id, yes, no) for market_id, yes, no in conn.execute(statement, bounds)]


READ_VANISHED = (
    select(markets.c.market_id)
    .where(
        markets.c.status.in_(OPEN),
        markets.c.venue == bindparam("venue"),
        markets.c.last_seen < bindparam("walk_started"),
    )
    .order_by(func.coalesce(markets.c.looked_up_at, 0), markets.c.market_id)
    .limit(bindparam("limit"))
)


def read_vanished(
    conn: Connection, *, venue: str, walk_started: int, end_min: int | None, end_max: int | None, limit: int
) -> list[str]:
    """Open markets of the venue that a walk begun at `walk_started` did not show, longest not asked for first.

    With bounds only those whose venue end date lies inside them: the others were not asked for.
    """
    statement = READ_VANISHED
    bounds: dict[str, Any] = {"venue": venue, "walk_started": walk_started, "limit": limit}
    if end_min is not None:
        statement = statement.where(markets.c.venue_close_time >= bindparam("end_min"))
        bounds["end_min"] = end_min
    if end_max is not None:
        statement = statement.where(markets.c.venue_close_time <= bindparam("end_max"))
        bounds["end_max"] = end_max
    return list(conn.execute(statement, bounds).scalars())


READ_UNRESOLVED = (
    select(markets.c.market_id)
    .where(markets.c.status == Status.CLOSED.value, markets.c.venue == bindparam("venue"))
    .order_by(func.coalesce(markets.c.looked_up_at, 0), markets.c.market_id)
    .limit(bindparam("limit"))
)


def read_unresolved(conn: Connection, *, venue: str, limit: int) -> list[str]:
    """Closed markets whose result is not known yet, longest not asked for first."""
    return list(conn.execute(READ_UNRESOLVED, {"venue": venue, "limit": limit}).scalars())


COUNT_OPEN = select(func.count()).select_from(markets).where(markets.c.status.in_(OPEN))


def count_open(conn: Connection) -> int:
    """Number of markets that are active or paused."""
    return conn.execute(COUNT_OPEN).scalar_one()


_outlived = or_(
    and_(markets.c.status.in_(CLOSED), markets.c.closed_seen < bindparam("before")),
    # The venue lists it no more and does not call it closed: gone without a word.
    and_(
        markets.c.status.in_(OPEN),
        or_(markets.c.close_time.is_(None), markets.c.close_time < bindparam("before")),
        markets.c.last_seen < bindparam("before"),
    ),
)
PRUNE_CLOSED = delete(markets).where(
    markets.c.market_id.in_(
        select(markets.c.market_id).where(_outlived).order_by(markets.c.market_id).limit(bindparam("limit"))
    )
)


def prune_closed(conn: Connection, *, before: int, limit: int) -> int:
    """Delete at most `limit` markets with all that belongs to them.

    Those first seen closed before `before`, and open ones that ended before it, or have no end, and have not been
    listed since.
    """
    return conn.execute(PRUNE_CLOSED, {"before": before, "limit": limit}).rowcount


READ_MARKET = select(markets).where(markets.c.market_id == bindparam("market_id"))
READ_MARKET_OUTCOMES = (
    select(market_outcomes.c.outcome, market_outcomes.c.label, market_outcomes.c.token_id)
    .where(market_outcomes.c.market_id == bindparam("market_id"))
    .order_by(market_outcomes.c.outcome.desc())
)


def read_market(conn: Connection, market_id: str) -> Mapping[str, Any] | None:
    """All columns of a market, `tags` and `oracle_history` as lists, and `outcomes`, YES first; None when unknown."""
    key = {"market_id": clean_text(market_id)}
    row = conn.execute(READ_MARKET, key).mappings().first()
    if row is None:
        return None
    found = dict(row)
    for name in ("tags", "oracle_history"):
        found[name] = msgspec.json.decode(found[name])
    found["outcomes"] = [dict(outcome) for outcome in conn.execute(READ_MARKET_OUTCOMES, key).mappings()]
    return found
