"""Faults on the wire, one by one, and the audit that catches a client's breaches."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from endgame.simulator.faults import NAMES, Fault, broken_book, broken_market
from endgame.simulator.server import SimulatedVenue, run_forever
from manual_clock import ManualClock

EPOCH = 1_795_435_200_000
AGENT = {"User-Agent": "simulator-tests/1"}


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers=AGENT) as session:
        yield session


def faulty(*faults: Any, clock: ManualClock | None = None, **options: Any) -> SimulatedVenue:
    return SimulatedVenue(
        markets=400, seed=3, clock=clock or ManualClock(EPOCH), cache_sec=0, faults=faults, hang_sec=30.0, **options
    )


async def page(http: aiohttp.ClientSession, venue: SimulatedVenue, **params: str) -> tuple[int, Any]:
    async with http.get(f"{venue.gamma_url}/markets/keyset", params=params) as answer:
        return answer.status, await answer.json()


async def test_throttle_answers_429_without_retry_after(http: aiohttp.ClientSession) -> None:
    async with faulty("throttle") as venue, http.get(f"{venue.gamma_url}/markets/keyset") as answer:
        assert answer.status == 429
        assert "retry-after" not in answer.headers
        assert answer.content_type == "text/html"


async def test_throttle_with_retry_after_names_seconds(http: aiohttp.ClientSession) -> None:
    fault = Fault("throttle_retry_after", retry_after_sec=7)
    async with faulty(fault) as venue, http.get(f"{venue.gamma_url}/markets/keyset") as answer:
        assert answer.status == 429
        assert answer.headers["retry-after"] == "7"


async def test_server_errors_and_a_cloudflare_page_are_html(http: aiohttp.ClientSession) -> None:
    async with faulty("server_error") as venue:
        seen = set()
        for _ in range(8):
            async with http.get(f"{venue.gamma_url}/markets/keyset") as answer:
                seen.add(answer.status)
    assert seen == {500, 502, 503, 504}
    async with faulty("html_403") as venue, http.get(f"{venue.gamma_url}/markets/keyset") as answer:
        assert answer.status == 403
        assert "error code: 1010" in await answer.text()


async def test_a_hanging_answer_hangs_until_the_client_gives_up(http: aiohttp.ClientSession) -> None:
    async with faulty("hang") as venue:
        with pytest.raises(TimeoutError):
            async with http.get(f"{venue.gamma_url}/markets/keyset", timeout=aiohttp.ClientTimeout(total=0.2)):
                pass


async def test_a_reset_cuts_the_connection(http: aiohttp.ClientSession) -> None:
    async with faulty("reset") as venue:
        with pytest.raises(aiohttp.ClientConnectionError):
            async with http.post(f"{venue.clob_url}/books", json=[]):
                pass


async def test_truncated_json_is_no_json(http: aiohttp.ClientSession) -> None:
    async with faulty("truncated_json") as venue, http.get(f"{venue.gamma_url}/markets/keyset") as answer:
        assert answer.status == 200
        body = await answer.read()
    assert body.startswith(b'{"$schema"')
    with pytest.raises(ValueError, match=r"line 1|decode"):
        json.loads(body)


async def test_a_slow_drip_arrives_whole_in_small_pieces(http: aiohttp.ClientSession) -> None:
    async with faulty("slow_drip", drip_sec=0.001) as venue:
        async with http.get(f"{venue.gamma_url}/markets/keyset") as answer:
            pieces = [piece async for piece, _ in answer.content.iter_chunks()]
            dripped = b"".join(pieces)
        venue.faults.set([])
        async with http.get(f"{venue.gamma_url}/markets/keyset") as answer:
            assert await answer.read() == dripped
    assert len(pieces) > 3


async def test_a_repeated_cursor_never_ends(http: aiohttp.ClientSession) -> None:
    async with faulty("repeated_cursor") as venue:
        _, first = await page(http, venue, limit="20")
        _, second = await page(http, venue, limit="20", after_cursor=first["next_cursor"])
    assert second["next_cursor"] == first["next_cursor"]


async def test_a_shrinking_walk_loses_rows_after_its_first_page_only(http: aiohttp.ClientSession) -> None:
    async with faulty("shrink") as venue:
        _, first = await page(http, venue, limit="90")
        _, second = await page(http, venue, limit="90", after_cursor=first["next_cursor"])
        venue.faults.set([])
        _, whole = await page(http, venue, limit="90", after_cursor=first["next_cursor"])
    assert len(first["markets"]) == 90
    assert len(second["markets"]) < len(whole["markets"])
    assert second["next_cursor"] == whole["next_cursor"]


async def test_a_bad_item_costs_no_real_record(http: aiohttp.ClientSession) -> None:
    async with faulty("bad_item") as venue:
        seen: list[Any] = []
        cursor: dict[str, str] = {}
        pages = 0
        while True:
            _, body = await page(http, venue, limit="50", **cursor)
            assert len(body["markets"]) <= 50
            seen += body["markets"]
            pages += 1
            if "next_cursor" not in body:
                break
            cursor = {"after_cursor": body["next_cursor"]}
        venue.faults.set([])
        _, sound = await page(http, venue, limit="100")
        tokens = [{"token_id": t} for m in sound["markets"] for t in json.loads(m.get("clobTokenIds", "[]"))]
        async with http.post(f"{venue.clob_url}/books", json=tokens) as answer:
            good = await answer.json()
        venue.faults.set(["bad_item"])
        async with http.post(f"{venue.clob_url}/books", json=tokens) as answer:
            bad = await answer.json()
    real = {m["id"] for m in seen if isinstance(m, dict) and len(str(m.get("id", ""))) == 7}
    assert len(real) == 400
    assert len(seen) == 400 + pages
    assert len(bad) == len(good) + 1


def test_broken_records_come_in_many_variants_and_never_carry_real_ids() -> None:
    sound = {"id": "1200001", "conditionId": "0x" + "1" * 64, "clobTokenIds": '["5", "6"]', "slug": "s"}
    broken = [broken_market(sound, variant) for variant in range(16)]
    assert len({repr(item) for item in broken}) == 16
    for name in ("id", "conditionId", "clobTokenIds", "slug"):
        assert all(item.get(name) != sound[name] for item in broken if isinstance(item, dict))
    book = {"asset_id": "12345", "asks": [], "bids": []}
    books = [broken_book(book, variant) for variant in range(7)]
    assert len({repr(item) for item in books}) == 7
    assert all(item.get("asset_id") != "12345" for item in books if isinstance(item, dict))


async def test_mixed_faults_are_of_many_kinds_and_seeded(http: aiohttp.ClientSession) -> None:
    async def story() -> dict[str, int]:
        async with faulty("mixed:0.7", drip_sec=0.0001) as venue:
            for _ in range(60):
                try:
                    async with http.get(
                        f"{venue.gamma_url}/markets/keyset?limit=1", timeout=aiohttp.ClientTimeout(total=0.3)
                    ) as answer:
                        await answer.read()
                except (aiohttp.ClientError, TimeoutError):
                    continue
            return dict(venue.faults.injected)

    first = await story()
    assert len(first) >= 6
    assert 25 < sum(first.values()) < 60


async def test_faults_are_set_and_cleared_at_run_time_with_rhythm_window_and_endpoints(
    http: aiohttp.ClientSession,
) -> None:
    clock = ManualClock(EPOCH)
    async with faulty(clock=clock) as venue:
        url = f"{venue.url}/_sim/faults"

        async def status() -> int:
            async with http.get(f"{venue.gamma_url}/markets/keyset") as answer:
                return answer.status

        assert await status() == 200
        plan = {"name": "throttle", "every": 3, "start_sec": 10, "duration_sec": 20, "endpoints": ["/markets/keyset"]}
        async with http.post(url, json={"faults": [plan]}) as answer:
            assert answer.status == 200
        assert await status() == 200
        clock.push(11)
        assert [await status() for _ in range(6)] == [200, 200, 429, 200, 200, 429]
        async with http.post(f"{venue.clob_url}/books", json=[]) as answer:
            assert answer.status == 200
        clock.push(20)
        assert [await status() for _ in range(3)] == [200, 200, 200]
        async with http.post(url, json={"faults": ["server_error"]}) as answer:
            assert (await answer.json())["faults"][0]["name"] == "server_error"
        assert await status() >= 500
        async with http.post(url, json={"faults": []}) as answer:
            assert (await answer.json())["faults"] == []
        assert await status() == 200
        wrongs: list[Any] = ["flood", {"name": "hang", "probability": 2}, {"name": "hang", "colour": 1}, 3]
        for wrong in (*({"faults": [item]} for item in wrongs), {}, [], {"faults": "hang"}):
            async with http.post(url, json=wrong) as answer:
                assert answer.status == 422, wrong
        async with http.get(f"{venue.url}/_sim/audit") as answer:
            assert (await answer.json())["faults_injected"] == {"throttle": 2, "server_error": 1}


def test_the_command_line_form_of_a_fault() -> None:
    assert Fault.parse("hang") == Fault("hang")
    assert Fault.parse("server_error:0.25") == Fault("server_error", probability=0.25)
    for wrong in ("flood", "hang:2", "hang:often", ""):
        with pytest.raises(ValueError, match="fault"):
            Fault.parse(wrong)
    with pytest.raises(ValueError, match="throttle_retry_after"):
        Fault.parse("nothing")
    assert len(NAMES) == 12


async def test_health_is_never_faulty(http: aiohttp.ClientSession) -> None:
    async with faulty("reset") as venue, http.get(f"{venue.clob_url}/ok") as answer:
        assert answer.status == 200


async def test_the_audit_counts_requests_and_a_polite_client_has_no_violation(http: aiohttp.ClientSession) -> None:
    async with faulty() as venue:
        _, first = await page(http, venue, limit="100")
        await page(http, venue, limit="100", after_cursor=first["next_cursor"])
        async with http.post(f"{venue.clob_url}/books", json=[]) as answer:
            assert answer.status == 200
        async with http.get(f"{venue.url}/_sim/audit") as answer:
            audit = await answer.json()
    assert audit["requests"] == {"/markets/keyset": 2, "/books": 1}
    assert audit["violations"] == {}
    assert audit["peak_per_10_sec"]["markets"] == 2


async def test_the_audit_catches_a_missing_user_agent_and_urllib_is_blocked() -> None:
    async with faulty() as venue:
        url = f"{venue.gamma_url}/markets/keyset"
        bare = aiohttp.ClientSession(skip_auto_headers=["User-Agent"])
        async with bare, bare.get(url) as answer:
            assert answer.status == 200
        default = aiohttp.ClientSession(headers={"User-Agent": "Python-urllib/3.11"})
        async with default, default.get(url) as answer:
            assert answer.status == 403
            assert await answer.text() == "error code: 1010"
        assert venue.audit.violations == {"missing_user_agent": 2}


async def test_the_audit_catches_offsets_deprecated_lists_and_joined_ids(http: aiohttp.ClientSession) -> None:
    async with faulty() as venue:
        await page(http, venue, offset="20")
        await page(http, venue, condition_ids="0xaa,0xbb")
        async with http.get(f"{venue.gamma_url}/markets") as answer:
            assert answer.status == 200
    assert venue.audit.violations == {"offset_used": 1, "comma_joined_ids": 1, "deprecated_list_used": 1}


async def test_the_audit_catches_more_requests_than_documented_in_any_ten_seconds(
    http: aiohttp.ClientSession,
) -> None:
    clock = ManualClock(EPOCH)
    async with faulty(clock=clock) as venue:

        async def ask(times: int) -> None:
            for _ in range(times):
                async with http.get(f"{venue.gamma_url}/status") as answer:
                    await answer.read()

        await ask(60)
        clock.push(6)
        await ask(40)
        assert venue.audit.violations == {}
        clock.push(3)
        await ask(1)
        assert venue.audit.violations == {"rate_exceeded": 1}
        clock.push(2)
        await ask(50)
        assert venue.audit.violations == {"rate_exceeded": 1}


async def test_the_audit_catches_hammering_after_a_429_but_not_what_was_under_way(
    http: aiohttp.ClientSession,
) -> None:
    clock = ManualClock(EPOCH)
    fault = Fault("throttle_retry_after", retry_after_sec=5, endpoints=("/markets/keyset",))

    async def ask(venue: SimulatedVenue) -> None:
        async with http.get(f"{venue.gamma_url}/markets/keyset") as answer:
            await answer.read()

    async with faulty(fault, clock=clock) as venue:
        await ask(venue)
        venue.faults.set([])
        clock.push(0.05)
        await ask(venue)
        async with http.post(f"{venue.clob_url}/books", json=[]) as answer:  # another endpoint is free
            assert answer.status == 200
        assert venue.audit.violations == {}
        clock.push(0.5)
        await ask(venue)
        assert venue.audit.violations == {"hammered_after_429": 1}
        clock.push(2)
        await ask(venue)
        assert venue.audit.violations == {"hammered_after_429": 1, "ignored_retry_after": 1}
        clock.push(4)
        await ask(venue)
        assert sum(venue.audit.violations.values()) == 2


async def test_an_address_of_over_8_kilobytes_is_refused(http: aiohttp.ClientSession) -> None:
    async with faulty() as venue:
        params = [("id", f"{number:018d}") for number in range(380)]
        async with http.get(f"{venue.gamma_url}/markets/keyset", params=params) as answer:
            assert answer.status == 414
            assert answer.content_type == "text/html"


async def test_run_forever_tells_its_address_and_ends_when_cancelled(http: aiohttp.ClientSession) -> None:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    work = asyncio.create_task(run_forever(0, 50, 7, None, ["bad_item:0.5"], 1.0, on_ready=ready.set_result))
    url = await ready
    async with http.get(f"{url}/markets/keyset", params={"limit": "100"}) as answer:
        assert answer.status == 200
        assert "age" in answer.headers
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    with pytest.raises(aiohttp.ClientConnectionError):
        await http.get(f"{url}/ok")


async def test_latency_is_waited_on_the_clock(http: aiohttp.ClientSession) -> None:
    clock = ManualClock(EPOCH)
    async with faulty(clock=clock, latency_ms=250) as venue, http.get(f"{venue.clob_url}/time") as answer:
        assert answer.status == 200
    assert clock.monotonic() >= 0.25
