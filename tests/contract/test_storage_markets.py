"""Markets, quotes, rules and runs, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import update

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
    an_assessment,
    market_id,
    outcomes,
)  # fmt: skip
from endgame.domain.flags_json import flag_fields
from endgame.domain.rule import Contribution, RuleContext, Severity, TextChange, Unjudged
from endgame.scoring.sense import sense_hash
from endgame.storage import markets as markets_room
from endgame.storage import quotes as quotes_room
from endgame.storage import rules as rules_room
from endgame.storage import runs as runs_room
from endgame.storage.bulk import WriteCount
from endgame.storage.database import Database
from endgame.storage.rules import Judgement
from endgame.storage.tables import rules_latest

VENUE = "polymarket"
WINDOW = {"now": NOW, "back_ms": WINDOW_BACK, "ahead_ms": WINDOW_AHEAD}
FAR_FUTURE = NOW + DAY


async def store(database: Database, *batch, seen_at=NOW, now=NOW) -> WriteCount:
    return await database.write(markets_room.write_markets, batch, seen_at=seen_at, now=now)


async def read(database: Database, number: int = 1):
    return await database.read(markets_room.read_market, market_id(number))


class TestMarkets:
    async def test_a_market_comes_back_as_it_was_written(self, database):
        market = a_market(
            1, title="Café „Ä“ 東京 🏆", tags=("politics", "a,b"), oracle_status="proposed",
            oracle_history=("proposed",), neg_risk=True, game_start_time=NOW + HOUR, group_title="東京",
            outcomes=outcomes(1, labels=("Up", "Down")),
        )  # fmt: skip
        assert await store(database, market) == WriteCount(1, 0)
        found = await read(database)
        for name in (
            "market_id", "venue", "title", "slug", "event_slug", "event_id", "event_title", "group_title", "category",
            "status",
            "accepts_orders", "open_time", "close_time", "venue_close_time", "game_start_time", "resolved_time",
            "resolved_outcome", "url", "neg_risk", "tick_size", "min_order_size", "fee_rate", "fee_exponent",
            "fees_enabled", "oracle_status", "indicative_price_yes", "volume_usd", "event_volume_usd", "liquidity_usd",
            "venue_updated_at",
        ):  # fmt: skip
            assert found[name] == getattr(market, name), name
        assert found["tags"] == ["politics", "a,b"]
        assert found["oracle_history"] == ["proposed"]
        assert found["outcomes"] == [
            {"outcome": "YES", "label": "Up", "token_id": "101"},
            {"outcome": "NO", "label": "Down", "token_id": "102"},
        ]
        assert found["first_seen"] == found["last_seen"] == found["updated_at"] == NOW

    @pytest.mark.parametrize("unknown", ["", "0xff", "nul\0byte", "\ud800", "%", "'; DROP TABLE markets; --"])
    async def test_an_unknown_id_of_any_shape_is_just_unknown(self, database, unknown):
        await store(database, a_market(1))
        assert await database.read(markets_room.read_market, unknown) is None
        assert await database.read(quotes_room.read_quote, unknown) is None
        assert await database.read(rules_room.read_rule, unknown) is None
        assert await database.read(quotes_room.read_history, unknown, since=0, limit=1_000) == []

    async def test_text_that_a_database_cannot_hold_costs_only_its_characters(self, database):
        await store(database, a_market(1, title="a\0b\ud800c", tags=("x\0",)), a_market(2))
        assert (await read(database))["title"] == "a\ufffdb\ufffdc"
        assert (await read(database))["tags"] == ["x\ufffd"]
        assert await read(database, 2) is not None

    async def test_an_older_version_of_a_record_is_dropped_and_counted_but_the_market_was_seen(self, database):
        await store(database, a_market(1, title="new", venue_updated_at=NOW - HOUR))
        older = a_market(1, title="old", venue_updated_at=NOW - 2 * HOUR, outcomes=outcomes(1, ("a", "b")))
        assert await store(database, older, seen_at=NOW + SEC, now=NOW + SEC) == WriteCount(0, 1)
        found = await read(database)
        assert (found["title"], found["last_seen"]) == ("new", NOW + SEC)
        assert found["outcomes"][0]["label"] == "Yes"

    async def test_of_two_versions_in_one_batch_the_newer_one_wins(self, database):
        new, old = a_market(1, title="new"), a_market(1, title="old", venue_updated_at=NOW - DAY)
        assert await store(database, new, old) == WriteCount(1, 1)
        assert (await read(database))["title"] == "new"
        assert await store(database, old, new) == WriteCount(1, 1)
        assert (await read(database))["title"] == "new"

    async def test_a_version_time_in_the_far_future_does_not_block(self, database):
        await store(database, a_market(1, title="clock fault", venue_updated_at=FAR_FUTURE))
        assert await store(database, a_market(1, title="right")) == WriteCount(1, 0)
        assert (await read(database))["title"] == "right"

    async def test_a_record_without_a_version_time_is_taken(self, database):
        await store(database, a_market(1))
        await store(database, a_market(1, title="untimed", venue_updated_at=None))
        assert (await read(database))["title"] == "untimed"

    async def test_first_seen_stays_and_last_seen_moves_only_forward(self, database):
        await store(database, a_market(1), seen_at=NOW - DAY, now=NOW - DAY)
        await store(database, a_market(1), seen_at=NOW, now=NOW)
        await store(database, a_market(1), seen_at=NOW - HOUR, now=NOW)
        found = await read(database)
        assert (found["first_seen"], found["last_seen"]) == (NOW - DAY, NOW)

    async def test_a_closed_market_keeps_the_fee_terms_it_had_while_open(self, database):
        await store(database, a_market(1, fee_rate=0.04, fee_exponent=2.0, fees_enabled=True))
        blank = {"fee_rate": None, "fee_exponent": None, "fees_enabled": None, "venue_updated_at": NOW}
        await store(database, a_market(1, status="closed", **blank), seen_at=NOW + SEC)
        await store(database, a_market(1, status="resolved", resolved_outcome="YES", **blank), seen_at=NOW + HOUR)
        found = await read(database)
        assert (found["fee_rate"], found["fee_exponent"], found["fees_enabled"]) == (0.04, 2.0, True)
        assert (found["status"], found["resolved_outcome"]) == ("resolved", "YES")
        assert found["closed_seen"] == NOW + SEC  # retention counts from when it was first seen closed

    async def test_a_closed_market_keeps_what_is_known_of_its_event_where_its_record_says_nothing(self, database):
        of_event = ("event_id", "group_title", "event_volume_usd")
        await store(database, a_market(1, event_id="e", group_title="Smith", event_volume_usd=9.0))
        blank = {"event_id": None, "group_title": "", "event_volume_usd": None, "venue_updated_at": NOW}
        await store(database, a_market(1, status="closed", **blank))
        assert [(await read(database))[name] for name in of_event] == ["e", "Smith", 9.0]
        said = {"event_id": "f", "group_title": "Jones", "event_volume_usd": 10.0, "venue_updated_at": NOW}
        await store(database, a_market(1, status="resolved", resolved_outcome="YES", **said))
        assert [(await read(database))[name] for name in of_event] == ["f", "Jones", 10.0]
        await store(database, a_market(1, **blank))
        assert [(await read(database))[name] for name in of_event] == [None, "", None], "an open one is as it says"
        await store(database, a_market(2, status="closed", **blank))
        assert (await read(database, 2))["group_title"] == ""

    async def test_an_open_market_takes_new_fee_terms_and_forgets_that_it_was_closed(self, database):
        await store(database, a_market(1, status="closed"))
        await store(database, a_market(1, fee_rate=None))
        found = await read(database)
        assert (found["fee_rate"], found["closed_seen"]) == (None, None)

    async def test_a_market_first_met_when_closed_keeps_its_own_fee_terms(self, database):
        await store(database, a_market(1, status="closed", fee_rate=0.02))
        assert (await read(database))["fee_rate"] == 0.02

    @pytest.mark.parametrize(
        ("status", "history", "disputed"),
        [
            ("Disputed", (), True),
            ("challenged", ("proposed",), True),
            ("proposed", ("proposed", "disputed"), False),
            (None, ("proposed", "DISPUTED"), True),
            (None, ("disputed", "proposed"), False),
            (None, (), False),
            ("", ("disputed",), False),
        ],
    )
    async def test_the_oracle_status_decides_and_only_without_it_the_end_of_the_history(
        self, database, status, history, disputed
    ):
        await store(database, a_market(1, oracle_status=status, oracle_history=history))
        assert (await read(database))["disputed"] is disputed

    async def test_tokens_that_appear_later_are_stored(self, database):
        await store(database, a_market(1, outcomes=outcomes(1, tokens=False)))
        assert (await read(database))["has_tokens"] is False
        await store(database, a_market(1))
        assert [side["token_id"] for side in (await read(database))["outcomes"]] == ["101", "102"]

    async def test_an_empty_batch_is_nothing(self, database):
        assert await store(database) == WriteCount(0, 0)


class TestCandidates:
    async def candidates(self, database, **over):
        found = await database.read(markets_room.read_candidates, venue=VENUE, **WINDOW, min_price=0.85, **over)
        return [int(identity, 16) for identity, *_ in found]

    async def test_candidates_are_open_tradable_near_and_likely_on_one_side(self, database):
        await store(
            database,
            a_market(1, close_time=NOW + 3 * DAY),
            a_market(2, close_time=NOW + DAY, indicative_price_yes=None),
            a_market(3, status="paused"),
            a_market(4, indicative_price_yes=0.85),
            a_market(5, indicative_price_yes=0.15),
            a_market(6, close_time=NOW - WINDOW_BACK),
            a_market(7, close_time=NOW + WINDOW_AHEAD),
            a_market(101, status="closed"),
            a_market(102, accepts_orders=False),
            a_market(103, outcomes=outcomes(103, tokens=False)),
            a_market(104, close_time=NOW - WINDOW_BACK - 1),
            a_market(105, close_time=NOW + WINDOW_AHEAD + 1),
            a_market(106, close_time=None),
            a_market(107, indicative_price_yes=0.8499),
            a_market(108, indicative_price_yes=0.1501),
            a_market(109, venue="other"),
        )
        assert await self.candidates(database) == [6, 2, 3, 4, 5, 1, 7]
        found = await database.read(markets_room.read_candidates, venue=VENUE, **WINDOW, min_price=0.85)
        assert found[0] == (market_id(6), "601", "602")

    async def test_unquoted_candidates_are_those_without_any_quote(self, database):
        await store(database, a_market(1), a_market(2))
        await database.write(quotes_room.write_quotes, [a_quote(1)], now=NOW)
        assert await self.candidates(database, unquoted_only=True) == [2]

    async def test_the_oldest_quote_is_looked_for_among_candidates_only(self, database):
        async def oldest():
            return await database.read(quotes_room.read_oldest_candidate_quote, **WINDOW, min_price=0.85)

        assert await oldest() is None
        await store(database, a_market(1), a_market(2), a_market(3, status="closed"))
        quotes = [a_quote(1, as_of=NOW - 5), a_quote(2, as_of=NOW - 9), a_quote(3, as_of=NOW - 99)]
        await database.write(quotes_room.write_quotes, quotes, now=NOW)
        assert await oldest() == NOW - 9


class TestLifeOfAMarket:
    async def test_vanished_markets_are_the_open_ones_that_a_walk_did_not_show(self, database):
        await store(database, a_market(1), a_market(2), a_market(3, status="closed"), seen_at=NOW - 2 * HOUR)
        await store(database, a_market(4), a_market(7, venue="other"), seen_at=NOW - 3 * HOUR)
        await store(database, a_market(5), seen_at=NOW)
        found = await database.read(
            markets_room.read_vanished, venue=VENUE, walk_started=NOW - HOUR, end_min=None, end_max=None, limit=9
        )
        assert found == [market_id(1), market_id(2), market_id(4)]
        few = await database.read(
            markets_room.read_vanished, venue=VENUE, walk_started=NOW - HOUR, end_min=None, end_max=None, limit=1
        )
        assert few == [market_id(1)]

    async def test_a_window_walk_says_nothing_about_markets_outside_its_window(self, database):
        inside = a_market(1, venue_close_time=NOW, close_time=NOW + 30 * DAY)
        await store(
            database, inside, a_market(2, venue_close_time=NOW + 9 * DAY), a_market(3, venue_close_time=None),
            seen_at=NOW - HOUR,
        )  # fmt: skip
        found = await database.read(
            markets_room.read_vanished, venue=VENUE, walk_started=NOW, end_min=NOW, end_max=NOW + DAY, limit=9
        )
        assert found == [market_id(1)]

    async def test_unresolved_markets_come_longest_not_asked_for_first(self, database):
        await store(database, *(a_market(number, status="closed") for number in (1, 2, 3)), a_market(4))
        await store(database, a_market(5, status="resolved"))
        await database.write(markets_room.note_look_up, [market_id(1)], now=NOW)
        await database.write(markets_room.note_look_up, [market_id(2)], now=NOW - HOUR)
        found = await database.read(markets_room.read_unresolved, venue=VENUE, limit=9)
        assert found == [market_id(3), market_id(2), market_id(1)]

    async def test_vanished_markets_take_turns_in_being_asked_for(self, database):
        await store(database, *(a_market(number) for number in (1, 2, 3)), seen_at=NOW - HOUR)
        asked = {"venue": VENUE, "walk_started": NOW, "end_min": None, "end_max": None, "limit": 2}
        assert await database.read(markets_room.read_vanished, **asked) == [market_id(1), market_id(2)]
        await database.write(markets_room.note_look_up, [market_id(1), market_id(2)], now=NOW)
        assert await database.read(markets_room.read_vanished, **asked) == [market_id(3), market_id(1)]

    async def test_a_look_up_does_not_count_as_seen_and_survives_the_next_listing(self, database):
        await store(database, a_market(1), seen_at=NOW - HOUR)
        await database.write(markets_room.note_look_up, [market_id(1)], now=NOW)
        assert (await database.read(markets_room.read_market, market_id(1)))["last_seen"] == NOW - HOUR
        await store(database, a_market(1), seen_at=NOW + SEC)
        assert (await database.read(markets_room.read_market, market_id(1)))["looked_up_at"] == NOW

    async def test_a_market_that_ended_long_ago_and_is_listed_no_more_is_pruned_an_unlisted_running_one_is_not(
        self, database
    ):
        ended = NOW - 40 * DAY
        await store(
            database,
            a_market(1, close_time=ended, venue_close_time=ended),
            a_market(2, close_time=NOW + DAY, venue_close_time=NOW + DAY),
            a_market(4, close_time=None, venue_close_time=None),
            seen_at=ended,
        )
        await store(
            database,
            a_market(3, close_time=ended, venue_close_time=ended),
            a_market(5, close_time=None, venue_close_time=None),
            seen_at=NOW,
        )
        assert await database.write(markets_room.prune_closed, before=NOW - 30 * DAY, limit=9) == 2
        for number, is_kept in ((1, False), (2, True), (3, True), (4, False), (5, True)):
            assert (await database.read(markets_room.read_market, market_id(number)) is not None) is is_kept

    async def test_a_look_up_without_an_answer_still_lets_the_next_one_ask_others(self, database):
        await store(database, a_market(1, status="closed"), seen_at=NOW - HOUR)
        await store(database, a_market(2, status="closed"), seen_at=NOW - SEC)
        await database.write(markets_room.note_look_up, [market_id(1)], now=NOW)
        assert await database.read(markets_room.read_unresolved, venue=VENUE, limit=1) == [market_id(2)]

    async def test_open_markets_are_active_and_paused_ones(self, database):
        await store(
            database, a_market(1), a_market(2, status="paused"), a_market(3, status="closed"),
            a_market(4, status="resolved"),
        )  # fmt: skip
        assert await database.read(markets_room.count_open) == 2

    async def test_pruning_takes_long_closed_markets_with_all_they_own_and_in_bites(self, database):
        await store(database, *(a_market(number, status="closed") for number in (1, 2, 3)), seen_at=NOW - 40 * DAY)
        await store(database, a_market(4, status="closed"), a_market(5), seen_at=NOW - DAY)
        await database.write(quotes_room.write_quotes, [a_quote(1), a_quote(4)], now=NOW)
        await database.write(quotes_room.write_samples, [a_quote(1)], sample_ms=300 * SEC, now=NOW)
        await database.write(rules_room.write_rules, [a_rule(1)], **WRITTEN, now=NOW)
        before = NOW - 30 * DAY
        assert await database.write(markets_room.prune_closed, before=before, limit=2) == 2
        assert await database.write(markets_room.prune_closed, before=before, limit=2) == 1
        assert await database.write(markets_room.prune_closed, before=before, limit=2) == 0
        assert await read(database) is None
        assert await database.read(quotes_room.read_quote, market_id(1)) is None
        assert await database.read(quotes_room.read_history, market_id(1), since=0, limit=1_000) == []
        assert await database.read(rules_room.read_rule, market_id(1)) is None
        assert await database.read(quotes_room.read_quote, market_id(4)) is not None
        assert await read(database, 5) is not None


class TestQuotes:
    async def test_a_quote_comes_back_as_it_was_written(self, database):
        quote = a_quote(1, no_ask=None)
        await store(database, a_market(1))
        assert await database.write(quotes_room.write_quotes, [quote], now=NOW) == WriteCount(1, 0)
        found = await database.read(quotes_room.read_quote, market_id(1))
        for name in ("as_of", "book_time", "yes_bid", "yes_ask", "no_bid", "no_ask", "spread_yes", "spread_no",
                     "mid_yes", "mid_no", "yes_bid_size", "no_ask_size", "yes_depth_usd", "quote_source"):  # fmt: skip
            assert found[name] == getattr(quote, name), name
        assert found["asks_yes"] == [[0.96, 500.0]]
        assert found["asks_no"] == []

    async def test_an_older_quote_is_dropped_and_counted(self, database):
        await store(database, a_market(1), a_market(2))
        await database.write(quotes_room.write_quotes, [a_quote(1, as_of=NOW)], now=NOW)
        late = [a_quote(1, as_of=NOW - 1, yes_bid=0.5), a_quote(2)]
        assert await database.write(quotes_room.write_quotes, late, now=NOW) == WriteCount(1, 1)
        assert (await database.read(quotes_room.read_quote, market_id(1)))["yes_bid"] == 0.95

    @pytest.mark.parametrize(("ahead_ms", "replaced"), [(60_000, False), (60_001, True)])
    async def test_a_stored_time_more_than_a_minute_ahead_does_not_block(self, database, ahead_ms, replaced):
        await store(database, a_market(1))
        await database.write(quotes_room.write_quotes, [a_quote(1, as_of=NOW + ahead_ms)], now=NOW + ahead_ms)
        await database.write(quotes_room.write_quotes, [a_quote(1, as_of=NOW)], now=NOW)
        found = await database.read(quotes_room.read_quote, market_id(1))
        assert (found["as_of"] == NOW) is replaced

    async def test_a_quote_of_an_unknown_market_costs_only_itself(self, database):
        await store(database, a_market(1))
        count = await database.write(quotes_room.write_quotes, [a_quote(1), a_quote(2)], now=NOW)
        assert count == WriteCount(1, 1)

    async def test_the_newest_of_two_quotes_in_one_batch_is_kept(self, database):
        await store(database, a_market(1))
        both = [a_quote(1, as_of=NOW), a_quote(1, as_of=NOW - 5)]
        assert await database.write(quotes_room.write_quotes, both, now=NOW) == WriteCount(1, 1)
        assert (await database.read(quotes_room.read_quote, market_id(1)))["as_of"] == NOW

    async def test_the_first_sample_of_a_bucket_wins(self, database):
        await store(database, a_market(1))
        bucket = NOW - NOW % (300 * SEC)
        times = [bucket + 299_999, bucket + 5, bucket + 300 * SEC, bucket - 1]
        quotes = [a_quote(1, as_of=time) for time in times]
        assert await database.write(quotes_room.write_samples, quotes, sample_ms=300 * SEC, now=NOW) == 3
        assert await database.write(quotes_room.write_samples, quotes, sample_ms=300 * SEC, now=NOW) == 0
        found = await database.read(quotes_room.read_history, market_id(1), since=bucket, limit=1_000)
        assert [(row["bucket_start"], row["as_of"]) for row in found] == [
            (bucket, bucket + 5),
            (bucket + 300 * SEC, bucket + 300 * SEC),
        ]
        assert await database.write(quotes_room.prune_samples, before=bucket + 1, limit=1) == 1
        assert await database.write(quotes_room.prune_samples, before=bucket + 1, limit=9) == 1
        assert len(await database.read(quotes_room.read_history, market_id(1), since=0, limit=1_000)) == 1

    async def test_a_missing_book_deletes_the_quote_unless_a_newer_one_came(self, database):
        await store(database, a_market(1), a_market(2), a_market(3))
        quotes = [a_quote(1, as_of=NOW - 5), a_quote(2, as_of=NOW + 5), a_quote(3, as_of=NOW - 5)]
        await database.write(quotes_room.write_quotes, quotes, now=NOW)
        gone = [market_id(1), market_id(2), "0xunknown"]
        assert await database.write(quotes_room.delete_quotes, gone, as_of=NOW, now=NOW) == 1
        assert await database.read(quotes_room.read_quote, market_id(1)) is None
        assert await database.read(quotes_room.read_quote, market_id(2)) is not None
        assert await database.write(quotes_room.delete_quotes, [], as_of=NOW, now=NOW) == 0


class TestRules:
    async def write(self, database, *items, now=NOW):
        keys = dict(items)
        return await database.write(
            rules_room.write_rules,
            [rule for rule, _ in items],
            judge_key=lambda rule, _context: keys[rule],
            sense_hash=sense_hash,
            now=now,
        )

    async def judge(self, database, key="key", number=1, **over):
        return await database.write(rules_room.write_judgements, [a_judgement(number, key=key, **over)], now=NOW)

    async def stored(self, database, number=1):
        return await database.read(rules_room.read_rule, market_id(number))

    async def unjudged(self, database, limit=99, max_chars=10**9):
        return await database.read(rules_room.read_unjudged, limit=limit, max_chars=max_chars, now=NOW)

    async def test_a_rule_waits_with_its_context_until_it_is_judged(self, database):
        market = a_market(
            1, neg_risk=True, oracle_status="proposed", oracle_history=("proposed",), game_start_time=NOW + HOUR,
            group_title="Smith", venue_close_time=NOW + 3 * DAY,
        )  # fmt: skip
        await store(database, market)
        rule = a_rule(1, truncated=True)
        assert await self.write(database, (rule, "key")) == WriteCount(1, 0)
        found = await self.stored(database)
        assert (found["rule_text"], found["rule_hash"]) == (rule.rule_text, rule.rule_hash)
        assert (found["definition_risk_score"], found["risk_flags"], found["has_text"]) == (None, None, True)
        [waiting] = await self.unjudged(database)
        assert (waiting.rule, waiting.judge_key) == (rule, "key")
        assert waiting.context == RuleContext(
            title=market.title,
            labels=("Yes", "No"),
            category="politics",
            open_time=market.open_time,
            close_time=market.close_time,
            venue_close_time=market.venue_close_time,
            game_start_time=market.game_start_time,
            event_title=market.event_title,
            group_title="Smith",
            neg_risk=True,
            oracle_status="proposed",
            oracle_history=("proposed",),
            family_disputed=False,
            settlement_source=rule.settlement_source,
            volume_usd=market.volume_usd,
            event_volume_usd=market.event_volume_usd,
            text_change=TextChange.NEVER,
            deadline_is_near=False,
            truncated=True,
        )

    async def test_the_key_is_made_of_the_same_context_that_is_judged(self, database):
        market = a_market(1, venue_close_time=NOW + 47 * HOUR, group_title=None, event_id=None)
        await store(database, market, a_market(2, event_id="e"), a_market(3, event_id="e", oracle_status="disputed"))
        keyed = {}

        def key_of(rule, context):
            keyed[rule.market_id] = (rule.rule_text, context)
            return "key"

        for moment, text in ((NOW, "It is above 5."), (NOW + 1, "It is above 6."), (NOW + 80 * HOUR, "It is above 6.")):
            rules = [a_rule(number, as_of=moment, rule_text=text, truncated=number == 1) for number in (1, 2, 3)]
            written = {"judge_key": key_of, "sense_hash": sense_hash, "now": moment}
            await database.write(rules_room.write_rules, rules, **written)
            found = await database.read(rules_room.read_unjudged, limit=9, max_chars=10**9, now=moment)
            assert {item.rule.market_id: (item.rule.rule_text, item.context) for item in found} == keyed
        assert [context.family_disputed for _, context in keyed.values()] == [None, True, False]

    @pytest.mark.parametrize(
        ("sibling", "disputed"),
        [
            ({"oracle_status": "disputed"}, True),
            ({"oracle_status": "Challenged"}, True),
            ({"oracle_status": "proposed", "oracle_history": ("proposed", "Disputed", "proposed")}, True),
            ({"status": "resolved", "resolved_outcome": "NO", "oracle_history": ("challenged", "resolved")}, True),
            ({"oracle_status": "proposed", "oracle_history": ("proposed", "undisputed")}, False),
            ({"oracle_status": "disputed", "event_id": "another"}, False),
            ({"oracle_status": "disputed", "venue": "another"}, False),
        ],
    )
    async def test_a_family_is_disputed_when_a_sibling_is_or_was(self, database, sibling, disputed):
        await store(database, a_market(1, event_id="e"), a_market(2, **{"event_id": "e", **sibling}))
        await self.write(database, (a_rule(1), "key"), (a_rule(2), "key"))
        found = {item.rule.market_id: item.context.family_disputed for item in await self.unjudged(database)}
        assert found == {market_id(1): disputed, market_id(2): False}, "a market is not its own sibling"

    async def test_only_a_change_of_sense_is_remembered_with_its_moment(self, database):
        async def after(text, moment):
            await self.write(database, (a_rule(1, as_of=moment, rule_text=text), "key"), now=moment)
            found = await self.stored(database)
            assert found["rule_text"] == text
            assert found["sense_hash"] == sense_hash(text)
            return found["text_changed_at"]

        await store(database, a_market(1))
        await self.write(database, (a_rule(1, as_of=NOW, rule_text=""), "key"))
        assert await after('It is "5".', NOW + 1) is None, "a text where there was none changes nothing"
        assert await after("it is\n“5”", NOW + 2) is None, "dress"
        assert await after("It is 6.", NOW + 3) == NOW + 3
        assert await after("IT IS 6.", NOW + 4) == NOW + 3
        assert await after("It is 5.", NOW + 5) == NOW + 5, "back is a change, too"

    async def test_a_text_that_was_blank_for_a_while_has_not_changed(self, database):
        await store(database, a_market(1))
        moments = enumerate(("It is 5.", "", " \n", "It is 5."))
        for moment, text in moments:
            await self.write(database, (a_rule(1, as_of=NOW + moment, rule_text=text), "key"), now=NOW + moment)
            assert (await self.stored(database))["text_changed_at"] is None
        await self.write(database, (a_rule(1, as_of=NOW + 8, rule_text=""), "key"), now=NOW + 8)
        await self.write(database, (a_rule(1, as_of=NOW + 9, rule_text="It is 6."), "key"), now=NOW + 9)
        assert (await self.stored(database))["text_changed_at"] == NOW + 9, "another text than before the blank one"

    async def test_a_text_whose_sense_nobody_kept_counts_as_unchanged(self, database):
        await store(database, a_market(1))
        await self.write(database, (a_rule(1), "key"))
        forget = update(rules_latest).values(sense_hash=None)
        await database.write(lambda conn: conn.execute(forget))
        assert await self.write(database, (a_rule(1, as_of=NOW, rule_text="Other."), "key")) == WriteCount(1, 0)
        found = await self.stored(database)
        assert (found["text_changed_at"], found["sense_hash"]) == (None, sense_hash("Other."))

    async def test_an_older_text_moves_no_change_of_the_text_backwards(self, database):
        await store(database, a_market(1))
        await self.write(database, (a_rule(1, as_of=NOW), "key"))
        await self.write(database, (a_rule(1, as_of=NOW + 9, rule_text="Other."), "key"), now=NOW + 9)
        older = a_rule(1, as_of=NOW + 5, rule_text="Third.")
        assert await self.write(database, (older, "key"), now=NOW + 9) == WriteCount(0, 1)
        assert (await self.stored(database))["text_changed_at"] == NOW + 9

    async def test_a_judgement_is_kept_under_the_key_of_what_was_judged(self, database):
        await store(database, a_market(1))
        await self.write(database, (a_rule(1), "key"))
        found = Judgement(market_id(1), "key", "key of another band", an_assessment())
        assert await database.write(rules_room.write_judgements, [found], now=NOW) == 1
        assert await self.unjudged(database) == [], "it does not wait for itself"
        await self.write(database, (a_rule(1, as_of=NOW), "key"))
        assert len(await self.unjudged(database)) == 1, "what was judged is not what ought to be"

    async def test_long_texts_are_read_a_few_at_a_time(self, database):
        await store(database, *(a_market(number) for number in (1, 2, 3)))
        await self.write(database, *((a_rule(number, rule_text="long " * 200), "key") for number in (1, 2, 3)))
        assert len(await self.unjudged(database, max_chars=1_500)) == 2
        assert len(await self.unjudged(database, max_chars=1)) == 1

    async def test_a_text_that_cannot_be_judged_is_not_asked_for_again_and_has_no_score(self, database):
        await store(database, a_market(1))
        await self.write(database, (a_rule(1), "key"))
        failed = Judgement(market_id(1), "key", "key", None)
        assert await database.write(rules_room.write_judgements, [failed], now=NOW) == 0
        assert await self.unjudged(database) == []
        assert (await self.stored(database))["definition_risk_score"] is None
        await self.write(database, (a_rule(1), "another key"))
        assert len(await self.unjudged(database)) == 1

    async def test_a_judgement_is_stored_with_its_flags(self, database):
        await store(database, a_market(1))
        await self.write(database, (a_rule(1), "key"))
        more = {
            "traits": (a_flag("T", severity=Severity.LOW),),
            "contributions": (Contribution("BASE", -4.0), Contribution("X", 0.5)),
            "bites": {"YES": ("X",), "NO": ()},
            "not_judged": (Unjudged("RULE_CHANGED", ("text_change",)),),
        }
        figures = {"dispute_probability": 0.02, "text_dispute_probability": 0.03, "payoff_risk": 0.1}
        flags = {"flags": (a_flag("X"),), "mitigators": (a_flag("Y"),)}
        assert await self.judge(database, score=0.25, text_change_risk=1e-9, **flags, **more, **figures) == 1
        found = await self.stored(database)
        assert {name: found[name] for name in figures} == figures
        assert found["text_change_risk"] == 1e-9
        assert found["rule_traits"] == [flag_fields(more["traits"][0])]
        assert found["contributions"] == [{"code": "BASE", "log_odds": -4.0}, {"code": "X", "log_odds": 0.5}]
        assert found["bites"] == {"YES": ["X"], "NO": []}
        assert found["not_judged"] == [{"code": "RULE_CHANGED", "missing": ["text_change"]}]
        assert (found["definition_risk_score"], found["rulebook_version"]) == (0.25, "test-1")
        assert found["risk_flags"] == [flag_fields(a_flag("X"))]
        assert found["mitigators"] == [flag_fields(a_flag("Y"))]
        assert await self.unjudged(database) == []

    async def test_a_judgement_of_what_is_no_longer_stored_is_not_kept(self, database):
        await store(database, a_market(1))
        await self.write(database, (a_rule(1), "key"))
        await self.write(database, (a_rule(1, rule_text="Another text."), "other key"))
        assert await self.judge(database, key="key") == 0
        assert (await self.stored(database))["definition_risk_score"] is None

    async def test_an_unchanged_rule_is_not_written_again(self, database):
        await store(database, a_market(1))
        await self.write(database, (a_rule(1), "key"))
        assert await self.write(database, (a_rule(1, as_of=NOW), "key"), now=NOW + 5) == WriteCount(0, 0)
        assert (await self.stored(database))["updated_at"] == NOW

    async def test_a_new_key_alone_keeps_the_old_judgement_until_the_new_one(self, database):
        await store(database, a_market(1))
        await self.write(database, (a_rule(1), "key"))
        await self.judge(database, score=0.25)
        await self.write(database, (a_rule(1, as_of=NOW), "key of the next rulebook"))
        assert (await self.stored(database))["definition_risk_score"] == 0.25
        assert [item.judge_key for item in await self.unjudged(database)] == ["key of the next rulebook"]

    async def test_a_changed_text_loses_its_judgement_even_when_it_changes_back(self, database):
        await store(database, a_market(1))
        await self.write(database, (a_rule(1), "key"))
        await self.judge(database)
        await self.write(database, (a_rule(1, rule_text="Another."), "other"))
        found = await self.stored(database)
        judged = (
            "definition_risk_score", "text_dispute_probability", "dispute_probability", "payoff_risk",
            "text_change_risk", "risk_flags", "mitigators", "rule_traits", "contributions", "bites", "not_judged",
            "rulebook_version",
        )  # fmt: skip
        assert {name: found[name] for name in judged} == dict.fromkeys(judged)
        await self.write(database, (a_rule(1), "key"))
        assert len(await self.unjudged(database)) == 1

    async def test_an_older_text_is_dropped_unless_the_stored_time_is_a_clock_fault(self, database):
        await store(database, a_market(1))
        await self.write(database, (a_rule(1, as_of=NOW), "key"))
        older = (a_rule(1, as_of=NOW - 1, rule_text="Older."), "older")
        assert await self.write(database, older) == WriteCount(0, 1)
        await self.write(database, (a_rule(1, as_of=FAR_FUTURE, rule_text="Future."), "future"), now=FAR_FUTURE)
        assert await self.write(database, older) == WriteCount(1, 0)
        assert (await self.stored(database))["rule_text"] == "Older."

    async def test_a_rule_of_an_unknown_market_costs_only_itself(self, database):
        await store(database, a_market(1))
        assert await self.write(database, (a_rule(1), "key"), (a_rule(2), "key")) == WriteCount(1, 1)

    @pytest.mark.parametrize("blank", ["", " \n\t", "\u00a0\u2003\u3000"])
    async def test_a_text_of_white_space_in_any_script_is_blank(self, database, blank):
        await store(database, a_market(1))
        await self.write(database, (a_rule(1, rule_text=blank), "key"))
        assert (await self.stored(database))["has_text"] is False

    async def test_an_absurd_challenge_window_costs_nothing(self, database):
        await store(database, a_market(1))
        assert await self.write(database, (a_rule(1, settlement_window=10**30), "key")) == WriteCount(1, 0)

    async def test_open_markets_near_their_close_are_judged_first(self, database):
        await store(
            database,
            a_market(1, close_time=NOW + 9 * DAY),
            a_market(2, close_time=NOW + DAY),
            a_market(3, status="closed", close_time=NOW),
            a_market(4, close_time=None),
            a_market(5, close_time=NOW - 2 * DAY),
        )
        await self.write(database, *((a_rule(number), "key") for number in range(1, 6)))
        assert [int(item.rule.market_id, 16) for item in await self.unjudged(database)] == [2, 5, 1, 4, 3]
        assert [int(item.rule.market_id, 16) for item in await self.unjudged(database, limit=2)] == [2, 5]


class TestRuns:
    async def test_a_job_is_followed_through_start_success_and_failure(self, database):
        await database.write(runs_room.record_start, "score", now=NOW, cadence_sec=120.0)
        [run] = await database.read(runs_room.read_runs)
        assert (run.last_start, run.last_success, run.cadence_sec, run.consecutive_failures) == (NOW, None, 120.0, 0)
        await database.write(
            runs_room.record_success, "score", now=NOW + 5, duration_sec=0.5, counts={"as_of": NOW, "rate": 0.5}
        )
        for attempt in (1, 2):
            await database.write(
                runs_room.record_failure, "score", now=NOW + 10 * attempt, duration_sec=1.5, error="it broke\0"
            )
        [run] = await database.read(runs_room.read_runs)
        assert (run.last_success, run.last_error_at, run.last_error) == (NOW + 5, NOW + 20, "it broke\ufffd")
        assert (run.consecutive_failures, run.counts, run.last_duration_sec) == (2, {"as_of": NOW, "rate": 0.5}, 1.5)
        await database.write(runs_room.record_success, "score", now=NOW + 30, duration_sec=0.5, counts={})
        assert (await database.read(runs_room.read_runs))[0].consecutive_failures == 0

    async def test_a_failure_may_be_the_first_thing_recorded_and_its_text_is_bounded(self, database):
        await database.write(runs_room.record_failure, "quotes", now=NOW, duration_sec=0.0, error="x" * 9_999)
        [run] = await database.read(runs_room.read_runs)
        assert (run.job, run.consecutive_failures, len(run.last_error)) == ("quotes", 1, 1_000)
