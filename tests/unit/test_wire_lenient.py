"""Readers of single fields, and the cutter for answers that are almost JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from endgame.errors import Payload
from endgame.venues import lenient


def ms(*parts: int) -> int:
    return round(datetime(*parts, tzinfo=UTC).timestamp() * 1_000)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-12-03T12:00:00Z", ms(2026, 12, 3, 12)),
        ("2026-12-03t12:00:00z", ms(2026, 12, 3, 12)),
        ("2026-11-22T09:55:02.118241Z", ms(2026, 11, 22, 9, 55, 2) + 118),
        ("2026-11-22T09:55:02.9999Z", ms(2026, 11, 22, 9, 55, 2) + 999),
        ("2026-11-22T09:55:02.5Z", ms(2026, 11, 22, 9, 55, 2) + 500),
        ("2026-11-20 18:00:00+00", ms(2026, 11, 20, 18)),
        ("2026-11-20 18:00:00.123456+00", ms(2026, 11, 20, 18) + 123),
        ("2026-11-20T18:00:00+05:30", ms(2026, 11, 20, 12, 30)),
        ("2026-11-20T18:00:00-0500", ms(2026, 11, 20, 23)),
        (" 2026-11-20T18:00:00Z ", ms(2026, 11, 20, 18)),
        ("2026-11-20T18:00:00", ms(2026, 11, 20, 18)),
        ("2026-11-20T18:00Z", ms(2026, 11, 20, 18)),
        ("2026-12-03", None),
        ("November 5, 2024", None),
        ("NOW()", None),
        ("0001-01-01T00:00:00Z", None),
        ("1999-12-31T23:59:59Z", None),
        ("2100-01-01T00:00:01Z", None),
        ("2026-13-01T00:00:00Z", None),
        ("2026-02-30T00:00:00Z", None),
        ("2026-11-20T25:00:00Z", None),
        ("\u0662\u0660\u0662\u0666-11-20T18:00:00Z", None),
        ("", None),
        (None, None),
        (1_795_342_502_118, None),
        (["2026-12-03T12:00:00Z"], None),
    ],
)
def test_trap_20_odd_timestamps_are_read_and_nonsense_is_missing(sent: object, read: int | None) -> None:
    assert lenient.time_ms(sent) == read


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("0.941", 941_000), (0.059, 59_000), (1 - 0.059, 941_000), ("0", 0), ("1", 1_000_000), (1, 1_000_000),
        (" .5 ", 500_000), ("5e-1", 500_000), ("0.0000005", 0), ("0.0000015", 2), ("0.9999999", 1_000_000),
        ("1.0000001", None), ("-0.1", None), ("NaN", None), ("Infinity", None), ("0,5", None), ("1_0", None),
        ("", None), ("\u0660.\u0665", None), (None, None), (True, None), (float("nan"), None), (float("inf"), None),
        (10**400, None), ("0." + "1" * 500, None), ({}, None), ("1e-9999", 0),
    ],
)  # fmt: skip
def test_prices_are_exact_millionths(sent: object, read: int | None) -> None:
    assert lenient.micros(sent) == read


@given(st.decimals(min_value=0, max_value=1, allow_nan=False, allow_infinity=False, places=9))
def test_a_price_is_rounded_from_its_exact_decimal(price: Decimal) -> None:
    assert lenient.micros(str(price)) == round(price * 1_000_000)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (5, 5.0), ("184213.55120", 184213.5512), ("1e3", 1000.0), ("-2", -2.0), (0, 0.0),
        ("nan", None), ("inf", None), ("1e999", None), (float("inf"), None), (10**400, None), ("1" * 500, None),
        ("0x10", None), ("", None), ("1_000", None), (True, None), (None, None), ([1], None),
    ],
)  # fmt: skip
def test_numbers_are_finite_or_missing(sent: object, read: float | None) -> None:
    assert lenient.number(sent) == read


def test_booleans_may_come_as_text() -> None:
    assert [lenient.boolean(value) for value in (True, False, "true", " FALSE ", "yes", 1, 0, None)] == [
        True, False, True, False, None, None, None, None,
    ]  # fmt: skip


def test_text_loses_nul_and_lone_surrogates_only() -> None:
    assert lenient.clean("a\x00b\ud800c\udfff \U0001f600\n") == "a\ufffdb\ufffdc\ufffd \U0001f600\n"


def test_short_text_is_one_line_and_capped_in_code_points() -> None:
    assert lenient.short_text(" a\nb\x1b[31m\x00 ", 100) == "a b [31m\ufffd"
    assert lenient.short_text("\U0001f600" * 50, 10) == "\U0001f600" * 10
    assert lenient.short_text(" \t ", 10) is None
    assert lenient.short_text(7, 10) is None


def test_an_id_may_be_text_or_an_integer() -> None:
    assert [lenient.identifier(value) for value in ("61234", 61234, True, 1.5, None, "", 10**5000)] == [
        "61234", "61234", None, None, None, None, None,
    ]  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.lists(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=20)))
def test_cutting_an_array_gives_the_elements_of_the_standard_reader(elements: list[object]) -> None:
    body = json.dumps(elements, indent=1).encode()
    assert [json.loads(piece) for piece in lenient.split_array(body)] == elements


@given(st.dictionaries(st.text(st.characters(codec="ascii", exclude_characters='\\"\x7f'), max_size=5), st.text()))
def test_cutting_an_object_gives_the_members_of_the_standard_reader(members: dict[str, str]) -> None:
    pieces = lenient.split_object(
        json.dumps(members, ensure_ascii=False).encode("utf-8", "surrogatepass"), most_inside=5
    )
    read = {key: json.loads(piece.decode("utf-8", "surrogatepass")) for key, piece in pieces.items()}
    assert {json.loads(f'"{key}"'): value for key, value in read.items()} == members


@given(st.binary(max_size=200))
@example(b'[{"a": "x]')
@example(b'[{"a": [1}]')
@example(b"[1][2]")
@example(b"[1")
@example(b'["\\')
@example(b"")
def test_cutting_anything_gives_pieces_or_a_payload_error(body: bytes) -> None:
    for cut in (lenient.split_array, partial(lenient.split_object, most_inside=1_000), lenient.elements):
        try:
            cut(body)
        except Payload:
            continue
        assert body.strip()


@pytest.mark.parametrize(
    "body", [b'[{"a": [1}]', b"[(1]}", b'[{"a": "x]', b"[1", b"[1][2]", b"[[1]", b"{}", b"", b"[1,", b'[{"a": 1]}']
)
def test_brackets_that_do_not_pair_up_are_a_payload_error(body: bytes) -> None:
    with pytest.raises(Payload):
        lenient.split_array(body)


@pytest.mark.parametrize("body", [b"[" + b"1," * 999 + b"1]", b"[NaN," + b"[1,2]," * 998 + b"1]"])
def test_an_array_of_a_thousand_elements_is_cut_and_a_longer_one_is_refused(body: bytes) -> None:
    assert len(lenient.elements(body)) == len(lenient.split_array(body)) == 1_000
    for cut in (lenient.elements, lenient.split_array):
        with pytest.raises(Payload, match="1000"):
            cut(body[:-1] + b",1]")


def test_cutting_stops_at_the_first_element_too_many() -> None:
    with pytest.raises(Payload, match="more than 3"):
        lenient.split_array(b"[1,2,3,4,(this is never read", most=3)
    with pytest.raises(Payload, match="more than 2"):
        lenient.split_object(b'{"a": [[1,2,3],2,3,(this is never read', most_inside=2)


def test_every_member_of_an_object_has_its_own_count() -> None:
    members = lenient.split_object(b'{"a": [1,2], "b": [[3,4,5],6], "c": NaN}', most_inside=2)
    assert members == {"a": b"[1,2]", "b": b"[[3,4,5],6]", "c": b"NaN"}


def test_what_is_not_strict_is_repaired_up_to_sixteen_mebibytes() -> None:
    fits = b'[NaN,"' + b"x" * (16 * 1_048_576 - 8) + b'"]'
    assert len(lenient.elements(fits)) == 2
    with pytest.raises(Payload, match="too large"):
        lenient.elements(fits + b" " * 3 + b"[")
    assert len(lenient.elements(fits.replace(b"NaN", b"null"))) == 2


def test_a_bottomless_nesting_costs_its_own_element_only() -> None:
    body = b'[1, {"deep": ' + b"[" * 200_000 + b"]" * 200_000 + b"}, 3]"
    first, deep, third = lenient.split_array(body)
    assert (lenient.read_json(first), lenient.read_json(deep), lenient.read_json(third)) == (1, None, 3)


def test_tolerant_reading_turns_what_json_has_not_into_null() -> None:
    read = lenient.read_json(b'{"a": NaN, "b": -Infinity, "c": "\\ud800", "d": ' + b"9" * 5_000 + b', "e": "\xff"}')
    assert read == {"a": None, "b": None, "c": "\ud800", "d": None, "e": "\ufffd"}
