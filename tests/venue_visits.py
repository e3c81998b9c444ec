"""The adapter pointed at a scripted server, for the tests of its catalogue side and of its books side."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from endgame.config import HttpSettings, PolymarketSettings
from endgame.venues.client import ListingBatch, QuoteBatch, QuoteRequest
from endgame.venues.polymarket import Polymarket
from manual_clock import ManualClock
from venue_server import VenueServer, book, levels, says

KEYSET = "/gamma/markets/keyset"
BOOKS = "/clob/books"


BIDS, ASKS = levels(("0.95", "100")), levels(("0.96", "200"))


def wanted(count: int) -> list[QuoteRequest]:
    return [QuoteRequest(f"m{n}", f"{n}01", f"{n}02") for n in range(1, count + 1)]


def all_books(request_body: bytes) -> list[dict[str, Any]]:
    return [book(item["token_id"], BIDS, ASKS) for item in json.loads(request_body)]


async def answers_all(request: web.Request) -> web.StreamResponse:
    return web.json_response(all_books(await request.read()))


@asynccontextmanager
async def a_venue(http: dict[str, Any] | None = None, **settings: Any) -> AsyncIterator[tuple[VenueServer, Polymarket]]:
    async with VenueServer() as server:
        server.script(BOOKS, answers_all)
        venue = Polymarket(
            PolymarketSettings(
                gamma_url=f"{server.url}/gamma", clob_url=f"{server.url}/clob", **{"books_per_sec": 50} | settings
            ),
            HttpSettings(**{"timeout_sec": 2} | (http or {})),
            clock=ManualClock(),
            rng=random.Random(1),
        )
        try:
            yield server, venue
        finally:
            await venue.close()


async def read_all(venue: Polymarket, count: int) -> list[QuoteBatch]:
    return [batch async for batch in venue.quotes(wanted(count))]


async def look_up(venue: Polymarket, market_ids: Sequence[str]) -> list[ListingBatch]:
    return [batch async for batch in venue.lookup_closed(market_ids)]


class Catalogue:
    """A server under a path prefix, and the adapter that reads it."""

    def __init__(self, server: VenueServer, **settings: Any) -> None:
        self.server = server
        self.clock = ManualClock()
        fast: dict[str, Any] = {"listings_per_sec": 30}
        self.venue = Polymarket(
            PolymarketSettings(gamma_url=f"{server.url}/gamma", clob_url=f"{server.url}/clob", **fast | settings),
            HttpSettings(timeout_sec=2),
            clock=self.clock,
            rng=random.Random(1),
        )

    def pages(self, *pages: object) -> None:
        self.server.script(KEYSET, *(says(body) for body in pages))

    async def walk(self, **window: int) -> list[ListingBatch]:
        return [batch async for batch in self.venue.walk(**window)]


@asynccontextmanager
async def a_catalogue(**settings: Any) -> AsyncIterator[Catalogue]:
    async with VenueServer() as server:
        catalogue = Catalogue(server, **settings)
        try:
            yield catalogue
        finally:
            await catalogue.venue.close()


def ids(batches: list[ListingBatch]) -> list[str]:
    return [listing.market.market_id for batch in batches for listing in batch.listings]
