"""One pass over a text names every phrase that stands in it, so that only those need be searched for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from calibration.labelled import context_of, records
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from endgame.domain.rule import RuleContext, Span
from endgame.scoring.matcher import Matcher, signs_of
from endgame.scoring.reading import _PHRASES, Case, Facts, Finding, Phrase, Possible, Reading, expand, fold
from endgame.scoring.risk import find
from endgame.scoring.rulebook import MITIGATORS, RULES, TRAITS
from famous_markets import FAMOUS, QUIET

FINDINGS: tuple[Finding, ...] = (*RULES, *MITIGATORS, *TRAITS)
CASES = [case for finding in FINDINGS for case in (*finding.fires, *finding.silent)]
# Pieces of what the phrases are made of, in scripts and with separators that RE2 and Python see differently.
PIECES = st.sampled_from(
    [case.text[:60] for case in CASES if case.text]
    + [
        "\u00a0",
        "\x85",
        "\x1c",
        "\u2028",
        "é",
        "\u0131",
        "İ",
        "\u017f",
        "ß",
        "٣",
        "漢",
        "🚀",
        "\ud800",
        "_",
        "-",
        "…",
        "\r\n",
        "\x00",
        "50\u201350",
    ]
)


def standing(folded: str) -> set[int]:
    return {phrase.number for phrase in _PHRASES if phrase.search.search(folded)}


def found_without_shortcuts(text: str, facts: Facts) -> dict[str, tuple[Span, ...]]:
    reading = Reading(text, facts)
    judged = [finding for finding in FINDINGS if facts.missing.isdisjoint(finding.needs)]
    return {finding.code: spans for finding in judged if (spans := finding.find(reading)) is not None}


def assert_shortcuts_change_nothing(text: str, context: RuleContext) -> None:
    facts = Facts.of(context)
    found = find(text, facts)
    assert {**found.rules, **found.mitigators, **found.traits} == found_without_shortcuts(text, facts)


@pytest.mark.parametrize("text", [*[case.text for case in CASES], *[market.text for market in (*FAMOUS, *QUIET)]])
def test_every_phrase_that_stands_in_a_text_of_the_rulebook_is_named(text: str) -> None:
    folded = fold(text)
    assert standing(folded) <= Possible(folded).numbers


@pytest.mark.parametrize(
    "text",
    [
        "may \u0663",
        "january \u0969\n",
        "\u0661\u0662 may",
        "20\u0f20\u1b54-\u096d\u07c3-\u19d8\u1047",
        "at \u0662:\u0663\u0664",
    ],
)
def test_digits_of_other_scripts_are_digits_for_the_matcher_too(text: str) -> None:
    assert standing(text) <= Possible(text).numbers
    assert standing(text)


@given(st.lists(PIECES | st.text(max_size=12), max_size=14))
@settings(max_examples=300, deadline=None)
def test_every_phrase_that_stands_in_a_made_up_text_is_named(pieces: list[str]) -> None:
    folded = fold(" ".join(pieces))
    assert standing(folded) <= Possible(folded).numbers


@given(st.lists(PIECES | st.text(max_size=12), max_size=14), st.sampled_from(CASES))
@settings(max_examples=200, deadline=None)
def test_looking_only_where_a_phrase_stands_finds_what_looking_everywhere_finds(pieces: list[str], case: Case) -> None:
    assert_shortcuts_change_nothing(" ".join(pieces), case.context)


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_a_case_of_the_rulebook_is_judged_the_same_without_shortcuts(case: Case) -> None:
    assert_shortcuts_change_nothing(case.text, case.context)


@pytest.mark.data
def test_recorded_markets_are_judged_the_same_without_shortcuts(shared_data: Path) -> None:
    markets = records(shared_data / "polymarket" / "gamma_open_2025-11_2026-02.jsonl.gz")
    judged = 0
    for market in markets:
        folded = fold(market.get("description") or "")
        assert standing(folded) <= Possible(folded).numbers
        assert_shortcuts_change_nothing(market.get("description") or "", context_of(market))
        judged += 1
    assert judged > 500


def test_a_phrase_made_after_the_first_text_was_read_is_looked_for_everywhere() -> None:
    Possible("a text")
    late = Phrase(r"\bzebra\b", "zebra")
    try:
        assert Possible("no such animal").holds(late)
    finally:
        _PHRASES.remove(late)


@pytest.fixture
def phrase_of_starts() -> Iterator[Phrase]:
    phrase = Phrase(r"\b(?:jan(?:uary)?|may|dec\w{0,5})\b", "jan… may dec…")
    yield phrase
    _PHRASES.remove(phrase)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("jan 5, january 6", ["jan", "january"]),
        ("maybe in may", ["may"]),
        ("it was declared in december", ["declared", "december"]),
        ("orjan, trojan", []),
        ("janet", []),
    ],
)
def test_a_word_with_an_ellipsis_is_the_start_of_longer_ones(
    phrase_of_starts: Phrase, text: str, found: list[str]
) -> None:
    assert [match[0] for match in phrase_of_starts.matches(text, Possible(text))] == found


def generated() -> list[Phrase]:
    """Phrases of which the standard library knows every piece, so that texts can be made from their patterns.

    What has to follow behind a match cannot be made.
    """
    found = []
    for phrase in _PHRASES:
        if "(?=" in phrase.pattern:
            continue
        with suppress(re.error):
            re.compile(expand(phrase.pattern))
            found.append(phrase)
    return found


@pytest.mark.parametrize("phrase", generated(), ids=lambda phrase: phrase.pattern[:40])
def test_a_text_made_from_a_pattern_names_its_phrase(phrase: Phrase) -> None:
    @given(st.from_regex(re.compile(expand(phrase.pattern)), fullmatch=True), st.sampled_from(["", "x. ", "\u00b2 "]))
    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def holds(made: str, before: str) -> None:
        folded = fold(before + made)
        possible = Possible(folded)
        assert phrase.search.search(folded) is None or possible.holds(phrase)
        assert bool(phrase.matches(folded, possible)) is phrase.stands_in(folded, possible)

    holds()


def test_the_phrases_that_texts_can_be_made_from_are_nearly_all() -> None:
    assert len(generated()) > 0.9 * len(_PHRASES)


@pytest.mark.parametrize(
    ("pattern", "first", "second"),
    [
        (
            r"\bmay \d\b|\bmay\b",
            r"may[\s\x0b\x1c-\x1f\x{85}\pZ]+[\pN]|\bmay\b",
            r"may[\s\x0b\x1c-\x1f\x{85}\pZ]+[\pN]|\bmay\b",
        ),
        (r"\bcats?\b(?! food)", r"\bcats?\b", r"\bcats?\b"),
        (r"(?<!\bno )\bdogs? …\bbite", r"\bdogs?", r"\bbite"),
        (r"ab|c …d", r"ab|c", r"ab|d"),
        (
            r"(?:a …b|c)d",
            r"(?:a[\s\x0b\x1c-\x1f\x{85}\pZ]+[^!?\n]*b|c)d",
            r"(?:a[\s\x0b\x1c-\x1f\x{85}\pZ]+[^!?\n]*b|c)d",
        ),
        (r"\w{2,9}x", r"[\pL\pN\pM_]{2,}x", r"[\pL\pN\pM_]{2,}x"),
        (r"[\d.]{0,4}%", r"[\pN.]*%", r"[\pN.]*%"),
    ],
)
def test_signs_are_looser_than_the_pattern(pattern: str, first: str, second: str) -> None:
    assert signs_of(pattern) == (first, second)


def test_a_phrase_with_a_gap_needs_both_its_ends() -> None:
    matcher = Matcher([r"\bdogs? …\bbite", r"\bcats?\b"])
    assert matcher.possible("a dog is here") == frozenset()
    assert matcher.possible("they bite") == frozenset()
    assert matcher.possible("dogs here bite; cats") == {0, 1}
    assert matcher.possible("\ud800 cat") == {1}


def test_every_pattern_of_the_rulebook_is_one_that_the_matcher_takes() -> None:
    patterns = [phrase.pattern for phrase in _PHRASES]
    matcher = Matcher(patterns)
    assert matcher.size == len(patterns) > 150
    assert all(expand(pattern) for pattern in patterns)


def test_a_class_with_a_space_is_refused() -> None:
    with pytest.raises(ValueError, match="a class with a space"):
        Phrase(r"\bno[ -]contest\b")
