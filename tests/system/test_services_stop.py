"""The end of a busy process: what is in flight is answered, a slow reader does not hold it up, a second signal does."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import DAY, WRITTEN, a_judgement, a_market, a_quote, a_rule, outcomes
from endgame.storage.database import Connection, Database
from endgame.storage.markets import write_markets
from endgame.storage.quotes import write_quotes
from endgame.storage.rules import write_judgements, write_rules
from postgres_server import database_settings
from system.service import Service, wait_for

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

ROWS = 3_000
LONG = {"SCORING__BOUNDS__QUOTE_STALE_MAX_SEC": 3_600}
"""The quotes are written once, and the tests need them fresh."""


def fill(conn: Connection, now: int) -> None:
    """So many opportunities that their CSV fills every buffer between the server and a reader that does not read."""
    numbers = range(1, ROWS + 1)
    times = {"open_time": now - DAY, "close_time": now + 2 * DAY, "venue_close_time": now + 2 * DAY}
    markets = [
        a_market(number, title=f"Will event {number} happen? " + "x" * 2_000, outcomes=outcomes(number), **times)
        for number in numbers
    ]
    write_markets(conn, markets, seen_at=now, now=now)
    write_rules(conn, [a_rule(number, as_of=now) for number in numbers], **WRITTEN, now=now)
    write_judgements(conn, [a_judgement(number) for number in numbers], now=now)
    write_quotes(conn, [a_quote(number, as_of=now, book_time=now) for number in numbers], now=now)


async def filled(path: Path) -> None:
    database = Database(database_settings(f"sqlite:///{path}"))
    try:
        await database.write(fill, round(time.time() * 1000))
    finally:
        await database.close()


@pytest.fixture(scope="module")
def full(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("full") / "full.db"
    shutil.copyfile(_sqlite_template, path)
    asyncio.run(filled(path))
    return path


@pytest.fixture
def service(full: Path, tmp_path: Path) -> Iterator[Service]:
    """A run without a venue that scores a full database several times a second."""
    path = tmp_path / "busy.db"
    shutil.copyfile(full, path)
    settings = {"DATABASE__URL": f"sqlite:///{path}", "VENUES__POLYMARKET__ENABLED": "false"}
    with Service(tmp_path, None, **settings, SCORING__CADENCE_SEC=0.2, **LONG) as running:
        wait_for(
            lambda: running.json("/v1/opportunities?limit=1")["total"] == ROWS,
            within=30, what="all are scored", note=running.tail,
        )  # fmt: skip
        yield running
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("SELECT count(DISTINCT as_of), count(*) FROM scores_latest").fetchall() == [(1, ROWS)]
    connection.close()


def download(service: Service) -> socket.socket:
    """A CSV download whose reader has taken one piece and then waits."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    reader.settimeout(20)
    reader.connect(("127.0.0.1", service.port))
    reader.sendall(b"GET /v1/opportunities.csv HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert reader.recv(1_000).startswith(b"HTTP/1.1 200")
    return reader


def scoring(service: Service) -> int:
    return sum('"job.score"' in line for line in service.lines)


def test_a_reader_that_does_not_read_holds_nothing_up(service: Service) -> None:
    with download(service):
        runs = scoring(service)
        wait_for(lambda: scoring(service) > runs, within=20, what="scoring goes on", every=0.01)
        assert service.get("/v1/opportunities?limit=3").status == 200
        code, took = service.terminate()
    print(f"ended in {took:.1f} s beside a reader that does not read")  # noqa: T201 - shown by pytest -rP
    assert code == 0, service.tail()
    assert took < 10


def test_a_download_in_flight_is_finished_before_the_end(service: Service) -> None:
    with download(service) as reader:
        assert service.process is not None
        service.process.send_signal(signal.SIGTERM)
        wait_for(lambda: any('"app.stopping"' in line for line in service.lines), within=10, what="it is stopping")
        received = b"".join(iter(lambda: reader.recv(1_000_000), b""))
    code, took = service.process.wait(15), service.process.returncode
    assert code == took == 0
    assert received.endswith(b"0\r\n\r\n"), "the file was cut off"
    assert received.count(b"\r\n") > ROWS
    with pytest.raises(OSError):  # noqa: PT011 - refused or reset, whichever comes first
        service.get("/healthz")


def test_a_second_signal_ends_it_at_once(service: Service) -> None:
    with download(service):
        assert service.process is not None
        service.process.send_signal(signal.SIGTERM)
        wait_for(lambda: any('"app.stopping"' in line for line in service.lines), within=10, what="it is stopping")
        assert service.process.poll() is None, "the reader was to keep it for a while"
        code, took = service.terminate(signal.SIGINT)
    assert code == 128 + signal.SIGINT
    assert took < 2
