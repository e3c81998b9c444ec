"""The gates, in the order in which they are asked; the first failing one wins."""

from __future__ import annotations

from enum import StrEnum


class Gate(StrEnum):
    """Why a market is not an opportunity. Order of definition is order of precedence."""

    NOT_ACTIVE = "NOT_ACTIVE"
    NO_CLOSE_TIME = "NO_CLOSE_TIME"
    OVERDUE = "OVERDUE"
    CLOSES_TOO_SOON = "CLOSES_TOO_SOON"
    CLOSES_TOO_LATE = "CLOSES_TOO_LATE"
    LIVE_EVENT = "LIVE_EVENT"
    NO_RULES = "NO_RULES"
    NO_QUOTE = "NO_QUOTE"
    STALE_QUOTE = "STALE_QUOTE"
    NO_ASK = "NO_ASK"
    STUB_BOOK = "STUB_BOOK"
    BELOW_PRICE_BAND = "BELOW_PRICE_BAND"
    ABOVE_PRICE_BAND = "ABOVE_PRICE_BAND"
    DISPUTED = "DISPUTED"
    NO_NET_YIELD = "NO_NET_YIELD"


DISPUTED_ORACLE_STATES: frozenset[str] = frozenset({"disputed", "challenged"})
