"""Discovery: walks the venue's catalogue and stores markets, outcomes and rule texts.

The endgame window is walked often and first of all; the whole catalogue slowly. Markets that vanish from a complete
walk are asked for by id, because the venue drops closed markets from its listing without a word.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from endgame.clock import MS_PER_DAY, Clock
from endgame.config import Settings
from endgame.errors import VenueError
from endgame.jobs.batches import write_span
from endgame.scoring.risk import judge_key
from endgame.scoring.sense import sense_hash
from endgame.storage import markets as market_store
from endgame.storage import rules as rule_store
from endgame.storage.bulk import WriteCount
from endgame.storage.database import Connection, Database
from endgame.telemetry import logger, metrics
from endgame.venues.client import Listing, ListingBatch, VenueClient

FLUSH_AFTER_SEC: Final = 1.0
"""A partly filled batch is written after this long, so that the first rows are useful early."""
LOOKUP_LIMIT: Final = 3_000
"""Most markets asked for by id after one walk."""


@dataclass(slots=True)
class WalkCounts:
    """What one walk did so far."""

    venue: str
    pages: int = 0
    seen: int = 0
    stored: int = 0
    dropped: int = 0
    rules: int = 0
    closed: int = 0
    finished: bool = False
    skipped: Counter[str] = field(default_factory=Counter)

    def as_counts(self) -> dict[str, int]:
        """Flat numbers for the job record."""
        return {
            "pages": self.pages,
            "seen": self.seen,
            "stored": self.stored,
            "dropped": self.dropped,
            "rules": self.rules,
            "closed": self.closed,
            "skipped": self.skipped.total(),
        }


class Discovery:
    """Both walks over the venues. Shares two bells with the jobs that live in the same process."""

    def __init__(
        self,
        venues: Sequence[VenueClient],
        database: Database,
        settings: Settings,
        clock: Clock,
        *,
        on_progress: Callable[[str, WalkCounts], None] | None = None,
    ) -> None:
        self._venues = venues
        self._database = database
        self._settings = settings
        self._clock = clock
        self._on_progress = on_progress
        self.window_walked = asyncio.Event()
        """Set when the first window walk has ended, well or not."""
        self.texts_stored = asyncio.Event()
        """Set when texts wait to be judged."""
        self.markets_stored = asyncio.Event()
        """Set when there may be new candidates to quote."""

    async def walk_window(self) -> dict[str, int]:
        """Walk the endgame window of every venue. Raises VenueError when a walk stayed incomplete."""
        now = self._clock.now_ms()
        end_min = now - self._settings.window_back_ms
        lag_ms = round(self._settings.ingest.game_end_lag_days * MS_PER_DAY)
        end_max = now + self._settings.window_ahead_ms + lag_ms
        try:
            return await self._walk_all("window", end_min, end_max)
        finally:
            self.window_walked.set()

    async def walk_full(self) -> dict[str, int]:
        """Walk the whole open catalogue of every venue. Raises VenueError when a walk stayed incomplete."""
        return await self._walk_all("full", None, None)

    async def _walk_all(self, kind: str, end_min: int | None, end_max: int | None) -> dict[str, int]:
        total: Counter[str] = Counter()
        failed: VenueError | None = None
        for venue in self._venues:
            counts = WalkCounts(venue.name)
            try:
                await self._walk(venue, kind, end_min, end_max, counts)
            except VenueError as error:  # one venue's outage never costs the others
                failed = error
            finally:
                counts.finished = True
                self._tell(kind, counts)
                total.update(counts.as_counts())
                if counts.skipped:
                    logger().info("discovery.skipped", venue=venue.name, walk=kind, **counts.skipped)
        if failed is not None:
            raise failed
        return dict(total)

    async def _walk(
        self, venue: VenueClient, kind: str, end_min: int | None, end_max: int | None, counts: WalkCounts
    ) -> None:
        started = self._clock.now_ms()
        async with (
            aclosing(venue.walk(end_min_ms=end_min, end_max_ms=end_max)) as pages,
            aclosing(self._gathered(pages, counts)) as batches,
        ):
            await self._store_all(batches, kind, counts)
        if counts.seen:  # an empty walk closes nothing
            await self._look_up_vanished(venue, started, end_min, end_max, counts)
        await self._look_up_unresolved(venue, counts)

    async def _store_all(self, batches: AsyncIterator[ListingBatch], kind: str, counts: WalkCounts) -> None:
        """Store each batch while the pages of the next one are fetched: one is in hand at most, in order."""
        storing: asyncio.Task[None] | None = None
        try:
            async for batch in batches:
                if storing is not None:
                    await storing
                    self._tell(kind, counts)
                storing = asyncio.create_task(self._store(batch, counts))
        except asyncio.CancelledError:
            if storing is not None:
                storing.cancel()  # a transaction in hand is committed nevertheless
                # Its own failure must not take the place of the cancellation: whoever cancelled waits for our end.
                await asyncio.gather(storing, return_exceptions=True)
                storing = None
            raise
        finally:
            if storing is not None:  # also when the walk broke off: what was read is kept
                await storing
                self._tell(kind, counts)

    def _tell(self, kind: str, counts: WalkCounts) -> None:
        if self._on_progress is not None:
            self._on_progress(kind, counts)

    async def _gathered(
        self, pages: AsyncIterator[ListingBatch], counts: WalkCounts
    ) -> AsyncGenerator[ListingBatch, None]:
        """Pages gathered into batches of at most `batch_size` rows, none older than a second."""
        listings: list[Listing] = []
        received_at = 0
        flushed = self._clock.monotonic()
        limit = self._settings.ingest.batch_size
        try:
            async for page in pages:
                counts.pages += 1
                _count_skipped(page, counts)
                received_at = page.received_at
                listings.extend(page.listings)
                if len(listings) >= limit or self._clock.monotonic() - flushed >= FLUSH_AFTER_SEC:
                    for begin in range(0, len(listings), limit):
                        yield ListingBatch(tuple(listings[begin : begin + limit]), received_at)
                    listings, flushed = [], self._clock.monotonic()
        except VenueError:
            if listings:  # a walk that breaks off keeps what it has read
                yield ListingBatch(tuple(listings), received_at)
            raise
        if listings:
            yield ListingBatch(tuple(listings), received_at)

    async def _store(self, batch: ListingBatch, counts: WalkCounts) -> None:
        if not batch.listings:
            return
        stored, rules = await self._write(batch)
        counts.seen += len(batch.listings)
        counts.stored += stored.written
        counts.dropped += stored.dropped
        counts.rules += rules.written
        metrics().ingest_markets.inc(stored.written)
        if rules.written:
            self.texts_stored.set()
        self.markets_stored.set()

    async def _write(self, batch: ListingBatch) -> tuple[WriteCount, WriteCount]:
        with write_span("markets", len(batch.listings)) as done:
            stored, rules = await self._database.write(_write_batch, batch, now=self._clock.now_ms())
            done(stored)
        return stored, rules

    async def _look_up_vanished(
        self, venue: VenueClient, started: int, end_min: int | None, end_max: int | None, counts: WalkCounts
    ) -> None:
        vanished = await self._database.read_bulk(
            market_store.read_vanished,
            venue=venue.name,
            walk_started=started,
            end_min=end_min,
            end_max=end_max,
            limit=LOOKUP_LIMIT,
        )
        if vanished:
            await self._look_up(venue, vanished, counts)

    async def _look_up_unresolved(self, venue: VenueClient, counts: WalkCounts) -> None:
        unresolved = await self._database.read_bulk(market_store.read_unresolved, venue=venue.name, limit=LOOKUP_LIMIT)
        if unresolved:
            await self._look_up(venue, unresolved, counts)

    async def _look_up(self, venue: VenueClient, market_ids: Sequence[str], counts: WalkCounts) -> None:
        """Ask for markets by id and store what is closed. Those asked for go to the end of the queue first of all,
        so that one that always fails never keeps the others waiting."""
        await self._database.write(market_store.note_look_up, market_ids, now=self._clock.now_ms())
        async with aclosing(venue.lookup_closed(market_ids)) as batches:
            async for batch in batches:
                _count_skipped(batch, counts)
                if batch.listings:
                    stored, _ = await self._write(batch)
                    counts.closed += stored.written


def _count_skipped(batch: ListingBatch, counts: WalkCounts) -> None:
    counts.skipped.update(batch.skipped)
    for reason, number in batch.skipped.items():
        metrics().records_skipped.labels(reason).inc(number)


def _write_batch(conn: Connection, batch: ListingBatch, *, now: int) -> tuple[WriteCount, WriteCount]:
    """Markets, outcomes and rule texts of one batch in one transaction.

    A page can come from a cache of the venue's: the text of a record that is older than the stored one is old too.
    """
    found = [listing.market for listing in batch.listings]
    current = market_store.read_current(conn, found, now=now)
    stored = market_store.write_markets(conn, found, seen_at=batch.received_at, now=now, current=current)
    rules = [
        listing.rule
        for listing in batch.listings
        if listing.rule is not None and current.get(listing.market.market_id) is listing.market
    ]
    return stored, rule_store.write_rules(conn, rules, judge_key=judge_key, sense_hash=sense_hash, now=now)
