"""What counts as a change of a text: its words and numbers, not its dress."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endgame.scoring.sense import sense_hash

TEXT = 'This market resolves to "Yes" if it\'s above 2.5% by May 1. Otherwise, "No".'


@pytest.mark.parametrize(
    "edited",
    [
        TEXT.upper(),
        TEXT.replace(" ", " \u00a0\n"),
        f"\r\n{TEXT}\n\n",
        TEXT.replace('"', "\u201d").replace("'", "\u2019"),
        TEXT.replace('"', ""),
        TEXT.replace(". Otherwise, ", ".\n\n- otherwise "),
        TEXT.replace("This market", "**This market**"),
        TEXT.removesuffix("."),
    ],
)
def test_white_space_quotes_case_and_punctuation_do_not_change_how_a_text_reads(edited: str) -> None:
    assert edited != TEXT
    assert sense_hash(edited) == sense_hash(TEXT)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2.5%", "25%"), ("2.5%", "-2.5%"), ("2.5%", "2.5"), ("above", "below"), ("May 1", "May 11"),
        (" if it's", " if it's not"), ('"No"', "50-50"), ("Otherwise", "Otherwise \u26a0"),
        ("2.5%", ".5%"), ("2.5%", "$2.5"), ("above 2.5%", "above -$2.5"),
    ],
)  # fmt: skip
def test_another_word_number_or_sign_changes_how_a_text_reads(before: str, after: str) -> None:
    assert before in TEXT
    assert sense_hash(TEXT.replace(before, after)) != sense_hash(TEXT)


@pytest.mark.parametrize(("one", "other"), [("-$5", "$5"), ("-\u20ac5", "\u20ac5"), ("-.5", ".5"), (".5", "5")])
def test_a_sign_or_a_point_before_a_number_is_part_of_it(one: str, other: str) -> None:
    assert sense_hash(f"Above {one} it is Yes.") != sense_hash(f"Above {other} it is Yes.")


@given(st.text())
def test_any_text_has_a_hash_and_dressing_it_again_changes_nothing(text: str) -> None:
    assert len(sense_hash(text)) == 64
    assert sense_hash(f"  {text}\n") == sense_hash(text)
