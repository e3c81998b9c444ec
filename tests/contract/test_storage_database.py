"""The bridge, the schema and the errors, on both databases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, inspect, text
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql import ClauseElement

from builders import (
    DAY,
    NOW,
    WINDOW_AHEAD,
    WINDOW_BACK,
    WRITTEN,
    a_judgement,
    a_market,
    a_quote,
    a_rule,
    a_score_row,
    market_id,
)
from builders import some_scores as scores_of
from endgame.errors import SchemaMismatch
from endgame.storage import bulk, database, markets, migrate, quotes, rules, runs, scores
from endgame.storage.database import Database
from endgame.storage.engines import database_location, dialect_of, postgres_engine, sqlite_engine
from endgame.storage.tables import SCHEMA
from postgres_server import database_settings

WINDOW = {"now": NOW, "back_ms": WINDOW_BACK, "ahead_ms": WINDOW_AHEAD}


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    settings = database_settings(url)
    location = database_location(settings)
    if dialect_of(location) == "sqlite":
        engine = sqlite_engine(location, settings, connections=1, writes=True, creates=True)
    else:
        engine = postgres_engine(location, settings)
    yield engine
    engine.dispose()


class TestSchema:
    def test_the_migrated_schema_is_the_one_of_the_tables(self, database_url):
        with engine_of(database_url) as engine:
            found = inspect(engine)
            assert set(found.get_table_names()) == {table.name for table in SCHEMA.tables.values()} | {
                "alembic_version"
            }
            for table in SCHEMA.tables.values():
                columns = {column["name"]: column for column in found.get_columns(table.name)}
                assert list(columns) == [column.name for column in table.columns]
                for column in table.columns:
                    same_type = column.type.compile(engine.dialect)
                    assert columns[column.name]["type"].compile(engine.dialect) == same_type, column
                    assert columns[column.name]["nullable"] is column.nullable, column
                key = found.get_pk_constraint(table.name)["constrained_columns"]
                assert key == [column.name for column in table.primary_key]
                foreign = found.get_foreign_keys(table.name)
                assert [(key["referred_table"], key["options"].get("ondelete")) for key in foreign] == [
                    ("markets", "CASCADE") for _ in table.foreign_keys
                ]
                assert {index["name"] for index in found.get_indexes(table.name)} == {
                    index.name for index in table.indexes
                }

    def test_the_migrated_indexes_are_the_ones_of_the_tables(self, database_url):
        with engine_of(database_url) as engine, engine.begin() as conn:
            source = (
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
                if conn.dialect.name == "sqlite"
                else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'ix_%'"
            )
            migrated = dict(tuple(row) for row in conn.execute(text(source)))
            indexes = [index for table in SCHEMA.tables.values() for index in table.indexes]
            for index in indexes:
                conn.execute(text(f"DROP INDEX {index.name}"))
                conn.execute(CreateIndex(index))
            assert migrated == dict(tuple(row) for row in conn.execute(text(source)))
            assert len(migrated) == len(indexes)

    def test_the_revision_we_ask_for_is_the_newest_that_alembic_knows(self):
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
        assert ScriptDirectory.from_config(config).get_heads() == [migrate.head_revision()]

    def test_migrating_twice_changes_nothing(self, database_url):
        with engine_of(database_url) as engine, engine.begin() as conn:
            markets.write_markets(conn, [a_market(1)], seen_at=NOW, now=NOW)
        assert migrate.migrate(database_settings(database_url)) == migrate.head_revision()
        with engine_of(database_url) as engine, engine.begin() as conn:
            assert markets.count_open(conn) == 1

    def test_alembic_is_not_imported_until_a_migration_runs(self):
        program = "import endgame.storage.database, sys; sys.exit('alembic' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

    def test_a_current_database_is_recognised_without_importing_alembic(self, database_url):
        program = f"{MIGRATE_PROGRAM}\nsys.exit('alembic' in sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", program, database_url], check=False, capture_output=True, text=True, timeout=60
        )
        assert (done.stdout, done.returncode) == (f"{migrate.head_revision()}\n", 0), done.stderr

    async def test_people_see_names_and_moments_in_the_view(self, database):
        await database.write(markets.write_markets, [a_market(1)], seen_at=NOW, now=NOW)
        await database.write(scores.write_scores, scores_of([a_score_row(1)]), {}, now=NOW)
        view = text("SELECT title, side, outcome_label, CAST(as_of AS TEXT), market_id FROM opportunities_readable")
        rows = await database.read(lambda conn: conn.execute(view).all())
        [(title, side, label, moment, identity)] = rows
        assert (title, side, label, identity) == (a_market(1).title, "YES", "Yes", market_id(1))
        assert moment.replace(" ", "T").startswith("2026-11-22T")


_MARKET_OF_0001 = """
INSERT INTO markets (market_id, venue, title, title_folded, event_id, category, tags, status, accepts_orders, neg_risk,
    oracle_history, disputed, has_tokens, first_seen, last_seen, updated_at)
VALUES (:id, 'polymarket', 'T', 't', :event, 'other', '[]', 'active', TRUE, FALSE, '[]', FALSE, TRUE, :now, :now, :now)
"""
_RULE_OF_0001 = """
INSERT INTO rules_latest (market_id, as_of, has_text, rule_hash, settlement_window, truncated, definition_risk_score,
    rulebook_version, judge_key, judged_key, updated_at, risk_flags, mitigators, rule_text)
VALUES (:id, :now, TRUE, :hash, 7200, FALSE, 0.25, 'v1', 'k', 'k', :now, '[]', '[]', :text)
"""


def _upgrade_to(conn, revision: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    config.attributes["connection"] = conn
    command.upgrade(config, revision)


MIGRATE_PROGRAM = """
import sys
from endgame.config import DatabaseSettings
from endgame.storage.migrate import migrate
print(migrate(DatabaseSettings(url=sys.argv[1])))
"""


class TestMigrating:
    def test_two_processes_may_migrate_at_once(self, empty_url):
        command = [sys.executable, "-c", MIGRATE_PROGRAM, empty_url]
        racers = [
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)
        ]
        outcomes = [(*racer.communicate(timeout=100), racer.returncode) for racer in racers]
        assert [(out, code) for out, _, code in outcomes] == [(f"{migrate.head_revision()}\n", 0)] * 3, outcomes

    def test_the_rulebook_facts_come_to_a_database_in_use_and_nothing_is_lost(self, empty_url):
        with engine_of(empty_url) as engine, engine.begin() as conn:
            _upgrade_to(conn, "0001")
            for number in (1, 2):
                conn.execute(text(_MARKET_OF_0001), {"id": market_id(number), "event": f"e{number}", "now": NOW})
            rule = a_rule(1, rule_text="é " * 3_000, settlement_source=None)
            values = {"id": rule.market_id, "now": NOW, "text": rule.rule_text, "hash": rule.rule_hash}
            conn.execute(text(_RULE_OF_0001), values)
            before = conn.execute(text("SELECT * FROM rules_latest")).mappings().one()
            before_market = conn.execute(text("SELECT * FROM markets ORDER BY market_id")).mappings().first()
        assert migrate.migrate(database_settings(empty_url)) == "0002"
        with engine_of(empty_url) as engine, engine.begin() as conn:
            assert set(inspect(conn).get_table_names()) == {*SCHEMA.tables, "alembic_version"}
            after = rules.read_rule(conn, market_id(1))
            kept = dict(before) | {"risk_flags": [], "mitigators": []}
            added = {
                "sense_hash", "text_changed_at", "text_dispute_probability", "dispute_probability", "payoff_risk",
                "text_change_risk", "rule_traits", "contributions", "bites", "not_judged",
            }  # fmt: skip
            assert after == kept | dict.fromkeys(added)
            market = conn.execute(markets.READ_MARKET, {"market_id": market_id(1)}).mappings().one()
            assert dict(market) == dict(before_market) | {"group_title": None, "event_volume_usd": None}
            # The first walk finds the text as it is: nothing has changed, and its judgement stays until the next one.
            again = replace(rule, as_of=NOW + DAY)
            assert rules.write_rules(conn, [again], **WRITTEN, now=NOW + DAY).written == 1
            found = rules.read_rule(conn, market_id(1))
            assert (found["text_changed_at"], found["definition_risk_score"]) == (None, 0.25)
            assert found["sense_hash"] is not None
            conn.execute(text("DELETE FROM markets"))
            assert conn.execute(text("SELECT count(*) FROM rules_latest")).scalar_one() == 0, "it still belongs to them"

    def test_a_failed_migration_leaves_nothing_behind(self, empty_url, monkeypatch):
        from alembic import op

        def fail(*_args, **_kwargs):
            raise RuntimeError("power cut")

        with monkeypatch.context() as patch:
            patch.setattr(op, "get_bind", fail)
            with pytest.raises(RuntimeError, match="power cut"):
                migrate.migrate(database_settings(empty_url))
        with engine_of(empty_url) as engine:
            assert inspect(engine).get_table_names() == []
        migrate.migrate(database_settings(empty_url))

    async def test_a_database_without_tables_is_a_schema_mismatch(self, empty_url):
        with engine_of(empty_url) as engine, engine.begin() as conn:
            conn.execute(text("SELECT 1"))
        bridge = Database(database_settings(empty_url))
        for call in (bridge.ping(), bridge.read(markets.count_open), bridge.write(_store, 1)):
            with pytest.raises(SchemaMismatch, match="endgame migrate"):
                await call
        await bridge.close()

    async def test_another_revision_is_a_schema_mismatch(self, database):
        await database.ping()
        await database.write(lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = '9999'")))
        with pytest.raises(SchemaMismatch, match=f"revision 9999, this version needs {migrate.head_revision()}"):
            await database.ping()


def _store(conn, *numbers):
    return markets.write_markets(conn, [a_market(number) for number in numbers], seen_at=NOW, now=NOW)


def _module_statements() -> Iterator[tuple[str, ClauseElement]]:
    for module in (database, markets, quotes, rules, runs, scores, migrate):
        for name, value in vars(module).items():
            if isinstance(value, ClauseElement) and name.isupper() and not name.startswith("_") and name != "CANDIDATE":
                yield f"{module.__name__}.{name}", value


def _filter_statements() -> Iterator[tuple[str, ClauseElement, dict[str, object]]]:
    filters = {
        "min_score": 0.5, "max_t_remaining_sec": 9, "min_t_remaining_sec": 9, "max_risk_score": 0.5,
        "min_net_yield": 0.01, "side": "YES", "category": "sports", "has_flags": True, "q": "50%_",
    }  # fmt: skip
    choices = [{}, *({name: value} for name, value in filters.items()), filters]
    for choice in choices:
        for sort in scores.SORT_COLUMNS:
            for descending in (True, False):
                query = scores.OpportunityQuery(**choice, sort=sort, descending=descending)
                for after in (None, (0.5, market_id(1))):
                    yield f"page {query} {after}", *scores.page_statement(query, after=after, limit=50)
        yield f"count {choice}", *scores.count_statement(scores.OpportunityQuery(**choice))


SHAPES = [
    value for module in (markets, quotes, rules, scores) for value in vars(module).values()
    if isinstance(value, bulk.Upsert)
]  # fmt: skip


class TestStatements:
    def test_every_statement_is_understood_by_the_real_database(self, database_url):
        postgres_only = {"LOCK_SCORES", "LOCK_MIGRATIONS", "NO_STATEMENT_TIMEOUT"}
        seen = 0
        with engine_of(database_url) as engine, engine.begin() as conn:
            sqlite = conn.dialect.name == "sqlite"
            event.listen(conn, "before_cursor_execute", _explain, retval=True)
            for _, statement, values in _filter_statements():
                conn.execute(statement, values)
                seen += 1
            for name, statement in _module_statements():
                if sqlite and name.rsplit(".", 1)[-1] in postgres_only:
                    continue
                names = statement.compile(dialect=engine.dialect).construct_params(_check=False)
                missing = {key: "1" if key == "ids" else 1 for key, value in names.items() if value is None}
                conn.execute(statement, missing)
                seen += 1
            event.remove(conn, "before_cursor_execute", _explain)
            for shape in SHAPES:
                if sqlite:
                    conn.exec_driver_sql(f"EXPLAIN {shape.sqlite_statement}", tuple("" for _ in shape.columns))
                else:
                    for statement in shape.stage_statements:
                        conn.exec_driver_sql(statement)
                    conn.exec_driver_sql(f"EXPLAIN {shape.postgres_statement}")
                seen += 1
        assert seen > 250

    async def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(self, database):
        async def cycle(total: int, start: int) -> int:
            numbers = range(start, start + total)
            ids = [market_id(number) for number in numbers]
            count = 0

            def counted(*_args) -> None:
                nonlocal count
                count += 1

            event.listen(Engine, "before_cursor_execute", counted)
            try:
                await database.write(_store, *numbers)
                quoted = [a_quote(number) for number in numbers]
                await database.write(quotes.write_quotes, quoted, now=NOW)
                await database.write(quotes.write_samples, quoted, sample_ms=300_000, now=NOW)
                await database.write(rules.write_rules, [a_rule(n) for n in numbers], **WRITTEN, now=NOW)
                await database.read(rules.read_unjudged, limit=999, max_chars=10**9, now=NOW)
                judged = [a_judgement(number) for number in numbers]
                await database.write(rules.write_judgements, judged, now=NOW)
                await database.read_bulk(scores.read_score_inputs, **WINDOW)
                rows = scores_of([a_score_row(number) for number in numbers], as_of=NOW + start)
                await database.write(scores.write_scores, rows, {}, now=NOW + start)
                query = scores.OpportunityQuery()
                await database.read(scores.page_opportunities, query, after=None, limit=total)
                await database.read(scores.count_opportunities, query)
                await database.read(scores.read_funnel, **WINDOW)
                await database.read(markets.read_candidates, venue="polymarket", **WINDOW, min_price=0.85)
                await database.write(quotes.delete_quotes, ids, as_of=NOW, now=NOW)
                await database.write(markets.note_look_up, ids, now=NOW)
            finally:
                event.remove(Engine, "before_cursor_execute", counted)
            return count

        await cycle(1, 1)  # the first use of a connection may ask for more
        few = await cycle(2, 10)
        assert few == await cycle(400, 1_000)
        assert few < 60

    def test_the_default_list_is_read_from_its_index(self, sqlite_url):
        with engine_of(sqlite_url) as engine, engine.begin() as conn:
            found = scores.page_statement(scores.OpportunityQuery(), after=(0.5, market_id(1)), limit=50)
            steps = _plan(engine, conn, *found)
        assert any("ix_recs_latest_overall_score (overall_score<?)" in step for step in steps), steps
        # What is scanned and sorted besides is the page itself, fifty rows.
        assert [step for step in steps if "SCAN" in step] == ["SCAN page"], steps
        assert sum("TEMP B-TREE" in step for step in steps) == 1, steps

    def test_the_disputes_of_a_batch_are_found_by_their_events(self, sqlite_url):
        with engine_of(sqlite_url) as engine, engine.begin() as conn:
            steps = _plan(engine, conn, rules.READ_DISPUTED, {"ids": "[]"})
        assert any("ix_markets_event_id (event_id=?)" in step for step in steps), steps
        assert not any("SCAN markets" in step for step in steps), steps

    @pytest.mark.parametrize("sort", scores.SORT_COLUMNS)
    @pytest.mark.parametrize("choice", [{}, {"category": "sports"}, {"q": "x"}, {"has_flags": True}])
    def test_a_list_never_walks_through_markets_that_are_no_opportunity(self, sqlite_url, sort, choice):
        query = scores.OpportunityQuery(sort=sort, **choice)
        with engine_of(sqlite_url) as engine, engine.begin() as conn:
            for found in (scores.page_statement(query, after=None, limit=50), scores.count_statement(query)):
                steps = _plan(engine, conn, *found)
                scans = {step for step in steps if step.startswith("SCAN")}
                lists = ("SCAN page", "SCAN recs_latest")
                assert all(step.startswith(lists) for step in scans), steps

    def test_the_scoring_read_never_touches_the_texts(self, sqlite_url):
        with engine_of(sqlite_url) as engine, engine.begin() as conn:
            statement = scores.READ_SCORE_INPUTS.params(from_ms=0, to_ms=1).compile(
                dialect=engine.dialect, compile_kwargs={"literal_binds": True}
            )
            steps = [row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
        assert any("COVERING INDEX ix_rules_latest_judged" in step for step in steps), steps


def _plan(engine, conn, statement, values):
    """The steps in which SQLite would run a statement."""
    compiled = statement.compile(dialect=engine.dialect)
    known = compiled.params | values
    ordered = tuple(known[name] for name in compiled.positiontup)
    return [row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", ordered)]


def _explain(_conn, _cursor, statement, parameters, _context, _many):
    """Let the database parse and plan a statement without running it."""
    return statement if statement.startswith("SET") else f"EXPLAIN {statement}", parameters
