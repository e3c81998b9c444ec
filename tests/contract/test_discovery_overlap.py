"""A walk stores one batch while it fetches the pages of the next: nothing is lost, reordered or left in the air."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from builders import NOW, a_market, market_id
from endgame.config import Settings
from endgame.errors import Busy, Unavailable
from endgame.jobs.discovery import Discovery
from endgame.storage import markets
from endgame.storage.database import Database
from endgame.venues.client import ListingBatch
from manual_clock import ManualClock
from scripted_venue import ScriptedVenue


class WatchedVenue(ScriptedVenue):
    """Counts the pages that were fetched."""

    fetched = 0
    hold_after: int | None = None

    async def walk(self, **window: Any) -> AsyncIterator[ListingBatch]:
        async for page in super().walk(**window):
            if self.fetched == self.hold_after:
                await asyncio.Event().wait()
            self.fetched += 1
            yield page


class HeldDatabase:
    """The real one, whose writes wait until they are let through, or fail."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.let_through = asyncio.Event()
        self.failure: Exception | None = None
        self.writing = 0
        self.most_at_once = 0

    async def write(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        self.writing += 1
        self.most_at_once = max(self.most_at_once, self.writing)
        try:
            await self.let_through.wait()
            if self.failure is not None:
                raise self.failure
            return await self._database.write(fn, *args, **kwargs)
        finally:
            self.writing -= 1

    async def read_bulk(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        return await self._database.read_bulk(fn, *args, **kwargs)


class Walk:
    """A walk over five pages of one market each, with batches of one."""

    def __init__(self, database: Database) -> None:
        clock = ManualClock(NOW)
        self.database = HeldDatabase(database)
        self.venue = WatchedVenue(clock)
        self.venue.list(*(a_market(number) for number in range(1, 6)))
        settings = Settings.model_validate({"ingest": {"batch_size": 1}})
        self.discovery = Discovery([self.venue], self.database, settings, clock)  # type: ignore[arg-type]

    async def begin(self) -> asyncio.Task[dict[str, int]]:
        """The walk as far as it comes while nothing can be stored."""
        task = asyncio.create_task(self.discovery.walk_full())
        for _ in range(100):
            await asyncio.sleep(0)
        return task


@pytest.fixture
async def walk(database: Database) -> Walk:
    return Walk(database)


async def test_the_next_pages_are_fetched_while_a_batch_is_stored_but_not_more(walk: Walk) -> None:
    task = await walk.begin()
    assert walk.venue.fetched == 2
    walk.database.let_through.set()
    assert (await task)["stored"] == 5
    assert walk.database.most_at_once == 1


async def test_a_walk_that_breaks_off_stores_what_is_in_hand(walk: Walk, database: Database) -> None:
    walk.venue.break_after = 1
    task = await walk.begin()
    walk.database.let_through.set()
    with pytest.raises(Unavailable):
        await task
    assert await database.read(markets.read_market, market_id(1)) is not None


async def test_a_batch_that_cannot_be_stored_ends_the_walk(walk: Walk) -> None:
    walk.database.failure = Busy("locked")
    walk.database.let_through.set()
    with pytest.raises(Busy):
        await walk.discovery.walk_full()
    assert walk.venue.fetched <= 2


async def test_the_last_batch_counts_before_the_walk_is_called_complete(walk: Walk) -> None:
    walk.database.let_through.set()
    assert (await walk.discovery.walk_full())["seen"] == 5
    assert walk.venue.looked_up == [], "nothing that the walk has just shown is looked up as vanished"


async def test_a_walk_that_is_cancelled_after_its_write_failed_still_ends_as_cancelled(walk: Walk) -> None:
    walk.database.failure = Busy("the server is away")
    walk.venue.hold_after = 1
    task = await walk.begin()
    walk.database.let_through.set()
    for _ in range(20):
        await asyncio.sleep(0)
    assert walk.database.writing == 0
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancelled_walk_leaves_no_write_in_the_air(walk: Walk) -> None:
    task = await walk.begin()
    assert walk.database.writing == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert walk.database.writing == 0
