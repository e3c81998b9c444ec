"""A market: one binary question of a venue."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

EARLIEST_MS: Final = 946_684_800_000  # 2000-01-01T00:00:00Z
LATEST_MS: Final = 4_102_444_800_000  # 2100-01-01T00:00:00Z


class Status(StrEnum):
    """Where a market is in its life."""

    ACTIVE = "active"
    PAUSED = "paused"
    CLOSED = "closed"
    RESOLVED = "resolved"

    @property
    def is_open(self) -> bool:
        """True while the market is not closed (active or paused)."""
        return self in (Status.ACTIVE, Status.PAUSED)


class Side(StrEnum):
    """Index 0 of the venue's outcomes is YES, index 1 is NO, whatever their labels say."""

    YES = "YES"
    NO = "NO"


class Resolution(StrEnum):
    """How a resolved market paid."""

    YES = "YES"
    NO = "NO"
    SPLIT = "SPLIT"


class Category(StrEnum):
    """Our own list of categories; how it is derived: shared venue notes §3.7."""

    SPORTS = "sports"
    CRYPTO = "crypto"
    POLITICS = "politics"
    GEOPOLITICS = "geopolitics"
    ECONOMICS = "economics"
    FINANCE = "finance"
    TECH = "tech"
    CULTURE = "culture"
    WEATHER = "weather"
    MENTIONS = "mentions"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One side of a market as the venue names it."""

    side: Side
    label: str
    token_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """One binary question. Times are UTC epoch milliseconds; prices dollars per share in [0, 1]; volumes USD.

    Raises:
        ValueError: an identifier is empty, a number is not finite, a price is outside [0, 1],
            a time lies outside 2000-2100, or the outcomes are not YES then NO.
    """

    market_id: str
    venue: str
    title: str
    slug: str | None = None
    event_slug: str | None = None
    event_id: str | None = None
    event_title: str | None = None
    group_title: str | None = None
    """Its short name among the markets of its event; empty when it has none, None when nobody knows."""
    category: Category = Category.OTHER
    tags: tuple[str, ...] = ()
    status: Status = Status.ACTIVE
    accepts_orders: bool = True
    open_time: int | None = None
    close_time: int | None = None
    venue_close_time: int | None = None
    game_start_time: int | None = None
    """Kickoff; set only for a game (a readable start and a game id or sports market type)."""
    resolved_time: int | None = None
    resolved_outcome: Resolution | None = None
    url: str | None = None
    neg_risk: bool = False
    tick_size: float | None = None
    min_order_size: float | None = None
    fee_rate: float | None = None
    """`rate` of the market's own schedule; None when there is no readable schedule."""
    fee_exponent: float | None = None
    fees_enabled: bool | None = None
    """False means no fee at all; None means the venue did not say."""
    oracle_status: str | None = None
    oracle_history: tuple[str, ...] = ()
    indicative_price_yes: float | None = None
    volume_usd: float | None = None
    event_volume_usd: float | None = None
    """Traded in all markets of its event together."""
    liquidity_usd: float | None = None
    venue_updated_at: int | None = None
    """The venue's own time of the record's last change: of two versions the newer one wins."""
    outcomes: tuple[Outcome, Outcome]

    def __post_init__(self) -> None:
        if not self.market_id or not self.venue:
            raise ValueError("market_id and venue must not be empty")
        if (self.outcomes[0].side, self.outcomes[1].side) != (Side.YES, Side.NO):
            raise ValueError("outcomes must be YES then NO")
        for name in (
            "open_time", "close_time", "venue_close_time", "game_start_time", "resolved_time", "venue_updated_at",
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None and not EARLIEST_MS <= value <= LATEST_MS:
                raise ValueError(f"{name} {value} lies outside 2000-2100")
        for name in (
            "tick_size", "min_order_size", "fee_rate", "fee_exponent", "volume_usd", "event_volume_usd",
            "liquidity_usd",
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{name} {value} must be finite and not negative")
        price = self.indicative_price_yes
        if price is not None and not 0 <= price <= 1:  # NaN fails this comparison too
            raise ValueError(f"indicative_price_yes {price} lies outside [0, 1]")

    @property
    def has_tokens(self) -> bool:
        """True when both sides can be asked for a book."""
        return all(outcome.token_id for outcome in self.outcomes)
