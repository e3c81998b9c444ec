"""The sentences that explain an opportunity say what was computed, in numbers, and promise nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endgame.config import ScoringSettings
from endgame.scoring.notes import notes
from endgame.scoring.score import score
from scoring_reference import Row, columns_of

NOW = 1_795_340_000_000
SETTINGS = ScoringSettings()


def told(settings: ScoringSettings = SETTINGS, depth_target_usd: float | None = 500, **over: Any) -> tuple[str, ...]:
    row = replace(Row(close_time=NOW + 172_800_000.0, quote_as_of=NOW - 10_000.0), **over)
    scored = score(columns_of([row]), NOW, settings)
    assert scored.gate[0] is None
    return notes(scored, 0, depth_target_usd=depth_target_usd)


def test_an_opportunity_is_explained_in_seven_sentences():
    assert told() == (
        "YES is the favourite: mid 0.955 against 0.045 for NO.",
        "Best ask 0.96, bid 0.95, spread 0.01; a share pays 1.00 if YES is the outcome and nothing if it is not.",
        "Fee $0.0015 a share, 16.0 bp of the price.",
        "Net yield $0.0385 a share if YES is the outcome, $0.0192 a day; 2.0 days to the close.",
        "Depth $480 near the best ask against a target of $500.",
        "Quote 10 s old when scored.",
        "Definition risk 0.20 (low), all risks 0.29; at most 0.051 of NAV.",
    )


def test_the_favourite_may_be_no():
    said = told(yes_bid=0.03, yes_ask=0.04, no_bid=0.955, no_ask=0.965)
    assert said[0] == "NO is the favourite: mid 0.96 against 0.035 for YES."
    assert "if NO is the outcome" in said[1]
    assert "if NO is the outcome" in said[3]
    assert said[4].startswith("Depth $200 ")


def test_a_one_sided_other_book_is_left_unsaid():
    assert told(no_bid=None)[0] == "YES is the favourite: mid 0.955."


@pytest.mark.parametrize(
    ("schedule", "sentence"),
    [
        ({"fees_enabled": 0.0}, "No fee."),
        ({"fee_rate": 0.0}, "No fee."),
        (
            {"fee_rate": None},
            "Fee $0.0027 a share, 28.0 bp of the price; its rate is assumed, for want of a readable schedule.",
        ),
    ],
)
def test_the_fee_is_told_with_its_source(schedule: dict[str, Any], sentence: str):
    assert told(**schedule)[2] == sentence


def test_without_a_target_the_depth_stands_alone():
    assert told(depth_target_usd=None)[4] == "Depth $480 near the best ask."
    assert told(depth_target_usd=0)[4] == "Depth $480 near the best ask."
    assert told(yes_depth_usd=1_234_567.8)[4].startswith("Depth $1,234,568 ")


@pytest.mark.parametrize(
    ("risk", "level"),
    [(0.0, "low"), (0.2499, "low"), (0.25, "medium"), (0.5, "high"), (0.75, "critical"), (1.0, "critical")],
)
def test_the_definition_risk_has_a_word(risk: float, level: str):
    assert f"({level})" in told(definition_risk_score=risk)[6]


def test_a_gated_row_has_nothing_to_explain():
    scored = score(columns_of([Row(status="paused")]), 0, SETTINGS)
    with pytest.raises(ValueError, match="row 0 is not an opportunity: NOT_ACTIVE"):
        notes(scored, 0)


@given(
    ask=st.integers(900, 999),
    gap=st.integers(1, 200),
    rate=st.one_of(st.none(), st.floats(0, 0.9)),
    depth=st.floats(0, 1e7),
    age=st.integers(0, 180_000),
)
def test_the_sentences_are_short_plain_and_without_promise_or_gap(
    ask: int, gap: int, rate: float | None, depth: float, age: int
):
    said = told(
        yes_ask=ask / 1_000,
        yes_bid=(ask - gap) / 1_000,
        fee_rate=rate,
        yes_depth_usd=depth,
        quote_as_of=float(NOW - age),
    )
    assert len(said) == 7
    for sentence in said:
        assert sentence.endswith(".")
        assert len(sentence) < 120
        assert not re.search(r"\b(nan|inf|None|guarantee|safe|certain|sure|will)\b", sentence), sentence
