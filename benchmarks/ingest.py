"""Part 2: the real discovery and quote jobs against the simulated venue, beside a bare loop over the same addresses."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from aiolimiter import AsyncLimiter
from sqlalchemy import Connection, bindparam, text

from benchmarks.databases import Databases
from benchmarks.processes import Simulator
from benchmarks.report import Section, Target, ratio
from endgame.clock import SystemClock
from endgame.config import Settings
from endgame.jobs.discovery import Discovery
from endgame.jobs.quotes import Quotes
from endgame.storage.database import Database
from endgame.storage.markets import read_candidates
from endgame.venues.client import QuoteRequest
from endgame.venues.polymarket_books import encode_request
from endgame.venues.registry import build_venues
from postgres_server import database_settings

WALK_LIMIT_SEC = 60.0
QUOTES_LIMIT_SEC = 10.0
_CURSOR = re.compile(rb'"next_cursor":\s*"([^"]+)"')
_PAUSE_OTHERS = text("UPDATE markets SET accepts_orders = FALSE WHERE market_id NOT IN :ids").bindparams(
    bindparam("ids", expanding=True)
)
_BOUNDS = ("back_ms", "ahead_ms")


async def measure(databases: Databases, kinds: Sequence[str], *, markets: int, quoted: int) -> Section:
    section = Section(
        f"Ingest: a venue of {markets:,} markets in a process of its own, 20 ms latency, default rates",
        ("what", "seconds", "calls", "calls/s", "stored", "of the paced floor", "CPU s"),
    )
    with TemporaryDirectory(prefix="endgame-bench-") as folder, Simulator(Path(folder), markets=markets) as venue:
        settings = Settings.model_validate(
            {"venues": {"polymarket": dict.fromkeys(("gamma_url", "clob_url", "data_url"), venue.url)}}
        )
        paced = await _walk_floors(settings, section)
        requests: list[QuoteRequest] = []
        measured: list[_Ingest] = []
        for kind in kinds:
            with databases.fresh(kind) as url:
                measured.append(await _ingest(url, settings, quoted))
                requests = measured[-1].requests
        for kind, found in zip(kinds, measured, strict=True):
            _walk_row(section, kind, found, paced, markets)
        paced = await _book_floors(settings, section, requests)
        for kind, found in zip(kinds, measured, strict=True):
            _quotes_row(section, kind, found, paced, settings)
        section.notes.append(
            "Floors fetch the same pages and books one after another (books four at once) and throw them away."
        )
        section.notes.append(f"Breaches of the venue's protocol by everybody together: {_breaches(venue)}.")
    return section


class _Ingest:
    """Seconds and counts of one database's walk and quote cycle."""

    def __init__(self) -> None:
        self.requests: list[QuoteRequest] = []
        self.walk_sec = self.quotes_sec = 0.0
        self.walk_cpu = self.quotes_cpu = 0.0
        self.walk: dict[str, int] = {}
        self.quotes: dict[str, int] = {}


async def _ingest(url: str, settings: Settings, quoted: int) -> _Ingest:
    """A full walk into an empty database, then the books of its first candidates."""
    found = _Ingest()
    clock, database = SystemClock(), Database(database_settings(url))
    venues = build_venues(settings, clock, random.Random(7))
    try:
        discovery = Discovery(venues, database, settings, clock)
        found.walk_sec, found.walk_cpu, found.walk = await _timed(discovery.walk_full)
        found.requests = await _keep_candidates(database, settings, quoted)
        quotes = Quotes(venues, database, settings, clock, markets_stored=discovery.markets_stored)
        found.quotes_sec, found.quotes_cpu, found.quotes = await _timed(quotes.quote_all)
    finally:
        for venue in venues:
            await venue.close()
        await database.close()
    return found


async def _timed(work: Callable[[], Awaitable[Any]]) -> tuple[float, float, Any]:
    """Seconds, CPU seconds of this process, and the result."""
    begun, begun_cpu = time.perf_counter(), time.process_time()
    result = await work()
    return time.perf_counter() - begun, time.process_time() - begun_cpu, result


async def _keep_candidates(database: Database, settings: Settings, quoted: int) -> list[QuoteRequest]:
    """Only the first `quoted` candidates stay candidates, so that every run asks for the same number of books."""
    bounds = settings.scoring.bounds
    rows = await database.read_bulk(
        read_candidates,
        venue="polymarket",
        now=SystemClock().now_ms(),
        min_price=bounds.min_entry_price - settings.ingest.candidate_margin,
        back_ms=settings.window_back_ms,
        ahead_ms=settings.window_ahead_ms,
    )
    kept = [QuoteRequest(*row) for row in rows[:quoted]]
    await database.write(_pause_others, [request.market_id for request in kept])
    return kept


def _pause_others(conn: Connection, kept: list[str]) -> None:
    conn.execute(_PAUSE_OTHERS, {"ids": kept})


def _walk_row(section: Section, kind: str, found: _Ingest, paced: float, markets: int) -> None:
    pages, stored = found.walk["pages"], found.walk["stored"]
    section.rows.append(
        [
            f"full walk into {kind}",
            found.walk_sec,
            pages,
            pages / found.walk_sec,
            stored,
            ratio(found.walk_sec, paced),
            found.walk_cpu,
        ]
    )
    section.targets.append(Target(f"full walk of {markets:,} markets, {kind}", found.walk_sec, WALK_LIMIT_SEC, "s"))


def _quotes_row(section: Section, kind: str, found: _Ingest, paced: float, settings: Settings) -> None:
    asked, seconds = found.quotes["asked"], found.quotes_sec
    calls = -(-asked // (settings.venues.polymarket.books_per_request // 2))
    section.rows.append(
        [f"books of {asked:,} markets into {kind}", seconds, calls, calls / seconds, found.quotes.get("stored", 0),
         ratio(seconds, paced), found.quotes_cpu]
    )  # fmt: skip
    section.targets.append(Target(f"all books of {asked:,} markets, {kind}", seconds, QUOTES_LIMIT_SEC, "s"))


async def _walk_floors(settings: Settings, section: Section) -> float:
    """Seconds of the bare walk at the default rate; the unlimited one is shown beside it."""
    venue = settings.venues.polymarket
    taken = {}
    for name, per_sec in (("unlimited", 0.0), ("same rate", venue.listings_per_sec)):
        begun = time.perf_counter()
        pages = await _fetch_pages(f"{venue.gamma_url}/markets/keyset", venue.page_size, per_sec)
        taken[name] = seconds = time.perf_counter() - begun
        section.rows.append([f"floor: pages fetched only, {name}", seconds, pages, pages / seconds, None, None, None])
    return taken["same rate"]


async def _fetch_pages(url: str, size: int, per_sec: float) -> int:
    limiter = _limiter(per_sec)
    query = {"closed": "false", "limit": str(size), "include_tag": "true", "order": "endDate", "ascending": "true"}
    pages = 0
    async with aiohttp.ClientSession(headers=_HEADERS) as session:
        while True:
            await limiter.acquire()
            async with session.get(url, params=query) as response:
                body = await response.read()
            pages += 1
            found = _CURSOR.search(body)
            if found is None:
                return pages
            query["after_cursor"] = found[1].decode()


async def _book_floors(settings: Settings, section: Section, requests: Sequence[QuoteRequest]) -> float:
    venue = settings.venues.polymarket
    size = venue.books_per_request // 2
    bodies = [encode_request(requests[start : start + size]) for start in range(0, len(requests), size)]
    taken = {}
    for name, per_sec in (("unlimited", 0.0), ("same rate", venue.books_per_sec)):
        begun = time.perf_counter()
        await _fetch_books(f"{venue.clob_url}/books", bodies, per_sec, venue.books_concurrency)
        taken[name] = seconds = time.perf_counter() - begun
        what = f"floor: books of {len(requests):,} markets fetched only, {name}"
        section.rows.append([what, seconds, len(bodies), len(bodies) / seconds, None, None, None])
    return taken["same rate"]


async def _fetch_books(url: str, bodies: Sequence[bytes], per_sec: float, at_once: int) -> None:
    limiter, slots = _limiter(per_sec), asyncio.Semaphore(at_once)
    async with aiohttp.ClientSession(headers=_HEADERS) as session, asyncio.TaskGroup() as group:

        async def fetch(body: bytes) -> None:
            async with slots:
                await limiter.acquire()
                async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as response:
                    await response.read()

        for body in bodies:
            group.create_task(fetch(body))


_HEADERS = {"User-Agent": "endgame-benchmarks/1", "Accept-Encoding": "gzip"}


def _limiter(per_sec: float) -> AsyncLimiter:
    """Evenly spaced, like the door of the product; 0 is no limit worth the name."""
    return AsyncLimiter(1, 1 / per_sec if per_sec else 1e-6)


def _breaches(venue: Simulator) -> str:
    found = venue.audit()["violations"]
    found.pop("rate_exceeded", None)  # the unlimited floors are meant to
    found.pop("missing_user_agent", None)
    return ", ".join(f"{name} {count}" for name, count in found.items()) or "none"
