"""What holds for any text: spans quote it, more text takes no finding away, time is linear, nothing raises."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endgame.domain.flags_json import assessment_fields
from endgame.domain.rule import MAX_RULE_BYTES, Assessment, RuleContext, TextChange
from endgame.scoring.reading import MAX_SPANS, Case, Day, Facts, Finding, Phrase, Reading, RiskRule, fold
from endgame.scoring.risk import assess
from endgame.scoring.rulebook import MITIGATORS, ROOMS, RULES, TRAITS
from endgame.scoring.segments import segments

ENTRIES: tuple[Finding, ...] = (*RULES, *MITIGATORS, *TRAITS)
FIRING = [(rule, case) for rule in RULES for case in rule.fires]
# Further apart than the white space that a phrase reaches over.
APART = "\n\n\n\n"

ABOUT_ABSENCE = {
    "CONSENSUS_ONLY": "The primary resolution source is https://example.org/.",
    "DEADLINE_MISMATCH": "The question is: {title}",
    "DEATH_OR_EXIT_CARVEOUT": "It does not matter whether that is by death or by choice.",
    "EVENT_VS_DISCLOSURE_CLOCK": "It counts regardless of when it is announced.",
    "HIGH_STAKES_LOW_BOND": "The primary resolution source is https://example.org/; rumors will not count.",
    "NO_CLOCK_OR_ZONE": "All times are ET.",
    "NO_RULES": "There is much to be said about the weather, and much has been said about it before. " * 2,
    "OFFICIAL_ACT_STAGES": "It has to be signed into law.",
    "PARTIAL_FULFILMENT": "Any part of it is enough.",
    "RESULT_CAN_BE_CORRECTED": "Disqualifications after the race will not be considered.",
    "REVISION_RISK": "Revisions will not be considered.",
    "SCALAR_BOUNDARY": "Numbers are rounded to one decimal.",
    "SINGLE_SOURCE_NO_FALLBACK": "If it is unavailable, another source decides.",
    "UNDEFINED_KEY_TERM": "Rumors will not count.",
}
"""The flags that are (also) about something missing, each with a paragraph that supplies it.

All other flags come from wording or facts alone: no further paragraph of any kind takes them away.
"""

SNIPPETS = st.sampled_from(
    [
        *(case.text for entry in ENTRIES for case in (*entry.fires, *entry.silent)),
        "\r\n",
        "\u00a0",
        "שלום ",
        "e\u0301\u0301 ",
        "👩‍👩‍👧‍👦 ",
        "\u202e",
        "İI ",
        "May 31, 2026 ",
        "31 April 2025",
        "29 February",
        "\ud800",
        "\x00",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=400),
    st.lists(st.one_of(SNIPPETS, st.text(max_size=20)), max_size=12).map("".join),
)
TIMES = st.one_of(st.none(), st.integers(946_684_800_000, 4_102_444_800_000))
USD = st.one_of(st.none(), st.floats(0, 1e12, allow_nan=False))
CONTEXTS = st.builds(
    RuleContext,
    title=st.one_of(st.none(), TEXTS),
    labels=st.sampled_from([None, ("Yes", "No"), ("Over", "Under"), ("", "\u0130")]),
    category=st.sampled_from([None, "sports", "politics", "nonsense"]),
    open_time=TIMES,
    close_time=TIMES,
    venue_close_time=TIMES,
    group_title=st.one_of(st.none(), st.sampled_from(["", "Other", "May 31", "<250k", "Person B"]), TEXTS),
    neg_risk=st.sampled_from([None, True, False]),
    oracle_status=st.sampled_from([None, "", "proposed", "disputed", "resolved", "\u0130"]),
    oracle_history=st.lists(st.sampled_from(["proposed", "disputed", "x"]), max_size=4).map(tuple),
    family_disputed=st.sampled_from([None, True, False]),
    volume_usd=USD,
    event_volume_usd=USD,
    text_change=st.sampled_from([None, *TextChange]),
    deadline_is_near=st.sampled_from([None, True, False]),
    truncated=st.booleans(),
)


def check_spans(text: str, result: Assessment) -> None:
    for flag in (*result.flags, *result.mitigators, *result.traits):
        assert list(flag.evidence_spans) == sorted(set(flag.evidence_spans))
        assert len(flag.evidence_spans) <= MAX_SPANS
        for span in flag.evidence_spans:
            assert 0 <= span.start < span.end <= len(text)
            assert text[span.start : span.end].strip()


def codes(text: str, context: RuleContext) -> set[str]:
    return {flag.code for flag in assess(text, context).flags}


def titled(case: Case) -> RuleContext:
    """The context with a title: without one, more text can change what the market asks."""
    return replace(case.context, title=case.context.title or Reading(case.text, Facts.of(case.context)).subject)


@given(TEXTS, CONTEXTS)
@settings(max_examples=300, deadline=None)
def test_every_span_quotes_real_text_and_the_numbers_are_probabilities(text: str, context: RuleContext) -> None:
    result = assess(text, context)
    check_spans(text, result)
    for number in (
        result.definition_risk_score,
        result.text_dispute_probability,
        result.dispute_probability,
        result.payoff_risk,
        result.text_change_risk,
    ):
        assert 0.0 <= number <= 1.0


@given(TEXTS, CONTEXTS)
@settings(max_examples=100, deadline=None)
def test_judging_twice_gives_the_same_bytes(text: str, context: RuleContext) -> None:
    first, second = assess(text, context), assess(text, context)
    assert msgspec.json.encode(assessment_fields(first)) == msgspec.json.encode(assessment_fields(second))
    assert first == second


def test_another_process_with_other_hashes_gives_the_same_bytes() -> None:
    program = (
        "import hashlib; from endgame.scoring.risk import assess; "
        "from endgame.scoring.rulebook import MITIGATORS, RULES; "
        "cases = [case for entry in (*RULES, *MITIGATORS) for case in (*entry.fires, *entry.silent)]; "
        "whole = repr([assess(case.text, case.context) for case in cases]); "
        "print(hashlib.sha256(whole.encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "20")
    }
    assert len(digests) == 1


@given(TEXTS, CONTEXTS)
@settings(max_examples=100, deadline=None)
def test_the_pieces_of_a_judged_text_join_to_the_text(text: str, context: RuleContext) -> None:
    assert "".join(piece.text for piece in segments(text, assess(text, context).flags)) == text


HARMLESS_WORDS = (
    "the",
    "sun",
    "rises",
    "in",
    "east",
    "and",
    "a",
    "river",
    "flows",
    "if",
    "hills",
    "are",
    "green",
    "🚀",
    "שלום",
)


@given(
    st.sampled_from(FIRING),
    st.lists(st.sampled_from(HARMLESS_WORDS), min_size=1, max_size=60).map(" ".join),
    st.booleans(),
    st.sampled_from([". ", ".\r\n\r\n", "!\n\n"]),
)
@settings(max_examples=300, deadline=None)
def test_harmless_text_before_or_after_removes_no_flag(
    rule_and_case: tuple[RiskRule, Case], harmless: str, before: bool, end: str
) -> None:
    _, case = rule_and_case
    # A text that is too short is the one thing that any more text cures.
    alone = codes(case.text, case.context) - {"NO_RULES"}
    wrapped = harmless + end + case.text if before else case.text + end + harmless
    assert alone <= codes(wrapped, case.context)


@given(
    st.sampled_from([pair for pair in FIRING if pair[0].code not in ABOUT_ABSENCE]),
    st.lists(SNIPPETS, min_size=1, max_size=6).map(APART.join),
    st.booleans(),
)
@settings(max_examples=400, deadline=None)
def test_no_paragraph_of_any_kind_removes_a_flag_of_wording_alone(
    rule_and_case: tuple[RiskRule, Case], other: str, before: bool
) -> None:
    rule, case = rule_and_case
    wrapped = other + APART + case.text if before else case.text + APART + other
    assert rule.code in codes(wrapped, titled(case))


@pytest.mark.parametrize(("code", "remedy"), ABOUT_ABSENCE.items(), ids=ABOUT_ABSENCE.keys())
def test_a_flag_about_something_missing_goes_when_it_is_supplied(code: str, remedy: str) -> None:
    rule = next(rule for rule in RULES if rule.code == code)
    cured = []
    for case in rule.fires:
        context = titled(case)
        assert code in codes(case.text, context)
        more = case.text + APART + remedy.format(title=context.title)
        # Its own length is what a repeated title lacks nothing of.
        cured.append(code not in codes(more, context))
    assert any(cured)


def test_folding_keeps_every_code_point_of_unicode_in_its_place() -> None:
    everything = [chr(code) for code in range(sys.maxunicode + 1)]
    assert [char for char in everything if len(fold(char)) != 1] == []
    assert len(fold("".join(everything))) == len(everything)


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_folding_a_text_is_folding_each_of_its_characters_in_length(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(
    st.builds(Day, st.integers(1, 12), st.integers(1, 31), st.one_of(st.none(), st.integers(2000, 2099)), st.none()),
    st.builds(Day, st.integers(1, 12), st.integers(1, 31), st.one_of(st.none(), st.integers(2000, 2099)), st.none()),
)
def test_the_distance_of_two_days_turns_its_sign_with_their_order(one: Day, other: Day) -> None:
    assert one.days_after(one) == 0
    # Half a year away the nearest year is not the same from both sides.
    assert abs(one.days_after(other) + other.days_after(one)) <= 4


# --- Time -----------------------------------------------------------------------------------------------------------

HOSTILE = [
    "a",
    " ",
    "\n",
    ". ",
    "1 ",
    "by ",
    "if no ",
    "control ",
    "announcement ",
    "however, ",
    "resolution source ",
    "source tweet ",
    "consensus ",
    "is out ",
    "may 1 ",
    "by friday ",
    "stewards ",
    "changes ",
    "https://",
    "50-",
    "leaderboard ",
    "😀",
    "مرحبا ",
    "e\u0301",
    "a preponderance of evidence will not qualify. ",
    "however a consensus of credible reporting ",
]
NOISE_SEC = 0.004
"""CPU time below which a measurement says nothing."""
DOUBLE = 3.3
"""Most that twice the text may cost: linear is 2, a square law 4 and more."""


def of_size(unit: str, size: int) -> str:
    return (unit * (size // len(unit) + 1))[:size]


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def doubling(work: Callable[[str], Callable[[], object]], unit: str, size: int) -> float:
    """How much more CPU time twice the text takes, least of some rounds; 0 where it is too little to tell."""
    least = float("inf")
    for _ in range(4):
        once, twice = (min(seconds(work(of_size(unit, n))) for _ in range(2)) for n in (size, 2 * size))
        if twice < NOISE_SEC:
            return 0.0
        least = min(least, twice / max(once, NOISE_SEC / 8))
        if least <= DOUBLE:
            break
    return least


def phrases_of_the_rulebook() -> list[Phrase]:
    values = [value for room in ROOMS for value in vars(room).values()]
    tables = [phrase for value in values if isinstance(value, dict) for phrase in value.values()]
    own = [phrase for entry in ENTRIES for phrase in (*entry.phrases, *([entry.unless] if entry.unless else []))]
    return list(dict.fromkeys(phrase for phrase in (*values, *tables, *own) if isinstance(phrase, Phrase)))


def words_of(phrase: Phrase) -> list[str]:
    bare = re.sub(r"\\[a-zA-Z]", " ", phrase.pattern)
    return list(dict.fromkeys(re.findall(r"[a-z0-9]{1,12}", bare))) or ["a"]


def adversarial_units(phrase: Phrase) -> list[str]:
    """Texts that keep a phrase busy: its own words mixed, and its first words over and over."""
    words = words_of(phrase)
    rng = random.Random(phrase.pattern)
    return [" ".join(rng.choices(words, k=300)) + " ", " ".join(words[:2]) + " "]


def test_the_measure_of_doubling_tells_a_square_law_from_a_line() -> None:
    square, line = re.compile(r"b*c"), re.compile(r"c")
    assert doubling(lambda text: lambda: square.search(text), "b", 4_000) > DOUBLE
    assert doubling(lambda text: lambda: [line.search(text) for _ in range(20)], "ab", 400_000) <= DOUBLE


def test_no_phrase_takes_more_than_linear_time_on_a_text_made_of_its_own_words() -> None:
    facts = Facts.of(RuleContext())

    def search(phrase: Phrase) -> Callable[[str], Callable[[], object]]:
        def prepared(text: str) -> Callable[[], object]:
            reading = Reading(text, facts)
            return lambda: reading.spans(phrase)

        return prepared

    slow = {
        (phrase.pattern, unit): ratio
        for phrase in phrases_of_the_rulebook()
        for unit in adversarial_units(phrase)
        if (ratio := doubling(search(phrase), unit, 8_000)) > DOUBLE
    }
    assert slow == {}


@pytest.mark.parametrize("unit", HOSTILE, ids=repr)
def test_twice_a_hostile_text_takes_twice_the_time(unit: str) -> None:
    context = RuleContext(title='Will he say "X", sell by May 31, capture it and launch out by June?', volume_usd=1e8)
    assert doubling(lambda text: lambda: assess(text, context), unit, 32_000) <= DOUBLE


@pytest.mark.parametrize("unit", ["is out by friday ", "source tweet ", "may 1 ", "\u0130"], ids=repr)
def test_the_title_and_the_short_name_may_be_hostile_too(unit: str) -> None:
    def judged(text: str) -> Callable[[], object]:
        return lambda: assess("Resolves by the usual rules.", RuleContext(title=text, group_title=text, neg_risk=True))

    assert doubling(judged, unit, 16_000) <= DOUBLE


@pytest.mark.parametrize(
    "unit", ["a", "source tweet ", "may 1 ", "😀\u202e", "\u0130", "\x00", "however a consensus "], ids=repr
)
def test_a_text_of_the_greatest_size_is_judged(unit: str) -> None:
    text = of_size(unit, MAX_RULE_BYTES)
    check_spans(text, assess(text, RuleContext(title=text[:2_000], group_title=text[:200])))


def test_the_longest_text_with_every_word_of_the_rulebook_is_judged() -> None:
    words = " ".join(case.text for rule in RULES for case in (*rule.fires, *rule.silent))
    text = of_size(words, MAX_RULE_BYTES)
    result = assess(text, RuleContext(title="Will it be found?"))
    check_spans(text, result)
    assert result.flags
