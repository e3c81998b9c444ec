"""Polymarket's order books: raw JSON to quotes. Matched by `asset_id`, never by position.

Books that cannot be used are counted by reason: `book_unreadable`, `book_asset_id`, `book_bids`, `book_asks`,
`book_duplicate`, `book_unasked`. Such a book is not the venue's word that there is none: the market is
read from its other book, and without one its stored quote stays and grows stale.
"""

from __future__ import annotations

import heapq
import itertools
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from endgame.domain.quote import MAX_LEVELS, Level, Quote
from endgame.errors import Payload
from endgame.venues import lenient
from endgame.venues.client import QuoteBatch, QuoteRequest
from endgame.venues.lenient import MICROS, RawRecord
from endgame.venues.polymarket_wire import Skipped, log_skipped, sample_of

MAX_RAW_LEVELS: Final = 20_000
"""A side cannot have more levels than ticks (9,999 of the finest); a longer one is no book."""
MAX_SIDE_BYTES: Final = 1_048_576
"""That many levels, well spelled out."""
MAX_SMALL_BYTES: Final = 1_000
"""Most of an id, a time or a level; a longer one is unreadable."""

Shares = Mapping[int, float]
"""Shares by price in millionths of a dollar."""


class ClobBook(msgspec.Struct):
    """The fields of a CLOB book that we read, undecoded: each of any type, or empty when missing."""

    asset_id: RawRecord = b""
    timestamp: RawRecord = b""
    bids: RawRecord = b""
    asks: RawRecord = b""


class ClobLevel(msgspec.Struct, gc=False):
    """One price level as it should come."""

    price: str | float | None = None
    size: str | float | None = None


_FIELDS: Final = ClobBook.__struct_fields__
_DECODER: Final = msgspec.json.Decoder(ClobBook)
_SIDE_DECODER: Final = msgspec.json.Decoder(list[ClobLevel])


@dataclass(frozen=True, slots=True)
class Book:
    """One token's resting orders."""

    bids: Shares
    asks: Shares
    book_time: int | None
    """UTC epoch milliseconds of the venue's last change of this book."""

    def mirrored(self) -> Book:
        """The book of the other outcome: a bid of p here is an ask of 1 - p there, sizes unchanged."""
        return Book(
            bids={MICROS - price: size for price, size in self.asks.items()},
            asks={MICROS - price: size for price, size in self.bids.items()},
            book_time=self.book_time,
        )


def encode_request(wanted: Sequence[QuoteRequest]) -> bytes:
    """Body of a `POST /books` for both tokens of each market."""
    tokens = itertools.chain.from_iterable((market.yes_token, market.no_token) for market in wanted)
    return msgspec.json.encode([{"token_id": token} for token in tokens])


def decode_books(body: bytes) -> Sequence[RawRecord]:
    """Cut an answer into its books.

    Raises:
        Payload: not a JSON array, or one of more than `lenient.MAX_ELEMENTS`.
    """
    return lenient.elements(body)


def parse_quotes(
    records: Sequence[RawRecord], wanted: Sequence[QuoteRequest], *, received_at: int, depth_reach: float
) -> QuoteBatch:
    """Quotes of the wanted markets from the books of one successful answer. Never raises.

    `received_at` is UTC epoch milliseconds; depth counts asks up to the best one plus `depth_reach` $/share.
    A market neither among the quotes nor among the missing had only unusable books, or may have had: while a book is
    there of which it cannot be told whose it is, none is missing.
    """
    shelf = _BookShelf(wanted)
    for raw in records:
        shelf.add(raw)
    return shelf.quotes(received_at=received_at, reach=round(depth_reach * MICROS))


class _BookShelf:
    """The usable books of one answer, by token."""

    def __init__(self, wanted: Sequence[QuoteRequest]) -> None:
        self._wanted = wanted
        self._tokens = {token for market in wanted for token in (market.yes_token, market.no_token)}
        self._books: dict[str, Book | None] = {}  # None: a book came, but it cannot be used
        self._has_nameless = False
        """A book came of which it is not known whose it is: it may be any that seems to be missing."""
        self._skipped: Counter[str] = Counter()
        self._samples: dict[str, str] = {}

    def add(self, raw: RawRecord) -> None:
        token: str | None = None
        try:
            record = _decode_book(raw)
            token = _asset_id(record, self._tokens)
            book = Book(_side(record.bids, "book_bids"), _side(record.asks, "book_asks"), _book_time(record))
        except Skipped as skip:
            self._skipped[skip.reason] += 1
            self._samples.setdefault(skip.reason, sample_of(raw))
            if token is not None:
                self._books.setdefault(token, None)
            else:
                self._has_nameless = True
        else:
            self._put(token, book)

    def quotes(self, *, received_at: int, reach: int) -> QuoteBatch:
        log_skipped("books", self._skipped, self._samples)
        quotes: list[Quote] = []
        missing: list[str] = []
        for market in self._wanted:
            if market.yes_token not in self._books and market.no_token not in self._books:
                if not self._has_nameless:
                    missing.append(market.market_id)
                continue
            usable = _both_books(self._books.get(market.yes_token), self._books.get(market.no_token))
            if usable is not None:
                quotes.append(_quote(market.market_id, *usable, received_at=received_at, reach=reach))
        return QuoteBatch(tuple(quotes), tuple(missing), received_at, self._skipped)

    def _put(self, token: str, book: Book) -> None:
        held = self._books.get(token)
        if held is not None:
            self._skipped["book_duplicate"] += 1
        if held is None or (book.book_time or 0) > (held.book_time or 0):
            self._books[token] = book


def _decode_book(raw: RawRecord) -> ClobBook:
    try:
        return _DECODER.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        pass
    try:
        members = lenient.split_object(bytes(raw), most_inside=MAX_RAW_LEVELS + 1)
    except Payload:
        raise Skipped("book_unreadable") from None
    return ClobBook(**{field: members[field] for field in _FIELDS if field in members})


def _asset_id(record: ClobBook, tokens: set[str]) -> str:
    token = lenient.identifier(_small(record.asset_id))
    if token is None:
        raise Skipped("book_asset_id")
    if token not in tokens:
        raise Skipped("book_unasked")
    return token


def _book_time(record: ClobBook) -> int | None:
    return lenient.epoch_ms(_small(record.timestamp))


def _small(raw: RawRecord) -> object:
    return lenient.read_json(bytes(raw)) if _size(raw) <= MAX_SMALL_BYTES else None


def _size(raw: RawRecord) -> int:
    return memoryview(raw).nbytes


def _side(raw: RawRecord, reason: str) -> Shares:
    """Usable levels, equal prices added up: a price strictly inside (0, 1) and a finite size > 0."""
    if _size(raw) > MAX_SIDE_BYTES:
        raise Skipped(reason)
    side: dict[int, float] = {}
    for sent_price, sent_size in _levels(raw, reason):
        price = lenient.micros(sent_price)
        if price is None or not 0 < price < MICROS:
            continue
        size = lenient.number(sent_size)
        if size is not None and size > 0:
            side[price] = min(side[price] + size, sys.float_info.max) if price in side else size
    return side


def _levels(raw: RawRecord, reason: str) -> Iterable[tuple[object, object]]:
    """Price and size of each level, as sent; in a side that is not as it should be each level stands for itself."""
    try:
        levels = _SIDE_DECODER.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        pass
    else:
        if len(levels) > MAX_RAW_LEVELS:
            raise Skipped(reason)
        return ((level.price, level.size) for level in levels)
    try:
        pieces = lenient.split_array(bytes(raw), most=MAX_RAW_LEVELS)
    except Payload:
        raise Skipped(reason) from None
    read = map(_small, pieces)
    return ((level.get("price"), level.get("size")) for level in read if isinstance(level, dict))


def _both_books(yes: Book | None, no: Book | None) -> tuple[Book, Book, str] | None:
    """Both books and where they come from; a side without a usable book is mirrored from the other."""
    if yes is not None and no is not None:
        return yes, no, "book"
    if yes is not None:
        return yes, yes.mirrored(), "mirrored_yes"
    return None if no is None else (no.mirrored(), no, "mirrored_no")


def _quote(market_id: str, yes: Book, no: Book, source: str, *, received_at: int, reach: int) -> Quote:
    yes_bid, yes_ask = max(yes.bids, default=None), min(yes.asks, default=None)
    no_bid, no_ask = max(no.bids, default=None), min(no.asks, default=None)
    return Quote(
        market_id=market_id,
        as_of=received_at,
        book_time=max((time for time in (yes.book_time, no.book_time) if time is not None), default=None),
        yes_bid=_dollars(yes_bid),
        yes_ask=_dollars(yes_ask),
        no_bid=_dollars(no_bid),
        no_ask=_dollars(no_ask),
        yes_bid_size=None if yes_bid is None else yes.bids[yes_bid],
        yes_ask_size=None if yes_ask is None else yes.asks[yes_ask],
        no_bid_size=None if no_bid is None else no.bids[no_bid],
        no_ask_size=None if no_ask is None else no.asks[no_ask],
        yes_depth_usd=_depth_usd(yes.asks, reach),
        no_depth_usd=_depth_usd(no.asks, reach),
        asks_yes=_nearest(yes.asks),
        asks_no=_nearest(no.asks),
        quote_source=source,
    )


def _dollars(price: int | None) -> float | None:
    return None if price is None else price / MICROS


def _nearest(asks: Shares) -> tuple[Level, ...]:
    return tuple(Level(price / MICROS, asks[price]) for price in heapq.nsmallest(MAX_LEVELS, asks))


def _depth_usd(asks: Shares, reach: int) -> float:
    """Dollars that buy every ask up to the best one plus `reach` millionths, over the whole book."""
    if not asks:
        return 0.0
    highest = min(asks) + reach
    within = sorted(price for price in asks if price <= highest)  # in this order the sum is always the same
    return min(sum(price / MICROS * asks[price] for price in within), sys.float_info.max)
