"""What holds for every market: bounds, directions, determinism, and agreement with the plain per-row reference."""

from __future__ import annotations

import math
import random
import time
import warnings
from collections import Counter
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endgame.config import BoundsSettings, RiskSettings, ScoringSettings, SizingSettings, WeightsSettings
from endgame.domain.columns import ScoreInputs, Scores
from endgame.domain.score import Gate
from endgame.scoring.score import score
from scoring_reference import Row, columns_of, score_rows

NOW = 1_795_340_000_000
DAY = 86_400_000
DEFAULTS = ScoringSettings()
TERMS = ("term_yield_velocity", "term_net_yield", "term_liquidity", "term_definition_risk", "term_staleness")
UNIT_COLUMNS = ("overall_score", "liquidity_score", "staleness_penalty", "definition_risk_score", "risk_score")
OTHER_SIDE = ("yes_bid", "yes_ask", "no_bid", "no_ask")

prices = st.one_of(
    st.none(),
    st.integers(1, 999).map(lambda mills: mills / 1_000),
    st.integers(880, 999).map(lambda mills: mills / 1_000),
    st.integers(1, 9_999).map(lambda ticks: ticks / 10_000),
)
rows = st.builds(
    Row,
    market_id=st.integers(0, 10**6).map(str),
    status=st.sampled_from(["active", "active", "active", "paused", "closed"]),
    category=st.sampled_from(["sports", "crypto", "politics", "other"]),
    close_time=st.one_of(st.none(), st.integers(NOW - 8 * DAY, NOW + 15 * DAY).map(float)),
    game_start_time=st.one_of(st.none(), st.integers(NOW - DAY, NOW + DAY).map(float)),
    accepts_orders=st.sampled_from([True, True, True, False]),
    has_tokens=st.booleans(),
    fees_enabled=st.sampled_from([1.0, 0.0, None]),
    fee_rate=st.one_of(st.none(), st.floats(0, 2)),
    fee_exponent=st.one_of(st.none(), st.just(1.0), st.floats(0, 50)),
    disputed=st.booleans(),
    indicative_price_yes=st.one_of(st.none(), st.integers(0, 1_000).map(lambda mills: mills / 1_000)),
    has_rules=st.booleans(),
    definition_risk_score=st.one_of(st.none(), st.floats(0, 1)),
    has_quote=st.sampled_from([True, True, True, False]),
    quote_as_of=st.one_of(st.none(), st.integers(NOW - 400_000, NOW + 60_000).map(float)),
    yes_bid=prices,
    yes_ask=prices,
    no_bid=prices,
    no_ask=prices,
    yes_depth_usd=st.floats(0, 1e6),
    no_depth_usd=st.floats(0, 1e6),
)
opportunities = st.builds(
    lambda ask, gap, fee, depth, risk, age, left, category: Row(
        close_time=float(NOW + left),
        quote_as_of=float(NOW - age),
        yes_ask=ask / 1_000,
        yes_bid=(ask - gap) / 1_000,
        no_bid=None,
        no_ask=None,
        fee_rate=fee,
        yes_depth_usd=depth,
        definition_risk_score=risk,
        category=category,
    ),
    ask=st.integers(900, 999),
    gap=st.integers(1, 200),
    fee=st.floats(0, 0.9),
    depth=st.floats(0, 1e5),
    risk=st.floats(0, 1),
    age=st.integers(0, 180_000),
    left=st.integers(3_600_000, 14 * DAY),
    category=st.sampled_from(["sports", "crypto", "politics"]),
)


def scored(*given_rows: Row, by: ScoringSettings = DEFAULTS, now: int = NOW) -> Scores:
    """A run in which any floating-point fault is an error, underflow to 0 excepted."""
    with np.errstate(all="raise", under="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        return score(columns_of(given_rows), now, by)


def number_columns(result: Scores) -> dict[str, np.ndarray[Any, Any]]:
    return {
        field.name: getattr(result, field.name)
        for field in fields(Scores)
        if isinstance(getattr(result, field.name), np.ndarray) and getattr(result, field.name).dtype == np.float64
    }


def as_bytes(result: Scores) -> dict[str, Any]:
    return {
        field.name: column.tobytes() if column.dtype != object else column.tolist()
        for field in fields(Scores)
        if isinstance(column := getattr(result, field.name), np.ndarray)
    }


def taken(inputs: ScoreInputs, order: np.ndarray[Any, Any]) -> ScoreInputs:
    return ScoreInputs(**{field.name: getattr(inputs, field.name)[order] for field in fields(ScoreInputs)})


def assert_not_above(lower: np.ndarray[Any, Any], upper: np.ndarray[Any, Any]) -> None:
    assert (lower <= upper + 1e-12).all(), (lower, upper)


@given(st.lists(rows, min_size=1, max_size=20))
def test_bounded_figures_keep_their_bounds_and_nothing_is_infinite(batch: list[Row]):
    result = scored(*batch)
    for name, column in number_columns(result).items():
        assert not np.isinf(column).any(), name
    for name in UNIT_COLUMNS:
        column = getattr(result, name)
        known = column[~np.isnan(column)]
        assert ((known >= 0) & (known <= 1)).all(), name
    sizes = result.max_position_pct[~np.isnan(result.max_position_pct)]
    assert ((sizes >= 0.01) & (sizes <= 0.10)).all()
    for name in ("net_yield", "fee", "fee_bps", "yield_velocity", "roi", "apr", "staleness_sec", "depth_usd"):
        column = getattr(result, name)
        assert (column[~np.isnan(column)] >= 0).all(), name


@given(st.lists(rows, min_size=1, max_size=20))
def test_opportunities_hold_no_missing_number(batch: list[Row]):
    result = scored(*batch)
    listed = result.is_opportunity
    for name, column in number_columns(result).items():
        if name not in OTHER_SIDE:
            assert np.isfinite(column[listed]).all(), name


@given(opportunities)
def test_what_passes_every_border_is_an_opportunity_with_whole_figures(row: Row):
    result = scored(row)
    assert result.gate[0] is None
    assert all(np.isfinite(column).all() for name, column in number_columns(result).items() if name not in OTHER_SIDE)
    assert 0 < result.net_yield[0] <= result.gross_yield[0] <= 0.1
    assert result.bid[0] < result.ask[0] == result.entry_price[0]


@given(st.lists(rows, min_size=1, max_size=20))
def test_gates_are_names_of_the_contract_and_sides_always_given(batch: list[Row]):
    result = scored(*batch)
    assert set(result.gate) <= {None, *(gate.value for gate in Gate)}
    assert set(result.recommended_side) <= {"YES", "NO"}
    assert result.market_id.tolist() == [row.market_id for row in batch]


@given(st.lists(rows, min_size=1, max_size=20))
def test_the_published_terms_add_up_to_the_score_exactly(batch: list[Row]):
    result = scored(*batch)
    for index in range(len(batch)):
        total = 0.0
        for name in TERMS:
            total += float(getattr(result, name)[index])
        if math.isnan(total):
            assert math.isnan(result.overall_score[index])
        else:
            assert result.overall_score[index] == min(max(total, 0.0), 1.0)


@given(st.lists(rows, min_size=1, max_size=20))
def test_no_figure_is_minus_zero(batch: list[Row]):
    for name, column in number_columns(scored(*batch)).items():
        assert not (np.signbit(column) & (column == 0)).any(), name


@given(st.lists(rows, max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing_but_the_order(batch: list[Row], chance: random.Random):
    inputs = columns_of(batch)
    order = np.array(chance.sample(range(len(batch)), len(batch)), dtype=np.int64)
    straight, shuffled = score(inputs, NOW, DEFAULTS), score(taken(inputs, order), NOW, DEFAULTS)
    for field in fields(Scores):
        column = getattr(straight, field.name)
        if isinstance(column, np.ndarray):
            other = getattr(shuffled, field.name)
            assert column.dtype == other.dtype
            assert as_list(column[order]) == as_list(other), field.name


def as_list(column: np.ndarray[Any, Any]) -> Any:
    return column.tolist() if column.dtype == object else column.tobytes()


def test_a_row_has_the_same_bytes_alone_and_among_thousands():
    many = random_rows(2_000, seed=5)
    inputs = columns_of(many)
    together = score(inputs, NOW, DEFAULTS)
    for index in range(0, len(many), 97):
        alone = score(taken(inputs, np.array([index])), NOW, DEFAULTS)
        for field in fields(Scores):
            column = getattr(together, field.name)
            if isinstance(column, np.ndarray):
                assert as_list(column[index : index + 1]) == as_list(getattr(alone, field.name)), field.name


def test_the_same_inputs_give_the_same_bytes_and_stay_untouched():
    inputs = columns_of(random_rows(3_000, seed=6))
    before = {field.name: as_list(getattr(inputs, field.name)) for field in fields(ScoreInputs)}
    first, second = score(inputs, NOW, DEFAULTS), score(inputs, NOW, DEFAULTS)
    assert as_bytes(first) == as_bytes(second)
    assert {field.name: as_list(getattr(inputs, field.name)) for field in fields(ScoreInputs)} == before


@given(opportunities, st.integers(1, 100))
def test_a_wider_spread_never_raises_liquidity_score_or_size(row: Row, wider: int):
    assert row.yes_bid is not None
    result = scored(row, replace(row, yes_bid=row.yes_bid - wider / 1_000))
    for name in ("liquidity_score", "overall_score", "max_position_pct"):
        column = getattr(result, name)
        assert_not_above(column[1:], column[:1])
    assert_not_above(result.risk_score[:1], result.risk_score[1:])


@given(opportunities, st.integers(1, 30 * DAY))
def test_a_later_close_never_raises_velocity_apr_or_score(row: Row, later: int):
    assert row.close_time is not None
    result = scored(row, replace(row, close_time=row.close_time + later))
    for name in ("yield_velocity", "apr", "overall_score"):
        column = getattr(result, name)
        assert_not_above(column[1:], column[:1])


@given(opportunities, st.integers(1, 400_000))
def test_an_older_quote_never_raises_liquidity_score_or_size(row: Row, older: int):
    assert row.quote_as_of is not None
    result = scored(row, replace(row, quote_as_of=row.quote_as_of - older))
    for name in ("liquidity_score", "overall_score", "max_position_pct"):
        column = getattr(result, name)
        assert_not_above(column[1:], column[:1])
    assert_not_above(result.risk_score[:1], result.risk_score[1:])


@given(opportunities, st.floats(0, 1e6))
def test_more_depth_never_lowers_liquidity_score_or_size(row: Row, more: float):
    result = scored(row, replace(row, yes_depth_usd=(row.yes_depth_usd or 0) + more))
    for name in ("liquidity_score", "overall_score", "max_position_pct"):
        column = getattr(result, name)
        assert_not_above(column[:1], column[1:])


@given(opportunities, st.floats(0, 1))
def test_more_definition_risk_never_raises_the_score_or_size_nor_lowers_the_risk(row: Row, other: float):
    low, high = sorted((row.definition_risk_score or 0.0, other))
    result = scored(replace(row, definition_risk_score=low), replace(row, definition_risk_score=high))
    for name in ("overall_score", "max_position_pct"):
        column = getattr(result, name)
        assert_not_above(column[1:], column[:1])
    assert_not_above(result.risk_score[:1], result.risk_score[1:])


@given(opportunities, st.floats(0, 1))
def test_a_higher_fee_never_raises_net_yield_return_or_score(row: Row, more: float):
    result = scored(row, replace(row, fee_rate=(row.fee_rate or 0.0) + more))
    for name in ("net_yield", "yield_velocity", "roi", "apr", "overall_score"):
        column = getattr(result, name)
        assert_not_above(column[1:], column[:1])


@given(st.integers(900, 998), st.floats(0, 0.999))
def test_a_dearer_price_never_leaves_more_while_the_rate_is_below_one(ask: int, rate: float):
    cheap = Row(close_time=float(NOW + DAY), quote_as_of=float(NOW), yes_bid=0.89, yes_ask=ask / 1_000, fee_rate=rate)
    result = scored(cheap, replace(cheap, yes_ask=(ask + 1) / 1_000))
    assert_not_above(result.net_yield[1:], result.net_yield[:1])


hostile = st.sampled_from(
    [None, 0.0, -0.0, 1.0, -1.0, 0.5, 1e-9, 1e-300, 5e-324, 1 - 1e-9, 2.0, 1e6, 1.7e308, math.inf, -math.inf]
)
moments = st.one_of(st.none(), st.sampled_from([0.0, -1e12, 1e15, float(NOW), NOW + 3.6e6, math.inf, -math.inf]))


@given(
    st.lists(
        st.builds(
            Row,
            close_time=moments,
            game_start_time=moments,
            quote_as_of=moments,
            fees_enabled=hostile,
            fee_rate=hostile,
            fee_exponent=hostile,
            definition_risk_score=hostile,
            indicative_price_yes=st.one_of(st.none(), st.floats(0, 1)),
            yes_bid=hostile,
            yes_ask=hostile,
            no_bid=hostile,
            no_ask=hostile,
            yes_depth_usd=hostile,
            no_depth_usd=hostile,
        ),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(
        [
            DEFAULTS,
            ScoringSettings(fee_model="flat", fee_bps=10_000),
            ScoringSettings(bounds=BoundsSettings(depth_target_usd=0, min_t_remaining_sec=0, min_entry_price=0)),
            ScoringSettings(
                bounds=BoundsSettings(
                    min_t_days=5e-324,
                    spread_target=5e-324,
                    quote_stale_max_sec=5e-324,
                    depth_target_usd=5e-324,
                    velocity_max=5e-324,
                    net_yield_max=5e-324,
                    min_t_remaining_sec=0,
                    min_entry_price=0,
                    max_entry_price=1,
                )
            ),
        ]
    ),
)
@settings(max_examples=300)
def test_extreme_numbers_and_settings_fault_nowhere_and_never_leave_as_infinity_or_gaps(
    batch: list[Row], by: ScoringSettings
):
    result = scored(*batch, by=by)
    listed = result.is_opportunity
    for name, column in number_columns(result).items():
        assert not np.isinf(column).any(), name
        if name not in OTHER_SIDE:
            assert not np.isnan(column[listed]).any(), name


def random_rows(count: int, seed: int) -> list[Row]:
    """Rows near the endgame, so that every gate and many opportunities occur."""
    chance = random.Random(seed)
    return [_random_row(chance, number) for number in range(count)]


def _random_row(chance: random.Random, number: int) -> Row:
    def sometimes(value: float, missing: float = 0.08) -> float | None:
        return None if chance.random() < missing else value

    ask = chance.randrange(8_800, 10_000) / 10_000 if chance.random() < 0.7 else chance.randrange(1, 1_000) / 1_000
    bid = ask - chance.choice([-0.01, 0.0, 0.001, 0.004, 0.01, 0.03, 0.24, 0.25, 0.26])
    book = [bid, ask, 1 - ask, 1 - bid]
    if chance.random() < 0.3:
        book = [book[2], book[3], book[0], book[1]]
    prices_known = [sometimes(price, 0.04) if 0 < price < 1 else None for price in book]
    return Row(
        market_id=f"0x{number:064x}",
        status="paused" if chance.random() < 0.04 else "active",
        category=chance.choice(["sports", "crypto", "politics", "geopolitics", "other"]),
        close_time=sometimes(float(NOW + chance.randrange(-DAY // 4, 15 * DAY)), 0.02),
        game_start_time=sometimes(float(NOW + chance.randrange(-DAY, 10 * DAY)), 0.6),
        accepts_orders=chance.random() < 0.98,
        has_tokens=chance.random() < 0.9,
        fees_enabled=chance.choice([1.0, 1.0, 1.0, 0.0, None]),
        fee_rate=sometimes(chance.choice([0.0, 0.04, 0.05, 0.07, 0.25, 1.5]), 0.15),
        fee_exponent=sometimes(chance.choice([1.0, 1.0, 2.0, 0.5, 0.0]), 0.1),
        disputed=chance.random() < 0.05,
        indicative_price_yes=sometimes(chance.randrange(0, 1_001) / 1_000),
        has_rules=chance.random() < 0.95,
        definition_risk_score=sometimes(chance.random(), 0.03),
        has_quote=chance.random() < 0.9,
        quote_as_of=float(NOW - chance.randrange(-5_000, 220_000)),
        yes_bid=prices_known[0],
        yes_ask=prices_known[1],
        no_bid=prices_known[2],
        no_ask=prices_known[3],
        yes_depth_usd=chance.choice([0.0, chance.random() * 2_000, 1e7]),
        no_depth_usd=chance.choice([0.0, chance.random() * 2_000]),
    )


OTHER_SETTINGS = ScoringSettings(
    fee_model="flat",
    fee_bps=35,
    allow_live_sports=True,
    weights=WeightsSettings(w1=0.3, w2=0.2, w3=0.5, w4=0.4, w5=0.3),
    bounds=BoundsSettings(
        min_t_remaining_sec=600,
        max_t_remaining_sec=864_000,
        quote_stale_max_sec=60,
        min_t_days=1,
        spread_target=0.05,
        max_spread=0.1,
        min_entry_price=0.93,
        max_entry_price=0.995,
        depth_target_usd=0,
        min_net_yield=0.01,
        velocity_max=0.02,
        net_yield_max=0.05,
    ),
    risk=RiskSettings(definition_weight=0.2, jump_rate_sports=0.3),
    sizing=SizingSettings(base_position_pct=0.3, min_position_pct=0.05),
)


@pytest.mark.parametrize(
    ("by", "margin", "seed"),
    [
        (DEFAULTS, 0.05, 1),
        (ScoringSettings(assumed_fee_rate=0.03), 0.0, 2),
        (OTHER_SETTINGS, 0.2, 3),
    ],
)
def test_thousands_of_random_rows_agree_with_the_plain_reference(by: ScoringSettings, margin: float, seed: int):
    many = random_rows(5_000, seed)
    result = score(columns_of(many), NOW, by, candidate_margin=margin)
    expected = score_rows(many, NOW, by, candidate_margin=margin)
    assert result.gate.tolist() == [row["gate"] for row in expected]
    assert result.recommended_side.tolist() == [row["recommended_side"] for row in expected]
    assert result.fee_assumed.tolist() == [row["fee_assumed"] for row in expected]
    for name, column in number_columns(result).items():
        reference = np.array([math.nan if row[name] is None else row[name] for row in expected], dtype=np.float64)
        np.testing.assert_allclose(column, reference, rtol=1e-9, atol=1e-9, equal_nan=True, err_msg=name)


def test_the_random_rows_reach_every_gate_and_hundreds_of_opportunities():
    found = Counter(score(columns_of(random_rows(5_000, 1)), NOW, DEFAULTS).gate.tolist())
    assert {gate.value for gate in Gate} <= set(found)
    assert found[None] > 200


def test_the_vectorised_scoring_is_many_times_faster_than_the_loop():
    many = random_rows(5_000, 4)
    inputs = columns_of(many)
    start = time.perf_counter()
    score_rows(many, NOW, DEFAULTS, rounded=lambda price: round(price, 6))
    loop = time.perf_counter() - start
    best = math.inf
    for _ in range(10):
        start = time.perf_counter()
        score(inputs, NOW, DEFAULTS)
        best = min(best, time.perf_counter() - start)
    assert loop / best > 10  # about 80 when the machine is quiet
