"""One market's life as the venue tells it: it opens, moves, pauses, closes, vanishes and is resolved."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from system.oracle_universe import RULES, Builder, id_of, to_universe, token_of, two_sided
from system.oracle_venue import OracleVenue, Universe, dumps, utc
from system.service import Service, wait_for

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

NAMES = ("ends yes", "ends no", "ends split", "ends unclear", "leaves band", "loses quote", "rules change", "pauses")


@dataclass
class World:
    venue: OracleVenue
    service: Service
    builder: Builder

    def change(self, name: str, **over: Any) -> None:
        """The venue edits a record, with a newer `updatedAt`; None removes a key."""
        fields = {**self.builder.fields(name), "updatedAt": utc(round(time.time() * 1000)), **over}
        self.venue.universe.put(dumps({key: value for key, value in fields.items() if value is not None}))

    def detail(self, name: str) -> Any:
        return self.service.market(id_of(name))

    def until(self, name: str, what: str, probe: Any, within: float = 20) -> Any:
        def look() -> Any:
            detail = self.detail(name)
            return detail if probe(detail) else None

        def note() -> str:
            detail = self.detail(name)
            shown = {key: detail[key] for key in ("gate", "market", "latest_quote")}
            return f"{json.dumps(shown)}\n{self.service.tail(8)}"

        return wait_for(look, within=within, what=f"{name}: {what}", note=note)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    builder = Builder(round(time.time() * 1000))
    for name in NAMES:
        builder.add(name)
    builder.add("about to be too near", end=3_600 + 14)
    universe = to_universe(builder.cases)
    universe.records = [record for record in universe.records if record.condition_id]
    folder = tmp_path_factory.mktemp("life")
    settings = {"INGEST__WINDOW_SEC": 1, "INGEST__DISCOVERY_SEC": 2, "INGEST__QUOTES_SEC": 1}
    with (
        OracleVenue(universe) as venue,
        Service(folder, venue, SCORING__CADENCE_SEC=1, **settings) as service,
    ):
        wanted = {id_of(name) for name in NAMES}
        wait_for(lambda: wanted <= service.ids(), within=25, what="all are listed", note=service.tail)
        yield World(venue, service, builder)


def test_a_market_drifts_out_of_the_hour_without_a_word_of_the_venue(world: World) -> None:
    detail = world.until("about to be too near", "too soon", lambda d: d["gate"] == "CLOSES_TOO_SOON", within=25)
    assert detail["recommendation"] is None
    assert detail["latest_score"]["t_remaining_sec"] < 3_600


@pytest.mark.parametrize(
    ("name", "prices", "outcome"),
    [
        ("ends yes", '["1", "0"]', "YES"),
        ("ends no", '["0", "1"]', "NO"),
        ("ends split", '["0.5", "0.5"]', "SPLIT"),
    ],
)
def test_a_market_that_vanishes_is_closed_then_resolved_and_keeps_its_fees(
    world: World, name: str, prices: str, outcome: str
) -> None:
    blanked: dict[str, Any] = {"closed": True, "acceptingOrders": False, "feesEnabled": False, "feeSchedule": None}
    world.change(name, **blanked, outcomePrices='["0.97", "0.03"]')
    world.venue.universe.books.pop(token_of(name, 0))
    world.until(name, "closed", lambda d: d["market"]["status"] == "closed")
    # Its row goes with the next scoring run.
    detail = world.until(name, "out", lambda d: d["gate"] == "NOT_ACTIVE" and d["latest_score"] is None, within=4)
    assert detail["market"]["resolved_outcome"] is None
    assert detail["recommendation"] is None
    wait_for(lambda: id_of(name) not in world.service.ids(), within=5, what="it leaves the list")
    done = {**blanked, "closedTime": "2026-11-20 19:37:33+00", "umaResolutionStatus": "resolved"}
    world.change(name, **done, outcomePrices=prices)
    detail = world.until(name, "resolved", lambda d: d["market"]["status"] == "resolved")
    market = detail["market"]
    assert market["resolved_outcome"] == outcome
    assert market["resolved_time"] is not None
    assert market["fee_rate"] == 0.04
    assert market["fee_exponent"] == 1
    assert market["fees_enabled"] is True
    assert detail["latest_score"] is None
    lookups = [
        request for request in world.venue.listings(closed="true") if id_of(name) in request.every("condition_ids")
    ]
    assert lookups
    assert all(len(request.every("condition_ids")) <= 60 for request in lookups)


def test_a_closed_market_without_decisive_prices_stays_closed(world: World) -> None:
    world.change("ends unclear", closed=True, acceptingOrders=False, outcomePrices='["0", "0"]')
    world.until("ends unclear", "closed", lambda d: d["market"]["status"] == "closed")
    seen = len(world.venue.listings(closed="true"))
    wait_for(lambda: len(world.venue.listings(closed="true")) > seen + 1, within=20, what="it is looked up again")
    detail = world.detail("ends unclear")
    assert detail["market"]["status"] == "closed"
    assert detail["market"]["resolved_outcome"] is None
    funnel = world.service.funnel()
    assert funnel["seen"] == funnel["opportunities"] + sum(funnel["gates"].values())


def test_a_price_that_leaves_the_band_and_comes_back(world: World) -> None:
    token = token_of("leaves band", 0)
    world.venue.universe.books[token] = two_sided(token, "0.70", "0.72")
    detail = world.until("leaves band", "below", lambda d: d["gate"] == "BELOW_PRICE_BAND")
    assert detail["recommendation"] is None
    assert detail["latest_quote"]["yes_ask"] == 0.72
    assert id_of("leaves band") not in world.service.ids()
    world.venue.universe.books[token] = two_sided(token, "0.9991", "0.9995")
    world.until("leaves band", "above", lambda d: d["gate"] == "ABOVE_PRICE_BAND")
    world.venue.universe.books[token] = two_sided(token, "0.97", "0.98")
    detail = world.until("leaves band", "listed", lambda d: d["gate"] is None)
    assert detail["recommendation"]["entry_price"] == 0.98


def test_a_book_left_out_of_an_answer_takes_its_quote_away(world: World) -> None:
    token = token_of("loses quote", 0)
    book = world.venue.universe.books.pop(token)
    detail = world.until("loses quote", "no quote", lambda d: d["gate"] == "NO_QUOTE")
    assert detail["latest_quote"] is None
    world.venue.universe.books[token] = book
    world.until("loses quote", "listed", lambda d: d["gate"] is None)
    assert len(world.service.json(f"/v1/market/{id_of('loses quote')}/history")["items"]) >= 1


def test_changed_rules_are_judged_again(world: World) -> None:
    before = world.detail("rules change")["rules"]
    text = RULES + " The operator may resolve this market at its sole discretion. A clarification was added."
    world.change("rules change", description=text)

    def judged(detail: Any) -> bool:
        rules = detail["rules"]
        return rules["rule_text"] == text and rules["definition_risk_score"] is not None and detail["gate"] is None

    after = world.until("rules change", "the new text is judged", judged)
    assert after["rules"]["rule_hash"] != before["rule_hash"]
    assert after["rules"]["definition_risk_score"] >= before["definition_risk_score"]


def test_a_paused_market_is_kept_but_not_listed(world: World) -> None:
    world.change("pauses", acceptingOrders=False)
    detail = world.until("pauses", "paused", lambda d: d["market"]["status"] == "paused")
    world.until("pauses", "gated", lambda d: d["gate"] == "NOT_ACTIVE")
    assert detail["market"]["status"] == "paused"
    world.change("pauses", acceptingOrders=True)
    world.until("pauses", "listed again", lambda d: d["gate"] is None)


def test_a_market_that_appears_is_listed_within_a_few_cadences(world: World) -> None:
    name = "appears"
    world.builder.add(name)
    token = token_of(name, 0)
    world.venue.universe.books[token] = two_sided(token, "0.95", "0.955")
    world.change(name)
    wait_for(lambda: id_of(name) in world.service.ids(), within=15, what="the new market", note=world.service.tail)


def test_a_dispute_takes_a_row_away_and_a_new_proposal_gives_it_back(world: World) -> None:
    name = "rules change"
    world.change(name, umaResolutionStatus="disputed", umaResolutionStatuses='["proposed","disputed"]')
    world.until(name, "disputed", lambda d: d["gate"] == "DISPUTED")
    world.change(name, umaResolutionStatus="proposed", umaResolutionStatuses='["proposed","disputed","proposed"]')
    detail = world.until(name, "listed again", lambda d: d["gate"] is None)
    assert detail["rules"]["risk_flags"], "a re-proposal is a flag"


def test_an_empty_catalogue_closes_nothing(world: World) -> None:
    before = world.service.funnel()["seen"]
    kept = world.venue.universe
    world.venue.universe = Universe([], kept.books)
    walked = len(world.venue.listings(closed="false"))
    wait_for(lambda: len(world.venue.listings(closed="false")) > walked + 4, within=15, what="some empty walks")
    assert world.service.funnel()["seen"] == before
    world.venue.universe = kept
