"""SPEC §5 and §12 a second time, in plain Python with Decimal, from the venue's raw text to the rows expected.

Nothing here is shared with the product. Slow and literal on purpose: one market at a time, one rule at a time.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

DAY_MS = 86_400_000
MICRO = Decimal("0.000001")
GATES = (
    "NOT_ACTIVE",
    "NO_CLOSE_TIME",
    "OVERDUE",
    "CLOSES_TOO_SOON",
    "CLOSES_TOO_LATE",
    "LIVE_EVENT",
    "NO_RULES",
    "NO_QUOTE",
    "STALE_QUOTE",
    "NO_ASK",
    "STUB_BOOK",
    "BELOW_PRICE_BAND",
    "ABOVE_PRICE_BAND",
    "DISPUTED",
    "NO_NET_YIELD",
)


@dataclass(frozen=True)
class Knobs:
    """The numbers of SPEC §5 with their defaults."""

    w: tuple[float, float, float, float, float] = (0.45, 0.25, 0.15, 0.10, 0.05)
    min_t: float = 3_600
    max_t: float = 1_209_600
    stale_max: float = 180
    min_t_days: float = 0.25
    spread_target: float = 0.02
    max_spread: float = 0.25
    min_entry: float = 0.90
    max_entry: float = 0.999
    depth_target: float = 500
    min_net_yield: float = 0.0
    velocity_max: float = 0.05
    net_yield_max: float = 0.10
    fee_model: str = "schedule"
    fee_bps: float = 120
    assumed_rate: float = 0.07
    allow_live: bool = False
    base_position: float = 0.10
    min_position: float = 0.01
    jump: Mapping[str, float] = field(default_factory=lambda: {"sports": 0.05, "crypto": 0.03})
    jump_other: float = 0.02
    operational: float = 0.01

    @property
    def candidate_price(self) -> Decimal:
        return Decimal(str(self.min_entry)) - Decimal("0.05")


# ---------------------------------------------------------------- reading values


def decimal_of(value: object) -> Decimal | None:
    """A finite number from a JSON number or numeric text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    if not number.is_finite() or math.isinf(float(number)):
        return None
    return number


def list_of(value: object) -> list[Any] | None:
    """An array, or an array inside a string."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    return value if isinstance(value, list) else None


_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d(?::?\d\d)?)$")


def time_ms(value: object) -> int | None:
    """Epoch milliseconds of RFC 3339 or of the odd form `2026-11-20 18:00:00+00`."""
    match = _TIME.match(value) if isinstance(value, str) else None
    if not match:
        return None
    day, clock, fraction, zone = match.groups()
    try:
        at = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC)
    except ValueError:
        return None
    if zone != "Z":
        sign = -1 if zone[0] == "-" else 1
        digits = zone[1:].replace(":", "").ljust(4, "0")
        at -= sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return round(at.timestamp()) * 1000 + int((fraction or "0").ljust(3, "0")[:3])


def clean(text: object) -> str | None:
    """NUL and lone surrogates become U+FFFD; nothing else changes."""
    if not isinstance(text, str):
        return None
    return re.sub("[\x00\ud800-\udfff]", "\ufffd", text)


def stored_text(text: object) -> str | None:
    """Rule text as stored: cleaned, cut at 256 KiB of UTF-8 on a character border."""
    cleaned = clean(text)
    if cleaned is None:
        return None
    raw = cleaned.encode("utf-8")
    return cleaned if len(raw) <= 262_144 else raw[:262_144].decode("utf-8", "ignore")


# ---------------------------------------------------------------- a market


@dataclass
class Seen:
    """One market as the contract wants it read."""

    market_id: str
    labels: tuple[str, str]
    tokens: tuple[str, str] | None
    tree: dict[str, Any]
    updated: int
    close_ms: int | None
    venue_close_ms: int | None
    game_start_ms: int | None
    is_game: bool
    status: str
    accepts: bool
    category: str
    indicative: Decimal | None
    rule_text: str | None
    event: dict[str, Any]

    @property
    def title(self) -> str | None:
        return clean(self.tree.get("question"))

    @property
    def open(self) -> bool:
        return self.status in ("active", "paused")

    @property
    def url(self) -> str | None:
        slug, event = self.tree.get("slug"), self.event.get("slug")
        if not slug or not event:
            return None
        head = "https://polymarket.com/event/" + quote(event, safe="")
        return head if slug == event else f"{head}/{quote(slug, safe='')}"

    def best_indicative(self) -> Decimal | None:
        return None if self.indicative is None else max(self.indicative, 1 - self.indicative)

    def in_window(self, now: int) -> bool:
        return self.close_ms is not None and now - 7 * DAY_MS <= self.close_ms <= now + 14 * DAY_MS

    def candidate(self, now: int, knobs: Knobs) -> bool:
        best = self.best_indicative()
        return (
            self.open
            and self.accepts
            and self.tokens is not None
            and self.in_window(now)
            and (best is None or best >= knobs.candidate_price)
        )


def read_catalogue(wires: Iterable[str]) -> dict[str, Seen]:
    """Every readable record; of the same id twice the newest `updatedAt` wins."""
    found: dict[str, Seen] = {}
    for wire in wires:
        try:
            tree = json.loads(wire)
        except (ValueError, RecursionError):
            continue
        market = read_market(tree)
        if market and (market.market_id not in found or found[market.market_id].updated <= market.updated):
            found[market.market_id] = market
    return found


def read_market(tree: object) -> Seen | None:
    """One record, or None when an essential field is missing or the protocol version is not ours."""
    if not isinstance(tree, dict) or tree.get("version", "v1") != "v1":
        return None
    market_id = tree.get("conditionId")
    if not isinstance(market_id, str) or not re.fullmatch(r"0x[0-9a-fA-F]{64}", market_id):
        return None
    labels = list_of(tree.get("outcomes"))
    if not labels or len(labels) != 2 or not all(isinstance(label, str) and label for label in labels):
        return None
    start = time_ms(tree.get("gameStartTime"))
    game_id = str(tree.get("gameId") or "")
    is_game_id = game_id not in ("", "-1")
    is_game = start is not None and (is_game_id or bool(tree.get("sportsMarketType")))
    venue_close = time_ms(tree.get("endDate"))
    events = list_of(tree.get("events")) or [None]
    event = events[0] if isinstance(events[0], dict) else {}
    accepts = tree.get("acceptingOrders", True) is True
    return Seen(
        market_id=market_id,
        labels=(str(clean(labels[0])), str(clean(labels[1]))),
        tokens=_tokens(tree),
        tree=tree,
        updated=time_ms(tree.get("updatedAt")) or 0,
        close_ms=start + 3 * 3_600_000 if is_game and start is not None else venue_close,
        venue_close_ms=venue_close,
        game_start_ms=start,
        is_game=is_game,
        status=_status(tree, accepts=accepts),
        accepts=accepts,
        category=_category(tree, event, is_sport=is_game_id or bool(tree.get("sportsMarketType"))),
        indicative=_indicative(tree),
        rule_text=stored_text(tree.get("description")),
        event=event,
    )


def _tokens(tree: dict[str, Any]) -> tuple[str, str] | None:
    pair = list_of(tree.get("clobTokenIds"))
    if not pair or len(pair) != 2 or not all(isinstance(t, str) and t.isdigit() for t in pair):
        return None
    return pair[0], pair[1]


def _status(tree: dict[str, Any], *, accepts: bool) -> str:
    if tree.get("closed") is True:
        return "closed"
    whole = (
        tree.get("archived") is not True
        and tree.get("active") is not False
        and accepts
        and tree.get("enableOrderBook") is True
    )
    return "active" if whole else "paused"


_FEE_TYPES = {
    "sports_": "sports",
    "crypto_": "crypto",
    "politics_": "politics",
    "weather_": "weather",
    "finance_prices_": "finance",
    "culture_": "culture",
    "tech_": "tech",
    "economics_": "economics",
    "mentions_": "mentions",
    "general_": "other",
}
_TAGS = {
    "politics": "politics",
    "elections": "politics",
    "geopolitics": "geopolitics",
    "world": "geopolitics",
    "crypto": "crypto",
    "sports": "sports",
    "finance": "finance",
    "economy": "economics",
    "tech": "tech",
    "pop-culture": "culture",
    "culture": "culture",
    "weather": "weather",
    "mentions": "mentions",
}


def _category(tree: dict[str, Any], event: dict[str, Any], *, is_sport: bool) -> str:
    fee_type = tree.get("feeType")
    if isinstance(fee_type, str):
        for prefix, category in _FEE_TYPES.items():
            if fee_type.startswith(prefix):
                return category
    if is_sport:
        return "sports"
    for tags in (tree.get("tags"), event.get("tags")):
        for tag in tags if isinstance(tags, list) else []:
            if isinstance(tag, dict) and tag.get("slug") in _TAGS:
                return _TAGS[tag["slug"]]
    legacy = tree.get("category")
    if isinstance(legacy, str):
        return _TAGS.get(legacy.lower(), "other")
    return "other"


def _indicative(tree: dict[str, Any]) -> Decimal | None:
    pair = list_of(tree.get("outcomePrices"))
    if pair and len(pair) == 2:
        first, second = decimal_of(pair[0]), decimal_of(pair[1])
        if first is not None and second is not None and 0 <= first <= 1 and abs(first + second - 1) <= Decimal("0.2"):
            return first
    bid, ask = decimal_of(tree.get("bestBid")), decimal_of(tree.get("bestAsk"))
    if bid is not None and ask is not None:
        return (bid + ask) / 2
    return decimal_of(tree.get("lastTradePrice"))


# ---------------------------------------------------------------- books


@dataclass
class Side:
    """One outcome's book: aggregated levels by exact price."""

    bids: dict[Decimal, Decimal]
    asks: dict[Decimal, Decimal]

    @property
    def bid(self) -> Decimal | None:
        return max(self.bids, default=None)

    @property
    def ask(self) -> Decimal | None:
        return min(self.asks, default=None)

    @property
    def mid(self) -> Decimal | None:
        return None if self.bid is None or self.ask is None else (self.bid + self.ask) / 2

    @property
    def spread(self) -> Decimal | None:
        return None if self.bid is None or self.ask is None else self.ask - self.bid

    def depth(self) -> Decimal:
        best = self.ask
        if best is None:
            return Decimal(0)
        reach = best + Decimal("0.01")
        return sum((price * size for price, size in self.asks.items() if price <= reach), Decimal(0))

    def mirrored(self) -> Side:
        return Side({1 - p: s for p, s in self.asks.items()}, {1 - p: s for p, s in self.bids.items()})

    def nearest_asks(self) -> list[tuple[float, float]]:
        return [(float(price), float(self.asks[price])) for price in sorted(self.asks)[:10]]


def read_book(wire: str | None, token: str) -> Side | None:
    """The book of `token` as served, or None when there is none."""
    if wire is None:
        return None
    tree = json.loads(wire)
    if not isinstance(tree, dict) or tree.get("asset_id") != token:
        return None
    return Side(_levels(tree.get("bids")), _levels(tree.get("asks")))


def _levels(raw: object) -> dict[Decimal, Decimal]:
    levels: dict[Decimal, Decimal] = {}
    for level in raw if isinstance(raw, list) else []:
        if not isinstance(level, dict):
            continue
        price, size = decimal_of(level.get("price")), decimal_of(level.get("size"))
        if price is None or size is None or not 0 < price < 1 or size <= 0:
            continue
        price = price.quantize(MICRO)
        levels[price] = levels.get(price, Decimal(0)) + size
    return levels


def read_sides(market: Seen, books: Mapping[str, str]) -> tuple[Side, Side] | None:
    """(YES, NO) with the missing one mirrored; None when neither token has a book."""
    if market.tokens is None:
        return None
    yes = read_book(books.get(market.tokens[0]), market.tokens[0])
    no = read_book(books.get(market.tokens[1]), market.tokens[1])
    if yes is None and no is None:
        return None
    if yes is None:
        assert no is not None
        return no.mirrored(), no
    return yes, yes.mirrored() if no is None else no


# ---------------------------------------------------------------- a row


@dataclass
class Expected:
    """What the product must say about one market at one moment; numbers only for an opportunity."""

    gate: str | None
    side: str | None = None
    numbers: dict[str, float] = field(default_factory=dict)
    breakdown: dict[str, float] = field(default_factory=dict)
    fee_assumed: bool = False


def favourite(market: Seen, yes: Side, no: Side) -> str:
    """The side with the higher mid; a tie is YES."""
    if yes.mid is not None and no.mid is not None:
        return "YES" if yes.mid >= no.mid else "NO"
    if yes.mid is not None or no.mid is not None:
        mid = yes.mid if yes.mid is not None else 1 - (no.mid or 0)
        return "YES" if mid >= Decimal("0.5") else "NO"
    if market.indicative is not None:
        return "YES" if market.indicative >= Decimal("0.5") else "NO"
    for name, side in (("YES", yes), ("NO", no)):
        if any(price is not None and price >= Decimal("0.5") for price in (side.bid, side.ask)):
            return name
    return "YES"


def early_gate(market: Seen, now: int, knobs: Knobs) -> str | None:  # noqa: PLR0911 - one gate, one return
    """Gates that need no quote; also the gate of a market outside the window."""
    if market.status != "active":
        return "NOT_ACTIVE"
    if market.close_ms is None:
        return "NO_CLOSE_TIME"
    left_sec = (market.close_ms - now) / 1000
    if left_sec < 0:
        return "OVERDUE"
    if left_sec < knobs.min_t:
        return "CLOSES_TOO_SOON"
    if left_sec > knobs.max_t:
        return "CLOSES_TOO_LATE"
    if market.is_game and not knobs.allow_live and market.game_start_ms is not None and market.game_start_ms <= now:
        return "LIVE_EVENT"
    return None


def expect(  # noqa: PLR0911 - one gate, one return
    market: Seen,
    books: Mapping[str, str],
    *,
    now: int,
    quote_as_of: int | None,
    definition_risk: float | None,
    knobs: Knobs,
) -> Expected:
    """The row of one open market. `quote_as_of` is when the product read the books (None: it holds no quote)."""
    gate = early_gate(market, now, knobs)
    if gate is None and (market.rule_text is None or not market.rule_text.strip() or definition_risk is None):
        gate = "NO_RULES"
    if gate:
        return Expected(gate)
    best = market.best_indicative()
    if best is not None and best < knobs.candidate_price:
        return Expected("BELOW_PRICE_BAND")
    sides = read_sides(market, books)
    if sides is None or quote_as_of is None:
        return Expected("NO_QUOTE")
    stale_sec = max(0, now - quote_as_of) / 1000
    if stale_sec > knobs.stale_max:
        return Expected("STALE_QUOTE")
    side_name = favourite(market, *sides)
    side = sides[0] if side_name == "YES" else sides[1]
    ask = side.ask
    if ask is None:
        return Expected("NO_ASK", side_name)
    spread = side.spread
    if spread is None or spread <= 0 or spread > Decimal(str(knobs.max_spread)):
        return Expected("STUB_BOOK", side_name)
    if ask < Decimal(str(knobs.min_entry)):
        return Expected("BELOW_PRICE_BAND", side_name)
    if ask > Decimal(str(knobs.max_entry)):
        return Expected("ABOVE_PRICE_BAND", side_name)
    if disputed(market):
        return Expected("DISPUTED", side_name)
    assert market.close_ms is not None
    assert definition_risk is not None
    row = _numbers(market, side, (market.close_ms - now) // 1000, stale_sec, definition=definition_risk, k=knobs)
    row.side = side_name
    if row.numbers["net_yield"] <= knobs.min_net_yield:
        return Expected("NO_NET_YIELD", side_name)
    return row


def disputed(market: Seen) -> bool:
    status = market.tree.get("umaResolutionStatus")
    if status is None:
        history = list_of(market.tree.get("umaResolutionStatuses"))
        status = history[-1] if history else None
    return status in ("disputed", "challenged")


def fee_per_share(market: Seen, p: float, knobs: Knobs) -> tuple[float, bool]:
    """(fee, assumed)."""
    if knobs.fee_model == "flat":
        return p * knobs.fee_bps / 10_000, False
    if market.tree.get("feesEnabled") is False:
        return 0.0, False
    schedule = market.tree.get("feeSchedule")
    rate = decimal_of(schedule.get("rate")) if isinstance(schedule, dict) else None
    if rate is None:
        return knobs.assumed_rate * p * (1 - p), True
    exponent = decimal_of(schedule.get("exponent"))
    return float(rate) * (p * (1 - p)) ** float(1 if exponent is None else exponent), False


def _clamp(value: float, low: float = 0.0, high: float = 1.0) -> float:
    return min(max(value, low), high)


def _numbers(market: Seen, side: Side, t_sec: int, stale_sec: float, *, definition: float, k: Knobs) -> Expected:
    assert side.ask is not None
    assert side.spread is not None
    p, spread, depth = float(side.ask), float(side.spread), float(side.depth())
    fee, assumed = fee_per_share(market, p, k)
    days = max(t_sec / 86_400, k.min_t_days)
    net = max(1 - p - fee, 0.0)
    velocity, roi = net / days, net / (p + fee)
    penalty = _clamp(stale_sec / k.stale_max)
    filled = min(1.0, depth / k.depth_target) if k.depth_target else 1.0
    liquidity = _clamp(1 - spread / k.spread_target) * (1 - penalty) * filled
    breakdown = {
        "yield_velocity": k.w[0] * _clamp(velocity / k.velocity_max),
        "net_yield": k.w[1] * _clamp(net / k.net_yield_max),
        "liquidity": k.w[2] * liquidity,
        "definition_risk": -k.w[3] * definition,
        "staleness": -k.w[4] * penalty,
    }
    jump = k.jump.get(market.category, k.jump_other)
    safe = (1 - 0.6 * definition) * (1 - 0.3 * (1 - liquidity)) * (1 - 0.2 * penalty) * (1 - k.operational) * (1 - jump)
    risk = 1 - safe
    return Expected(
        None,
        numbers={
            "entry_price": p,
            "t_remaining_sec": t_sec,
            "gross_yield": 1 - p,
            "fee_bps": 10_000 * fee / p,
            "net_yield": net,
            "yield_velocity": velocity,
            "roi": roi,
            "apr": roi * 365 / days,
            "liquidity_score": liquidity,
            "depth_usd": depth,
            "definition_risk_score": definition,
            "overall_score": _clamp(sum(breakdown.values())),
            "risk_score": risk,
            "max_position_pct": _clamp(
                k.base_position * (1 - risk) * (0.5 + 0.5 * liquidity), k.min_position, k.base_position
            ),
        },
        breakdown=breakdown,
        fee_assumed=assumed,
    )


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
