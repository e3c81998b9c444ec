"""What is every market worth now? Pure and vectorised: same inputs and `now`, same bytes."""

from __future__ import annotations

import numpy as np

from endgame.config import ScoringSettings
from endgame.domain.columns import Bools, Floats, ScoreInputs, Scores, Texts
from endgame.domain.market import Side
from endgame.domain.score import Gate
from endgame.scoring import features, sizing
from endgame.scoring.gates import failures, first_gate

_SIDES: Texts = np.array([Side.NO.value, Side.YES.value], dtype=np.object_)


def score(inputs: ScoreInputs, now: int, settings: ScoringSettings, *, candidate_margin: float = 0.05) -> Scores:
    """Scores of every row of `inputs`; see `score_and_failures`."""
    return score_and_failures(inputs, now, settings, candidate_margin=candidate_margin)[1]


def score_and_failures(
    inputs: ScoreInputs, now: int, settings: ScoringSettings, *, candidate_margin: float = 0.05
) -> tuple[dict[Gate, Bools], Scores]:
    """Features, gate, score, risk and size of every row of `inputs`, in the same order.

    Args:
        inputs: open markets of the endgame window with their latest quote and judgement, shape (n,).
        now: the moment of the scoring run, UTC epoch milliseconds.
        settings: weights, bounds, fee model, risk and sizing.
        candidate_margin: how far below `min_entry_price` a market is still quoted, $/share (`ingest.candidate_margin`).

    Returns:
        For every gate the rows that fail it, whatever the other gates say; and the scores.
        One row per input row. Figures are computed for gated rows too, as far as what is known reaches; NaN where
        it does not. Opportunities (gate None) hold no NaN but those of the other side's quote; infinity never occurs.
    """
    bounds, weights = settings.bounds, settings.weights
    quotes = features.books(inputs)
    side = features.favourite(inputs, quotes)
    price = side.ask
    remaining = features.t_remaining_sec(inputs.close_time, now)
    days = features.t_days(remaining, bounds)
    staleness = features.staleness_sec(quotes, inputs.quote_as_of, now)
    penalty = features.norm(staleness, bounds.quote_stale_max_sec)
    # A text that is blank or was not judged has no risk figure at all: it must never count as harmless.
    definition = np.where(inputs.has_rules, np.clip(inputs.definition_risk_score, 0.0, 1.0), np.nan)

    gross = features.round_prices(1.0 - price)
    fee, fee_assumed = features.fee(price, inputs, settings)
    net = np.maximum(gross - fee, 0.0)
    velocity = net / days
    roi = features.ratio(net, price + fee)
    liquidity = features.liquidity_score(side, penalty, bounds)

    terms = (
        weights.w1 * features.norm(velocity, bounds.velocity_max),
        weights.w2 * features.norm(net, bounds.net_yield_max),
        weights.w3 * liquidity,
        0.0 - weights.w4 * definition,  # 0 - x rather than -x: a term of nothing is 0, not -0
        0.0 - weights.w5 * penalty,
    )
    risk = sizing.risk_score(
        definition_risk=definition,
        liquidity=liquidity,
        staleness_penalty=penalty,
        category=inputs.category,
        risk=settings.risk,
    )
    failed = failures(
        inputs,
        now,
        settings,
        candidate_margin=candidate_margin,
        quotes=quotes,
        side=side,
        remaining_sec=remaining,
        staleness_sec=staleness,
        definition_risk=definition,
        net_yield=net,
    )
    return failed, Scores(
        as_of=now,
        market_id=inputs.market_id,
        gate=first_gate(failed),
        recommended_side=_SIDES[side.is_yes.astype(np.int64)],
        t_remaining_sec=remaining,
        entry_price=price,
        bid=side.bid,
        ask=price,
        spread=side.spread,
        gross_yield=gross,
        fee=fee,
        fee_bps=features.ratio(features.BPS * fee, price),
        fee_assumed=fee_assumed,
        net_yield=net,
        yield_velocity=velocity,
        roi=roi,
        apr=roi * features.DAYS_PER_YEAR / days,
        liquidity_score=liquidity,
        depth_usd=side.depth_usd,
        staleness_sec=staleness,
        staleness_penalty=penalty,
        definition_risk_score=definition,
        overall_score=_overall(terms),
        term_yield_velocity=terms[0],
        term_net_yield=terms[1],
        term_liquidity=terms[2],
        term_definition_risk=terms[3],
        term_staleness=terms[4],
        risk_score=risk,
        max_position_pct=sizing.max_position_pct(risk, liquidity, settings.sizing),
        quote_as_of=np.where(quotes.quoted, inputs.quote_as_of, np.nan),
        yes_bid=quotes.yes_bid,
        yes_ask=quotes.yes_ask,
        no_bid=quotes.no_bid,
        no_ask=quotes.no_ask,
    )


def _overall(terms: tuple[Floats, ...]) -> Floats:
    """The published terms added up in their published order, so that a reader's sum gives the same bits."""
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return np.clip(total, 0.0, 1.0)
