"""About 400 hand-made and seeded records: every gate on both sides of its border, and what a hostile venue sends."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from system.oracle_venue import Record, Universe, dumps, odd, utc

HOUR, DAY = 3_600, 86_400
RULES = (
    'This market will resolve to "Yes" if the event named in the title takes place by the date in the title, 11:59 PM '
    'ET. Otherwise, this market will resolve to "No". The resolution source is the official announcement.'
)

Level = tuple[str, str]


@dataclass
class Case:
    """One market: what goes over the wire, its books, and by hand what must come of it."""

    name: str
    market_id: str
    tokens: tuple[str, str]
    wires: list[str]
    books: dict[str, str] = field(default_factory=dict)
    want: str = "OK"  # OK, a gate, or ABSENT
    open: bool = True
    silent: bool = False  # the contract does not say: reported, never failed on


def id_of(name: str) -> str:
    return "0x" + hashlib.sha256(name.encode()).hexdigest()


def token_of(name: str, outcome: int) -> str:
    return str(int(hashlib.sha256(f"{name}/{outcome}".encode()).hexdigest(), 16))


def book(token: str, bids: Iterable[Level], asks: Iterable[Level], **over: Any) -> str:
    """A book as the CLOB sends it: bids ascending, asks descending, all text."""
    return json.dumps(
        {
            "market": "0x" + "0" * 64,
            "asset_id": token,
            "timestamp": "1695342502118",
            "hash": "0f6a0d4c1b6e8a55d1a0c0ffee00000000000000",
            "bids": [{"price": p, "size": s} for p, s in bids],
            "asks": [{"price": p, "size": s} for p, s in asks],
            "min_order_size": "5",
            "tick_size": "0.001",
            "neg_risk": False,
            "last_trade_price": "0.5",
            **over,
        }
    )


def two_sided(token: str, bid: str, ask: str, size: str = "900") -> str:
    """One near level a side, and a far one behind it where there is room."""
    bids, asks = [(bid, size)], [(ask, size)]
    if Decimal(bid) > Decimal("0.002"):
        bids.insert(0, ("0.002", "10"))
    if Decimal(ask) < Decimal("0.9995"):
        asks.insert(0, ("0.9995", "10"))
    return book(token, bids, asks)


def one_minus(price: str) -> str:
    return format((1 - Decimal(price)).normalize(), "f")


class Builder:
    """Collects cases; every helper adds exactly one market."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms
        self.cases: list[Case] = []
        self._names: set[str] = set()

    def at(self, offset_sec: float) -> str:
        return utc(self.now_ms + round(offset_sec * 1000))

    def fields(self, name: str, *, end: float | None = 3 * DAY, indicative: str | None = "0.95") -> dict[str, Any]:
        """A sound record with the keys that a live one carries."""
        fields: dict[str, Any] = {
            "id": str(int(hashlib.sha256(name.encode()).hexdigest()[:6], 16)),
            "question": f"Will {name} happen?",
            "conditionId": id_of(name),
            "questionID": "0x77aa",
            "slug": f"will-{name.replace(' ', '-')}",
            "resolutionSource": "",
            "startDate": self.at(-30 * DAY),
            "createdAt": self.at(-30 * DAY),
            "updatedAt": self.at(-HOUR),
            "endDateIso": "2020-01-01",
            "description": RULES,
            "outcomes": '["Yes", "No"]',
            "clobTokenIds": json.dumps([token_of(name, 0), token_of(name, 1)]),
            "volume": "184213.55120",
            "volumeNum": 184213.5512,
            "liquidity": "22110.9",
            "liquidityNum": 22110.9,
            "active": True,
            "closed": False,
            "archived": False,
            "enableOrderBook": True,
            "acceptingOrders": True,
            "orderPriceMinTickSize": 0.001,
            "orderMinSize": 5,
            "feesEnabled": True,
            "feeType": "politics_fees",
            "feeSchedule": {"exponent": 1, "rate": 0.04, "takerOnly": True, "rebateRate": 0.25},
            "makerBaseFee": 1000,
            "takerBaseFee": 1000,
            "negRisk": False,
            "umaResolutionStatuses": "[]",
            "version": "v1",
            "tags": [{"id": "2", "label": "Politics", "slug": "politics"}],
            "events": [{"id": "61234", "slug": f"event-{name.replace(' ', '-')}", "title": f"Event {name}"}],
        }
        if end is not None:
            fields["endDate"] = self.at(end)
        if indicative is not None:
            fields["outcomePrices"] = json.dumps([indicative, one_minus(indicative)])
        return fields

    def add(
        self,
        name: str,
        want: str = "OK",
        *,
        end: float | None = 3 * DAY,
        indicative: str | None = "0.95",
        yes: str | tuple[str, str] | None = ("0.949", "0.951"),
        no: str | tuple[str, str] | None = None,
        raw: dict[str, str] | None = None,
        drop: Iterable[str] = (),
        is_open: bool = True,
        silent: bool = False,
        extra_wires: Iterable[dict[str, Any]] = (),
        **over: Any,
    ) -> Case:
        """`yes` and `no` are a book's wire text, (bid, ask), or None for no book."""
        assert name not in self._names, name
        self._names.add(name)
        fields = {**self.fields(name, end=end, indicative=indicative), **over}
        for key in drop:
            fields.pop(key, None)
        tokens = (token_of(name, 0), token_of(name, 1))
        books = {}
        for token, side in zip(tokens, (yes, no), strict=True):
            if side is not None:
                books[token] = two_sided(token, *side) if isinstance(side, tuple) else side
        wires = [dumps(fields, raw)] + [dumps({**fields, **other}, raw) for other in extra_wires]
        case = Case(name, id_of(name), tokens, wires, books, want, is_open and want != "ABSENT", silent)
        self.cases.append(case)
        return case

    def token(self, name: str, outcome: int = 0) -> str:
        return token_of(name, outcome)

    def levels(self, name: str, bids: Iterable[Level], asks: Iterable[Level], outcome: int = 0, **over: Any) -> str:
        return book(token_of(name, outcome), bids, asks, **over)


# ---------------------------------------------------------------- the hand-made part


def add_times(b: Builder) -> None:
    for name, end, want in [
        ("time overdue by a second", -1, "OVERDUE"),
        ("time overdue by six days", -6.9 * DAY, "OVERDUE"),
        ("time overdue by sixty days", -60 * DAY, "OVERDUE"),
        ("time overdue in 2021", -1800 * DAY, "OVERDUE"),
        ("time five minutes", 300, "CLOSES_TOO_SOON"),
        ("time just short of an hour", HOUR - 1, "CLOSES_TOO_SOON"),
        ("time just over an hour", HOUR + 280, "OK"),
        ("time six hours", 6 * HOUR + 7.25, "OK"),
        ("time five hours floor of days", 5 * HOUR, "OK"),
        ("time nearly fourteen days", 14 * DAY - 5, "OK"),
        ("time just over fourteen days", 14 * DAY + 400, "CLOSES_TOO_LATE"),
        ("time twenty days", 20 * DAY, "CLOSES_TOO_LATE"),
        ("time thirty days", 30 * DAY, "CLOSES_TOO_LATE"),
        ("time a year", 400 * DAY, "CLOSES_TOO_LATE"),
    ]:
        b.add(name, want, end=end)
    b.add("time none at all", "NO_CLOSE_TIME", end=None)
    b.add("time unreadable", "NO_CLOSE_TIME", endDate="soon")
    b.add("time null", "NO_CLOSE_TIME", endDate=None)
    b.add("time impossible day", "NO_CLOSE_TIME", endDate="2026-13-45T99:00:00Z")
    b.add("time with microseconds", "OK", endDate=b.at(5 * DAY)[:-1] + "417Z")
    b.add("time with an offset", "OK", endDate=b.at(5 * DAY)[:-1] + "+02:00")
    b.add("time without a fraction", "OK", endDate=odd(b.now_ms + 5 * DAY * 1000).replace(" ", "T")[:-3] + "Z")


def add_games(b: Builder) -> None:
    def game(name: str, want: str, kickoff: float, **over: Any) -> None:
        end = over.pop("end", kickoff + 7 * DAY)
        start = over.pop("start", odd(b.now_ms + round(kickoff * 1000)))
        sport = {"feeType": "sports_fees_v3", "gameId": "90118231", "sportsMarketType": "moneyline"}
        b.add(name, want, end=end, gameStartTime=start, **{**sport, **over})

    game("game in two days", "OK", 2 * DAY)
    game("game team labels", "OK", 2 * DAY + 60, outcomes='["Lakers", "Celtics — İstanbul 🏀"]')
    game("game in play", "LIVE_EVENT", -1800)
    game("game just begun", "LIVE_EVENT", -5)
    game("game about to begin", "OK", 900)
    game("game near its end", "CLOSES_TOO_SOON", -2.5 * HOUR)
    game("game over by our clock", "OVERDUE", -4 * HOUR)
    game("game ended its end date passed too", "OVERDUE", -3 * DAY, end=-2 * DAY)
    game("game far", "OK", 13.5 * DAY)
    game("game closing just inside", "OK", 14 * DAY - 3 * HOUR - 30)
    game("game closing just outside", "CLOSES_TOO_LATE", 14 * DAY - 3 * HOUR + 400)
    game("game end date before kickoff", "OK", 5 * HOUR, end=-HOUR)
    game("game no id but a market type", "OK", 3 * DAY, drop=["gameId"])
    game("game id minus one but a market type", "OK", 3 * DAY, gameId="-1")
    game("game id only", "OK", 3 * DAY, drop=["sportsMarketType"])
    game("game id as a number", "OK", 3 * DAY, gameId=90118231, drop=["sportsMarketType"])
    game("game rfc start", "OK", 3 * DAY, start=b.at(3 * DAY))
    game("game unreadable start", "OK", 0, start="tonight", end=4 * DAY)
    game("game null start", "OK", 0, start=None, end=4 * DAY)
    game("nogame id minus one", "OK", -1800, gameId="-1", drop=["sportsMarketType"], end=4 * DAY)
    game("nogame id empty", "OK", -1800, gameId="", sportsMarketType="", end=4 * DAY)
    game("nogame neither", "OK", -1800, drop=["gameId", "sportsMarketType"], end=4 * DAY)
    game("game disputed in play", "LIVE_EVENT", -600, umaResolutionStatus="disputed")


def add_statuses(b: Builder) -> None:
    b.add("status archived", "NOT_ACTIVE", archived=True)
    b.add("status inactive", "NOT_ACTIVE", active=False)
    b.add("status accepts no orders", "NOT_ACTIVE", acceptingOrders=False)
    b.add("status no order book", "NOT_ACTIVE", enableOrderBook=False)
    b.add("status paused and without a date", "NOT_ACTIVE", end=None, acceptingOrders=False)
    b.add("status paused and overdue", "NOT_ACTIVE", end=-DAY, acceptingOrders=False)
    b.add("status paused and far", "NOT_ACTIVE", end=90 * DAY, active=False)
    b.add("status active missing", "OK", drop=["active"])
    b.add("status archived missing", "OK", drop=["archived"])
    b.add("status accepting missing", "OK", drop=["acceptingOrders"], silent=True)
    b.add("status order book missing", "NOT_ACTIVE", drop=["enableOrderBook"], silent=True)
    # The server lists it although closed=false was asked: the flag in the record is the truth.
    b.add("status closed but listed", "NOT_ACTIVE", closed=True, is_open=False)
    b.add("status closed and accepting", "NOT_ACTIVE", closed=True, end=-DAY, is_open=False)


def add_rules(b: Builder) -> None:
    b.add("rules missing", "NO_RULES", drop=["description"])
    b.add("rules null", "NO_RULES", description=None)
    b.add("rules empty", "NO_RULES", description="")
    b.add("rules whitespace", "NO_RULES", description=" \n\t \r\n  ")
    b.add("rules a number", "NO_RULES", description=17)
    b.add("rules with margins kept", "OK", description=f"  \n{RULES}\n\n ")
    b.add("rules 200 kB", "OK", description=(RULES + "\n") * 700)
    b.add("rules 300 kB", "OK", description="x" + ("Näïve 🚀 " + RULES) * 1_300)
    b.add("rules NUL", "OK", description=f"before\x00after. {RULES}")
    b.add("rules lone surrogate", "OK", description=f"high \ud83d low \ude00 then {RULES}")
    b.add("rules emoji", "OK", description=f"🏆👩‍👩‍👧‍👦 may be at the sole discretion 🏆 {RULES}")
    b.add(
        "rules right to left",
        "OK",
        description=f"\u202e\u0647\u0630\u0627 \u0627\u0644\u0633\u0648\u0642\u202c {RULES}",
    )
    b.add("rules html", "OK", description=f"<script>alert(1)</script><b>{RULES}</b>")
    b.add("rules one word", "OK", description="Yes.")
    b.add("rules crlf and nbsp", "OK", description=RULES.replace(". ", ".\r\n\u00a0"))
    b.add("rules combining", "OK", description="Z\u0351\u036b" * 500 + RULES)


def add_books(b: Builder) -> None:
    b.add("book missing", "NO_QUOTE", yes=None)
    b.add("book yes only", "OK", yes=("0.949", "0.951"))
    b.add("book no only mirrored", "OK", yes=None, no=("0.049", "0.051"))
    b.add("book no only at 0.059", "OK", yes=None, no=("0.059", "0.07"), indicative="0.94")
    b.add("book both mirrored", "OK", yes=("0.949", "0.951"), no=("0.049", "0.051"))
    b.add("book both differ", "OK", yes=("0.93", "0.96"), no=("0.03", "0.05"))
    b.add("book no is favourite", "OK", indicative="0.05", yes=("0.04", "0.05"), no=("0.951", "0.962"))
    b.add("book no favourite from yes", "OK", indicative="0.04", yes=("0.031", "0.044"))
    b.add("book against indicative", "BELOW_PRICE_BAND", indicative="0.95", yes=("0.40", "0.45"))
    b.add("book favourite against indicative", "OK", indicative="0.95", yes=("0.03", "0.05"))
    b.add("book tied mids", "OK", yes=("0.90", "0.92"), no=("0.90", "0.92"))
    b.add("book tied mids in decimal only", "OK", yes=("0.901", "0.931"), no=("0.911", "0.921"))
    b.add("book no wins by a hair", "OK", yes=("0.901", "0.931"), no=("0.912", "0.921"))
    add = b.add
    lev = b.levels
    for name, want, bids, asks in [
        ("book empty both", "NO_ASK", [], []),
        ("book bids only", "NO_ASK", [("0.94", "50"), ("0.96", "10")], []),
        ("book asks only", "STUB_BOOK", [], [("0.99", "10"), ("0.95", "10")]),
        ("book crossed", "STUB_BOOK", [("0.96", "10")], [("0.95", "10")]),
        ("book locked", "STUB_BOOK", [("0.95", "10")], [("0.95", "10")]),
        ("book stub", "STUB_BOOK", [("0.01", "5000")], [("0.99", "8000")]),
        ("book spread at border", "OK", [("0.70", "10")], [("0.95", "10")]),
        ("book spread over border", "STUB_BOOK", [("0.699", "10")], [("0.95", "10")]),
        ("book best first", "OK", [("0.95", "10"), ("0.90", "10")], [("0.955", "10"), ("0.97", "10")]),
        (
            "book unsorted",
            "OK",
            [("0.90", "1"), ("0.95", "2"), ("0.93", "3")],
            [("0.97", "40"), ("0.955", "50"), ("0.96", "60"), ("0.965", "70"), ("0.98", "80")],
        ),
        ("book duplicate levels", "OK", [("0.95", "10"), ("0.95", "20")], [("0.96", "100"), ("0.960", "50.5")]),
        ("book prices at the ends", "OK", [("0", "10"), ("0.95", "10")], [("1", "10"), ("0.96", "10"), ("1.0", "3")]),
        ("book outside prices only", "NO_ASK", [("0", "10"), ("-0.1", "5")], [("1", "10"), ("1.5", "5")]),
        ("book zero sizes", "OK", [("0.95", "10"), ("0.955", "0")], [("0.96", "10"), ("0.955", "0"), ("0.957", "-3")]),
        ("book all zero sizes", "NO_ASK", [("0.95", "0")], [("0.96", "0")]),
        ("book text sizes", "OK", [("0.95", "10"), ("0.955", "NaN")], [("0.96", "10"), ("0.956", "Infinity")]),
        ("book word prices", "OK", [("0.95", "10"), ("high", "1")], [("0.96", "10"), ("", "1")]),
        ("book depth border", "OK", [("0.95", "9")], [("0.96", "100"), ("0.97", "100"), ("0.9701", "1000")]),
        ("book dust", "OK", [("0.95", "0.01")], [("0.951", "0.00001")]),
        ("book deep", "OK", [("0.95", "1e6")], [("0.951", "1000000000")]),
        ("book many levels", "OK", [("0.9", "1")], [(f"0.{9100 + 7 * i}", f"{i + 1}.5") for i in range(60)]),
        ("book six places", "OK", [("0.950001", "10")], [("0.950002", "10")]),
    ]:
        add(name, want, yes=lev(name, bids, asks))
    add("book yes empty no full", "NO_ASK", yes=lev("book yes empty no full", [], []), no=("0.04", "0.06"))
    nulls = '{"price":null,"size":"1"},null,[],"x",{"size":"4"},{"price":"0.96","size":"7"}'
    token = b.token("book hostile levels")
    add("book hostile levels", yes=f'{{"asset_id":"{token}","bids":[{{"price":"0.95","size":"3"}}],"asks":[{nulls}]}}')
    token = b.token("book numbers")
    numbers = f'{{"asset_id":"{token}","bids":[{{"price":0.95,"size":3}}],"asks":[{{"price":0.96,"size":700.5}}]}}'
    add("book numbers", yes=numbers)
    token = b.token("book NaN literal")
    nan = (
        f'{{"asset_id":"{token}","bids":[{{"price":"0.95","size":"3"}}],'
        '"asks":[{"price":NaN,"size":"1"},{"price":"0.96","size":Infinity},{"price":"0.97","size":"5"}]}'
    )
    add("book NaN literal", yes=nan, silent=True)
    add("book of another token", "NO_QUOTE", yes=book("123456789", [("0.95", "1")], [("0.96", "1")]))
    token = b.token("book without sides")
    add("book without sides", "NO_ASK", yes=f'{{"asset_id":"{token}"}}', silent=True)
    add("book null", "NO_QUOTE", yes="null", silent=True)
    add("book tokens missing", "NO_QUOTE", drop=["clobTokenIds"])
    add("book tokens null", "NO_QUOTE", clobTokenIds=None)
    add("book tokens empty", "NO_QUOTE", clobTokenIds="[]")
    add("book tokens blank", "NO_QUOTE", clobTokenIds='["", ""]')
    add("book tokens broken", "NO_QUOTE", clobTokenIds='["123", ')
    add("book tokens a real array", clobTokenIds=[b.token("book tokens a real array", i) for i in (0, 1)])
    add("book one token", "NO_QUOTE", clobTokenIds=json.dumps([b.token("book one token")]))


def add_bands(b: Builder) -> None:
    for name, bid, ask, want in [
        ("band at 0.90", "0.89", "0.90", "OK"),
        ("band at 0.9", "0.89", "0.9", "OK"),
        ("band below 0.90", "0.89", "0.8999", "BELOW_PRICE_BAND"),
        ("band a micro below", "0.89", "0.899999", "BELOW_PRICE_BAND"),
        ("band at 0.999", "0.998", "0.999", "OK"),
        ("band above 0.999", "0.998", "0.9991", "ABOVE_PRICE_BAND"),
        ("band a micro above", "0.998", "0.999001", "ABOVE_PRICE_BAND"),
        ("band at 0.95", "0.94", "0.95", "OK"),
        ("band one step", "0.99", "0.991", "OK"),
    ]:
        b.add(name, want, yes=(bid, ask))
    # 1 - 0.1 and 1 - 0.001 are the borders again, reached by mirroring.
    b.add("band mirrored at 0.90", "OK", yes=None, no=("0.10", "0.11"))
    b.add("band mirrored at 0.999", "OK", yes=None, no=("0.001", "0.002"))
    b.add("band mirrored above", "ABOVE_PRICE_BAND", yes=None, no=("0.0009", "0.002"))
    b.add("band mirrored below", "BELOW_PRICE_BAND", yes=None, no=("0.1001", "0.11"))
    for cents in ("0.059", "0.071", "0.083", "0.017", "0.029", "0.058"):
        b.add(f"band mirrored {cents}", "OK", yes=None, no=(cents, one_minus("0.9")))
    for indicative, want in [
        ("0.85", "OK"),
        ("0.15", "OK"),
        ("0.8499", "BELOW_PRICE_BAND"),
        ("0.1501", "BELOW_PRICE_BAND"),
        ("0.5", "BELOW_PRICE_BAND"),
        ("1", "OK"),
        ("0", "OK"),
    ]:
        # The book would be bought; whether it is asked for depends on the catalogue's price alone.
        b.add(f"candidate {indicative}", want, indicative=indicative)


def add_indicatives(b: Builder) -> None:
    def case(name: str, want: str, **over: Any) -> None:
        b.add(f"indicative {name}", want, indicative=None, **over)

    case("none at all", "OK")
    case("real array", "OK", outcomePrices=["0.95", "0.05"])
    case("real numbers", "OK", outcomePrices=[0.95, 0.05])
    case("low real array", "BELOW_PRICE_BAND", outcomePrices=["0.6", "0.4"])
    case("legacy zeros then mid", "BELOW_PRICE_BAND", outcomePrices='["0","0"]', bestBid=0.5, bestAsk=0.6)
    case("pair off then mid high", "OK", outcomePrices='["0.5","0.9"]', bestBid=0.94, bestAsk=0.96)
    case("pair off by exactly 0.2", "BELOW_PRICE_BAND", outcomePrices='["0.5","0.7"]', bestBid=0.94, bestAsk=0.96)
    case("broken prices then mid low", "BELOW_PRICE_BAND", outcomePrices='["0.95",', bestBid=0.5, bestAsk=0.6)
    case("mid with bid text", "BELOW_PRICE_BAND", bestBid="0.5", bestAsk="0.6")
    case("no bid then last trade low", "BELOW_PRICE_BAND", bestAsk=0.96, lastTradePrice=0.4)
    case("no bid then last trade high", "OK", bestAsk=0.2, lastTradePrice=0.95)
    case("only last trade", "BELOW_PRICE_BAND", lastTradePrice=0.55)
    case("out of range then last trade", "BELOW_PRICE_BAND", outcomePrices='["1.05","-0.05"]', lastTradePrice=0.6)
    case("three prices then last trade", "BELOW_PRICE_BAND", outcomePrices='["0.9","0.05","0.05"]', lastTradePrice=0.6)
    case("words then last trade", "BELOW_PRICE_BAND", outcomePrices='["high","low"]', lastTradePrice=0.6)
    case("NaN text then last trade", "BELOW_PRICE_BAND", outcomePrices='["NaN","0.05"]', lastTradePrice=0.6)
    case("NaN literal in last trade", "OK", raw={"lastTradePrice": "NaN"})
    case(
        "infinite bid then last trade", "BELOW_PRICE_BAND", raw={"bestBid": "-Infinity"}, bestAsk=1, lastTradePrice=0.6
    )
    for name, want, book_args in [
        ("names yes of one sided", "STUB_BOOK", ([], [("0.95", "10")])),
        ("names yes of bids", "NO_ASK", ([("0.95", "10")], [])),
    ]:
        b.add(f"indicative {name}", want, yes=b.levels(f"indicative {name}", *book_args))
    name = "indicative none and yes bid known"
    b.add(name, "NO_ASK", indicative=None, yes=b.levels(name, [("0.96", "10")], []))
    name = "indicative none and no is known"
    b.add(name, "NO_ASK", indicative=None, yes=b.levels(name, [], [("0.04", "10")]))
    name = "indicative none and yes ask known"
    b.add(name, "STUB_BOOK", indicative=None, yes=b.levels(name, [], [("0.96", "10")]))


def add_fees(b: Builder) -> None:
    def case(name: str, **over: Any) -> None:
        b.add(f"fee {name}", "OK", **over)

    for rate in (0, 0.03, 0.05, 0.07, 0.25):
        case(f"rate {rate}", feeSchedule={"exponent": 1, "rate": rate, "takerOnly": True})
    case("exponent two", feeSchedule={"exponent": 2, "rate": 0.25})
    case("exponent missing", feeSchedule={"rate": 0.05})
    case("numeric text", feeSchedule={"exponent": "1", "rate": "0.05"})
    case("off", feesEnabled=False, drop=["feeSchedule"])
    case("off with a schedule", feesEnabled=False)
    case("enabled missing with schedule", drop=["feesEnabled"])
    case("schedule missing", drop=["feeSchedule"])
    case("both missing", drop=["feeSchedule", "feesEnabled"])
    case("schedule null", feeSchedule=None)
    case("schedule a list", feeSchedule=[0.05])
    case("schedule empty", feeSchedule={})
    case("rate null", feeSchedule={"exponent": 1, "rate": None})
    case("rate a word", feeSchedule={"exponent": 1, "rate": "free"})
    case("rate NaN literal", raw={"feeSchedule": '{"exponent":1,"rate":NaN}'})
    case("rate infinite", raw={"feeSchedule": '{"exponent":1,"rate":1e999}'})
    case("zero_fees", feeType="zero_fees", feeSchedule={"exponent": 1, "rate": 0, "takerOnly": True})
    case("type unknown", feeType="brand_new_fees_v9", feeSchedule={"exponent": 1, "rate": 0.06})
    b.add("fee rate negative", feeSchedule={"exponent": 1, "rate": -0.05}, silent=True)
    b.add("fee rate above one", feeSchedule={"exponent": 1, "rate": 1.5}, silent=True)
    b.add("fee exponent NaN", raw={"feeSchedule": '{"exponent":NaN,"rate":0.05}'}, silent=True)
    b.add("fee rate true", feeSchedule={"exponent": 1, "rate": True}, silent=True)


def add_categories(b: Builder) -> None:
    for fee_type in (
        "sports_fees_v3",
        "crypto_fees_v2",
        "crypto_15_min",
        "politics_fees",
        "finance_prices_fees",
        "tech_fees",
        "mentions_fees",
        "economics_fees",
        "culture_fees",
        "weather_fees",
        "general_fees",
    ):
        b.add(f"category of {fee_type}", feeType=fee_type, tags=[])
    for slug in ("sports", "crypto", "geopolitics", "economy", "pop-culture", "weather", "tech", "mentions", "finance"):
        b.add(f"category by tag {slug}", drop=["feeType"], tags=[{"id": "1", "label": slug.title(), "slug": slug}])
    b.add("category by tag elections", drop=["feeType"], tags=[{"id": "1", "slug": "elections"}])
    b.add("category by tag world", drop=["feeType"], tags=[{"id": "1", "slug": "world"}], silent=True)
    b.add("category second tag", drop=["feeType"], tags=[{"id": "1", "slug": "all"}, {"id": "2", "slug": "crypto"}])
    event_tags = [{"id": "9", "slug": "ev", "title": "Ev", "tags": [{"id": "1", "slug": "sports"}]}]
    b.add("category by event tag", drop=["feeType", "tags"], events=event_tags)
    b.add("category legacy", drop=["feeType", "tags"], category="Crypto")
    b.add("category unknown", drop=["feeType"], tags=[{"id": "3", "slug": "hide-from-new"}])
    b.add("category no tags", drop=["feeType", "tags"])
    b.add("category hostile tags", drop=["feeType"], tags=[None, 7, "crypto", {"slug": None}, []], silent=True)
    b.add("category game by id", drop=["feeType", "tags"], gameId="551", end=2 * DAY)
    b.add("category no game", drop=["feeType", "tags"], gameId="-1", end=2 * DAY)


def add_oracle(b: Builder) -> None:
    for name, want, over in [
        ("proposed", "OK", {"umaResolutionStatus": "proposed"}),
        ("disputed", "DISPUTED", {"umaResolutionStatus": "disputed"}),
        ("challenged", "DISPUTED", {"umaResolutionStatus": "challenged"}),
        ("resolved word", "OK", {"umaResolutionStatus": "resolved"}),
        ("settled unknown word", "OK", {"umaResolutionStatus": "some_new_state"}),
        (
            "reproposed",
            "OK",
            {"umaResolutionStatus": "proposed", "umaResolutionStatuses": '["proposed","disputed","proposed"]'},
        ),
        (
            "field wins over history",
            "OK",
            {"umaResolutionStatus": "proposed", "umaResolutionStatuses": '["proposed","disputed"]'},
        ),
        (
            "field wins over old history",
            "DISPUTED",
            {"umaResolutionStatus": "disputed", "umaResolutionStatuses": '["proposed"]'},
        ),
        ("history ends disputed", "DISPUTED", {"umaResolutionStatuses": '["proposed","disputed"]'}),
        ("history reproposed", "OK", {"umaResolutionStatuses": '["proposed","disputed","proposed"]'}),
        ("history real array", "DISPUTED", {"umaResolutionStatuses": ["proposed", "disputed"]}),
        ("history broken", "OK", {"umaResolutionStatuses": '["proposed","dispu'}),
        ("history null", "OK", {"umaResolutionStatuses": None}),
        ("disputed below band", "BELOW_PRICE_BAND", {"umaResolutionStatus": "disputed", "yes": ("0.86", "0.88")}),
        ("disputed without book", "NO_QUOTE", {"umaResolutionStatus": "disputed", "yes": None}),
    ]:
        b.add(f"oracle {name}", want, **over)


def add_essentials(b: Builder) -> None:
    def absent(name: str, **over: Any) -> None:
        b.add(f"absent {name}", "ABSENT", **over)

    absent("no condition id", drop=["conditionId"])
    absent("short condition id", conditionId="0x1234")
    absent("null condition id", conditionId=None)
    absent("number condition id", conditionId=17)
    absent("words condition id", conditionId="0x" + "z" * 64)
    absent("three outcomes", outcomes='["A", "B", "C"]')
    absent("one outcome", outcomes='["A"]')
    absent("no outcomes", drop=["outcomes"])
    absent("broken outcomes", outcomes='["Yes", "No"')
    absent("null label", outcomes='["Yes", null]')
    absent("outcomes an object", outcomes='{"0":"Yes","1":"No"}')
    absent("version two", version="v2", positionIds=["1", "2"])
    b.add("essential version missing", drop=["version"])
    b.add("essential real outcomes", outcomes=["Yes", "No"])
    b.add("essential up and down", outcomes='["Up", "Down"]')
    b.add("essential odd labels", outcomes='["  <b>Over 2.5</b> ", "Unter\\u0000 2.5 \\ud83c\\udfc6"]')
    b.add("essential script title", question='<script>alert("x")</script>')
    b.add("essential formula title", question='=HYPERLINK("http://evil.example","a"),"b"')
    b.add("essential plus title", question="+1 minus\r\nline two, with \"quotes\" and 'more'")
    b.add("essential at title", question="@SUM(A1)")
    b.add("essential tab title", question="\tstarts with a control character")
    b.add("essential surrogate title", question="broken \ud800 title")
    b.add("essential NUL title", question="nul \x00 title")
    b.add("essential long title", question="Will it " + "really " * 2_000 + "happen?")
    b.add("essential emoji title", question="🏆 Wins? 100% _sure_ ÄÖÜ ñ")
    b.add("essential title missing", drop=["question"], silent=True)
    b.add("essential title a number", question=12345, silent=True)
    b.add("essential same slugs", slug="same-slug", events=[{"id": "1", "slug": "same-slug", "title": "Same"}])
    b.add("essential odd slugs", slug="a b/ü?#%", events=[{"id": "1", "slug": "e v/../é", "title": "Odd"}])
    b.add("essential script slug", slug="javascript:alert(1)", events=[{"id": "1", "slug": "x:y", "title": "S"}])
    b.add("essential javascript source", resolutionSource="javascript:alert(1)")
    b.add("essential data source", resolutionSource="data:text/html,x")
    b.add("essential sound source", resolutionSource="https://www.example.com/results?q=1")
    b.add("essential events missing", drop=["events"])
    b.add("essential events empty", events=[])
    b.add("essential events hostile", events=[None])
    b.add("essential events text", events="none")
    b.add("essential NaN everywhere", raw={"volumeNum": "NaN", "liquidityNum": "Infinity", "spread": "-Infinity"})
    b.add("essential huge numbers", raw={"volumeNum": "1e999", "liquidityNum": "9" * 400, "line": "-1e-999"})
    b.add("essential text numbers", volumeNum="12.5", liquidityNum="7", orderPriceMinTickSize="0.01", orderMinSize="5")
    b.add("essential wrong kinds", tags="none", negRisk="false", volume=[1], customLiveness="soon", image={"a": 1})
    b.add("essential custom liveness", customLiveness=1800)
    b.add("essential unknown keys", brandNew={"deep": [[[[[{}]]]]]}, **{"": 1, "__proto__": {"x": 1}})
    b.add("essential duplicate keys", raw={"slug": '"first","slug":"second-slug"'})
    b.add(
        "essential minimal",
        "NO_CLOSE_TIME",
        end=None,
        drop=[
            key
            for key in b.fields("x")
            if key not in ("conditionId", "outcomes", "question", "slug", "enableOrderBook", "acceptingOrders")
        ],
    )


def add_duplicates(b: Builder) -> None:
    newer, older = b.at(-60), b.at(-90 * DAY)
    b.add("twice newer later", extra_wires=[{"updatedAt": newer, "question": "Newer?", "description": RULES + " New."}])
    b.add("twice older later", extra_wires=[{"updatedAt": older, "question": "Older?", "description": "Old text."}])
    b.add("twice newer paused", "NOT_ACTIVE", extra_wires=[{"updatedAt": newer, "acceptingOrders": False}])
    b.add("twice older paused", "OK", extra_wires=[{"updatedAt": older, "acceptingOrders": False}])
    b.add("twice the same", extra_wires=[{}, {}])
    b.add("twice newer leaves window", "CLOSES_TOO_LATE", extra_wires=[{"updatedAt": newer, "endDate": b.at(60 * DAY)}])


def add_ties(b: Builder) -> None:
    for index in range(12):
        b.add(f"tie {index}", end=9 * DAY, yes=("0.969", "0.971"))


def hand_made(now_ms: int) -> Builder:
    builder = Builder(now_ms)
    for part in (
        add_times,
        add_games,
        add_statuses,
        add_rules,
        add_books,
        add_bands,
        add_indicatives,
        add_fees,
        add_categories,
        add_oracle,
        add_essentials,
        add_duplicates,
        add_ties,
    ):
        part(builder)
    return builder


# ---------------------------------------------------------------- the seeded part


def add_random(b: Builder, count: int, seed: int) -> None:
    """Markets whose verdict only the oracle knows: books of many levels, every fee, every horizon, both sides."""
    rng = random.Random(seed)
    for index in range(count):
        name = f"random {seed} {index}"
        favourite = round(rng.uniform(0.86, 0.9985), 3)
        flipped = rng.random() < 0.4
        indicative = format(1 - Decimal(str(favourite)) if flipped else Decimal(str(favourite)), "f")
        top = _random_book(rng, favourite)
        mine, other = (1, 0) if flipped else (0, 1)
        tokens = [token_of(name, 0), token_of(name, 1)]
        sides: list[str | None] = [None, None]
        sides[mine] = book(tokens[mine], *top)
        shape = rng.random()
        if shape < 0.4:
            mirror = ([(one_minus(p), s) for p, s in top[1]], [(one_minus(p), s) for p, s in top[0]])
            sides[other] = book(tokens[other], *mirror)
            if shape < 0.1:
                sides[mine] = None
        rate = rng.choice([0, 0.03, 0.04, 0.05, 0.07, "0.0625"])
        b.add(
            name,
            "ANY",
            end=rng.choice([rng.uniform(1.2, 24) * HOUR, rng.uniform(1, 13.9) * DAY]),
            indicative=indicative,
            yes=sides[0],
            no=sides[1],
            feeType=rng.choice(["sports_fees_v3", "crypto_fees_v2", "politics_fees", "weather_fees", None]),
            feeSchedule={"exponent": rng.choice([1, 1, 1, 2]), "rate": rate},
            feesEnabled=rng.random() < 0.9,
            description=f"{RULES} {rng.choice(_PHRASES)} Reference {index}.",
        )


_PHRASES = (
    "",
    "The market may be resolved at the sole discretion of the operator.",
    "A consensus of credible reporting will be used.",
    "If the event is postponed or cancelled this market will resolve 50-50.",
    "A significant or substantial change will qualify.",
    "Evidence must be definitive, beyond reasonable doubt.",
)


def _random_book(rng: random.Random, price: float) -> tuple[list[Level], list[Level]]:
    tick = rng.choice(["0.01", "0.001", "0.0001"])
    step = Decimal(tick)
    ask = (Decimal(str(price)) / step).to_integral_value() * step
    bid = ask - step * rng.choice([1, 1, 1, 2, 3, 8, 20])
    asks = [(ask + step * i, _size(rng)) for i in range(rng.randint(1, 14))]
    bids = [(bid - step * i, _size(rng)) for i in range(rng.randint(1, 14))]
    sound = [[(format(p, "f"), s) for p, s in levels if 0 < p < 1] for levels in (bids, asks)]
    if rng.random() < 0.5:
        for levels in sound:
            rng.shuffle(levels)
    if rng.random() < 0.06:
        sound[rng.randrange(2)] = []
    return sound[0], sound[1]


def _size(rng: random.Random) -> str:
    return rng.choice([f"{rng.uniform(0.01, 60):.2f}", f"{rng.uniform(50, 3000):.6f}", str(rng.randint(1, 500))])


# ---------------------------------------------------------------- as a universe

JUNK_RECORDS = ("null", "[]", '["a","list"]', "17", '"text"', "true", "{}", "NaN")


def whole_universe(now_ms: int, *, random_count: int = 200, seed: int = 5) -> tuple[list[Case], Universe]:
    """All cases, shuffled into one catalogue with junk records between them; duplicates keep their order."""
    builder = hand_made(now_ms)
    add_random(builder, random_count, seed)
    return builder.cases, to_universe(builder.cases, seed=seed)


def to_universe(cases: list[Case], *, seed: int = 5) -> Universe:
    """First wires shuffled with the junk, then the second and third rows of ids that come twice."""
    rng = random.Random(seed)
    first = [case.wires[0] for case in cases] + list(JUNK_RECORDS)
    rng.shuffle(first)
    rest = [wire for case in cases for wire in case.wires[1:]]
    # A record that is closed is listed all the same: the server is not to be believed.
    records = [Record.of(wire, closed=False) for wire in first + rest]
    books = {token: wire for case in cases for token, wire in case.books.items()}
    return Universe(records, books)
