"""Every earlier revision with data in it becomes the newest one, also when the upgrade is killed or done twice at once.

`revisions/<revision>.json` holds rows of every table as that revision has them, frozen: a new revision brings its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Select, Table, event, inspect, text
from test_storage_database import MIGRATE_PROGRAM, engine_of

from builders import NOW, market_id
from endgame.api.server import create_app
from endgame.config import Settings
from endgame.errors import SchemaMismatch
from endgame.storage import migrate
from endgame.storage.database import Database
from endgame.storage.tables import SCHEMA
from manual_clock import ManualClock
from postgres_server import database_settings
from system.fault_table import record

Rows = dict[str, list[dict[str, Any]]]
FROZEN = Path(__file__).parent / "revisions"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


REVISIONS = [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]
STARTS = [None, *REVISIONS]
"""Nothing at all, then every revision."""
UPGRADED = [None, *REVISIONS[:-1]]


def frozen(revision: str) -> Rows:
    rows: Rows = json.loads((FROZEN / f"{revision}.json").read_text(encoding="utf-8"))
    return rows


def fill(url: str, revision: str | None) -> None:
    """Make the database what it was at a revision, in use."""
    if revision is None:
        return
    with engine_of(url) as engine, engine.begin() as connection:
        command.upgrade(_config(connection), revision)
        for name, rows in frozen(revision).items():
            connection.execute(Table(name, MetaData(), autoload_with=connection).insert(), rows)


def contents(url: str) -> tuple[str | None, Rows]:
    """Revision and every row of every table, in an order of their own."""
    with engine_of(url) as engine, engine.begin() as connection:
        names = inspect(connection).get_table_names()
        if "alembic_version" not in names:
            assert names == [], "half a schema"
            return None, {}
        revision = connection.execute(migrate.READ_REVISION).scalar_one()
        rows = {
            name: [dict(row) for row in connection.execute(_whole(name, connection)).mappings()]
            for name in names
            if name != "alembic_version"
        }
    return revision, {name: sorted(found, key=_key) for name, found in rows.items()}


def _whole(name: str, connection: Connection) -> Select[Any]:
    return Table(name, MetaData(), autoload_with=connection).select()


def _key(row: Mapping[str, Any]) -> list[str]:
    return [str(row.get(name)) for name in ("market_id", "outcome", "bucket_start", "job")]


def is_kept(before: Rows, after: Rows) -> None:
    """Every row is there, and whatever column it still has holds what it held."""
    for name, rows in before.items():
        assert len(after[name]) == len(rows), name
        for old, new in zip(rows, after[name], strict=True):
            assert {key: new[key] for key in old if key in new} == {key: old[key] for key in old if key in new}
            assert set(old) <= set(new), f"{name} lost a column"


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_revision_has_frozen_rows_with_every_table_and_column(revision: str, tmp_path: Path) -> None:
    with engine_of(f"sqlite:///{tmp_path / 'old.db'}") as engine, engine.begin() as connection:
        command.upgrade(_config(connection), revision)
        looked_at = inspect(connection)
        columns = {
            name: [column["name"] for column in looked_at.get_columns(name)]
            for name in looked_at.get_table_names()
            if name != "alembic_version"
        }
    rows = frozen(revision)
    assert {name: list(found[0]) for name, found in rows.items()} == columns
    for name, found in rows.items():
        empty = [key for key in columns[name] if all(row[key] is None for row in found)]
        assert empty == [], f"{name}: a column without any value shows nothing"


def test_revisions_are_one_line_without_a_fork() -> None:
    script = ScriptDirectory.from_config(_config())
    assert script.get_heads() == [migrate.head_revision()]
    assert {path.stem for path in FROZEN.glob("*.json")} == set(REVISIONS)


@pytest.mark.parametrize("revision", STARTS)
async def test_a_database_of_every_revision_comes_to_the_newest_with_all_its_rows(
    empty_url: str, revision: str | None
) -> None:
    fill(empty_url, revision)
    _, before = contents(empty_url) if revision else (None, {})
    assert migrate.migrate(database_settings(empty_url)) == migrate.head_revision()
    reached, after = contents(empty_url)
    assert (reached, set(after)) == (migrate.head_revision(), set(SCHEMA.tables))
    is_kept(before, after)
    database = Database(database_settings(empty_url))
    settings = Settings(database=database_settings(empty_url))
    app = create_app(database, settings, ManualClock(NOW), shutting_down=lambda: False)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost") as client:
        for path in ("/readyz", "/v1/opportunities", "/v1/funnel", "/v1/system", "/v1/opportunities.csv"):
            assert (await client.get(path)).status_code == 200, path
        wanted = 200 if revision else 404
        for part in ("", "/history", "/gates"):
            assert (await client.get(f"/v1/market/{market_id(1)}{part}")).status_code == wanted, part
    await database.close()


@pytest.mark.parametrize("revision", UPGRADED)
def test_three_processes_may_upgrade_a_database_in_use_at_once(empty_url: str, revision: str | None) -> None:
    fill(empty_url, revision)
    _, before = contents(empty_url) if revision else (None, {})
    program = [sys.executable, "-c", MIGRATE_PROGRAM, empty_url]
    racers = [subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    outcomes = [(*racer.communicate(timeout=100), racer.returncode) for racer in racers]
    assert [(out, code) for out, _, code in outcomes] == [(f"{migrate.head_revision()}\n", 0)] * 3, outcomes
    is_kept(before, contents(empty_url)[1])


# Stops for good before the statement of a number: whoever kills it there kills it in the middle of a transaction.
STOPPING_PROGRAM = """
import sys, time
from sqlalchemy import event
from sqlalchemy.engine import Engine
left = int(sys.argv[2])
@event.listens_for(Engine, "before_cursor_execute")
def count(*_):
    global left
    left -= 1
    if left == 0:
        print("here", flush=True)
        time.sleep(600)
from endgame.config import DatabaseSettings
from endgame.storage.migrate import migrate
migrate(DatabaseSettings(url=sys.argv[1]))
"""
KILLS = 4
"""Places in each upgrade, from its first statement to its last."""


def _statements(url: str, revision: str | None) -> int:
    """How many statements an upgrade has; done on the database and rolled back."""
    fill(url, revision)
    counted = 0

    def count(*_arguments: object) -> None:
        nonlocal counted
        counted += 1

    with engine_of(url) as engine, engine.connect() as connection, connection.begin() as work:
        event.listen(connection, "before_cursor_execute", count)
        command.upgrade(_config(connection), "head")
        work.rollback()
    return counted


@pytest.mark.parametrize("revision", UPGRADED)
def test_an_upgrade_killed_in_its_middle_leaves_the_old_database_and_can_be_done_again(
    empty_url: str, revision: str | None
) -> None:
    statements = _statements(empty_url, revision)
    assert statements > KILLS
    before = contents(empty_url)
    assert before[0] == revision
    for kill in range(KILLS):
        at = 2 + round(kill * (statements - 2) / (KILLS - 1))
        program = [sys.executable, "-c", STOPPING_PROGRAM, empty_url, str(at)]
        with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as migrating:
            assert migrating.stdout is not None
            assert migrating.stdout.readline() == "here\n", f"statement {at} of {statements}"
            migrating.kill()
        assert contents(empty_url) == before, f"killed at statement {at} of {statements}"
    assert migrate.migrate(database_settings(empty_url)) == migrate.head_revision()
    is_kept(before[1], contents(empty_url)[1])  # which fails where a row is lost
    database = "SQLite" if empty_url.startswith("sqlite") else "Postgres"
    record(f"kill -9 while migrating from {revision or 'nothing'}", database=database, lasted_sec=None, times=KILLS,
           recovered_sec=None, lost=0)  # fmt: skip


def test_a_newer_schema_is_refused_and_left_as_it_is(database_url: str) -> None:
    with engine_of(database_url) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = contents(database_url)
    with pytest.raises(SchemaMismatch, match=r"revision 9999, this version knows up to \d+.*update the program"):
        migrate.migrate(database_settings(database_url))
    assert contents(database_url) == before
