"""Why a market is not an opportunity: the first failing gate, in the order of `Gate`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from endgame.config import ScoringSettings
from endgame.domain.columns import Bools, Floats, ScoreInputs, Texts
from endgame.domain.market import Status
from endgame.domain.quote import round_price
from endgame.domain.score import Gate
from endgame.scoring.features import Books, Favourite, round_prices

_ORDER = tuple(Gate)
_NAMES: Texts = np.array([*(gate.value for gate in _ORDER), None], dtype=np.object_)  # index -1: no gate


def is_price_candidate(indicative_price_yes: Floats, least: float) -> Bools:
    """True where the catalogue's indicative price of one side is at least `least`, or is not known."""
    yes = round_prices(indicative_price_yes)
    return np.isnan(yes) | (np.maximum(yes, round_prices(1 - yes)) >= round_price(least))


def failures(
    inputs: ScoreInputs,
    now: int,
    settings: ScoringSettings,
    *,
    candidate_margin: float,
    quotes: Books,
    side: Favourite,
    remaining_sec: Floats,
    staleness_sec: Floats,
    definition_risk: Floats,
    net_yield: Floats,
) -> dict[Gate, Bools]:
    """For every gate, in order, the rows that fail it whatever the other gates say; each shape (n,).

    A market that was not quoted because its indicative price is too low fails by its price, not by its quote.
    """
    bounds = settings.bounds
    unquoted = ~quotes.quoted
    stale = staleness_sec > bounds.quote_stale_max_sec
    candidate = is_price_candidate(inputs.indicative_price_yes, bounds.min_entry_price - candidate_margin)
    too_cheap_to_quote = ~candidate & (stale | (unquoted & inputs.has_tokens))
    quotable = ~too_cheap_to_quote
    stub = np.isnan(side.bid) | (side.bid >= side.ask) | (side.spread > bounds.max_spread)
    playing = np.zeros(len(inputs), dtype=np.bool_)
    if not settings.allow_live_sports:
        playing = inputs.game_start_time <= now
    return {
        Gate.NOT_ACTIVE: (inputs.status != Status.ACTIVE.value) | ~inputs.accepts_orders,
        Gate.NO_CLOSE_TIME: np.isnan(remaining_sec),
        Gate.OVERDUE: remaining_sec < 0,
        Gate.CLOSES_TOO_SOON: remaining_sec < bounds.min_t_remaining_sec,
        Gate.CLOSES_TOO_LATE: remaining_sec > bounds.max_t_remaining_sec,
        Gate.LIVE_EVENT: playing,
        Gate.NO_RULES: np.isnan(definition_risk),
        Gate.NO_QUOTE: quotable & unquoted,
        Gate.STALE_QUOTE: quotable & stale,
        Gate.NO_ASK: quotable & np.isnan(side.ask),
        Gate.STUB_BOOK: quotable & stub,
        Gate.BELOW_PRICE_BAND: too_cheap_to_quote | (side.ask < bounds.min_entry_price),
        Gate.ABOVE_PRICE_BAND: side.ask > bounds.max_entry_price,
        Gate.DISPUTED: inputs.disputed,
        Gate.NO_NET_YIELD: net_yield <= bounds.min_net_yield,
    }


def first_gate(failed: Mapping[Gate, Bools]) -> Texts:
    """Name of the first gate that each row fails, None for an opportunity; shape (n,)."""
    first = np.full(len(failed[_ORDER[0]]), -1, dtype=np.int64)
    for index in reversed(range(len(_ORDER))):  # the earlier gate overwrites the later one
        first[failed[_ORDER[index]]] = index
    names: Texts = _NAMES[first]
    return names
