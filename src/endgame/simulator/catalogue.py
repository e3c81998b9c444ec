"""Paging and filters of the catalogue, the same for a generated and for a recorded universe.

A listing is a keyset scan over a sorted index of all rows; which of them are open, closed or filtered is decided
row by row for the moment that the answer shows, which on the real venue is up to 300 s ago.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from endgame.simulator.chance import Floats, Ints

Record = dict[str, Any]
Parameters = Sequence[tuple[str, str]]
NEVER = 1 << 60
"""A moment that does not come, epoch milliseconds."""

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
MAX_CONDITION_IDS = 100
_STATUS_CODES = {"proposed": 1, "disputed": 2, "resolved": 3}
_ORDERS = {
    "endDate": "end", "startDate": "start", "id": "number", "volumeNum": "volume", "liquidityNum": "liquidity",
    "volume24hr": "volume_day", "volume": "volume_text", "liquidity": "liquidity_text",
}  # fmt: skip
_RANGES = {
    "end_date": ("end", True), "start_date": ("start", True),
    "liquidity_num": ("liquidity", False), "volume_num": ("volume", False),
}  # fmt: skip


class Invalid(ValueError):
    """A parameter that the venue answers with 422."""


class Source(Protocol):
    """What the server needs of a universe. Rows are positions in its columns; times are epoch milliseconds."""

    def refresh(self, now: int) -> None:
        """Make everything known that becomes visible soon after `now`."""
        ...

    @property
    def version(self) -> int:
        """Grows whenever rows are added."""
        ...

    def column(self, name: str) -> NDArray[Any]:
        """`number`, `start`, `end`, `visible`, `closed`, `group_closed` (int64), `volume`, `liquidity`, `volume_day`
        (float64) or `lead` (bool: the first market of its event). A missing end is `NEVER`; an event closes with the
        last of its markets.
        """
        ...

    def status(self, rows: Ints, at: int) -> Ints:
        """Oracle state: 0 none, 1 proposed, 2 disputed, 3 resolved."""
        ...

    def has_tag(self, rows: Ints, tag: str) -> NDArray[np.bool_]:
        """Which rows carry the tag id."""
        ...

    def find(self, kind: str, text: str) -> int | None:
        """Row by `condition_ids`, `clob_token_ids`, `id` or `slug`."""
        ...

    def side(self, token: str) -> tuple[int, int] | None:
        """Row and side (0 or 1) of a token."""
        ...

    def markets(self, rows: Ints, at: int, *, tags: bool, nested: bool = False) -> list[Record]:
        """Wire objects. `nested` leaves out what markets inside events do not carry."""
        ...

    def groups(self, rows: Ints) -> Ints:
        """Number of the event of each row."""
        ...

    def group(self, number: int, at: int, *, with_markets: bool) -> Record:
        """One event as a wire object."""
        ...

    def books(self, wanted: Sequence[tuple[int, int]], now: int) -> list[Record | None]:
        """Order books as wire objects; None where there is none."""
        ...

    def resolutions(self, rows: Ints, now: int) -> list[Record]:
        """Oracle states as the data API tells them."""
        ...

    def truth(self, now: int) -> list[Record]:
        """What a careful client should find now: market_id, side, bid, ask."""
        ...


def parse_moment(text: str) -> int:
    """Epoch milliseconds of an ISO-8601 parameter.

    Raises:
        Invalid: it is none.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"invalid date {text!r}") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise Invalid(f"invalid number for {name}") from error


def _boolean(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise Invalid(f"invalid boolean for {name}")
    return text == "true"


_T = TypeVar("_T")


@dataclass(frozen=True)
class Query:
    """A listing request. Unknown parameters and unknown orders are ignored, as the venue does."""

    closed: bool = False
    limit: int = DEFAULT_LIMIT
    order: str = "number"
    ascending: bool = True
    tags: bool = False
    after: str = ""
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    status: str = ""
    tag: str = ""
    digest: str = ""
    events: bool = False

    @classmethod
    def parse(cls, parameters: Parameters, *, events: bool = False) -> Query:
        """Read the parameters; `events` asks for events, which their first markets stand for.

        Raises:
            Invalid: where the venue answers 422.
        """
        one = dict(parameters)
        if "offset" in one:
            raise Invalid("offset is not supported, use after_cursor")
        if one.get("tag_id", "0").strip("0123456789"):
            raise Invalid("invalid integer for tag_id")

        def take(name: str, convert: Callable[[str, str], _T], default: _T) -> _T:
            return convert(name, one[name]) if one.get(name) else default

        limit = int(take("limit", _number, float(DEFAULT_LIMIT)))
        if limit < 1:
            raise Invalid("invalid limit")
        return cls(
            closed=take("closed", _boolean, False),
            limit=min(limit, MAX_LIMIT),
            order=_ORDERS.get(one.get("order", ""), "number"),
            ascending=take("ascending", _boolean, True),
            tags=take("include_tag", _boolean, False),
            after=one.get("after_cursor", ""),
            ranges=_ranges(one),
            ids=_ids(parameters),
            status=one.get("uma_resolution_status", ""),
            tag=one.get("tag_id", ""),
            digest=_digest(parameters),
            events=events,
        )


def _ranges(one: Mapping[str, str]) -> dict[str, tuple[float, float]]:
    found = {}
    for stem, (column, is_date) in _RANGES.items():
        low, high = one.get(f"{stem}_min"), one.get(f"{stem}_max")
        if low or high:
            read = (lambda _name, text: float(parse_moment(text))) if is_date else _number
            found[column] = (read(stem, low) if low else -np.inf, read(stem, high) if high else np.inf)
    return found


def _ids(parameters: Parameters) -> dict[str, tuple[str, ...]]:
    found = {
        kind: tuple(value for name, value in parameters if name == kind)
        for kind in ("condition_ids", "clob_token_ids", "id", "slug")
    }
    if len(found["condition_ids"]) > MAX_CONDITION_IDS:
        raise Invalid(f"too many condition_ids, at most {MAX_CONDITION_IDS}")
    return {kind: values for kind, values in found.items() if values}


def _digest(parameters: Parameters) -> str:
    bound = sorted((name, value) for name, value in parameters if name != "after_cursor")
    return hashlib.sha256(repr(bound).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Page:
    """Rows of one page and the cursor of the next, empty at the end."""

    rows: Ints
    cursor: str


@dataclass(frozen=True)
class _Index:
    keys: NDArray[Any]
    numbers: Ints
    rows: Ints

    def after(self, key: Any, number: int) -> int:
        """Position of the first entry greater than (key, number)."""
        low, high = (int(np.searchsorted(self.keys, key, side)) for side in ("left", "right"))
        return low + int(np.searchsorted(self.numbers[low:high], number, "right"))

    def at(self, key: Any, number: int) -> int:
        """Position of the first entry not less than (key, number)."""
        low, high = (int(np.searchsorted(self.keys, key, side)) for side in ("left", "right"))
        return low + int(np.searchsorted(self.numbers[low:high], number, "left"))


class Pager:
    """Finds the rows of a page."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._indexes: dict[str, _Index] = {}
        self._version = -1

    def page(self, query: Query, at: int, *, size: int | None = None) -> Page:
        """One page as of `at`; `size` is below the limit where a page comes up short.

        Raises:
            Invalid: the cursor is not of this query.
        """
        limit = size or query.limit
        index = self._index(query)
        start, stop = self._bounds(index, query)
        found = self._scan(index, query, at, (start, stop), limit + 1)
        if len(found) <= limit:
            return Page(index.rows[found], "")
        last = int(found[limit - 1])
        return Page(index.rows[found[:limit]], _encode_cursor(index, last, query.digest))

    def listed(self, query: Query, at: int) -> Ints:
        """All rows of the query in its order, without paging (the deprecated lists)."""
        index = self._index(query)
        return index.rows[self._scan(index, query, at, (0, len(index.rows)), len(index.rows))]

    def _index(self, query: Query) -> _Index:
        if query.ids:
            return self._build(query.order, self._named_rows(query.ids))
        if self._version != self._source.version:
            self._indexes.clear()
            self._version = self._source.version
        if query.order not in self._indexes:
            rows = np.arange(len(self._source.column("number")), dtype=np.int64)
            self._indexes[query.order] = self._build(query.order, rows)
        return self._indexes[query.order]

    def _named_rows(self, ids: Mapping[str, tuple[str, ...]]) -> Ints:
        wanted: set[int] | None = None
        for kind, texts in ids.items():
            rows = {row for row in (self._source.find(kind, text) for text in texts) if row is not None}
            wanted = rows if wanted is None else wanted & rows
        return np.array(sorted(wanted or ()), dtype=np.int64)

    def _build(self, order: str, rows: Ints) -> _Index:
        numbers = self._source.column("number")[rows]
        keys = self._source.column(order.removesuffix("_text"))[rows]
        if order.endswith("_text"):  # the venue keeps these as text and sorts them so: "99" after "1000"
            keys = keys.astype("U24")
        sorting = np.lexsort((numbers, keys))
        return _Index(keys[sorting], numbers[sorting], rows[sorting])

    def _bounds(self, index: _Index, query: Query) -> tuple[int, int]:
        """First and last position to look at; in descending order `start` is where the scan comes from above."""
        low, high = 0, len(index.rows)
        if query.order in query.ranges:
            least, most = query.ranges[query.order]
            low = int(np.searchsorted(index.keys, least, "left"))
            high = int(np.searchsorted(index.keys, most, "right"))
        if query.after:
            key, number = _decode_cursor(query)
            try:
                if query.ascending:
                    low = max(low, index.after(key, number))
                else:
                    high = min(high, index.at(key, number))
            except (TypeError, ValueError, OverflowError) as error:
                raise Invalid("invalid cursor") from error
        return low, max(low, high)

    def _scan(self, index: _Index, query: Query, at: int, bounds: tuple[int, int], need: int) -> Ints:
        """Positions of the first `need` matching entries between two positions, in the query's direction."""
        low, high = bounds
        found: list[Ints] = []
        count, step = 0, 512
        while low < high and count < need:
            if query.ascending:
                piece = np.arange(low, min(low + step, high), dtype=np.int64)
                low += step
            else:
                piece = np.arange(high - 1, max(high - step, low) - 1, -1, dtype=np.int64)
                high -= step
            hits = piece[self._matches(index.rows[piece], query, at)]
            found.append(hits)
            count += len(hits)
            step = min(step * 2, 65_536)
        return np.concatenate(found)[:need] if found else np.empty(0, dtype=np.int64)

    def _matches(self, rows: Ints, query: Query, at: int) -> NDArray[np.bool_]:
        source = self._source
        is_closed = source.column("group_closed" if query.events else "closed")[rows] <= at
        keep = (source.column("visible")[rows] <= at) & (is_closed if query.closed else ~is_closed)
        for name, (least, most) in query.ranges.items():
            values: Floats = source.column(name)[rows]
            keep &= (values >= least) & (values <= most) & (values < NEVER)
        if query.events:
            keep &= source.column("lead")[rows]
        if query.status:
            keep &= source.status(rows, at) == _STATUS_CODES.get(query.status, -1)
        if query.tag:
            keep &= source.has_tag(rows, query.tag)
        return keep


def _encode_cursor(index: _Index, position: int, digest: str) -> str:
    state = [index.keys[position].item(), int(index.numbers[position]), digest]
    return base64.urlsafe_b64encode(msgspec.json.encode(state)).decode().rstrip("=")


def _decode_cursor(query: Query) -> tuple[Any, int]:
    try:
        padded = query.after + "=" * (-len(query.after) % 4)
        key, number, digest = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=tuple[Any, int, str])
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise Invalid("invalid cursor") from error
    if digest != query.digest:
        raise Invalid("cursor belongs to another query")
    return key, number
