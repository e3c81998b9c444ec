"""Reading what a stranger wrote: JSON that is almost JSON, and fields that may be anything.

Nothing here raises for bad content except what cuts: `elements`, `split_array` and `split_object`.
A reader returns None for a value that it cannot read.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import msgspec

from endgame.domain.market import EARLIEST_MS, LATEST_MS
from endgame.errors import Payload

MICROS: Final = 1_000_000
"""Prices are compared in whole millionths of a dollar: the 6 places of the contract."""

MAX_ELEMENTS: Final = 1_000
"""Most elements of an array of records or books; we ask for at most 500 of anything."""

RawRecord = bytes | msgspec.Raw

ELEMENTS: Final = msgspec.defstruct(
    "Elements",
    [(f"element_{number}", msgspec.Raw, None) for number in range(MAX_ELEMENTS)],
    array_like=True,
    forbid_unknown_fields=True,
)
"""A JSON array of at most MAX_ELEMENTS elements, undecoded.

A length limit on a list would be checked after millions of elements were built; a struct refuses the first too many.
"""

_MAX_SPLIT_BYTES: Final = 16 * 1024 * 1024
"""Thirty ordinary pages, or half a page of the longest texts; in a thread, and at worst a few seconds' work there."""
_MAX_DIGITS: Final = 400
_BOM: Final = b"\xef\xbb\xbf"

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{},"]', re.DOTALL)
_KEY = re.compile(rb'\s*"((?:[^"\\]++|\\.)*+)"\s*:', re.DOTALL)
_CLOSER: Final = {ord("["): ord("]"), ord("{"): ord("}")}
_QUOTE: Final = ord('"')
_COMMA: Final = ord(",")
_ELEMENTS_DECODER: Final = msgspec.json.Decoder(ELEMENTS)

_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?\s*", re.ASCII)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(\.\d{1,12})?\s*(?:(Z)|([+-]\d\d)(?::?(\d\d))?)?",
    re.ASCII | re.IGNORECASE,
)
_READER: Final = json.JSONDecoder(
    strict=False,
    parse_constant=lambda _: None,
    parse_int=lambda digits: int(digits) if len(digits) <= _MAX_DIGITS else None,
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL: Final = dict.fromkeys((*range(1, 32), *range(127, 160)), " ") | {0: "\ufffd"}


# Whole answers


def elements(body: bytes) -> Sequence[RawRecord]:
    """The elements of a JSON array, undecoded: cut strictly if possible, else by `split_array`.

    Raises:
        Payload: not an array, truncated, of more than MAX_ELEMENTS, or neither strict nor small enough to be repaired.
    """
    try:
        return cut(_ELEMENTS_DECODER.decode(body))
    except msgspec.ValidationError as error:
        raise Payload(f"The answer is not of the documented shape: {error}.") from error
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return split_array(body)


def cut(decoded: msgspec.Struct) -> list[RawRecord]:
    """The elements in an instance of `ELEMENTS`."""
    return [element for element in msgspec.structs.astuple(decoded) if element is not None]


def split_array(body: bytes, *, most: int = MAX_ELEMENTS) -> list[bytes]:
    """The elements of a JSON array as raw slices, whatever they hold; only quotes and brackets must pair up.

    The second way to read an answer that strict JSON refuses: `NaN`, a lone surrogate or a bottomless nesting in one
    element must not cost the others.

    Raises:
        Payload: not an array, truncated, of more than `most` elements, or too large for this slower way.
    """
    return list(_members(body, b"[", most=most))


def split_object(body: bytes, *, most_inside: int) -> dict[str, bytes]:
    """The top-level members of a JSON object as raw slices, on the same terms as `split_array`.

    Raises:
        Payload: not an object, truncated, of more than MAX_ELEMENTS members, with more than `most_inside` elements in
            one member, or too large for this slower way.
    """
    members: dict[str, bytes] = {}
    for member in _members(body, b"{", most=MAX_ELEMENTS, most_inside=most_inside):
        key = _KEY.match(member)
        if key is None:
            raise Payload("The answer is not a JSON object.")
        members[key[1].decode("utf-8", "replace")] = member[key.end() :].strip()
    return members


def _trimmed(body: bytes, opening: bytes) -> bytes:
    body = body.removeprefix(_BOM).strip()
    if not body.startswith(opening):
        raise Payload(f"The answer is not JSON of the documented shape; it begins with {body[:40]!r}.")
    if len(body) > _MAX_SPLIT_BYTES:
        raise Payload(f"The answer is not strict JSON, and with {len(body)} bytes too large to be repaired.")
    return body


def _members(body: bytes, opening: bytes, *, most: int, most_inside: int | None = None) -> Iterator[bytes]:
    body = _trimmed(body, opening)
    limits = (most, most_inside)
    counts = [0, 0]  # separators of the whole, and inside its member in hand
    begin = 1
    for depth, at in _separators(body):
        if depth == 0:
            if body[begin:at].strip():
                yield body[begin:at]
            return
        limit = limits[depth - 1]
        counts[depth - 1] += 1
        if limit is not None and counts[depth - 1] >= limit:
            raise Payload(f"The answer has more than {limit} elements where so many cannot be.")
        if depth == 1:
            yield body[begin:at]
            begin, counts[1] = at + 1, 0


def _separators(body: bytes) -> Iterator[tuple[int, int]]:
    """Depth (1 or 2) and position of the commas of the whole and of its members, and at last 0 and the end."""
    closers = bytearray([_CLOSER[body[0]]])
    for token in _TOKEN.finditer(body, 1):
        start = token.start()
        sign = body[start]
        if sign == _QUOTE:
            if token.end() - start == 1:
                break  # a string without an end
        elif sign == _COMMA:
            if len(closers) <= 2:
                yield len(closers), start
        elif sign in _CLOSER:
            closers.append(_CLOSER[sign])
        elif closers.pop() != sign:
            break
        elif not closers:
            if start + 1 != len(body):
                break
            yield 0, start
            return
    raise Payload("The answer is truncated or its brackets do not match.")


def read_json(raw: bytes | str) -> Any:
    """Any JSON value, more forgiving than the standard: `NaN` and `Infinity` are null, lone surrogates stay.

    Bytes that are not UTF-8 become U+FFFD; integers of absurd length are null. Returns None when even so it cannot
    be read.
    """
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    try:
        return _READER.decode(text)
    except (ValueError, RecursionError):
        return None


# Single fields


def clean(text: str) -> str:
    """The text with NUL and lone surrogates replaced by U+FFFD, so that every database and encoder takes it."""
    text = text.replace("\x00", "\ufffd")
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def short_text(value: object, longest: int) -> str | None:
    """A slug, state or tag: clean, control characters as blanks, at most `longest` code points; None when blank."""
    if not isinstance(value, str):
        return None
    text = clean(value[: 4 * longest]).translate(_CONTROL).strip()[:longest].rstrip()
    return text or None


def shown_text(value: object, longest: int) -> str | None:
    """A title or label as it was sent (blanks and all), clean, at most `longest` code points; None when blank."""
    if not isinstance(value, str) or not value.strip():
        return None
    return clean(value[:longest])


def identifier(value: object, longest: int = 100) -> str | None:
    """An id that may come as text or as an integer."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**longest:
        return str(value)
    return short_text(value, longest)


def boolean(value: object) -> bool | None:
    """A JSON boolean, or its name as text."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def number(value: object) -> float | None:
    """A finite number, or numeric text."""
    if isinstance(value, str):
        if len(value) > _MAX_DIGITS or not value.isascii() or "_" in value:  # float() would take 1_000 and \u0663
            return None
    elif isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):  # no number, or an integer beyond the range of a double
        return None
    return found if math.isfinite(found) else None


def not_negative(value: object) -> float | None:
    """A finite number >= 0."""
    found = number(value)
    return found if found is not None and found >= 0 else None


def micros(value: object) -> int | None:
    """A price in [0, 1] as whole millionths of a dollar, rounded half to even from the exact decimal."""
    if isinstance(value, str):
        return _micros_of_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _micros_of_text(repr(value)) if 0 <= value <= 1 else None  # NaN fails the comparison


@lru_cache(maxsize=32_768)  # books repeat the same prices; the finest tick has 9,999, on two sides
def _micros_of_text(text: str) -> int | None:
    if len(text) > _MAX_DIGITS or not _NUMBER.fullmatch(text):
        return None
    price = Decimal(text.strip())
    return round(price * MICROS) if 0 <= price <= 1 else None


def time_ms(value: object) -> int | None:
    """UTC epoch milliseconds of a venue's time, rounded down; None when unreadable or outside 2000-2100.

    Reads RFC 3339 and the venue's own `2026-11-20 18:00:00+00` (blank, short offset); without an offset it is UTC.
    A date alone is not a time.
    """
    if not isinstance(value, str) or not (found := _TIME.fullmatch(value.strip())):
        return None
    day, clock, fraction, _, hours, minutes = found.groups()
    try:
        offset = f"{hours}:{minutes or '00'}" if hours else "+00:00"
        moment = datetime.fromisoformat(f"{day}T{clock}{offset}")
        epoch_ms = round(moment.timestamp()) * 1_000 + int((fraction or ".0")[1:4].ljust(3, "0"))
    except (ValueError, OverflowError):
        return None
    return epoch_ms if in_range(epoch_ms) else None


def in_range(epoch_ms: int) -> bool:
    """True for a moment that the domain accepts (2000-2100)."""
    return EARLIEST_MS <= epoch_ms <= LATEST_MS


def epoch_ms(value: object) -> int | None:
    """UTC epoch milliseconds sent as a number or as digits; None outside 2000-2100."""
    found = number(value)
    return int(found) if found is not None and EARLIEST_MS <= found <= LATEST_MS else None


def array(value: object) -> list[Any] | None:
    """A JSON array, or one that was sent as JSON inside a string: `"[\\"Yes\\", \\"No\\"]"`."""
    if isinstance(value, str):
        try:
            decoded: object = msgspec.json.decode(value)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            decoded = read_json(value)
        value = decoded
    return value if isinstance(value, list) else None
