"""Cursors: opaque, validated, bound to the question that gave them out."""

from __future__ import annotations

import base64
import itertools
import math
import string

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from endgame.api import cursor as cursor_room
from endgame.api.cursor import decode_cursor, encode_cursor
from endgame.api.query import Selection
from endgame.errors import BadCursor

ASKED = Selection({"min_score": 0.1, "q": "rain"}, "overall_score", True)
CURSOR = encode_cursor(ASKED, 0.123456789012345678, "0x" + "ab" * 32)


@given(st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=80))
def test_a_cursor_gives_back_exactly_what_went_in(value: float, market_id: str) -> None:
    try:
        market_id.encode()
    except UnicodeEncodeError:
        return
    assert decode_cursor(encode_cursor(ASKED, value, market_id), ASKED) == (value, market_id)


def test_a_cursor_is_safe_in_a_url() -> None:
    assert set(CURSOR) <= set(string.ascii_letters + string.digits + "-_")


@pytest.mark.parametrize(
    "other",
    [
        Selection({"min_score": 0.2, "q": "rain"}, "overall_score", True),
        Selection({"min_score": 0.1}, "overall_score", True),
        Selection({}, "overall_score", True),
        Selection({"min_score": 0.1, "q": "Rain"}, "overall_score", True),
        Selection({"min_score": 0.1, "q": "rain"}, "net_yield", True),
        Selection({"min_score": 0.1, "q": "rain"}, "overall_score", False),
    ],
)
def test_a_cursor_of_another_question_is_refused(other: Selection) -> None:
    with pytest.raises(BadCursor, match="other filters"):
        decode_cursor(CURSOR, other)


def test_no_single_changed_character_goes_unnoticed() -> None:
    alphabet = string.ascii_letters + string.digits + "-_=+/."
    for place, letter in itertools.product(range(len(CURSOR)), alphabet):
        if CURSOR[place] != letter:
            with pytest.raises(BadCursor):
                decode_cursor(CURSOR[:place] + letter + CURSOR[place + 1 :], ASKED)


@pytest.mark.parametrize("cut", range(len(CURSOR)))
def test_a_cursor_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(BadCursor):
        decode_cursor(CURSOR[:cut], ASKED)


@pytest.mark.parametrize(
    "text",
    ["null", "0", "é", "\x00", "AAAA", "....", "=" * 8, "A" * 100_000, CURSOR + "A", CURSOR + "=", CURSOR + "\n"],
)
def test_what_never_was_a_cursor_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        decode_cursor(text, ASKED)


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [1, cursor_room._digest(ASKED), 0.5],
        [1, cursor_room._digest(ASKED), 0.5, "a", "b"],
        [2, cursor_room._digest(ASKED), 0.5, "a"],
        [1, cursor_room._digest(ASKED), "0.5", "a"],
        [1, cursor_room._digest(ASKED), None, "a"],
        [1, cursor_room._digest(ASKED), 0.5, 7],
        {"version": 1},
    ],
)
def test_a_well_sealed_cursor_with_wrong_fields_is_refused(fields: object) -> None:
    body = msgspec.json.encode(fields)
    text = base64.urlsafe_b64encode(cursor_room._checksum(body) + body).rstrip(b"=").decode()
    with pytest.raises(BadCursor):
        decode_cursor(text, ASKED)


def test_a_well_sealed_infinity_is_refused() -> None:
    body = b'[1,"%s",1e999,"a"]' % cursor_room._digest(ASKED).encode()
    text = base64.urlsafe_b64encode(cursor_room._checksum(body) + body).rstrip(b"=").decode()
    with pytest.raises(BadCursor):
        decode_cursor(text, ASKED)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(BadCursor):
        decode_cursor(text, ASKED)


def test_a_whole_number_as_sort_value_comes_back_as_number() -> None:
    value, _ = decode_cursor(encode_cursor(ASKED, 172_800, "a"), ASKED)
    assert value == 172_800
    assert math.isfinite(value)
