"""The traps of the venue notes §11 that concern reading, by their numbers. 26-28 are about the WebSocket, 29 about
history, 31 about placing orders, 5 (events), 14 (`/price`) and 21 (nested markets) about calls we do not make."""

from __future__ import annotations

from typing import Any

import pytest

from endgame.domain.market import Market, Resolution, Status
from endgame.errors import Payload
from endgame.venues.polymarket_wire import parse_listings
from venue_server import book, condition, gamma, levels, page, raw, says
from venue_visits import BOOKS, KEYSET, a_catalogue, a_venue, ids, look_up, read_all

AT = 1_795_342_502_000


def market(**over: Any) -> Market:
    (listing,) = parse_listings([raw(gamma(1, **over))], AT).listings
    return listing.market


async def test_trap_01_the_cursor_is_sent_as_after_cursor() -> None:
    async with a_catalogue() as catalogue:
        catalogue.pages(page([gamma(1)], "abc"), page([gamma(2)]))
        await catalogue.walk()
        second = catalogue.server.seen[1]
        assert second.every("after_cursor") == ["abc"]
        assert second.every("cursor") == second.every("next_cursor") == []


async def test_trap_02_a_repeated_cursor_ends_the_walk_with_an_error() -> None:
    async with a_catalogue() as catalogue:
        catalogue.pages(page([gamma(1)], "a"), page([gamma(2)], "b"), page([gamma(3)], "a"))
        with pytest.raises(Payload, match="cursor"):
            await catalogue.walk()
        assert len(catalogue.server.seen) == 3


async def test_trap_03_a_short_or_empty_page_is_not_the_end() -> None:
    async with a_catalogue() as catalogue:
        catalogue.pages(page([gamma(1)], "a"), page([], "b"), page([gamma(2)]))
        assert ids(await catalogue.walk()) == [condition(1), condition(2)]
        assert all(int(seen.every("limit")[0]) <= 100 for seen in catalogue.server.seen)


async def test_trap_04_offset_is_never_sent_and_the_keyset_list_is_used() -> None:
    async with a_catalogue() as catalogue:
        catalogue.pages(page([gamma(1)], "a"), page([gamma(2)]))
        await catalogue.walk()
        assert {seen.path for seen in catalogue.server.seen} == {KEYSET}
        assert all(seen.every("offset") == [] for seen in catalogue.server.seen)


async def test_trap_05_closed_is_always_said() -> None:
    async with a_catalogue() as catalogue:
        catalogue.pages(page([]))
        await catalogue.walk()
        await look_up(catalogue.venue, [condition(1)])
        assert [seen.every("closed") for seen in catalogue.server.seen] == [["false"], ["true"]]


async def test_trap_06_filters_that_the_venue_ignores_are_checked_again() -> None:
    async with a_catalogue() as catalogue:
        catalogue.pages(page([gamma(1, closed=True), gamma(2, endDate="2020-01-01T00:00:00Z")]))
        (batch,) = await catalogue.walk(end_min_ms=AT, end_max_ms=AT + 1_000)
        closed, far = (listing.market for listing in batch.listings)
        assert closed.status is Status.CLOSED
        assert far.close_time == 1_577_836_800_000
        assert not {"active", "archived"} & {name for name, _ in catalogue.server.seen[0].query}


async def test_trap_07_order_is_in_camel_case() -> None:
    async with a_catalogue() as catalogue:
        catalogue.pages(page([]))
        await catalogue.walk()
        assert catalogue.server.seen[0].every("order") == ["endDate"]


async def test_trap_08_id_lists_are_repeated_parameters() -> None:
    async with a_catalogue() as catalogue:
        catalogue.pages(page([]))
        await look_up(catalogue.venue, [condition(1), condition(2)])
        assert catalogue.server.seen[0].every("condition_ids") == [condition(1), condition(2)]


async def test_trap_09_a_look_up_by_id_asks_for_closed_ones() -> None:
    async with a_catalogue() as catalogue:
        catalogue.pages(page([gamma(1, closed=True)]))
        assert ids(await look_up(catalogue.venue, [condition(1)])) == [condition(1)]
        assert catalogue.server.seen[0].every("closed") == ["true"]


async def test_trap_10_catalogue_prices_are_hints_and_never_quotes() -> None:
    async with a_venue() as (server, venue):
        server.script(BOOKS, says([book("101", levels(("0.90", "5")), levels(("0.93", "5")))]))
        (batch,) = await read_all(venue, 1)
        assert batch.quotes[0].yes_ask == 0.93
    assert market(bestAsk=0.969).indicative_price_yes == 0.965


def test_trap_11_json_inside_strings_is_read_and_lengths_must_match() -> None:
    read = market(outcomes='["Yes", "No"]', clobTokenIds='["1", "2"]', outcomePrices='["0.9", "0.1"]')
    assert [outcome.token_id for outcome in read.outcomes] == ["1", "2"]
    assert not market(clobTokenIds='["1", "2", "3"]').has_tokens
    assert market(outcomePrices='["0.9"]').indicative_price_yes == 0.965
    assert parse_listings([raw(gamma(1, outcomes='["Yes", "No"'))], AT).skipped == {"outcomes": 1}


@pytest.mark.parametrize("reverse", [False, True])
async def test_trap_12_the_best_price_is_found_at_either_end(reverse: bool) -> None:
    bids, asks = levels(("0.01", "9"), ("0.95", "1")), levels(("0.99", "9"), ("0.96", "1"))
    if reverse:
        bids, asks = bids[::-1], asks[::-1]
    async with a_venue() as (server, venue):
        server.script(BOOKS, says([book("101", bids, asks)]))
        (batch,) = await read_all(venue, 1)
        assert (batch.quotes[0].yes_bid, batch.quotes[0].yes_ask) == (0.95, 0.96)


async def test_trap_13_a_ghost_book_is_passed_on_for_the_gate_to_see() -> None:
    async with a_venue() as (server, venue):
        server.script(BOOKS, says([book("101", levels(("0.01", "9")), levels(("0.99", "9")))]))
        (batch,) = await read_all(venue, 1)
        assert batch.quotes[0].spread_yes == 0.98


async def test_trap_14_prices_come_from_the_book_only() -> None:
    async with a_venue() as (server, venue):
        await read_all(venue, 3)
        assert {seen.path for seen in server.seen} == {BOOKS}


async def test_trap_15_books_are_asked_for_by_token_id() -> None:
    async with a_venue() as (server, venue):
        await read_all(venue, 1)
        assert server.seen[0].tokens == ["101", "102"]


def test_trap_16_position_ids_are_never_taken_for_tokens() -> None:
    assert [outcome.token_id for outcome in market(positionIds=["91", "92"]).outcomes] == ["101", "102"]
    assert not market(positionIds=["91", "92"], clobTokenIds=...).has_tokens
    assert parse_listings([raw(gamma(1, version="v2", positionIds=["91", "92"]))], AT).skipped == {"version": 1}


async def test_trap_17_no_book_is_not_closed() -> None:
    async with a_venue() as (server, venue):
        server.script(BOOKS, says([]))
        (batch,) = await read_all(venue, 1)
        assert batch.missing == ("m1",)
    async with a_venue() as (server, venue):
        server.script(BOOKS, says({"error": "No orderbook exists for the requested token id"}, 404))
        (batch,) = await read_all(venue, 1)
        assert (batch.missing, batch.failed) == ((), 1)


def test_trap_18_fees_come_from_the_fee_schedule() -> None:
    read = market(takerBaseFee=1000, makerBaseFee=1000, feeSchedule=...)
    assert (read.fee_rate, read.fees_enabled) == (None, True)
    assert market(takerBaseFee=1000).fee_rate == 0.05


def test_trap_19_a_closed_market_says_nothing_about_the_fees_it_had() -> None:
    read = market(closed=True, feesEnabled=False, feeSchedule=..., feeType=...)
    assert (read.fee_rate, read.fee_exponent, read.fees_enabled) == (None, None, False)


def test_trap_20_the_odd_timestamp_of_a_kickoff_is_read() -> None:
    read = market(gameStartTime="2026-11-26 18:00:00+00", gameId="7")
    assert read.game_start_time == 1_795_716_000_000


def test_trap_21_a_missing_tick_size_costs_nothing() -> None:
    assert market(orderPriceMinTickSize=...).tick_size is None
    assert market(orderPriceMinTickSize=...).status is Status.ACTIVE


def test_trap_22_a_market_past_its_end_date_is_open_until_closed() -> None:
    assert market(endDate="2026-09-01T12:00:00Z").status is Status.ACTIVE


def test_trap_23_active_alone_means_nothing() -> None:
    assert market(active=True, closed=True).status is Status.CLOSED
    assert market(active=True, closed=True, acceptingOrders=True).status is Status.CLOSED


def test_trap_24_a_disputed_market_is_not_settled() -> None:
    over: dict[str, Any] = {"closed": True, "outcomePrices": '["1", "0"]'}
    assert market(**over, umaResolutionStatus="disputed").resolved_outcome is None
    assert market(**over, umaResolutionStatus="resolved").resolved_outcome is Resolution.YES


async def test_trap_25_a_walk_goes_by_date_not_by_volume() -> None:
    async with a_catalogue() as catalogue:
        catalogue.pages(page([]))
        await catalogue.walk(end_min_ms=AT, end_max_ms=AT)
        names = {name for name, _ in catalogue.server.seen[0].query}
        assert {"end_date_min", "end_date_max"} <= names
        assert not {name for name in names if "volume" in name or "liquidity" in name}


def test_trap_32_a_market_without_tokens_yet_is_kept() -> None:
    read = market(clobTokenIds=..., outcomePrices=...)
    assert (read.status, read.has_tokens) == (Status.ACTIVE, False)


def test_trap_33_labels_need_not_be_yes_and_no() -> None:
    read = market(outcomes='["Up", "Down"]')
    assert [(outcome.side.value, outcome.label) for outcome in read.outcomes] == [("YES", "Up"), ("NO", "Down")]


def test_trap_34_tokens_and_labels_stay_aligned_by_index() -> None:
    read = market(outcomes='["No", "Yes"]', clobTokenIds='["5", "6"]')
    assert [(outcome.label, outcome.token_id) for outcome in read.outcomes] == [("No", "5"), ("Yes", "6")]


def test_trap_35_the_end_is_the_catalogues_end_date_with_its_time() -> None:
    read = market(endDate="2026-12-03T23:59:00Z", endDateIso="2026-12-03", end_date_iso="2026-12-03T00:00:00Z")
    assert read.venue_close_time == 1_796_342_340_000
    assert market(endDate=..., endDateIso="2026-12-03").venue_close_time is None
