"""GET /v1/opportunities: rows, filters, orders, paging, tags and the age of what is listed."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from builders import DAY, HOUR, NOW, SEC, a_flag, a_market, a_quote, a_rule, a_score_row, an_assessment, market_id
from conftest import Desk
from endgame.api.contract import Opportunities, Problem
from endgame.api.query import DESCENDING_BY_DEFAULT
from endgame.domain.rule import Severity, Span

LISTED_SEC = 180 + 120 + 30
ITEM_KEYS = {
    "market_id", "venue", "title", "url", "category", "as_of", "close_time", "t_remaining_sec", "recommended_side",
    "outcome_label", "entry_price", "gross_yield", "net_yield", "yield_velocity", "roi", "apr", "fee_bps",
    "fee_assumed", "liquidity_score", "depth_usd", "definition_risk_score", "risk_score", "overall_score",
    "score_breakdown", "max_position_pct", "risk_flags", "quote", "event_id", "event_title", "slug",
}  # fmt: skip
QUOTE_KEYS = {
    "bid", "ask", "spread", "yes_bid", "yes_ask", "no_bid", "no_ask", "spread_yes", "spread_no", "as_of",
    "staleness_sec",
}  # fmt: skip


async def test_before_the_first_run_the_list_is_empty_and_names_no_moment(either_desk: Desk) -> None:
    answer = await either_desk.get("/v1/opportunities")
    assert answer.status_code == 200
    assert answer.json() == {"items": [], "next_cursor": None, "total": 0, "as_of": None}


async def test_an_item_has_exactly_the_keys_of_the_contract_with_the_stored_values(either_desk: Desk) -> None:
    flag = a_flag("DEADLINE_TIMEZONE", severity=Severity.HIGH, evidence_spans=(Span(0, 4), Span(5, 9)))
    await either_desk.store(
        market=[a_market(1, title="Will <b>it</b> rain — ☔?", category="weather")],
        quote=[a_quote(1)],
        rule=[a_rule(1)],
        judged=[(market_id(1), an_assessment(0.2, flags=(flag,)))],
    )
    await either_desk.score([a_score_row(1)])
    answer = await either_desk.get("/v1/opportunities")
    (item,) = answer.json()["items"]
    assert set(item) == ITEM_KEYS
    assert set(item["quote"]) == QUOTE_KEYS
    assert answer.json()["as_of"] == item["as_of"] == "2026-11-22T09:33:20.000Z"
    assert item["close_time"] == "2026-11-24T09:33:20.000Z"
    assert item["title"] == "Will <b>it</b> rain — ☔?"
    assert (item["recommended_side"], item["outcome_label"]) == ("YES", "Yes")
    assert item["score_breakdown"] == {
        "yield_velocity": 0.173, "net_yield": 0.096, "liquidity": 0.0675, "definition_risk": -0.02, "staleness": -0.004,
    }  # fmt: skip
    assert item["risk_flags"] == [
        {
            "code": "DEADLINE_TIMEZONE", "severity": "high", "why": "The text leaves room.", "base_rate": 0.02,
            "evidence_spans": [{"start": 0, "end": 4}, {"start": 5, "end": 9}],
        }
    ]  # fmt: skip
    assert item["quote"] == {
        "bid": 0.95, "ask": 0.96, "spread": 0.01, "yes_bid": 0.95, "yes_ask": 0.96, "no_bid": 0.04, "no_ask": 0.05,
        "spread_yes": 0.01, "spread_no": 0.01, "as_of": "2026-11-22T09:33:10.000Z", "staleness_sec": 10.0,
    }  # fmt: skip
    assert (item["event_id"], item["event_title"], item["slug"]) == ("1", "Event 1", "event-1")
    assert (item["fee_assumed"], item["t_remaining_sec"]) == (False, 172800)
    Opportunities.model_validate_json(answer.content)


async def test_the_label_is_that_of_the_recommended_side(desk: Desk) -> None:
    await desk.list_markets([1], recommended_side=lambda _: "NO")
    assert (await desk.items())[0]["outcome_label"] == "No"


async def test_a_gated_market_is_not_listed(either_desk: Desk) -> None:
    await either_desk.list_markets([1, 2, 3], gate=lambda number: "STUB_BOOK" if number == 2 else None)
    assert [item["market_id"] for item in await either_desk.items()] == [market_id(1), market_id(3)]


@pytest.mark.parametrize("sort", DESCENDING_BY_DEFAULT)
@pytest.mark.parametrize("order", [None, "asc", "desc"])
async def test_paging_through_any_order_gives_every_row_once(either_desk: Desk, sort: str, order: str | None) -> None:
    rng = random.Random(7)
    numbers = list(range(1, 48))
    # Few distinct values, so that pages end in the middle of ties; one that no short decimal hits.
    values = [0.1, 0.2, 0.30000000000000004, 0.123456789012345678]
    column = {sort: lambda _: float(rng.randint(1, 4)) * 86_400 if sort == "t_remaining_sec" else rng.choice(values)}
    await either_desk.list_markets(numbers, **column)
    asked = {"sort": sort, **({"order": order} if order else {})}
    whole = await either_desk.items(**asked, limit=200)
    descending = DESCENDING_BY_DEFAULT[sort] if order is None else order == "desc"
    wanted = sorted(whole, key=lambda item: (-item[sort] if descending else item[sort], item["market_id"]))
    assert [item["market_id"] for item in whole] == [item["market_id"] for item in wanted]
    assert len(whole) == len(numbers)
    for limit in (1, 7, 46, 47):
        assert await _walk(either_desk, **asked, limit=limit) == whole


async def _walk(desk: Desk, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await desk.get("/v1/opportunities", **asked, **cursor)).json()
        assert len(page["items"]) <= asked["limit"]
        found += page["items"]
        if page["next_cursor"] is None:
            assert page["total"] == len(found)
            return found
        cursor = {"cursor": page["next_cursor"]}


async def test_the_limit_may_change_between_pages(desk: Desk) -> None:
    await desk.list_markets(range(1, 11))
    first = (await desk.get("/v1/opportunities", limit=3)).json()
    rest = (await desk.get("/v1/opportunities", limit=200, cursor=first["next_cursor"])).json()
    assert [item["market_id"] for item in first["items"] + rest["items"]] == [market_id(n) for n in range(1, 11)]
    assert rest["next_cursor"] is None


async def test_without_a_limit_a_page_has_fifty_rows(desk: Desk) -> None:
    await desk.list_markets(range(1, 61))
    answer = (await desk.get("/v1/opportunities")).json()
    assert (len(answer["items"]), answer["total"]) == (50, 60)


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ({"min_score": 0.3}, [3, 4, 5]),
        ({"min_score": 0.30000001}, [4, 5]),
        ({"max_risk_score": 0.2}, [1, 2]),
        ({"min_net_yield": 0.04}, [4, 5]),
        ({"min_t_remaining_sec": 3 * 86_400}, [3, 4, 5]),
        ({"max_t_remaining_sec": 3 * 86_400}, [1, 2, 3]),
        ({"min_t_remaining_sec": 2 * 86_400, "max_t_remaining_sec": 2 * 86_400}, [2]),
        ({"side": "no"}, [2, 4]),
        ({"side": "YES"}, [1, 3, 5]),
        ({"category": "sports"}, [5]),
        ({"category": "mentions"}, []),
        ({"has_flags": "true"}, [1, 2, 3, 4]),
        ({"has_flags": "false"}, [5]),
        ({"q": "SNOW"}, [4]),
        ({"q": "100%"}, [3]),
        ({"q": "0_"}, []),
        ({"q": "%"}, [3]),
        ({"q": "_"}, []),
        ({"q": "\\"}, []),
        ({"q": "élan"}, [2]),
        ({"q": "ÉLAN"}, [2]),
        ({"q": "strasse"}, [1]),
        ({"q": "' OR 1=1 --"}, []),
        ({"min_score": 0.2, "side": "NO", "max_risk_score": 0.4}, [2, 4]),
    ],
)
async def test_filters_are_inclusive_and_combine(either_desk: Desk, filters: dict[str, Any], kept: list[int]) -> None:
    titles = {1: "Hauptstraße closed?", 2: "Élan wins?", 3: "Up 100% this week?", 4: "Will it snow?", 5: "Goal?"}
    await either_desk.store(
        market=[a_market(n, title=titles[n], category="sports" if n == 5 else "politics") for n in titles],
        quote=[a_quote(n) for n in titles],
        rule=[a_rule(n) for n in titles],
        judged=[(market_id(n), an_assessment(flags=() if n == 5 else (a_flag(),))) for n in titles],
    )
    await either_desk.score([
        a_score_row(
            n, overall_score=n / 10, risk_score=n / 10, net_yield=n / 100, t_remaining_sec=n * 86_400.0,
            recommended_side="NO" if n in (2, 4) else "YES",
        )
        for n in titles
    ])  # fmt: skip
    answer = (await either_desk.get("/v1/opportunities", **filters, order="asc")).json()
    assert [int(item["market_id"], 16) for item in answer["items"]] == kept
    assert answer["total"] == len(kept)


async def test_an_opportunity_whose_quote_is_too_old_disappears_from_the_list(either_desk: Desk) -> None:
    await either_desk.list_markets([1, 2], quote_as_of=lambda n: float(NOW - (10 if n == 1 else 60) * SEC))
    tags = set()
    for elapsed, expected in ((0, 2), (LISTED_SEC - 60, 2), (0.001, 1), (49, 1)):
        either_desk.clock.push(elapsed)
        answer = await either_desk.get("/v1/opportunities")
        assert (answer.json()["total"], len(answer.json()["items"])) == (expected, expected)
        tags.add(answer.headers["etag"])
    either_desk.clock.push(3_600)
    gone = await either_desk.get("/v1/opportunities")
    assert gone.json() == {"items": [], "next_cursor": None, "total": 0, "as_of": "2026-11-22T09:33:20.000Z"}
    assert len({*tags, gone.headers["etag"]}) == 3, "the tag changes whenever a row ages out, and only then"


async def test_an_unchanged_list_answers_304_to_its_tag(either_desk: Desk) -> None:
    await either_desk.list_markets([1])
    first = await either_desk.get("/v1/opportunities")
    tag = first.headers["etag"]
    assert tag.startswith('"')
    for header in (tag, f'"other", W/{tag}', "*"):
        again = await either_desk.client.get("/v1/opportunities", headers={"if-none-match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = await either_desk.client.get("/v1/opportunities?limit=3&side=NO", headers={"if-none-match": tag})
    assert other.status_code == 200


async def test_a_new_scoring_run_changes_the_tag_and_the_rows(either_desk: Desk) -> None:
    await either_desk.list_markets([1, 2])
    tag = (await either_desk.get("/v1/opportunities")).headers["etag"]
    either_desk.clock.push(120)
    later = NOW + 120 * SEC
    await either_desk.score([a_score_row(2, quote_as_of=float(later))], as_of=later)
    answer = await either_desk.client.get("/v1/opportunities", headers={"if-none-match": tag})
    assert answer.status_code == 200
    assert answer.json()["as_of"] == "2026-11-22T09:35:20.000Z"
    assert [item["market_id"] for item in answer.json()["items"]] == [market_id(2)]


async def test_a_repeated_question_is_answered_without_a_query(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.list_markets([1])
    first = await desk.get("/v1/opportunities", side="YES", min_score="0.10")

    async def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a cached answer must not touch the database")

    monkeypatch.setattr(desk.database, "read", refuse)
    again = await desk.get("/v1/opportunities", min_score="0.1", side="yes", sort="overall_score")
    assert again.content == first.content


async def test_a_market_that_closes_within_a_run_leaves_list_file_and_funnel_within_five_seconds(
    either_desk: Desk,
) -> None:
    await either_desk.list_markets([1, 2])
    paths = ("/v1/opportunities", "/v1/opportunities.csv", "/v1/funnel")
    first = {path: await either_desk.get(path) for path in paths}
    either_desk.clock.push(4)
    for path, seen in first.items():
        same = await either_desk.client.get(path, headers={"if-none-match": seen.headers["etag"]})
        assert same.status_code == 304, path
    await either_desk.store(market=[a_market(1, status="closed")], now=NOW + 4 * SEC)
    either_desk.clock.push(1.1)
    for path, seen in first.items():
        later = await either_desk.client.get(path, headers={"if-none-match": seen.headers["etag"]})
        assert later.status_code == 200, path
        assert market_id(1) not in later.text, path
    assert [item["market_id"] for item in await either_desk.items()] == [market_id(2)]
    assert (await either_desk.get("/v1/funnel")).json()["opportunities"] == 1


@pytest.mark.parametrize("path", ["/v1/opportunities", "/v1/funnel", "/v1/nearest", "/v1/config"])
async def test_an_answer_is_sent_compressed_to_whoever_takes_it_under_a_tag_of_its_own(desk: Desk, path: str) -> None:
    await desk.list_markets(range(1, 20), gate=lambda number: "STUB_BOOK" if number > 10 else None)
    plain = await desk.client.get(path, headers={"accept-encoding": "identity"})
    packed = await desk.client.get(path, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    if len(plain.content) >= 512:
        assert packed.headers["content-encoding"] == "gzip"
        assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
        assert packed.headers["etag"] != plain.headers["etag"], "other bytes, another strong tag"
    assert packed.content == plain.content
    for headers, tag in (("gzip", packed.headers["etag"]), ("identity", plain.headers["etag"])):
        again = await desk.client.get(path, headers={"accept-encoding": headers, "if-none-match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


async def test_the_detail_is_compressed_too_and_the_csv_is_streamed_plain(desk: Desk) -> None:
    await desk.list_markets([1])
    takes = {"accept-encoding": "gzip"}
    for path in (f"/v1/market/{market_id(1)}", f"/v1/market/{market_id(1)}/gates", "/v1/config"):
        packed = await desk.client.get(path, headers=takes)
        assert packed.headers["content-encoding"] == "gzip", path
        assert packed.json(), path
    csv = await desk.client.get("/v1/opportunities.csv", headers=takes)
    assert "content-encoding" not in csv.headers


async def test_a_list_that_is_looked_up_again_and_is_the_same_still_answers_304(desk: Desk) -> None:
    await desk.list_markets([1])
    tag = (await desk.get("/v1/opportunities")).headers["etag"]
    for _ in range(3):
        desk.clock.push(6)
        again = await desk.client.get("/v1/opportunities", headers={"if-none-match": tag})
        assert again.status_code == 304


async def test_quotes_that_age_out_one_by_one_do_not_make_the_funnel_count_anew_each_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.list_markets(range(1, 41), quote_as_of=lambda n: float(NOW - n * 100))
    counted = 0
    count = desk.database.read_bulk

    async def counting(*args: Any, **kwargs: Any) -> Any:
        nonlocal counted
        counted += 1
        return await count(*args, **kwargs)

    monkeypatch.setattr(desk.database, "read_bulk", counting)
    desk.clock.push(LISTED_SEC - 4)
    for _ in range(50):
        body = (await desk.get("/v1/funnel")).json()
        desk.clock.push(0.1)
    assert counted <= 2
    desk.clock.push(5)
    body = (await desk.get("/v1/funnel")).json()
    assert (body["opportunities"], body["gates"]["STALE_QUOTE"]) == (0, 40)


async def test_a_crowd_with_one_question_gets_one_answer(either_desk: Desk) -> None:
    await either_desk.list_markets(range(1, 20))
    crowd = await asyncio.gather(*(either_desk.get("/v1/opportunities") for _ in range(60)))
    assert {answer.status_code for answer in crowd} == {200}
    assert len({answer.content for answer in crowd}) == 1


async def test_a_list_that_held_survives_an_outage_until_its_rows_are_too_old(desk: Desk) -> None:
    await desk.list_markets([1])
    held = await desk.get("/v1/opportunities")
    await desk.database.close()
    desk.clock.push(60)
    during = await desk.get("/v1/opportunities")
    assert (during.status_code, during.content) == (200, held.content)
    other = await desk.get("/v1/opportunities", side="NO")
    assert (other.status_code, other.headers["retry-after"]) == (503, "5")
    Problem.model_validate_json(other.content)
    desk.clock.push(LISTED_SEC)
    assert (await desk.get("/v1/opportunities")).status_code == 503


@pytest.mark.parametrize("change", [{"side": "YES"}, {"sort": "apr"}, {"order": "asc"}, {"min_score": "0.1"}])
async def test_a_cursor_is_refused_for_another_question(desk: Desk, change: dict[str, str]) -> None:
    await desk.list_markets(range(1, 4))
    cursor = (await desk.get("/v1/opportunities", limit=1)).json()["next_cursor"]
    answer = await desk.get("/v1/opportunities", limit=1, cursor=cursor, **change)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:endgame:problem:bad-cursor"


@pytest.mark.parametrize("cursor", ["x", "AAAA", "null", "%00", "' OR 1=1", "A" * 5_000, "é"])
async def test_a_cursor_that_was_never_given_out_is_refused(desk: Desk, cursor: str) -> None:
    assert (await desk.get("/v1/opportunities", cursor=cursor)).status_code == 400


async def test_a_cursor_of_an_earlier_run_goes_on_from_its_place(desk: Desk) -> None:
    await desk.list_markets(range(1, 6), overall_score=lambda n: 0.9 - n / 10)
    first = (await desk.get("/v1/opportunities", limit=2)).json()
    desk.clock.push(2)
    later = NOW + 2 * SEC
    await desk.score([a_score_row(n, overall_score=0.9 - n / 10) for n in range(1, 6)], as_of=later)
    rest = (await desk.get("/v1/opportunities", cursor=first["next_cursor"])).json()
    assert [int(item["market_id"], 16) for item in rest["items"]] == [3, 4, 5]
    assert rest["as_of"] == "2026-11-22T09:33:22.000Z"


@pytest.mark.parametrize(
    "query",
    ["min_score=2", "limit=0", "limit=1&limit=2", "page=2", "q=", "side=up", "offset=0", "max_t_remaining_sec=-1",
     "min_net_yield=NaN", "has_flags=yes", "sort=title", "=1", "%00=1", "&min_score=0.1;drop"],
)  # fmt: skip
async def test_a_bad_parameter_is_a_422_that_names_it(desk: Desk, query: str) -> None:
    answer = await desk.client.get(f"/v1/opportunities?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    body = Problem.model_validate_json(answer.content)
    assert body.errors is not None
    assert all(error.reason and error.allowed for error in body.errors)


async def test_the_funnel_has_every_gate_and_adds_up(either_desk: Desk) -> None:
    await either_desk.list_markets([1, 2, 3, 4], gate=lambda n: {1: None, 2: "STUB_BOOK", 3: "NO_ASK", 4: "NO_ASK"}[n])
    await either_desk.store(
        market=[
            a_market(5, close_time=NOW + 90 * DAY), a_market(6, close_time=None), a_market(7, status="paused"),
            a_market(8, close_time=NOW - 30 * DAY), a_market(9, status="closed"),
            a_market(10, status="resolved", resolved_outcome="YES"),
        ]
    )  # fmt: skip
    answer = await either_desk.get("/v1/funnel")
    body = answer.json()
    assert body["as_of"] == "2026-11-22T09:33:20.000Z"
    assert (body["seen"], body["opportunities"]) == (8, 1)
    assert {gate: count for gate, count in body["gates"].items() if count} == {
        "STUB_BOOK": 1, "NO_ASK": 2, "CLOSES_TOO_LATE": 1, "NO_CLOSE_TIME": 1, "NOT_ACTIVE": 1, "OVERDUE": 1,
    }  # fmt: skip
    assert len(body["gates"]) == 15
    again = await either_desk.client.get("/v1/funnel", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_what_aged_out_of_the_list_is_a_stale_quote_in_the_funnel(desk: Desk) -> None:
    await desk.list_markets([1, 2])
    first = await desk.get("/v1/funnel")
    assert (first.json()["opportunities"], first.json()["gates"]["STALE_QUOTE"]) == (2, 0)
    desk.clock.push(LISTED_SEC)
    later = await desk.get("/v1/funnel")
    assert (later.json()["opportunities"], later.json()["gates"]["STALE_QUOTE"], later.json()["seen"]) == (0, 2, 2)
    assert later.headers["etag"] != first.headers["etag"]


async def test_the_funnel_follows_the_first_walk_before_any_scoring(desk: Desk) -> None:
    assert (await desk.get("/v1/funnel")).json()["seen"] == 0
    await desk.store(market=[a_market(1, close_time=NOW + HOUR * 48)])
    desk.clock.push(5.1)
    body = (await desk.get("/v1/funnel")).json()
    assert (body["seen"], body["as_of"]) == (1, None)
