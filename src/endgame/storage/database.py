"""The one bridge between the event loop and the database: plain functions run in a transaction, in a thread.

Each kind of work has a lane of its own, so that a long scoring read or write never delays a short read, and no crowd of
short reads makes a probe say that the database is away. On SQLite a lane is one thread with one connection: more would
convoy on the interpreter's lock. On Postgres the short reads share what the pool has left beside one writer, one long
reader and one probe (a pool of fewer than four is shared by all lanes).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine

from endgame.config import DatabaseSettings
from endgame.errors import Busy, SchemaMismatch, StorageError
from endgame.storage.engines import (
    Dialect,
    database_location,
    dialect_of,
    postgres_engine,
    sqlite_engine,
    translated,
)
from endgame.storage.migrate import READ_REVISION, head_revision
from endgame.telemetry import metrics, span

__all__ = ["Connection", "Database"]  # the rooms above name a connection in functions of their own

P = ParamSpec("P")
T = TypeVar("T")

PING_SEC = 2.0
_MAX_WAITING = 1_000
"""Calls that may wait in one lane; more are refused at once."""


@dataclass(slots=True, eq=False)
class _Turn:
    """A place in the queue of a lane."""

    is_given_up: bool = False


class _Lane:
    """Threads for one kind of work and the engine that they use."""

    def __init__(self, name: str, engine: Engine, threads: int = 1) -> None:
        self.name = name
        self.engine = engine
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=f"database-{name}")
        self._turns: set[_Turn] = set()
        """What waits for a thread, with what was given up and keeps its place until a thread comes to it."""
        self._closed = False

    async def run(self, work: Callable[[], T]) -> T:
        """Result of `work`, done in a thread of this lane.

        Of a caller that is cancelled before its turn nothing is done; work already begun goes on to its commit.
        """
        if self._closed:
            raise Busy("the database is being closed")
        if len(self._turns) >= _MAX_WAITING:
            raise Busy(f"{len(self._turns)} calls already wait for the database lane {self.name!r}")
        turn = _Turn()
        self._turns.add(turn)
        job = self._threads.submit(self._take, turn, work)
        done = asyncio.wrap_future(job)
        done.add_done_callback(_see)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            turn.is_given_up = True
            task = asyncio.current_task()
            if job.cancelled() and task is not None and not task.cancelling():
                # `close` dropped the work; nobody cancelled the caller.
                raise Busy("the database is being closed") from None
            raise

    def _take(self, turn: _Turn, work: Callable[[], T]) -> T:
        self._turns.discard(turn)
        if turn.is_given_up:
            raise Busy("nobody waits for it any more")
        return work()

    async def close(self) -> None:
        """Drop the work that waits, let the work in hand finish, end the threads."""
        self._closed = True
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)


def _see(done: asyncio.Future[T]) -> None:
    """Take note of a failure, which a caller that gave up will never do."""
    if not done.cancelled():
        done.exception()


class Database:
    """Transactions on the configured database. The constructor does not connect.

    Raises:
        ConfigError: the URL cannot be read.
    """

    def __init__(self, settings: DatabaseSettings) -> None:
        url = database_location(settings)
        self.dialect: Dialect = dialect_of(url)
        if self.dialect == "sqlite":
            writer = sqlite_engine(url, settings, connections=1, writes=True)
            reader = sqlite_engine(url, settings, connections=3, writes=False)
            short_readers = 1
        else:
            writer = postgres_engine(url, settings)
            # One snapshot per transaction, as SQLite gives it: a page and its total never disagree.
            reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            short_readers = max(settings.pool_size - 3, 1)
        self._write = _Lane("write", writer)
        self._read = _Lane("read", reader, short_readers)
        self._bulk = _Lane("bulk", reader)
        self._probe = _Lane("probe", reader)

    async def read(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a short read, such as one for an API answer, in a read-only transaction.

        Raises:
            Busy: locked, unreachable or timed out.
            SchemaMismatch: a table or column is missing.
            StorageError: the database refused for another reason.
        """
        return await _told(self._read, fn, *args, **kwargs)

    async def read_bulk(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a long read, such as a scoring cycle's, beside the short ones. Raises as `read` does."""
        return await _told(self._bulk, fn, *args, **kwargs)

    async def probe(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a probe's short read, which waits for no client's. Raises as `read` does."""
        return await _told(self._probe, fn, *args, **kwargs)

    async def write(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one transaction that writes; it commits, or rolls back on any error. One at a time per process.

        Raises as `read` does. When the caller is cancelled meanwhile, the transaction still finishes.
        """
        return await _told(self._write, fn, *args, **kwargs)

    async def ping(self) -> None:
        """Ask whether the database answers within two seconds and has the schema of this version.

        Raises:
            Busy: it does not answer.
            SchemaMismatch: another revision, or none.
        """
        try:
            async with asyncio.timeout(PING_SEC):
                found = await self.probe(_revision)
        except TimeoutError:
            raise Busy(f"the database did not answer within {PING_SEC:g} s") from None
        if found != head_revision():
            raise SchemaMismatch(
                f"the database schema is at revision {found or 'none'}, this version needs {head_revision()};"
                " run `endgame migrate`"
            )

    async def close(self) -> None:
        """Let the transactions in hand finish, end the threads, close the connections."""
        for lane in (self._read, self._bulk, self._probe, self._write):
            await lane.close()
        for lane in (self._read, self._write):
            await asyncio.to_thread(lane.engine.dispose)


async def _told(lane: _Lane, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """One transaction in its lane, as a span of its own; its failure is counted."""
    with span(f"database.{lane.name}", level="debug", work=getattr(fn, "__name__", "work")):
        try:
            return await lane.run(lambda: _transact(lane.engine, fn, *args, **kwargs))
        except StorageError as error:
            metrics().database_errors.labels(lane.name, error.kind).inc()
            raise


def _transact(engine: Engine, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    with translated(), engine.begin() as connection:
        return fn(connection, *args, **kwargs)


def _revision(connection: Connection) -> str | None:
    found: str | None = connection.execute(READ_REVISION).scalar()
    return found
