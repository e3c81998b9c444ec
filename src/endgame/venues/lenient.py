"""Reading what a stranger wrote: JSON that is almost JSON, and fields that may be anything.

Nothing here raises for bad content except `split_array` and `split_object`, whose input is a whole answer.
A reader returns None for a value that it cannot read.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import msgspec

from endgame.domain.market import EARLIEST_MS, LATEST_MS
from endgame.errors import Payload

MICROS: Final = 1_000_000
"""Prices are compared in whole millionths of a dollar: the 6 places of the contract."""

_MAX_SPLIT_BYTES: Final = 16 * 1024 * 1024
_MAX_DIGITS: Final = 400
_BOM: Final = b"\xef\xbb\xbf"

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{},"]', re.DOTALL)
_KEY = re.compile(rb'\s*"((?:[^"\\]++|\\.)*+)"\s*:', re.DOTALL)
_CLOSER: Final = {b"[": b"]", b"{": b"}"}

_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?\s*", re.ASCII)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(\.\d{1,12})?\s*(?:(Z)|([+-]\d\d)(?::?(\d\d))?)?",
    re.ASCII | re.IGNORECASE,
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL: Final = dict.fromkeys((*range(1, 32), *range(127, 160)), " ") | {0: "\ufffd"}


# Whole answers


def split_array(body: bytes) -> list[bytes]:
    """The elements of a JSON array as raw slices, whatever they hold; only quotes and brackets must pair up.

    The second way to read an answer that strict JSON refuses: `NaN`, a lone surrogate or a bottomless nesting in one
    element must not cost the others.

    Raises:
        Payload: not an array, truncated, or too large for this slower way.
    """
    return list(_members(body, b"["))


def split_object(body: bytes) -> dict[str, bytes]:
    """The top-level members of a JSON object as raw slices, on the same terms as `split_array`.

    Raises:
        Payload: not an object, truncated, or too large for this slower way.
    """
    members: dict[str, bytes] = {}
    for member in _members(body, b"{"):
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


def _members(body: bytes, opening: bytes) -> Iterator[bytes]:
    body = _trimmed(body, opening)
    closers = [_CLOSER[opening]]
    begin = 1
    for token in _TOKEN.finditer(body, 1):
        sign = token[0]
        if sign in _CLOSER:
            closers.append(_CLOSER[sign])
        elif sign == b",":
            if len(closers) == 1:
                yield body[begin : token.start()]
                begin = token.end()
        elif sign.startswith(b'"'):
            if len(sign) == 1:
                break  # a string without an end
        elif closers.pop() != sign:
            break
        elif not closers:
            if body[begin : token.start()].strip():
                yield body[begin : token.start()]
            if token.end() == len(body):
                return
            break
    raise Payload("The answer is truncated or its brackets do not match.")


def read_json(raw: bytes | str) -> Any:
    """Any JSON value, more forgiving than the standard: `NaN` and `Infinity` are null, lone surrogates stay.

    Bytes that are not UTF-8 become U+FFFD; integers of absurd length are null. Returns None when even so it cannot
    be read.
    """
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    try:
        return json.loads(text, strict=False, parse_constant=_null, parse_int=_integer)
    except (ValueError, RecursionError):
        return None


def _null(_: str) -> None:
    return None


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MAX_DIGITS else None


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


@lru_cache(maxsize=8_192)  # books repeat the same few thousand prices
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
