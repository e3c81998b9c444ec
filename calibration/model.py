"""The model behind the weights: a logistic sum whose weights are pulled to the priors of the rulebook.

Penalised maximum likelihood (a Gaussian prior on each weight, centred on the prior of its literal), which is the
shrunk log-lift of a finding beside all others. A flag never lowers the probability and a mitigator never raises it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from calibration.labelled import LabelledMarket
from endgame.domain.rule import Concern
from endgame.scoring.reading import Facts
from endgame.scoring.risk import find, stakes_of
from endgame.scoring.rulebook import MITIGATORS, RULES, TRAITS

Floats = NDArray[np.float64]

PRIOR_SD: Final = 0.45
"""Standard deviation of the prior of a weight, log-odds: a finding without many markets stays near its prior."""
LINE_SD: Final = 0.7
"""The same for the heights of the lines of volume and duration at their knots."""
KNOTS: Final[dict[str, tuple[float, ...]]] = {
    "volume": (4, 7, 8, 9, 10, 11, 12, 13),
    "event_volume": (7, 9, 11, 12, 13, 15),
    "event_share": (-7, -4, -2, -1, 0),
    "duration": (0, 2, 4, 5, 7, 9, 11, 14, 17),
}
"""Where the lines may bend, on the scale of the bands of `Facts`."""

WEIGHED: Final = (*(rule for rule in RULES if rule.concern is not Concern.PAYOFF), *MITIGATORS, *TRAITS)
CODES: Final = tuple(finding.code for finding in WEIGHED)
_FREE: Final = (None, None)


@dataclass(frozen=True)
class Design:
    """Labelled markets as numbers: what was found, where they stand on the lines, and what became of them."""

    findings: Floats
    """Shape (n, len(CODES)), 1 where found."""
    lines: Floats
    """Shape (n, all knots): weights of the two knots around each place; 0 where unknown."""
    disputed: Floats
    events: NDArray[Any]

    @classmethod
    def of(cls, markets: Sequence[LabelledMarket]) -> Design:
        """Read every market once with the rulebook."""
        findings = np.zeros((len(markets), len(CODES)))
        lines = np.zeros((len(markets), sum(map(len, KNOTS.values()))))
        column = {code: at for at, code in enumerate(CODES)}
        for row, market in enumerate(markets):
            facts = Facts.of(market.context)
            for code in find(market.text, facts).weighed:
                findings[row, column[code]] = 1.0
            places = stakes_of(facts)
            lines[row] = np.concatenate([hat(places.get(name), knots) for name, knots in KNOTS.items()])
        return cls(
            findings,
            lines,
            np.array([float(market.disputed) for market in markets]),
            np.array([market.event for market in markets]),
        )

    def without(self, codes: Collection[str]) -> Design:
        """The same markets as if these findings did not exist."""
        findings = self.findings.copy()
        findings[:, [CODES.index(code) for code in codes]] = 0.0
        return replace(self, findings=findings)


def hat(place: float | None, knots: Sequence[float]) -> Floats:
    """Weights of the knots for a place on a straight-line curve: they add up to 1, or are 0 where it is unknown."""
    found = np.zeros(len(knots))
    if place is None:
        return found
    if place <= knots[0]:
        found[0] = 1.0
    elif place >= knots[-1]:
        found[-1] = 1.0
    for at, (left, right) in enumerate(pairwise(knots)):
        if left < place <= right:
            found[at] = (right - place) / (right - left)
            found[at + 1] = 1.0 - found[at]
    return found


@dataclass(frozen=True)
class Fit:
    """Learned numbers; `lines` is empty for the model of text alone."""

    base: float
    findings: Floats
    lines: Floats

    def log_odds(self, findings: Floats, lines: Floats) -> Floats:
        """Log-odds of a dispute for each row."""
        total = self.base + findings @ self.findings
        return total + lines @ self.lines if self.lines.size else total


def fit_text(findings: Floats, disputed: Floats) -> Fit:
    """Weights of the findings from text and structure alone."""
    base, weights = _fit(findings, disputed, _priors(), np.full(len(CODES), PRIOR_SD), _bounds(text_alone=True))
    return Fit(base, weights, np.zeros(0))


def fit_with_stakes(findings: Floats, lines: Floats, disputed: Floats) -> Fit:
    """Weights of the findings beside the lines of volume and duration, which are centred."""
    size = lines.shape[1]
    base, weights = _fit(
        np.hstack([findings, lines]),
        disputed,
        np.concatenate([_priors(), np.zeros(size)]),
        np.concatenate([np.full(len(CODES), PRIOR_SD), np.full(size, LINE_SD)]),
        [*_bounds(text_alone=False), *[_FREE] * size],
    )
    heights = weights[len(CODES) :].copy()
    start = 0
    for knots in KNOTS.values():
        part = slice(start, start + len(knots))
        middle = float((lines[:, part] @ heights[part]).mean())
        heights[part] -= middle
        base += middle
        start += len(knots)
    return Fit(base, weights[: len(CODES)], heights)


def _priors() -> Floats:
    return np.array([finding.prior for finding in WEIGHED])


def _bounds(*, text_alone: bool) -> list[tuple[float | None, float | None]]:
    """Flags at least 0, mitigators at most 0, traits free; wording of more than a quarter of texts weighs nothing.

    Neither does a flag that looks at the volume where text and structure have to do alone.
    """
    rules, mitigators = ({finding.code for finding in kind} for kind in (RULES, MITIGATORS))
    found: list[tuple[float | None, float | None]] = []
    for finding in WEIGHED:
        if (finding.base_rate > 0.25 and finding.phrases) or (text_alone and "volume_band" in finding.needs):
            found.append((0.0, 0.0))
        elif finding.code in rules:
            found.append((0.0, None))
        elif finding.code in mitigators:
            found.append((None, 0.0))
        else:
            found.append(_FREE)
    return found


def _fit(
    columns: Floats,
    disputed: Floats,
    priors: Floats,
    deviations: Floats,
    bounds: Sequence[tuple[float | None, float | None]],
) -> tuple[float, Floats]:
    with_base = np.hstack([columns, np.ones((len(columns), 1))])
    precision = deviations**-2

    def loss(weights: Floats) -> tuple[float, Floats]:
        log_odds = with_base @ weights
        away = weights[:-1] - priors
        value = float((np.logaddexp(0.0, log_odds) - disputed * log_odds).sum() + 0.5 * (precision * away**2).sum())
        slope = with_base.T @ (1.0 / (1.0 + np.exp(-log_odds)) - disputed)
        slope[:-1] += precision * away
        return value, slope

    rate = float(disputed.mean())
    start = np.append(priors, np.log(rate / (1.0 - rate)))
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=[*bounds, _FREE], options={"maxiter": 3_000, "ftol": 1e-13}
    )
    return float(found.x[-1]), found.x[:-1]
