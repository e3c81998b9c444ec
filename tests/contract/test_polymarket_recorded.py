"""Recorded payloads that nobody here wrote, through the reader."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from endgame.domain.market import Resolution, Status
from endgame.venues.client import Listing, QuoteRequest
from endgame.venues.polymarket_books import parse_quotes
from endgame.venues.polymarket_wire import parse_listing, parse_listings

AT = 1_795_342_502_000
FILES = {
    "gamma_closed_created2024": 9_788,
    "gamma_open_2025-11_2026-02": 848,
    "gamma_closed_misc": 157,
    "gamma_btc5m_2026-06-08": 167,
}

pytestmark = pytest.mark.data


def lines(path: Path) -> list[bytes]:
    with gzip.open(path, "rb") as file:
        return file.read().splitlines()


@cache
def read(shared_data: Path, name: str) -> tuple[list[bytes], list[Listing]]:
    records = lines(shared_data / "polymarket" / f"{name}.jsonl.gz")
    return records, [parse_listing(record, AT) for record in records]


@pytest.mark.parametrize("name", FILES)
def test_no_recorded_market_is_skipped(shared_data: Path, name: str) -> None:
    records, listings = read(shared_data, name)
    assert len(listings) == FILES[name]
    for record, listing in zip(records, listings, strict=True):
        sent, market = json.loads(record), listing.market
        assert market.market_id == sent["conditionId"]
        assert [outcome.label for outcome in market.outcomes] == json.loads(sent["outcomes"])
        assert [outcome.token_id for outcome in market.outcomes] == json.loads(sent["clobTokenIds"])
        assert (market.venue_close_time is None) == (sent.get("endDate") is None)
        assert market.status.is_open != sent["closed"]
        assert listing.rule is not None
        assert listing.rule.rule_text == sent["description"]


def test_recorded_results_are_the_decisive_prices(shared_data: Path) -> None:
    records, listings = read(shared_data, "gamma_closed_created2024")
    results = {'["1", "0"]': Resolution.YES, '["0", "1"]': Resolution.NO, '["0.5", "0.5"]': Resolution.SPLIT}
    resolved = Counter(listing.market.resolved_outcome for listing in listings)
    assert resolved[Resolution.NO] > resolved[Resolution.YES] > 1_000
    for record, listing in zip(records, listings, strict=True):
        sent = json.loads(record)
        if listing.market.status is not Status.RESOLVED:
            assert sent["outcomePrices"] not in results or sent.get("umaResolutionStatus") == "disputed"
        elif sent["outcomePrices"] in results:
            assert listing.market.resolved_outcome is results[sent["outcomePrices"]]
        assert (listing.market.resolved_time is None) <= (
            listing.market.status is not Status.RESOLVED or not sent.get("closedTime")
        )


def test_several_captures_of_one_market_become_the_newest_one(shared_data: Path) -> None:
    records = lines(shared_data / "polymarket" / "gamma_open_2025-11_2026-02.jsonl.gz")
    found = parse_listings(records, AT)
    assert len(found.listings) == 560
    assert found.skipped == {"duplicate": 288}
    newest: dict[str, str] = {}
    for sent in map(json.loads, records):
        newest[sent["conditionId"]] = max(newest.get(sent["conditionId"], ""), sent.get("updatedAt") or "")
    by_id = {listing.market.market_id: listing for listing in found.listings}
    for record in records:
        sent = json.loads(record)
        if sent.get("updatedAt") and sent["updatedAt"] == newest[sent["conditionId"]]:
            assert (
                by_id[sent["conditionId"]].market.venue_updated_at == parse_listing(record, AT).market.venue_updated_at
            )


def test_markets_nested_in_events_are_read_although_they_carry_neither_events_nor_tags(shared_data: Path) -> None:
    events = lines(shared_data / "polymarket" / "gamma_events_created2024.jsonl.gz")
    nested = [json.dumps(market).encode() for event in events for market in json.loads(event)["markets"]]
    found = parse_listings(nested, AT)
    assert len(nested) == 1_274
    assert found.skipped - Counter(duplicate=len(nested)) == Counter()


def fixtures(shared_data: Path, pattern: str) -> Iterator[Path]:
    found = sorted((shared_data / "fixtures").rglob(pattern))
    assert found
    yield from found


def test_every_recorded_gamma_fixture_is_read(shared_data: Path) -> None:
    listings = {
        path.stem: parse_listing(path.read_bytes(), AT) for path in fixtures(shared_data, "*gamma_market*.json")
    }
    game = listings["rs_gamma_market_sports_market_money_line"].market
    assert game.game_start_time is not None
    assert game.close_time == game.game_start_time + 3 * 3_600_000
    assert game.url == "https://polymarket.com/event/cs2-faze-ill-2026-04-05"
    fees = listings["gamma_market_live_with_fees_2026-06-14"].market
    assert (fees.fee_rate, fees.fee_exponent, fees.indicative_price_yes) == (0.04, 1.0, 0.2325)
    assert listings["gamma_market_past_end_date_open_2026-06"].market.status is Status.ACTIVE
    zero = listings["rs_gamma_market_closed_zero_zero_legacy"].market
    assert (zero.status, zero.resolved_outcome) == (Status.CLOSED, None)


def test_every_recorded_book_becomes_a_quote(shared_data: Path) -> None:
    for path in fixtures(shared_data, "*book*.json"):
        sent = json.loads(path.read_bytes())
        if isinstance(sent, list) or not {"bids", "asks"} <= sent.keys():
            continue
        wanted = [QuoteRequest("m", sent["asset_id"], "1")]
        (quote,) = parse_quotes([json.dumps(sent).encode()], wanted, received_at=AT, depth_reach=0.01).quotes
        bids, asks = ([float(level["price"]) for level in sent[side]] for side in ("bids", "asks"))
        assert quote.yes_bid == max(bids, default=None)
        assert quote.yes_ask == min(asks, default=None)
        assert quote.quote_source == "mirrored_yes"
