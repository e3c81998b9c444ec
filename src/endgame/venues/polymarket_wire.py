"""Polymarket's catalogue: raw JSON to domain records. A bad record costs itself, a bad field costs that field.

Field by field: the shared venue notes, §3.5-3.9 and §8. Skipped records are counted by reason:
`unreadable`, `oversize`, `condition_id`, `outcomes`, `outcome_count`, `version`, `duplicate`, `invalid`, and in a
look-up by id `unasked`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote as percent_encode
from urllib.parse import urlsplit

import msgspec

from endgame.domain.market import Category, Market, Outcome, Resolution, Side, Status
from endgame.domain.rule import DEFAULT_SETTLEMENT_WINDOW_SEC, MAX_RULE_BYTES, Rule
from endgame.domain.score import DISPUTED_ORACLE_STATES
from endgame.errors import Payload
from endgame.telemetry import logger
from endgame.venues import lenient
from endgame.venues.client import Listing, ListingBatch
from endgame.venues.lenient import MICROS, RawRecord

VENUE: Final = "polymarket"
WEB_URL: Final = "https://polymarket.com"
GAME_LENGTH_MS: Final = 3 * 3_600_000
"""A game ends this long after its start: our estimate, because the venue's end date of a game is start + 7 days."""

MAX_RECORD_BYTES: Final = 4 * 1024 * 1024
"""A text of 256 KiB in its longest spelling, and room for the rest."""
MAX_BRACKETS: Final = 131_072
"""Most opening brackets of a record: decoding a million of them would hold up every thread for half a second."""
MAX_TITLE: Final = 1_000
MAX_LABEL: Final = 200
MAX_SLUG: Final = 500
MAX_TAGS: Final = 50
MAX_CURSOR: Final = 4_096
MAX_URL: Final = 2_048
MAX_LIVENESS_SEC: Final = 31_536_000
MAX_FEE_EXPONENT: Final = 10.0

_CONDITION_ID = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)
_TOKEN_ID = re.compile(r"[0-9]{1,78}", re.ASCII)
_NO_GAME: Final = frozenset({"", "-1"})

_FEE_TYPES: Final = (
    ("sports_", Category.SPORTS),
    ("crypto_", Category.CRYPTO),
    ("politics_", Category.POLITICS),
    ("weather_", Category.WEATHER),
    ("finance_prices_", Category.FINANCE),
    ("culture_", Category.CULTURE),
    ("tech_", Category.TECH),
    ("economics_", Category.ECONOMICS),
    ("mentions_", Category.MENTIONS),
    ("general_", Category.OTHER),
)
_TAGS: Final = {
    "politics": Category.POLITICS,
    "elections": Category.POLITICS,
    "geopolitics": Category.GEOPOLITICS,
    "world": Category.GEOPOLITICS,
    "crypto": Category.CRYPTO,
    "sports": Category.SPORTS,
    "finance": Category.FINANCE,
    "economy": Category.ECONOMICS,
    "economics": Category.ECONOMICS,
    "tech": Category.TECH,
    "culture": Category.CULTURE,
    "pop-culture": Category.CULTURE,
    "weather": Category.WEATHER,
    "mentions": Category.MENTIONS,
}


class Skipped(Exception):
    """A record that cannot be used; the message is its reason in snake case."""

    @property
    def reason(self) -> str:
        """Key under which it is counted."""
        return str(self.args[0])


class GammaMarket(msgspec.Struct, rename="camel"):
    """The fields of a Gamma market that we read, each of any type or missing."""

    question: Any = None
    group_item_title: Any = None
    condition_id: Any = None
    slug: Any = None
    description: Any = None
    resolution_source: Any = None
    start_date: Any = None
    end_date: Any = None
    updated_at: Any = None
    uma_end_date: Any = None
    closed_time: Any = None
    game_start_time: Any = None
    outcomes: Any = None
    outcome_prices: Any = None
    clob_token_ids: Any = None
    version: Any = None
    active: Any = None
    closed: Any = None
    archived: Any = None
    enable_order_book: Any = None
    accepting_orders: Any = None
    best_bid: Any = None
    best_ask: Any = None
    last_trade_price: Any = None
    volume: Any = None
    volume_num: Any = None
    liquidity: Any = None
    liquidity_num: Any = None
    order_price_min_tick_size: Any = None
    order_min_size: Any = None
    fees_enabled: Any = None
    fee_type: Any = None
    fee_schedule: Any = None
    neg_risk: Any = None
    uma_resolution_status: Any = None
    uma_resolution_statuses: Any = None
    custom_liveness: Any = None
    game_id: Any = None
    sports_market_type: Any = None
    events: Any = None
    tags: Any = None
    category: Any = None


_FIELDS: Final = tuple(zip(GammaMarket.__struct_fields__, GammaMarket.__struct_encode_fields__, strict=True))
_DECODER: Final = msgspec.json.Decoder(GammaMarket)


@dataclass(frozen=True, slots=True)
class ListingPage:
    """A catalogue page as it came: undecoded records, and the cursor of the next page (None on the last one)."""

    records: Sequence[RawRecord]
    next_cursor: str | None


_PAGE_DECODER: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(
    msgspec.defstruct("Page", [("markets", lenient.ELEMENTS), ("next_cursor", str | None, None)])
)


def read_page(body: bytes, received_at: int) -> tuple[ListingBatch, str | None]:
    """Domain records of a catalogue page, and the cursor of the next one (None on the last).

    `received_at` is UTC epoch milliseconds.

    Raises:
        Payload: as in `decode_page`.
    """
    page = decode_page(body)
    return parse_listings(page.records, received_at), page.next_cursor


def decode_page(body: bytes) -> ListingPage:
    """Cut a catalogue page into its records.

    Raises:
        Payload: not a JSON object with an array `markets` of at most `lenient.MAX_ELEMENTS` records, or a cursor that
            cannot be one.
    """
    records: Sequence[RawRecord]
    cursor: object
    try:
        page = _PAGE_DECODER.decode(body)
        records, cursor = lenient.cut(page.markets), page.next_cursor
    except msgspec.ValidationError as error:
        raise Payload(f"The page is not of the documented shape: {error}.") from error
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        members = lenient.split_object(body, most_inside=lenient.MAX_ELEMENTS)
        records = lenient.split_array(members.get("markets", b""))
        raw_cursor = members.get("next_cursor", b"null")
        cursor = lenient.read_json(raw_cursor)
        if cursor is None and raw_cursor != b"null":
            raise Payload("The cursor of the page is unreadable.") from None
    if not cursor and (cursor is None or isinstance(cursor, str)):
        return ListingPage(records, None)
    if not isinstance(cursor, str) or len(cursor) > MAX_CURSOR or lenient.clean(cursor) != cursor:
        raise Payload("The cursor of the page is not a usable text.")
    return ListingPage(records, cursor)


def parse_listings(records: Sequence[RawRecord], received_at: int) -> ListingBatch:
    """Domain records of a page; of two with the same id the newest `updatedAt` wins. Never raises.

    `received_at` is UTC epoch milliseconds.
    """
    found: dict[str, Listing] = {}
    skipped: Counter[str] = Counter()
    samples: dict[str, str] = {}
    for raw in records:
        try:
            listing = parse_listing(raw, received_at)
        except Skipped as skip:
            skipped[skip.reason] += 1
            samples.setdefault(skip.reason, sample_of(raw))
            continue
        held = found.get(listing.market.market_id)
        if held is not None:
            skipped["duplicate"] += 1
        if held is None or (listing.market.venue_updated_at or 0) > (held.market.venue_updated_at or 0):
            found[listing.market.market_id] = listing
    log_skipped("markets", skipped, samples)
    return ListingBatch(tuple(found.values()), received_at, skipped)


def parse_listing(raw: RawRecord, received_at: int) -> Listing:
    """One market with its rule text.

    Raises:
        Skipped: an essential field is missing or unreadable.
    """
    record = _decode_record(raw)
    try:
        market = _market(record)
        return Listing(market, _rule(record, market.market_id, received_at))
    except ValueError as error:  # the domain refuses it: every reader above should have prevented that
        raise Skipped("invalid") from error


def sample_of(raw: RawRecord) -> str:
    """The beginning of a raw record, fit for a log line."""
    return bytes(memoryview(raw)[:200]).decode("utf-8", "replace")


def log_skipped(what: str, skipped: Counter[str], samples: dict[str, str]) -> None:
    """One line per batch with the counts and one sample per reason; nothing when nothing was skipped."""
    if samples:
        logger().info("venue.skipped", venue=VENUE, records=what, counts=dict(skipped), samples=samples)


def _decode_record(raw: RawRecord) -> GammaMarket:
    size = memoryview(raw).nbytes
    if size > MAX_RECORD_BYTES or (size > MAX_BRACKETS and _brackets(bytes(raw)) > MAX_BRACKETS):
        raise Skipped("oversize")
    try:
        return _DECODER.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        value = lenient.read_json(bytes(raw))
    if not isinstance(value, dict):
        raise Skipped("unreadable")
    return GammaMarket(**{field: value.get(name) for field, name in _FIELDS})


def _brackets(raw: bytes) -> int:
    return raw.count(b"[") + raw.count(b"{")


def _market(raw: GammaMarket) -> Market:
    market_id = _condition_id(raw)
    if raw.version is not None and raw.version != "v1":
        raise Skipped("version")
    yes_label, no_label = _labels(raw)
    yes_token, no_token = _tokens(raw)
    event = _first_event(raw)
    slug = lenient.short_text(raw.slug, MAX_SLUG)
    event_slug = lenient.short_text(event.get("slug"), MAX_SLUG)
    status = _open_status(raw)
    oracle_status, oracle_history = _oracle(raw)
    resolution = _resolution(raw, oracle_status, oracle_history) if status is Status.CLOSED else None
    end, start = lenient.time_ms(raw.end_date), _game_start(raw)
    fee_rate, fee_exponent = _fee_schedule(raw)
    return Market(
        market_id=market_id,
        venue=VENUE,
        title=lenient.shown_text(raw.question, MAX_TITLE) or slug or "",
        slug=slug,
        event_slug=event_slug,
        event_id=lenient.identifier(event.get("id")),
        event_title=lenient.shown_text(event.get("title"), MAX_TITLE),
        group_title=lenient.shown_text(raw.group_item_title, MAX_LABEL) or "",
        category=_category(raw, event),
        tags=_tag_slugs(raw.tags) or _tag_slugs(event.get("tags")),
        status=Status.RESOLVED if resolution else status,
        accepts_orders=lenient.boolean(raw.accepting_orders) is not False,
        open_time=lenient.time_ms(raw.start_date),
        close_time=end if start is None else start + GAME_LENGTH_MS,
        venue_close_time=end,
        game_start_time=start,
        resolved_time=(lenient.time_ms(raw.closed_time) or lenient.time_ms(raw.uma_end_date)) if resolution else None,
        resolved_outcome=resolution,
        url=_web_address(event_slug, slug),
        neg_risk=bool(
            lenient.boolean(raw.neg_risk)
            or lenient.boolean(event.get("negRisk"))
            or lenient.boolean(event.get("enableNegRisk"))
        ),
        tick_size=lenient.not_negative(raw.order_price_min_tick_size) or None,
        min_order_size=lenient.not_negative(raw.order_min_size),
        fee_rate=fee_rate,
        fee_exponent=fee_exponent,
        fees_enabled=lenient.boolean(raw.fees_enabled),
        oracle_status=oracle_status,
        oracle_history=oracle_history,
        indicative_price_yes=_indicative_price(raw),
        volume_usd=_first(lenient.not_negative(raw.volume_num), lenient.not_negative(raw.volume)),
        event_volume_usd=lenient.not_negative(event.get("volume")),
        liquidity_usd=_first(lenient.not_negative(raw.liquidity_num), lenient.not_negative(raw.liquidity)),
        venue_updated_at=lenient.time_ms(raw.updated_at),
        outcomes=(Outcome(Side.YES, yes_label, yes_token), Outcome(Side.NO, no_label, no_token)),
    )


def _rule(raw: GammaMarket, market_id: str, received_at: int) -> Rule | None:
    if not isinstance(raw.description, str):
        return None
    text, truncated = stored_text(raw.description)
    return Rule(
        market_id=market_id,
        as_of=received_at,
        rule_text=text,
        settlement_source=_http_address(raw.resolution_source),
        settlement_window=_liveness(raw.custom_liveness),
        truncated=truncated,
    )


def stored_text(text: str) -> tuple[str, bool]:
    """A rule text as it is stored, and whether it was cut: 256 KiB of UTF-8, cut between code points."""
    text = lenient.clean(text)
    encoded = text.encode()
    if len(encoded) <= MAX_RULE_BYTES:
        return text, False
    return encoded[:MAX_RULE_BYTES].decode("utf-8", "ignore"), True


# Essential fields


def _condition_id(raw: GammaMarket) -> str:
    if not isinstance(raw.condition_id, str) or not _CONDITION_ID.fullmatch(raw.condition_id):
        raise Skipped("condition_id")
    return raw.condition_id


def _labels(raw: GammaMarket) -> tuple[str, str]:
    sent = lenient.array(raw.outcomes)
    if sent is None:
        raise Skipped("outcomes")
    if len(sent) != 2:
        raise Skipped("outcome_count")
    first, second = (lenient.shown_text(label, MAX_LABEL) for label in sent)
    if first is None or second is None:
        raise Skipped("outcomes")
    return first, second


# Fields that may be missing


def _tokens(raw: GammaMarket) -> tuple[str | None, str | None]:
    """Both token ids or none: one alone, or the same twice, cannot be quoted."""
    sent = lenient.array(raw.clob_token_ids)
    if sent is None or len(sent) != 2:
        return None, None
    first, second = (lenient.identifier(token) for token in sent)
    usable = first and second and first != second and _TOKEN_ID.fullmatch(first) and _TOKEN_ID.fullmatch(second)
    return (first, second) if usable else (None, None)


def _first_event(raw: GammaMarket) -> dict[str, Any]:
    if isinstance(raw.events, list) and raw.events and isinstance(raw.events[0], dict):
        return raw.events[0]
    return {}


def _open_status(raw: GammaMarket) -> Status:
    """`active` stays true after closing and says nothing alone; `closed` is authoritative."""
    if lenient.boolean(raw.closed):
        return Status.CLOSED
    trades = (
        not lenient.boolean(raw.archived)
        and lenient.boolean(raw.active) is not False
        and lenient.boolean(raw.accepting_orders) is not False
        and lenient.boolean(raw.enable_order_book) is True
    )
    return Status.ACTIVE if trades else Status.PAUSED


def _oracle(raw: GammaMarket) -> tuple[str | None, tuple[str, ...]]:
    history = [lenient.short_text(state, 50) for state in lenient.array(raw.uma_resolution_statuses) or ()]
    status = lenient.short_text(raw.uma_resolution_status, 50)
    return status and status.lower(), tuple(state.lower() for state in history[-MAX_TAGS:] if state)


def _resolution(raw: GammaMarket, status: str | None, history: tuple[str, ...]) -> Resolution | None:
    """How a closed market paid: decisive prices, never during a dispute; `["0","0"]` and `["1","1"]` say nothing."""
    if (status or (history[-1] if history else None)) in DISPUTED_ORACLE_STATES:
        return None
    prices = _outcome_prices(raw)
    if prices is None:
        return None
    yes, no = prices
    if yes >= 0.999 * MICROS and no <= 0.001 * MICROS:
        return Resolution.YES
    if no >= 0.999 * MICROS and yes <= 0.001 * MICROS:
        return Resolution.NO
    return Resolution.SPLIT if yes == no == MICROS // 2 else None


def _outcome_prices(raw: GammaMarket) -> tuple[int, int] | None:
    sent = lenient.array(raw.outcome_prices)
    if sent is None or len(sent) != 2:
        return None
    yes, no = (lenient.micros(price) for price in sent)
    return None if yes is None or no is None else (yes, no)


def _indicative_price(raw: GammaMarket) -> float | None:
    """A hint for which books are worth asking; up to five minutes old, never an executable price. $/share of YES."""
    prices = _outcome_prices(raw)
    if prices and 0.8 * MICROS <= sum(prices) <= 1.2 * MICROS:
        return prices[0] / MICROS
    bid, ask = lenient.micros(raw.best_bid), lenient.micros(raw.best_ask)
    if bid is not None and ask is not None:
        return round((bid + ask) / 2) / MICROS
    last = lenient.micros(raw.last_trade_price)
    return None if last is None else last / MICROS


def _is_game(raw: GammaMarket) -> bool:
    """`gameId` is text here but an integer on events; `""`, `"-1"` and missing mean none."""
    game = lenient.identifier(raw.game_id)
    return (game is not None and game not in _NO_GAME) or lenient.short_text(raw.sports_market_type, 100) is not None


def _game_start(raw: GammaMarket) -> int | None:
    start = lenient.time_ms(raw.game_start_time)
    return start if start is not None and _is_game(raw) and lenient.in_range(start + GAME_LENGTH_MS) else None


def _fee_schedule(raw: GammaMarket) -> tuple[float | None, float | None]:
    """Rate and exponent, both None without a readable schedule. `takerBaseFee` (1000) is not a rate.

    A rate above 1 is taken at its word: it eats the whole gain, and so keeps the market off the list.
    """
    schedule = lenient.read_json(raw.fee_schedule) if isinstance(raw.fee_schedule, str) else raw.fee_schedule
    if not isinstance(schedule, dict):
        return None, None
    rate = lenient.number(schedule.get("rate"))
    sent = schedule.get("exponent")
    exponent = 1.0 if sent is None else lenient.number(sent)
    if rate is None or rate < 0 or exponent is None or not 0 <= exponent <= MAX_FEE_EXPONENT:
        return None, None
    return rate, exponent


def _category(raw: GammaMarket, event: dict[str, Any]) -> Category:
    fee_type = raw.fee_type if isinstance(raw.fee_type, str) else ""
    for prefix, category in _FEE_TYPES:
        if fee_type.startswith(prefix):
            return category
    if _is_game(raw):
        return Category.SPORTS
    for tags in (_tag_slugs(raw.tags), _tag_slugs(event.get("tags"))):
        if "geopolitics" in tags and lenient.boolean(raw.fees_enabled) is False:
            return Category.GEOPOLITICS  # it has no fee type of its own
        for tag in tags:
            if tag in _TAGS:
                return _TAGS[tag]
    legacy = lenient.short_text(raw.category, 100) or ""
    return _TAGS.get(legacy.lower().replace(" ", "-"), Category.OTHER)


def _tag_slugs(tags: object) -> tuple[str, ...]:
    if not isinstance(tags, list):
        return ()
    slugs = (lenient.short_text(tag.get("slug") if isinstance(tag, dict) else tag, 100) for tag in tags[:MAX_TAGS])
    return tuple(slug.lower() for slug in slugs if slug)


def _web_address(event_slug: str | None, slug: str | None) -> str | None:
    """A market slug alone under /event/ is often a dead link, so without an event slug there is none."""
    if event_slug is None or event_slug in (".", ".."):
        return None
    address = f"{WEB_URL}/event/{percent_encode(event_slug, safe='')}"
    if slug is None or slug == event_slug or slug in (".", ".."):
        return address
    return f"{address}/{percent_encode(slug, safe='')}"


def _http_address(value: object) -> str | None:
    address = lenient.short_text(value, MAX_URL + 1)
    if address is None or len(address) > MAX_URL:
        return None
    try:
        parts = urlsplit(address)
        return address if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def _liveness(value: object) -> int:
    seconds = lenient.number(value)
    if seconds is None or not 1 <= seconds <= MAX_LIVENESS_SEC or seconds != int(seconds):
        return DEFAULT_SETTLEMENT_WINDOW_SEC
    return int(seconds)


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)
