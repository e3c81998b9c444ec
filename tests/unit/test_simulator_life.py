"""How simulated markets live: proposed, disputed, resolved, gone, and followed by new ones."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import numpy as np
import pytest

from endgame.simulator import universe
from endgame.simulator.catalogue import NEVER
from endgame.simulator.render import GeneratedSource
from endgame.simulator.server import SimulatedVenue
from endgame.simulator.universe import Universe
from manual_clock import ManualClock

EPOCH = 1_795_435_200_000
DAY = 86_400_000
AGENT = {"User-Agent": "simulator-tests/1"}


@pytest.fixture(scope="module")
def world() -> Universe:
    return Universe(3_000, 5, EPOCH)


def name_of(world: Universe, row: int) -> str:
    return GeneratedSource(world).names(np.array([row]))[0][0]


async def test_a_market_is_proposed_disputed_proposed_again_resolved_and_then_vanishes(world: Universe) -> None:
    rows = world.rows
    normal = (rows["disputed"] < NEVER) & (rows["voting"] == NEVER) & (rows["proposed"] > EPOCH) & (rows["winner"] < 2)
    row = int(np.flatnonzero(normal & (rows["course"] == universe.NORMAL))[0])
    condition = name_of(world, row)
    clock = ManualClock(EPOCH)
    async with (
        SimulatedVenue(markets=3_000, seed=5, clock=clock, epoch=EPOCH, cache_sec=0) as venue,
        aiohttp.ClientSession(headers=AGENT) as http,
    ):

        async def look(at: int, *, closed: bool) -> tuple[Any, Any, int]:
            clock.push((at - clock.now_ms()) / 1000)
            params = {"condition_ids": condition, "closed": str(closed).lower()}
            async with http.get(f"{venue.gamma_url}/markets/keyset", params=params) as answer:
                found = (await answer.json())["markets"]
            async with http.get(f"{venue.data_url}/v2/resolutions", params={"condition": condition}) as answer:
                state = (await answer.json())["data"][0]
            tokens = json.loads(found[0]["clobTokenIds"]) if found else []
            books = 0
            if tokens:
                async with http.post(f"{venue.clob_url}/books", json=[{"token_id": t} for t in tokens]) as answer:
                    books = len(await answer.json())
            return (found[0] if found else None), state, books

        fresh, state, _ = await look(EPOCH, closed=False)
        assert "umaResolutionStatus" not in fresh
        assert fresh["umaResolutionStatuses"] == "[]"
        assert state["status"] == "posed"
        assert state["price"] == "69"

        market, state, _ = await look(int(rows["proposed"][row]) + 1_000, closed=False)
        assert market["umaResolutionStatus"] == "proposed"
        assert market["umaResolutionStatuses"] == '["proposed"]'
        assert state["status"] == "proposed"
        assert state["expected_settlement_time"].endswith("Z")
        assert market["updatedAt"] > fresh["updatedAt"]

        market, state, _ = await look(int(rows["disputed"][row]) + 1_000, closed=False)
        assert market["umaResolutionStatus"] == "disputed"
        assert state["status"] == "challenged"
        assert state["was_disputed"] is True
        assert "expected_settlement_time" not in state

        market, state, books = await look(int(rows["reproposed"][row]) + 1_000, closed=False)
        assert market["umaResolutionStatus"] == "proposed"
        assert market["umaResolutionStatuses"] == '["proposed", "disputed", "proposed"]'
        assert state["status"] == "reproposed"
        assert books == 2

        gone, _, _ = await look(int(rows["closed"][row]) + 1_000, closed=False)
        assert gone is None
        market, state, books = await look(int(rows["closed"][row]) + 1_000, closed=True)
        assert market["closed"] is True
        assert json.loads(market["outcomePrices"])[int(rows["winner"][row])] == "1"
        assert state["payouts"][int(rows["winner"][row])] == 1_000_000
        assert books == 0
        assert market["conditionId"] == fresh["conditionId"]
        assert market["question"] == fresh["question"]


def test_resolved_markets_are_followed_by_new_ones_and_the_universe_keeps_its_size(world: Universe) -> None:
    grown = Universe(3_000, 5, EPOCH)
    sizes = []
    for days in range(0, 40, 4):
        now = EPOCH + days * DAY
        grown.refresh(now)
        rows = grown.rows
        sizes.append(int(((rows["visible"] <= now) & (rows["closed"] > now)).sum()))
    assert sizes[0] == 3_000
    assert all(2_600 < size < 3_600 for size in sizes)
    assert len(set(grown.rows["number"].tolist())) == len(grown.rows)
    assert len(grown.rows) > 4_000
    names = GeneratedSource(grown).names(np.arange(len(grown.rows)))
    assert len({condition for condition, _ in names}) == len(names)
    assert names[:100] == GeneratedSource(world).names(np.arange(100))


def test_endgame_markets_stay_in_the_band_until_they_are_decided() -> None:
    grown = Universe(1_000, 9, EPOCH)
    for hours in (0, 1, 30, 200, 700):
        now = EPOCH + hours * 3_600_000
        grown.refresh(now)
        rows = np.flatnonzero(
            (grown.rows["course"] == universe.ENDGAME) & (grown.rows["visible"] <= now) & (grown.rows["decided"] > now)
        )
        assert len(rows) >= 5
        bids, asks, _ = grown.tops(rows, now)
        favourite = np.maximum(asks, 10_000 - bids)
        assert ((favourite >= 9_000) & (favourite <= 9_990)).all()
        assert (asks - bids <= 100).all()


def test_prices_end_at_the_winner(world: Universe) -> None:
    rows = np.flatnonzero((world.rows["decided"] > EPOCH) & (world.rows["winner"] < 2))
    late = world.rows["decided"][rows].max() + 1
    price = world.price(rows, int(late))
    assert (np.where(world.rows["winner"][rows] == 0, price, 1 - price) > 0.99).all()


def test_favourites_mostly_win_but_not_always() -> None:
    grown = Universe(30_000, 3, EPOCH)
    rows = grown.rows[grown.rows["course"] == universe.ENDGAME]
    won = np.where(rows["odds"] > 0, rows["winner"] == 0, rows["winner"] == 1)
    assert 0.9 < won.mean() < 0.999


def test_five_minute_markets_come_in_a_series_without_gaps(world: Universe) -> None:
    kinds = [kind.name for kind in universe.KINDS]
    updown = world.rows[(world.rows["kind"] == kinds.index("updown")) & (world.rows["course"] == universe.NORMAL)]
    ends = np.unique(updown["decided"])
    assert (np.diff(ends) % 300_000 == 0).all()
    assert EPOCH < ends.min() <= EPOCH + 3 * 300_000
    assert (updown["closed"] == updown["decided"] + 60_000).all()


def test_every_size_holds_exactly_the_markets_asked_for() -> None:
    for size in (5, 6, 17, 50, 333, 10_000):
        made = Universe(size, 1, EPOCH)
        for moment in (EPOCH - 300_000, EPOCH):
            opened = (made.rows["visible"] <= moment) & (made.rows["closed"] > moment)
            assert int(opened.sum()) == size


def test_sealed_names_lead_back_to_their_rows(world: Universe) -> None:
    source = GeneratedSource(world)
    for row in (0, 7, 2_999):
        condition, tokens = source.names(np.array([row]))[0]
        assert source.find("condition_ids", condition) == row
        assert [source.side(token) for token in tokens] == [(row, 0), (row, 1)]
        assert source.find("condition_ids", condition[:-1] + ("0" if condition[-1] != "0" else "1")) is None
        assert source.side(str(int(tokens[0]) ^ (1 << 200))) is None
    for nonsense in ("", "0x", "no-number", "-1", "9" * 30):
        assert source.find("condition_ids", nonsense) is None
        assert source.find("slug", nonsense) is None
        assert source.side(nonsense) is None
