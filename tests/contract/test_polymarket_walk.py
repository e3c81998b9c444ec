"""The catalogue walk and the look-up of closed markets, over real HTTP."""

from __future__ import annotations

import random
from contextlib import aclosing

import pytest

from endgame.clock import rfc3339
from endgame.config import Settings
from endgame.domain.market import Status
from endgame.errors import Payload, Rejected, Throttled, Unavailable
from endgame.venues.registry import build_venues
from manual_clock import ManualClock
from venue_server import condition, gamma, page, says
from venue_visits import KEYSET, a_catalogue, ids, look_up


async def test_a_walk_sends_the_documented_filters_with_every_page() -> None:
    async with a_catalogue() as catalogue:
        catalogue.pages(page([gamma(1)], "c+/=1"), page([gamma(2)], "c2"), page([gamma(3)]))
        batches = await catalogue.walk(end_min_ms=1_795_340_000_500, end_max_ms=1_796_549_600_001)
        assert ids(batches) == [condition(1), condition(2), condition(3)]
        filters = [
            ("closed", "false"), ("limit", "100"), ("include_tag", "true"), ("order", "endDate"), ("ascending", "true"),
            ("end_date_min", "2026-11-22T09:33:20Z"), ("end_date_max", "2026-12-06T09:33:21Z"),
        ]  # fmt: skip
        assert [list(seen.query) for seen in catalogue.server.seen] == [
            filters,
            [*filters, ("after_cursor", "c+/=1")],
            [*filters, ("after_cursor", "c2")],
        ]


async def test_a_full_walk_has_no_window() -> None:
    async with a_catalogue(page_size=50) as catalogue:
        catalogue.pages(page([gamma(1)]))
        await catalogue.walk()
        (seen,) = catalogue.server.seen
        assert {name for name, _ in seen.query} == {"closed", "limit", "include_tag", "order", "ascending"}
        assert seen.every("limit") == ["50"]


async def test_an_empty_first_page_is_a_complete_walk_of_nothing() -> None:
    async with a_catalogue() as catalogue:
        catalogue.pages(page([]))
        assert ids(await catalogue.walk()) == []


async def test_batches_carry_the_moment_of_reading() -> None:
    async with a_catalogue() as catalogue:
        catalogue.pages(page([gamma(1)]))
        (batch,) = await catalogue.walk()
        assert batch.received_at == catalogue.clock.now_ms()
        assert batch.listings[0].rule is not None
        assert rfc3339(batch.listings[0].rule.as_of) == rfc3339(catalogue.clock.now_ms())


@pytest.mark.parametrize("body", [{"data": []}, {"markets": None}, [], "OK", "<html>busy</html>"])
async def test_a_page_of_another_shape_ends_the_walk_as_incomplete(body: object) -> None:
    async with a_catalogue() as catalogue:
        catalogue.pages(page([gamma(1)], "c1"), body)
        walk = catalogue.venue.walk()
        assert ids([await anext(walk)]) == [condition(1)]
        with pytest.raises(Payload):
            await anext(walk)
        assert len(catalogue.server.seen) == 1 + 3


async def test_a_page_that_keeps_failing_ends_the_walk_as_incomplete() -> None:
    async with a_catalogue() as catalogue:
        catalogue.server.script(KEYSET, says(page([gamma(1)], "c1")), says("", 500))
        with pytest.raises(Unavailable):
            await catalogue.walk()


async def test_a_page_that_fails_once_is_asked_for_again_with_its_cursor() -> None:
    async with a_catalogue() as catalogue:
        catalogue.server.script(
            KEYSET, says(page([gamma(1)], "c1")), says('{"markets": [{"id"'), says(page([gamma(2)]))
        )
        assert ids(await catalogue.walk()) == [condition(1), condition(2)]
        assert [seen.every("after_cursor") for seen in catalogue.server.seen] == [[], ["c1"], ["c1"]]


async def test_a_walk_without_end_is_given_up_after_the_page_cap() -> None:
    async with a_catalogue(max_pages=4) as catalogue:
        catalogue.pages(*(page([gamma(n)], f"c{n}") for n in range(1, 10)))
        with pytest.raises(Payload, match="4 pages"):
            await catalogue.walk()
        assert len(catalogue.server.seen) == 4


async def test_a_record_that_comes_again_on_a_later_page_is_passed_on_only_when_it_is_newer() -> None:
    older, newer = gamma(1, question="older"), gamma(1, question="newer", updatedAt="2026-11-22T10:30:00Z")
    for first, second, titles in ((older, newer, ["older", "newer"]), (newer, older, ["newer"])):
        async with a_catalogue() as catalogue:
            catalogue.pages(page([first], "c1"), page([second, gamma(2)]))
            batches = await catalogue.walk()
            read = [item.market.title for batch in batches for item in batch.listings]
            assert read == [*titles, "Will event 2 happen?"]
            assert sum((batch.skipped["duplicate"] for batch in batches), 0) == 1


async def test_one_bad_record_per_page_costs_only_itself() -> None:
    bad = [{"conditionId": 5}, 7, gamma(90, outcomes="[")]
    async with a_catalogue() as catalogue:
        catalogue.pages(page([bad[0], gamma(1)], "c1"), page([gamma(2), bad[1]], "c2"), page([bad[2], gamma(3)]))
        batches = await catalogue.walk()
        assert ids(batches) == [condition(1), condition(2), condition(3)]
        assert [dict(batch.skipped) for batch in batches] == [{"condition_id": 1}, {"unreadable": 1}, {"outcomes": 1}]


async def test_a_walk_that_is_left_early_asks_for_nothing_more() -> None:
    async with a_catalogue() as catalogue:
        catalogue.pages(page([gamma(1)], "c1"), page([gamma(2)]))
        walk = catalogue.venue.walk()
        await anext(walk)
        await walk.aclose()  # type: ignore[attr-defined]
        assert len(catalogue.server.seen) == 1


async def test_closed_markets_are_looked_up_in_calls_of_sixty_repeated_ids() -> None:
    async with a_catalogue() as catalogue:
        wanted = [condition(n) for n in range(1, 131)]
        over = {"closed": True, "outcomePrices": '["0", "1"]', "closedTime": "2026-11-20 19:37:33+00"}
        catalogue.pages(
            page([gamma(n, **over) for n in range(1, 61)]), page([gamma(n, **over) for n in range(61, 121)]), page([])
        )
        batches = await look_up(catalogue.venue, [*wanted, wanted[0]])
        assert [ids([batch]) for batch in batches] == [wanted[:60], wanted[60:120], []]
        assert {item.market.status for batch in batches for item in batch.listings} == {Status.RESOLVED}
        assert [len(seen.every("condition_ids")) for seen in catalogue.server.seen] == [60, 60, 10]
        assert all(seen.every("closed") == ["true"] for seen in catalogue.server.seen)
        assert all("," not in value for seen in catalogue.server.seen for value in seen.every("condition_ids"))


async def test_a_look_up_follows_the_cursor_and_keeps_to_what_was_asked() -> None:
    async with a_catalogue() as catalogue:
        closed = {"closed": True}
        catalogue.pages(page([gamma(1, **closed), gamma(9, **closed)], "c1"), page([gamma(2), gamma(3, **closed)]))
        batches = await look_up(catalogue.venue, [condition(1), condition(2), condition(3)])
        assert ids(batches) == [condition(1), condition(3)]
        assert [batch.skipped for batch in batches] == [{"unasked": 1}, {"unasked": 1}]
        assert catalogue.server.seen[1].every("after_cursor") == ["c1"]
        assert len(catalogue.server.seen[1].every("condition_ids")) == 3


async def test_a_look_up_of_nothing_asks_nothing() -> None:
    async with a_catalogue() as catalogue:
        assert await look_up(catalogue.venue, []) == []
        assert catalogue.server.seen == []


async def test_a_refused_look_up_is_an_error_not_an_empty_answer() -> None:
    async with a_catalogue() as catalogue:
        catalogue.server.script(KEYSET, says("<html>", 414))
        with pytest.raises(Rejected):
            await look_up(catalogue.venue, [condition(1)])


async def test_a_failed_look_up_call_costs_only_its_own_ids_and_is_reported_at_the_end() -> None:
    async with a_catalogue(lookup_ids_per_request=1) as catalogue:
        closed = [says(page([gamma(n, closed=True)])) for n in (1, 3, 5)]
        catalogue.server.script(KEYSET, closed[0], says("<html>", 414), closed[1], says("<html>", 404), closed[2])
        batches = catalogue.venue.lookup_closed([condition(n) for n in range(1, 6)])
        found = [await anext(batches) for _ in range(3)]
        assert ids(found) == [condition(1), condition(3), condition(5)]
        with pytest.raises(Rejected, match="404"):
            await anext(batches)


async def test_a_look_up_ends_when_the_venue_asks_to_slow_down() -> None:
    async with a_catalogue(lookup_ids_per_request=1) as catalogue:
        catalogue.server.script(KEYSET, says(page([gamma(1, closed=True)])), says("", 429))
        batches = catalogue.venue.lookup_closed([condition(n) for n in range(1, 40)])
        assert ids([await anext(batches)]) == [condition(1)]
        with pytest.raises(Throttled):
            await anext(batches)
        assert {seen.every("condition_ids")[0] for seen in catalogue.server.seen} == {condition(1), condition(2)}


async def test_a_market_that_comes_twice_in_a_look_up_is_passed_on_once() -> None:
    async with a_catalogue() as catalogue:
        record = gamma(1, closed=True)
        catalogue.pages(page([record], "c1"), page([record]))
        batches = await look_up(catalogue.venue, [condition(1)])
        assert ids(batches) == [condition(1)]
        assert batches[1].skipped == {"duplicate": 1}


async def test_a_look_up_that_is_left_early_asks_for_nothing_more() -> None:
    async with a_catalogue(lookup_ids_per_request=1) as catalogue:
        catalogue.pages(page([gamma(1, closed=True)], "c1"), page([]))
        async with aclosing(catalogue.venue.lookup_closed([condition(1), condition(2)])) as batches:
            assert ids([await anext(batches)]) == [condition(1)]
        assert len(catalogue.server.seen) == 1


async def test_the_registry_builds_the_enabled_venues() -> None:
    clock, rng = ManualClock(), random.Random(1)
    (venue,) = build_venues(Settings(), clock, rng)
    assert venue.name == "polymarket"
    await venue.close()
    off = Settings(venues={"polymarket": {"enabled": False}})  # type: ignore[arg-type]
    assert build_venues(off, clock, rng) == []
