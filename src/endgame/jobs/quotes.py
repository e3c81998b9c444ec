"""Quotes: reads the order books of all candidates and keeps the latest, with one sample per bucket."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Final

from endgame.clock import MS_PER_SEC, Clock
from endgame.config import Settings
from endgame.errors import EndgameError
from endgame.jobs.batches import write_span
from endgame.storage import markets as market_store
from endgame.storage import quotes as quote_store
from endgame.storage.bulk import WriteCount
from endgame.storage.database import Connection, Database
from endgame.telemetry import logger, metrics
from endgame.venues.client import QuoteBatch, QuoteRequest, VenueClient

LOOK_SHARE: Final = 10.0
"""After a look for new candidates that took a second, the next one waits ten."""


class Quotes:
    """Quote cycles: all candidates at every tick, and in between those that discovery has just found."""

    def __init__(
        self,
        venues: Sequence[VenueClient],
        database: Database,
        settings: Settings,
        clock: Clock,
        *,
        markets_stored: asyncio.Event,
    ) -> None:
        self._venues = venues
        self._database = database
        self._settings = settings
        self._clock = clock
        self._markets_stored = markets_stored
        self._new: dict[str, list[QuoteRequest]] = {}
        self._look_at = 0.0
        self._asked: set[str] = set()
        """Markets asked for since the last full cycle: one without any book is not asked for again before the next."""

    async def is_urgent(self) -> bool:
        """True when discovery stored a candidate that was never asked for. Looks seldom when looking takes long."""
        begun = self._clock.monotonic()
        if not self._markets_stored.is_set() or begun < self._look_at:
            return False
        self._markets_stored.clear()
        try:
            self._new = {venue.name: await self._wanted(venue, unquoted_only=True) for venue in self._venues}
        except EndgameError:
            self._markets_stored.set()  # what was stored is still to be looked at
            raise
        self._look_at = begun + LOOK_SHARE * (self._clock.monotonic() - begun)
        return any(self._new.values())

    async def quote_all(self) -> dict[str, int]:
        """Quote every candidate. Raises VenueError when not one call was answered."""
        self._asked.clear()
        self._markets_stored.clear()
        return await self._cycle({venue.name: await self._wanted(venue, unquoted_only=False) for venue in self._venues})

    async def quote_new(self) -> dict[str, int]:
        """Quote the candidates that `is_urgent` found: no quote, and not asked for since the last full cycle."""
        new, self._new = self._new, {}
        return await self._cycle(new)

    async def _cycle(self, wanted: Mapping[str, list[QuoteRequest]]) -> dict[str, int]:
        total: Counter[str] = Counter()
        failed: Exception | None = None
        for venue in self._venues:
            requests = wanted.get(venue.name, [])
            self._asked.update(request.market_id for request in requests)
            total["asked"] += len(requests)
            async with aclosing(venue.quotes(requests)) as batches:
                async for batch in batches:
                    total.update(await self._store(batch))
                    failed = batch.error or failed
        await self._note_freshness()
        if failed is not None:
            logger().warning("quotes.failed", failed=total["failed"], error=str(failed))
            if not total["answered"]:
                raise failed
        return dict(total)

    async def _wanted(self, venue: VenueClient, *, unquoted_only: bool) -> list[QuoteRequest]:
        rows = await self._database.read_bulk(
            market_store.read_candidates,
            venue=venue.name,
            now=self._clock.now_ms(),
            back_ms=self._settings.window_back_ms,
            ahead_ms=self._settings.window_ahead_ms,
            min_price=self._settings.min_candidate_price,
            unquoted_only=unquoted_only,
        )
        return [
            QuoteRequest(market_id, yes, no)
            for market_id, yes, no in rows
            if not (unquoted_only and market_id in self._asked)
        ]

    async def _store(self, batch: QuoteBatch) -> dict[str, int]:
        for reason, number in batch.skipped.items():
            metrics().records_skipped.labels(reason).inc(number)
        counts = {"failed": batch.failed, "skipped": batch.skipped.total()}
        if batch.error is not None and not batch.quotes:
            return counts
        sample_ms = self._settings.ingest.sample_sec * MS_PER_SEC
        with write_span("quotes_latest", len(batch.quotes)) as done:
            written, sampled, missing = await self._database.write(
                _write_batch, batch, sample_ms=sample_ms, now=self._clock.now_ms()
            )
            done(written)
        metrics().ingest_quotes.inc(written.written)
        return counts | {
            "answered": 1,
            "stored": written.written,
            "dropped": written.dropped,
            "samples": sampled,
            "missing": missing,
        }

    async def _note_freshness(self) -> None:
        now = self._clock.now_ms()
        oldest = await self._database.read_bulk(
            quote_store.read_oldest_candidate_quote,
            now=now,
            back_ms=self._settings.window_back_ms,
            ahead_ms=self._settings.window_ahead_ms,
            min_price=self._settings.min_candidate_price,
        )
        metrics().quote_freshness.set(0 if oldest is None else max(now - oldest, 0) / MS_PER_SEC)


def _write_batch(conn: Connection, batch: QuoteBatch, *, sample_ms: int, now: int) -> tuple[WriteCount, int, int]:
    """Quotes, samples and deletions of one chunk in one transaction."""
    written = quote_store.write_quotes(conn, batch.quotes, now=now)
    sampled = quote_store.write_samples(conn, batch.quotes, sample_ms=sample_ms, now=now)
    missing = quote_store.delete_quotes(conn, batch.missing, as_of=batch.received_at, now=now)
    return written, sampled, missing
