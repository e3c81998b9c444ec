"""Columns of a scoring cycle belong together row by row."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from endgame.config import ScoringSettings
from endgame.domain.columns import ScoreInputs
from endgame.scoring.score import score
from scoring_reference import Row, columns_of

INPUTS = columns_of([Row(), Row(market_id="0x2", status="paused")])
SCORES = score(INPUTS, 0, ScoringSettings())


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(ScoreInputs)])
def test_an_input_column_of_another_length_is_refused(name: str):
    with pytest.raises(ValueError, match=r"column \w+ has shape"):
        dataclasses.replace(INPUTS, **{name: getattr(INPUTS, name)[:1]})


def test_a_score_column_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"column net_yield has shape \(1,\), not \(2,\)"):
        dataclasses.replace(SCORES, net_yield=SCORES.net_yield[:1])


def test_a_column_of_two_dimensions_is_refused():
    with pytest.raises(ValueError, match=r"column fee_rate has shape \(2, 1\)"):
        dataclasses.replace(INPUTS, fee_rate=INPUTS.fee_rate.reshape(2, 1))


def test_columns_are_as_long_as_their_rows():
    assert len(INPUTS) == len(SCORES) == 2
    assert len(columns_of([])) == 0


def test_opportunities_are_the_rows_without_a_gate():
    assert SCORES.is_opportunity.dtype == np.bool_
    assert SCORES.is_opportunity.tolist() == [True, False]
