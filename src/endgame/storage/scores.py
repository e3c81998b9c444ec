"""What a scoring cycle reads and writes, and what the list shows. Times are UTC epoch milliseconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Double,
    Select,
    Text,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    text,
)

from endgame.domain.columns import ScoreInputs, Scores
from endgame.domain.score import Gate
from endgame.storage.bulk import CHUNK_ROWS, FUTURE_TOLERANCE_MS, Upsert, WriteCount, clean_text, to_json
from endgame.storage.markets import CLOSED, OPEN
from endgame.storage.tables import (
    job_runs,
    market_outcomes,
    markets,
    quotes_latest,
    recs_latest,
    rules_latest,
    scores_latest,
)

# --- what a cycle reads ---------------------------------------------------------------------------------------------

_TEXTS = ("market_id", "status", "category")
_FLAGS = ("accepts_orders", "has_tokens", "disputed", "has_text")
_INPUT_ROWS = (
    select(
        *(markets.c[name] for name in (
            "market_id", "status", "category", "close_time", "game_start_time", "accepts_orders", "has_tokens",
            "fees_enabled", "fee_rate", "fee_exponent", "disputed", "indicative_price_yes",
        )),
        rules_latest.c.has_text,
        rules_latest.c.definition_risk_score,
        quotes_latest.c.as_of.label("quote_as_of"),
        *(quotes_latest.c[name] for name in (
            "yes_bid", "yes_ask", "no_bid", "no_ask", "yes_depth_usd", "no_depth_usd",
        )),
    )
    .outerjoin_from(markets, rules_latest, rules_latest.c.market_id == markets.c.market_id)
    .outerjoin(quotes_latest, quotes_latest.c.market_id == markets.c.market_id)
)  # fmt: skip
READ_SCORE_INPUTS = _INPUT_ROWS.where(
    markets.c.status.in_(OPEN), markets.c.close_time.between(bindparam("from_ms"), bindparam("to_ms"))
).with_hint(  # Left alone SQLite takes the primary key and walks through 100 MB of texts for one number each.
    rules_latest, "INDEXED BY ix_rules_latest_judged", "sqlite"
)
READ_MARKET_INPUTS = _INPUT_ROWS.where(markets.c.market_id == bindparam("market_id"))
_INPUTS = tuple(column.name for column in READ_SCORE_INPUTS.selected_columns)


def read_score_inputs(conn: Connection, *, now: int, back_ms: int, ahead_ms: int) -> ScoreInputs:
    """Open markets that close in [now - back, now + ahead] with quote and judgement, in no fixed order."""
    return _inputs(conn.execute(READ_SCORE_INPUTS, {"from_ms": now - back_ms, "to_ms": now + ahead_ms}))


def read_market_inputs(conn: Connection, market_id: str) -> ScoreInputs:
    """The same of one market, whatever its state and time; no row when it is not known."""
    return _inputs(conn.execute(READ_MARKET_INPUTS, {"market_id": clean_text(market_id)}))


def _inputs(result: Any) -> ScoreInputs:
    chunks = [[_column(name, values) for name, values in zip(_INPUTS, chunk, strict=True)] for chunk in _chunks(result)]
    columns: dict[str, Any] = {
        name: np.concatenate(parts) if parts else _column(name, ())
        for name, parts in zip(_INPUTS, zip(*chunks, strict=True) if chunks else [()] * len(_INPUTS), strict=True)
    }
    has_text = columns.pop("has_text")
    return ScoreInputs(
        **columns,
        has_rules=has_text & ~np.isnan(columns["definition_risk_score"]),
        has_quote=~np.isnan(columns["quote_as_of"]),
    )


def _chunks(result: Any) -> Iterator[list[tuple[Any, ...]]]:
    """Columns of one chunk of rows after the other, straight from the driver: no row objects in between."""
    while rows := result.cursor.fetchmany(CHUNK_ROWS):
        yield list(zip(*rows, strict=True))


def _column(name: str, values: Sequence[Any]) -> np.ndarray[Any, Any]:
    if name in _TEXTS:
        return np.array(values, dtype=np.object_)
    return np.array(values, dtype=np.bool_ if name in _FLAGS else np.float64)  # None becomes False or NaN


# --- what a cycle writes --------------------------------------------------------------------------------------------

_TERMS = {
    "yield_velocity": "term_yield_velocity",
    "net_yield": "term_net_yield",
    "liquidity": "term_liquidity",
    "definition_risk": "term_definition_risk",
    "staleness": "term_staleness",
}
_WHOLE_NUMBERS = ("t_remaining_sec", "quote_as_of")
# Open markets were read a moment ago and only long closed ones are ever deleted, so no row can be an orphan.
UPSERT_SCORES = Upsert(scores_latest, skip_orphans=False)
UPSERT_RECOMMENDATIONS = Upsert(recs_latest, skip_orphans=False)

# Two scorers may overlap for a moment when a standby takes over: the second waits, then sees what the first stored.
LOCK_SCORES = text("SELECT pg_advisory_xact_lock(1162757959, 1)")
READ_STORED_RUN = select(scores_latest.c.as_of).limit(1)  # all rows are of one run
DELETE_OTHER_SCORES = delete(scores_latest).where(scores_latest.c.as_of != bindparam("as_of"))
DELETE_OTHER_RECOMMENDATIONS = delete(recs_latest).where(recs_latest.c.as_of != bindparam("as_of"))
_closed_meanwhile = select(markets.c.market_id).where(
    markets.c.status.in_(CLOSED), markets.c.closed_seen >= bindparam("since")
)
DELETE_CLOSED_SCORES = delete(scores_latest).where(scores_latest.c.market_id.in_(_closed_meanwhile))
DELETE_CLOSED_RECOMMENDATIONS = delete(recs_latest).where(recs_latest.c.market_id.in_(_closed_meanwhile))
_LONGEST_RUN_MS = 600_000
COPY_FACTS = text("""
    UPDATE recs_latest SET
        (category, title_folded) = (
            SELECT category, title_folded FROM markets WHERE markets.market_id = recs_latest.market_id),
        risk_flags = COALESCE(
            (SELECT risk_flags FROM rules_latest WHERE rules_latest.market_id = recs_latest.market_id), '[]'),
        has_flags = COALESCE(
            (SELECT risk_flags <> '[]' FROM rules_latest WHERE rules_latest.market_id = recs_latest.market_id), FALSE)
""")


def lock_scores(conn: Connection) -> None:
    """Let no other run be written until this transaction ends; what is read after it is the last word."""
    if conn.dialect.name == "postgresql":  # on SQLite a transaction that writes is alone anyway
        conn.execute(LOCK_SCORES)


def write_scores(conn: Connection, scores: Scores, notes: Mapping[str, Sequence[str]], *, now: int) -> WriteCount:
    """Replace all scores and recommendations by those of this run.

    `notes` are the short reasons of each opportunity, by market_id. The flags of a recommendation are those that the
    rule text has at this moment. A run that is older than the stored one writes nothing and is dropped as a whole.
    """
    lock_scores(conn)
    stored = conn.execute(READ_STORED_RUN).scalar()
    if stored is not None and scores.as_of < stored <= now + FUTURE_TOLERANCE_MS:
        return WriteCount(0, len(scores))
    count = UPSERT_SCORES.write(conn, _score_rows(scores, now))
    conn.execute(DELETE_OTHER_SCORES, {"as_of": scores.as_of})
    UPSERT_RECOMMENDATIONS.write(conn, _recommendation_rows(scores, notes, now))
    conn.execute(DELETE_OTHER_RECOMMENDATIONS, {"as_of": scores.as_of})
    for statement in (DELETE_CLOSED_SCORES, DELETE_CLOSED_RECOMMENDATIONS):  # they closed after the run had read them
        conn.execute(statement, {"since": scores.as_of - _LONGEST_RUN_MS})
    conn.execute(COPY_FACTS)
    return count


def _score_rows(scores: Scores, now: int) -> Iterator[tuple[Any, ...]]:
    fixed = {"as_of": scores.as_of, "updated_at": now}
    for start in range(0, len(scores), CHUNK_ROWS):
        piece = slice(start, min(start + CHUNK_ROWS, len(scores)))
        size = piece.stop - piece.start
        columns: list[Iterable[Any]] = []
        for name in UPSERT_SCORES.columns:
            if name in fixed:
                columns.append([fixed[name]] * size)
            elif name == "score_breakdown":
                columns.append(_breakdowns(scores, piece))
            else:
                columns.append(_plain(getattr(scores, name)[piece], whole=name in _WHOLE_NUMBERS))
        yield from zip(*columns, strict=True)


def _plain(values: np.ndarray[Any, Any], *, whole: bool = False) -> list[Any]:
    """Python values of a column, NaN as None; whole numbers as int."""
    if values.dtype != np.float64:
        plain: list[Any] = values.tolist()
        return plain
    known = np.isfinite(values)
    if known.all():
        return (values.astype(np.int64) if whole else values).tolist()  # type: ignore[no-any-return]
    found = np.full(len(values), None, dtype=np.object_)
    found[known] = values[known].astype(np.int64) if whole else values[known]
    return found.tolist()


def _breakdowns(scores: Scores, piece: slice) -> list[str | None]:
    """The weighted terms as JSON where all of them are known."""
    terms = np.column_stack([getattr(scores, name)[piece] for name in _TERMS.values()])
    found: list[str | None] = [None] * len(terms)
    for index in np.flatnonzero(np.isfinite(terms).all(axis=1)).tolist():
        values = zip(_TERMS, terms[index].tolist(), strict=True)
        found[index] = "{" + ",".join(f'"{name}":{value!r}' for name, value in values) + "}"
    return found


_COPIED = {"category": "", "title_folded": "", "has_flags": False, "risk_flags": "[]"}
"""Columns of a recommendation that COPY_FACTS fills in."""


def _recommendation_rows(scores: Scores, notes: Mapping[str, Sequence[str]], now: int) -> Iterator[tuple[Any, ...]]:
    found = np.flatnonzero(scores.is_opportunity)
    columns: list[Iterable[Any]] = []
    for name in UPSERT_RECOMMENDATIONS.columns:
        if name == "notes":
            columns.append(
                [to_json([clean_text(note) for note in notes.get(key, ())]) for key in scores.market_id[found]]
            )
        elif name in _COPIED:
            columns.append([_COPIED[name]] * len(found))
        elif name in (fixed := {"as_of": scores.as_of, "expected_payout": 1.0, "updated_at": now}):
            columns.append([fixed[name]] * len(found))
        else:
            columns.append(_plain(getattr(scores, name)[found], whole=name in _WHOLE_NUMBERS))
    yield from zip(*columns, strict=True)


# --- what the list shows --------------------------------------------------------------------------------------------

SORT_COLUMNS = ("overall_score", "net_yield", "yield_velocity", "apr", "t_remaining_sec", "risk_score")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunityQuery:
    """Filters and order of a list. Bounds are inclusive; None means no filter.

    `sort` is one of `SORT_COLUMNS`; ties are broken by ascending market_id in both directions. A row whose quote was
    read before `min_quote_as_of` (epoch ms) is left out. `q` is a substring of the title, in any case.
    """

    min_score: float | None = None
    max_t_remaining_sec: float | None = None
    min_t_remaining_sec: float | None = None
    max_risk_score: float | None = None
    min_net_yield: float | None = None
    side: str | None = None
    category: str | None = None
    has_flags: bool | None = None
    q: str | None = None
    sort: str = "overall_score"
    descending: bool = True
    min_quote_as_of: int = 0


_ITEM_COLUMNS: tuple[Any, ...] = (
    scores_latest,
    *(markets.c[name] for name in (
        "venue", "title", "slug", "url", "category", "event_id", "event_title", "close_time",
    )),
    market_outcomes.c.label.label("outcome_label"),
    recs_latest.c.max_position_pct,
    recs_latest.c.risk_flags,
    recs_latest.c.notes,
)  # fmt: skip
_JSON = ("score_breakdown", "risk_flags", "notes")


def page_opportunities(
    conn: Connection, query: OpportunityQuery, *, after: tuple[float, str] | None, limit: int
) -> list[Mapping[str, Any]]:
    """The next `limit` opportunities in the order of the query, after the row with this (sort value, market_id).

    A row has every column of its score, of its market what an item shows, `outcome_label`, `max_position_pct`, and
    `score_breakdown`, `risk_flags`, `notes` as plain data.
    """
    statement, values = page_statement(query, after=after, limit=limit)
    result = conn.execute(statement, values)
    names = tuple(result.keys())
    rows = result.cursor.fetchall()  # straight from the driver: no row objects in between
    result.close()
    return [_decoded(dict(zip(names, row, strict=True))) for row in rows]


def count_opportunities(conn: Connection, query: OpportunityQuery) -> tuple[int, int | None]:
    """How many opportunities the query finds, and the oldest `quote_as_of` among them."""
    statement, values = count_statement(query)
    row = conn.execute(statement, values).one()
    return row[0], row[1]


def page_statement(
    query: OpportunityQuery, *, after: tuple[float, str] | None, limit: int
) -> tuple[Select[*tuple[Any, ...]], dict[str, Any]]:
    """The statement of `page_opportunities` and its values."""
    if query.sort not in SORT_COLUMNS:
        raise ValueError(f"sort {query.sort!r} is not one of {', '.join(SORT_COLUMNS)}")
    values = _filter_values(query) | {"limit": limit}
    if after is not None:
        values |= {"after_value": after[0], "after_id": clean_text(after[1])}
    return _page_shape(tuple(_filter_values(query)), query.sort, query.descending, after is not None), values


def count_statement(query: OpportunityQuery) -> tuple[Select[*tuple[Any, ...]], dict[str, Any]]:
    """The statement of `count_opportunities` and its values."""
    values = _filter_values(query)
    return _count_shape(tuple(values)), values


_rec = recs_latest.c
_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "min_quote_as_of": _rec.quote_as_of >= bindparam("min_quote_as_of", type_=BigInteger()),
    "min_score": _rec.overall_score >= bindparam("min_score", type_=Double()),
    "max_t_remaining_sec": _rec.t_remaining_sec <= bindparam("max_t_remaining_sec", type_=Double()),
    "min_t_remaining_sec": _rec.t_remaining_sec >= bindparam("min_t_remaining_sec", type_=Double()),
    "max_risk_score": _rec.risk_score <= bindparam("max_risk_score", type_=Double()),
    "min_net_yield": _rec.net_yield >= bindparam("min_net_yield", type_=Double()),
    "side": _rec.recommended_side == bindparam("side"),
    "category": _rec.category == bindparam("category"),
    "has_flags": _rec.has_flags == bindparam("has_flags"),
    "q": _rec.title_folded.like(bindparam("q"), escape="/"),
}


def _filter_values(query: OpportunityQuery) -> dict[str, Any]:
    """Values of the conditions that the query asks for."""
    values = {name: getattr(query, name) for name in _CONDITIONS if getattr(query, name) is not None}
    for name in ("side", "category"):
        if name in values:
            values[name] = clean_text(values[name])
    if "q" in values:
        wanted = clean_text(values["q"]).casefold()
        for special in "/%_":  # the escape itself first
            wanted = wanted.replace(special, f"/{special}")
        values["q"] = f"%{wanted}%"
    return values


# To put a statement together takes as long as to run it, so each shape is made once.
@lru_cache(maxsize=1_024)
def _page_shape(filters: tuple[str, ...], sorted_by: str, descending: bool, goes_on: bool) -> Select[*tuple[Any, ...]]:
    sort = _rec[sorted_by]
    # The rows of the page are found among the narrow recommendations; only these few are then looked up elsewhere.
    chosen = select(_rec.market_id, sort.label("sort")).where(*(_CONDITIONS[name] for name in filters))
    if goes_on:
        value: ColumnElement[float] = bindparam("after_value", type_=Double())
        market_id: ColumnElement[str] = bindparam("after_id", type_=Text())
        beyond, reach = (sort < value, sort <= value) if descending else (sort > value, sort >= value)
        # `reach` says nothing new, but lets the index begin at the cursor.
        chosen = chosen.where(reach, or_(beyond, _rec.market_id > market_id))
    order = sort.desc() if descending else sort.asc()
    page = chosen.order_by(order, _rec.market_id).limit(bindparam("limit", type_=BigInteger())).subquery("page")
    return (
        select(*_ITEM_COLUMNS)
        .join_from(page, scores_latest, scores_latest.c.market_id == page.c.market_id)
        .join(markets, markets.c.market_id == page.c.market_id)
        .join(recs_latest, _rec.market_id == page.c.market_id)
        .outerjoin(
            market_outcomes,
            and_(
                market_outcomes.c.market_id == page.c.market_id,
                market_outcomes.c.outcome == scores_latest.c.recommended_side,
            ),
        )
        .order_by(page.c.sort.desc() if descending else page.c.sort.asc(), page.c.market_id)
    )


@lru_cache(maxsize=1_024)
def _count_shape(filters: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    counted = select(func.count(), func.min(_rec.quote_as_of)).select_from(recs_latest)
    return counted.where(*(_CONDITIONS[name] for name in filters))


def _decoded(found: dict[str, Any]) -> dict[str, Any]:
    if "fee_assumed" in found:
        found["fee_assumed"] = bool(found["fee_assumed"])  # SQLite keeps 0 and 1
    for name in _JSON:
        if found.get(name) is not None:
            found[name] = msgspec.json.decode(found[name])
    return found


READ_SCORE = select(scores_latest).where(scores_latest.c.market_id == bindparam("market_id"))
READ_RECOMMENDATION = select(recs_latest).where(recs_latest.c.market_id == bindparam("market_id"))


def read_score(conn: Connection, market_id: str) -> Mapping[str, Any] | None:
    """The score row with `score_breakdown` as a dict (None where not computable); None without a row."""
    row = conn.execute(READ_SCORE, {"market_id": clean_text(market_id)}).mappings().first()
    return None if row is None else _decoded(dict(row))


def read_recommendation(conn: Connection, market_id: str) -> Mapping[str, Any] | None:
    """The recommendation with `risk_flags` and `notes` as lists; None for a market that is no opportunity."""
    row = conn.execute(READ_RECOMMENDATION, {"market_id": clean_text(market_id)}).mappings().first()
    return None if row is None else _decoded(dict(row))


# --- the funnel -----------------------------------------------------------------------------------------------------

OPPORTUNITY = "OPPORTUNITY"
_remaining = markets.c.close_time - bindparam("now")
READ_FUNNEL = (
    select(
        case(
            (scores_latest.c.market_id.is_not(None), func.coalesce(scores_latest.c.gate, OPPORTUNITY)),
            (markets.c.status != OPEN[0], Gate.NOT_ACTIVE.value),
            (markets.c.close_time.is_(None), Gate.NO_CLOSE_TIME.value),
            (_remaining < 0, Gate.OVERDUE.value),
            (_remaining < bindparam("min_t_ms"), Gate.CLOSES_TOO_SOON.value),
            (_remaining > bindparam("max_t_ms"), Gate.CLOSES_TOO_LATE.value),
            else_=Gate.NO_QUOTE.value,
        ).label("gate"),
        func.count(),
    )
    .outerjoin_from(markets, scores_latest, scores_latest.c.market_id == markets.c.market_id)
    .where(markets.c.status.in_(OPEN))
    .group_by(text("1"))
)


def read_funnel(
    conn: Connection,
    *,
    now: int,
    back_ms: int,
    ahead_ms: int,
    min_t_ms: int = 3_600_000,
    max_t_ms: int | None = None,
) -> dict[str, int]:
    """How many open markets stopped at each gate (every gate has a number), and `OPPORTUNITY`.

    A market without a score row, because it lies outside [now - back, now + ahead] or is new, is counted by its
    status and time: `min_t_ms` and `max_t_ms` (default: `ahead_ms`) are the bounds of the remaining time; one that
    these do not decide has not been quoted yet. A long read on a large database: use the bulk lane and keep the answer.
    """
    bounds = {"now": now, "min_t_ms": min_t_ms, "max_t_ms": ahead_ms if max_t_ms is None else max_t_ms}
    counts = dict.fromkeys((*(gate.value for gate in Gate), OPPORTUNITY), 0)
    for gate, number in conn.execute(READ_FUNNEL, bounds):
        counts[gate] = number
    return counts


# --- what is almost listed ------------------------------------------------------------------------------------------

_score = scores_latest.c
_in_band = _score.entry_price.between(
    bindparam("min_entry_price", type_=Double()), bindparam("max_entry_price", type_=Double())
)
_distance = case(
    (
        (_score.gate == Gate.BELOW_PRICE_BAND.value),
        bindparam("min_entry_price", type_=Double()) - _score.entry_price,
    ),
    (
        (_score.gate == Gate.ABOVE_PRICE_BAND.value),
        _score.entry_price - bindparam("max_entry_price", type_=Double()),
    ),
    (
        (_score.gate == Gate.NO_NET_YIELD.value),
        bindparam("min_net_yield", type_=Double()) - _score.net_yield,
    ),
    ((_score.gate == Gate.STUB_BOOK.value) & _in_band, _score.spread - bindparam("max_spread", type_=Double())),
    (
        (_score.gate == Gate.CLOSES_TOO_LATE.value) & _in_band,
        _score.t_remaining_sec / bindparam("max_t_remaining_sec", type_=Double()) - 1,
    ),
    (
        (_score.gate == Gate.STALE_QUOTE.value) & _in_band,
        _score.staleness_sec / bindparam("quote_stale_max_sec", type_=Double()) - 1,
    ),
    ((_score.gate == Gate.DISPUTED.value) & _in_band, 1.0),
)
_near = (
    select(_score.market_id, _distance.label("distance"))
    .where(_score.gate.is_not(None), _distance >= 0)
    .order_by(text("distance"), _score.market_id)
    .limit(bindparam("limit", type_=BigInteger()))
    .subquery("near")
)
READ_NEAREST = (
    select(
        _near.c.distance,
        *(_score[name] for name in (
            "market_id", "gate", "recommended_side", "entry_price", "spread", "net_yield", "t_remaining_sec",
            "staleness_sec",
        )),
        *(markets.c[name] for name in ("title", "url", "category", "close_time")),
        market_outcomes.c.label.label("outcome_label"),
    )
    .join_from(_near, scores_latest, _score.market_id == _near.c.market_id)
    .join(markets, markets.c.market_id == _near.c.market_id)
    .outerjoin(
        market_outcomes,
        and_(
            market_outcomes.c.market_id == _near.c.market_id,
            market_outcomes.c.outcome == _score.recommended_side,
        ),
    )
    .order_by(_near.c.distance, _near.c.market_id)
)  # fmt: skip


def read_nearest(conn: Connection, bounds: Mapping[str, float], limit: int) -> list[Mapping[str, Any]]:
    """Markets that one gate keeps out and that a small change would let in, the smallest change first.

    `bounds` by setting name; `distance` is how far the figure of the gate lies beyond its bound, in $/share for
    prices, relative to the bound for times, 1 for a dispute. Scans the scores of one run: use the bulk lane.
    """
    names = (
        "min_entry_price", "max_entry_price", "min_net_yield", "max_spread", "max_t_remaining_sec",
        "quote_stale_max_sec",
    )  # fmt: skip
    values = {name: float(bounds[name]) for name in names}
    return [dict(row) for row in conn.execute(READ_NEAREST, values | {"limit": limit}).mappings()]


# --- the run --------------------------------------------------------------------------------------------------------

READ_SCORE_RUN = select(job_runs.c.counts).where(job_runs.c.job == "score")


def read_score_run(conn: Connection) -> int | None:
    """`as_of` of the latest scoring run, as its job recorded it with the rows; None before the first."""
    counts = conn.execute(READ_SCORE_RUN).scalar()
    as_of = msgspec.json.decode(counts).get("as_of") if counts else None
    return None if as_of is None else int(as_of)
