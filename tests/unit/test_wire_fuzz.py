"""Whatever the venue sends: never an exception, always valid domain records (their constructors check themselves)."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from endgame.errors import Payload
from endgame.venues.client import QuoteRequest
from endgame.venues.polymarket_books import decode_books, parse_quotes
from endgame.venues.polymarket_wire import decode_page, parse_listings
from venue_server import book, condition, gamma, raw

AT = 1_795_342_510_000
NUMBERS = st.floats() | st.integers() | st.sampled_from(["NaN", "1e999", "-0", "0.5", "1", "0.001", 10**30, 1e-310])
TEXTS = st.text() | st.sampled_from(
    [
        "",
        "\ud800",
        "\x00",
        "[]",
        '["a","b"]',
        '["0.5","0.5"]',
        "2026-11-20 18:00:00+00",
        "9" * 400,
        "true",
        "v1",
        "../..",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
GAMMA_KEYS = sorted([*gamma(), "gameStartTime", "gameId", "sportsMarketType", "closedTime", "umaEndDate", "category",
                     "umaResolutionStatus", "volume", "liquidity"])  # fmt: skip


def check_listings(records: list[bytes]) -> None:
    found = parse_listings(records, AT)
    assert len(found.listings) + sum(found.skipped.values()) == len(records)
    assert "invalid" not in found.skipped
    for listing in found.listings:
        listing.market.title.encode()
        assert listing.market.url is None or listing.market.url.startswith("https://polymarket.com/event/")
        if listing.rule is not None:
            assert len(listing.rule.rule_text.encode()) <= 256 * 1024


@settings(max_examples=60, deadline=None)
@given(over=st.dictionaries(st.sampled_from(GAMMA_KEYS), JSON, max_size=8), closed=st.booleans())
def test_any_field_may_hold_anything(over: dict[str, Any], closed: bool) -> None:
    check_listings([raw(gamma(1, closed=closed, **{k: v for k, v in over.items() if k != "closed"})), raw(gamma(2))])


@settings(max_examples=60, deadline=None)
@given(st.lists(JSON, max_size=5))
def test_any_json_may_stand_for_a_record(records: list[Any]) -> None:
    check_listings([raw(record) for record in records])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=5))
def test_any_bytes_may_stand_for_a_record(records: list[bytes]) -> None:
    check_listings(records)


@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=80) | JSON.map(raw), cut=st.integers(0, 4_000))
def test_any_answer_is_read_or_refused(body: bytes, cut: int) -> None:
    whole = json.dumps({"markets": [gamma(1), gamma(2)], "next_cursor": "x"}).encode()
    for answer in (body, whole[:cut]):
        for decode in (decode_page, decode_books):
            try:
                decode(answer)
            except Payload:
                continue
            assert answer.strip()


PRICES = NUMBERS | TEXTS | st.floats(0, 1).map(str)
SIZES = NUMBERS | st.floats(0, 1e6).map(str)
LEVELS = st.lists(st.fixed_dictionaries({"price": PRICES, "size": SIZES}) | JSON, max_size=15)


@settings(max_examples=60, deadline=None)
@given(
    yes=LEVELS | JSON,
    no=LEVELS | JSON,
    over=st.dictionaries(st.sampled_from(["asset_id", "timestamp"]), JSON),
    extra=JSON,
)
def test_any_book_becomes_a_valid_quote_or_is_counted(yes: Any, no: Any, over: dict[str, Any], extra: Any) -> None:
    wanted = [QuoteRequest(condition(1), "1", "2"), QuoteRequest(condition(2), "3", "4")]
    books = [book("1", yes, no), book("2", no, yes), book("3", no, no) | over, extra]
    found = parse_quotes([raw(item) for item in books], wanted, received_at=AT, depth_reach=0.01)
    assert len(found.quotes) + len(found.missing) <= 2
    for quote in found.quotes:
        assert all(math.isfinite(level.size) and 0 < level.price < 1 for level in (*quote.asks_yes, *quote.asks_no))
