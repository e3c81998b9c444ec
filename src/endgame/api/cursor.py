"""Opaque keyset cursors: where a page ended, bound to the question that it answered.

Nothing secret is inside and whoever forges one only reads public rows from elsewhere, so the checksum guards
against damage and mix-ups, not against an adversary; every field is validated all the same.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
from typing import Final

import msgspec

from endgame.api.query import Selection
from endgame.errors import BadCursor

_VERSION: Final = 1
_CHECK_BYTES: Final = 8
_MAX_CHARS: Final = 2_048
_PERSON: Final = b"endgame-cursor"


class _Place(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    version: int
    selection: str
    value: float
    market_id: str


def encode_cursor(selection: Selection, value: float, market_id: str) -> str:
    """The cursor after the row with this sort value and id, as text for a URL."""
    body = msgspec.json.encode(_Place(_VERSION, _digest(selection), float(value), market_id))
    return base64.urlsafe_b64encode(_checksum(body) + body).rstrip(b"=").decode()


def decode_cursor(text: str, selection: Selection) -> tuple[float, str]:
    """Sort value and market id after which the page begins.

    Raises:
        BadCursor: not made by `encode_cursor`, damaged, or made for other filters, another sort or order.
    """
    place = _open(text)
    if place.selection != _digest(selection):
        raise BadCursor("The cursor belongs to other filters, another sort or another order.")
    return place.value, place.market_id


def _open(text: str) -> _Place:
    if len(text) > _MAX_CHARS:
        raise BadCursor
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        check, body = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
        place = msgspec.json.decode(body, type=_Place)
    except (binascii.Error, ValueError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadCursor from error
    # Base64 has several spellings of the same bytes; only the one given out counts.
    spelled = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    if check != _checksum(body) or spelled != text or place.version != _VERSION or not math.isfinite(place.value):
        raise BadCursor
    return place


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_CHECK_BYTES, person=_PERSON).digest()


def _digest(selection: Selection) -> str:
    return hashlib.blake2b(selection.canonical, digest_size=9, person=_PERSON).hexdigest()
