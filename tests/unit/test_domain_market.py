"""A market record cannot be built with a number that is not one, or outside its range."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endgame.domain.market import EARLIEST_MS, LATEST_MS, Market, Outcome, Side, Status

OUTCOMES = (Outcome(Side.YES, "Yes", "1"), Outcome(Side.NO, "No", "2"))
TIMES = ("open_time", "close_time", "venue_close_time", "game_start_time", "resolved_time", "venue_updated_at")
AMOUNTS = ("tick_size", "min_order_size", "fee_rate", "fee_exponent", "volume_usd", "event_volume_usd", "liquidity_usd")
NOT_NUMBERS = (math.nan, math.inf, -math.inf)


def a_bare_market(**over: Any) -> Market:
    return Market(**({"market_id": "0x1", "venue": "polymarket", "title": "?", "outcomes": OUTCOMES} | over))


@pytest.mark.parametrize("value", NOT_NUMBERS)
@pytest.mark.parametrize("name", [*TIMES, *AMOUNTS, "indicative_price_yes"])
def test_no_number_of_a_market_may_be_nan_or_infinite(name: str, value: float):
    with pytest.raises(ValueError, match=name):
        a_bare_market(**{name: value})


@given(st.sampled_from(AMOUNTS), st.floats(0, allow_infinity=False))
def test_amounts_are_any_finite_number_from_zero_up(name: str, value: float):
    assert getattr(a_bare_market(**{name: value}), name) == value


@given(st.sampled_from(AMOUNTS), st.floats(max_value=0, exclude_max=True))
def test_amounts_below_zero_are_refused(name: str, value: float):
    with pytest.raises(ValueError, match=name):
        a_bare_market(**{name: value})


@given(st.floats(0, 1))
def test_an_indicative_price_lies_between_nothing_and_one(price: float):
    assert a_bare_market(indicative_price_yes=price).indicative_price_yes == price


@given(st.one_of(st.floats(max_value=0, exclude_max=True), st.floats(min_value=1, exclude_min=True)))
def test_an_indicative_price_outside_is_refused(price: float):
    with pytest.raises(ValueError, match="indicative_price_yes"):
        a_bare_market(indicative_price_yes=price)


@given(st.sampled_from(TIMES), st.integers(EARLIEST_MS, LATEST_MS))
def test_times_of_this_century_are_taken(name: str, moment: int):
    assert getattr(a_bare_market(**{name: moment}), name) == moment


@given(st.sampled_from(TIMES), st.one_of(st.integers(max_value=EARLIEST_MS - 1), st.integers(LATEST_MS + 1)))
def test_times_outside_2000_to_2100_are_refused(name: str, moment: int):
    with pytest.raises(ValueError, match=name):
        a_bare_market(**{name: moment})


@pytest.mark.parametrize("name", ["market_id", "venue"])
def test_a_market_has_an_id_and_a_venue(name: str):
    with pytest.raises(ValueError, match="must not be empty"):
        a_bare_market(**{name: ""})


def test_the_outcomes_are_yes_then_no():
    with pytest.raises(ValueError, match="YES then NO"):
        a_bare_market(outcomes=OUTCOMES[::-1])
    with pytest.raises(ValueError, match="YES then NO"):
        a_bare_market(outcomes=(OUTCOMES[0], OUTCOMES[0]))


@pytest.mark.parametrize(("tokens", "whole"), [(("1", "2"), True), (("1", None), False), ((None, ""), False)])
def test_a_market_has_tokens_when_both_sides_have_one(tokens: tuple[str | None, str | None], whole: bool):
    sides = tuple(dataclasses.replace(side, token_id=token) for side, token in zip(OUTCOMES, tokens, strict=True))
    assert a_bare_market(outcomes=sides).has_tokens is whole


def test_active_and_paused_markets_are_open():
    assert [status.is_open for status in Status] == [True, True, False, False]


def test_a_market_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        a_bare_market().title = "other"  # type: ignore[misc]
