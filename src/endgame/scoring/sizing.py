"""How much could go wrong, and how much to risk at most. Arrays of shape (n,), fractions in [0, 1], NaN = unknown."""

from __future__ import annotations

import numpy as np

from endgame.config import RiskSettings, SizingSettings
from endgame.domain.columns import Floats, Texts
from endgame.domain.market import Category


def jump_rate(category: Texts, risk: RiskSettings) -> Floats:
    """Base rate of the all-but-decided outcome turning round, by category."""
    sports: Floats = np.where(category == Category.SPORTS.value, risk.jump_rate_sports, risk.jump_rate_other)
    return np.where(category == Category.CRYPTO.value, risk.jump_rate_crypto, sports)


def risk_score(
    *, definition_risk: Floats, liquidity: Floats, staleness_penalty: Floats, category: Texts, risk: RiskSettings
) -> Floats:
    """`1 - product(1 - weight * risk)` over definition, liquidity, freshness, operations and event jump."""
    spared = (
        (1.0 - risk.definition_weight * definition_risk)
        * (1.0 - risk.liquidity_weight * (1.0 - liquidity))
        * (1.0 - risk.freshness_weight * staleness_penalty)
        * (1.0 - risk.operational_rate)
        * (1.0 - jump_rate(category, risk))
    )
    return 1.0 - spared


def max_position_pct(risk: Floats, liquidity: Floats, sizing: SizingSettings) -> Floats:
    """Largest position as a fraction of net asset value: less of it the riskier and the harder to fill."""
    wanted = sizing.base_position_pct * (1.0 - risk) * (0.5 + 0.5 * liquidity)
    return np.clip(wanted, sizing.min_position_pct, sizing.base_position_pct)
