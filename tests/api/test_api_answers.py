"""Kept answers: bounded, bound to a run, shared by a stampede, served through an outage while they hold."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable

import pytest

from endgame.api.answers import (
    FRESH_SEC,
    Answer,
    AnswerCache,
    Answers,
    CurrentRun,
    SingleFlight,
)
from endgame.api.negotiation import entity_tag, is_match
from endgame.errors import Busy
from manual_clock import ManualClock


class Source:
    """A database in miniature: a run, a number of reads, and an outage."""

    def __init__(self) -> None:
        self.run: int | None = 1
        self.looks = 0
        self.builds = 0
        self.down = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def look(self) -> int | None:
        self.looks += 1
        await self.gate.wait()
        if self.down:
            raise Busy
        return self.run

    def build(self, *, valid_until: float = math.inf, text: bytes = b"rows") -> Callable[[], Awaitable[Answer]]:
        async def work() -> Answer:
            self.builds += 1
            await self.gate.wait()
            if self.down:
                raise Busy
            body = text + b" of run %d" % (self.run or 0)
            return Answer(body, entity_tag(body), self.run, valid_until)

        return work


class Desk:
    def __init__(self, *, entries: int = 10, size: int = 10_000) -> None:
        self.source = Source()
        self.clock = ManualClock()
        self.flights = SingleFlight()
        self.cache = AnswerCache(entries, size)
        self.runs = CurrentRun(self.source.look, self.clock, self.flights)
        self.answers = Answers(self.runs, self.cache, self.clock, self.flights)

    async def ask(self, key: bytes = b"list", **how: object) -> bytes:
        return (await self.answers.get(key, self.source.build(**how))).body  # type: ignore[arg-type]


async def test_a_repeated_question_costs_one_query() -> None:
    desk = Desk()
    assert [await desk.ask() for _ in range(20)] == [b"rows of run 1"] * 20
    assert (desk.source.builds, desk.source.looks) == (1, 1)


async def test_the_run_is_looked_up_at_most_every_quarter_of_a_second() -> None:
    desk = Desk()
    for _ in range(100):
        await desk.ask()
        desk.clock.push(0.01)
        await asyncio.sleep(0)
    assert desk.source.looks <= 5


async def test_a_new_run_is_seen_by_the_next_question_after_a_second_of_silence() -> None:
    desk = Desk()
    await desk.ask()
    desk.source.run = 2
    desk.clock.push(1.1)
    assert await desk.ask() == b"rows of run 2"


async def test_busy_traffic_never_waits_for_the_look_up_of_the_run() -> None:
    desk = Desk()
    await desk.ask()
    desk.source.gate.clear()
    desk.source.run = 2
    desk.clock.push(0.6)
    assert await asyncio.wait_for(desk.ask(), 1) == b"rows of run 1"
    desk.source.gate.set()
    await asyncio.sleep(0.01)
    assert await desk.ask() == b"rows of run 2"


async def test_a_stampede_does_one_look_up_and_one_query() -> None:
    desk = Desk()
    desk.source.gate.clear()
    crowd = [asyncio.create_task(desk.ask()) for _ in range(200)]
    await asyncio.sleep(0)
    desk.source.gate.set()
    assert set(await asyncio.gather(*crowd)) == {b"rows of run 1"}
    assert (desk.source.looks, desk.source.builds) == (1, 1)


async def test_one_who_gives_up_does_not_stop_the_others() -> None:
    desk = Desk()
    desk.source.gate.clear()
    impatient, patient = asyncio.create_task(desk.ask()), asyncio.create_task(desk.ask())
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.sleep(0)
    desk.source.gate.set()
    assert await patient == b"rows of run 1"


async def test_an_answer_holds_until_its_oldest_quote_ages_out() -> None:
    desk = Desk()
    until = desk.clock.now_ms() + 500.0
    await desk.ask(valid_until=until)
    desk.clock.push(0.5)
    await desk.ask(valid_until=until)
    assert desk.source.builds == 1
    desk.clock.push(0.001)
    await desk.ask(valid_until=until)
    assert desk.source.builds == 2


async def test_within_a_run_an_answer_is_looked_up_again_after_five_seconds() -> None:
    desk = Desk()
    await desk.ask()
    desk.clock.push(FRESH_SEC - 0.01)
    await desk.ask()
    assert desk.source.builds == 1
    desk.clock.push(0.02)
    assert await desk.ask(text=b"fewer rows") == b"fewer rows of run 1"
    assert await desk.ask(text=b"not asked for") == b"fewer rows of run 1"
    assert desk.source.builds == 2


async def test_an_answer_that_cannot_be_looked_up_again_is_served_as_long_as_it_holds() -> None:
    desk = Desk()
    until = desk.clock.now_ms() + 60_000.0
    await desk.ask(valid_until=until)
    desk.clock.push(FRESH_SEC + 1)
    await desk.runs.get(1)
    desk.source.down = True
    assert await desk.ask(valid_until=until) == b"rows of run 1"
    desk.clock.push(60)
    with pytest.raises(Busy):
        await desk.ask(valid_until=until)


async def test_a_look_up_that_hangs_delays_an_answer_that_still_holds_only_briefly() -> None:
    desk = Desk()
    await desk.ask()
    desk.clock.push(FRESH_SEC + 1)
    await desk.runs.get(1)
    desk.source.gate.clear()
    assert await asyncio.wait_for(desk.ask(text=b"new rows"), 2) == b"rows of run 1"
    desk.source.gate.set()
    await asyncio.sleep(0.01)
    assert await desk.ask() == b"new rows of run 1", "it went on behind"


async def test_during_an_outage_a_held_answer_is_served_and_the_rest_refused() -> None:
    desk = Desk()
    await desk.ask(b"held")
    desk.source.down = True
    desk.clock.push(10)
    assert await desk.ask(b"held") == b"rows of run 1"
    with pytest.raises(Busy):
        await desk.ask(b"new")
    looks = desk.source.looks
    for _ in range(50):
        assert await desk.ask(b"held") == b"rows of run 1"
        with pytest.raises(Busy):
            await desk.ask(b"new")
    assert desk.source.looks == looks, "an outage is not hammered"


async def test_during_an_outage_an_answer_that_aged_out_is_not_served() -> None:
    desk = Desk()
    await desk.ask(valid_until=desk.clock.now_ms() + 5_000.0)
    desk.source.down = True
    desk.clock.push(6)
    with pytest.raises(Busy):
        await desk.ask()


async def test_after_an_outage_the_new_run_is_seen() -> None:
    desk = Desk()
    await desk.ask()
    desk.source.down = True
    desk.clock.push(10)
    await desk.ask()
    desk.source.down, desk.source.run = False, 2
    desk.clock.push(1.1)
    assert await desk.ask() == b"rows of run 2"


async def test_a_database_that_hangs_delays_a_held_answer_only_briefly() -> None:
    desk = Desk()
    await desk.ask()
    desk.source.gate.clear()
    desk.clock.push(10)
    assert await asyncio.wait_for(desk.ask(), 2) == b"rows of run 1"
    desk.source.gate.set()
    await desk.flights.close()


async def test_the_answers_of_an_older_run_are_not_served() -> None:
    desk = Desk()
    await desk.ask(b"a")
    desk.source.run = 2
    desk.clock.push(2)
    await desk.ask(b"b")
    assert await desk.ask(b"a") == b"rows of run 2"


async def test_a_build_that_fails_is_tried_again_by_the_next_question() -> None:
    desk = Desk()
    await desk.runs.get(1)
    desk.source.down = True
    with pytest.raises(Busy):
        await desk.ask()
    desk.source.down = False
    assert await desk.ask() == b"rows of run 1"


async def test_before_the_first_run_the_answer_names_none() -> None:
    desk = Desk()
    desk.source.run = None
    assert (await desk.answers.get(b"list", desk.source.build())).run is None


def test_the_cache_is_bounded_by_number_and_forgets_the_least_recently_used() -> None:
    cache = AnswerCache(3, 10_000)
    for key in (b"a", b"b", b"c"):
        cache.put(key, Answer(b"x", '"t"', 1))
    cache.get(b"a", 1, 0)
    cache.put(b"d", Answer(b"x", '"t"', 1))
    assert [cache.get(key, 1, 0) is not None for key in (b"a", b"b", b"c", b"d")] == [True, False, True, True]
    assert len(cache) == 3


def test_the_cache_is_bounded_by_bytes_of_keys_and_bodies() -> None:
    cache = AnswerCache(1_000, 1_000)
    for number in range(500):
        cache.put(b"key-%d" % number, Answer(b"x" * (number % 90), '"t"', 1))
        assert cache.size_bytes <= 1_000
    cache.put(b"key-499", Answer(b"", '"t"', 1))
    cache.put(b"giant", Answer(b"x" * 1_001, '"t"', 1))
    assert cache.get(b"giant", 1, 0) is None
    assert cache.size_bytes == sum(len(key) + len(answer.body) for key, answer in cache._held.items()), (
        "the account stays right"
    )


@pytest.mark.parametrize(
    ("header", "matches"),
    [
        (None, False),
        ("", False),
        ("*", True),
        ('"abc"', True),
        ('W/"abc"', True),
        ('"x", W/"y", "abc"', True),
        ('"abcd"', False),
        ("abc", False),
        ('"a,b"', False),
        ('"x"' * 5_000, False),
    ],
)
def test_if_none_match_knows_lists_stars_and_weak_tags(header: str | None, *, matches: bool) -> None:
    assert is_match(header, '"abc"') is matches


async def test_an_answer_of_an_older_run_that_comes_late_takes_nothing_back() -> None:
    desk = Desk()
    await desk.ask(b"list")
    slow = asyncio.Event()

    async def funnel_of_run_1() -> Answer:
        await slow.wait()
        return Answer(b"funnel of run 1", '"1"', 1)

    late = asyncio.create_task(desk.answers.get(b"funnel", funnel_of_run_1))
    await asyncio.sleep(0)
    desk.source.run = 2
    desk.clock.push(1.1)
    assert await desk.ask(b"list") == b"rows of run 2"
    slow.set()
    assert (await late).body == b"funnel of run 1"
    assert desk.runs.last == 2
    builds = desk.source.builds
    assert await desk.ask(b"list") == b"rows of run 2"
    assert desk.source.builds == builds, "what is held of run 2 is still given out"
    assert desk.cache.get(b"funnel", 1, 0) is None
