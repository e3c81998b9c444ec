"""A quote: the top of both books of a market and the nearest ask levels, at one moment."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Final, NamedTuple

MAX_LEVELS: Final = 10
PRICE_DIGITS: Final = 6
DEPTH_REACH: Final = 0.01
"""Depth counts asks up to this far above the best one, $ per share."""


class Level(NamedTuple):
    """One price level of a book: dollars per share and shares."""

    price: float
    size: float


def round_price(price: float) -> float:
    """A price at the precision in which prices are compared and shown (6 places): 1 - 0.059 is 0.941."""
    return round(price, PRICE_DIGITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Top of both books. Prices $/share in (0, 1); sizes shares; depth USD; times UTC epoch milliseconds.

    A missing bid or ask is None. `as_of` is when we read the answer, `book_time` the venue's last book change.

    Raises:
        ValueError: a price outside (0, 1), a size that is not finite and positive (both also of levels), a
            negative or non-finite depth, more than ten levels, or levels that do not rise from the best ask.
    """

    market_id: str
    as_of: int
    book_time: int | None = None
    yes_bid: float | None = None
    yes_ask: float | None = None
    no_bid: float | None = None
    no_ask: float | None = None
    yes_bid_size: float | None = None
    yes_ask_size: float | None = None
    no_bid_size: float | None = None
    no_ask_size: float | None = None
    yes_depth_usd: float = 0.0
    no_depth_usd: float = 0.0
    asks_yes: tuple[Level, ...] = ()
    asks_no: tuple[Level, ...] = ()
    quote_source: str = "book"

    def __post_init__(self) -> None:
        for name in ("yes_bid", "yes_ask", "no_bid", "no_ask"):
            _check_price(name, getattr(self, name))
            _check_size(f"{name}_size", getattr(self, f"{name}_size"))
        for name in ("yes_depth_usd", "no_depth_usd"):
            depth = getattr(self, name)
            if not (math.isfinite(depth) and depth >= 0):
                raise ValueError(f"{name} {depth} must be finite and not negative")
        for name, best in (("asks_yes", self.yes_ask), ("asks_no", self.no_ask)):
            levels = getattr(self, name)
            if len(levels) > MAX_LEVELS:
                raise ValueError(f"{name} holds {len(levels)} levels, at most {MAX_LEVELS} are kept")
            if (levels[0].price if levels else None) != best:
                raise ValueError(f"{name} does not begin at the best ask {best}")
            if any(low.price >= high.price for low, high in itertools.pairwise(levels)):
                raise ValueError(f"{name} does not rise")
            for level in levels:
                _check_price(name, level.price)
                _check_size(name, level.size)

    @property
    def spread_yes(self) -> float | None:
        """Ask minus bid of YES, $/share; None without both."""
        return _spread(self.yes_bid, self.yes_ask)

    @property
    def spread_no(self) -> float | None:
        """Ask minus bid of NO, $/share; None without both."""
        return _spread(self.no_bid, self.no_ask)

    @property
    def mid_yes(self) -> float | None:
        """Midpoint of YES, $/share; None without both sides."""
        return _mid(self.yes_bid, self.yes_ask)

    @property
    def mid_no(self) -> float | None:
        """Midpoint of NO, $/share; None without both sides."""
        return _mid(self.no_bid, self.no_ask)


def _check_price(name: str, price: float | None) -> None:
    if price is not None and not 0 < price < 1:  # NaN fails this comparison too
        raise ValueError(f"{name} {price} lies outside (0, 1)")


def _check_size(name: str, size: float | None) -> None:
    if size is not None and not (math.isfinite(size) and size > 0):
        raise ValueError(f"{name} {size} must be finite and positive")


def _spread(bid: float | None, ask: float | None) -> float | None:
    return None if bid is None or ask is None else round_price(ask - bid)


def _mid(bid: float | None, ask: float | None) -> float | None:
    return None if bid is None or ask is None else round_price((bid + ask) / 2)
