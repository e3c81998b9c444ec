"""Each feature by itself, against figures worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from endgame.config import BoundsSettings, ScoringSettings
from endgame.domain.columns import Scores
from endgame.scoring.score import score
from scoring_reference import Row, columns_of

NOW = 1_795_340_000_000
DAY = 86_400_000
SETTINGS = ScoringSettings()

# Worked by hand. Columns: what is known | what follows.
#
# row 1: YES 0.95/0.96, closes in 2 d, rate 0.04, depth $480, 10 s old, definition risk 0.2, politics
#   gross 1 - 0.96 = 0.04 ; fee 0.04 * (0.96 * 0.04) = 0.04 * 0.0384 = 0.001536 ; fee_bps 15.36 / 0.96 = 16
#   net 0.04 - 0.001536 = 0.038464 ; velocity 0.038464 / 2 = 0.019232
#   roi 0.038464 / 0.961536 = 0.040002662...; apr roi * 365 / 2 = 7.300485...
#   penalty 10 / 180 = 1/18 ; liquidity (1 - 0.01/0.02) * 17/18 * 480/500 = 0.5 * 0.9444.. * 0.96 = 0.453333..
#   overall 0.45 * 0.38464 + 0.25 * 0.38464 + 0.15 * 0.453333.. - 0.1 * 0.2 - 0.05/18
#         = 0.173088 + 0.09616 + 0.068 - 0.02 - 0.002777.. = 0.314470222..
#   risk 1 - 0.88 * (1 - 0.3 * 0.546666..) * (1 - 0.2/18) * 0.99 * 0.98 = 1 - 0.705826105.. = 0.294173894..
#   size 0.1 * 0.705826105.. * (0.5 + 0.226666..) = 0.051290030..
#
# row 2: NO 0.985/0.99 (YES 0.01/0.015), closes in 3 h (0.125 d, floored to 0.25), fees off, depth $2,000,
#        just read, definition risk 0, crypto
#   gross 0.01 = net ; fee 0 ; velocity 0.01 / 0.25 = 0.04 ; roi 1/99 ; apr 1/99 * 1460 = 14.747474..
#   liquidity (1 - 0.005/0.02) * 1 * 1 = 0.75
#   overall 0.45 * 0.8 + 0.25 * 0.1 + 0.15 * 0.75 = 0.36 + 0.025 + 0.1125 = 0.4975
#   risk 1 - 1 * (1 - 0.075) * 1 * 0.99 * 0.97 = 1 - 0.8882775 = 0.1117225 ; size 0.08882775 * 0.875 = 0.07772428125
#
# row 3: YES 0.92/0.93, closes in 10 d, no readable schedule (0.07 assumed), depth $50, 90 s old, definition 1, sports
#   gross 0.07 ; fee 0.07 * 0.0651 = 0.004557 ; fee_bps 49 ; net 0.065443 ; velocity 0.0065443
#   penalty 0.5 ; liquidity 0.5 * 0.5 * 0.1 = 0.025
#   overall 0.45 * 0.130886 + 0.25 * 0.65443 + 0.00375 - 0.1 - 0.025 = 0.0588987 + 0.1636075 - 0.12125 = 0.1012562
#   risk 1 - 0.4 * (1 - 0.2925) * 0.9 * 0.99 * 0.95 = 1 - 0.23954535 ; size 0.1 * 0.23954535 * 0.5125 = 0.0122766..
HAND_WORKED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {},
        {
            "recommended_side": "YES", "entry_price": 0.96, "bid": 0.95, "spread": 0.01, "gross_yield": 0.04,
            "fee": 0.001536, "fee_bps": 16.0, "fee_assumed": False, "net_yield": 0.038464,
            "yield_velocity": 0.019232, "roi": 0.038464 / 0.961536, "apr": 0.038464 / 0.961536 * 182.5,
            "t_remaining_sec": 172_800, "staleness_sec": 10.0, "staleness_penalty": 1 / 18,
            "liquidity_score": 0.5 * 17 / 18 * 0.96, "depth_usd": 480.0, "term_yield_velocity": 0.173088,
            "term_net_yield": 0.09616, "term_liquidity": 0.068, "term_definition_risk": -0.02,
            "term_staleness": -0.05 / 18, "overall_score": 0.3144702222222222, "risk_score": 0.2941738944,
            "max_position_pct": 0.05129003,
        },
    ),
    (
        {
            "yes_bid": 0.01, "yes_ask": 0.015, "no_bid": 0.985, "no_ask": 0.99, "no_depth_usd": 2_000.0,
            "close_time": NOW + 10_800_000.0, "fees_enabled": 0.0, "quote_as_of": float(NOW),
            "definition_risk_score": 0.0, "category": "crypto",
        },
        {
            "recommended_side": "NO", "entry_price": 0.99, "bid": 0.985, "spread": 0.005, "gross_yield": 0.01,
            "fee": 0.0, "fee_bps": 0.0, "fee_assumed": False, "net_yield": 0.01, "yield_velocity": 0.04,
            "roi": 1 / 99, "apr": 1460 / 99, "t_remaining_sec": 10_800, "staleness_sec": 0.0,
            "staleness_penalty": 0.0, "liquidity_score": 0.75, "depth_usd": 2_000.0, "term_yield_velocity": 0.36,
            "term_net_yield": 0.025, "term_liquidity": 0.1125, "term_definition_risk": 0.0, "term_staleness": 0.0,
            "overall_score": 0.4975, "risk_score": 0.1117225, "max_position_pct": 0.07772428125,
        },
    ),
    (
        {
            "yes_bid": 0.92, "yes_ask": 0.93, "no_bid": 0.07, "no_ask": 0.08, "yes_depth_usd": 50.0,
            "close_time": NOW + 10.0 * DAY, "fee_rate": None, "quote_as_of": NOW - 90_000.0,
            "definition_risk_score": 1.0, "category": "sports",
        },
        {
            "recommended_side": "YES", "entry_price": 0.93, "gross_yield": 0.07, "fee": 0.004557, "fee_bps": 49.0,
            "fee_assumed": True, "net_yield": 0.065443, "yield_velocity": 0.0065443, "staleness_penalty": 0.5,
            "liquidity_score": 0.025, "term_yield_velocity": 0.0588987, "term_net_yield": 0.1636075,
            "term_liquidity": 0.00375, "term_definition_risk": -0.1, "term_staleness": -0.025,
            "overall_score": 0.1012562, "risk_score": 0.76045465, "max_position_pct": 0.0122766991875,
        },
    ),
]  # fmt: skip


def a_row(**over: Any) -> Row:
    return replace(Row(close_time=NOW + 2.0 * DAY, quote_as_of=NOW - 10_000.0), **over)


def scored(*rows: Row, settings: ScoringSettings = SETTINGS) -> Scores:
    return score(columns_of(rows), NOW, settings)


def one(name: str, settings: ScoringSettings = SETTINGS, **over: Any) -> Any:
    return getattr(scored(a_row(**over), settings=settings), name)[0]


def with_bounds(**bounds: float) -> ScoringSettings:
    return ScoringSettings(bounds=BoundsSettings(**bounds))


@pytest.mark.parametrize(("known", "follows"), HAND_WORKED)
def test_the_rows_worked_by_hand_come_out(known: dict[str, Any], follows: dict[str, Any]):
    result = scored(a_row(**known))
    assert result.gate[0] is None
    for name, value in follows.items():
        found = getattr(result, name)[0]
        if isinstance(value, float):
            assert found == pytest.approx(value, abs=1e-9), name
        else:
            assert found == value, name


@pytest.mark.parametrize(
    ("book", "side"),
    [
        # both mids: the higher one, a tie is YES
        ((0.95, 0.96, 0.04, 0.05), "YES"),
        ((0.04, 0.05, 0.95, 0.96), "NO"),
        ((0.49, 0.51, 0.49, 0.51), "YES"),
        ((0.4999999, 0.5, 0.5, 0.5000001), "YES"),  # equal after rounding to 6 places
        ((0.49, 0.50, 0.49, 0.51), "NO"),
        # one mid: the other is 1 minus it
        ((0.95, 0.96, None, 0.05), "YES"),
        ((0.40, 0.42, None, 0.99), "NO"),
        ((None, None, 0.95, 0.96), "NO"),
        ((0.30, None, 0.40, 0.42), "YES"),
        ((0.49, 0.51, None, None), "YES"),
        ((None, None, 0.49, 0.51), "YES"),
    ],
)
def test_the_favourite_is_the_side_with_the_higher_mid(book: tuple[float | None, ...], side: str):
    names = ("yes_bid", "yes_ask", "no_bid", "no_ask")
    for indicative in (None, 0.01, 0.99):  # the indicative price has no say while there is a mid
        assert one("recommended_side", indicative_price_yes=indicative, **dict(zip(names, book, strict=True))) == side


@pytest.mark.parametrize(
    ("indicative", "side"),
    [(0.96, "YES"), (0.5, "YES"), (0.4999996, "YES"), (0.499999, "NO"), (0.04, "NO"), (0.0, "NO"), (1.0, "YES")],
)
def test_without_two_sided_books_the_indicative_price_names_the_favourite(indicative: float, side: str):
    book = {"yes_bid": None, "yes_ask": 0.96, "no_bid": None, "no_ask": 0.96}
    assert one("recommended_side", indicative_price_yes=indicative, **book) == side
    unquoted = {"has_quote": False, "quote_as_of": None}
    assert one("recommended_side", indicative_price_yes=indicative, **unquoted) == side


@pytest.mark.parametrize(
    ("book", "side"),
    [
        ((None, 0.96, None, None), "YES"),
        ((0.5, None, None, None), "YES"),
        ((None, None, None, 0.96), "NO"),
        ((None, None, 0.5, None), "NO"),
        ((None, 0.04, None, 0.96), "NO"),
        ((None, 0.96, None, 0.97), "YES"),  # both: a tie
        ((None, 0.04, None, None), "YES"),  # neither: a tie
        ((None, None, None, 0.04), "YES"),
        ((None, None, None, None), "YES"),
    ],
)
def test_without_any_mid_or_indication_the_side_with_a_quote_of_a_half_or_more(
    book: tuple[float | None, ...], side: str
):
    names = ("yes_bid", "yes_ask", "no_bid", "no_ask")
    assert one("recommended_side", indicative_price_yes=None, **dict(zip(names, book, strict=True))) == side


def test_prices_are_shown_after_rounding_to_six_places():
    result = scored(a_row(yes_ask=1 - 0.059, yes_bid=0.9 + 0.03))
    assert 1 - 0.059 != 0.941
    assert result.entry_price[0] == result.ask[0] == result.yes_ask[0] == 0.941
    assert result.bid[0] == 0.93
    assert result.spread[0] == 0.011
    assert result.gross_yield[0] == 0.059


@pytest.mark.parametrize("price", [0.0, 1.0, -0.5, 1.5, math.inf, -math.inf])
def test_a_price_outside_the_open_unit_interval_is_no_price(price: float):
    result = scored(a_row(yes_ask=price))
    assert result.gate[0] == "NO_ASK"
    assert math.isnan(result.yes_ask[0])


@pytest.mark.parametrize(
    ("milliseconds", "seconds"), [(-500, -1), (-1, -1), (0, 0), (999, 0), (1_000, 1), (-1_000, -1), (-1_001, -2)]
)
def test_time_left_is_whole_seconds_rounded_down(milliseconds: int, seconds: int):
    assert one("t_remaining_sec", close_time=float(NOW + milliseconds)) == seconds


@pytest.mark.parametrize(
    ("days", "divisor"), [(10.0, 10.0), (1.0, 1.0), (0.25, 0.25), (0.2, 0.25), (0.0, 0.25), (-3.0, 0.25)]
)
def test_per_day_figures_divide_by_at_least_a_quarter_of_a_day(days: float, divisor: float):
    result = scored(a_row(close_time=NOW + days * DAY))
    assert result.yield_velocity[0] == pytest.approx(0.038464 / divisor, rel=1e-12)
    assert result.apr[0] == pytest.approx(0.038464 / 0.961536 * 365 / divisor, rel=1e-12)


def test_the_shortest_time_is_a_second_when_the_settings_ask_for_less():
    settings = with_bounds(min_t_days=1e-300, min_t_remaining_sec=0)
    assert one("yield_velocity", settings, close_time=float(NOW)) == pytest.approx(0.038464 * 86_400)


@pytest.mark.parametrize(
    ("schedule", "fee", "assumed"),
    [
        ({"fee_rate": 0.04}, 0.04 * 0.0384, False),
        ({"fee_rate": 0.0}, 0.0, False),
        ({"fee_rate": 0.04, "fee_exponent": None}, 0.04 * 0.0384, False),
        ({"fee_rate": 0.25, "fee_exponent": 2.0}, 0.25 * 0.0384**2, False),
        ({"fee_rate": 0.01, "fee_exponent": 0.0}, 0.01, False),
        ({"fee_rate": 0.04, "fee_exponent": 0.5}, 0.04 * math.sqrt(0.0384), False),
        ({"fee_rate": 0.04, "fee_exponent": 1e308}, 0.0, False),
        ({"fee_rate": None}, 0.07 * 0.0384, True),
        ({"fee_rate": None, "fee_exponent": 2.0}, 0.07 * 0.0384, True),  # an exponent without a rate is no schedule
        ({"fee_rate": None, "fees_enabled": None}, 0.07 * 0.0384, True),
        ({"fee_rate": 0.04, "fees_enabled": None}, 0.04 * 0.0384, False),
        ({"fee_rate": 0.04, "fees_enabled": 0.0}, 0.0, False),
        ({"fee_rate": None, "fees_enabled": 0.0}, 0.0, False),
        ({"fee_rate": -0.04}, 0.07 * 0.0384, True),
        ({"fee_rate": math.inf}, 0.07 * 0.0384, True),
        ({"fee_rate": 0.04, "fee_exponent": -1.0}, 0.04 * 0.0384, False),
        ({"fee_rate": 0.04, "fee_exponent": math.inf}, 0.04 * 0.0384, False),
    ],
)
def test_the_fee_follows_the_markets_own_schedule(schedule: dict[str, Any], fee: float, assumed: bool):
    result = scored(a_row(**schedule))
    assert result.fee[0] == pytest.approx(fee, rel=1e-12, abs=1e-15)
    assert result.fee_bps[0] == pytest.approx(10_000 * fee / 0.96, rel=1e-12, abs=1e-12)
    assert result.net_yield[0] == pytest.approx(max(0.04 - fee, 0), rel=1e-12)
    assert bool(result.fee_assumed[0]) is assumed


def test_an_absurd_rate_leaves_nothing_to_earn_but_no_infinity():
    with np.errstate(all="raise"):
        result = scored(a_row(fee_rate=1.7e308), a_row(fee_rate=1.7e308, fee_exponent=0.0))
    assert result.net_yield.tolist() == [0, 0]
    assert np.isfinite(result.fee_bps).all()


def test_the_assumed_rate_is_a_setting():
    assert one("fee", ScoringSettings(assumed_fee_rate=0.05), fee_rate=None) == pytest.approx(0.05 * 0.0384)


def test_the_flat_fee_is_a_share_of_the_price_for_all_and_never_assumed():
    settings = ScoringSettings(fee_model="flat")
    for schedule in ({"fee_rate": None}, {"fee_rate": 0.25}, {"fees_enabled": 0.0}):
        result = scored(a_row(**schedule), settings=settings)
        assert result.fee[0] == pytest.approx(0.96 * 0.012)
        assert result.fee_bps[0] == pytest.approx(120)
        assert not result.fee_assumed[0]
    assert one("fee_bps", ScoringSettings(fee_model="flat", fee_bps=30)) == pytest.approx(30)


def test_the_net_yield_is_never_negative():
    result = scored(a_row(fee_rate=50.0))
    assert result.net_yield[0] == 0
    assert result.roi[0] == 0
    assert result.apr[0] == 0


@pytest.mark.parametrize(
    ("age_ms", "seconds", "penalty"),
    [(-5_000, 0.0, 0.0), (0, 0.0, 0.0), (1, 0.001, 0.001 / 180), (90_000, 90.0, 0.5), (180_000, 180.0, 1.0),
     (3_600_000, 3_600.0, 1.0)],
)  # fmt: skip
def test_staleness_grows_from_nothing_to_one_in_three_minutes(age_ms: int, seconds: float, penalty: float):
    result = scored(a_row(quote_as_of=float(NOW - age_ms)))
    assert result.staleness_sec[0] == pytest.approx(seconds)
    assert result.staleness_penalty[0] == pytest.approx(penalty)


@pytest.mark.parametrize(
    ("bid", "factor"),
    [(0.96, 1.0), (0.955, 0.75), (0.95, 0.5), (0.94, 0.0), (0.80, 0.0), (None, 0.0), (0.97, 1.0)],
)
def test_liquidity_falls_with_the_spread(bid: float | None, factor: float):
    liquidity = one("liquidity_score", quote_as_of=float(NOW), yes_depth_usd=500.0, yes_bid=bid)
    assert liquidity == pytest.approx(factor, abs=1e-12)


@pytest.mark.parametrize(("depth", "factor"), [(0.0, 0.0), (50.0, 0.1), (500.0, 1.0), (501.0, 1.0), (1e308, 1.0)])
def test_liquidity_grows_with_depth_up_to_the_target(depth: float, factor: float):
    liquidity = one("liquidity_score", quote_as_of=float(NOW), yes_depth_usd=depth)
    assert liquidity == pytest.approx(0.5 * factor)


def test_a_depth_target_of_zero_switches_the_depth_factor_off():
    assert one("liquidity_score", with_bounds(depth_target_usd=0), yes_depth_usd=0.0) == pytest.approx(0.5 * 17 / 18)


@pytest.mark.parametrize("depth", [None, -1.0, math.inf])
def test_a_depth_that_makes_no_sense_counts_as_none(depth: float | None):
    result = scored(a_row(yes_depth_usd=depth))
    assert result.depth_usd[0] == 0
    assert result.liquidity_score[0] == 0


def test_gated_rows_keep_every_figure_that_can_be_known():
    result = scored(a_row(status="paused"), a_row(close_time=NOW - 60_000.0), a_row(disputed=True))
    assert None not in result.gate
    for name in ("net_yield", "yield_velocity", "apr", "liquidity_score", "overall_score", "risk_score"):
        assert np.isfinite(getattr(result, name)).all(), name


def test_without_a_quote_only_time_and_rules_are_known():
    result = scored(a_row(has_quote=False))
    assert result.t_remaining_sec[0] == 172_800
    assert result.definition_risk_score[0] == 0.2
    assert result.term_definition_risk[0] == pytest.approx(-0.02)
    for name in ("entry_price", "bid", "spread", "fee", "net_yield", "depth_usd", "staleness_sec", "liquidity_score",
                 "overall_score", "risk_score", "max_position_pct", "quote_as_of", "yes_bid", "no_ask"):  # fmt: skip
        assert math.isnan(getattr(result, name)[0]), name


def test_without_an_ask_there_is_no_score_but_freshness_and_risk():
    result = scored(a_row(yes_ask=None))
    assert math.isnan(result.overall_score[0])
    assert math.isnan(result.net_yield[0])
    assert result.liquidity_score[0] == 0
    assert result.staleness_sec[0] == 10
    assert 0 < result.risk_score[0] < 1


def test_without_a_close_time_nothing_per_day_is_known():
    result = scored(a_row(close_time=None))
    assert result.net_yield[0] == pytest.approx(0.038464)
    for name in ("t_remaining_sec", "yield_velocity", "apr", "overall_score"):
        assert math.isnan(getattr(result, name)[0]), name


def test_rules_that_were_not_judged_leave_risk_score_and_size_unknown():
    result = scored(a_row(has_rules=False, definition_risk_score=0.0))
    for name in ("definition_risk_score", "overall_score", "risk_score", "max_position_pct", "term_definition_risk"):
        assert math.isnan(getattr(result, name)[0]), name


def test_the_score_carries_the_quote_from_which_it_was_computed():
    result = scored(a_row())
    assert (result.yes_bid[0], result.yes_ask[0], result.no_bid[0], result.no_ask[0]) == (0.95, 0.96, 0.04, 0.05)
    assert result.quote_as_of[0] == NOW - 10_000
    assert result.as_of == NOW


def test_a_run_over_no_market_at_all_is_empty():
    assert len(scored()) == 0
