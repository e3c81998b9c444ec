"""Features of every market at once: arrays of shape (n,) in, arrays of shape (n,) out.

NaN means unknown; whatever depends on an unknown number is NaN too, and nothing here is ever infinite.
Formulas, units and reasons: docs/scoring.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from endgame.clock import MS_PER_SEC, SEC_PER_DAY
from endgame.config import BoundsSettings, ScoringSettings
from endgame.domain.columns import Bools, Floats, ScoreInputs
from endgame.domain.quote import PRICE_DIGITS

BPS = 10_000.0
DAYS_PER_YEAR = 365.0
CLOCK_FAULT_SEC: Final = 60.0
_ONE_SECOND_DAYS = 1.0 / SEC_PER_DAY
_LARGEST_FEE_RATE = 1e6  # far beyond any schedule; keeps the fee in basis points finite


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The tops of both books at the precision of prices; all NaN where `quoted` is false. $/share."""

    quoted: Bools
    yes_bid: Floats
    yes_ask: Floats
    no_bid: Floats
    no_ask: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Favourite:
    """The book of the recommended side. Prices $/share, depth USD; NaN = unknown."""

    is_yes: Bools
    bid: Floats
    ask: Floats
    spread: Floats
    """Ask minus bid, negative in a crossed book."""
    depth_usd: Floats
    """USD of asks within reach of the best one; 0 in a book without asks, NaN without a quote."""


def round_prices(prices: Floats) -> Floats:
    """Prices or price differences at the precision in which they are compared and shown, 6 places."""
    return np.round(prices, PRICE_DIGITS)


def books(inputs: ScoreInputs) -> Books:
    """The quotes of `inputs`, rounded; a price that is not inside (0, 1) is unknown."""
    quoted = inputs.has_quote & np.isfinite(inputs.quote_as_of)

    def cleaned(prices: Floats) -> Floats:
        return round_prices(np.where(quoted & (prices > 0) & (prices < 1), prices, np.nan))

    return Books(
        quoted=quoted,
        yes_bid=cleaned(inputs.yes_bid),
        yes_ask=cleaned(inputs.yes_ask),
        no_bid=cleaned(inputs.no_bid),
        no_ask=cleaned(inputs.no_ask),
    )


def favours_yes(quotes: Books, indicative_price_yes: Floats) -> Bools:
    """True where YES is the favourite.

    The higher mid decides; the mid of a side that has none is 1 minus the other. Without any mid the
    catalogue's indicative price decides, without that the side with a bid or ask of at least 0.5. A tie is YES.
    """
    mid_yes = round_prices((quotes.yes_bid + quotes.yes_ask) / 2)
    mid_no = round_prices((quotes.no_bid + quotes.no_ask) / 2)
    yes = np.where(np.isnan(mid_yes), round_prices(1 - mid_no), mid_yes)
    no = np.where(np.isnan(mid_no), round_prices(1 - mid_yes), mid_no)
    yes_is_half = (quotes.yes_bid >= 0.5) | (quotes.yes_ask >= 0.5)
    no_is_half = (quotes.no_bid >= 0.5) | (quotes.no_ask >= 0.5)
    favours: Bools = np.where(
        ~np.isnan(yes),
        yes >= no,
        np.where(
            ~np.isnan(indicative_price_yes),
            round_prices(indicative_price_yes) >= 0.5,
            yes_is_half | ~no_is_half,
        ),
    )
    return favours


def favourite(inputs: ScoreInputs, quotes: Books) -> Favourite:
    """The favourite's side of every book."""
    is_yes = favours_yes(quotes, inputs.indicative_price_yes)
    bid = np.where(is_yes, quotes.yes_bid, quotes.no_bid)
    ask = np.where(is_yes, quotes.yes_ask, quotes.no_ask)
    depth = np.where(is_yes, inputs.yes_depth_usd, inputs.no_depth_usd)
    known = np.where(np.isfinite(depth) & (depth > 0), depth, 0.0)  # an unknown depth is nothing to buy from
    return Favourite(
        is_yes=is_yes,
        bid=bid,
        ask=ask,
        spread=round_prices(ask - bid),
        depth_usd=np.where(quotes.quoted, known, np.nan),
    )


def t_remaining_sec(close_time: Floats, now: int) -> Floats:
    """Whole seconds until the close, rounded down (half a second past it is -1); NaN without a close time."""
    known = np.where(np.isfinite(close_time), close_time, np.nan)
    return np.floor((known - now) / MS_PER_SEC)


def t_days(remaining_sec: Floats, bounds: BoundsSettings) -> Floats:
    """Days by which per-day figures divide: never below `min_t_days`, nor below the second that time is kept in."""
    return np.maximum(remaining_sec / SEC_PER_DAY, max(bounds.min_t_days, _ONE_SECOND_DAYS))


def staleness_sec(quotes: Books, quote_as_of: Floats, now: int) -> Floats:
    """Seconds since the quote was read, never below 0; NaN without a quote.

    A moment more than 60 s ahead was stamped by a clock that was wrong: it is as far from now as it says.
    """
    age_sec = (now - np.where(quotes.quoted, quote_as_of, np.nan)) / MS_PER_SEC
    return np.where(age_sec < -CLOCK_FAULT_SEC, -age_sec, np.maximum(age_sec, 0.0))


def fee(price: Floats, inputs: ScoreInputs, settings: ScoringSettings) -> tuple[Floats, Bools]:
    """Taker fee of buying one share at `price`, $/share, and whether its rate had to be assumed.

    The market's own schedule `rate * (p * (1 - p)) ** exponent`; nothing where fees are off; the assumed rate
    where no schedule is readable. With `fee_model: flat` it is `fee_bps` of the price for all.
    """
    if settings.fee_model == "flat":
        return price * settings.fee_bps / BPS, np.zeros(len(inputs), dtype=np.bool_)
    off = inputs.fees_enabled == 0
    readable = np.isfinite(inputs.fee_rate) & (inputs.fee_rate >= 0)
    rate = np.where(readable, np.clip(inputs.fee_rate, 0.0, _LARGEST_FEE_RATE), settings.assumed_fee_rate)
    own_exponent = readable & np.isfinite(inputs.fee_exponent) & (inputs.fee_exponent >= 0)
    exponent = np.where(own_exponent, inputs.fee_exponent, 1.0)
    shape = price * round_prices(1 - price)
    bent = (exponent != 1) & ~np.isnan(shape)  # exponent 1 is the rule; the costly power is for the few others
    shape[bent] = np.power(shape[bent], exponent[bent])
    charged = rate * shape
    charged[off & ~np.isnan(price)] = 0.0
    return charged, ~off & ~readable


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """`numerator / denominator`, NaN where the denominator is not positive."""
    return numerator / np.where(denominator > 0, denominator, np.nan)


def norm(values: Floats, most: float) -> Floats:
    """`clamp(values / most, 0, 1)`; clipped first, so that no quotient can overflow."""
    return np.clip(values, 0.0, most) / most


def liquidity_score(side: Favourite, staleness_penalty: Floats, bounds: BoundsSettings) -> Floats:
    """`spread factor * freshness * depth factor` in [0, 1]; NaN without a quote.

    A spread that is unknown counts as too wide; `depth_target_usd` 0 switches the depth factor off.
    """
    tightness = np.where(np.isnan(side.spread), 0.0, 1.0 - norm(side.spread, bounds.spread_target))
    liquid = tightness * (1.0 - staleness_penalty)
    return liquid * norm(side.depth_usd, bounds.depth_target_usd) if bounds.depth_target_usd > 0 else liquid
