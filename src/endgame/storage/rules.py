"""Rule texts and what was judged about them. Times are UTC epoch milliseconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, bindparam, case, func, select, text, update

from endgame.domain.flags_json import flags_to_json
from endgame.domain.rule import Assessment, Rule, RuleContext
from endgame.storage.bulk import FUTURE_TOLERANCE_MS, Upsert, WriteCount, among, clean, clean_text, ids_json, newer
from endgame.storage.markets import OPEN
from endgame.storage.tables import UNJUDGED, market_outcomes, markets, rules_latest

_LONGEST_WINDOW_SEC = 2**53  # beyond that a number is not exact in JSON either


@dataclass(frozen=True, slots=True)
class RuleWrite:
    """A rule text with the key of what ought to be judged: text, context and rulebook version."""

    rule: Rule
    judge_key: str


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A text that waits for its judgement."""

    market_id: str
    judge_key: str
    rule_text: str
    truncated: bool
    context: RuleContext


_SAME_TEXT = "excluded.rule_hash = rules_latest.rule_hash"
_JUDGEMENT = ("definition_risk_score", "risk_flags", "mitigators", "rulebook_version", "judged_key")
UPSERT_RULES = Upsert(
    rules_latest,
    # Without `judged_key` a text that changes and changes back would look judged, but have no score.
    values={name: f"CASE WHEN {_SAME_TEXT} THEN rules_latest.{name} END" for name in _JUDGEMENT},
    guard=newer(rules_latest),
)
_COMPARED = ("judge_key", "rule_hash", "settlement_source", "settlement_window", "truncated")
READ_STORED = select(
    rules_latest.c.market_id, rules_latest.c.as_of, *(rules_latest.c[name] for name in _COMPARED)
).where(among(rules_latest.c.market_id))


def write_rules(conn: Connection, rules: Sequence[RuleWrite], *, now: int) -> WriteCount:
    """Store texts that are new or changed in any way that matters; a changed text loses its judgement.

    Texts that did not change are neither written nor counted. One that is older than the stored one, or whose market
    is not stored, is dropped and counted.
    """
    newest: dict[str, RuleWrite] = {}
    for item in rules:
        rival = newest.get(item.rule.market_id)
        if rival is None or item.rule.as_of >= rival.rule.as_of:
            newest[item.rule.market_id] = item
    stored = {row.market_id: row for row in conn.execute(READ_STORED, {"ids": ids_json(newest)})}
    rows = []
    dropped = len(rules) - len(newest)
    for item in newest.values():
        row = _rule_row(item, now)
        known = stored.get(row["market_id"])
        if known is not None and row["as_of"] < known.as_of <= now + FUTURE_TOLERANCE_MS:
            dropped += 1
        elif known is None or any(row[name] != getattr(known, name) for name in _COMPARED):
            rows.append(tuple(row[name] for name in UPSERT_RULES.columns))
    count = UPSERT_RULES.write(conn, rows)
    return WriteCount(count.written, count.dropped + dropped)


def _rule_row(item: RuleWrite, now: int) -> dict[str, Any]:
    rule = item.rule
    return {
        "market_id": clean_text(rule.market_id),
        "as_of": rule.as_of,
        "has_text": not (rule.rule_text == "" or rule.rule_text.isspace()),
        "rule_hash": rule.rule_hash,
        "settlement_source": clean(rule.settlement_source),
        "settlement_window": min(max(rule.settlement_window, 0), _LONGEST_WINDOW_SEC),
        "truncated": rule.truncated,
        "judge_key": item.judge_key,
        "updated_at": now,
        "rule_text": rule.rule_text,
        **dict.fromkeys(_JUDGEMENT),
    }


_yes = market_outcomes.alias("yes")
_no = market_outcomes.alias("no")
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
        rules_latest.c.market_id,
        rules_latest.c.judge_key,
        rules_latest.c.rule_text,
        rules_latest.c.truncated,
        rules_latest.c.settlement_source,
        markets.c.title,
        _yes.c.label.label("yes_label"),
        _no.c.label.label("no_label"),
        markets.c.category,
        markets.c.close_time,
        markets.c.venue_close_time,
        markets.c.event_title,
        markets.c.neg_risk,
        markets.c.oracle_status,
        markets.c.oracle_history,
    )
    .join_from(_next, rules_latest, rules_latest.c.market_id == _next.c.market_id)
    .join(markets, markets.c.market_id == _next.c.market_id)
    .outerjoin(_yes, and_(_yes.c.market_id == _next.c.market_id, _yes.c.outcome == "YES"))
    .outerjoin(_no, and_(_no.c.market_id == _next.c.market_id, _no.c.outcome == "NO"))
    .order_by(*_NEAREST_FIRST)
)


def read_unjudged(conn: Connection, *, limit: int, max_chars: int, now: int) -> list[Unjudged]:
    """Texts whose judgement is missing or out of date: open markets first, nearest close first.

    At most `limit` texts, and no more after `max_chars` characters of text: long ones come a few at a time.
    """
    found: list[Unjudged] = []
    chars = 0
    result = conn.execution_options(stream_results=True, max_row_buffer=100).execute(
        READ_UNJUDGED, {"limit": limit, "now": now}
    )
    for row in result:
        found.append(Unjudged(row.market_id, row.judge_key, row.rule_text, row.truncated, _context(row)))
        chars += len(row.rule_text)
        if chars >= max_chars:
            break
    result.close()
    return found


def _context(row: Any) -> RuleContext:
    labels = (row.yes_label, row.no_label)
    return RuleContext(
        title=row.title,
        labels=None if None in labels else labels,
        category=row.category,
        close_time=row.close_time,
        venue_close_time=row.venue_close_time,
        event_title=row.event_title,
        neg_risk=row.neg_risk,
        oracle_status=row.oracle_status,
        oracle_history=tuple(msgspec.json.decode(row.oracle_history)),
        settlement_source=row.settlement_source,
        truncated=row.truncated,
    )


WRITE_JUDGEMENT = (
    update(rules_latest)
    .where(rules_latest.c.market_id == bindparam("id"), rules_latest.c.judge_key == bindparam("key"))
    .values(
        definition_risk_score=bindparam("score"),
        risk_flags=bindparam("flags"),
        mitigators=bindparam("relief"),
        rulebook_version=bindparam("version"),
        judged_key=bindparam("key"),
        updated_at=bindparam("now"),
    )
)


def write_judgements(conn: Connection, judged: Sequence[tuple[str, str, Assessment]], *, now: int) -> int:
    """Store (market_id, judge_key, assessment) where that key is still the one to be judged; returns how many were."""
    if not judged:
        return 0
    rows = [
        {
            "id": clean_text(market_id),
            "key": judge_key,
            "score": assessment.definition_risk_score,
            "flags": flags_to_json(assessment.flags),
            "relief": flags_to_json(assessment.mitigators),
            "version": assessment.rulebook_version,
            "now": now,
        }
        for market_id, judge_key, assessment in judged
    ]
    return conn.execute(WRITE_JUDGEMENT, rows).rowcount


MARK_UNJUDGEABLE = (
    update(rules_latest)
    .where(rules_latest.c.market_id == bindparam("id"), rules_latest.c.judge_key == bindparam("key"))
    .values(judged_key=bindparam("key"), updated_at=bindparam("now"))
)


def mark_unjudgeable(conn: Connection, failed: Sequence[tuple[str, str]], *, now: int) -> None:
    """Note that (market_id, judge_key) could not be judged: not asked for again until text, context or rules change."""
    if failed:
        rows = [{"id": clean_text(market_id), "key": judge_key, "now": now} for market_id, judge_key in failed]
        conn.execute(MARK_UNJUDGEABLE, rows)


READ_RULE = select(rules_latest).where(rules_latest.c.market_id == bindparam("market_id"))


def read_rule(conn: Connection, market_id: str) -> Mapping[str, Any] | None:
    """The rule text with its judgement; `risk_flags` and `mitigators` are lists, or None until judged."""
    row = conn.execute(READ_RULE, {"market_id": clean_text(market_id)}).mappings().first()
    if row is None:
        return None
    found = dict(row)
    for name in ("risk_flags", "mitigators"):
        found[name] = None if found[name] is None else msgspec.json.decode(found[name])
    return found
