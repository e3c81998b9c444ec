"""A quote cannot be built with a price outside (0, 1) or with a number that is not one."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endgame.domain.quote import MAX_LEVELS, Level, Quote, round_price

PRICES = ("yes_bid", "yes_ask", "no_bid", "no_ask")
DEPTHS = ("yes_depth_usd", "no_depth_usd")
NOT_NUMBERS = (math.nan, math.inf, -math.inf)
OUTSIDE = st.one_of(st.floats(max_value=0), st.floats(min_value=1))
INSIDE = st.floats(0, 1, exclude_min=True, exclude_max=True)


def a_bare_quote(**fields: Any) -> Quote:
    """A quote whose ladders hold just the asks given."""
    for side in ("yes", "no"):
        ask = fields.get(f"{side}_ask")
        if ask is not None:
            fields.setdefault(f"asks_{side}", (Level(ask, 1.0),))
    return Quote(market_id="0x1", as_of=1_795_340_000_000, **fields)


@pytest.mark.parametrize("value", NOT_NUMBERS)
@pytest.mark.parametrize("name", [*PRICES, *(f"{price}_size" for price in PRICES), *DEPTHS])
def test_no_number_of_a_quote_may_be_nan_or_infinite(name: str, value: float):
    with pytest.raises(ValueError, match=name):
        a_bare_quote(**{name: value})


@given(st.sampled_from(PRICES), INSIDE)
def test_prices_strictly_inside_the_unit_interval_are_taken(name: str, price: float):
    assert getattr(a_bare_quote(**{name: price}), name) == price


@given(st.sampled_from(PRICES), OUTSIDE)
def test_prices_of_nothing_one_or_beyond_are_refused(name: str, price: float):
    with pytest.raises(ValueError, match=name):
        a_bare_quote(**{name: price})


@given(st.sampled_from(PRICES), st.floats(max_value=0))
def test_sizes_are_above_zero(name: str, size: float):
    with pytest.raises(ValueError, match=f"{name}_size"):
        a_bare_quote(**{f"{name}_size": size})


@given(st.sampled_from(DEPTHS), st.floats(max_value=0, exclude_max=True))
def test_depths_are_never_negative(name: str, depth: float):
    with pytest.raises(ValueError, match=name):
        a_bare_quote(**{name: depth})


@given(st.lists(st.integers(1, 999), min_size=1, max_size=MAX_LEVELS, unique=True), st.sampled_from(["yes", "no"]))
def test_a_rising_ladder_that_begins_at_the_best_ask_is_taken(mills: list[int], side: str):
    ladder = tuple(Level(price / 1_000, 5.0) for price in sorted(mills))
    quote = a_bare_quote(**{f"{side}_ask": ladder[0].price, f"asks_{side}": ladder})
    assert getattr(quote, f"asks_{side}") == ladder


@pytest.mark.parametrize(
    ("ask", "ladder", "complaint"),
    [
        (0.96, (), "does not begin at the best ask 0.96"),
        (None, ((0.96, 1.0),), "does not begin at the best ask None"),
        (0.96, ((0.97, 1.0),), "does not begin"),
        (0.96, ((0.96, 1.0), (0.96, 1.0)), "does not rise"),
        (0.96, ((0.96, 1.0), (0.95, 1.0)), "does not rise"),
        (0.96, ((0.96, 1.0), (math.nan, 1.0)), "asks_yes nan lies outside"),
        (0.96, ((0.96, 1.0), (1.0, 1.0)), r"asks_yes 1.0 lies outside \(0, 1\)"),
        (0.96, ((0.96, math.nan),), "asks_yes nan must be finite"),
        (0.96, ((0.96, math.inf),), "asks_yes inf must be finite"),
        (0.96, ((0.96, 0.0),), "asks_yes 0.0 must be finite and positive"),
        (0.1, tuple((0.1 + level / 100, 1.0) for level in range(11)), "holds 11 levels, at most 10"),
    ],
)
def test_a_ladder_that_is_none_is_refused(ask: float | None, ladder: tuple[tuple[float, float], ...], complaint: str):
    with pytest.raises(ValueError, match=complaint):
        a_bare_quote(yes_ask=ask, asks_yes=tuple(Level(*level) for level in ladder))


def test_spreads_and_mids_are_rounded_to_six_places_and_need_both_sides():
    quote = a_bare_quote(yes_bid=0.7, yes_ask=0.9, no_bid=0.1)
    assert 0.9 - 0.7 != 0.2
    assert (quote.spread_yes, quote.mid_yes) == (0.2, 0.8)
    assert (quote.spread_no, quote.mid_no) == (None, None)


def test_a_crossed_book_is_a_quote_with_a_negative_spread():
    assert a_bare_quote(yes_bid=0.97, yes_ask=0.96).spread_yes == -0.01


@given(st.decimals(0, 1, places=6).map(float))
def test_a_decimal_price_survives_rounding_also_as_one_minus_its_complement(price: float):
    assert round_price(price) == price
    assert round_price(1 - round_price(1 - price)) == price
