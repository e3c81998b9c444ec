"""The jobs on a real database: what a walk, a quote cycle, a judgement and a scoring run leave behind."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from builders import DAY, HOUR, NOW, SEC, a_market, a_quote, a_rule, an_assessment, market_id
from endgame.config import Settings
from endgame.domain.market import Resolution, Status
from endgame.domain.rule import Assessment, RuleContext, TextChange
from endgame.errors import Busy, StorageError, Unavailable
from endgame.jobs import rules as rules_job
from endgame.jobs.discovery import Discovery, _write_batch
from endgame.jobs.quotes import Quotes
from endgame.jobs.retention import Retention
from endgame.jobs.rules import Rules
from endgame.jobs.score import Scoring, _write_run
from endgame.scoring.risk import assess
from endgame.scoring.score import score
from endgame.storage import markets, quotes, rules, runs, scores
from endgame.storage.database import Connection, Database
from endgame.telemetry import metrics
from endgame.venues.client import Listing, ListingBatch
from manual_clock import ManualClock
from postgres_server import database_settings
from scripted_venue import ScriptedVenue


class House:
    """All jobs over one database, one scripted venue and one clock that stands still until pushed."""

    def __init__(self, database: Database) -> None:
        self.clock = ManualClock(NOW)
        self.database = database
        self.settings = Settings()
        self.venue = ScriptedVenue(self.clock)
        self.discovery = Discovery([self.venue], database, self.settings, self.clock)
        self.rules = Rules(database, self.clock, texts_stored=self.discovery.texts_stored)
        self.quotes = Quotes(
            [self.venue], database, self.settings, self.clock, markets_stored=self.discovery.markets_stored
        )
        self.scoring = Scoring(database, self.settings, self.clock)

    async def market(self, number: int):
        return await self.database.read(markets.read_market, market_id(number))

    async def quote(self, number: int):
        return await self.database.read(quotes.read_quote, market_id(number))

    async def gate(self, number: int):
        row = await self.database.read(scores.read_score, market_id(number))
        return None if row is None else row["gate"] or "OPPORTUNITY"


@pytest.fixture
async def house(database: Database) -> House:
    return House(database)


async def test_a_walk_stores_markets_outcomes_and_texts_and_rings_both_bells(house: House) -> None:
    house.venue.list(a_market(1), a_market(2))
    counts = await house.discovery.walk_window()
    assert (counts["seen"], counts["stored"], counts["rules"]) == (2, 2, 2)
    assert (await house.market(2))["title"] == a_market(2).title
    assert await house.rules.is_urgent()
    assert await house.quotes.is_urgent()
    assert house.discovery.window_walked.is_set()


async def test_skipped_records_are_counted_by_reason(house: House) -> None:
    house.venue.list(a_market(1))
    house.venue.skipped = Counter(three_outcomes=2, version=1)
    assert (await house.discovery.walk_full())["skipped"] == 3


async def test_a_market_that_vanished_and_is_closed_is_stored_as_closed_then_as_resolved(house: House) -> None:
    house.venue.list(a_market(1), a_market(2))
    await house.discovery.walk_window()
    house.clock.push(300)
    del house.venue.markets[market_id(1)]
    newer = house.clock.now_ms()
    house.venue.closed[market_id(1)] = a_market(1, status="closed", accepts_orders=False, venue_updated_at=newer)
    assert (await house.discovery.walk_window())["closed"] >= 1
    assert (await house.market(1))["status"] == Status.CLOSED
    assert (await house.market(2))["status"] == Status.ACTIVE
    house.clock.push(300)
    house.venue.closed[market_id(1)] = a_market(
        1,
        status="resolved",
        accepts_orders=False,
        resolved_outcome="YES",
        resolved_time=newer,
        venue_updated_at=house.clock.now_ms(),
    )
    await house.discovery.walk_window()
    assert (await house.market(1))["resolved_outcome"] == Resolution.YES
    looked_up = len(house.venue.looked_up)
    house.clock.push(300)
    await house.discovery.walk_window()
    assert len(house.venue.looked_up) == looked_up, "a resolved market is not asked for again"


async def test_an_empty_walk_closes_nothing_and_asks_for_nothing(house: House) -> None:
    house.venue.list(a_market(1))
    await house.discovery.walk_full()
    house.clock.push(1_800)
    house.venue.markets.clear()
    await house.discovery.walk_full()
    assert house.venue.looked_up == []
    assert (await house.market(1))["status"] == Status.ACTIVE


async def test_a_partial_walk_keeps_what_it_read_closes_nothing_and_fails_the_cycle(house: House) -> None:
    house.venue.list(a_market(1), a_market(2), a_market(3))
    await house.discovery.walk_full()
    house.clock.push(1_800)
    house.venue.markets.pop(market_id(3))
    house.venue.list(replace(a_market(1), title="A new title", venue_updated_at=house.clock.now_ms()))
    house.venue.break_after = 1
    with pytest.raises(Unavailable):
        await house.discovery.walk_full()
    assert (await house.market(1))["title"] == "A new title"
    assert house.venue.looked_up == []


async def test_a_vanished_market_that_the_venue_does_not_call_closed_stays_open(house: House) -> None:
    house.venue.list(a_market(1), a_market(2))
    await house.discovery.walk_full()
    house.clock.push(1_800)
    del house.venue.markets[market_id(1)]
    await house.discovery.walk_full()
    assert house.venue.looked_up == [[market_id(1)]]
    assert (await house.market(1))["status"] == Status.ACTIVE


async def test_a_window_walk_does_not_suspect_markets_outside_the_window(house: House) -> None:
    far = NOW + 200 * DAY
    house.venue.list(a_market(1), a_market(2, close_time=far, venue_close_time=far))
    await house.discovery.walk_full()
    house.clock.push(300)
    await house.discovery.walk_window()
    assert house.venue.looked_up == []


async def test_the_text_is_judged_once_and_again_only_when_it_changes(house: House) -> None:
    market = a_market(1, close_time=NOW + 90 * HOUR, venue_close_time=NOW + 90 * HOUR)
    house.venue.list(market)
    await house.discovery.walk_window()
    assert (await house.rules.judge())["judged"] == 1
    assert (await house.database.read(rules.read_rule, market_id(1)))["definition_risk_score"] is not None
    house.clock.push(300)
    await house.discovery.walk_window()
    assert (await house.rules.judge())["judged"] == 0
    house.clock.push(300)
    house.venue.list(
        replace(market, venue_updated_at=house.clock.now_ms()), rule="It resolves to Yes if a deal is announced."
    )
    await house.discovery.walk_window()
    assert (await house.database.read(rules.read_rule, market_id(1)))["definition_risk_score"] is None
    assert (await house.rules.judge())["judged"] == 1


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, RuleContext]]:
    """What is judged, in this order, by a judge that finds the same in every text."""
    seen: list[tuple[str, RuleContext]] = []

    def judge(text: str, context: RuleContext) -> Assessment:
        seen.append((text, context))
        return an_assessment()

    monkeypatch.setattr(rules_job, "assess", judge)
    return seen


async def judged_after_a_walk(house: House, judged: list[tuple[str, RuleContext]]) -> list[RuleContext]:
    """The contexts of all that is judged anew after the next walk."""
    judged.clear()
    await house.discovery.walk_window()
    await house.rules.judge()
    return [context for _, context in judged]


async def test_what_is_the_same_is_judged_once_and_written_for_all(
    house: House, judged: list[tuple[str, RuleContext]]
) -> None:
    same = {"title": "Will it rain?", "event_id": "e", "event_title": "Rain"}
    house.venue.list(a_market(1, **same), a_market(2, **same), a_market(3, **same, group_title="Oslo"))
    await house.discovery.walk_window()
    assert (await house.rules.judge())["judged"] == 3
    assert [context.group_title for _, context in judged] == ["", "Oslo"]
    for number in (1, 2, 3):
        assert (await house.database.read(rules.read_rule, market_id(number)))["definition_risk_score"] == 0.2


async def test_a_text_is_judged_anew_when_a_sibling_becomes_disputed(
    house: House, judged: list[tuple[str, RuleContext]]
) -> None:
    later = {"close_time": NOW + 90 * HOUR, "venue_close_time": NOW + 90 * HOUR}
    house.venue.list(a_market(1, event_id="e", **later), a_market(2, event_id="e", **later), a_market(3, **later))
    assert [context.family_disputed for context in await judged_after_a_walk(house, judged)] == [False] * 3
    assert await judged_after_a_walk(house, judged) == []
    house.clock.push(300)
    disputed = {"oracle_status": "disputed", "venue_updated_at": house.clock.now_ms()}
    house.venue.list(a_market(2, event_id="e", **disputed, **later))
    found = await judged_after_a_walk(house, judged)
    assert {(context.title, context.family_disputed) for context in found} == {
        (a_market(1).title, True), (a_market(2).title, False),
    }  # fmt: skip
    assert await judged_after_a_walk(house, judged) == []


async def test_a_text_is_judged_anew_when_its_deadline_comes_near_and_when_its_change_grows_old(
    house: House, judged: list[tuple[str, RuleContext]]
) -> None:
    house.venue.list(a_market(1, close_time=NOW + 90 * HOUR, venue_close_time=NOW + 90 * HOUR))
    seen = []
    for hours in (0, 1, 1, 39, 1, 31, 1, 18):
        house.clock.push(hours * 3_600)
        if hours == 1 and len(seen) == 1:
            house.venue.list(house.venue.markets[market_id(1)], rule="It resolves to Yes if a deal is signed.")
        found = await judged_after_a_walk(house, judged)
        seen.append([(context.text_change, context.deadline_is_near) for context in found])
    assert seen == [
        [(TextChange.NEVER, False)],
        [(TextChange.RECENT, False)],
        [],
        [],
        [],
        [(TextChange.EARLIER, True)],
        [],
        [(TextChange.EARLIER, False)],
    ]


async def test_a_band_that_flips_between_walk_and_judgement_is_judged_once(
    house: House, judged: list[tuple[str, RuleContext]]
) -> None:
    house.venue.list(a_market(1, close_time=NOW + 49 * HOUR, venue_close_time=NOW + 49 * HOUR))
    await house.discovery.walk_window()
    house.clock.push(2 * 3_600)
    assert (await house.rules.judge())["judged"] == 1
    assert [context.deadline_is_near for _, context in judged] == [True]
    assert await judged_after_a_walk(house, judged) == []


async def test_a_full_quote_cycle_asks_for_every_candidate_and_a_new_one_only_for_what_has_no_quote(
    house: House,
) -> None:
    house.venue.list(a_market(1), a_market(2), a_market(3, indicative_price_yes=0.5))
    house.venue.books[market_id(1)] = a_quote(1)
    await house.discovery.walk_window()
    counts = await house.quotes.quote_all()
    assert sorted(house.venue.asked[-1]) == [market_id(1), market_id(2)]
    assert (counts["asked"], counts["stored"]) == (2, 1)
    house.venue.list(a_market(4))
    await house.discovery.walk_window()
    assert await house.quotes.is_urgent()
    await house.quotes.quote_new()
    assert house.venue.asked[-1] == [market_id(4)], "a market without any book is not asked for at every page"
    await house.quotes.quote_all()
    assert sorted(house.venue.asked[-1]) == [market_id(1), market_id(2), market_id(4)]


async def test_a_book_left_out_of_a_successful_answer_deletes_the_quote(house: House) -> None:
    house.venue.list(a_market(1))
    house.venue.books[market_id(1)] = a_quote(1)
    await house.discovery.walk_window()
    await house.quotes.quote_all()
    assert (await house.quote(1))["yes_ask"] == 0.96
    house.clock.push(60)
    del house.venue.books[market_id(1)]
    await house.quotes.quote_all()
    assert await house.quote(1) is None


async def test_a_failed_call_keeps_the_stored_quote_and_fails_the_cycle(house: House) -> None:
    house.venue.list(a_market(1))
    house.venue.books[market_id(1)] = a_quote(1)
    await house.discovery.walk_window()
    await house.quotes.quote_all()
    house.venue.quotes_fail = True
    with pytest.raises(Unavailable):
        await house.quotes.quote_all()
    assert await house.quote(1) is not None


async def test_a_scoring_run_lists_the_opportunity_and_the_gates_of_the_others(house: House) -> None:
    house.venue.list(
        a_market(1),
        a_market(2, close_time=NOW - HOUR, venue_close_time=NOW - HOUR),
        a_market(3, indicative_price_yes=0.5),
        a_market(4),
        a_market(5, status="paused", accepts_orders=False),
    )
    house.venue.list(a_market(6), rule=None)
    house.venue.books[market_id(1)] = a_quote(1)
    house.venue.books[market_id(6)] = a_quote(6)
    await house.discovery.walk_window()
    await house.quotes.quote_all()
    await house.rules.judge()
    counts = await house.scoring.cycle()
    assert (counts["markets"], counts["opportunities"]) == (6, 1)
    expected = ["OPPORTUNITY", "OVERDUE", "BELOW_PRICE_BAND", "NO_QUOTE", "NOT_ACTIVE", "NO_RULES"]
    assert [await house.gate(number) for number in range(1, 7)] == expected
    assert await house.database.read(scores.read_score_run) == counts["as_of"]


async def test_a_quote_that_grew_old_is_not_ranked(house: House) -> None:
    house.venue.list(a_market(1))
    house.venue.books[market_id(1)] = a_quote(1, as_of=NOW)
    await house.discovery.walk_window()
    await house.rules.judge()
    await house.quotes.quote_all()
    await house.scoring.cycle()
    assert await house.gate(1) == "OPPORTUNITY"
    house.clock.push(180.001)
    await house.scoring.cycle()
    assert await house.gate(1) == "STALE_QUOTE"


async def test_a_market_that_leaves_the_window_or_closes_loses_its_row(house: House) -> None:
    house.venue.list(a_market(1), a_market(2))
    await house.discovery.walk_window()
    await house.scoring.cycle()
    assert await house.gate(1) is not None
    house.clock.push(60)
    later = house.clock.now_ms()
    house.venue.list(a_market(1, close_time=NOW + 90 * DAY, venue_close_time=NOW + 90 * DAY, venue_updated_at=later))
    house.venue.list(a_market(2, status="closed", accepts_orders=False, venue_updated_at=later))
    await house.discovery.walk_full()
    await house.scoring.cycle()
    assert [await house.gate(1), await house.gate(2)] == [None, None]


async def test_a_market_that_closes_is_off_the_list_before_the_next_scoring_run(house: House) -> None:
    house.venue.list(a_market(1), a_market(2))
    for number in (1, 2):
        house.venue.books[market_id(number)] = a_quote(number)
    await house.discovery.walk_window()
    await house.rules.judge()
    await house.quotes.quote_all()
    assert (await house.scoring.cycle())["opportunities"] == 2
    house.clock.push(60)
    later = house.clock.now_ms()
    house.venue.list(a_market(2, status="closed", accepts_orders=False, venue_updated_at=later))
    await house.discovery.walk_window()
    assert [await house.gate(1), await house.gate(2)] == ["OPPORTUNITY", None]
    assert await house.database.read(scores.read_recommendation, market_id(2)) is None


async def test_a_market_that_closes_while_a_run_is_computed_is_not_listed_by_it(house: House) -> None:
    house.venue.list(a_market(1), a_market(2))
    for number in (1, 2):
        house.venue.books[market_id(number)] = a_quote(number)
    await house.discovery.walk_window()
    await house.rules.judge()
    await house.quotes.quote_all()
    now = house.clock.now_ms()
    inputs = await house.database.read(scores.read_score_inputs, now=now, back_ms=7 * DAY, ahead_ms=14 * DAY)
    house.venue.list(a_market(2, status="closed", accepts_orders=False, venue_updated_at=now + 1))
    await house.discovery.walk_window()
    scored = score(inputs, now, house.settings.scoring)
    assert scored.is_opportunity.all()
    await house.database.write(scores.write_scores, scored, {}, now=now)
    assert [await house.gate(1), await house.gate(2)] == ["OPPORTUNITY", None]


async def test_a_run_of_a_clock_that_went_back_changes_nothing_not_even_the_published_moment(house: House) -> None:
    house.venue.list(a_market(1))
    await house.discovery.walk_window()
    await house.scoring.cycle()
    published = await house.database.read(scores.read_score_run)
    house.clock.push(-30)
    with pytest.raises(StorageError, match=r"30\.0 s ahead"):
        await house.scoring.cycle()
    assert await house.database.read(scores.read_score_run) == published
    house.clock.push(-3_600)
    await house.scoring.cycle()
    assert await house.database.read(scores.read_score_run) < published, "an hour ahead is a clock fault, no newer run"


async def test_a_quote_stamped_by_a_clock_that_was_wrong_does_not_stay_fresh(house: House) -> None:
    house.venue.list(a_market(1))
    house.venue.books[market_id(1)] = a_quote(1, as_of=NOW + HOUR)
    await house.discovery.walk_window()
    await house.rules.judge()
    await house.quotes.quote_all()
    await house.scoring.cycle()
    assert await house.gate(1) == "STALE_QUOTE"
    del house.venue.books[market_id(1)]
    await house.quotes.quote_all()
    assert await house.quote(1) is None


async def test_an_outage_of_the_books_is_not_hidden_by_cycles_that_have_nothing_to_ask(house: House) -> None:
    house.venue.list(a_market(1))
    await house.discovery.walk_window()
    house.venue.quotes_fail = True
    with pytest.raises(Unavailable):
        await house.quotes.quote_all()
    house.clock.push(60)
    await house.discovery.walk_window()
    assert not await house.quotes.is_urgent(), "every candidate was asked for; none is new"


async def test_a_text_that_cannot_be_judged_costs_only_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbling(text: str, context: RuleContext) -> Assessment:
        if "poison" in text:
            raise RecursionError
        return assess(text, context)

    monkeypatch.setattr(rules_job, "assess", stumbling)
    house.venue.list(a_market(1), rule="poison " * 40)
    house.venue.list(a_market(2))
    await house.discovery.walk_window()
    counts = await house.rules.judge()
    assert (counts["judged"], counts["failed"]) == (1, 1)
    assert (await house.rules.judge())["judged"] == 0
    await house.scoring.cycle()
    assert await house.gate(1) == "NO_RULES"


async def test_batches_are_counted_and_dropped_rows_too(house: House) -> None:
    def dropped() -> float:
        return metrics().writes_dropped.labels("quotes_latest")._value.get()

    house.venue.list(a_market(1))
    house.venue.books[market_id(1)] = a_quote(1)
    await house.discovery.walk_window()
    await house.quotes.quote_all()
    before = dropped()
    house.venue.books[market_id(1)] = a_quote(1, as_of=NOW - HOUR)
    await house.quotes.quote_all()
    assert dropped() - before == 1
    assert (await house.quote(1))["as_of"] == a_quote(1).as_of


async def test_scoring_does_not_wait_for_its_tick_after_the_first_quotes(house: House) -> None:
    async def quotes_succeeded() -> None:
        await house.database.write(runs.record_success, "quotes", now=house.clock.now_ms(), duration_sec=1.0, counts={})

    assert not await house.scoring.is_urgent()
    await house.scoring.cycle()
    house.clock.push(5)
    await quotes_succeeded()
    assert await house.scoring.is_urgent()
    house.venue.list(a_market(1))
    house.venue.books[market_id(1)] = a_quote(1)
    await house.discovery.walk_window()
    await house.database.write(
        runs.record_success, "discovery_window", now=house.clock.now_ms(), duration_sec=1.0, counts={}
    )
    await house.rules.judge()
    await house.quotes.quote_all()
    house.clock.push(5)
    await quotes_succeeded()
    house.clock.push(1)
    await house.scoring.cycle()
    assert not await house.scoring.is_urgent()
    house.clock.push(60)
    await quotes_succeeded()
    assert not await house.scoring.is_urgent(), "once the first full picture is scored the cadence rules"


async def test_a_partial_picture_is_scored_again_only_after_three_times_as_long_as_that_took(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def quotes_succeeded() -> None:
        await house.database.write(runs.record_success, "quotes", now=house.clock.now_ms(), duration_sec=1.0, counts={})

    read_bulk = house.database.read_bulk

    async def slow_read(*args: Any, **kwargs: Any) -> Any:
        house.clock.push(10)
        return await read_bulk(*args, **kwargs)

    monkeypatch.setattr(house.database, "read_bulk", slow_read)
    await house.scoring.cycle()
    await quotes_succeeded()
    house.clock.push(29)
    assert not await house.scoring.is_urgent()
    house.clock.push(2)
    assert await house.scoring.is_urgent()


async def test_retention_prunes_in_bites_until_nothing_old_is_left(house: House) -> None:
    house.venue.list(*[a_market(number) for number in range(1, 8)])
    await house.discovery.walk_window()
    for number in range(1, 8):
        house.venue.books[market_id(number)] = a_quote(number, as_of=NOW + number * 300 * SEC)
    await house.quotes.quote_all()
    house.clock.push(8 * DAY / 1_000)
    settings = house.settings.retention.model_copy(update={"bite_rows": 3})
    assert (await Retention(house.database, settings, house.clock).prune())["samples"] == 7


async def test_a_page_from_a_cache_of_the_venue_s_does_not_bring_an_old_text_back(house: House) -> None:
    house.venue.list(a_market(1, venue_updated_at=NOW), rule="The new text.")
    await house.discovery.walk_window()
    await house.rules.judge()
    house.clock.push(60)
    house.venue.list(a_market(1, venue_updated_at=NOW - HOUR), rule="The old text.")
    await house.discovery.walk_full()
    rule = await house.database.read(rules.read_rule, market_id(1))
    assert (rule["rule_text"], rule["text_changed_at"]) == ("The new text.", None)
    assert rule["definition_risk_score"] is not None


async def test_of_two_records_of_a_market_in_one_batch_the_text_of_the_newer_is_kept(database: Database) -> None:
    newer = Listing(a_market(1, venue_updated_at=NOW), a_rule(1, rule_text="New."))
    older = Listing(a_market(1, venue_updated_at=NOW - HOUR), a_rule(1, rule_text="Old."))
    for number, pair in enumerate(((newer, older), (older, newer))):
        await database.write(_write_batch, ListingBatch(pair, NOW), now=NOW + number)
        assert (await database.read(rules.read_rule, market_id(1)))["rule_text"] == "New."


async def test_a_process_that_stood_still_while_another_took_over_does_not_take_the_run_back(house: House) -> None:
    begun = house.clock.now_ms()
    await house.database.write(runs.record_start, "score", now=begun, cadence_sec=120)
    await house.database.write(runs.record_counts, "score", now=begun, counts={"as_of": begun})
    house.clock.push(10)  # the other one's run
    later = house.clock.now_ms()
    await house.database.write(runs.record_start, "score", now=later, cadence_sec=120)
    await house.database.write(runs.record_counts, "score", now=later, counts={"as_of": later})
    success = {"duration_sec": 1.0, "now": later + SEC}
    await house.database.write(runs.record_success, "score", started=later, counts={"as_of": later}, **success)
    late = {"duration_sec": 12.0, "now": later + 2 * SEC}
    await house.database.write(runs.record_success, "score", started=begun, counts={"as_of": begun}, **late)
    assert await house.database.read(scores.read_score_run) == later
    (run,) = await house.database.read(runs.read_runs)
    assert (run.last_success, run.last_duration_sec) == (later + SEC, 1.0)


async def test_a_start_recorded_by_a_clock_that_was_wrong_does_not_silence_later_successes(house: House) -> None:
    await house.database.write(runs.record_start, "score", now=NOW + HOUR, cadence_sec=120)
    success = {"now": NOW, "started": NOW, "duration_sec": 1.0, "counts": {}}
    await house.database.write(runs.record_success, "score", **success)
    assert (await house.database.read(runs.read_runs))[0].last_success == NOW


async def test_of_two_scorers_that_overlap_the_newer_run_is_published(postgres_url: str) -> None:
    """The older one has read its inputs; while it waits for the rows, the newer one commits."""
    first, second = (Database(database_settings(postgres_url)) for _ in range(2))
    entered, go_on = threading.Event(), threading.Event()

    def newer(conn: Connection) -> None:
        scores.lock_scores(conn)
        entered.set()
        go_on.wait(10)
        runs.record_counts(conn, "score", now=NOW + SEC, counts={"as_of": NOW + SEC})

    writing = asyncio.create_task(second.write(newer))
    await asyncio.to_thread(entered.wait, 10)
    empty = score(await first.read(scores.read_score_inputs, now=NOW, back_ms=0, ahead_ms=0), NOW, Settings().scoring)
    late = asyncio.create_task(first.write(_write_run, empty, {}, {"as_of": NOW}, now=NOW))
    await asyncio.sleep(0.3)
    go_on.set()
    await writing
    with pytest.raises(StorageError, match=r"1\.0 s ahead"):
        await late
    assert await first.read(scores.read_score_run) == NOW + SEC
    await first.close()
    await second.close()


async def test_a_look_for_candidates_that_failed_is_done_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.venue.list(a_market(1))
    await house.discovery.walk_window()
    with monkeypatch.context() as broken:
        broken.setattr(house.database, "read_bulk", _away)
        with pytest.raises(Busy):
            await house.quotes.is_urgent()
    assert await house.quotes.is_urgent()


async def _away(*_args: Any, **_kwargs: Any) -> Any:
    raise Busy
