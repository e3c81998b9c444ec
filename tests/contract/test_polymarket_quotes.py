"""Batched books over real HTTP: chunks, back-pressure, failures that stay their own."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from aiohttp import web

from endgame.errors import CircuitOpen, Payload, Unavailable
from endgame.telemetry import metrics
from manual_clock import ManualClock
from venue_server import book, says
from venue_visits import ASKS, BIDS, BOOKS, a_venue, all_books, answers_all, read_all, wanted


async def test_all_markets_are_quoted_in_chunks_with_both_tokens_in_one_call() -> None:
    async with a_venue(books_per_request=5) as (server, venue):
        batches = await read_all(venue, 7)
        assert sorted(quote.market_id for batch in batches for quote in batch.quotes) == [f"m{n}" for n in range(1, 8)]
        assert sorted(len(seen.tokens) for seen in server.seen) == [2, 4, 4, 4]
        for seen in server.seen:
            assert seen.method == "POST"
            assert len(seen.tokens) <= 5
            assert all(f"{token[:-2]}02" in seen.tokens for token in seen.tokens)


async def test_the_time_of_a_quote_is_the_moment_its_chunk_was_read() -> None:
    async with a_venue() as (_, venue):
        (batch,) = await read_all(venue, 2)
        assert {quote.as_of for quote in batch.quotes} == {batch.received_at} == {ManualClock().now_ms()}
        assert batch.quotes[0].book_time == 1_795_342_502_118


async def test_a_failed_chunk_is_reported_and_the_others_come() -> None:
    async with a_venue({"max_attempts": 1}, books_per_request=4, books_concurrency=1) as (server, venue):
        server.script(BOOKS, answers_all, says("", 500), answers_all)
        batches = await read_all(venue, 6)
        assert [(len(batch.quotes), batch.failed) for batch in batches] == [(2, 0), (0, 2), (2, 0)]
        assert isinstance(batches[1].error, Unavailable)
        assert batches[1].missing == ()


@pytest.mark.parametrize("body", [{"error": "Invalid payload"}, "<html>", "[", None])
async def test_an_answer_of_another_shape_never_means_that_there_is_no_book(body: object) -> None:
    async with a_venue() as (server, venue):
        server.script(BOOKS, says(body))
        (batch,) = await read_all(venue, 2)
        assert (batch.quotes, batch.missing, batch.failed) == ((), (), 2)
        assert isinstance(batch.error, Payload)


async def test_a_book_left_out_of_a_good_answer_is_missing() -> None:
    async with a_venue() as (server, venue):
        server.script(BOOKS, says([book("101", BIDS, ASKS)]))
        (batch,) = await read_all(venue, 2)
        assert [quote.quote_source for quote in batch.quotes] == ["mirrored_yes"]
        assert batch.missing == ("m2",)


async def test_an_open_breaker_fails_the_remaining_chunks_without_a_request() -> None:
    http = {"max_attempts": 1, "breaker_failures": 2}
    async with a_venue(http, books_per_request=2, books_concurrency=1) as (server, venue):
        server.script(BOOKS, says("", 500))
        batches = await read_all(venue, 6)
        assert [batch.failed for batch in batches] == [1] * 6
        assert [type(batch.error) for batch in batches] == [Unavailable] * 2 + [CircuitOpen] * 4
        assert len(server.seen) == 2


async def test_no_more_chunks_are_asked_for_than_the_caller_takes() -> None:
    async with a_venue(books_per_request=2, books_concurrency=3) as (server, venue):
        stream = venue.quotes(wanted(12))
        for taken in range(1, 6):
            await anext(stream)
            await asyncio.sleep(0.05)  # idle on purpose: nothing may be sent meanwhile
            assert len(server.seen) <= taken + 3
        await stream.aclose()  # type: ignore[attr-defined]
        assert len(server.seen) <= 8


async def test_chunks_in_flight_stay_within_the_concurrency() -> None:
    in_flight = most = 0

    async def slow(request: web.Request) -> web.StreamResponse:
        nonlocal in_flight, most
        in_flight += 1
        most = max(most, in_flight)
        body = all_books(await request.read())
        await asyncio.sleep(0.06)
        in_flight -= 1
        return web.json_response(body)

    async with a_venue(books_per_request=2, books_concurrency=2) as (server, venue):
        server.script(BOOKS, slow)
        assert len(await read_all(venue, 6)) == 6
        assert most == 2


async def test_leaving_early_cancels_what_is_in_flight() -> None:
    async with a_venue(books_per_request=2, books_concurrency=3) as (server, venue):
        server.script(BOOKS, answers_all, server.hang())
        stream = venue.quotes(wanted(9))
        batch = await anext(stream)
        assert len(batch.quotes) == 1
        async with asyncio.timeout(1):
            await stream.aclose()  # type: ignore[attr-defined]
        assert [task for task in asyncio.all_tasks() if "_quote_chunk" in repr(task)] == []


async def test_an_answer_full_of_rubbish_never_means_that_there_is_no_book() -> None:
    async with a_venue() as (server, venue):
        server.script(BOOKS, says(b"[" + b"[]," * 100_000 + b"[]]"))
        (batch,) = await read_all(venue, 2)
        assert (batch.quotes, batch.missing, batch.failed) == ((), (), 2)
        assert isinstance(batch.error, Payload)


async def test_a_consumer_that_fails_leaves_nothing_in_flight() -> None:
    async with a_venue(books_per_request=2, books_concurrency=3) as (server, venue):
        server.script(BOOKS, answers_all, server.hang())
        with pytest.raises(ZeroDivisionError):
            async with aclosing(venue.quotes(wanted(9))) as batches:
                raise ZeroDivisionError(await anext(batches))
        assert [task for task in asyncio.all_tasks() if "_quote_chunk" in repr(task)] == []


async def test_no_wanted_markets_ask_nothing() -> None:
    async with a_venue() as (server, venue):
        assert await read_all(venue, 0) == []
        assert server.seen == []


async def test_the_latency_of_every_answered_chunk_is_observed() -> None:
    def count() -> float:
        return metrics().registry.get_sample_value("pm_ingest_quote_latency_seconds_count") or 0.0

    async with a_venue(books_per_request=2) as (_, venue):
        before = count()
        await read_all(venue, 3)
        assert count() == before + 3
