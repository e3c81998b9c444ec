"""A text cut at the borders of its evidence."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from endgame.domain.rule import Flag, Severity, Span
from endgame.scoring.segments import Segment, segments


def flag(code: str, *spans: tuple[int, int]) -> Flag:
    return Flag(
        code=code,
        severity=Severity.LOW,
        why="Because.",
        base_rate=0.1,
        evidence_spans=tuple(Span(*span) for span in spans),
    )


def test_a_text_without_flags_is_one_plain_piece() -> None:
    assert segments("plain", []) == [Segment("plain", ())]
    assert segments("plain", [flag("MISSING")]) == [Segment("plain", ())]


def test_an_empty_text_has_no_pieces() -> None:
    assert segments("", [flag("A", (0, 3))]) == []


def test_overlapping_flags_are_cut_where_one_of_them_begins_or_ends() -> None:
    assert segments("abcdef", [flag("B", (1, 4)), flag("A", (2, 6))]) == [
        Segment("a", ()),
        Segment("b", ("B",)),
        Segment("cd", ("A", "B")),
        Segment("ef", ("A",)),
    ]


def test_a_flag_whose_spans_overlap_each_other_covers_until_the_last_of_them_ends() -> None:
    assert segments("abcdef", [flag("A", (0, 4), (1, 2), (3, 5))]) == [
        Segment("a", ("A",)),
        Segment("b", ("A",)),
        Segment("c", ("A",)),
        Segment("d", ("A",)),
        Segment("e", ("A",)),
        Segment("f", ()),
    ]


def test_cuts_are_at_code_points_whatever_their_width() -> None:
    assert segments("🚀 suit שלום", [flag("A", (2, 6))]) == [
        Segment("🚀 ", ()),
        Segment("suit", ("A",)),
        Segment(" שלום", ()),
    ]


def test_spans_outside_the_text_or_upside_down_are_ignored() -> None:
    assert segments("abc", [flag("A", (2, 9)), flag("B", (5, 7)), flag("C", (2, 1))]) == [
        Segment("ab", ()),
        Segment("c", ("A",)),
    ]


SPANS = st.lists(st.tuples(st.integers(-2, 40), st.integers(-2, 40)), max_size=6)


@given(st.text(max_size=30), st.lists(st.tuples(st.sampled_from("ABC"), SPANS), max_size=4))
def test_the_pieces_join_to_the_text_and_each_names_exactly_the_codes_that_cover_it(
    text: str, found: list[tuple[str, list[tuple[int, int]]]]
) -> None:
    flags = [flag(code, *spans) for code, spans in found]
    pieces = segments(text, flags)
    assert "".join(piece.text for piece in pieces) == text
    at = 0
    for piece in pieces:
        assert piece.text
        for index in range(at, at + len(piece.text)):
            covering = {f.code for f in flags for span in f.evidence_spans if span.start <= index < span.end}
            assert piece.flags == tuple(sorted(covering))
        at += len(piece.text)
