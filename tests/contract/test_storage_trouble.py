"""The bridge under trouble, on both databases: lanes, errors, closing, killed processes, lost connections, leaders."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from builders import NOW, a_market
from endgame.config import DatabaseSettings
from endgame.errors import Busy, ConfigError, SchemaMismatch, StorageError
from endgame.storage import markets
from endgame.storage.database import Database
from endgame.storage.leader import Leadership
from postgres_server import database_settings


def store(conn, *numbers):
    return markets.write_markets(conn, [a_market(number) for number in numbers], seen_at=NOW, now=NOW)


def paused(conn, begun: threading.Event, go_on: threading.Event, then=None):
    """Holds its transaction open until it is told to go on."""
    conn.execute(text("SELECT 1"))
    begun.set()
    assert go_on.wait(60)
    return then(conn) if then else None


async def eventually(holds):
    for _ in range(1_000):
        if holds():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not come to that within five seconds")


async def begun(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, 60)


class Gate:
    """A pair of events for `paused`."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()


class TestLanes:
    async def test_a_long_bulk_read_and_a_long_write_do_not_delay_a_short_read(self, database):
        bulk, write = Gate(), Gate()
        work = [
            asyncio.create_task(database.read_bulk(paused, bulk.begun, bulk.go_on)),
            asyncio.create_task(database.write(paused, write.begun, write.go_on, lambda conn: store(conn, 1))),
        ]
        await begun(bulk.begun)
        await begun(write.begun)
        async with asyncio.timeout(30):
            assert await database.read(markets.count_open) == 0
            await database.ping()
        bulk.go_on.set()
        write.go_on.set()
        await asyncio.gather(*work)
        assert await database.read(markets.count_open) == 1

    async def test_one_writer_at_a_time(self, database):
        running = 0

        def exclusive(conn, number):
            nonlocal running
            running += 1
            assert running == 1
            store(conn, number)
            running -= 1

        await asyncio.gather(*(database.write(exclusive, number) for number in range(20)))
        assert await database.read(markets.count_open) == 20

    async def test_a_failed_write_leaves_nothing(self, database):
        def fail(conn):
            store(conn, 1)
            raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            await database.write(fail)
        assert await database.read(markets.count_open) == 0

    async def test_a_read_cannot_write(self, database):
        for lane in (database.read, database.read_bulk):
            with pytest.raises(StorageError):
                await lane(lambda conn: conn.execute(text("DELETE FROM markets")))

    async def test_a_read_sees_one_moment(self, database):
        await database.write(store, 1)
        gate = Gate()

        def twice(conn):
            first = markets.count_open(conn)
            paused(conn, gate.begun, gate.go_on)
            return first, markets.count_open(conn)

        reading = asyncio.create_task(database.read_bulk(twice))
        await begun(gate.begun)
        await database.write(store, 2)
        gate.go_on.set()
        assert await reading == (1, 1)

    async def test_a_caller_that_gives_up_does_not_tear_the_transaction(self, database):
        gate = Gate()
        writing = asyncio.create_task(database.write(paused, gate.begun, gate.go_on, lambda conn: store(conn, 1)))
        await begun(gate.begun)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        gate.go_on.set()
        await database.write(store, 2)
        assert await database.read(markets.count_open) == 2

    async def test_too_many_waiting_calls_are_refused_instead_of_queued(self, database, monkeypatch):
        monkeypatch.setattr("endgame.storage.database._MAX_WAITING", 1)
        gate = Gate()
        work = [asyncio.create_task(database.write(paused, gate.begun, gate.go_on))]
        await begun(gate.begun)
        work.append(asyncio.create_task(database.write(store, 1)))
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="already wait"):
            await database.write(store, 2)
        gate.go_on.set()
        await asyncio.gather(*work)


class TestClosing:
    async def test_calls_that_were_given_up_keep_their_places_until_a_thread_comes_to_them(
        self, database, monkeypatch, caplog
    ):
        monkeypatch.setattr("endgame.storage.database._MAX_WAITING", 3)
        gate = Gate()
        holding = asyncio.create_task(database.write(paused, gate.begun, gate.go_on))
        await begun(gate.begun)
        for number in (1, 2, 3):
            waiting = asyncio.create_task(database.write(store, number))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        with pytest.raises(Busy, match="3 calls already wait"):
            await database.write(store, 4)
        gate.go_on.set()
        await holding
        await eventually(lambda: not database._write._turns)
        await database.write(store, 5)
        assert await database.read(markets.count_open) == 1, "of what was given up nothing is done"
        assert "never retrieved" not in caplog.text

    async def test_the_transaction_in_hand_is_finished_and_the_waiting_ones_are_refused(self, database_url):
        bridge = Database(database_settings(database_url))
        gate = Gate()
        writing = asyncio.create_task(bridge.write(paused, gate.begun, gate.go_on, lambda conn: store(conn, 1)))
        await begun(gate.begun)
        waiting = asyncio.create_task(bridge.write(store, 2))
        await asyncio.sleep(0)
        closing = asyncio.create_task(bridge.close())
        await asyncio.sleep(0)
        gate.go_on.set()
        await writing
        with pytest.raises(Busy, match="closed"):
            await waiting
        await closing
        with pytest.raises(Busy, match="closed"):
            await bridge.read(markets.count_open)
        again = Database(database_settings(database_url))
        assert await again.read(markets.count_open) == 1
        await again.close()

    async def test_closing_what_was_never_used_or_is_closed_already_is_fine(self, database_url):
        bridge = Database(database_settings(database_url))
        await bridge.close()
        await bridge.close()
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("database-")]


@contextmanager
def child_process(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process of its own, killed at the latest when the block ends."""
    command = [sys.executable, "-c", program, *arguments]
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        try:
            yield child
        finally:
            child.kill()


WRITER = """
import sys
from sqlalchemy import text
from builders import NOW, a_market
from postgres_server import database_settings
from endgame.storage import markets
from endgame.storage.engines import database_location, dialect_of, postgres_engine, sqlite_engine
settings = database_settings(sys.argv[1])
url = database_location(settings)
if dialect_of(url) == "sqlite":
    engine = sqlite_engine(url, settings, connections=1, writes=True)
else:
    engine = postgres_engine(url, settings)
batch = int(sys.argv[2])
while True:
    numbers = range(batch * 100, batch * 100 + 100)
    with engine.begin() as conn:
        conn.execute(text("UPDATE job_runs SET cadence_sec = :batch WHERE job = 'kill'"), {"batch": batch})
        markets.write_markets(conn, [a_market(number) for number in numbers], seen_at=NOW, now=NOW)
    print(batch, flush=True)
    batch += 1
"""


class TestKilledProcess:
    async def test_kill_9_at_any_moment_leaves_whole_transactions_only(self, database_url):
        """Each transaction holds 100 markets and their batch number: the two must always agree."""
        chance = random.Random(7)
        bridge = Database(database_settings(database_url))
        start = "INSERT INTO job_runs (job, cadence_sec, consecutive_failures, counts, updated_at)"
        await bridge.write(lambda conn: conn.execute(text(f"{start} VALUES ('kill', -1, 0, '{{}}', 0)")))
        confirmed = -1
        for _round in range(5):
            with child_process(WRITER, database_url, str(confirmed + 1)) as child:
                for _line in range(chance.randint(1, 4)):
                    confirmed = int(child.stdout.readline())
                await asyncio.sleep(chance.random() * 0.02)  # anywhere inside the next transaction
                child.kill()
                confirmed = max([confirmed, *map(int, child.stdout.read().split())])

            await self.settled(bridge)
            stored, batch = await bridge.read(
                lambda conn: (
                    markets.count_open(conn),
                    int(conn.execute(text("SELECT cadence_sec FROM job_runs WHERE job = 'kill'")).scalar_one()),
                )
            )
            assert stored == (batch + 1) * 100
            assert batch in (confirmed, confirmed + 1)  # nothing that was confirmed is lost
            confirmed = batch
        await bridge.close()

    async def settled(self, bridge: Database) -> None:
        """Wait until the server has noticed that the killed client is gone: a write gets through."""
        await bridge.write(lambda conn: conn.execute(text("UPDATE job_runs SET updated_at = 1 WHERE job = 'kill'")))

    async def test_a_killed_sqlite_file_is_sound(self, sqlite_url):
        with child_process(WRITER, sqlite_url, "0") as child:
            child.stdout.readline()
        connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()


class TestErrors:
    async def test_a_locked_sqlite_file_is_busy(self, sqlite_url):
        bridge = Database(database_settings(sqlite_url, busy_timeout_sec=0.05))
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy, match="locked"):
            await bridge.write(store, 1)
        assert await bridge.read(markets.count_open) == 0  # readers are never blocked
        other.execute("ROLLBACK")
        other.close()
        await bridge.write(store, 1)
        await bridge.close()

    @pytest.mark.postgres
    async def test_a_locked_postgres_row_is_busy(self, postgres_url):
        bridge = Database(database_settings(postgres_url, busy_timeout_sec=0.05))
        await bridge.write(store, 1)
        with psycopg.connect(postgres_url) as other:
            other.execute("UPDATE markets SET last_seen = 0")
            with pytest.raises(Busy, match="lock timeout"):
                await bridge.write(store, 1)
        await bridge.close()

    @pytest.mark.parametrize("url", ["sqlite:///{folder}/missing/x.db", "sqlite:///{folder}/none.db"])
    async def test_a_missing_folder_or_file_is_named(self, tmp_path, url):
        bridge = Database(database_settings(url.format(folder=tmp_path)))
        with pytest.raises(StorageError, match=r"folder .*missing|no database file .*none\.db; run `endgame migrate`"):
            await bridge.read(markets.count_open)
        with pytest.raises(StorageError):
            await bridge.ping()
        assert list(tmp_path.iterdir()) == []  # asking creates nothing
        await bridge.close()

    async def test_a_file_that_is_no_database_is_refused(self, tmp_path):
        (tmp_path / "x.db").write_text("this is a text, and long enough to be read as a header" * 9)
        bridge = Database(database_settings(f"sqlite:///{tmp_path / 'x.db'}"))
        with pytest.raises(StorageError, match="not a database"):
            await bridge.read(markets.count_open)
        await bridge.close()

    @pytest.mark.parametrize("url", ["sqlite:///:memory:", "mysql://secret@host/x", "postgresql://h:secret/x"])
    def test_a_url_that_cannot_work_is_a_config_error_without_the_url(self, url):
        with pytest.raises(ConfigError, match=r"^database\.url") as caught:
            Database(DatabaseSettings.model_construct(url=SecretStr(url), pool_size=5, busy_timeout_sec=1.0))
        assert "secret" not in str(caught.value)

    async def test_a_relative_sqlite_path_is_relative_to_the_working_folder(self, sqlite_url, monkeypatch):
        file = Path(sqlite_url.removeprefix("sqlite:///"))
        monkeypatch.chdir(file.parent)
        bridge = Database(database_settings(f"sqlite:///{file.name}"))
        assert await bridge.read(markets.count_open) == 0
        await bridge.close()

    @pytest.mark.postgres
    async def test_postgres_urls_may_have_the_short_scheme(self, postgres_url):
        bridge = Database(database_settings(postgres_url.replace("postgresql://", "postgres://")))
        assert bridge.dialect == "postgresql"
        await bridge.ping()
        await bridge.close()

    async def test_an_unreachable_server_is_busy(self, unused_tcp_port):
        bridge = Database(database_settings(f"postgresql://pm:secret@127.0.0.1:{unused_tcp_port}/x"))
        with pytest.raises(Busy) as caught:
            await bridge.ping()
        assert "secret" not in str(caught.value)
        await bridge.close()

    @pytest.mark.postgres
    async def test_a_lost_postgres_connection_heals_by_itself(self, postgres_url):
        bridge = Database(database_settings(postgres_url))
        await bridge.write(store, 1)
        assert await bridge.read(markets.count_open) == 1
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert await bridge.read(markets.count_open) == 1
        await bridge.write(store, 2)
        assert await bridge.read(markets.count_open) == 2
        await bridge.close()

    @pytest.mark.postgres
    async def test_a_connection_lost_inside_a_transaction_is_busy_and_the_next_one_works(self, postgres_url):
        bridge = Database(database_settings(postgres_url))

        def cut(conn):
            store(conn, 1)
            pid = conn.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with psycopg.connect(postgres_url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
            store(conn, 2)

        with pytest.raises(Busy):
            await bridge.write(cut)
        await bridge.write(store, 3)
        assert await bridge.read(markets.count_open) == 1
        await bridge.close()

    async def test_a_ping_that_hangs_is_given_up(self, sqlite_url, monkeypatch):
        monkeypatch.setattr("endgame.storage.database.PING_SEC", 0.01)
        bridge = Database(database_settings(sqlite_url))
        gate = Gate()
        reading = asyncio.create_task(bridge.probe(paused, gate.begun, gate.go_on))
        await begun(gate.begun)
        with pytest.raises(Busy, match="did not answer"):
            await bridge.ping()
        gate.go_on.set()
        await reading
        await bridge.close()

    async def test_what_a_driver_refuses_is_a_storage_error_without_the_statement(self, database):
        statement = text(
            "INSERT INTO market_outcomes (market_id, outcome, label, updated_at) VALUES ('x', 'YES', 'l', 0)"
        )
        with pytest.raises(StorageError) as caught:
            await database.write(lambda conn: conn.execute(statement))
        assert not isinstance(caught.value, Busy | SchemaMismatch)
        assert "INSERT" not in str(caught.value)


HOLDER = """
import asyncio, sys
from postgres_server import database_settings
from endgame.storage.leader import Leadership
async def hold():
    leader = Leadership(database_settings(sys.argv[1]), "score")
    print(await leader.acquire(), flush=True)
    await asyncio.Event().wait()
asyncio.run(hold())
"""


class TestLeadership:
    async def test_one_of_two_leads_and_the_other_takes_over_when_it_resigns(self, database_url):
        settings = database_settings(database_url)
        first, second, other_role = (Leadership(settings, role) for role in ("score", "score", "ingest"))
        assert not await first.still_held()
        assert await first.acquire()
        assert await first.acquire()  # asking again changes nothing
        assert not await second.acquire()
        assert await other_role.acquire()
        assert await first.still_held()
        await first.release()
        await first.release()
        assert not await first.still_held()
        assert await second.acquire()
        assert not await first.acquire()
        for leader in (second, other_role):
            await leader.release()

    async def test_a_killed_leader_is_followed_at_once(self, database_url):
        standby = Leadership(database_settings(database_url), "score")
        with child_process(HOLDER, database_url) as child:
            assert child.stdout.readline() == "True\n"
            assert not await standby.acquire()
        for _attempt in range(1_000):  # the server notices the closed socket
            if await standby.acquire():
                break
            await asyncio.sleep(0.01)
        assert await standby.still_held()
        await standby.release()

    @pytest.mark.postgres
    async def test_a_leader_whose_connection_is_cut_knows_that_it_no_longer_leads(self, postgres_url):
        leader = Leadership(database_settings(postgres_url), "score")
        assert await leader.acquire()
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        assert not await leader.still_held()
        assert await leader.acquire()
        await leader.release()

    async def test_a_leader_whose_lock_file_was_removed_knows_that_it_no_longer_leads(self, sqlite_url):
        leader = Leadership(database_settings(sqlite_url), "ingest")
        assert await leader.acquire()
        file = Path(sqlite_url.removeprefix("sqlite:///"))
        lock = file.with_name(f"{file.name}.ingest.lock")
        lock.unlink()
        assert not await leader.still_held()
        assert await leader.acquire()
        await leader.release()

    async def test_one_file_has_one_lock_whatever_it_is_called(self, sqlite_url, tmp_path):
        link = tmp_path / "elsewhere" / "current.db"
        link.parent.mkdir()
        link.symlink_to(sqlite_url.removeprefix("sqlite:///"))
        leader, second = (Leadership(database_settings(url), "score") for url in (sqlite_url, f"sqlite:///{link}"))
        assert await leader.acquire()
        assert not await second.acquire()
        await leader.release()

    async def test_a_lock_file_out_of_reach_is_a_lost_lead_and_no_end_of_the_process(self, sqlite_url, monkeypatch):
        leader = Leadership(database_settings(sqlite_url), "score")
        assert await leader.acquire()

        def stale(*_: object) -> os.stat_result:
            raise OSError(errno.ESTALE, "Stale file handle")

        with monkeypatch.context() as broken:
            broken.setattr(Path, "stat", stale)
            assert not await leader.still_held()
        await leader.release()

    async def test_a_lock_that_cannot_be_asked_for_is_an_error_not_a_standby(self, tmp_path, unused_tcp_port):
        with pytest.raises(StorageError, match="lock file"):
            await Leadership(database_settings(f"sqlite:///{tmp_path}/missing/x.db"), "score").acquire()
        with pytest.raises(Busy):
            await Leadership(database_settings(f"postgresql://pm@127.0.0.1:{unused_tcp_port}/x"), "score").acquire()
