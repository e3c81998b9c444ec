"""What a scoring cycle reads and writes, and what the list shows, on both databases."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import (
    DAY,
    HOUR,
    NOW,
    SEC,
    WINDOW_AHEAD,
    WINDOW_BACK,
    WRITTEN,
    a_flag,
    a_judgement,
    a_market,
    a_quote,
    a_rule,
    a_score_row,
    market_id,
    outcomes,
    some_scores,
)
from endgame.domain.flags_json import flag_fields
from endgame.domain.score import Gate
from endgame.storage import markets as markets_room
from endgame.storage import quotes as quotes_room
from endgame.storage import rules as rules_room
from endgame.storage import runs as runs_room
from endgame.storage import scores as scores_room
from endgame.storage.bulk import WriteCount
from endgame.storage.scores import OpportunityQuery

WINDOW = {"now": NOW, "back_ms": WINDOW_BACK, "ahead_ms": WINDOW_AHEAD}


async def store(database, *batch):
    await database.write(markets_room.write_markets, batch, seen_at=NOW, now=NOW)


async def store_rules(database, *rules):
    await database.write(rules_room.write_rules, rules, **WRITTEN, now=NOW)


async def score(database, *rows, as_of=NOW, now=None, notes=None) -> WriteCount:
    scores = some_scores(rows, as_of=as_of)
    return await database.write(scores_room.write_scores, scores, notes or {}, now=now or as_of)


async def page(database, *, after=None, limit=99, **query):
    return await database.read(scores_room.page_opportunities, OpportunityQuery(**query), after=after, limit=limit)


async def numbers(database, **query):
    return [int(row["market_id"], 16) for row in await page(database, **query)]


class TestInputs:
    async def inputs(self, database):
        found = await database.read_bulk(scores_room.read_score_inputs, **WINDOW)
        order = np.argsort(found.market_id)
        return found, {int(found.market_id[row], 16): int(row) for row in order}

    async def test_an_empty_database_gives_empty_columns(self, database):
        found, _ = await self.inputs(database)
        assert len(found) == 0
        assert found.close_time.dtype == np.float64
        assert found.has_quote.dtype == np.bool_

    async def test_open_markets_of_the_window_come_and_nothing_else(self, database):
        await store(
            database,
            a_market(1, close_time=NOW - WINDOW_BACK),
            a_market(2, close_time=NOW + WINDOW_AHEAD),
            a_market(3, status="paused"),
            a_market(4, status="closed"),
            a_market(5, status="resolved"),
            a_market(6, close_time=NOW - WINDOW_BACK - 1),
            a_market(7, close_time=NOW + WINDOW_AHEAD + 1),
            a_market(8, close_time=None),
        )
        _, rows = await self.inputs(database)
        assert set(rows) == {1, 2, 3}

    async def test_the_columns_hold_the_market_its_quote_and_its_judgement(self, database):
        market = a_market(
            1, game_start_time=NOW + HOUR, oracle_status="disputed", fees_enabled=False, category="sports"
        )
        quote = a_quote(1, no_ask=None)
        await store(database, market)
        await database.write(quotes_room.write_quotes, [quote], now=NOW)
        await store_rules(database, a_rule(1))
        await database.write(rules_room.write_judgements, [a_judgement(1, 0.125)], now=NOW)
        found, _ = await self.inputs(database)
        assert (found.market_id[0], found.status[0], found.category[0]) == (market_id(1), "active", "sports")
        for name in ("close_time", "game_start_time", "fees_enabled", "fee_rate", "fee_exponent"):
            assert getattr(found, name)[0] == getattr(market, name), name
        for name in ("yes_bid", "yes_ask", "no_bid", "yes_depth_usd", "no_depth_usd"):
            assert getattr(found, name)[0] == getattr(quote, name), name
        assert np.isnan(found.no_ask[0])
        assert found.quote_as_of[0] == quote.as_of
        assert found.definition_risk_score[0] == 0.125
        assert found.indicative_price_yes[0] == market.indicative_price_yes
        for name in ("accepts_orders", "has_tokens", "disputed", "has_rules", "has_quote"):
            assert getattr(found, name).dtype == np.bool_
            assert getattr(found, name)[0], name

    async def test_what_is_missing_is_nan_or_false(self, database):
        await store(
            database,
            a_market(1, fee_rate=None, fees_enabled=None, indicative_price_yes=None, accepts_orders=False,
                     outcomes=outcomes(1, tokens=False)),
        )  # fmt: skip
        found, _ = await self.inputs(database)
        for name in ("fee_rate", "fees_enabled", "indicative_price_yes", "quote_as_of", "yes_bid", "yes_depth_usd",
                     "definition_risk_score", "game_start_time"):  # fmt: skip
            assert np.isnan(getattr(found, name)[0]), name
        for name in ("accepts_orders", "has_tokens", "disputed", "has_rules", "has_quote"):
            assert not getattr(found, name)[0], name

    async def test_rules_count_when_they_are_judged_and_not_blank(self, database):
        await store(database, *(a_market(number) for number in (1, 2, 3)))
        await store_rules(database, a_rule(1), a_rule(2, rule_text="\u00a0\n"), a_rule(3))
        judged = [a_judgement(number) for number in (1, 2)]
        await database.write(rules_room.write_judgements, judged, now=NOW)
        found, rows = await self.inputs(database)
        assert [bool(found.has_rules[rows[number]]) for number in (1, 2, 3)] == [True, False, False]


class TestWriting:
    async def test_a_score_and_its_recommendation_come_back_as_written(self, database):
        await store(database, a_market(1))
        await store_rules(database, a_rule(1))
        await database.write(rules_room.write_judgements, [a_judgement(1)], now=NOW)
        row = a_score_row(1, entry_price=0.1 + 0.2)
        assert await score(database, row, notes={market_id(1): ("thin book", "a\0b")}) == WriteCount(1, 0)
        found = await database.read(scores_room.read_score, market_id(1))
        for name, value in row.items():
            if name in found:
                assert found[name] == value, name
        assert isinstance(found["t_remaining_sec"], int)
        assert found["fee_assumed"] is False
        assert found["score_breakdown"] == {
            "yield_velocity": 0.173,
            "net_yield": 0.096,
            "liquidity": 0.0675,
            "definition_risk": -0.02,
            "staleness": -0.004,
        }
        recommendation = await database.read(scores_room.read_recommendation, market_id(1))
        assert recommendation["expected_payout"] == 1.0
        assert recommendation["risk_flags"] == [flag_fields(a_flag())]
        assert recommendation["notes"] == ["thin book", "a\ufffdb"]
        assert (recommendation["entry_price"], recommendation["max_position_pct"]) == (0.1 + 0.2, 0.05)

    async def test_what_cannot_be_computed_is_null_and_has_no_breakdown(self, database):
        await store(database, a_market(1))
        row = a_score_row(1, gate="NO_QUOTE", overall_score=np.inf, t_remaining_sec=np.nan)
        await score(database, row)
        found = await database.read(scores_room.read_score, market_id(1))
        for name in ("entry_price", "overall_score", "t_remaining_sec", "quote_as_of", "score_breakdown"):
            assert found[name] is None, name
        assert found["gate"] == "NO_QUOTE"
        assert await database.read(scores_room.read_recommendation, market_id(1)) is None

    async def test_a_run_replaces_the_one_before(self, database):
        await store(database, *(a_market(number) for number in (1, 2, 3)))
        await score(database, a_score_row(1), a_score_row(2), a_score_row(3))
        later = NOW + 120 * SEC
        await score(database, a_score_row(1), a_score_row(2, gate="NO_ASK"), as_of=later)
        assert await numbers(database) == [1]
        assert (await database.read(scores_room.read_score, market_id(2)))["gate"] == "NO_ASK"
        assert await database.read(scores_room.read_recommendation, market_id(2)) is None
        assert await database.read(scores_room.read_score, market_id(3)) is None

    async def test_an_empty_run_clears_the_list(self, database):
        await store(database, a_market(1))
        await score(database, a_score_row(1))
        assert await score(database, as_of=NOW + 1) == WriteCount(0, 0)
        assert await numbers(database) == []

    async def test_a_run_older_than_the_stored_one_writes_nothing(self, database):
        await store(database, a_market(1), a_market(2))
        await score(database, a_score_row(1), as_of=NOW)
        assert await score(database, a_score_row(2), as_of=NOW - 1, now=NOW) == WriteCount(0, 1)
        assert await numbers(database) == [1]

    async def test_a_stored_run_in_the_far_future_does_not_block(self, database):
        await store(database, a_market(1), a_market(2))
        await score(database, a_score_row(1), as_of=NOW + 61 * SEC)
        assert await score(database, a_score_row(2), as_of=NOW, now=NOW) == WriteCount(1, 0)
        assert await numbers(database) == [2]

    async def test_a_pruned_market_takes_its_score_and_recommendation_along(self, database):
        await store(database, a_market(1, status="closed"))
        await score(database, a_score_row(1))
        await database.write(markets_room.prune_closed, before=NOW + 1, limit=9)
        assert await database.read(scores_room.read_score, market_id(1)) is None
        assert await database.read(scores_room.read_recommendation, market_id(1)) is None

    async def test_more_rows_than_a_chunk_are_all_written_and_read(self, database):
        total = 6_001
        for start in range(0, total, 1_000):
            await store(database, *(a_market(number) for number in range(start, min(start + 1_000, total))))
        rows = [a_score_row(number, overall_score=number / total) for number in range(total)]
        assert await score(database, *rows) == WriteCount(total, 0)
        assert await database.read(scores_room.count_opportunities, OpportunityQuery()) == (total, NOW - 10 * SEC)
        found = await database.read_bulk(scores_room.read_score_inputs, **WINDOW)
        assert len(set(found.market_id)) == total


class TestList:
    async def test_an_item_brings_all_that_the_list_shows(self, database):
        await store(database, a_market(1, outcomes=outcomes(1, labels=("Up", "Down"))))
        await score(database, a_score_row(1, recommended_side="NO"), notes={market_id(1): ["why"]})
        [row] = await page(database)
        market = a_market(1)
        for name in ("venue", "title", "slug", "url", "category", "event_id", "event_title", "close_time"):
            assert row[name] == getattr(market, name), name
        assert (row["outcome_label"], row["notes"], row["risk_flags"]) == ("Down", ["why"], [])
        assert row["score_breakdown"]["liquidity"] == 0.0675
        assert (row["as_of"], row["quote_as_of"]) == (NOW, NOW - 10 * SEC)

    async def test_gated_markets_are_not_listed(self, database):
        await store(database, a_market(1), a_market(2))
        await score(database, a_score_row(1, gate="DISPUTED", overall_score=0.9), a_score_row(2))
        assert await numbers(database) == [2]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"min_score": 0.5}, {2, 3}),
            ({"max_t_remaining_sec": 5_000}, {1}),
            ({"min_t_remaining_sec": 5_000}, {1, 2, 3}),
            ({"max_risk_score": 0.2}, {1, 2}),
            ({"min_net_yield": 0.02}, {2, 3}),
            ({"side": "NO"}, {3}),
            ({"category": "sports"}, {2}),
            ({"has_flags": True}, {3}),
            ({"has_flags": False}, {1, 2}),
            ({"q": "RAIN"}, {1, 3}),
            ({"min_quote_as_of": NOW - 20 * SEC}, {1, 2}),
            ({"min_score": 0.5, "side": "YES", "q": "snow", "category": "sports", "has_flags": False}, {2}),
            ({}, {1, 2, 3}),
        ],
    )
    async def test_filters_are_inclusive_and_agree_with_the_count(self, database, query, expected):
        await store(
            database, a_market(1, title="Rain in Oslo"), a_market(2, title="Snow", category="sports"),
            a_market(3, title="No rain"),
        )  # fmt: skip
        await store_rules(database, a_rule(3))
        await database.write(rules_room.write_judgements, [a_judgement(3)], now=NOW)
        await score(
            database,
            a_score_row(1, overall_score=0.4, t_remaining_sec=5_000.0, risk_score=0.1, net_yield=0.01),
            a_score_row(2, overall_score=0.5, t_remaining_sec=6_000.0, risk_score=0.2, net_yield=0.02,
                        quote_as_of=NOW - 20.0 * SEC),
            a_score_row(3, overall_score=0.6, t_remaining_sec=7_000.0, risk_score=0.3, net_yield=0.03,
                        recommended_side="NO", quote_as_of=NOW - 30.0 * SEC),
        )  # fmt: skip
        assert set(await numbers(database, **query)) == expected
        total, oldest = await database.read(scores_room.count_opportunities, OpportunityQuery(**query))
        assert total == len(expected)
        ages = {1: 10, 2: 20, 3: 30}
        assert oldest == NOW - SEC * max(ages[number] for number in expected)

    async def test_nothing_found_has_no_oldest_quote(self, database):
        assert await database.read(scores_room.count_opportunities, OpportunityQuery(q="x")) == (0, None)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("100%", {1}),
            ("%", {1}),
            ("0_0", {2}),
            ("_", {2}),
            ("/", {3}),
            ("\\", {3}),
            ("straße", {4}),
            ("STRASSE", {4}),
            ("İSTANBUL", {5}),
            ("ÉTÉ", {6}),
            ("été", {6}),
            ("ΣΊΣΥΦΟΣ", {7}),
            ("nul\0", set()),
            ("'; --", set()),
        ],
    )
    async def test_search_takes_signs_literally_and_ignores_case_in_any_script(self, database, text, expected):
        titles = ["Up 100 % or 100%", "a 0_0 b", "and/or \\ x", "Straße", "İstanbul", "Été", "σίσυφος"]
        await store(database, *(a_market(number, title=title) for number, title in enumerate(titles, 1)))
        await score(database, *(a_score_row(number) for number in range(1, len(titles) + 1)))
        assert set(await numbers(database, q=text)) == expected

    @pytest.mark.parametrize("sort", scores_room.SORT_COLUMNS)
    @pytest.mark.parametrize("descending", [True, False])
    async def test_ties_are_broken_by_rising_id_in_both_directions(self, database, sort, descending):
        await store(database, *(a_market(number) for number in range(1, 6)))
        values = {1: 0.25, 2: 0.5, 3: 0.25, 4: 0.75, 5: 0.5}
        if sort == "t_remaining_sec":
            values = {number: value * 1_000 for number, value in values.items()}
        await score(database, *(a_score_row(number, **{sort: value}) for number, value in values.items()))
        expected = sorted(values, key=lambda number: (-values[number] if descending else values[number], number))
        assert await numbers(database, sort=sort, descending=descending) == expected
        paged = []
        after = None
        while rows := await page(database, sort=sort, descending=descending, after=after, limit=2):
            paged += [int(row["market_id"], 16) for row in rows]
            after = (rows[-1][sort], rows[-1]["market_id"])
        assert paged == expected

    @settings(
        max_examples=20,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(
        values=st.lists(st.sampled_from([0.0, 0.1, 0.1 + 0.2, 0.3, 1 / 3, 1.0]), max_size=15),
        limit=st.integers(1, 4),
        descending=st.booleans(),
    )
    def test_paging_loses_and_repeats_nothing_over_any_ties(self, paging, values, limit, descending):
        listed = paging(values, limit, descending)
        numbered = enumerate(values, 1)
        expected = [
            number for number, value in sorted(numbered, key=lambda it: (-it[1] if descending else it[1], it[0]))
        ]
        assert listed == expected

    @pytest.fixture
    def paging(self, database_url):
        """Store opportunities with the given scores, and list them page by page; no event loop for hypothesis."""
        from endgame.storage.engines import database_location, dialect_of, postgres_engine, sqlite_engine
        from postgres_server import database_settings

        db_settings = database_settings(database_url)
        url = database_location(db_settings)
        if dialect_of(url) == "sqlite":
            engine = sqlite_engine(url, db_settings, connections=1, writes=True)
        else:
            engine = postgres_engine(url, db_settings)
        with engine.begin() as conn:
            markets_room.write_markets(conn, [a_market(number) for number in range(1, 16)], seen_at=NOW, now=NOW)
        runs = itertools.count(NOW)

        def run(values, limit, descending):
            rows = [a_score_row(number, overall_score=value) for number, value in enumerate(values, 1)]
            as_of = next(runs)
            query = OpportunityQuery(descending=descending)
            listed: list[int] = []
            after = None
            with engine.begin() as conn:
                scores_room.write_scores(conn, some_scores(rows, as_of=as_of), {}, now=as_of)
                while found := scores_room.page_opportunities(conn, query, after=after, limit=limit):
                    listed += [int(row["market_id"], 16) for row in found]
                    after = (found[-1]["overall_score"], found[-1]["market_id"])
            return listed

        yield run
        engine.dispose()

    async def test_an_unknown_sort_is_refused(self, database):
        with pytest.raises(ValueError, match="sort 'title'"):
            await page(database, sort="title")


class TestFunnel:
    async def test_every_open_market_is_counted_once(self, database):
        await store(
            database,
            a_market(1),
            a_market(2),
            a_market(3, close_time=NOW + 30 * DAY),
            a_market(4, close_time=NOW - 30 * DAY),
            a_market(5, close_time=None),
            a_market(6, status="paused", close_time=None),
            a_market(7, close_time=NOW + 60 * SEC),
            a_market(8),
            a_market(9, status="closed"),
            a_market(10, status="resolved"),
        )
        await score(database, a_score_row(1), a_score_row(2, gate="STUB_BOOK"))
        funnel = await database.read_bulk(scores_room.read_funnel, **WINDOW)
        assert set(funnel) == {gate.value for gate in Gate} | {"OPPORTUNITY"}
        assert {gate: number for gate, number in funnel.items() if number} == {
            "OPPORTUNITY": 1,
            "STUB_BOOK": 1,
            "CLOSES_TOO_LATE": 1,
            "OVERDUE": 1,
            "NO_CLOSE_TIME": 1,
            "NOT_ACTIVE": 1,
            "CLOSES_TOO_SOON": 1,
            "NO_QUOTE": 1,
        }
        assert sum(funnel.values()) == await database.read(markets_room.count_open)

    async def test_the_latest_run_is_what_the_score_job_recorded(self, database):
        assert await database.read(scores_room.read_score_run) is None
        await database.write(runs_room.record_start, "score", now=NOW, cadence_sec=120.0)
        assert await database.read(scores_room.read_score_run) is None
        await database.write(runs_room.record_success, "score", now=NOW, duration_sec=1.0, counts={"as_of": NOW - 5})
        assert await database.read(scores_room.read_score_run) == NOW - 5
        await database.write(runs_room.record_failure, "score", now=NOW, duration_sec=1.0, error="no")
        assert await database.read(scores_room.read_score_run) == NOW - 5
