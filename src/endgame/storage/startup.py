"""The first word with a database: a server that is away at our start is waited for, bounded and told in the log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from endgame.clock import Clock
from endgame.config import DatabaseSettings
from endgame.errors import Busy
from endgame.storage.engines import database_location, dialect_of
from endgame.storage.migrate import migrate
from endgame.telemetry import logger

T = TypeVar("T")

RETRY_SEC: Final = 2.0
"""Between two tries; the first waits are shorter."""


async def answered(ask: Callable[[], Awaitable[T]], settings: DatabaseSettings, clock: Clock) -> T:
    """Answer of `ask`, asked again while the Postgres is away, for at most `database.start_wait_sec`.

    A SQLite file is there or not: it is asked once.

    Raises:
        Busy: it stayed away.
    """
    waits = dialect_of(database_location(settings)) == "postgresql"
    patience_sec = settings.start_wait_sec if waits else 0.0
    begun = clock.monotonic()
    pause_sec = RETRY_SEC / 8
    while True:
        try:
            return await ask()
        except Busy as error:
            waited_sec = clock.monotonic() - begun
            if waited_sec + pause_sec > patience_sec:
                raise
            left_sec = round(patience_sec - waited_sec, 1)
            logger().warning("database.unreachable", error=str(error), gives_up_in_sec=left_sec)
        await clock.sleep(pause_sec)
        pause_sec = min(pause_sec * 2, RETRY_SEC)


async def migrate_when_reachable(settings: DatabaseSettings, clock: Clock) -> str:
    """`migrate`, in a thread, once the database is there. Returns the revision reached; raises as `migrate` does."""
    return await answered(lambda: asyncio.to_thread(migrate, settings), settings, clock)
