"""The one door to the network, over real HTTP on loopback. Time is passed by hand; only hangs take real moments."""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from endgame.config import HttpSettings
from endgame.errors import CircuitOpen, Payload, Rejected, Throttled, Unavailable, VenueError
from endgame.telemetry import metrics
from endgame.venues.http import HttpDoor
from manual_clock import ManualClock
from venue_server import Answer, VenueServer, resets, says, says_gzipped, stops_short

FAST = {"markets_keyset": 10_000.0, "books": 10_000.0}
HTML = "<!DOCTYPE html><title>Just a moment...</title>error code: 1010"


def as_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise Payload("not JSON") from error


class Visit:
    """A door to a scripted server, and the clock both tell."""

    def __init__(self, server: VenueServer, limits: dict[str, float] | None = None, **settings: Any) -> None:
        self.server = server
        self.clock = ManualClock()
        self.door = HttpDoor(HttpSettings(**settings), self.clock, random.Random(1), limits or FAST)

    async def get(self, path: str = "/x", endpoint: str = "markets_keyset") -> Any:
        return await self.door.get_json(endpoint, f"{self.server.url}{path}", [("a", "1")], decode=as_json)


@asynccontextmanager
async def visiting(*answers: Answer, **settings: Any) -> AsyncIterator[Visit]:
    async with VenueServer() as server:
        server.script("/x", *answers)
        visit = Visit(server, **settings)
        try:
            yield visit
        finally:
            await visit.door.close()


def tries(visit: Visit, endpoint: str = "markets_keyset") -> dict[str, float]:
    host = visit.server.url.removeprefix("http://")
    return {
        sample.labels["outcome"]: sample.value
        for metric in metrics().http_requests.collect()
        for sample in metric.samples
        if sample.name.endswith("_total") and sample.labels["host"] == host and sample.labels["endpoint"] == endpoint
    }


def circuit(visit: Visit) -> float:
    return metrics().circuit_state.labels(visit.server.url.removeprefix("http://"))._value.get()


async def test_a_request_says_who_asks_and_takes_gzip() -> None:
    async with visiting(says_gzipped(b'{"ok": true}')) as visit:
        assert await visit.get() == {"ok": True}
        (seen,) = visit.server.seen
        assert seen.headers["User-Agent"].startswith("pm-endgame-sweep/")
        assert seen.headers["Accept-Encoding"] == "gzip"
        assert seen.query == (("a", "1"),)
        assert tries(visit) == {"ok": 1}


async def test_a_post_sends_json_and_is_repeated_like_a_get() -> None:
    async with visiting(says("oops", 502), says([])) as visit:
        url = f"{visit.server.url}/x"
        assert await visit.door.post_json("books", url, b'[{"token_id":"1"}]', decode=as_json) == []
        assert [seen.body for seen in visit.server.seen] == [b'[{"token_id":"1"}]'] * 2
        assert visit.server.seen[0].headers["Content-Type"] == "application/json"
        assert tries(visit, "books") == {"unavailable": 1, "ok": 1}


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 408])
async def test_a_server_error_is_tried_again_and_then_reported(status: int) -> None:
    async with visiting(says("x", status)) as visit:
        with pytest.raises(Unavailable, match=str(status)):
            await visit.get()
        assert len(visit.server.seen) == 3


async def test_a_fault_that_passes_costs_only_tries() -> None:
    async with visiting(says("x", 500), resets(), says([1])) as visit:
        assert await visit.get() == [1]
        assert tries(visit) == {"unavailable": 2, "ok": 1}


@pytest.mark.parametrize("status", [400, 401, 404, 410, 414, 422])
async def test_a_refusal_is_not_asked_again(status: int) -> None:
    async with visiting(says({"error": "no"}, status)) as visit:
        with pytest.raises(Rejected) as caught:
            await visit.get()
        assert caught.value.status == status
        assert len(visit.server.seen) == 1
        for _ in range(6):
            with pytest.raises(Rejected):
                await visit.get()
        assert circuit(visit) == 0


async def test_trap_30_a_cloudflare_403_is_a_refusal_that_opens_the_breaker() -> None:
    async with visiting(says(HTML, 403, Content_Type="text/html"), breaker_failures=5) as visit:
        for _ in range(5):
            with pytest.raises(Rejected):
                await visit.get()
        with pytest.raises(CircuitOpen):
            await visit.get()
        assert len(visit.server.seen) == 5
        assert visit.server.seen[0].headers["User-Agent"].startswith("pm-endgame-sweep/")


@pytest.mark.parametrize("body", [HTML, '{"markets": [', "", "\x00\x01"])
async def test_an_answer_that_is_not_json_is_asked_for_again(body: str) -> None:
    async with visiting(says(body), says([2])) as visit:
        assert await visit.get() == [2]
        assert tries(visit) == {"payload": 1, "ok": 1}


async def test_a_redirect_is_not_followed() -> None:
    async with visiting(says("", 302, Location="/elsewhere")) as visit:
        visit.server.script("/elsewhere", says([1]))
        with pytest.raises(Rejected) as caught:
            await visit.get()
        assert caught.value.status == 302
        assert [seen.path for seen in visit.server.seen] == ["/x"]


async def test_a_reset_on_a_kept_connection_is_never_repeated_behind_our_back() -> None:
    async with visiting(says([1]), resets()) as visit:
        await visit.get()
        with pytest.raises(Unavailable):
            await visit.get()
        assert len(visit.server.seen) == 1 + 3


async def test_a_body_that_stops_short_is_asked_for_again() -> None:
    async with visiting(stops_short(b'{"a": 1, "b": 2}'), says([3])) as visit:
        assert await visit.get() == [3]


async def test_a_broken_gzip_body_is_asked_for_again() -> None:
    async with visiting(says(b"\x1f\x8bnonsense", Content_Encoding="gzip"), says([3])) as visit:
        assert await visit.get() == [3]


async def test_a_refused_connection_is_unavailable() -> None:
    async with visiting(says([])) as visit:
        pass
    visit = Visit(visit.server)
    with pytest.raises(Unavailable):
        await visit.get()
    await visit.door.close()


async def test_a_server_that_hangs_is_given_up_on_each_try() -> None:
    async with VenueServer() as server:
        server.script("/x", server.hang())
        visit = Visit(server, timeout_sec=0.05)
        with pytest.raises(Unavailable, match="did not answer"):
            await visit.get()
        assert len(server.seen) == 3
        await visit.door.close()


async def test_a_slow_drip_is_cut_off_by_the_same_timeout() -> None:
    async with VenueServer() as server:
        server.script("/x", server.drip(b"[" + b" " * 10_000, 0.01))
        visit = Visit(server, timeout_sec=0.1, max_attempts=1)
        begun = asyncio.get_running_loop().time()
        with pytest.raises(Unavailable):
            await visit.get()
        assert asyncio.get_running_loop().time() - begun < 2
        await visit.door.close()


async def test_a_gzip_bomb_is_cut_off_at_the_cap_and_never_unfolds_in_memory() -> None:
    bomb = says_gzipped(b" " * 60_000_000)
    async with visiting(bomb, max_body_bytes=1_000_000, max_attempts=1) as visit:
        tracemalloc.start()
        try:
            with pytest.raises(Payload, match="larger than"):
                await visit.get()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 20_000_000


async def test_an_announced_size_beyond_the_cap_is_not_read_at_all() -> None:
    async with visiting(says(b" " * 200_000), max_body_bytes=100_000, max_attempts=1) as visit:
        with pytest.raises(Payload, match="announces"):
            await visit.get()


async def test_a_slow_decoder_does_not_hold_up_the_event_loop() -> None:
    decoding, may_end = threading.Event(), threading.Event()

    def slow(_: bytes) -> bool:
        decoding.set()
        return may_end.wait(10)

    async with visiting(says([1])) as visit:
        request = asyncio.create_task(visit.door.get_json("books", f"{visit.server.url}/x", [], decode=slow))
        await asyncio.to_thread(decoding.wait, 10)
        may_end.set()  # reached only because the loop runs on
        assert await request


async def test_at_most_two_answers_are_decoded_at_once() -> None:
    lock = threading.Lock()
    running: list[int] = []
    most = 0

    def count(_: bytes) -> int:
        nonlocal most
        with lock:
            running.append(1)
            most = max(most, len(running))
        time.sleep(0.01)  # long enough to meet the others
        with lock:
            running.pop()
        return 1

    async with visiting(says([1])) as visit:
        url = f"{visit.server.url}/x"
        await asyncio.gather(*(visit.door.get_json("books", url, [], decode=count) for _ in range(8)))
        assert most == 2


async def test_after_a_429_without_retry_after_the_endpoint_rests_at_least_a_second() -> None:
    async with visiting(says("slow down", 429), says([1])) as visit:
        assert await visit.get() == [1]
        assert visit.clock.monotonic() >= 1
        assert tries(visit) == {"throttled": 1, "ok": 1}


async def test_repeated_429s_rest_longer_each_time() -> None:
    async with visiting(says("slow down", 429), budget_sec=60, max_attempts=4) as visit:
        with pytest.raises(Throttled):
            await visit.get()
        assert len(visit.server.seen) == 4
        assert visit.clock.monotonic() >= 1 + 2 + 4
        assert circuit(visit) == 0


async def test_a_good_answer_makes_the_next_rest_short_again() -> None:
    slow, good = says("slow down", 429), says([1])
    async with visiting(slow, slow, good, slow, good) as visit:
        await visit.get()
        rested = visit.clock.monotonic()
        assert rested >= 3
        await visit.get()
        assert 1 <= visit.clock.monotonic() - rested < 2


async def test_retry_after_in_seconds_is_honoured() -> None:
    async with visiting(says("", 429, Retry_After="7"), says([1])) as visit:
        assert await visit.get() == [1]
        assert visit.clock.monotonic() >= 7


async def test_retry_after_as_a_date_is_honoured() -> None:
    date = datetime(2026, 11, 22, 10, tzinfo=UTC)
    later = format_datetime(date + timedelta(seconds=9), usegmt=True)
    answer = says("", 503, Retry_After=later, Date=format_datetime(date, usegmt=True))
    async with visiting(answer, says([1])) as visit:
        assert await visit.get() == [1]
        assert visit.clock.monotonic() >= 9


async def test_a_503_without_retry_after_rests_the_endpoint_and_counts_against_the_host() -> None:
    async with visiting(says("", 503), breaker_failures=1) as visit:
        with pytest.raises(Unavailable):
            await visit.get()
        assert circuit(visit) == 2
        assert len(visit.server.seen) == 1


async def test_retry_after_beyond_the_budget_holds_every_caller_of_the_endpoint() -> None:
    async with visiting(says("", 429, Retry_After="120"), says([1])) as visit:
        visit.server.script("/y", says([2]))
        with pytest.raises(Throttled, match=r"held back for 120\.0 s"):
            await visit.get()
        with pytest.raises(Throttled):
            await visit.get("/y")
        assert len(visit.server.seen) == 1
        assert await visit.get("/y", endpoint="books") == [2]
        visit.clock.push(101)
        assert await visit.get() == [1]
        assert visit.clock.monotonic() >= 120


async def test_a_retry_after_of_a_week_is_honoured_for_five_minutes() -> None:
    async with visiting(says("", 429, Retry_After="604800"), says([1])) as visit:
        with pytest.raises(Throttled):
            await visit.get()
        visit.clock.push(285)
        assert await visit.get() == [1]
        assert 300 <= visit.clock.monotonic() < 306


async def test_five_failures_open_the_breaker_and_one_probe_closes_it() -> None:
    async with visiting(*[says("", 500)] * 5, says([1])) as visit:
        with pytest.raises(Unavailable):
            await visit.get()
        with pytest.raises(Unavailable):
            await visit.get()
        assert len(visit.server.seen) == 5
        assert circuit(visit) == 2
        with pytest.raises(CircuitOpen):
            await visit.get()
        assert len(visit.server.seen) == 5
        visit.clock.push(15)
        assert await visit.get() == [1]
        assert circuit(visit) == 0


async def test_an_open_breaker_of_one_host_does_not_touch_another() -> None:
    async with visiting(says("", 500), breaker_failures=1) as visit, VenueServer() as other:
        other.script("/x", says([9]))
        with pytest.raises(Unavailable):
            await visit.get()
        with pytest.raises(CircuitOpen):
            await visit.get()
        assert await visit.door.get_json("markets_keyset", f"{other.url}/x", [], decode=as_json) == [9]


async def test_a_budget_that_passed_while_the_process_stood_still_asks_nobody() -> None:
    async with visiting(says([1]), budget_sec=3) as visit:

        class StandsStill(ManualClock):
            def monotonic(self) -> float:
                self.push(2)
                return super().monotonic()

        still = HttpDoor(HttpSettings(budget_sec=3), StandsStill(), random.Random(1), FAST)
        with pytest.raises(Unavailable, match=r"was not asked: http\.budget_sec had passed"):
            await still.get_json("books", f"{visit.server.url}/x", [], decode=as_json)
        assert visit.server.seen == []
        assert tries(visit, "books") == {}
        await still.close()


async def test_all_tries_together_stay_within_the_budget() -> None:
    async with visiting(says("", 500), max_attempts=10, budget_sec=3, breaker_failures=100) as visit:
        with pytest.raises(Unavailable):
            await visit.get()
        assert visit.clock.monotonic() < 3
        assert 1 < len(visit.server.seen) < 10


async def test_a_cancelled_request_leaves_the_door_usable() -> None:
    async with VenueServer() as server:
        server.script("/x", server.hang(), says([1]))
        visit = Visit(server)
        task = asyncio.create_task(visit.get())
        await server.received(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await visit.get() == [1]
        assert tries(visit) == {"aborted": 1, "ok": 1}
        await visit.door.close()


async def test_a_cancelled_probe_does_not_leave_the_breaker_stuck() -> None:
    async with VenueServer() as server:
        server.script("/x", says("", 500), server.hang(), says([1]))
        visit = Visit(server, breaker_failures=1)
        with pytest.raises(Unavailable):
            await visit.get()
        visit.clock.push(15)
        probe = asyncio.create_task(visit.get())
        await server.received(2)
        with pytest.raises(CircuitOpen):
            await visit.get()
        probe.cancel()
        await asyncio.gather(probe, return_exceptions=True)
        assert await visit.get() == [1]
        await visit.door.close()


async def test_a_closed_door_stays_closed() -> None:
    async with visiting(says([1])) as visit:
        await visit.get()
        await visit.door.close()
        with pytest.raises(VenueError):
            await visit.get()
        assert len(visit.server.seen) == 1


async def test_the_rate_of_an_endpoint_is_kept_over_every_window() -> None:
    async with visiting(says([1]), limits={"markets_keyset": 100.0}) as visit:
        await asyncio.gather(*(visit.get() for _ in range(50)))
        arrived = [seen.at for seen in visit.server.seen]
        assert len(arrived) == 50
        assert arrived[-1] - arrived[0] >= 0.48
        assert max(sum(1 for at in arrived if start <= at < start + 0.2) for start in arrived) <= 21


async def test_tries_wait_for_slots_of_the_rate_limit_like_first_requests_do() -> None:
    async with visiting(says("", 500), limits={"markets_keyset": 20.0}, breaker_failures=100) as visit:
        with pytest.raises(Unavailable):
            await visit.get()
        first, second, third = (seen.at for seen in visit.server.seen)
        assert second - first >= 0.045
        assert third - second >= 0.045
