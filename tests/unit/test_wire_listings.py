"""A catalogue record, field by field."""

from __future__ import annotations

import io
import json
import tracemalloc
from typing import Any

import pytest
import structlog

from endgame.domain.market import Category, Market, Resolution, Status
from endgame.domain.rule import Rule
from endgame.errors import Payload
from endgame.telemetry import configure_logging
from endgame.venues.client import ListingBatch
from endgame.venues.polymarket_wire import decode_page, parse_listings
from venue_server import condition, gamma, page, raw

AT = 1_795_342_502_000
HOUR_MS = 3_600_000


def batch(*records: object) -> ListingBatch:
    return parse_listings([record if isinstance(record, bytes) else raw(record) for record in records], AT)


def market(**over: Any) -> Market:
    (listing,) = batch(gamma(1, **over)).listings
    return listing.market


def rule(**over: Any) -> Rule:
    (listing,) = batch(gamma(1, **over)).listings
    assert listing.rule is not None
    return listing.rule


def skipped(record: object) -> dict[str, int]:
    found = batch(record)
    assert found.listings == ()
    return dict(found.skipped)


def test_the_documented_record_is_read_field_by_field() -> None:
    read = market()
    assert read.market_id == condition(1)
    assert read.title == "Will event 1 happen?"
    assert (read.outcomes[0].label, read.outcomes[0].token_id) == ("Yes", "101")
    assert (read.outcomes[1].label, read.outcomes[1].token_id) == ("No", "102")
    assert read.status is Status.ACTIVE
    assert read.accepts_orders
    assert read.close_time == read.venue_close_time == 1_796_299_200_000
    assert read.open_time == 1_789_398_131_481
    assert read.venue_updated_at == 1_795_341_302_118
    assert (read.event_id, read.event_slug, read.event_title) == ("61234", "the-event", "The event")
    assert (read.group_title, read.event_volume_usd) == ("25 bps cut", 912_003.4)
    assert read.url == "https://polymarket.com/event/the-event/will-event-1-happen"
    assert (read.fee_rate, read.fee_exponent, read.fees_enabled) == (0.05, 1.0, True)
    assert read.indicative_price_yes == 0.965
    assert (read.volume_usd, read.liquidity_usd) == (184213.5512, 22110.9)
    assert (read.tick_size, read.min_order_size) == (0.001, 5.0)
    assert (read.category, read.tags) == (Category.ECONOMICS, ("economy",))
    assert (read.oracle_status, read.oracle_history) == (None, ())
    assert read.game_start_time is None
    written = rule()
    assert written.as_of == AT
    assert written.rule_text == 'This market resolves to "Yes" if the event happens.'
    assert (written.settlement_source, written.settlement_window) == (None, 7_200)


@pytest.mark.parametrize("missing", sorted(set(gamma()) - {"conditionId", "outcomes"}))
@pytest.mark.parametrize("instead", [..., None, 17, "\ud800\x00", [], {}, [[]], {"slug": 3}, True, 1e300])
def test_no_field_but_the_essential_ones_costs_the_record(missing: str, instead: object) -> None:
    found = batch(gamma(1, **{missing: instead}))
    if missing == "version" and instead not in (..., None):
        assert found.skipped == {"version": 1}
    else:
        assert [listing.market.market_id for listing in found.listings] == [condition(1)]


# Essential fields


@pytest.mark.parametrize(
    "sent",
    [
        ...,
        None,
        "",
        "0x12",
        "0x" + "g" * 64,
        "0x" + "1" * 65,
        "0X" + "1" * 64,
        " " + condition(1),
        condition(1) + "\n",
        1,
        [],
    ],
)
def test_a_record_without_a_condition_id_is_skipped(sent: object) -> None:
    assert skipped(gamma(1, conditionId=sent)) == {"condition_id": 1}


def test_a_condition_id_is_kept_as_sent() -> None:
    sent = "0x" + "Ab" * 32
    assert market(conditionId=sent).market_id == sent


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (..., "outcomes"), (None, "outcomes"), ("", "outcomes"), ("Yes,No", "outcomes"), ("[", "outcomes"),
        (5, "outcomes"),
        ('{"a":1}', "outcomes"), ("[1, 2]", "outcomes"), ('["Yes", null]', "outcomes"), ('["Yes", " "]', "outcomes"),
        ("[]", "outcome_count"), ('["Yes"]', "outcome_count"), ('["A", "B", "C"]', "outcome_count"),
        ("[" * 100_000, "outcomes"),
    ],
)  # fmt: skip
def test_a_record_without_two_labels_is_skipped(sent: object, reason: str) -> None:
    assert skipped(gamma(1, outcomes=sent)) == {reason: 1}


@pytest.mark.parametrize("sent", ["v2", "V1", "", 1, ["v1"]])
def test_another_protocol_version_is_skipped(sent: object) -> None:
    assert skipped(gamma(1, version=sent)) == {"version": 1}


def test_an_older_record_without_a_version_is_read() -> None:
    assert market(version=...).status is Status.ACTIVE


@pytest.mark.parametrize("record", [b"17", b"null", b'"text"', b"[]", b"{", b'{"a":}', b"\xff\xfe"])
def test_what_is_no_object_is_skipped(record: bytes) -> None:
    assert skipped(record) == {"unreadable": 1}


def test_a_nan_literal_costs_its_field_only() -> None:
    record = raw(gamma(1)).replace(b'"volumeNum": 184213.5512', b'"volumeNum": NaN, "bestBid": -Infinity')
    (listing,) = batch(record).listings
    assert listing.market.volume_usd == 184213.5512  # from the text field
    assert listing.market.indicative_price_yes == 0.965


def test_lone_surrogates_nul_and_broken_utf8_become_replacement_characters() -> None:
    record = raw(gamma(1, question="a\ud800b", description="x\x00y\udfffz")).replace(b"The event", b"The \xff event")
    (listing,) = batch(record).listings
    assert listing.market.title == "a\ufffdb"
    assert listing.market.event_title == "The \ufffd event"
    assert listing.rule is not None
    assert listing.rule.rule_text == "x\ufffdy\ufffdz"
    assert len(listing.rule.rule_hash) == 64


def test_absurd_numbers_cost_their_field_only() -> None:
    huge = b"9" * 6_000
    record = raw(gamma(1)).replace(b"184213.5512", huge).replace(b'"liquidityNum": 22110.9', b'"liquidityNum": 1e999')
    (listing,) = batch(record).listings
    assert listing.market.liquidity_usd is None
    assert listing.market.volume_usd is None


# Duplicates


def test_of_two_records_with_one_id_the_newest_wins_and_the_other_is_counted() -> None:
    old, new = "2026-11-22T09:00:00Z", "2026-11-22T10:00:00Z"
    for order in ([old, new], [new, old]):
        found = batch(*(gamma(1, updatedAt=at, question=at) for at in order))
        assert [listing.market.title for listing in found.listings] == [new]
        assert found.skipped == {"duplicate": 1}


def test_a_bad_record_costs_itself_and_one_sample_per_reason_is_logged_per_batch() -> None:
    records = [gamma(n) if n % 2 else gamma(n, outcomes="<script>") for n in range(1, 11)]
    configure_logging("info", stream=io.StringIO())
    with structlog.testing.capture_logs() as lines:
        found = batch(*records)
    assert len(found.listings) == 5
    assert found.skipped == {"outcomes": 5}
    (line,) = lines
    assert line["counts"] == {"outcomes": 5}
    assert list(line["samples"]) == ["outcomes"]
    assert len(line["samples"]["outcomes"]) <= 200


# Status and resolution


@pytest.mark.parametrize(
    ("over", "status"),
    [
        ({}, Status.ACTIVE),
        ({"active": ...}, Status.ACTIVE),
        ({"archived": ...}, Status.ACTIVE),
        ({"acceptingOrders": ...}, Status.ACTIVE),
        ({"closed": ...}, Status.ACTIVE),
        ({"active": False}, Status.PAUSED),
        ({"archived": True}, Status.PAUSED),
        ({"acceptingOrders": False}, Status.PAUSED),
        ({"enableOrderBook": False}, Status.PAUSED),
        ({"enableOrderBook": ...}, Status.PAUSED),
        ({"closed": True}, Status.CLOSED),
        ({"closed": "true", "active": False}, Status.CLOSED),
        ({"endDate": "2025-01-01T00:00:00Z"}, Status.ACTIVE),
    ],
)
def test_status_is_derived_from_all_its_signs(over: dict[str, Any], status: Status) -> None:
    assert market(**over).status is status


@pytest.mark.parametrize(
    ("prices", "outcome"),
    [
        ('["1", "0"]', Resolution.YES),
        ('["0", "1"]', Resolution.NO),
        ('["0.9995", "0.0005"]', Resolution.YES),
        ('["0.001", "0.999"]', Resolution.NO),
        ('["0.5", "0.5"]', Resolution.SPLIT),
        ([0.5, 0.5], Resolution.SPLIT),
        ('["0.998", "0.002"]', None),
        ('["0", "0"]', None),
        ('["1", "1"]', None),
        ('["1"]', None),
        ("oops", None),
        (..., None),
    ],
)
def test_a_closed_market_is_resolved_by_decisive_prices_only(prices: object, outcome: Resolution | None) -> None:
    read = market(closed=True, outcomePrices=prices, closedTime="2026-11-20 19:37:33+00")
    assert read.resolved_outcome is outcome
    assert read.status is (Status.RESOLVED if outcome else Status.CLOSED)
    assert read.resolved_time == (1_795_203_453_000 if outcome else None)


def test_decisive_prices_of_an_open_market_resolve_nothing() -> None:
    read = market(outcomePrices='["1", "0"]')
    assert (read.status, read.resolved_outcome) == (Status.ACTIVE, None)


@pytest.mark.parametrize(
    ("over", "resolved"),
    [
        ({"umaResolutionStatus": "disputed"}, False),
        ({"umaResolutionStatus": "Challenged"}, False),
        ({"umaResolutionStatus": "resolved", "umaResolutionStatuses": '["proposed", "disputed"]'}, True),
        ({"umaResolutionStatuses": '["proposed", "disputed"]'}, False),
        ({"umaResolutionStatuses": '["proposed", "disputed", "proposed"]'}, True),
    ],
)
def test_trap_24_nothing_is_settled_during_a_dispute(over: dict[str, Any], resolved: bool) -> None:
    read = market(closed=True, outcomePrices='["1", "0"]', **over)
    assert read.status is (Status.RESOLVED if resolved else Status.CLOSED)


def test_the_resolution_time_falls_back_to_the_oracles() -> None:
    over = {"closed": True, "outcomePrices": '["1","0"]', "umaEndDate": "2026-11-20T19:37:33Z"}
    assert market(**over).resolved_time == 1_795_203_453_000
    assert market(**over, closedTime="NOW()").resolved_time == 1_795_203_453_000


def test_the_oracles_word_is_kept_in_lower_case() -> None:
    read = market(umaResolutionStatus="Proposed", umaResolutionStatuses='["proposed", "Disputed", 3, "proposed"]')
    assert read.oracle_status == "proposed"
    assert read.oracle_history == ("proposed", "disputed", "proposed")
    assert market(umaResolutionStatus="", umaResolutionStatuses="broken").oracle_history == ()


# Times


@pytest.mark.parametrize(
    ("over", "is_game"),
    [
        ({"gameId": "90118231"}, True),
        ({"gameId": 90118231}, True),
        ({"sportsMarketType": "moneyline"}, True),
        ({"gameId": "", "sportsMarketType": ""}, False),
        ({"gameId": "-1"}, False),
        ({"gameId": -1}, False),
        ({}, False),
    ],
)
def test_a_game_ends_three_hours_after_its_start(over: dict[str, Any], is_game: bool) -> None:
    read = market(gameStartTime="2026-11-26 18:00:00+00", **over)
    start = 1_795_716_000_000
    assert read.game_start_time == (start if is_game else None)
    assert read.close_time == (start + 3 * HOUR_MS if is_game else read.venue_close_time)
    assert read.venue_close_time == 1_796_299_200_000


def test_a_game_without_a_readable_start_ends_when_the_venue_says() -> None:
    read = market(gameId="7", gameStartTime="soon")
    assert (read.game_start_time, read.close_time) == (None, read.venue_close_time)


def test_a_market_without_an_end_date_has_none() -> None:
    read = market(endDate="tomorrow")
    assert (read.close_time, read.venue_close_time) == (None, None)


# Prices, fees


@pytest.mark.parametrize(
    ("over", "price"),
    [
        ({"outcomePrices": '["0.97", "0.03"]'}, 0.97),
        ({"outcomePrices": ["0.97", 0.03]}, 0.97),
        ({"outcomePrices": '["0.97", "0.15"]'}, 0.97),
        ({"outcomePrices": '["0.97", "0.25"]'}, 0.965),
        ({"outcomePrices": '["0", "0"]'}, 0.965),
        ({"outcomePrices": '["1.2", "-0.2"]'}, 0.965),
        ({"outcomePrices": '["0.97"]'}, 0.965),
        ({"outcomePrices": "NaN"}, 0.965),
        ({"outcomePrices": ...}, 0.965),
        ({"outcomePrices": ..., "bestBid": ...}, 0.966),
        ({"outcomePrices": ..., "bestAsk": "x"}, 0.966),
        ({"outcomePrices": ..., "bestAsk": ..., "lastTradePrice": ...}, None),
        ({"outcomePrices": ..., "bestAsk": ..., "lastTradePrice": 7}, None),
    ],
)
def test_the_indicative_price_takes_the_first_readable_hint(over: dict[str, Any], price: float | None) -> None:
    assert market(**over).indicative_price_yes == price


@pytest.mark.parametrize(
    ("schedule", "rate", "exponent"),
    [
        ({"rate": 0.05, "exponent": 1}, 0.05, 1.0),
        ({"rate": "0.05", "exponent": "2"}, 0.05, 2.0),
        ({"rate": 0.05}, 0.05, 1.0),
        ({"rate": 0.05, "exponent": None}, 0.05, 1.0),
        ('{"rate": 0.05, "exponent": 1}', 0.05, 1.0),
        ({"rate": 0, "exponent": 1}, 0.0, 1.0),
        ({"rate": 1.0, "exponent": 1}, 1.0, 1.0),
        ({"rate": 1.01, "exponent": 1}, 1.01, 1.0),
        ({"rate": -0.05, "exponent": 1}, None, None),
        ({"rate": "5%", "exponent": 1}, None, None),
        ({"rate": True, "exponent": 1}, None, None),
        ({"rate": 0.05, "exponent": "steep"}, None, None),
        ({"rate": 0.05, "exponent": -1}, None, None),
        ({"rate": 0.05, "exponent": 1e300}, None, None),
        ({"exponent": 1}, None, None),
        ({}, None, None),
        ([0.05, 1], None, None),
        ("0.05", None, None),
        (..., None, None),
    ],
)
def test_a_fee_schedule_is_readable_as_a_whole_or_not_at_all(
    schedule: object, rate: float | None, exponent: float | None
) -> None:
    read = market(feeSchedule=schedule)
    assert (read.fee_rate, read.fee_exponent) == (rate, exponent)


def test_fees_may_be_on_off_or_unsaid() -> None:
    assert [market(feesEnabled=sent).fees_enabled for sent in (True, False, ..., "maybe")] == [True, False, None, None]


# Category, links, text


@pytest.mark.parametrize(
    ("over", "category"),
    [
        ({"feeType": "sports_fees_v3"}, Category.SPORTS),
        ({"feeType": "crypto_15_min"}, Category.CRYPTO),
        ({"feeType": "politics_fees"}, Category.POLITICS),
        ({"feeType": "finance_prices_fees"}, Category.FINANCE),
        ({"feeType": "weather_fees"}, Category.WEATHER),
        ({"feeType": "culture_fees"}, Category.CULTURE),
        ({"feeType": "tech_fees"}, Category.TECH),
        ({"feeType": "mentions_fees"}, Category.MENTIONS),
        ({"feeType": "general_fees"}, Category.OTHER),
        ({"feeType": "zero_fees", "sportsMarketType": "totals"}, Category.SPORTS),
        ({"feeType": ..., "gameId": "5"}, Category.SPORTS),
        ({"feeType": ...}, Category.ECONOMICS),
        ({"feeType": ..., "tags": [{"slug": "Pop-Culture"}]}, Category.CULTURE),
        ({"feeType": ..., "tags": [{"slug": "all"}, {"slug": "elections"}]}, Category.POLITICS),
        ({"feeType": ..., "tags": [{"slug": "politics"}, {"slug": "geopolitics"}]}, Category.POLITICS),
        (
            {"feeType": ..., "feesEnabled": False, "tags": [{"slug": "politics"}, {"slug": "geopolitics"}]},
            Category.GEOPOLITICS,
        ),
        ({"feeType": ..., "tags": ..., "events": [{"tags": [{"slug": "crypto"}]}]}, Category.CRYPTO),
        ({"feeType": ..., "tags": [{"slug": "x"}], "events": [{"tags": [{"slug": "tech"}]}]}, Category.TECH),
        ({"feeType": ..., "tags": ..., "category": "Crypto"}, Category.CRYPTO),
        ({"feeType": ..., "tags": ..., "category": "Pop Culture"}, Category.CULTURE),
        ({"feeType": ..., "tags": "x", "events": "y", "category": 3}, Category.OTHER),
    ],
)
def test_category_is_derived_in_the_documented_order(over: dict[str, Any], category: Category) -> None:
    assert market(**over).category is category


@pytest.mark.parametrize(
    ("event_slug", "slug", "url"),
    [
        ("e", "m", "https://polymarket.com/event/e/m"),
        ("same", "same", "https://polymarket.com/event/same"),
        ("e", ..., "https://polymarket.com/event/e"),
        ("a b/c?d#e", "\u00fc&<", "https://polymarket.com/event/a%20b%2Fc%3Fd%23e/%C3%BC%26%3C"),
        ("javascript:alert(1)", "m", "https://polymarket.com/event/javascript%3Aalert%281%29/m"),
        ("..", "m", None),
        ("e\ud800", "m", "https://polymarket.com/event/e%EF%BF%BD/m"),
        (..., "m", None),
        (7, "m", None),
    ],
)
def test_links_stay_on_the_venues_site(event_slug: object, slug: object, url: str | None) -> None:
    event = {} if event_slug is ... else {"slug": event_slug}
    assert market(events=[event], slug=slug).url == url


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("https://www.example.org/a?b=c", "https://www.example.org/a?b=c"),
        ("HTTP://Example.org", "HTTP://Example.org"),
        ("\u00a0https://www.oscars.org/ ", "https://www.oscars.org/"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//example.org", None),
        ("example.org", None),
        ("https://", None),
        ("http://[", None),
        ("https://example.org/" + "x" * 3_000, None),
        ("", None),
        (5, None),
        (..., None),
    ],
)
def test_a_settlement_source_is_a_web_address_or_nothing(sent: object, kept: str | None) -> None:
    assert rule(resolutionSource=sent).settlement_source == kept


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [(1_800, 1_800), ("900", 900), (600.0, 600), (0, 7_200), (-5, 7_200), (1.5, 7_200), (None, 7_200), (1e30, 7_200)],
)
def test_the_challenge_window_is_the_custom_one_or_two_hours(sent: object, seconds: int) -> None:
    assert rule(customLiveness=sent).settlement_window == seconds


def test_rule_text_is_stored_as_sent() -> None:
    text = "  Leading blanks,\r\n\ttabs,  e\u0301, \u00e9 and \U0001f600 stay.\n"
    assert rule(description=text).rule_text == text
    assert rule(description="").rule_text == ""


@pytest.mark.parametrize("sent", [..., None, 5, ["text"]])
def test_without_a_text_field_there_is_no_rule(sent: object) -> None:
    (listing,) = batch(gamma(1, description=sent)).listings
    assert listing.rule is None


@pytest.mark.parametrize("unit", ["a", "\u00e9", "\u20ac", "\U0001f600"])
@pytest.mark.parametrize("shift", range(4))
def test_a_long_text_is_cut_at_256_kib_between_code_points(unit: str, shift: int) -> None:
    kept = rule(description="x" * shift + unit * 300_000)
    size = len(kept.rule_text.encode())
    assert kept.truncated
    assert 256 * 1024 - 4 < size <= 256 * 1024
    assert set(kept.rule_text[shift:]) == {unit}


def test_a_text_of_200_kb_is_whole_and_a_title_is_capped() -> None:
    read = rule(description="y" * 200_000)
    assert (len(read.rule_text), read.truncated) == (200_000, False)
    assert len(market(question="t" * 5_000).title) == 1_000
    assert market(question="<script>alert(1)</script>").title == "<script>alert(1)</script>"
    assert market(question=...).title == "will-event-1-happen"


# Pages


def test_a_page_is_cut_into_records_and_a_cursor() -> None:
    cut = decode_page(raw(page([gamma(1), gamma(2)], "abc=")))
    assert (len(cut.records), cut.next_cursor) == (2, "abc=")


@pytest.mark.parametrize("ending", [{}, {"next_cursor": None}, {"next_cursor": ""}])
def test_a_page_without_a_cursor_is_the_last(ending: dict[str, object]) -> None:
    assert decode_page(raw(page([]) | ending)).next_cursor is None


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"{}", b'{"markets": null}', b'{"markets": {}}', b'{"markets": "[]"}', b'{"markets": [',
        b'{"markets": [{}, {}]', b'{"markets": []} {"markets": []}', b"<html></html>", b"OK",
        b'{"markets": [], "next_cursor": 5}', b'{"markets": [], "next_cursor": {}}',
        b'{"markets": [], "next_cursor": NaN}',
        b'{"markets": [], "next_cursor": "\\ud800"}', b'{"markets": [], "next_cursor": false}',
        b'{"markets": [], "next_cursor": "' + b"x" * 5_000 + b'"}',
    ],
)  # fmt: skip
def test_a_page_of_another_shape_is_a_payload_error(body: bytes) -> None:
    with pytest.raises(Payload):
        decode_page(body)


@pytest.mark.parametrize(
    "poison",
    [b'{"x": NaN}', b'{"x": "\\ud800"}', b'{"x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", b'{"x": 01}', b'{"x": 1,}'],
)
def test_one_record_that_is_not_strict_json_does_not_cost_the_page(poison: bytes) -> None:
    body = b'{"markets": [%s, %s, %s], "next_cursor": "n"}' % (raw(gamma(1)), poison, raw(gamma(2)))
    cut = decode_page(body)
    found = parse_listings(cut.records, AT)
    assert cut.next_cursor == "n"
    assert [listing.market.market_id for listing in found.listings] == [condition(1), condition(2)]
    assert sum(found.skipped.values()) == 1


@pytest.mark.parametrize("first", [b"{}", b"NaN"])
def test_a_page_of_more_than_a_thousand_records_is_refused_before_any_is_read(first: bytes) -> None:
    cut = decode_page(b'{"markets": [%s]}' % b",".join([first, *[b"[]"] * 999]))
    assert len(cut.records) == 1_000
    with pytest.raises(Payload, match="1000"):
        decode_page(b'{"markets": [%s], "next_cursor": "n"}' % b",".join([first, *[b"[]"] * 1_000]))


@pytest.mark.parametrize("first", [b"[]", b"NaN"])
def test_a_page_of_a_million_records_costs_no_more_than_a_thousand_of_them(first: bytes) -> None:
    body = b'{"markets": [' + first + b",[]" * 1_000_000 + b"]}"
    tracemalloc.start()
    try:
        with pytest.raises(Payload):
            decode_page(body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * len(body)


def test_a_record_of_absurd_size_costs_only_itself() -> None:
    long = raw(gamma(2, description="x" * 5_000_000))
    nested = raw(gamma(3)).replace(b'"tags": [', b'"tags": [' + b"[]," * 200_000)
    found = parse_listings(decode_page(b'{"markets": [%s, %s, %s]}' % (long, nested, raw(gamma(1)))).records, AT)
    assert [listing.market.market_id for listing in found.listings] == [condition(1)]
    assert found.skipped == {"oversize": 2}


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert len(decode_page(b"\xef\xbb\xbf" + raw(page([gamma(1)]))).records) == 1


def test_json_inside_strings_may_also_come_as_arrays() -> None:
    read = market(outcomes=["Up", "Down"], clobTokenIds=["11", "12"], umaResolutionStatuses=["proposed"])
    assert [outcome.label for outcome in read.outcomes] == ["Up", "Down"]
    assert [outcome.token_id for outcome in read.outcomes] == ["11", "12"]
    assert read.oracle_history == ("proposed",)


@pytest.mark.parametrize(
    "sent",
    [
        ...,
        None,
        "",
        "[]",
        '["1"]',
        '["1", "2", "3"]',
        '["1", "1"]',
        '["1", ""]',
        '["0xab", "2"]',
        '["1", null]',
        "[",
        7,
    ],
)
def test_without_two_usable_token_ids_there_are_none(sent: object) -> None:
    assert not market(clobTokenIds=sent).has_tokens
    assert market(clobTokenIds=sent).outcomes[0].token_id is None


def test_unquoted_token_ids_keep_all_their_digits() -> None:
    long = 71321045679252212594626385532706912750332728571942532289631379312455583992563
    assert market(clobTokenIds=json.dumps([long, 5])).outcomes[0].token_id == str(long)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("25 bps cut", "25 bps cut"),
        ("", ""),
        (" \n", ""),
        (None, ""),
        (17, ""),
        ("é" * 300, "é" * 200),
        ("a\0", "a\ufffd"),
    ],
)
def test_the_short_name_in_the_event_is_always_a_text(sent: object, stored: str) -> None:
    assert market(groupItemTitle=sent).group_title == stored
    assert market(groupItemTitle=...).group_title == ""


@pytest.mark.parametrize(
    ("sent", "usd"),
    [(912_003.4, 912_003.4), ("17.5", 17.5), (0, 0.0), (-1, None), ("x", None), (None, None), (True, None), ([], None)],
)
def test_the_volume_of_the_event_is_a_number_or_unknown(sent: object, usd: float | None) -> None:
    assert market(events=[{"id": "1", "volume": sent}]).event_volume_usd == usd
    assert market(events=[]).event_volume_usd is None
