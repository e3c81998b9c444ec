"""A venue that hands out what a test wrote down: for the logic of the jobs; the wire has tests of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence

from endgame.domain.market import Market
from endgame.domain.quote import Quote
from endgame.domain.rule import Rule
from endgame.errors import Unavailable
from endgame.venues.client import Listing, ListingBatch, QuoteBatch, QuoteRequest


class ScriptedVenue:
    """Lists `markets`, knows `closed` ones by id, and quotes `quotes`; breaks where told to."""

    name = "polymarket"

    def __init__(self, clock) -> None:
        self._clock = clock
        self.markets: dict[str, Market] = {}
        self.rules: dict[str, Rule] = {}
        self.closed: dict[str, Market] = {}
        self.books: dict[str, Quote] = {}
        self.skipped: Counter[str] = Counter()
        self.break_after: int | None = None
        self.quotes_fail = False
        self.asked: list[list[str]] = []
        self.looked_up: list[list[str]] = []

    def list(self, *markets: Market, rule: str | None = "It resolves to Yes if it happens.") -> None:
        for market in markets:
            self.markets[market.market_id] = market
            if rule is not None:
                self.rules[market.market_id] = Rule(
                    market_id=market.market_id, as_of=self._clock.now_ms(), rule_text=rule
                )

    async def walk(
        self, *, end_min_ms: int | None = None, end_max_ms: int | None = None
    ) -> AsyncIterator[ListingBatch]:
        inside = [
            market
            for market in self.markets.values()
            if end_min_ms is None or end_max_ms is None or end_min_ms <= (market.venue_close_time or 0) <= end_max_ms
        ]
        for number, market in enumerate(inside):
            if number == self.break_after:
                raise Unavailable("the connection was lost in the middle of the walk")
            yield ListingBatch((Listing(market, self.rules.get(market.market_id)),), self._clock.now_ms(), self.skipped)

    async def lookup_closed(self, market_ids: Sequence[str]) -> AsyncIterator[ListingBatch]:
        self.looked_up.append(list(market_ids))
        found = tuple(Listing(self.closed[one], None) for one in market_ids if one in self.closed)
        yield ListingBatch(found, self._clock.now_ms())

    async def quotes(self, wanted: Sequence[QuoteRequest]) -> AsyncIterator[QuoteBatch]:
        self.asked.append([request.market_id for request in wanted])
        for request in wanted:
            if self.quotes_fail:
                yield QuoteBatch((), (), self._clock.now_ms(), failed=1, error=Unavailable("no answer"))
            elif (quote := self.books.get(request.market_id)) is not None:
                yield QuoteBatch((quote,), (), self._clock.now_ms())
            else:
                yield QuoteBatch((), (request.market_id,), self._clock.now_ms())

    async def close(self) -> None:
        pass
