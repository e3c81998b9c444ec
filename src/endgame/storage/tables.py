"""The schema, once for both databases.

Times are UTC epoch milliseconds, prices $/share; every key starts with market_id.

`migrations/` builds exactly this; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    MetaData,
    Table,
    Text,
    text,
)

SCHEMA = MetaData()


# Byte order on both databases, so that ties are broken alike whatever the server's locale; it is the fastest, too.
_Id = Text().with_variant(Text(collation="C"), "postgresql")


def _owned(name: str) -> Column[str]:
    return Column(name, _Id, ForeignKey("markets.market_id", ondelete="CASCADE"), primary_key=True)


markets = Table(
    "markets",
    SCHEMA,
    Column("market_id", _Id, primary_key=True),
    Column("venue", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("title_folded", Text, nullable=False),  # case-folded, so that search means the same on both databases
    Column("slug", Text),
    Column("event_slug", Text),
    Column("event_id", Text),
    Column("event_title", Text),
    Column("category", Text, nullable=False),
    Column("tags", Text, nullable=False),  # JSON array of slugs
    Column("status", Text, nullable=False),
    Column("accepts_orders", Boolean, nullable=False),
    Column("open_time", BigInteger),
    Column("close_time", BigInteger),
    Column("venue_close_time", BigInteger),
    Column("game_start_time", BigInteger),
    Column("resolved_time", BigInteger),
    Column("resolved_outcome", Text),
    Column("url", Text),
    Column("neg_risk", Boolean, nullable=False),
    Column("tick_size", Double),
    Column("min_order_size", Double),
    Column("fee_rate", Double),
    Column("fee_exponent", Double),
    Column("fees_enabled", Boolean),
    Column("oracle_status", Text),
    Column("oracle_history", Text, nullable=False),  # JSON array
    Column("disputed", Boolean, nullable=False),  # derived from the two above when written
    Column("has_tokens", Boolean, nullable=False),  # both sides can be asked for a book
    Column("indicative_price_yes", Double),
    Column("volume_usd", Double),
    Column("liquidity_usd", Double),
    Column("venue_updated_at", BigInteger),
    Column("closed_seen", BigInteger),  # when we first saw it closed: retention counts from here
    Column("looked_up_at", BigInteger),  # when it was last asked for by id: look-ups take turns by this
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("group_title", Text),  # the last two came with r0002: a column is added at the end
    Column("event_volume_usd", Double),
    Index("ix_markets_status_close_time", "status", "close_time"),
    Index("ix_markets_event_id", "event_id"),  # the family of a market
    Index("ix_markets_closed_seen", "closed_seen"),
)

market_outcomes = Table(
    "market_outcomes",
    SCHEMA,
    _owned("market_id"),
    Column("outcome", Text, primary_key=True),  # YES or NO
    Column("label", Text, nullable=False),
    Column("token_id", Text),
    Column("updated_at", BigInteger, nullable=False),
)

quotes_latest = Table(
    "quotes_latest",
    SCHEMA,
    _owned("market_id"),
    Column("as_of", BigInteger, nullable=False),
    Column("book_time", BigInteger),
    Column("yes_bid", Double),
    Column("yes_ask", Double),
    Column("no_bid", Double),
    Column("no_ask", Double),
    Column("spread_yes", Double),
    Column("spread_no", Double),
    Column("mid_yes", Double),
    Column("mid_no", Double),
    Column("yes_bid_size", Double),
    Column("yes_ask_size", Double),
    Column("no_bid_size", Double),
    Column("no_ask_size", Double),
    Column("yes_depth_usd", Double, nullable=False),
    Column("no_depth_usd", Double, nullable=False),
    Column("asks_yes", Text, nullable=False),  # JSON [[price, size], ...], best first, at most ten
    Column("asks_no", Text, nullable=False),
    Column("quote_source", Text, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index("ix_quotes_latest_as_of", "as_of"),
)

quotes_5m = Table(
    "quotes_5m",
    SCHEMA,
    _owned("market_id"),
    Column("bucket_start", BigInteger, primary_key=True),
    Column("as_of", BigInteger, nullable=False),
    Column("yes_bid", Double),
    Column("yes_ask", Double),
    Column("no_bid", Double),
    Column("no_ask", Double),
    Column("updated_at", BigInteger, nullable=False),
    Index("ix_quotes_5m_bucket_start", "bucket_start"),
)

UNJUDGED = "judged_key IS NULL OR judged_key <> judge_key"

rules_latest = Table(
    "rules_latest",
    SCHEMA,
    _owned("market_id"),
    Column("as_of", BigInteger, nullable=False),
    Column("has_text", Boolean, nullable=False),  # the text has a character that is not white space
    Column("rule_hash", Text, nullable=False),
    Column("settlement_source", Text),
    Column("settlement_window", BigInteger, nullable=False),
    Column("truncated", Boolean, nullable=False),
    Column("sense_hash", Text),  # of the last text that was not blank; null until a walk has seen one
    Column("text_changed_at", BigInteger),  # last change of sense; null if never
    Column("definition_risk_score", Double),  # null until judged, and again when the text changes
    Column("text_dispute_probability", Double),
    Column("dispute_probability", Double),
    Column("payoff_risk", Double),
    Column("text_change_risk", Double),
    Column("rulebook_version", Text),
    Column("judge_key", Text, nullable=False),  # text + context + rulebook that ought to be judged
    Column("judged_key", Text),  # what was judged last
    Column("updated_at", BigInteger, nullable=False),
    Column("risk_flags", Text),  # JSON array of flags
    Column("mitigators", Text),  # JSON array of flags
    Column("rule_traits", Text),  # JSON array of flags
    Column("contributions", Text),  # JSON [{code, log_odds}]
    Column("bites", Text),  # JSON {YES: [code], NO: [code]}
    Column("not_judged", Text),  # JSON [{code, missing: [name]}]
    Column("rule_text", Text, nullable=False),  # last: SQLite walks through a long text to reach what follows it
    # The scoring read takes all it needs from this index instead of walking through the texts.
    Index("ix_rules_latest_judged", "market_id", "has_text", "definition_risk_score"),
    Index("ix_rules_latest_unjudged", "market_id", sqlite_where=text(UNJUDGED), postgresql_where=text(UNJUDGED)),
)

scores_latest = Table(
    "scores_latest",
    SCHEMA,
    _owned("market_id"),
    Column("as_of", BigInteger, nullable=False),
    Column("gate", Text),  # null for an opportunity
    Column("recommended_side", Text, nullable=False),
    Column("t_remaining_sec", BigInteger),
    Column("entry_price", Double),
    Column("gross_yield", Double),
    Column("fee_bps", Double),
    Column("fee_assumed", Boolean, nullable=False),
    Column("net_yield", Double),
    Column("yield_velocity", Double),
    Column("roi", Double),
    Column("apr", Double),
    Column("liquidity_score", Double),
    Column("depth_usd", Double),
    Column("staleness_sec", Double),
    Column("staleness_penalty", Double),
    Column("definition_risk_score", Double),
    Column("risk_score", Double),
    Column("overall_score", Double),
    Column("score_breakdown", Text),  # JSON object: the five weighted terms
    Column("quote_as_of", BigInteger),
    Column("bid", Double),
    Column("ask", Double),
    Column("spread", Double),
    Column("yes_bid", Double),
    Column("yes_ask", Double),
    Column("no_bid", Double),
    Column("no_ask", Double),
    Column("updated_at", BigInteger, nullable=False),
)
# No index beyond the key: every row gets a new remaining time with every run, and an index on a column that changes
# costs Postgres a new entry in *each* index of the table (no HOT update) and SQLite one more tree.

# One narrow row per opportunity. The list is filtered, sorted and counted here alone: an order of magnitude faster
# than among the scores of all markets.
recs_latest = Table(
    "recs_latest",
    SCHEMA,
    _owned("market_id"),
    Column("as_of", BigInteger, nullable=False),
    Column("recommended_side", Text, nullable=False),
    Column("entry_price", Double, nullable=False),
    Column("expected_payout", Double, nullable=False),
    Column("max_position_pct", Double, nullable=False),
    Column("risk_score", Double, nullable=False),
    Column("overall_score", Double, nullable=False),  # from here on what the list filters and sorts by
    Column("net_yield", Double, nullable=False),
    Column("yield_velocity", Double, nullable=False),
    Column("apr", Double, nullable=False),
    Column("t_remaining_sec", BigInteger, nullable=False),
    Column("quote_as_of", BigInteger, nullable=False),
    Column("category", Text, nullable=False),
    Column("title_folded", Text, nullable=False),
    Column("has_flags", Boolean, nullable=False),
    Column("risk_flags", Text, nullable=False),  # JSON array of flags, as judged when recommended
    Column("notes", Text, nullable=False),  # JSON array of sentences
    Column("updated_at", BigInteger, nullable=False),
    Index("ix_recs_latest_risk_score", "risk_score"),
)
Index("ix_recs_latest_overall_score", recs_latest.c.overall_score.desc(), recs_latest.c.market_id)

job_runs = Table(
    "job_runs",
    SCHEMA,
    Column("job", Text, primary_key=True),
    Column("last_start", BigInteger),
    Column("last_success", BigInteger),
    Column("last_error_at", BigInteger),
    Column("last_error", Text),
    Column("last_duration_sec", Double),
    Column("cadence_sec", Double, nullable=False),
    Column("consecutive_failures", BigInteger, nullable=False),
    Column("counts", Text, nullable=False),  # JSON object of the last finished cycle
    Column("updated_at", BigInteger, nullable=False),
)

OWNED_TABLES = (market_outcomes, quotes_latest, quotes_5m, rules_latest, scores_latest, recs_latest)
