"""Of several processes that could do a job, one does it: a lock that dies with its holder.

Postgres: a session advisory lock on a connection of its own. SQLite: a lock on a file beside the database.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import zlib
from pathlib import Path
from typing import Any, Protocol

import psycopg

from endgame.config import DatabaseSettings
from endgame.errors import Busy, StorageError
from endgame.storage.engines import (
    CONNECT_TIMEOUT_SEC,
    POSTGRES_KEEPALIVES,
    database_location,
    dialect_of,
    sqlite_file,
    translated,
)

_LOCK_SPACE = 1_162_757_959  # "ENDG": keeps our advisory locks apart from other programs'
_ASK_SEC = 5.0


class _Lock(Protocol):
    def acquire(self) -> bool: ...

    def still_held(self) -> bool: ...

    def release(self) -> None: ...


class Leadership:
    """The right to do the work of one role: "ingest" or "score".

    Methods of one object must not run at the same time.
    """

    def __init__(self, settings: DatabaseSettings, role: str) -> None:
        url = database_location(settings)
        self.role = role
        if dialect_of(url) == "sqlite":
            path = sqlite_file(url).resolve()  # as SQLite does: one file has one lock, whatever it is called
            self._lock: _Lock = _FileLock(path.with_name(f"{path.name}.{role}.lock"))
        else:
            conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
            self._lock = _AdvisoryLock(conninfo, role)

    async def acquire(self) -> bool:
        """Try once, without waiting for another holder; True when held.

        Raises:
            Busy: the database cannot be reached.
            StorageError: the lock file cannot be opened.
        """
        return await asyncio.to_thread(self._lock.acquire)

    async def still_held(self) -> bool:
        """True while nobody else can hold it; False when the lock, or the connection that carries it, was lost."""
        try:
            async with asyncio.timeout(_ASK_SEC):
                return await asyncio.to_thread(self._lock.still_held)
        except TimeoutError:
            return False

    async def release(self) -> None:
        """Give it up; nothing happens when it is not held."""
        await asyncio.to_thread(self._lock.release)


class _FileLock:
    """The kernel drops it when the holder dies, however that happens."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def acquire(self) -> bool:
        if self.still_held():
            return True
        self.release()
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StorageError(f"lock file {self._path} cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        self._file = file
        if not self.still_held():  # the file was replaced between opening and locking
            self.release()
            return False
        return True

    def still_held(self) -> bool:
        if self._file is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._file), self._path.stat())
        except OSError:  # removed: another process could lock a new file of this name; or out of reach, so nobody knows
            return False

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class _AdvisoryLock:
    """Lives as long as its session; the server notices a dead peer by keepalives within about ten seconds."""

    def __init__(self, conninfo: str, role: str) -> None:
        self._conninfo = conninfo
        self._key = (_LOCK_SPACE, zlib.crc32(role.encode()) & 0x7FFF_FFFF)
        self._connection: psycopg.Connection[Any] | None = None

    def acquire(self) -> bool:
        if self.still_held():
            return True
        self.release()
        with translated():
            connection = psycopg.connect(
                self._conninfo,
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_SEC,
                application_name="endgame-leader",
                **POSTGRES_KEEPALIVES,
            )
            try:
                connection.execute(
                    "SET tcp_keepalives_idle = 4; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3;"
                    "SET statement_timeout = 5000"
                )
                row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", self._key).fetchone()
            except BaseException:
                connection.close()
                raise
        if row is None or not row[0]:
            connection.close()
            return False
        self._connection = connection
        return True

    def still_held(self) -> bool:
        if self._connection is None:
            return False
        try:
            with translated():
                self._connection.execute("SELECT 1")  # the lock lives as long as this session does
        except (Busy, StorageError):
            self.release()
            return False
        return True

    def release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
