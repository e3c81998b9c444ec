"""Order books to quotes: prices exact, matched by token, mirrored where one side is missing."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence

import pytest

from endgame.domain.quote import Quote
from endgame.errors import Payload
from endgame.venues.client import QuoteBatch, QuoteRequest
from endgame.venues.polymarket_books import decode_books, encode_request, parse_quotes
from venue_server import book, levels, raw

AT = 1_795_342_510_000
ONE = QuoteRequest("m1", "11", "12")


def parse(books: Sequence[object], wanted: Sequence[QuoteRequest] = (ONE,), reach: float = 0.01) -> QuoteBatch:
    records = [item if isinstance(item, bytes) else raw(item) for item in books]
    return parse_quotes(records, wanted, received_at=AT, depth_reach=reach)


def quote(*books: object, reach: float = 0.01) -> Quote:
    (found,) = parse(books, reach=reach).quotes
    return found


YES = book("11", levels(("0.01", "5000"), ("0.955", "300"), ("0.961", "1250.5")),
           levels(("0.99", "8000"), ("0.975", "410"), ("0.969", "220.31")))  # fmt: skip
NO = book("12", levels(("0.01", "8000"), ("0.025", "410"), ("0.031", "220.31")),
          levels(("0.99", "5000"), ("0.045", "300"), ("0.039", "1250.5")), timestamp="1795342502999")  # fmt: skip


def test_both_books_make_one_quote() -> None:
    read = quote(YES, NO)
    assert (read.yes_bid, read.yes_ask, read.no_bid, read.no_ask) == (0.961, 0.969, 0.031, 0.039)
    assert (read.yes_bid_size, read.yes_ask_size, read.no_bid_size, read.no_ask_size) == (
        1250.5,
        220.31,
        220.31,
        1250.5,
    )
    assert read.yes_depth_usd == pytest.approx(0.969 * 220.31 + 0.975 * 410, abs=1e-9)
    assert [level.price for level in read.asks_yes] == [0.969, 0.975, 0.99]
    assert (read.as_of, read.book_time, read.quote_source) == (AT, 1_795_342_502_999, "book")


def test_the_best_price_does_not_depend_on_the_order_of_the_arrays() -> None:
    shuffled = YES | {"bids": YES["bids"][::-1], "asks": [YES["asks"][1], YES["asks"][2], YES["asks"][0]]}
    assert quote(shuffled, NO) == quote(YES, NO)


def test_books_are_matched_by_token_and_never_by_position() -> None:
    assert quote(NO, YES) == quote(YES, NO)


def test_a_token_without_a_book_is_mirrored_from_the_other() -> None:
    from_no = quote(NO)
    assert (from_no.yes_bid, from_no.yes_ask) == (0.961, 0.969)
    assert (from_no.yes_ask_size, from_no.yes_bid_size) == (220.31, 1250.5)
    assert from_no.yes_depth_usd == pytest.approx(0.969 * 220.31 + 0.975 * 410, abs=1e-9)
    assert from_no.quote_source == "mirrored_no"
    from_yes = quote(YES)
    assert (from_yes.no_bid, from_yes.no_ask) == (0.031, 0.039)
    assert from_yes.quote_source == "mirrored_yes"


def test_mirrored_prices_are_exact() -> None:
    assert quote(book("12", levels(("0.059", "10")))).yes_ask == 0.941


def test_a_market_left_out_of_the_answer_is_missing() -> None:
    found = parse([YES], [ONE, QuoteRequest("m2", "21", "22")])
    assert [read.market_id for read in found.quotes] == ["m1"]
    assert found.missing == ("m2",)


def test_two_empty_arrays_are_a_book_without_an_ask() -> None:
    read = quote(book("11"), book("12"))
    assert (read.yes_bid, read.yes_ask, read.no_bid, read.no_ask) == (None, None, None, None)
    assert (read.yes_depth_usd, read.asks_yes) == (0.0, ())


def test_an_empty_book_beside_a_full_one_is_not_mirrored() -> None:
    read = quote(book("11"), NO)
    assert (read.yes_ask, read.no_ask, read.quote_source) == (None, 0.039, "book")


@pytest.mark.parametrize(
    ("side", "reason"), [({"bids": "none"}, "book_bids"), ({"asks": {}}, "book_asks"), ({"bids": None}, "book_bids")]
)
def test_a_broken_book_is_read_from_its_other_side(side: dict[str, object], reason: str) -> None:
    found = parse([YES | side, NO])
    assert found.skipped == {reason: 1}
    assert found.quotes[0].quote_source == "mirrored_no"
    assert found.quotes[0].yes_ask == 0.969


def test_a_market_of_broken_books_is_neither_quoted_nor_missing() -> None:
    found = parse([YES | {"bids": 3}, NO | {"asks": "x"}, {"asset_id": "11"}])
    assert (found.quotes, found.missing) == ((), ())
    assert found.skipped == {"book_bids": 2, "book_asks": 1}


def test_a_market_with_one_broken_and_no_other_book_is_not_missing_either() -> None:
    found = parse([NO | {"bids": None}])
    assert (found.quotes, found.missing) == ((), ())


@pytest.mark.parametrize("rubbish", [b"3", b"null", b"[]", b'"x"', b"{", b'{"asset_id": NaN'])
def test_what_is_no_book_costs_itself_only(rubbish: bytes) -> None:
    found = parse([rubbish, YES, NO])
    assert len(found.quotes) == 1
    assert found.skipped == {"book_unreadable": 1}


@pytest.mark.parametrize("rubbish", [b"3", {"bids": [], "asks": []}, {"asset": "11", "bids": [], "asks": []}])
def test_while_it_is_not_known_whose_a_book_is_no_other_is_missing(rubbish: object) -> None:
    assert parse([]).missing == ("m1",)
    found = parse([rubbish])
    assert (found.quotes, found.missing) == ((), ())


def test_books_that_nobody_asked_for_are_ignored_and_counted() -> None:
    found = parse([YES, NO, book("999", levels(("0.5", "1"))), book("", []), {"bids": [], "asks": []}])
    assert len(found.quotes) == 1
    assert found.skipped == {"book_unasked": 1, "book_asset_id": 2}


def test_of_two_books_of_one_token_the_newer_is_read() -> None:
    older = book("11", levels(("0.5", "1")), timestamp="1795342500000")
    for order in ([YES, older, NO], [older, YES, NO]):
        found = parse(order)
        assert found.quotes[0].yes_bid == 0.961
        assert found.skipped == {"book_duplicate": 1}


def test_a_broken_repetition_does_not_take_a_good_book_away() -> None:
    assert parse([YES, YES | {"bids": 1}, NO]).quotes[0].yes_ask == 0.969
    assert parse([YES | {"bids": 1}, YES, NO]).quotes[0].quote_source == "book"


@pytest.mark.parametrize(
    "level",
    [
        {"price": "0", "size": "5"}, {"price": "1", "size": "5"}, {"price": "1.5", "size": "5"},
        {"price": "-0.2", "size": "5"},
        {"price": "0.9999999", "size": "5"}, {"price": "0.0000001", "size": "5"}, {"price": "NaN", "size": "5"},
        {"price": "0.5", "size": "0"}, {"price": "0.5", "size": "-3"}, {"price": "0.5", "size": "inf"},
        {"price": "0.5", "size": "NaN"}, {"price": "0.5"}, {"size": "5"}, {"price": None, "size": None}, [], "0.5",
        None, 3,
        ["0.5", "5"], {"price": True, "size": 5}, {"price": "0.5", "size": "1e999"},
    ],
)  # fmt: skip
def test_an_unusable_level_is_dropped_and_the_others_stay(level: object) -> None:
    bad = YES | {"bids": [level, *YES["bids"]], "asks": [*YES["asks"], level]}
    assert quote(bad, NO) == quote(YES, NO)


def test_numbers_may_come_as_numbers() -> None:
    read = quote(book("11", levels((0.94, 5)), levels((0.95, 7.5)), timestamp=1795342502118))
    assert (read.yes_bid, read.yes_ask, read.yes_ask_size) == (0.94, 0.95, 7.5)
    assert read.book_time == 1_795_342_502_118


def test_equal_prices_add_up() -> None:
    read = quote(book("11", (), levels(("0.95", "10"), ("0.950", "5"), ("0.9500001", "1"))))
    assert (read.yes_ask_size, len(read.asks_yes)) == (16.0, 1)


def test_depth_reaches_exactly_one_cent_over_the_whole_book() -> None:
    asks = levels(*((f"0.{900 + n}", "10") for n in range(25)))
    read = quote(book("11", (), asks))
    assert len(read.asks_yes) == 10
    assert read.yes_depth_usd == pytest.approx(sum((900 + n) / 1000 * 10 for n in range(11)))
    assert quote(book("11", (), asks), reach=0.0).yes_depth_usd == pytest.approx(9.0)


def test_depth_compares_after_rounding_to_six_places() -> None:
    # In binary 0.1 + 0.2 style: 0.93 + 0.01 is not 0.94, and 0.29 + 0.01 is above 0.3.
    for best, edge in (("0.93", "0.94"), ("0.29", "0.3"), ("0.57", "0.58")):
        read = quote(book("11", (), levels((best, "1"), (edge, "1"))))
        assert read.yes_depth_usd == pytest.approx(float(best) + float(edge))


def test_enormous_sizes_stay_finite() -> None:
    huge = levels(("0.95", "1.7e308"), ("0.95", "1.7e308"), ("0.951", "1.7e308"))
    read = quote(book("11", (), huge))
    assert read.yes_ask_size == sys.float_info.max
    assert read.yes_depth_usd <= sys.float_info.max


@pytest.mark.parametrize("sent", ["", "soon", None, "0", "99999999999999999", "1795342502", [], "NaN"])
def test_an_unreadable_book_time_is_missing(sent: object) -> None:
    assert quote(YES | {"timestamp": sent}).book_time is None


def test_crossed_and_one_sided_books_are_passed_on_as_they_are() -> None:
    crossed = quote(book("11", levels(("0.97", "1")), levels(("0.95", "1"))), book("12"))
    assert (crossed.yes_bid, crossed.yes_ask) == (0.97, 0.95)
    lonely = quote(book("11", levels(("0.97", "1"))), book("12"))
    assert (lonely.yes_bid, lonely.yes_ask) == (0.97, None)


def test_the_request_asks_for_both_tokens_of_each_market() -> None:
    body = encode_request([ONE, QuoteRequest("m2", "21", "22")])
    assert body == b'[{"token_id":"11"},{"token_id":"12"},{"token_id":"21"},{"token_id":"22"}]'


@pytest.mark.parametrize("body", [b"", b"{}", b'{"error": "Invalid payload"}', b"null", b"[", b"<html>", b'[{"a": 1]'])
def test_an_answer_that_is_no_array_is_a_payload_error(body: bytes) -> None:
    with pytest.raises(Payload):
        decode_books(body)


def test_one_book_that_is_not_strict_json_does_not_cost_the_answer() -> None:
    poisoned = raw(YES).replace(b'"0.969"', b"NaN")
    records = decode_books(b"[%s, %s]" % (poisoned, raw(NO)))
    (read,) = parse_quotes(records, [ONE], received_at=AT, depth_reach=0.01).quotes
    assert (read.yes_ask, read.no_ask) == (0.975, 0.039)


@pytest.mark.parametrize("first", [b"{}", b"NaN"])
def test_an_answer_of_more_than_a_thousand_books_is_refused(first: bytes) -> None:
    assert len(decode_books(b"[%s]" % b",".join([first] * 1_000))) == 1_000
    with pytest.raises(Payload, match="1000"):
        decode_books(b"[%s]" % b",".join([first] * 1_001))


@pytest.mark.parametrize("field", ["bids", "asks"])
def test_a_level_that_is_not_strict_json_costs_itself_only(field: str) -> None:
    poisoned = raw(YES).replace(b'"%s": [' % field.encode(), b'"%s": [{"price": NaN, "size": 01}, ' % field.encode())
    assert parse([poisoned, NO]).quotes == parse([YES, NO]).quotes


def test_the_nearest_levels_and_the_depth_do_not_depend_on_the_order_of_the_arrays() -> None:
    asks = levels(*((f"{0.5 + n / 10_000:.4f}", f"{n + 0.1}") for n in range(4_900)))
    mixed = random.Random(7).sample(asks, len(asks))
    rising, shuffled = (quote(book("11", (), side)) for side in (asks, mixed))
    assert rising == shuffled
    assert [level.price for level in rising.asks_yes] == [round(0.5 + n / 10_000, 4) for n in range(10)]
    assert rising.yes_depth_usd == sum((500_000 + n * 100) / 1_000_000 * (n + 0.1) for n in range(101))


def test_a_side_of_absurd_size_is_no_book() -> None:
    found = parse([YES | {"asks": levels(("0.5", "1" * 1_100_000))}, NO])
    assert found.skipped == {"book_asks": 1}
    assert found.quotes[0].quote_source == "mirrored_no"


@pytest.mark.parametrize("level", [levels(("0.5", "1"))[0], [], {"price": True}])
def test_a_side_with_more_levels_than_ticks_is_no_book(level: object) -> None:
    found = parse([YES | {"asks": [level] * 20_001}, NO])
    assert found.skipped == {"book_asks": 1}
    assert found.quotes[0].quote_source == "mirrored_no"
