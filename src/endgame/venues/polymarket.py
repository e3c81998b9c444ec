"""Polymarket: endpoints, paging and chunks. What the answers mean: `polymarket_wire` and `polymarket_books`."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, TypeVar

from endgame.clock import MS_PER_SEC, Clock
from endgame.config import HttpSettings, PolymarketSettings
from endgame.domain.quote import DEPTH_REACH
from endgame.errors import Payload, Throttled, VenueError
from endgame.telemetry import metrics
from endgame.venues.client import Listing, ListingBatch, QuoteBatch, QuoteRequest, VenueClient
from endgame.venues.http import HttpDoor
from endgame.venues.polymarket_books import decode_books, encode_request, parse_quotes
from endgame.venues.polymarket_wire import VENUE, read_page

MARKETS: Final = "markets_keyset"
BOOKS: Final = "books"

_LOOKUP_PAGE_SIZE: Final = 100

T = TypeVar("T")
Params = tuple[tuple[str, str], ...]


class Polymarket(VenueClient):
    """Gamma's keyset catalogue and the CLOB's batched books, over one `HttpDoor`."""

    name = VENUE

    def __init__(
        self,
        settings: PolymarketSettings,
        http: HttpSettings,
        *,
        clock: Clock,
        rng: random.Random,
        depth_reach: float = DEPTH_REACH,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._depth_reach = depth_reach
        self._door = HttpDoor(
            http, clock, rng, limits={MARKETS: settings.listings_per_sec, BOOKS: settings.books_per_sec}
        )

    async def walk(
        self, *, end_min_ms: int | None = None, end_max_ms: int | None = None
    ) -> AsyncGenerator[ListingBatch, None]:
        """Open markets page by page, nearest end first; exhaustion means that the walk was complete.

        The window is in the venue's end date. What the venue sends besides (closed records, other dates: unknown
        filters are silently ignored there) is passed on as what it is.

        Raises:
            VenueError: a page could not be had, a cursor came twice, or there was no end after `max_pages`.
        """
        filters: list[tuple[str, str]] = [
            ("closed", "false"),  # without it the venue has been seen to answer with closed markets
            ("limit", str(self._settings.page_size)),
            ("include_tag", "true"),
            ("order", "endDate"),  # snake_case would be ignored
            ("ascending", "true"),
        ]
        if end_min_ms is not None:
            filters.append(("end_date_min", _seconds(end_min_ms)))
        if end_max_ms is not None:
            filters.append(("end_date_max", _seconds(end_max_ms + MS_PER_SEC - 1)))
        seen: dict[str, int] = {}
        async with aclosing(self._pages(tuple(filters), self._settings.max_pages)) as pages:
            async for batch in pages:
                yield _without_repeats(batch, seen)

    async def lookup_closed(self, market_ids: Sequence[str]) -> AsyncGenerator[ListingBatch, None]:
        """Those of the given markets that the venue reports as closed, answer by answer.

        A look-up by id leaves closed markets out unless asked with `closed=true`.

        Raises:
            VenueError: at the end, the last one of the calls that failed; nothing is known about their markets. Only
                when the venue asks us to slow down the rest is not asked for.
        """
        failed: VenueError | None = None
        for ids in _chunks(list(dict.fromkeys(market_ids)), self._settings.lookup_ids_per_request):
            filters = (
                ("closed", "true"),
                ("limit", str(_LOOKUP_PAGE_SIZE)),
                ("include_tag", "true"),
                *(("condition_ids", market_id) for market_id in ids),  # repeated; a comma list finds nothing
            )
            asked, seen = set(ids), dict[str, int]()
            try:
                async with aclosing(self._pages(filters, len(ids) + 1)) as pages:
                    async for batch in pages:
                        yield _without_repeats(_closed_ones(batch, asked), seen)
            except VenueError as error:
                failed = error
                if isinstance(error, Throttled):
                    break
        if failed is not None:
            raise failed

    async def quotes(self, wanted: Sequence[QuoteRequest]) -> AsyncGenerator[QuoteBatch, None]:
        """Books of the given markets, chunk by chunk in order of arrival; a failed chunk does not end it.

        At most `books_concurrency` chunks are in flight or waiting to be taken: the next one is asked for when the
        caller comes back.
        """
        chunks = _chunks(wanted, max(self._settings.books_per_request // 2, 1))
        running: set[asyncio.Task[QuoteBatch]] = set()
        try:
            while True:
                while len(running) < self._settings.books_concurrency and (chunk := next(chunks, None)) is not None:
                    running.add(asyncio.create_task(self._quote_chunk(chunk)))
                if not running:
                    return
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    running.discard(task)
                    yield task.result()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def close(self) -> None:
        """Release connections."""
        await self._door.close()

    async def _quote_chunk(self, wanted: Sequence[QuoteRequest]) -> QuoteBatch:
        def read(body: bytes) -> QuoteBatch:
            received_at = self._clock.now_ms()
            return parse_quotes(decode_books(body), wanted, received_at=received_at, depth_reach=self._depth_reach)

        begun = self._clock.monotonic()
        try:
            batch = await self._door.post_json(
                BOOKS, f"{self._settings.clob_url}/books", encode_request(wanted), decode=read
            )
        except VenueError as error:
            return QuoteBatch((), (), self._clock.now_ms(), failed=len(wanted), error=error)
        metrics().ingest_quote_latency.observe(self._clock.monotonic() - begun)
        return batch

    async def _pages(self, filters: Params, max_pages: int) -> AsyncGenerator[ListingBatch, None]:
        """Keyset pages until there is no next cursor; never until a page is short (the venue clamps `limit`)."""

        def read(body: bytes) -> tuple[ListingBatch, str | None]:
            return read_page(body, self._clock.now_ms())

        url = f"{self._settings.gamma_url}/markets/keyset"
        params = filters
        cursors: set[str] = set()
        for _ in range(max_pages):
            batch, next_cursor = await self._door.get_json(MARKETS, url, params, decode=read)
            yield batch
            if next_cursor is None:
                return
            if next_cursor in cursors:
                raise Payload("The venue gave the same cursor twice; the walk would not end.")
            cursors.add(next_cursor)
            # The reply key is `next_cursor`, the request parameter `after_cursor`; every filter is sent again.
            params = (*filters, ("after_cursor", next_cursor))
        raise Payload(f"The walk did not end after {max_pages} pages.")


def _closed_ones(batch: ListingBatch, asked: set[str]) -> ListingBatch:
    """The batch without open markets and without those that were not asked for."""
    kept = tuple(
        listing for listing in batch.listings if listing.market.market_id in asked and not listing.market.status.is_open
    )
    unasked = len(batch.listings) - len(kept)
    return replace(batch, listings=kept, skipped=batch.skipped + Counter(unasked=unasked))


def _without_repeats(batch: ListingBatch, seen: dict[str, int]) -> ListingBatch:
    """The batch without records that an earlier page of the walk brought in the same or a newer version."""
    kept: list[Listing] = []
    repeats = 0
    for listing in batch.listings:
        updated_at = listing.market.venue_updated_at or 0
        known = seen.get(listing.market.market_id)
        repeats += known is not None
        if known is None or updated_at > known:
            seen[listing.market.market_id] = updated_at
            kept.append(listing)
    if not repeats:
        return batch
    return replace(batch, listings=tuple(kept), skipped=batch.skipped + Counter(duplicate=repeats))


def _seconds(epoch_ms: int) -> str:
    """RFC 3339 with whole seconds, rounded down."""
    return f"{datetime.fromtimestamp(epoch_ms // MS_PER_SEC, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
