"""Rule texts and what was judged about them. Times are UTC epoch milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, bindparam, case, func, or_, select, text, update

from endgame.domain.bands import deadline_is_near, text_change
from endgame.domain.flags_json import assessment_fields
from endgame.domain.rule import Assessment, Rule, RuleContext
from endgame.domain.score import DISPUTED_ORACLE_STATES
from endgame.storage.bulk import (
    FUTURE_TOLERANCE_MS,
    Upsert,
    WriteCount,
    among,
    clean,
    clean_text,
    ids_json,
    newer,
    to_json,
)
from endgame.storage.markets import OPEN
from endgame.storage.tables import UNJUDGED, market_outcomes, markets, rules_latest

_LONGEST_WINDOW_SEC = 2**53  # beyond that a number is not exact in JSON either


@dataclass(frozen=True, slots=True)
class Waiting:
    """A text that waits for its judgement, under the key of what ought to be judged when it was stored."""

    judge_key: str
    rule: Rule
    context: RuleContext


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was judged of a text that waited; without an assessment, that it cannot be judged."""

    market_id: str
    awaited_key: str
    """The key under which it waited."""
    judge_key: str
    """The key of what was judged: a band of time may have flipped meanwhile."""
    assessment: Assessment | None


# What a judgement depends on besides the text: one list of columns and one function for all who need it, so that the
# key of a text is the same wherever it is computed.

_yes = market_outcomes.alias("yes")
_no = market_outcomes.alias("no")
_CONTEXT = (
    markets.c.market_id,
    markets.c.venue,
    markets.c.event_id,
    markets.c.title,
    _yes.c.label.label("yes_label"),
    _no.c.label.label("no_label"),
    markets.c.category,
    markets.c.open_time,
    markets.c.close_time,
    markets.c.venue_close_time,
    markets.c.game_start_time,
    markets.c.event_title,
    markets.c.group_title,
    markets.c.neg_risk,
    markets.c.oracle_status,
    markets.c.oracle_history,
    markets.c.volume_usd,
    markets.c.event_volume_usd,
)
_OF_YES = and_(_yes.c.market_id == markets.c.market_id, _yes.c.outcome == "YES")
_OF_NO = and_(_no.c.market_id == markets.c.market_id, _no.c.outcome == "NO")
READ_CONTEXTS = (
    select(*_CONTEXT)
    .select_from(markets)
    .outerjoin(_yes, _OF_YES)
    .outerjoin(_no, _OF_NO)
    .where(among(markets.c.market_id))
)
READ_DISPUTED = select(markets.c.venue, markets.c.event_id, markets.c.market_id).where(
    among(markets.c.event_id),
    or_(
        markets.c.disputed,
        *(func.lower(markets.c.oracle_history).like(f'%"{state}"%') for state in sorted(DISPUTED_ORACLE_STATES)),
    ),
)


class _Families:
    """Which markets of the events of some rows are or were disputed; one statement for all rows."""

    def __init__(self, conn: Connection, rows: Iterable[Any]) -> None:
        events = {row.event_id for row in rows if row.event_id is not None}
        self._disputed: dict[tuple[str, str], set[str]] = {}
        for venue, event_id, market_id in conn.execute(READ_DISPUTED, {"ids": ids_json(sorted(events))}):
            self._disputed.setdefault((venue, event_id), set()).add(market_id)

    def other_is_disputed(self, row: Any) -> bool | None:
        """True when a sibling of the market is or was disputed; None for a market without an event."""
        if row.event_id is None:
            return None
        return bool(self._disputed.get((row.venue, row.event_id), frozenset()) - {row.market_id})


def _context(row: Any, rule: Rule, text_changed_at: int | None, families: _Families, now: int) -> RuleContext:
    labels = (row.yes_label, row.no_label)
    deadline = row.venue_close_time if row.venue_close_time is not None else row.close_time
    return RuleContext(
        title=row.title,
        labels=None if None in labels else labels,
        category=row.category,
        open_time=row.open_time,
        close_time=row.close_time,
        venue_close_time=row.venue_close_time,
        game_start_time=row.game_start_time,
        event_title=row.event_title,
        group_title=row.group_title,
        neg_risk=row.neg_risk,
        oracle_status=row.oracle_status,
        oracle_history=tuple(msgspec.json.decode(row.oracle_history)),
        family_disputed=families.other_is_disputed(row),
        settlement_source=rule.settlement_source,
        volume_usd=row.volume_usd,
        event_volume_usd=row.event_volume_usd,
        text_change=text_change(text_changed_at, now),
        deadline_is_near=deadline_is_near(deadline, now),
        truncated=rule.truncated,
    )


_SAME_TEXT = "excluded.rule_hash = rules_latest.rule_hash"
_JUDGEMENT = (
    "definition_risk_score", "text_dispute_probability", "dispute_probability", "payoff_risk", "text_change_risk",
    "rulebook_version", "judged_key", "risk_flags", "mitigators", "rule_traits", "contributions", "bites",
    "not_judged",
)  # fmt: skip
UPSERT_RULES = Upsert(
    rules_latest,
    # Without `judged_key` a text that changes and changes back would look judged, but have no score.
    values={name: f"CASE WHEN {_SAME_TEXT} THEN rules_latest.{name} END" for name in _JUDGEMENT},
    guard=newer(rules_latest),
)
_COMPARED = ("judge_key", "rule_hash", "sense_hash", "settlement_source", "settlement_window", "truncated")
READ_STORED = select(
    rules_latest.c.market_id,
    rules_latest.c.as_of,
    rules_latest.c.has_text,
    rules_latest.c.text_changed_at,
    *(rules_latest.c[name] for name in _COMPARED),
).where(among(rules_latest.c.market_id))


def write_rules(
    conn: Connection,
    rules: Sequence[Rule],
    *,
    judge_key: Callable[[Rule, RuleContext], str],
    sense_hash: Callable[[str], str],
    now: int,
) -> WriteCount:
    """Store texts that are new or changed in any way that matters; a changed text loses its judgement.

    Their markets must be stored before. Texts that did not change are neither written nor counted. One that is older
    than the stored one, or whose market is not stored, is dropped and counted.

    Args:
        conn: a transaction that writes.
        rules: texts as they were read.
        judge_key: key of all that a judgement depends on: text, context and rulebook version.
        sense_hash: the same for two texts that read the same, whatever their quotes, case and white space.
        now: the wall clock; what a judgement sees of time hangs on it.
    """
    newest: dict[str, Rule] = {}
    for rule in rules:
        rival = newest.get(rule.market_id)
        if rival is None or rule.as_of >= rival.as_of:
            newest[rule.market_id] = rule
    ids = {"ids": ids_json(newest)}
    stored = {row.market_id: row for row in conn.execute(READ_STORED, ids)}
    found = {row.market_id: row for row in conn.execute(READ_CONTEXTS, ids)}
    families = _Families(conn, found.values())
    rows = []
    dropped = len(rules) - len(newest)
    for rule in newest.values():
        row = _rule_row(rule, now)
        known, market = stored.get(row["market_id"]), found.get(row["market_id"])
        if market is None or (known is not None and row["as_of"] < known.as_of <= now + FUTURE_TOLERANCE_MS):
            dropped += 1
            continue
        row |= _sense(rule, row, known, sense_hash)
        row["judge_key"] = judge_key(rule, _context(market, rule, row["text_changed_at"], families, now))
        if known is None or any(row[name] != getattr(known, name) for name in _COMPARED):
            rows.append(tuple(row[name] for name in UPSERT_RULES.columns))
    count = UPSERT_RULES.write(conn, rows)
    return WriteCount(count.written, count.dropped + dropped)


def _rule_row(rule: Rule, now: int) -> dict[str, Any]:
    return {
        "market_id": clean_text(rule.market_id),
        "as_of": rule.as_of,
        "has_text": not (rule.rule_text == "" or rule.rule_text.isspace()),
        "rule_hash": rule.rule_hash,
        "settlement_source": clean(rule.settlement_source),
        "settlement_window": min(max(rule.settlement_window, 0), _LONGEST_WINDOW_SEC),
        "truncated": rule.truncated,
        "updated_at": now,
        "rule_text": rule.rule_text,
        **dict.fromkeys(_JUDGEMENT),
    }


def _sense(rule: Rule, row: Mapping[str, Any], known: Any, sense_hash: Callable[[str], str]) -> dict[str, Any]:
    """How the text reads, and when that last changed. A text that comes where there was none is no change.

    A blank text has no sense: what was read before it is kept, and the next text is held against that.
    """
    before = None if known is None else known.sense_hash
    changed_at = None if known is None else known.text_changed_at
    if not row["has_text"] or (before is not None and known.rule_hash == row["rule_hash"]):
        return {"sense_hash": before, "text_changed_at": changed_at}
    sense = sense_hash(rule.rule_text)
    changed = before not in (None, sense)
    return {"sense_hash": sense, "text_changed_at": rule.as_of if changed else changed_at}


_NEAREST_FIRST = (
    case((markets.c.status.in_(OPEN), 0), else_=1),
    case((markets.c.close_time.is_(None), 1), else_=0),
    func.abs(markets.c.close_time - bindparam("now")),
    markets.c.market_id,
)
# The turn is decided by ids alone: sorting the whole backlog with its texts takes twice as long.
_next = (
    select(rules_latest.c.market_id)
    .join_from(rules_latest, markets, rules_latest.c.market_id == markets.c.market_id)
    .where(text(f"({UNJUDGED})"))  # word for word the condition of the partial index
    .order_by(*_NEAREST_FIRST)
    .limit(bindparam("limit"))
    .subquery("next")
)
READ_UNJUDGED = (
    select(
        rules_latest.c.as_of,
        rules_latest.c.judge_key,
        rules_latest.c.rule_text,
        rules_latest.c.truncated,
        rules_latest.c.settlement_source,
        rules_latest.c.text_changed_at,
        *_CONTEXT,
    )
    .join_from(_next, rules_latest, rules_latest.c.market_id == _next.c.market_id)
    .join(markets, markets.c.market_id == _next.c.market_id)
    .outerjoin(_yes, _OF_YES)
    .outerjoin(_no, _OF_NO)
    .order_by(*_NEAREST_FIRST)
)


def read_unjudged(conn: Connection, *, limit: int, max_chars: int, now: int) -> list[Waiting]:
    """Texts whose judgement is missing or out of date: open markets first, nearest close first.

    At most `limit` texts, and no more after `max_chars` characters of text: long ones come a few at a time.
    """
    found = []
    chars = 0
    result = conn.execution_options(stream_results=True, max_row_buffer=100).execute(
        READ_UNJUDGED, {"limit": limit, "now": now}
    )
    for row in result:
        found.append(row)
        chars += len(row.rule_text)
        if chars >= max_chars:
            break
    result.close()
    families = _Families(conn, found)
    return [_waiting(row, families, now) for row in found]


def _waiting(row: Any, families: _Families, now: int) -> Waiting:
    rule = Rule(
        market_id=row.market_id,
        as_of=row.as_of,
        rule_text=row.rule_text,
        settlement_source=row.settlement_source,
        truncated=row.truncated,
    )
    return Waiting(row.judge_key, rule, _context(row, rule, row.text_changed_at, families, now))


_AWAITED = and_(rules_latest.c.market_id == bindparam("id"), rules_latest.c.judge_key == bindparam("awaited"))
_JUDGED: dict[str, Any] = {
    "judge_key": bindparam("judged"),
    "judged_key": bindparam("judged"),
    "updated_at": bindparam("now"),
}
_FIGURES = (
    "definition_risk_score", "text_dispute_probability", "dispute_probability", "payoff_risk", "text_change_risk",
    "rulebook_version",
)  # fmt: skip
_LISTS = {
    "risk_flags": "risk_flags",
    "mitigators": "mitigators",
    "rule_traits": "traits",
    "contributions": "contributions",
    "bites": "bites",
    "not_judged": "not_judged",
}
"""Columns of JSON text, with the key of a judgement as plain data."""
WRITE_JUDGEMENT = (
    update(rules_latest)
    .where(_AWAITED)
    .values(_JUDGED | {name: bindparam(f"found_{name}") for name in (*_FIGURES, *_LISTS)})
)
MARK_UNJUDGEABLE = update(rules_latest).where(_AWAITED).values(_JUDGED)


def write_judgements(conn: Connection, judged: Sequence[Judgement], *, now: int) -> int:
    """Store judgements of texts that still wait under the same key; returns how many assessments were stored.

    A text that cannot be judged is not asked for again until text, context or rulebook change.
    """
    assessed = []
    failed = []
    for one in judged:
        key = {"id": clean_text(one.market_id), "awaited": one.awaited_key, "judged": one.judge_key, "now": now}
        if one.assessment is None:
            failed.append(key)
            continue
        fields = assessment_fields(one.assessment)
        key |= {f"found_{name}": fields[name] for name in _FIGURES}
        assessed.append(key | {f"found_{name}": to_json(fields[of]) for name, of in _LISTS.items()})
    if failed:
        conn.execute(MARK_UNJUDGEABLE, failed)
    return conn.execute(WRITE_JUDGEMENT, assessed).rowcount if assessed else 0


READ_RULE = select(rules_latest).where(rules_latest.c.market_id == bindparam("market_id"))


def read_rule(conn: Connection, market_id: str) -> Mapping[str, Any] | None:
    """The rule text with its judgement; what is kept as JSON comes as plain data, None until judged."""
    row = conn.execute(READ_RULE, {"market_id": clean_text(market_id)}).mappings().first()
    if row is None:
        return None
    found = dict(row)
    for name in _LISTS:
        found[name] = None if found[name] is None else msgspec.json.decode(found[name])
    return found
