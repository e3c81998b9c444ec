"""kill -9 in a loop, at seeded moments: what was committed stays, time never goes back, the list is there again."""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from endgame.storage.migrate import head_revision
from system.fault_table import FULL, record
from system.service import Service, Simulator, ms_of, wait_for

pytestmark = [pytest.mark.system, pytest.mark.timeout(1800 if FULL else 240)]

LANES = 2
"""Loops side by side, each on a file of its own."""
SQLITE_KILLS = 30 if FULL else 7
POSTGRES_KILLS = 42 if FULL else 4
"""Kills in each loop."""
START_UP_SEC = 2.0
"""Kills during start-up fall into this time after the process began, until it is known how long a start takes."""
BUSY_SEC = 1.0
"""The other kills fall into this time after the list is back; every job begins several times in it."""
BACK_WITHIN_SEC = 90 if FULL else 30
"""Starting Python on a busy machine, and one cycle of everything."""
SETTINGS: dict[str, object] = {
    "INGEST__WINDOW_SEC": 0.5,
    "INGEST__DISCOVERY_SEC": 1,
    "INGEST__QUOTES_SEC": 0.4,
    "INGEST__RETRY_SEC": 0.3,
    "SCORING__CADENCE_SEC": 0.3,
    "INGEST__BATCH_SIZE": 50,
    "VENUES__POLYMARKET__PAGE_SIZE": 30,
    "VENUES__POLYMARKET__BOOKS_PER_REQUEST": 10,
}
QUERIES = {
    "markets": "SELECT market_id, last_seen FROM markets",
    "first_seen": "SELECT market_id, first_seen FROM markets",
    "outcomes": "SELECT market_id, count(*) FROM market_outcomes GROUP BY market_id",
    "rules": "SELECT market_id, as_of FROM rules_latest",
    "quotes": "SELECT market_id, as_of FROM quotes_latest",
    "samples": "SELECT market_id || ' ' || bucket_start, as_of FROM quotes_5m",
    "scores": "SELECT market_id, as_of FROM scores_latest",
    "found": "SELECT market_id, as_of FROM scores_latest WHERE gate IS NULL",
    "recommended": "SELECT market_id, as_of FROM recs_latest",
    "jobs": "SELECT job, coalesce(last_success, 0) FROM job_runs",
}
Rows = dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def venue() -> Iterator[Simulator]:
    with Simulator(240, seed=5) as running:
        yield running


@dataclass
class SqliteFile:
    """Looks at a copy, so that the next start, and not this test, is the first to open what the crash left."""

    path: Path
    aside: Path

    def is_open(self, pid: int) -> bool:
        """True while the process has the file."""
        with suppress(OSError):
            return any(one.readlink() == self.path for one in Path(f"/proc/{pid}/fd").iterdir())
        return False

    def look(self) -> Rows | None:
        if not self.path.exists():
            return None
        shutil.rmtree(self.aside, ignore_errors=True)
        self.aside.mkdir()
        for suffix in ("", "-wal"):
            if self.path.with_name(self.path.name + suffix).exists():
                shutil.copy(self.path.with_name(self.path.name + suffix), self.aside)
        connection = sqlite3.connect(self.aside / self.path.name)
        try:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if "markets" not in tables:
                assert not tables - {"alembic_version"}, "half a schema"
                return None
            assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(head_revision(),)]
            return {name: dict(connection.execute(query).fetchall()) for name, query in QUERIES.items()}
        finally:
            connection.close()


@dataclass
class PostgresDatabase:
    url: str

    def is_open(self, _pid: int) -> bool:
        """True while anybody of ours is connected: there is one process at a time."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'endgame'"
            ).fetchone()
        assert row is not None
        return bool(row[0])

    def look(self) -> Rows:
        with psycopg.connect(self.url) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return {name: dict(connection.execute(query.encode()).fetchall()) for name, query in QUERIES.items()}


def check_whole(rows: Rows) -> None:
    """No transaction is there by half."""
    assert set(rows["outcomes"]) == set(rows["markets"]), "a market without outcomes"
    assert set(rows["outcomes"].values()) <= {2}, "a market with one outcome"
    assert len(set(rows["scores"].values())) <= 1, "rows of two scoring runs"
    assert rows["recommended"] == rows["found"], "recommendations of another run than the scores"


def check_kept(before: Rows, after: Rows) -> int:
    """What was committed is still there, and nothing has become older; returns how many rows are lost."""
    lost = 0
    for name in ("markets", "rules", "samples"):
        lost += len(before[name].keys() - after[name].keys())
        assert not lost, f"{name} lost"
    for name in ("markets", "rules", "quotes", "scores", "jobs"):
        back = {key for key in before[name].keys() & after[name].keys() if after[name][key] < before[name][key]}
        assert not back, f"{name} went back in time: {sorted(back)[:3]}"
    for name in ("first_seen", "samples"):
        assert before[name].items() <= after[name].items(), f"{name} was overwritten"
    gone = before["quotes"].keys() - after["quotes"].keys()  # a market may close meanwhile, but not one in ten
    assert len(gone) <= max(len(before["quotes"]) / 10, 2), f"{len(gone)} quotes lost"
    return lost


@dataclass(frozen=True)
class Life:
    """One start and its end by kill -9. Of one killed while it started, only `was_open` is known."""

    words: str
    was_open: bool = True
    """It had the database open."""
    alive_sec: float = 0.0
    back_sec: float = 0.0
    at_work: bool = False
    """It was killed while a job ran."""


def killed_at_start(service: Service, store: SqliteFile | PostgresDatabase, moment: float) -> Life:
    service.start(wait=False)
    time.sleep(moment)
    assert service.process is not None
    was_open = store.is_open(service.process.pid)
    service.kill()
    return Life(f"after {moment:.2f} s of start-up, {'with' if was_open else 'before'} an open database", was_open)


def killed_at_work(service: Service, rng: random.Random, known: Rows | None) -> Life:
    began = time.monotonic()
    service.start(wait=False)
    last_run = max(known["scores"].values(), default=0) if known else 0
    wait_for(service.alive, within=BACK_WITHIN_SEC, what="/healthz answers", note=service.tail, every=0.05)
    alive_sec = time.monotonic() - began
    if known and known["found"]:
        # What is stored is shown before the venue has said anything new; it is fresh enough, as the crash was.
        assert service.json("/v1/opportunities")["items"], "the list is not there at once"
    wait_for(lambda: is_new(service, last_run), within=BACK_WITHIN_SEC, what="the list is back", note=service.tail)
    back_sec = time.monotonic() - began
    time.sleep(rng.uniform(0, BUSY_SEC))
    at_work = [job["job"] for job in service.json("/readyz")["jobs"] if is_running(job)]
    service.kill()
    words = f"answers after {alive_sec:.1f} s, scored anew after {back_sec:.1f} s, killed in {' + '.join(at_work)}"
    return Life(words, alive_sec=alive_sec, back_sec=back_sec, at_work=bool(at_work))


def is_new(service: Service, last_run: int) -> bool:
    page = service.json("/v1/opportunities")
    return bool(page["items"]) and ms_of(page["as_of"]) > last_run


def is_running(job: dict[str, str | None]) -> bool:
    started, ended = job["last_start"], job["last_success"]
    return started is not None and (ended is None or ms_of(started) > ms_of(ended))


def walked_since(service: Service, moment_ms: int) -> bool:
    jobs = {job["job"]: job["last_success"] for job in service.json("/readyz")["jobs"]}
    return jobs["discovery_full"] is not None and ms_of(jobs["discovery_full"]) > moment_ms


def kill_again_and_again(service: Service, store: SqliteFile | PostgresDatabase, kills: int, seed: int) -> str:
    """Kill, look, start again; returns a report."""
    rng = random.Random(seed)
    first = time.monotonic()
    known: Rows | None = None
    report, starting, working, lost, start_sec = [], list[Life](), list[Life](), 0, START_UP_SEC
    for number in range(kills):
        if number % 2:
            life = killed_at_work(service, rng, known)
            working.append(life)
            start_sec = life.alive_sec
        else:
            life = killed_at_start(service, store, rng.uniform(0.05, start_sec))
            starting.append(life)
        found = store.look()
        if found is not None:
            check_whole(found)
            if known is not None:
                lost += check_kept(known, found)
        else:
            assert known is None, "the database is gone"
        known = found
        report.append(f"kill {number + 1:2}: {len(found['markets']) if found else 0:3} markets; {life.words}")
    assert known is not None
    opened, at_work = sum(life.was_open for life in starting), sum(life.at_work for life in working)
    if FULL:  # a handful of kills may all miss
        assert opened >= len(starting) / 10, "the kills at the start came before anything was at stake"
        assert at_work >= len(working) / 4, "the other kills came while nothing was done"
    began = time.monotonic()
    last_run = max(known["scores"].values())
    with service:
        wait_for(lambda: is_new(service, last_run), within=BACK_WITHIN_SEC, what="the last time", note=service.tail)
        back_sec = time.monotonic() - began
        report.append(f"back after all {kills} in {back_sec:.1f} s")
        wait_for(lambda: walked_since(service, last_run), within=20, what="a full walk", note=service.tail)
        code, took = service.terminate()
    assert code == 0
    last = store.look()
    assert last is not None
    check_whole(last)
    lost += check_kept(known, last)
    assert len(last["markets"]) >= 200
    assert not any('"job.unexpected"' in line for line in service.lines)
    assert not any("Traceback" in line for line in service.lines)
    report.append(f"orderly end in {took:.1f} s")
    record(
        f"kill -9: {len(starting)} while starting, {opened} of them with an open database; {len(working)} later,"
        f" {at_work} of them while a job ran",
        database="SQLite" if isinstance(store, SqliteFile) else "Postgres",
        lasted_sec=time.monotonic() - first,
        times=kills,
        recovered_sec=max(back_sec, *(life.back_sec for life in working)),
        lost=lost,
    )
    return "\n".join(report)


MOMENTS = {"as_of", "quote_as_of", "last_start", "last_success"}


def make_an_hour_older(connection: sqlite3.Connection) -> None:
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")} & MOMENTS
        changes = ", ".join(f"{column} = {column} - 3600000" for column in columns)
        if changes:
            connection.execute(f"UPDATE {table} SET {changes}")  # noqa: S608 - names of our own schema
    connection.commit()


def check_an_hour_later(service: Service, path: Path) -> None:
    """Nobody has worked on the file for an hour; an API on it says so, and shows what it knows."""
    connection = sqlite3.connect(path)
    make_an_hour_older(connection)
    (known,) = connection.execute("SELECT market_id FROM recs_latest LIMIT 1").fetchone()
    connection.close()
    with Service(service.folder, None, "api", **service.settings) as api:
        ready = api.get("/readyz")
        assert ready.status == 200, "it can serve the last known data, so it stays in the balancer"
        assert ready.json["status"] == "degraded"
        for job in ("quotes", "score", "discovery_window"):
            assert any(job in reason for reason in ready.json["reasons"]), ready.json["reasons"]
        assert api.json("/v1/opportunities")["total"] == 0, "nothing stale is ranked, whoever stopped working"
        funnel = api.funnel()
        assert funnel["opportunities"] == 0
        assert funnel["gates"]["STALE_QUOTE"] > 0
        assert api.market(known)["latest_quote"] is not None
        assert api.metric("pm_quote_freshness_seconds") > 3_500


def test_a_sqlite_file_survives_kill_nine_at_any_moment(tmp_path: Path, venue: Simulator) -> None:
    def lane(number: int) -> tuple[Service, Path, str]:
        folder = tmp_path / str(number)
        folder.mkdir()
        path = folder / "killed.db"
        service = Service(folder, venue, DATABASE__URL=f"sqlite:///{path}", **SETTINGS)
        store = SqliteFile(path, folder / "aside")
        return service, path, kill_again_and_again(service, store, SQLITE_KILLS, seed=20 + number)

    with ThreadPoolExecutor(LANES) as pool:
        lanes = list(pool.map(lane, range(LANES)))
    print("\n\n".join(report for _, _, report in lanes))  # noqa: T201 - shown by pytest -rP
    service, path, _ = lanes[0]
    check_an_hour_later(service, path)


@pytest.mark.postgres
def test_a_postgres_database_survives_kill_nine_at_any_moment(
    tmp_path: Path, venue: Simulator, postgres_url: str
) -> None:
    service = Service(tmp_path, venue, DATABASE__URL=postgres_url, **SETTINGS)
    report = kill_again_and_again(service, PostgresDatabase(postgres_url), POSTGRES_KILLS, seed=30)
    print(report)  # noqa: T201 - shown by pytest -rP
