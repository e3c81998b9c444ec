"""A served application over a real database, and what is needed to fill it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest_asyncio

from builders import NOW, WRITTEN, a_market, a_quote, a_rule, a_score_row, an_assessment, some_scores
from endgame.api.server import create_app
from endgame.config import Settings
from endgame.domain.market import Market
from endgame.domain.quote import Quote
from endgame.domain.rule import Assessment, Rule
from endgame.storage import markets, quotes, rules, runs, scores
from endgame.storage.database import Database
from manual_clock import ManualClock
from postgres_server import database_settings


@dataclass
class Desk:
    """An application, the database under it, and the clock of both."""

    database: Database
    settings: Settings
    clock: ManualClock
    client: httpx2.AsyncClient
    stopping: bool = field(default=False)
    roles: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **params: Any) -> httpx2.Response:
        return await self.client.get(path, params=params or None)

    async def items(self, **params: Any) -> list[dict[str, Any]]:
        answer = await self.get("/v1/opportunities", **params)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def store(
        self,
        *,
        market: Sequence[Market] = (),
        quote: Sequence[Quote] = (),
        rule: Sequence[Rule] = (),
        judged: Sequence[tuple[str, Assessment]] = (),
        now: int = NOW,
    ) -> None:
        """Write what the ingest jobs would write."""
        await self.database.write(markets.write_markets, market, seen_at=now, now=now)
        await self.database.write(quotes.write_quotes, quote, now=now)
        await self.database.write(rules.write_rules, rule, **WRITTEN, now=now)
        found = [rules.Judgement(market_id, "key", "key", assessment) for market_id, assessment in judged]
        await self.database.write(rules.write_judgements, found, now=now)

    async def score(
        self, rows: Sequence[dict[str, Any]], *, as_of: int = NOW, notes: dict[str, tuple[str, ...]] | None = None
    ) -> None:
        """Write a scoring run and its mark."""
        found = some_scores(rows, as_of=as_of)
        await self.database.write(scores.write_scores, found, notes or {}, now=as_of)
        await self.database.write(runs.record_start, "score", now=as_of, cadence_sec=120)
        counts = {"as_of": as_of, "markets": len(rows)}
        await self.database.write(runs.record_success, "score", now=as_of, duration_sec=0.1, counts=counts)

    async def list_markets(self, numbers: Sequence[int], **over: Callable[[int], Any]) -> None:
        """Opportunities with judged rules and quotes; `over` gives columns of the score by number."""
        await self.store(
            market=[a_market(number) for number in numbers],
            quote=[a_quote(number) for number in numbers],
            rule=[a_rule(number) for number in numbers],
            judged=[(a_market(number).market_id, an_assessment()) for number in numbers],
        )
        await self.score([a_score_row(number, **{key: of(number) for key, of in over.items()}) for number in numbers])


async def _open(url: str) -> AsyncIterator[Desk]:
    settings = Settings(database=database_settings(url))
    database = Database(settings.database)
    clock = ManualClock(NOW)
    transport_app = create_app(database, settings, clock, shutting_down=lambda: desk.stopping, roles=lambda: desk.roles)
    transport = httpx2.ASGITransport(app=transport_app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        desk = Desk(database, settings, clock, client)
        yield desk
    await database.close()


@pytest_asyncio.fixture
async def desk(sqlite_url: str) -> AsyncIterator[Desk]:
    """An application over an empty SQLite file."""
    async for opened in _open(sqlite_url):
        yield opened


@pytest_asyncio.fixture
async def either_desk(database_url: str) -> AsyncIterator[Desk]:
    """The same over SQLite, then over Postgres."""
    async for opened in _open(database_url):
        yield opened
