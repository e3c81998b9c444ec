"""Where the database is and how it is reached: URLs, engines, and the one translation of driver errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import psycopg
from sqlalchemy import Engine, create_engine, event, exc
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql import FromClause

from endgame.config import DatabaseSettings
from endgame.errors import Busy, ConfigError, SchemaMismatch, StorageError
from endgame.secret_file import read_secret

Dialect = Literal["sqlite", "postgresql"]

CONNECT_TIMEOUT_SEC = 5
STATEMENT_TIMEOUT_SEC = 120
_WAL_KEPT_BYTES = 64 * 1024 * 1024
_CACHE_KIB = 32 * 1024

# A peer that vanished without a word is noticed within about ten seconds on both sides.
POSTGRES_KEEPALIVES: dict[str, Any] = {
    "keepalives_idle": 4,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def database_location(settings: DatabaseSettings) -> URL:
    """The URL with our drivers named: sqlite:///file or postgresql+psycopg://….

    Raises:
        ConfigError: the URL cannot be read, names no file, or has options after the file that nobody would follow.
    """
    text = settings.url.get_secret_value()
    scheme, _, rest = text.partition("://")
    drivers = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
    try:
        url = make_url(f"{drivers[scheme]}://{rest}")
    except (KeyError, ValueError, exc.ArgumentError) as error:
        raise ConfigError("database.url cannot be read: see sqlite:///relative.db or postgresql://host/name") from error
    if scheme == "sqlite" and (not url.database or url.database == ":memory:"):
        raise ConfigError("database.url must name a file after sqlite:///, as several connections share it")
    if scheme == "sqlite" and url.query:
        raise ConfigError("database.url must end with the file name after sqlite:///: options after ? are not taken")
    return url.set(password=_password(settings.password_file)) if settings.password_file and scheme != "sqlite" else url


def _password(file: str) -> str:
    try:
        return read_secret(file, "database.password_file")
    except ValueError as error:
        raise ConfigError(str(error)) from None


def dialect_of(url: URL) -> Dialect:
    """Which of the two databases a URL of `database_location` names."""
    return "sqlite" if url.get_backend_name() == "sqlite" else "postgresql"


def sqlite_file(url: URL) -> Path:
    """The file of a SQLite URL."""
    return Path(url.database or "")


class _SqliteCompiler(SQLiteCompiler):
    """Lets a statement name the index to use (`with_hint`): SQLite has no statistics unless somebody asks for them."""

    def get_from_hint_text(self, _table: FromClause, text: str | None) -> str | None:
        return text


def sqlite_engine(
    url: URL, settings: DatabaseSettings, *, connections: int, writes: bool, creates: bool = False
) -> Engine:
    """An engine whose transactions begin IMMEDIATE when it writes, and that refuses to write when it does not.

    The driver never begins a transaction by itself, so DDL takes part in transactions too.
    """
    path = sqlite_file(url)

    def connect() -> sqlite3.Connection:
        if not path.parent.is_dir():
            raise StorageError(f"the folder {path.parent} of the database file does not exist")
        if not creates and not path.exists():
            raise SchemaMismatch(f"there is no database file {path}; run `endgame migrate`")
        mode = "rwc" if creates else "rw"
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode={mode}",
            uri=True,
            timeout=settings.busy_timeout_sec,
            isolation_level=None,
            check_same_thread=False,  # the pool hands a connection to one thread at a time
        )
        for pragma in (
            *(("journal_mode = WAL",) if writes else ("query_only = ON",)),
            "synchronous = NORMAL",
            "foreign_keys = ON",
            f"journal_size_limit = {_WAL_KEPT_BYTES}",
            f"cache_size = -{_CACHE_KIB}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=connections, max_overflow=0,
        pool_timeout=settings.busy_timeout_sec,
    )  # fmt: skip

    engine.dialect.statement_compiler = _SqliteCompiler

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def postgres_engine(url: URL, settings: DatabaseSettings) -> Engine:
    """An engine over one pool; a connection that was lost is replaced when it is next taken from the pool."""
    wait_ms = max(round(settings.busy_timeout_sec * 1_000), 1)
    engine = create_engine(
        url,
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=settings.busy_timeout_sec,
        pool_pre_ping=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_SEC, "application_name": "endgame", **POSTGRES_KEEPALIVES},
    )

    @event.listens_for(engine, "connect")
    def _bounds(connection: psycopg.Connection[Any], _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SET lock_timeout = {wait_ms}; SET statement_timeout = {STATEMENT_TIMEOUT_SEC * 1_000};"
                f"SET idle_in_transaction_session_timeout = {STATEMENT_TIMEOUT_SEC * 1_000};"
                "SET tcp_keepalives_idle = 4; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3"
            )
        connection.commit()

    return engine


@contextmanager
def translated() -> Iterator[None]:
    """Driver errors become ours.

    Raises:
        Busy: locked, timed out, unreachable, or chosen as the victim of a deadlock.
        SchemaMismatch: a table or column is missing.
        StorageError: anything else that the database refused.
    """
    try:
        yield
    except exc.DBAPIError as error:
        raise _ours(error.orig or error) from error
    except exc.TimeoutError as error:
        raise Busy("no database connection became free in time") from error
    except (sqlite3.Error, psycopg.Error) as error:
        raise _ours(error) from error
    except exc.SQLAlchemyError as error:
        raise StorageError(_short(error)) from error


_MISSING = (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn, psycopg.errors.InvalidSchemaName)
_MISSING_IN_SQLITE = ("no such table", "no such column", "has no column named")


def _ours(error: BaseException) -> StorageError:
    text = _short(error)
    if isinstance(error, _MISSING) or (
        isinstance(error, sqlite3.OperationalError) and any(words in text for words in _MISSING_IN_SQLITE)
    ):
        return SchemaMismatch(f"{text}; run `endgame migrate`")
    if isinstance(error, psycopg.OperationalError | sqlite3.OperationalError):
        return Busy(text)
    return StorageError(text)


def _short(error: BaseException) -> str:
    """The first line of what the driver says, without the statement and its values."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:300]
