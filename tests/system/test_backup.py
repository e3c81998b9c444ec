"""Backup and restore as docs/operations.md tells them: the very commands of the page, while the service writes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import MetaData, Table, inspect

from postgres_server import PostgresServer, server_binaries
from system.service import Service, Simulator, wait_for

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
BUSY: dict[str, object] = {"INGEST__QUOTES_SEC": 0.5, "SCORING__CADENCE_SEC": 0.5, "INGEST__BATCH_SIZE": 50}
FRESH = "sqlite:///{}"


def commands(word: str) -> list[str]:
    """The shell commands of the section about backups that hold a word."""
    section = PAGE.read_text(encoding="utf-8").split("\n## Backup\n")[1].split("\n## ")[0]
    lines = [line for block in re.findall(r"```sh\n(.+?)```", section, re.DOTALL) for line in block.splitlines()]
    found = [line for line in lines if word in line]
    assert found, word
    return found


def shell(command: str, cwd: Path, **variables: str) -> None:
    """Run one command of the page."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], cwd=cwd, env={**os.environ, **variables},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stderr}"


def rows_of(url: str) -> dict[str, list[tuple[str, ...]]]:
    """Every row of every table as text, sorted."""
    from sqlalchemy import create_engine

    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.begin() as connection:
            if url.startswith("sqlite"):
                assert connection.exec_driver_sql("PRAGMA integrity_check").all() == [("ok",)]
                assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
            names = inspect(connection).get_table_names()
            tables = {name: Table(name, MetaData(), autoload_with=connection) for name in names}
            return {
                name: sorted(tuple(map(str, row)) for row in connection.execute(table.select()))
                for name, table in tables.items()
            }
    finally:
        engine.dispose()


def serves(folder: Path, url: str, venue: Simulator) -> None:
    """A service starts on the restored database, with its markets there from the first moment, and works on."""
    with Service(folder, venue, DATABASE__URL=url, **BUSY) as service:
        wait_for(lambda: len(service.ids()) > 5, within=60, what="a list from the restored database", note=service.tail)


@pytest.mark.parametrize("tool", ["sqlite3 ", "python3 "])
def test_a_sqlite_backup_made_under_writes_is_whole_and_a_service_starts_on_it(tool: str, tmp_path: Path) -> None:
    if shutil.which(tool.strip()) is None:
        pytest.skip(f"no {tool}here")
    (command,) = [line for line in commands("VACUUM INTO") if line.startswith(tool)]
    url = FRESH.format(tmp_path / "endgame.db")
    with Simulator(300, seed=3) as venue:
        with Service(tmp_path, venue, DATABASE__URL=url, **BUSY) as service:
            wait_for(lambda: len(service.ids()) > 5, within=60, what="a list", note=service.tail)
            shell(command, tmp_path)
            (tmp_path / "backup.db").rename(tmp_path / "under-writes.db")
        first = rows_of(FRESH.format(tmp_path / "under-writes.db"))
        shell(command, tmp_path)
        assert rows_of(FRESH.format(tmp_path / "backup.db")) == rows_of(url), "at rest every row is the same"
        markets = {row[0] for row in first["markets"]}
        assert markets
        assert markets <= {row[0] for row in rows_of(url)["markets"]}
        (tmp_path / "under-writes.db").rename(tmp_path / "backup.db")
        (restore,) = commands("rm -f endgame.db")
        shell(restore, tmp_path)
        assert {row[0] for row in rows_of(url)["markets"]} == markets
        serves(tmp_path, url, venue)


@pytest.mark.postgres
def test_a_postgres_backup_made_under_writes_is_whole_and_a_service_starts_on_it(
    postgres_server: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    binaries = server_binaries()
    if binaries is None or not (binaries / "pg_dump").exists():
        pytest.skip("no pg_dump here")
    path = f"{binaries}:{os.environ['PATH']}"
    (dump,), (restore,) = commands("pg_dump "), commands("pg_restore ")
    with Simulator(300, seed=3) as venue:
        with Service(tmp_path, venue, DATABASE__URL=postgres_url, **BUSY) as service:
            wait_for(lambda: len(service.ids()) > 5, within=60, what="a list", note=service.tail)
            shell(dump, tmp_path, DATABASE_URL=postgres_url, PATH=path)
            (tmp_path / "backup.dump").rename(tmp_path / "under-writes.dump")
        shell(dump, tmp_path, DATABASE_URL=postgres_url, PATH=path)
        at_rest, under_writes = postgres_server.create_database(), postgres_server.create_database()
        shell(restore, tmp_path, NEW_DATABASE_URL=at_rest, PATH=path)
        assert rows_of(at_rest) == rows_of(postgres_url), "at rest every row is the same"
        (tmp_path / "under-writes.dump").rename(tmp_path / "backup.dump")
        shell(restore, tmp_path, NEW_DATABASE_URL=under_writes, PATH=path)
        markets = {row[0] for row in rows_of(under_writes)["markets"]}
        assert markets
        assert markets <= {row[0] for row in rows_of(at_rest)["markets"]}
        serves(tmp_path, under_writes, venue)
        for url in (at_rest, under_writes):
            postgres_server.drop_database(url)
