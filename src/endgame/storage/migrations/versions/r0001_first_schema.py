"""The first schema.

Written out, not taken from tables.py: a revision must stay what it was. A test compares the two.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MARKET_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

# Half of each page stays free, so that Postgres can put the next version of a row beside it without touching an index.
# The tables are rewritten with every cycle, so they are vacuumed after a fixed number of dead rows instead of a share.
REWRITTEN_TABLES = ("scores_latest", "recs_latest", "quotes_latest")
REWRITTEN = "fillfactor = 50, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 20000"
MARKETS = "fillfactor = 80"

# What a person sees who opens the database: names and moments instead of ids and numbers.
VIEW = """
CREATE VIEW opportunities_readable AS
SELECT m.title, s.recommended_side AS side, o.label AS outcome_label, s.entry_price, s.net_yield, s.apr,
       s.overall_score, s.risk_score, r.max_position_pct, s.liquidity_score, s.definition_risk_score, m.category,
       {close_time} AS close_time, {quote_as_of} AS quote_as_of, {as_of} AS as_of, m.url, m.venue, s.market_id
FROM scores_latest s
JOIN markets m ON m.market_id = s.market_id
JOIN recs_latest r ON r.market_id = s.market_id
LEFT JOIN market_outcomes o ON o.market_id = s.market_id AND o.outcome = s.recommended_side
WHERE s.gate IS NULL
"""
MOMENT = {
    "sqlite": "strftime('%Y-%m-%dT%H:%M:%fZ', {} / 1000.0, 'unixepoch')",
    "postgresql": "to_timestamp({} / 1000.0)",
}


def upgrade() -> None:
    """Tables, indexes, storage parameters and the view."""
    _markets()
    _quotes()
    _rules()
    _results()
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        op.execute(f"ALTER TABLE markets SET ({MARKETS})")
        for table in REWRITTEN_TABLES:
            op.execute(f"ALTER TABLE {table} SET ({REWRITTEN})")
    moment = MOMENT[dialect]
    op.get_bind().exec_driver_sql(
        VIEW.format(
            close_time=moment.format("m.close_time"),
            quote_as_of=moment.format("s.quote_as_of"),
            as_of=moment.format("s.as_of"),
        )
    )


def _markets() -> None:
    op.create_table(
        "markets",
        sa.Column("market_id", MARKET_ID, nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_folded", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=True),
        sa.Column("event_slug", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("event_title", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("accepts_orders", sa.Boolean(), nullable=False),
        sa.Column("open_time", sa.BigInteger(), nullable=True),
        sa.Column("close_time", sa.BigInteger(), nullable=True),
        sa.Column("venue_close_time", sa.BigInteger(), nullable=True),
        sa.Column("game_start_time", sa.BigInteger(), nullable=True),
        sa.Column("resolved_time", sa.BigInteger(), nullable=True),
        sa.Column("resolved_outcome", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("neg_risk", sa.Boolean(), nullable=False),
        sa.Column("tick_size", sa.Double(), nullable=True),
        sa.Column("min_order_size", sa.Double(), nullable=True),
        sa.Column("fee_rate", sa.Double(), nullable=True),
        sa.Column("fee_exponent", sa.Double(), nullable=True),
        sa.Column("fees_enabled", sa.Boolean(), nullable=True),
        sa.Column("oracle_status", sa.Text(), nullable=True),
        sa.Column("oracle_history", sa.Text(), nullable=False),
        sa.Column("disputed", sa.Boolean(), nullable=False),
        sa.Column("has_tokens", sa.Boolean(), nullable=False),
        sa.Column("indicative_price_yes", sa.Double(), nullable=True),
        sa.Column("volume_usd", sa.Double(), nullable=True),
        sa.Column("liquidity_usd", sa.Double(), nullable=True),
        sa.Column("venue_updated_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_seen", sa.BigInteger(), nullable=True),
        sa.Column("looked_up_at", sa.BigInteger(), nullable=True),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("market_id"),
    )
    op.create_index("ix_markets_status_close_time", "markets", ["status", "close_time"], unique=False)
    op.create_index("ix_markets_closed_seen", "markets", ["closed_seen"], unique=False)
    op.create_table(
        "market_outcomes",
        sa.Column("market_id", MARKET_ID, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("token_id", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["market_id"], ["markets.market_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("market_id", "outcome"),
    )


def _quotes() -> None:
    op.create_table(
        "quotes_latest",
        sa.Column("market_id", MARKET_ID, nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("book_time", sa.BigInteger(), nullable=True),
        sa.Column("yes_bid", sa.Double(), nullable=True),
        sa.Column("yes_ask", sa.Double(), nullable=True),
        sa.Column("no_bid", sa.Double(), nullable=True),
        sa.Column("no_ask", sa.Double(), nullable=True),
        sa.Column("spread_yes", sa.Double(), nullable=True),
        sa.Column("spread_no", sa.Double(), nullable=True),
        sa.Column("mid_yes", sa.Double(), nullable=True),
        sa.Column("mid_no", sa.Double(), nullable=True),
        sa.Column("yes_bid_size", sa.Double(), nullable=True),
        sa.Column("yes_ask_size", sa.Double(), nullable=True),
        sa.Column("no_bid_size", sa.Double(), nullable=True),
        sa.Column("no_ask_size", sa.Double(), nullable=True),
        sa.Column("yes_depth_usd", sa.Double(), nullable=False),
        sa.Column("no_depth_usd", sa.Double(), nullable=False),
        sa.Column("asks_yes", sa.Text(), nullable=False),
        sa.Column("asks_no", sa.Text(), nullable=False),
        sa.Column("quote_source", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["market_id"], ["markets.market_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("market_id"),
    )
    op.create_index("ix_quotes_latest_as_of", "quotes_latest", ["as_of"], unique=False)
    op.create_table(
        "quotes_5m",
        sa.Column("market_id", MARKET_ID, nullable=False),
        sa.Column("bucket_start", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("yes_bid", sa.Double(), nullable=True),
        sa.Column("yes_ask", sa.Double(), nullable=True),
        sa.Column("no_bid", sa.Double(), nullable=True),
        sa.Column("no_ask", sa.Double(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["market_id"], ["markets.market_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("market_id", "bucket_start"),
    )
    op.create_index("ix_quotes_5m_bucket_start", "quotes_5m", ["bucket_start"], unique=False)


def _rules() -> None:
    op.create_table(
        "rules_latest",
        sa.Column("market_id", MARKET_ID, nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("has_text", sa.Boolean(), nullable=False),
        sa.Column("rule_hash", sa.Text(), nullable=False),
        sa.Column("settlement_source", sa.Text(), nullable=True),
        sa.Column("settlement_window", sa.BigInteger(), nullable=False),
        sa.Column("truncated", sa.Boolean(), nullable=False),
        sa.Column("definition_risk_score", sa.Double(), nullable=True),
        sa.Column("rulebook_version", sa.Text(), nullable=True),
        sa.Column("judge_key", sa.Text(), nullable=False),
        sa.Column("judged_key", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("risk_flags", sa.Text(), nullable=True),
        sa.Column("mitigators", sa.Text(), nullable=True),
        sa.Column("rule_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["market_id"], ["markets.market_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("market_id"),
    )
    op.create_index(
        "ix_rules_latest_judged", "rules_latest", ["market_id", "has_text", "definition_risk_score"], unique=False
    )
    op.create_index(
        "ix_rules_latest_unjudged",
        "rules_latest",
        ["market_id"],
        unique=False,
        sqlite_where=sa.text("judged_key IS NULL OR judged_key <> judge_key"),
        postgresql_where=sa.text("judged_key IS NULL OR judged_key <> judge_key"),
    )


def _results() -> None:
    op.create_table(
        "scores_latest",
        sa.Column("market_id", MARKET_ID, nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("gate", sa.Text(), nullable=True),
        sa.Column("recommended_side", sa.Text(), nullable=False),
        sa.Column("t_remaining_sec", sa.BigInteger(), nullable=True),
        sa.Column("entry_price", sa.Double(), nullable=True),
        sa.Column("gross_yield", sa.Double(), nullable=True),
        sa.Column("fee_bps", sa.Double(), nullable=True),
        sa.Column("fee_assumed", sa.Boolean(), nullable=False),
        sa.Column("net_yield", sa.Double(), nullable=True),
        sa.Column("yield_velocity", sa.Double(), nullable=True),
        sa.Column("roi", sa.Double(), nullable=True),
        sa.Column("apr", sa.Double(), nullable=True),
        sa.Column("liquidity_score", sa.Double(), nullable=True),
        sa.Column("depth_usd", sa.Double(), nullable=True),
        sa.Column("staleness_sec", sa.Double(), nullable=True),
        sa.Column("staleness_penalty", sa.Double(), nullable=True),
        sa.Column("definition_risk_score", sa.Double(), nullable=True),
        sa.Column("risk_score", sa.Double(), nullable=True),
        sa.Column("overall_score", sa.Double(), nullable=True),
        sa.Column("score_breakdown", sa.Text(), nullable=True),
        sa.Column("quote_as_of", sa.BigInteger(), nullable=True),
        sa.Column("bid", sa.Double(), nullable=True),
        sa.Column("ask", sa.Double(), nullable=True),
        sa.Column("spread", sa.Double(), nullable=True),
        sa.Column("yes_bid", sa.Double(), nullable=True),
        sa.Column("yes_ask", sa.Double(), nullable=True),
        sa.Column("no_bid", sa.Double(), nullable=True),
        sa.Column("no_ask", sa.Double(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["market_id"], ["markets.market_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("market_id"),
    )
    op.create_table(
        "recs_latest",
        sa.Column("market_id", MARKET_ID, nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("recommended_side", sa.Text(), nullable=False),
        sa.Column("entry_price", sa.Double(), nullable=False),
        sa.Column("expected_payout", sa.Double(), nullable=False),
        sa.Column("max_position_pct", sa.Double(), nullable=False),
        sa.Column("risk_score", sa.Double(), nullable=False),
        sa.Column("overall_score", sa.Double(), nullable=False),
        sa.Column("net_yield", sa.Double(), nullable=False),
        sa.Column("yield_velocity", sa.Double(), nullable=False),
        sa.Column("apr", sa.Double(), nullable=False),
        sa.Column("t_remaining_sec", sa.BigInteger(), nullable=False),
        sa.Column("quote_as_of", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("title_folded", sa.Text(), nullable=False),
        sa.Column("has_flags", sa.Boolean(), nullable=False),
        sa.Column("risk_flags", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["market_id"], ["markets.market_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("market_id"),
    )
    op.create_index("ix_recs_latest_risk_score", "recs_latest", ["risk_score"], unique=False)
    op.create_index(
        "ix_recs_latest_overall_score",
        "recs_latest",
        [sa.literal_column("overall_score DESC"), "market_id"],
        unique=False,
    )
    op.create_table(
        "job_runs",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("last_start", sa.BigInteger(), nullable=True),
        sa.Column("last_success", sa.BigInteger(), nullable=True),
        sa.Column("last_error_at", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_duration_sec", sa.Double(), nullable=True),
        sa.Column("cadence_sec", sa.Double(), nullable=False),
        sa.Column("consecutive_failures", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job"),
    )
