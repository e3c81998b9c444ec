"""Recorded Gamma market objects served again, with their dates shifted to now.

Records keep their structure and quirks; only date texts change, each in the format that it had. A record is served
as it is: open ones under closed=false, closed ones under closed=true. Order books are synthesised around the
recorded prices.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from endgame.simulator.books import FULL, USUAL, Top, wire_book
from endgame.simulator.catalogue import NEVER, Record
from endgame.simulator.chance import Ints

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:([T ])(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d(?::?\d\d)?)?)?")
_STATUS_CODES = {"proposed": 1, "disputed": 2, "challenged": 2, "resolved": 3}


def read_records(path: Path) -> list[Record]:
    """Market objects of a JSON-lines file, gzipped or not; of several captures the newest is kept.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds no market object at all. Single unreadable lines are left out.
    """
    newest: dict[str, Record] = {}
    for record in _lines(path):
        key = str(record.get("conditionId") or record.get("id")).lower()
        known = newest.get(key)
        if known is None or str(record.get("updatedAt", "")) >= str(known.get("updatedAt", "")):
            newest[key] = record
    if not newest:
        raise ValueError(f"{path.name} holds no market objects")
    return list(newest.values())


def _lines(path: Path) -> Iterator[Record]:
    with path.open("rb") as file:
        is_zipped = file.read(2) == b"\x1f\x8b"
    with gzip.open(path, "rb") if is_zipped else path.open("rb") as lines:
        for line in lines:
            try:
                record = msgspec.json.decode(line)
            except msgspec.DecodeError:
                continue
            if isinstance(record, dict) and (record.get("conditionId") or record.get("id")):
                yield record


def parse_date(text: Any) -> datetime | None:
    """The moment of a date text in any of the venue's formats; None for anything else."""
    match = _DATE.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    year, month, day, _, hour, minute, second, fraction, _ = match.groups()
    try:
        return datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0),
            round(float(fraction or 0) * 1e6) % 1_000_000, UTC,
        )  # fmt: skip
    except ValueError:
        return None


def shift_date(text: str, shift: timedelta) -> str:
    """The same text, that many whole seconds later; anything that is no date stays as it is."""
    moment, match = parse_date(text), _DATE.fullmatch(text)
    if moment is None or match is None or not 1 < moment.year < 9_000:
        return text
    try:
        later = moment + shift
    except OverflowError:
        return text
    shown = f"{later.year:04d}-{later:%m-%d}"
    if match[4]:
        shown += f"{match[4]}{later:%H:%M:%S}{match[8] or ''}{match[9] or ''}"
    return shown


def _shift_all(value: Any, shift: timedelta) -> Any:
    if isinstance(value, dict):
        shifted = {key: _shift_all(item, shift) for key, item in value.items()}
        for name in ("startDate", "endDate"):  # the day of a moment that moved is not the moved day
            if parse_date(shifted.get(name)) and parse_date(shifted.get(f"{name}Iso")):
                shifted[f"{name}Iso"] = shifted[name][:10]
        return shifted
    if isinstance(value, list):
        return [_shift_all(item, shift) for item in value]
    return shift_date(value, shift) if isinstance(value, str) else value


def _milliseconds(text: Any, missing: int) -> int:
    moment = parse_date(text)
    return round(moment.timestamp() * 1000) if moment else missing


def _float(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0.0
    return number if np.isfinite(number) else 0.0


def _texts(value: Any) -> list[str]:
    """A JSON array inside a string as a list of texts; empty when it is none."""
    try:
        items = msgspec.json.decode(value) if isinstance(value, str) else value
    except msgspec.DecodeError:
        return []
    return [str(item) for item in items] if isinstance(items, list) else []


class ReplaySource:
    """The server's view of recorded market objects.

    Args:
        records: raw objects, one per market.
        now: where the newest capture is moved to, epoch milliseconds.
    """

    def __init__(self, records: Sequence[Record], now: int) -> None:
        newest = max((_milliseconds(record.get("updatedAt"), 0) for record in records), default=0)
        self.shift = timedelta(seconds=(now - newest) // 1000 if newest else 0)
        self.records: list[Record] = [_shift_all(record, self.shift) for record in records]
        self._columns = self._read_columns(now)
        self._by_name: dict[str, dict[str, int]] = {name: {} for name in ("condition_ids", "id", "slug")}
        self._sides: dict[str, tuple[int, int]] = {}
        self._groups: dict[str, int] = {}
        self._group_of = np.zeros(len(self.records), dtype=np.int64)
        for row, record in enumerate(self.records):
            for name, key in (("condition_ids", "conditionId"), ("id", "id"), ("slug", "slug")):
                self._by_name[name][str(record.get(key, ""))] = row
            for side, token in enumerate(_texts(record.get("clobTokenIds"))[:2]):
                self._sides[token] = (row, side)
            event = self._first_event(record)
            name = str(event.get("id", f"market-{row}"))
            self._group_of[row] = self._groups.setdefault(name, len(self._groups))
        _, leads = np.unique(self._group_of, return_index=True)
        group_closed = np.full(len(self._groups), -NEVER, dtype=np.int64)
        np.maximum.at(group_closed, self._group_of, self._columns["closed"])
        self._columns["group_closed"] = group_closed[self._group_of]
        self._columns["lead"] = np.isin(np.arange(len(self.records)), leads)

    @staticmethod
    def _first_event(record: Record) -> Record:
        events = record.get("events")
        return events[0] if isinstance(events, list) and events and isinstance(events[0], dict) else {}

    def _read_columns(self, now: int) -> dict[str, NDArray[Any]]:
        records = self.records
        ids = [str(record.get("id", "")) for record in records]
        return {
            "number": np.array([int(text) if text.isdecimal() and len(text) < 18 else i for i, text in enumerate(ids)]),
            "start": np.array([_milliseconds(record.get("startDate"), 0) for record in records], dtype=np.int64),
            "end": np.array([_milliseconds(record.get("endDate"), NEVER) for record in records], dtype=np.int64),
            "visible": np.full(len(records), -NEVER, dtype=np.int64),
            "closed": np.array(
                [-NEVER if record.get("closed") is True else NEVER for record in records], dtype=np.int64
            ),
            "volume": np.array([_float(record.get("volumeNum", record.get("volume"))) for record in records]),
            "liquidity": np.array([_float(record.get("liquidityNum", record.get("liquidity"))) for record in records]),
            "volume_day": np.array([_float(record.get("volume24hr")) for record in records]),
            "changed": np.array([_milliseconds(record.get("updatedAt"), now) for record in records], dtype=np.int64),
        }

    def refresh(self, now: int) -> None:
        """Nothing new ever appears."""

    @property
    def version(self) -> int:
        """Never changes."""
        return 0

    def column(self, name: str) -> NDArray[Any]:
        """One column, shape (rows,)."""
        return self._columns[name]

    def status(self, rows: Ints, at: int) -> Ints:
        """Oracle state per row, as recorded."""
        codes = [_STATUS_CODES.get(str(self.records[row].get("umaResolutionStatus")), 0) for row in rows.tolist()]
        return np.array(codes, dtype=np.int64)

    def has_tag(self, rows: Ints, tag: str) -> NDArray[np.bool_]:
        """Which rows carry the tag id."""
        return np.array([self._has_tag(self.records[row], tag) for row in rows.tolist()], dtype=bool)

    def _has_tag(self, record: Record, tag: str) -> bool:
        tags = record.get("tags") or self._first_event(record).get("tags") or []
        return any(isinstance(item, dict) and str(item.get("id")) == tag for item in tags)

    def find(self, kind: str, text: str) -> int | None:
        """Row by one of its names."""
        if kind == "clob_token_ids":
            found = self._sides.get(text)
            return found[0] if found else None
        return self._by_name[kind].get(text)

    def side(self, token: str) -> tuple[int, int] | None:
        """Row and side of a token."""
        return self._sides.get(token)

    def markets(self, rows: Ints, at: int, *, tags: bool, nested: bool = False) -> list[Record]:
        """The recorded objects."""
        hidden = ({"events", "tags"} if nested else set()) | (set() if tags else {"tags"})
        return [
            {name: value for name, value in self.records[row].items() if name not in hidden} for row in rows.tolist()
        ]

    def groups(self, rows: Ints) -> Ints:
        """Event of each row."""
        return self._group_of[rows]

    def group(self, number: int, at: int, *, with_markets: bool) -> Record:
        """One recorded event with the markets that were recorded of it."""
        rows = np.flatnonzero(self._group_of == number)
        record = dict(self._first_event(self.records[rows[0]])) or {"id": f"9{number}", "slug": f"event-{number}"}
        if with_markets:
            record["markets"] = self.markets(rows, at, tags=False, nested=True)
        return record

    def books(self, wanted: Sequence[tuple[int, int]], now: int) -> list[Record | None]:
        """Books around the recorded prices; a record that is closed or has no order book has none."""
        return [self._book(row, side) for row, side in wanted]

    def _book(self, row: int, side: int) -> Record | None:
        record = self.records[row]
        if record.get("closed") is True or record.get("enableOrderBook") is False:
            return None
        bid, ask = self._prices(record)
        word = zlib.crc32(str(record.get("conditionId")).encode()) * 2_654_435_761
        tick = 10 if bid % 100 or ask % 100 or bid > 9_600 or 0 < ask < 400 else 100
        token = _texts(record.get("clobTokenIds"))[side]
        traded = record.get("lastTradePrice")
        return wire_book(
            Top(bid, ask, tick, USUAL, word), side, market=str(record.get("conditionId")), token=token,
            changed=int(self._columns["changed"][row]), neg_risk=record.get("negRisk") is True,
            last_trade=f"{_float(traded):g}" if traded is not None else "",
        )  # fmt: skip

    @staticmethod
    def _prices(record: Record) -> tuple[int, int]:
        """Best bid and ask of outcome 0 in ten-thousandths, -1 where there is none."""
        bid, ask = round(_float(record.get("bestBid")) * FULL), round(_float(record.get("bestAsk")) * FULL)
        if bid <= 0 and not 0 < ask < FULL:
            shown = _texts(record.get("outcomePrices"))
            middle = round(_float(shown[0]) * 1_000) * 10 if len(shown) == 2 else 0
            if 0 < middle < FULL:
                bid, ask = middle - 10, middle + 10
        return (bid if 0 < bid < FULL else -1), (ask if 0 < ask < FULL else -1)

    def resolutions(self, rows: Ints, now: int) -> list[Record]:
        """No oracle states were recorded."""
        return []

    def truth(self, now: int) -> list[Record]:
        """Nobody knows."""
        return []
