"""What the rulebook looks at besides the text, and all that it finds.

Written out, not taken from tables.py: a revision must stay what it was. A test compares the two.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MARKET_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
KEPT = (
    "market_id, as_of, has_text, rule_hash, settlement_source, settlement_window, truncated, definition_risk_score,"
    " rulebook_version, judge_key, judged_key, updated_at, risk_flags, mitigators, rule_text"
)
UNJUDGED = "judged_key IS NULL OR judged_key <> judge_key"


def upgrade() -> None:
    """Two columns and an index of markets; the rules in a table of their new shape, with all that is known."""
    op.add_column("markets", sa.Column("group_title", sa.Text(), nullable=True))
    op.add_column("markets", sa.Column("event_volume_usd", sa.Double(), nullable=True))
    op.create_index("ix_markets_event_id", "markets", ["event_id"], unique=False)
    # The text has to stay the last column, because SQLite walks through it to reach what follows: so the rules move
    # out and in again. Under its old name the table and all that belongs to it keep the names that r0001 gave them.
    op.execute("CREATE TABLE rules_0001 AS SELECT * FROM rules_latest")
    op.drop_table("rules_latest")
    _rules()
    op.execute(f"INSERT INTO rules_latest ({KEPT}) SELECT {KEPT} FROM rules_0001")
    op.drop_table("rules_0001")


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
        sa.Column("sense_hash", sa.Text(), nullable=True),
        sa.Column("text_changed_at", sa.BigInteger(), nullable=True),
        sa.Column("definition_risk_score", sa.Double(), nullable=True),
        sa.Column("text_dispute_probability", sa.Double(), nullable=True),
        sa.Column("dispute_probability", sa.Double(), nullable=True),
        sa.Column("payoff_risk", sa.Double(), nullable=True),
        sa.Column("text_change_risk", sa.Double(), nullable=True),
        sa.Column("rulebook_version", sa.Text(), nullable=True),
        sa.Column("judge_key", sa.Text(), nullable=False),
        sa.Column("judged_key", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("risk_flags", sa.Text(), nullable=True),
        sa.Column("mitigators", sa.Text(), nullable=True),
        sa.Column("rule_traits", sa.Text(), nullable=True),
        sa.Column("contributions", sa.Text(), nullable=True),
        sa.Column("bites", sa.Text(), nullable=True),
        sa.Column("not_judged", sa.Text(), nullable=True),
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
        sqlite_where=sa.text(UNJUDGED),
        postgresql_where=sa.text(UNJUDGED),
    )
