"""A generated universe in the venue's wire format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from endgame.simulator import books, universe
from endgame.simulator.books import Top, wire_book
from endgame.simulator.catalogue import NEVER, Record
from endgame.simulator.chance import Ints
from endgame.simulator.universe import Universe
from endgame.simulator.wording import KINDS, Kind, Wording, word

_FIRST_NUMBER = 1_200_000
_FIRST_EVENT = 60_000
_MASK = (1 << 64) - 1
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_STATUS_NAMES = ("", "proposed", "disputed", "resolved")
_ADAPTERS = ("0x65070BE91477460D8A7AeEb94ef92fe056C2f2A7", "0x69c47De9D4D3Dad79590d61b9e05918E03775f24")
_PRICE_CODES = ("1000000000000000000", "0", "500000000000000000")
_SPORTS_PERIOD_MS = 3 * universe.HOUR_MS


def _json_text(values: Sequence[str]) -> str:
    """A JSON array inside a string, with the venue's blank after the comma."""
    return "[" + ", ".join(msgspec.json.encode(value).decode() for value in values) + "]"


def _slug(text: str, number: int) -> str:
    return f"{_NOT_SLUG.sub('-', text.lower()).strip('-')}-{number}"


def _seconds(moments: Ints) -> list[str]:
    """`2026-11-22T09:25:00` for each moment."""
    shown: list[str] = np.datetime_as_string((moments // 1000).astype("datetime64[s]")).tolist()
    return shown


def _odd(moment: int) -> str:
    """The other format: `2026-11-20 19:37:33+00`."""
    return f"{datetime.fromtimestamp(moment // 1000, UTC):%Y-%m-%d %H:%M:%S}+00"


def _zulu(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment // 1000, UTC).isoformat()[:19]}Z"


def _text(price: float) -> str:
    return f"{price:.6g}"


class _Row(NamedTuple):
    """One entry of `universe.ROW` as plain numbers."""

    slot: int
    event: int
    number: int
    member: int
    kind: int
    course: int
    quirk: int
    winner: int
    visible: int
    start: int
    end: int
    game: int
    decided: int
    proposed: int
    disputed: int
    reproposed: int
    voting: int
    closed: int
    tokens: int
    book: int
    odds: float
    calm: float
    beat: int
    volume: float
    liquidity: float
    volume_day: float
    lead: bool
    group_closed: int


class _Event(NamedTuple):
    """One entry of `universe.EVENT` as plain numbers."""

    unit: int
    gen: int
    row: int
    size: int
    kind: int
    course: int
    visible: int
    end: int
    game: int
    decided: int
    next: int
    word: int


@dataclass(frozen=True, slots=True)
class _View:
    """One row as plain numbers and texts, at one moment."""

    row: _Row
    kind: Kind
    event: _Event
    words: Wording
    condition: str
    tokens: tuple[str, str]
    at: int
    status: int
    bid: int
    ask: int
    price: float
    changed: int
    start: str
    end: str
    created: str
    updated: str

    @property
    def is_closed(self) -> bool:
        return self.row.closed <= self.at

    @property
    def number(self) -> int:
        return self.row.number


class GeneratedSource:
    """The server's view of a `Universe`."""

    def __init__(self, world: Universe) -> None:
        self.world = world
        self._total = len(world.quirks)

    def refresh(self, now: int) -> None:
        """Make everything known that becomes visible soon after `now`."""
        self.world.refresh(now)

    @property
    def version(self) -> int:
        """Grows whenever rows are added."""
        return self.world.version

    def column(self, name: str) -> NDArray[Any]:
        """One column, shape (rows,)."""
        column: NDArray[Any] = self.world.rows[name]
        return column

    def status(self, rows: Ints, at: int) -> Ints:
        """Oracle state per row."""
        return self.world.status(rows, at)

    def has_tag(self, rows: Ints, tag: str) -> NDArray[np.bool_]:
        """Which rows carry the tag id."""
        tagged = np.array([any(tag == own for own, _, _ in kind.tags) for kind in KINDS])
        found: NDArray[np.bool_] = tagged[self.world.rows["kind"][rows]]
        return found

    def groups(self, rows: Ints) -> Ints:
        """Event of each row."""
        events: Ints = self.world.rows["event"][rows]
        return events

    # -- names -------------------------------------------------------------------------------------------------

    def _codes(self, rows: Ints) -> tuple[Ints, Ints]:
        """Key and sealed code of each row."""
        row = self.world.rows[rows]
        gens = (row["number"] - _FIRST_NUMBER) // self._total
        return row["slot"] + (gens << 40), (row["slot"] << 24) + gens

    def names(self, rows: Ints) -> list[tuple[str, tuple[str, str]]]:
        """Condition id and both tokens of each row."""
        keys, codes = self._codes(rows)
        chance = self.world.chance
        found = []
        salts = [chance.words(70 + i, keys).tolist() for i in range(6)]
        for code, a, b, c, d, e, f in zip(codes.tolist(), *salts, strict=True):
            condition = f"0x{a:016x}{b:016x}{c:016x}{chance.seal(code):016x}"
            head = (d << 192) | (e << 128) | (f << 64)
            pair = (str(head | chance.seal(code << 1)), str((head ^ (d << 128)) | chance.seal(code << 1 | 1)))
            found.append((condition, pair))
        return found

    def _row_of_code(self, code: int) -> int | None:
        slot, gen = code >> 24, code & 0xFFFFFF
        if gen == 0:
            return slot if slot < self._total else None
        return self.world.row_at.get((slot, gen))

    def find(self, kind: str, text: str) -> int | None:
        """Row by one of its names."""
        if kind == "clob_token_ids":
            found = self.side(text)
            return found[0] if found else None
        try:
            if kind == "condition_ids":
                row = self._row_of_code(self.world.chance.unseal(int(text, 16) & _MASK))
                matches = row is not None and self.names(np.array([row]))[0][0] == text.lower()
                return row if matches else None
            gen, slot = divmod(int(text.rpartition("-")[2]) - _FIRST_NUMBER, self._total)
        except ValueError:
            return None
        row = self._row_of_code((slot << 24) + gen) if gen >= 0 else None
        if kind == "slug" and row is not None:
            return row if self._slug_of(row) == text else None
        return row

    def _slug_of(self, row: int) -> str:
        view = self._views(np.array([row]), self.world.epoch)[0]
        return _slug(view.words.question, view.number)

    def side(self, token: str) -> tuple[int, int] | None:
        """Row and side of a token."""
        if not token.isdecimal() or len(token) > 80:
            return None
        code = self.world.chance.unseal(int(token) & _MASK)
        row = self._row_of_code(code >> 1)
        if row is None or self.names(np.array([row]))[0][1][code & 1] != token:
            return None
        return row, code & 1

    # -- markets -----------------------------------------------------------------------------------------------

    def _views(self, rows: Ints, at: int) -> list[_View]:
        world = self.world
        row = world.rows[rows]
        bids, asks, _ = world.tops(rows, at)
        prices = world.price(rows, at)
        changed = world.changed(rows, at)
        updated = np.maximum(changed, row["visible"])
        for name in ("tokens", "proposed", "disputed", "reproposed", "voting", "closed"):
            updated = np.maximum(updated, np.where(row[name] <= at, row[name], 0))
        updated = np.where(row["closed"] <= at, row["closed"], updated)
        end = np.where(row["end"] < NEVER, row["end"], 0)
        events = world.events[row["event"]]
        columns = (
            self.names(rows), world.status(rows, at).tolist(), bids.tolist(), asks.tolist(), prices.tolist(),
            changed.tolist(), _seconds(row["start"]), _seconds(end), _seconds(row["visible"]), _seconds(updated),
        )  # fmt: skip
        views = []
        for one, event, (name, tokens), *rest in zip(
            map(_Row._make, row.tolist()), map(_Event._make, events.tolist()), *columns, strict=True
        ):
            kind = KINDS[one.kind]
            status, bid, ask, price, moved, start, ends, created, touched = rest
            views.append(
                _View(one, kind, event, self._words(one, event, kind), name, tokens, at, status, bid, ask, price, moved,
                      start, ends, created, touched)
            )  # fmt: skip
        return views

    def _words(self, row: _Row, event: _Event, kind: Kind) -> Wording:
        end = datetime.fromtimestamp(int(event.game if kind.game else event.end) // 1000, UTC)
        moment = (end.year, end.month, end.day, end.hour, end.minute)
        return word(kind, event.word, row.member, event.size, moment)

    def markets(self, rows: Ints, at: int, *, tags: bool, nested: bool = False) -> list[Record]:
        """Wire objects as of `at`."""
        if not len(rows):
            return []
        found = []
        for view in self._views(rows, at):
            record = self._market(view)
            if not nested:
                record["events"] = [self._event(view)]
                if tags:
                    record["tags"] = _tags(view.kind)
            found.append(record)
        return found

    def _market(self, view: _View) -> Record:
        row, words = view.row, view.words
        number, quirk = view.number, row.quirk
        record: Record = {
            "id": str(number),
            "question": words.question,
            "conditionId": view.condition,
            "questionID": f"0x77{view.condition[4:]}",
            "slug": _slug(words.question, number),
            "resolutionSource": words.source,
            "startDate": f"{view.start}.{number % 1000:03d}Z",
            "startDateIso": view.start[:10],
            "createdAt": f"{view.created}.{number * 7_919 % 1_000_000:06d}Z",
            "updatedAt": f"{view.updated}.{number % 1_000:03d}241Z",
            "description": words.description,
            "outcomes": _json_text(words.labels),
            "volume": _text(row.volume),
            "volumeNum": row.volume,
            "liquidity": _text(row.liquidity),
            "liquidityNum": row.liquidity,
            "volume24hr": row.volume_day,
            "volumeClob": row.volume,
            "liquidityClob": row.liquidity,
            "image": "https://images.example/market.png",
            "icon": "https://images.example/market.png",
            "active": True,
            "closed": view.is_closed,
            "archived": quirk == universe.ARCHIVED,
            "new": False,
            "featured": False,
            "restricted": True,
            "enableOrderBook": quirk != universe.ORDERBOOK_OFF,
            "acceptingOrders": not view.is_closed and quirk != universe.PAUSED,
            "orderMinSize": 5,
            "negRisk": _is_exclusive(view),
            "negRiskOther": False,
            "marketMakerAddress": "",
            "submitted_by": "0x91430CaD2d3975766499717fA0D66A78D814E5c5",
            "umaResolutionStatuses": _json_text(_history(view)),
            "holdingRewardsEnabled": False,
            "rewardsMinSize": 50,
            "rewardsMaxSpread": 3.5,
            "cyom": False,
            "approved": True,
            "ready": False,
            "funded": False,
            "rfqEnabled": False,
            "competitive": round(4 * view.price * (1 - view.price), 6),
            "pendingDeployment": False,
            "deploying": False,
            "hasReviewedDates": True,
            "requiresTranslation": False,
            "pagerDutyNotificationEnabled": False,
            "version": "v1",
        }
        if row.end < NEVER:
            record["endDate"] = f"{view.end}Z"
            record["endDateIso"] = view.end[:10]
        if quirk == universe.BLANK_RULES:
            record["description"] = ""
        if row.tokens <= view.at:
            record["clobTokenIds"] = _json_text(view.tokens)
            record["acceptingOrdersTimestamp"] = _zulu(int(max(row.tokens, row.visible)))
        _add_prices(record, view)
        _add_fees(record, view)
        _add_oracle(record, view)
        _add_kind(record, view)
        return record

    def _event(self, view: _View) -> Record:
        event, kind = view.event, view.kind
        number = _FIRST_EVENT + event.unit + event.gen * len(self.world.units)
        alone = event.size == 1
        title = view.words.question if alone else view.words.event_title
        slug = _slug(title, view.number) if alone else _slug(title, number)
        record: Record = {
            "id": str(number),
            "ticker": slug,
            "slug": slug,
            "title": title,
            "startDate": f"{view.start}.{number % 1000:03d}Z",
            "endDate": _zulu(event.end),
            "active": True,
            "closed": view.is_closed,
            "archived": False,
            "new": False,
            "featured": False,
            "restricted": True,
            "liquidity": view.row.liquidity * event.size,
            "volume": view.row.volume * event.size,
            "openInterest": round(view.row.volume * 0.2, 2),
            "negRisk": _is_exclusive(view),
            "enableNegRisk": _is_exclusive(view),
            "negRiskAugmented": False,
            "commentCount": number % 40,
            "cyom": False,
            "showAllOutcomes": True,
        }
        if kind.game:
            record["startTime"] = _zulu(event.game)
            record["eventDate"] = record["startTime"][:10]
            record["gameId"] = 90_000_000 + number
            record["live"] = bool(event.game <= view.at < event.decided)
            record["ended"] = bool(event.decided <= view.at)
        if kind.name == "updown":
            record["seriesSlug"] = f"{_NOT_SLUG.sub('-', view.words.question.split(' ')[0].lower())}-up-or-down-5m"
        return record

    def group(self, number: int, at: int, *, with_markets: bool) -> Record:
        """One event with its visible markets."""
        event = self.world.events[number]
        rows = np.arange(int(event["row"]), int(event["row"]) + int(event["size"]))
        view = self._views(rows[:1], at)[0]
        record = {**self._event(view), "tags": _tags(view.kind)}
        record["closed"] = bool((self.world.rows["closed"][rows] <= at).all())
        record["description"] = view.words.description
        if with_markets:
            record["markets"] = self.markets(rows, at, tags=False, nested=True)
        return record

    # -- books, oracle, truth ----------------------------------------------------------------------------------

    def books(self, wanted: Sequence[tuple[int, int]], now: int) -> list[Record | None]:
        """Books as of `now`."""
        if not wanted:
            return []
        rows = np.array([row for row, _ in wanted], dtype=np.int64)
        table = self.world.rows[rows]
        bids, asks, ticks = self.world.tops(rows, now)
        changed = self.world.changed(rows, now)
        words = self.world.chance.words(80, table["slot"] * 1_000_003 + changed // 1_000)
        prices = self.world.price(rows, now)
        alive = self.world.has_book(rows, now)
        columns = (
            map(_Row._make, table.tolist()), self.names(rows), bids.tolist(), asks.tolist(), ticks.tolist(),
            changed.tolist(), words.tolist(), prices.tolist(), alive.tolist(),
        )  # fmt: skip
        found: list[Record | None] = []
        for (_, side), row, (condition, tokens), bid, ask, tick, moved, chance, price, lives in zip(
            wanted, *columns, strict=True
        ):
            if not lives:
                found.append(None)
                continue
            top = Top(bid, ask, tick, _sizes(row, now), chance)
            own = round((price if side == 0 else 1 - price) * 1000) / 1000
            found.append(
                wire_book(
                    top, side, market=condition, token=tokens[side], changed=moved,
                    neg_risk=bool(KINDS[row.kind].neg_risk), last_trade=_text(own) if row.slot % 10 else "",
                )
            )  # fmt: skip
        return found

    def resolutions(self, rows: Ints, now: int) -> list[Record]:
        """Oracle states as of `now`."""
        return [_resolution(view) for view in self._views(rows, now)] if len(rows) else []

    def truth(self, now: int) -> list[Record]:
        """Markets with a bid, a favourite offered at 0.90 … 0.999, no wide spread, 1 h … 14 d to go, and no dispute."""
        rows = np.arange(len(self.world.rows), dtype=np.int64)
        table = self.world.rows
        bids, asks, _ = self.world.tops(rows, now)
        close = np.where(table["game"] >= 0, table["game"] + _SPORTS_PERIOD_MS, table["end"])
        left = close - now
        first = bids + asks >= books.FULL
        offered = np.where(first, asks, books.FULL - bids)
        wanted = np.where(first, bids, books.FULL - asks)
        keep = (left >= universe.HOUR_MS) & (left <= 14 * universe.DAY_MS) & (bids > 0) & (asks > 0)
        keep &= self.world.has_book(rows, now) & (table["tokens"] <= now)
        keep &= (offered >= 9_000) & (offered <= 9_990) & (asks - bids <= 2_500) & (asks > bids)
        keep &= ~np.isin(table["quirk"], (universe.PAUSED, universe.ARCHIVED, universe.BLANK_RULES))
        keep &= (self.world.status(rows, now) != 2) & ~((table["game"] >= 0) & (table["game"] <= now))
        chosen = np.flatnonzero(keep)
        return [
            {
                "market_id": name,
                "side": "YES" if is_first else "NO",
                "bid": bid / books.FULL,
                "ask": ask / books.FULL,
                "t_remaining_sec": t // 1000,
            }
            for (name, _), is_first, bid, ask, t in zip(
                self.names(chosen), first[chosen].tolist(), wanted[chosen].tolist(), offered[chosen].tolist(),
                left[chosen].tolist(), strict=True,
            )
        ]  # fmt: skip


def _is_exclusive(view: _View) -> bool:
    return bool(view.kind.neg_risk and view.event.size > 1)


def _tags(kind: Kind) -> list[Record]:
    return [{"id": number, "label": label, "slug": slug} for number, label, slug in kind.tags]


def _sizes(row: _Row, now: int) -> tuple[int, int]:
    """A decided market has only dust left; an endgame market can really be bought."""
    if row.decided <= now:
        return books.DUST
    if row.quirk == universe.DEEP:
        return books.DEEP
    return books.AMPLE if row.course == universe.ENDGAME else books.USUAL


def _history(view: _View) -> list[str]:
    """All oracle states so far, oldest first; a resolution is often not noted."""
    row, at = view.row, view.at
    if view.kind.name == "updown" and row.course == universe.ZOMBIE:
        return ["proposed"] if row.slot % 2 else []
    steps = (
        (row.proposed, "proposed"),
        (row.disputed, "disputed"),
        (row.reproposed, "proposed"),
        (row.voting, "disputed"),
    )
    history = [name for moment, name in steps if moment <= at]
    if view.is_closed and len(history) > 1:
        history.append("resolved")
    return history


def _add_prices(record: Record, view: _View) -> None:
    row = view.row
    if view.is_closed:
        final = (("1", "0"), ("0", "1"), ("0.5", "0.5"))[row.winner]
        record["outcomePrices"] = _json_text(final)
        record["lastTradePrice"] = (0.999, 0.001, 0.5)[row.winner]
        record["bestAsk"] = 1
        return
    if row.tokens > view.at:
        return
    if row.book > view.at:
        record["outcomePrices"] = _json_text(("0.5", "0.5") if view.number % 2 else ("0", "0"))
        record["bestAsk"] = 1
        record["spread"] = 1
        return
    bid, ask = max(view.bid, 0), view.ask if view.ask > 0 else books.FULL
    middle = (bid + ask) / 2 / books.FULL
    record["outcomePrices"] = _json_text((_text(middle), _text(1 - middle)))
    if view.bid > 0:
        record["bestBid"] = view.bid / books.FULL
    record["bestAsk"] = ask / books.FULL
    record["spread"] = round((ask - bid) / books.FULL, 6)
    record["lastTradePrice"] = round(view.price, 3)
    record["oneDayPriceChange"] = round(0.04 * (view.price - 0.5), 4)
    is_fine = view.price > 0.96 or view.price < 0.04 or (bid % 100 or ask % 100)
    record["orderPriceMinTickSize"] = 0.001 if is_fine else 0.01


def _add_fees(record: Record, view: _View) -> None:
    kind, quirk, draw = view.kind, view.row.quirk, view.event.word % 100
    fee_type, rate, rebate = kind.fee_type, kind.fee_rate, kind.rebate
    if kind.game and draw < 3:
        fee_type, rate, rebate = "sports_fees_v2", 0.03, 0.25
    elif kind.game and draw < 16:
        fee_type, rate, rebate = "zero_fees", 0.0, 0.0
    if view.is_closed or not fee_type or quirk == universe.FEES_OFF:
        record["feesEnabled"] = False
        if view.is_closed and fee_type and view.number % 2:
            record["feeType"] = fee_type
        return
    record["feesEnabled"] = True
    record["feeType"] = fee_type
    record["makerBaseFee"] = record["takerBaseFee"] = 1000
    if quirk != universe.FEES_UNSCHEDULED:
        record["feeSchedule"] = {"exponent": 1, "rate": rate, "takerOnly": True, "rebateRate": rebate}


def _add_oracle(record: Record, view: _View) -> None:
    row = view.row
    if view.kind.name != "updown":
        record["umaBond"] = ("250", "500", "750")[view.number % 3]
        record["umaReward"] = "2"
        record["customLiveness"] = 0 if view.kind.liveness_sec == 7_200 else view.kind.liveness_sec
        record["resolvedBy"] = _ADAPTERS[int(_is_exclusive(view))]
    if view.status:
        record["umaResolutionStatus"] = _STATUS_NAMES[view.status]
    elif row.course == universe.ZOMBIE and row.slot % 2:
        record["umaResolutionStatus"] = "proposed"
    if view.is_closed:
        closed = row.closed
        record["closedTime"] = _odd(closed)
        record["umaEndDate"] = _zulu(closed) if view.number % 5 else _odd(closed)
        record["automaticallyResolved"] = view.kind.game or view.kind.name == "updown"
    elif row.proposed <= view.at:
        record["umaEndDate"] = _zulu(row.proposed)


def _add_kind(record: Record, view: _View) -> None:
    row, words = view.row, view.words
    if _is_exclusive(view):
        event = f"{view.event.word:016x}"
        record["negRiskMarketID"] = f"0x9e{event:0<62}"
        record["negRiskRequestID"] = f"0x9f{event:0<58}{row.member:04x}"
    if words.group_title:
        record["groupItemTitle"] = words.group_title
    if view.event.size > 1:
        record["groupItemThreshold"] = str(row.member)
    if view.kind.game:
        record["gameStartTime"] = _odd(row.game)
        record["eventStartTime"] = _zulu(row.game)
        record["gameId"] = str(90_000_000 + view.event.unit)
        record["sportsMarketType"] = words.market_type
        record["secondsDelay"] = 3
        record["clearBookOnStart"] = True
        if words.market_type in ("spreads", "totals"):
            record["line"] = words.line
    elif view.kind.name == "updown":
        record["eventStartTime"] = _zulu(view.event.end - 5 * universe.MINUTE_MS)
        record["automaticallyActive"] = True


def _resolution(view: _View) -> Record:
    row, at = view.row, view.at
    if view.is_closed:
        status, touched = "resolved", row.closed
    elif row.voting <= at:
        status, touched = "disputed", row.voting
    elif row.reproposed <= at:
        status, touched = "reproposed", row.reproposed
    elif row.disputed <= at:
        status, touched = "challenged", row.disputed
    elif row.proposed <= at:
        status, touched = "proposed", row.proposed
    else:
        status, touched = "posed", row.visible
    winner = row.winner
    first = 1 - winner if row.disputed < NEVER and winner < 2 and row.slot % 2 else winner
    record: Record = {
        "question_id": f"0x77{view.condition[4:]}",
        "condition_id": view.condition,
        "status": status,
        "extended_review": False,
        "was_disputed": bool(row.disputed <= at),
        "was_arbitrated": bool(row.voting <= at),
        "new_version_q": False,
        "proposed_price": _PRICE_CODES[first] if row.proposed <= at else "69",
        "reproposed_price": _PRICE_CODES[winner] if row.reproposed <= at else "69",
        "price": _PRICE_CODES[winner] if view.is_closed else "69",
        "log_index": view.number % 90,
        "last_update_timestamp": _zulu(touched) if view.number % 4 else str(touched // 1000),
        "market_type": "binary",
        "payouts": ([1_000_000, 0], [0, 1_000_000], [500_000, 500_000])[winner] if view.is_closed else None,
        "reporter": "CHAINLINK" if view.kind.name == "updown" else "UMA_OO",
        "resolution_source": "reported",
        "resolved_at": _zulu(touched) if view.is_closed else None,
        "resolved_block": None,
    }
    liveness = view.kind.liveness_sec * 1000
    if status in ("proposed", "reproposed") and touched + liveness > at:
        record["expected_settlement_time"] = _zulu(touched + liveness)
        record["settlement_time_basis"] = "managed_proposal_expiration"
    return record
