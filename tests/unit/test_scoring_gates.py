"""Every gate at its border, and which of two failing gates is named."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from endgame.config import BoundsSettings, ScoringSettings
from endgame.domain.score import Gate
from endgame.scoring.gates import is_price_candidate
from endgame.scoring.score import score
from scoring_reference import Row, columns_of

NOW = 1_795_340_000_000
SETTINGS = ScoringSettings()
ORDER = (
    "NOT_ACTIVE", "NO_CLOSE_TIME", "OVERDUE", "CLOSES_TOO_SOON", "CLOSES_TOO_LATE", "LIVE_EVENT", "NO_RULES",
    "NO_QUOTE", "STALE_QUOTE", "NO_ASK", "STUB_BOOK", "BELOW_PRICE_BAND", "ABOVE_PRICE_BAND", "DISPUTED",
    "NO_NET_YIELD",
)  # fmt: skip


def a_row(**over: Any) -> Row:
    """An opportunity that closes in two days: YES at 0.96 over a bid of 0.95, read ten seconds ago."""
    return replace(Row(close_time=NOW + 172_800_000.0, quote_as_of=NOW - 10_000.0), **over)


def gate_of(settings: ScoringSettings = SETTINGS, *, candidate_margin: float = 0.05, **over: Any) -> str | None:
    scored = score(columns_of([a_row(**over)]), NOW, settings, candidate_margin=candidate_margin)
    gate: str | None = scored.gate[0]
    return gate


def closes_in(milliseconds: float) -> dict[str, float]:
    return {"close_time": NOW + milliseconds}


# What makes each gate fail, and nothing before it.
FAILING: dict[str, dict[str, Any]] = {
    "NOT_ACTIVE": {"status": "paused"},
    "NO_CLOSE_TIME": {"close_time": None},
    "OVERDUE": closes_in(-1_000),
    "CLOSES_TOO_SOON": closes_in(3_599_000),
    "CLOSES_TOO_LATE": closes_in(1_209_601_000),
    "LIVE_EVENT": {"game_start_time": NOW - 1.0},
    "NO_RULES": {"has_rules": False, "definition_risk_score": None},
    "NO_QUOTE": {"has_quote": False, "quote_as_of": None},
    "STALE_QUOTE": {"quote_as_of": NOW - 181_000.0},
    "NO_ASK": {"yes_ask": None},
    "STUB_BOOK": {"yes_bid": None},
    "BELOW_PRICE_BAND": {"yes_bid": 0.88, "yes_ask": 0.89},
    "ABOVE_PRICE_BAND": {"yes_bid": 0.999, "yes_ask": 0.9995},
    "DISPUTED": {"disputed": True},
    "NO_NET_YIELD": {"fee_rate": 2.0},
}


def test_the_order_of_the_gates_is_the_one_of_the_contract():
    assert tuple(gate.value for gate in Gate) == ORDER == tuple(FAILING)


def test_a_market_that_passes_every_gate_is_an_opportunity():
    assert gate_of() is None


@pytest.mark.parametrize("gate", ORDER)
def test_each_gate_is_named_when_it_alone_fails(gate: str):
    assert gate_of(**FAILING[gate]) == gate


@pytest.mark.parametrize(("earlier", "later"), list(itertools.combinations(ORDER, 2)))
def test_of_two_failing_gates_the_earlier_is_named(earlier: str, later: str):
    assert gate_of(**(FAILING[later] | FAILING[earlier])) == earlier


def test_a_market_that_fails_everything_is_peeled_gate_by_gate():
    worst: dict[str, Any] = {}
    for gate in reversed(ORDER):
        worst |= FAILING[gate]
        assert gate_of(**worst) == gate


@pytest.mark.parametrize("status", ["paused", "closed", "resolved"])
def test_only_an_active_market_passes_the_first_gate(status: str):
    assert gate_of(status=status) == "NOT_ACTIVE"


def test_a_market_that_takes_no_orders_is_not_active():
    assert gate_of(accepts_orders=False) == "NOT_ACTIVE"


@pytest.mark.parametrize(
    ("milliseconds", "gate"),
    [
        (-1_000, "OVERDUE"),
        (-1, "OVERDUE"),  # whole seconds rounded down: half a second past the close is -1
        (-500, "OVERDUE"),
        (0, "CLOSES_TOO_SOON"),
        (999, "CLOSES_TOO_SOON"),
        (3_599_999, "CLOSES_TOO_SOON"),
        (3_600_000, None),
        (1_209_600_000, None),
        (1_209_600_999, None),  # 1,209,600 whole seconds
        (1_209_601_000, "CLOSES_TOO_LATE"),
    ],
)
def test_the_time_gates_at_their_borders(milliseconds: int, gate: str | None):
    assert gate_of(**closes_in(milliseconds)) == gate


def test_the_time_bounds_are_settings():
    settings = ScoringSettings(bounds=BoundsSettings(min_t_remaining_sec=0, max_t_remaining_sec=10))
    assert gate_of(settings, **closes_in(0)) is None
    assert gate_of(settings, **closes_in(-1)) == "OVERDUE"
    assert gate_of(settings, **closes_in(10_999)) is None
    assert gate_of(settings, **closes_in(11_000)) == "CLOSES_TOO_LATE"


def test_a_game_is_live_from_the_moment_of_its_start():
    assert gate_of(game_start_time=NOW + 1.0) is None
    assert gate_of(game_start_time=float(NOW)) == "LIVE_EVENT"
    assert gate_of(game_start_time=NOW - 3_600_000.0) == "LIVE_EVENT"


def test_live_sports_may_be_allowed():
    assert gate_of(ScoringSettings(allow_live_sports=True), game_start_time=NOW - 1.0) is None


def test_rules_that_were_not_judged_gate_and_never_count_as_harmless():
    assert gate_of(has_rules=False, definition_risk_score=0.0) == "NO_RULES"
    assert gate_of(has_rules=True, definition_risk_score=None) == "NO_RULES"
    assert gate_of(has_rules=True, definition_risk_score=0.0) is None


@pytest.mark.parametrize(
    ("age_ms", "gate"),
    [(-60_000, None), (0, None), (180_000, None), (180_001, "STALE_QUOTE"), (181_000, "STALE_QUOTE")],
)
def test_a_quote_is_stale_beyond_three_minutes(age_ms: int, gate: str | None):
    assert gate_of(quote_as_of=float(NOW - age_ms)) == gate


@pytest.mark.parametrize(
    ("bid", "ask", "gate"),
    [
        (0.95, 0.96, None),
        (None, 0.96, "STUB_BOOK"),
        (0.96, 0.96, "STUB_BOOK"),  # locked
        (0.97, 0.96, "STUB_BOOK"),  # crossed
        (0.9599996, 0.96, "STUB_BOOK"),  # equal after rounding to 6 places
        (0.959999, 0.96, None),
        (0.71, 0.96, None),  # a spread of 0.25
        (0.709999, 0.96, "STUB_BOOK"),
        (0.01, 0.99, "STUB_BOOK"),
        (None, None, "NO_ASK"),
        (0.95, None, "NO_ASK"),
    ],
)
def test_stub_books_are_recognised_by_bid_and_spread(bid: float | None, ask: float | None, gate: str | None):
    assert gate_of(yes_bid=bid, yes_ask=ask, no_bid=None, no_ask=None) == gate


def test_the_spread_is_compared_after_rounding():
    assert 0.9 - 0.7 > 0.2  # 0.20000000000000007
    settings = ScoringSettings(bounds=BoundsSettings(max_spread=0.2))
    assert gate_of(settings, yes_bid=0.7, yes_ask=0.9) is None
    assert gate_of(settings, yes_bid=0.699999, yes_ask=0.9) == "STUB_BOOK"


def test_the_favourites_own_book_is_what_counts():
    # NO is the favourite at 0.96; the empty YES book does not matter, an empty NO bid does.
    book = {"yes_bid": None, "yes_ask": None, "no_bid": 0.95, "no_ask": 0.96, "indicative_price_yes": 0.04}
    assert gate_of(**book) is None
    assert gate_of(**(book | {"no_bid": None})) == "STUB_BOOK"


@pytest.mark.parametrize(
    ("ask", "gate"),
    [
        (0.899999, "BELOW_PRICE_BAND"),
        (0.8999994, "BELOW_PRICE_BAND"),
        (0.8999996, None),  # 0.9 after rounding
        (0.9, None),
        (0.999, None),
        (0.9990004, None),
        (0.999001, "ABOVE_PRICE_BAND"),
        (0.9999999, "ABOVE_PRICE_BAND"),  # 1.0 after rounding
    ],
)
def test_the_price_band_at_its_borders(ask: float, gate: str | None):
    assert gate_of(yes_bid=ask - 0.005, yes_ask=ask) == gate


def test_a_price_that_is_one_minus_another_is_compared_as_the_decimal_it_means():
    assert 0.3 * 3 < 0.9  # 0.8999999999999999
    assert gate_of(yes_bid=0.89, yes_ask=0.3 * 3) is None


@pytest.mark.parametrize(
    ("indicative", "gate"),
    [
        (None, "NO_QUOTE"),
        (0.85, "NO_QUOTE"),
        (0.849999, "BELOW_PRICE_BAND"),
        (0.5, "BELOW_PRICE_BAND"),
        (0.150001, "BELOW_PRICE_BAND"),
        (0.15, "NO_QUOTE"),
        (0.0, "NO_QUOTE"),
        (1.0, "NO_QUOTE"),
    ],
)
def test_a_market_too_cheap_to_be_quoted_fails_by_its_price(indicative: float | None, gate: str):
    assert gate_of(has_quote=False, quote_as_of=None, indicative_price_yes=indicative) == gate


def test_a_market_too_cheap_whose_last_quote_went_stale_fails_by_its_price():
    assert gate_of(quote_as_of=NOW - 181_000.0, indicative_price_yes=0.6) == "BELOW_PRICE_BAND"
    assert gate_of(quote_as_of=NOW - 181_000.0, indicative_price_yes=0.96) == "STALE_QUOTE"
    # also when that quote had no ask, or was a stub: it is its price that keeps it from being quoted again
    assert gate_of(quote_as_of=NOW - 181_000.0, indicative_price_yes=0.6, yes_ask=None) == "BELOW_PRICE_BAND"


def test_a_fresh_quote_outweighs_a_low_indicative_price():
    assert gate_of(indicative_price_yes=0.6) is None


def test_a_market_without_both_tokens_has_no_quote_whatever_its_price():
    assert gate_of(has_quote=False, quote_as_of=None, indicative_price_yes=0.6, has_tokens=False) == "NO_QUOTE"
    assert gate_of(has_quote=False, quote_as_of=None, indicative_price_yes=0.96, has_tokens=False) == "NO_QUOTE"


def test_the_candidate_margin_is_an_argument():
    unquoted = {"has_quote": False, "quote_as_of": None, "indicative_price_yes": 0.87}
    assert gate_of(**unquoted) == "NO_QUOTE"
    assert gate_of(candidate_margin=0.02, **unquoted) == "BELOW_PRICE_BAND"
    assert gate_of(candidate_margin=0.03, **unquoted) == "NO_QUOTE"
    assert 0.9 - 0.07 > 0.83  # 0.8300000000000001: the bound is rounded too
    assert gate_of(candidate_margin=0.07, **(unquoted | {"indicative_price_yes": 0.83})) == "NO_QUOTE"


def test_a_quote_without_a_time_is_no_quote():
    assert gate_of(quote_as_of=None) == "NO_QUOTE"


@pytest.mark.parametrize(
    ("least", "gate"), [(0.0, None), (0.039999, None), (0.04, "NO_NET_YIELD"), (0.05, "NO_NET_YIELD")]
)
def test_the_net_yield_must_be_above_its_minimum(least: float, gate: str | None):
    settings = ScoringSettings(bounds=BoundsSettings(min_net_yield=least))
    assert gate_of(settings, fees_enabled=0.0) == gate  # 1 - 0.96, no fee: 0.04 to the last bit


def test_a_fee_that_eats_the_whole_yield_gates():
    # fee = rate * 0.96 * 0.04 = 0.04 when rate = 1 / 0.96
    assert gate_of(fee_rate=1 / 0.96 + 1e-9) == "NO_NET_YIELD"
    assert gate_of(fee_rate=1 / 0.96 - 1e-9) is None


def test_price_candidates_are_told_by_the_dearer_side():
    found = is_price_candidate(np.array([0.9, 0.1, 0.5, np.nan, 0.85, 0.8499996]), 0.9 - 0.05)
    assert found.tolist() == [True, True, False, True, True, True]


def test_gates_are_plain_text_or_none():
    scored = score(columns_of([a_row(), a_row(status="paused")]), NOW, SETTINGS)
    assert [type(gate) for gate in scored.gate] == [type(None), str]
    assert scored.is_opportunity.tolist() == [True, False]
