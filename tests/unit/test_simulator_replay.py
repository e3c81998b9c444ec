"""Recorded objects served again: dates move, everything else stays."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from endgame.simulator.replay import ReplaySource, read_records, shift_date
from endgame.simulator.server import SimulatedVenue
from manual_clock import ManualClock

EPOCH = 1_795_435_200_000
AGENT = {"User-Agent": "simulator-tests/1"}
DAY = timedelta(days=1)


def record(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": str(number), "conditionId": f"0x{number:064x}", "question": f"Question {number}?", "slug": f"q-{number}",
        "outcomes": '["Yes", "No"]', "outcomePrices": '["0.95", "0.05"]', "bestBid": 0.94, "bestAsk": 0.96,
        "clobTokenIds": f'["{number}01", "{number}02"]', "closed": False, "enableOrderBook": True,
        "endDate": "2026-02-01T12:00:00Z", "endDateIso": "2026-02-01", "updatedAt": "2026-01-31T12:00:00.118241Z",
        "gameStartTime": "2026-02-01 18:00:00+00", "volumeNum": 12, "strangeKey": [1, {"x": None}],
        "clobRewards": [{"startDate": "2026-01-15", "endDate": "2500-12-31"}],
        "events": [{"id": "77", "slug": "event", "endDate": "2026-02-01T12:00:00Z"}], **fields,
    }  # fmt: skip


def write(path: Path, records: list[Any]) -> Path:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for item in records:
            file.write((item if isinstance(item, str) else json.dumps(item)) + "\n")
    return path


def replaying(path: Path, clock: ManualClock | None = None) -> SimulatedVenue:
    return SimulatedVenue(replay=path, clock=clock or ManualClock(EPOCH), cache_sec=0)


async def listing(venue: SimulatedVenue, **params: str) -> list[Any]:
    async with (
        aiohttp.ClientSession(headers=AGENT) as http,
        http.get(f"{venue.gamma_url}/markets/keyset", params=params) as answer,
    ):
        assert answer.status == 200
        return (await answer.json())["markets"]


@pytest.mark.parametrize(
    ("text", "shifted"),
    [
        ("2026-01-31T12:00:00Z", "2026-02-01T12:00:00Z"),
        ("2026-01-31T12:00:00.118241Z", "2026-02-01T12:00:00.118241Z"),
        ("2026-01-31T12:00:00.1Z", "2026-02-01T12:00:00.1Z"),
        ("2026-01-31 18:00:00+00", "2026-02-01 18:00:00+00"),
        ("2026-12-31 18:00:00.5+00", "2027-01-01 18:00:00.5+00"),
        ("2026-01-31", "2026-02-01"),
        ("2026-13-31", "2026-13-31"),
        ("9999-12-31", "9999-12-31"),
        ("NOW()", "NOW()"),
        ("January 31, 2026", "January 31, 2026"),
        ("btc-updown-5m-1768912200", "btc-updown-5m-1768912200"),
        ("by 2026-01-31", "by 2026-01-31"),
    ],
)
def test_a_date_is_shifted_in_its_own_format_and_nothing_else_is_touched(text: str, shifted: str) -> None:
    assert shift_date(text, DAY) == shifted


async def test_the_newest_capture_moves_to_now_and_the_structure_stays(tmp_path: Path) -> None:
    old, new = record(1, updatedAt="2026-01-20T00:00:00Z", question="old"), record(1)
    path = write(tmp_path / "r.jsonl.gz", [old, new, record(2, updatedAt="2026-01-30T12:00:00Z"), "not json", "[]"])
    async with replaying(path) as venue:
        first, second = await listing(venue)
    assert first["question"] == "Question 1?"
    assert first["updatedAt"] == "2026-11-23T11:59:59.118241Z"  # whole seconds, and never in the future
    assert first["endDate"] == "2026-11-24T11:59:59Z"
    assert first["endDateIso"] == "2026-11-24"
    assert first["gameStartTime"] == "2026-11-24 17:59:59+00"
    assert first["events"][0]["endDate"] == "2026-11-24T11:59:59Z"
    assert first["strangeKey"] == [1, {"x": None}]
    assert list(first) == list(new)
    assert second["updatedAt"] == "2026-11-22T11:59:59Z"


async def test_closed_records_appear_only_under_closed_true_and_have_no_book(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl.gz", [record(1), record(2, closed=True), record(3, enableOrderBook=False)])
    async with replaying(path) as venue:
        assert [market["id"] for market in await listing(venue)] == ["1", "3"]
        assert [market["id"] for market in await listing(venue, closed="true")] == ["2"]
        body = [{"token_id": f"{number}0{side}"} for number in (1, 2, 3) for side in (1, 2)]
        http = aiohttp.ClientSession(headers=AGENT)
        async with http, http.post(f"{venue.clob_url}/books", json=body) as answer:
            books = await answer.json()
    assert [book["asset_id"] for book in books] == ["101", "102"]


def test_books_are_built_around_the_recorded_prices() -> None:
    records = [
        record(1),
        record(2, bestBid=0, bestAsk=1, outcomePrices='["0.5", "0.5"]'),
        record(3, bestBid=0.001, bestAsk=None),
        record(4, bestBid="x", bestAsk=0.03, outcomePrices="broken"),
    ]
    source = ReplaySource(records, EPOCH)
    books = source.books([(row, 0) for row in range(4)] + [(0, 1)], EPOCH)
    tops = [
        tuple(book[side][-1]["price"] if book[side] else None for side in ("bids", "asks"))
        for book in books
        if book is not None
    ]
    assert tops == [("0.94", "0.96"), ("0.499", "0.501"), ("0.001", None), (None, "0.03"), ("0.04", "0.06")]


def test_a_file_without_market_objects_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no market objects"):
        read_records(write(tmp_path / "empty.jsonl.gz", ["[]", "{}", "x"]))
    plain = tmp_path / "plain.jsonl"
    plain.write_text(json.dumps(record(5)) + "\n", encoding="utf-8")
    assert read_records(plain)[0]["id"] == "5"


async def test_recorded_events_are_served_with_their_markets(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl.gz", [record(1), record(2), record(3, events=[])])
    async with replaying(path) as venue, aiohttp.ClientSession(headers=AGENT) as http:
        async with http.get(f"{venue.gamma_url}/events/keyset") as answer:
            events = (await answer.json())["events"]
        async with http.get(f"{venue.data_url}/v2/resolutions?condition=0x1") as answer:
            assert await answer.json() == {"data": []}
        async with http.get(f"{venue.url}/_sim/truth") as answer:
            assert (await answer.json())["opportunities"] == []
    assert [len(event["markets"]) for event in events] == [2, 1]


@pytest.mark.data
async def test_the_recorded_open_markets_are_served_with_dates_around_now(shared_data: Path) -> None:
    path = shared_data / "polymarket" / "gamma_open_2025-11_2026-02.jsonl.gz"
    if not path.exists():
        pytest.skip("this recording is not here")
    async with replaying(path) as venue:
        markets: list[Any] = []
        async with aiohttp.ClientSession(headers=AGENT) as http:
            cursor: dict[str, str] = {}
            while True:
                params = {"limit": "100", "order": "endDate", **cursor}
                async with http.get(f"{venue.gamma_url}/markets/keyset", params=params) as answer:
                    body = await answer.json()
                markets += body["markets"]
                if "next_cursor" not in body:
                    break
                cursor = {"after_cursor": body["next_cursor"]}
            tokens = [{"token_id": t} for m in markets for t in json.loads(m.get("clobTokenIds", "[]"))][:500]
            async with http.post(f"{venue.clob_url}/books", json=tokens) as answer:
                books = await answer.json()
    assert len(markets) == len({market["conditionId"] for market in markets}) == 560
    newest = max(market["updatedAt"] for market in markets if "updatedAt" in market)
    moment = datetime.fromtimestamp(EPOCH / 1000, UTC)
    assert datetime.fromisoformat(newest) - moment < timedelta(seconds=1)
    assert len(books) > 300
    recorded = {item["conditionId"]: item for item in read_records(path)}
    for market in markets:
        assert list(market) == list(recorded[market["conditionId"]])
        assert market["description"] == recorded[market["conditionId"]]["description"]
