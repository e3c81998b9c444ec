"""Risk score and largest position, against figures worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from endgame.config import RiskSettings, SizingSettings
from endgame.scoring.sizing import jump_rate, max_position_pct, risk_score

RISK = RiskSettings()
SIZING = SizingSettings()


def the_risk(
    definition: float, liquidity: float, staleness: float, category: str = "politics", risk: RiskSettings = RISK
) -> float:
    found = risk_score(
        definition_risk=np.array([definition]),
        liquidity=np.array([liquidity]),
        staleness_penalty=np.array([staleness]),
        category=np.array([category, None], dtype=object)[:1],
        risk=risk,
    )
    return float(found[0])


@pytest.mark.parametrize(
    ("definition", "liquidity", "staleness", "category", "risk"),
    [
        (0.0, 1.0, 0.0, "politics", 1 - 0.99 * 0.98),  # 0.0298: what nothing can take away
        (0.0, 1.0, 0.0, "sports", 1 - 0.99 * 0.95),  # 0.0595
        (0.0, 1.0, 0.0, "crypto", 1 - 0.99 * 0.97),  # 0.0397
        (1.0, 1.0, 0.0, "politics", 1 - 0.4 * 0.99 * 0.98),
        (0.0, 0.0, 0.0, "politics", 1 - 0.7 * 0.99 * 0.98),
        (0.0, 1.0, 1.0, "politics", 1 - 0.8 * 0.99 * 0.98),
        (1.0, 0.0, 1.0, "sports", 1 - 0.4 * 0.7 * 0.8 * 0.99 * 0.95),  # 0.789328
        (0.5, 0.5, 0.5, "crypto", 1 - 0.7 * 0.85 * 0.9 * 0.99 * 0.97),
    ],
)
def test_the_risks_combine_as_independent_chances(
    definition: float, liquidity: float, staleness: float, category: str, risk: float
):
    assert the_risk(definition, liquidity, staleness, category) == pytest.approx(risk, abs=1e-12)


def test_the_jump_rate_is_that_of_the_category():
    categories = np.array(["sports", "crypto", "politics", "other", "weather", ""], dtype=object)
    assert jump_rate(categories, RISK).tolist() == [0.05, 0.03, 0.02, 0.02, 0.02, 0.02]


def test_all_weights_and_rates_are_settings():
    settings = RiskSettings(
        definition_weight=0.1,
        liquidity_weight=0.2,
        freshness_weight=0.3,
        operational_rate=0.4,
        jump_rate_sports=0.5,
        jump_rate_crypto=0.6,
        jump_rate_other=0.7,
    )
    for category, jump in (("sports", 0.5), ("crypto", 0.6), ("culture", 0.7)):
        expected = 1 - 0.9 * 0.8 * 0.7 * 0.6 * (1 - jump)
        assert the_risk(1.0, 0.0, 1.0, category, settings) == pytest.approx(expected, abs=1e-12)


def test_a_risk_of_certain_loss_is_one_and_of_none_is_zero():
    nothing = RiskSettings(operational_rate=0, jump_rate_other=0)
    assert the_risk(0.0, 1.0, 0.0, risk=nothing) == 0
    assert the_risk(1.0, 1.0, 0.0, risk=RiskSettings(definition_weight=1)) == 1


@pytest.mark.parametrize(
    ("risk", "liquidity", "size"),
    [
        (0.0, 1.0, 0.10),  # the whole base
        (0.0, 0.0, 0.05),  # illiquid: half
        (0.5, 1.0, 0.05),
        (0.5, 0.5, 0.0375),
        (0.9, 0.0, 0.01),  # 0.005, raised to the least
        (1.0, 1.0, 0.01),
    ],
)
def test_the_size_shrinks_with_risk_and_with_illiquidity(risk: float, liquidity: float, size: float):
    assert max_position_pct(np.array([risk]), np.array([liquidity]), SIZING)[0] == pytest.approx(size, abs=1e-15)


def test_the_sizing_bounds_are_settings():
    settings = SizingSettings(base_position_pct=0.5, min_position_pct=0.2)
    found = max_position_pct(np.array([0.0, 0.3, 0.9]), np.array([1.0, 1.0, 0.0]), settings)
    assert found == pytest.approx([0.5, 0.35, 0.2])


def test_what_is_unknown_stays_unknown():
    unknown = float("nan")
    assert np.isnan(the_risk(unknown, 1.0, 0.0))
    assert np.isnan(the_risk(0.0, unknown, 0.0))
    assert np.isnan(the_risk(0.0, 1.0, unknown))
    assert np.isnan(max_position_pct(np.array([unknown, 0.1]), np.array([1.0, unknown]), SIZING)).all()
