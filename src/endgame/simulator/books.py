"""Order books in wire format, drawn around a best bid and a best ask.

Prices are ten-thousandths of a dollar; -1 is a side without orders. Both tokens of a market show one book: what is
bid at p on one is asked at 1 - p on the other. Bids ascend, asks descend: the best level is the last of either.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Any

FULL = 10_000
PRICES = tuple(f"{price / FULL:g}" for price in range(FULL + 1))
_SIZE_STEPS = 1_024
SIZES = tuple(f"{5 * (20_000 ** (step / _SIZE_STEPS)):.2f}".rstrip("0").rstrip(".") for step in range(_SIZE_STEPS))
"""Order sizes from 5 to 100,000 shares, evenly on a logarithmic scale, as text with at most two decimals."""

Level = tuple[int, int]
"""Price in ten-thousandths and index into `SIZES`."""


def size_step(shares: float) -> int:
    """Index of the largest listed size not above so many shares."""
    return max(0, min(_SIZE_STEPS - 1, int(math.log(max(shares, 5) / 5) / math.log(20_000) * _SIZE_STEPS)))


DUST, USUAL, AMPLE, DEEP = (
    (size_step(5), size_step(60)),
    (size_step(20), size_step(2_500)),
    (size_step(800), size_step(20_000)),
    (size_step(6_000), size_step(100_000)),
)


@dataclass(frozen=True, slots=True)
class Top:
    """What a book is drawn around. `sizes` is the range of size steps, `word` the randomness."""

    bid: int
    ask: int
    tick: int
    sizes: tuple[int, int]
    word: int


def ladders(top: Top) -> tuple[list[Level], list[Level]]:
    """Bids and asks of outcome 0, each with the best level first."""
    return _ladder(top, top.bid, -top.tick, top.word), _ladder(top, top.ask, top.tick, top.word >> 31)


def _ladder(top: Top, best: int, step: int, word: int) -> list[Level]:
    if best < 0:
        return []
    low, high = top.sizes
    levels: list[Level] = []
    price = best
    for depth in range(2 + word % 9):
        if not abs(step) <= price <= FULL - abs(step):
            break
        word = (word * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) & 0xFFFF_FFFF_FFFF_FFFF
        levels.append((price, low + (word >> 40) % (high - low)))
        price += step * (1 + (word >> 33) % (1 + depth))
    edge = 100 if step < 0 else FULL - 100
    if levels and (levels[-1][0] - edge) * step < 0:
        levels.append((edge, size_step(5_000)))
    return levels


def wire_book(
    top: Top, side: int, *, market: str, token: str, changed: int, neg_risk: bool, last_trade: str
) -> dict[str, Any]:
    """The book of one token as the CLOB sends it; `changed` is epoch milliseconds."""
    bids, asks = ladders(top)
    if side:
        bids, asks = [(FULL - price, size) for price, size in asks], [(FULL - price, size) for price, size in bids]
    content = f"{token}:{changed}:{top.bid}:{top.ask}".encode()
    return {
        "market": market,
        "asset_id": token,
        "timestamp": str(changed),
        "hash": hashlib.blake2b(content, digest_size=20).hexdigest(),
        "bids": [{"price": PRICES[price], "size": SIZES[size]} for price, size in reversed(bids)],
        "asks": [{"price": PRICES[price], "size": SIZES[size]} for price, size in reversed(asks)],
        "min_order_size": "5",
        "tick_size": PRICES[top.tick],
        "neg_risk": neg_risk,
        "last_trade_price": last_trade,
    }
