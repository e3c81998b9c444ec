"""What holds for any text: spans quote it, judging it neither raises nor takes more than linear time."""

from __future__ import annotations

import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endgame.domain.flags_json import flags_to_json
from endgame.domain.rule import MAX_RULE_BYTES, Assessment, RuleContext
from endgame.scoring.reading import Day, fold
from endgame.scoring.risk import assess
from endgame.scoring.rulebook import MITIGATORS, RULES
from endgame.scoring.segments import segments

FIRING_TEXTS = [case for rule in RULES for case in rule.fires]
SNIPPETS = st.sampled_from(
    [
        *(case.text for rule in RULES for case in (*rule.fires, *rule.silent)),
        *(case.text for mitigator in MITIGATORS for case in mitigator.fires),
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
CONTEXTS = st.builds(
    RuleContext,
    title=st.one_of(st.none(), TEXTS),
    category=st.sampled_from([None, "sports", "politics", "nonsense"]),
    close_time=st.one_of(st.none(), st.integers(946_684_800_000, 4_102_444_800_000)),
    venue_close_time=st.one_of(st.none(), st.integers(946_684_800_000, 4_102_444_800_000)),
    neg_risk=st.sampled_from([None, True, False]),
    oracle_status=st.sampled_from([None, "", "proposed", "disputed", "resolved", "\u0130"]),
    oracle_history=st.lists(st.sampled_from(["proposed", "disputed", "x"]), max_size=4).map(tuple),
    truncated=st.booleans(),
)


def check_spans(text: str, result: Assessment) -> None:
    for flag in (*result.flags, *result.mitigators):
        assert list(flag.evidence_spans) == sorted(set(flag.evidence_spans))
        assert len(flag.evidence_spans) <= 20
        for span in flag.evidence_spans:
            assert 0 <= span.start < span.end <= len(text)
            assert text[span.start : span.end].strip()


@given(TEXTS, CONTEXTS)
@settings(max_examples=300, deadline=None)
def test_every_span_quotes_real_text_and_the_score_is_a_probability(text: str, context: RuleContext) -> None:
    result = assess(text, context)
    check_spans(text, result)
    assert 0.0 <= result.definition_risk_score <= 1.0


@given(TEXTS, CONTEXTS)
@settings(max_examples=100, deadline=None)
def test_judging_twice_gives_the_same_bytes(text: str, context: RuleContext) -> None:
    first, second = assess(text, context), assess(text, context)
    assert flags_to_json(first.flags) == flags_to_json(second.flags)
    assert first == second


@given(TEXTS, CONTEXTS)
@settings(max_examples=100, deadline=None)
def test_the_pieces_of_a_judged_text_join_to_the_text(text: str, context: RuleContext) -> None:
    assert "".join(piece.text for piece in segments(text, assess(text, context).flags)) == text


@given(
    st.sampled_from(FIRING_TEXTS),
    st.sampled_from(["The sun rises in the east. ", "🚀 Hello there!\r\n\r\n", "A sentence about nothing much. "]),
    st.integers(0, 3),
    st.integers(0, 3),
)
@settings(max_examples=200, deadline=None)
def test_harmless_text_around_a_finding_does_not_remove_it(case, harmless: str, before: int, after: int) -> None:
    alone = {flag.code for flag in assess(case.text, case.context).flags} - {"NO_RULES"}
    # Without a title the first condition of the text is what the market asks, wherever it stands.
    wrapped = harmless * before + case.text + " " + harmless * after
    assert alone <= {flag.code for flag in assess(wrapped, case.context).flags}


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
    "consensus ",
    "is out ",
    "may 1 ",
    "https://",
    "50-",
    "leaderboard ",
    "😀",
    "مرحبا ",
    "e\u0301",
    "a preponderance of evidence will not qualify. ",
    "however a consensus of credible reporting ",
]


@pytest.mark.parametrize("unit", HOSTILE, ids=repr)
def test_time_grows_with_the_length_of_a_hostile_text_not_with_its_square(unit: str) -> None:
    context = RuleContext(title='Will he say "X", sell by May 31, capture it and launch out by June?')

    def seconds(size: int) -> float:
        text = (unit * (size // len(unit) + 1))[:size]
        start = time.process_time()
        check_spans(text, assess(text, context))
        return time.process_time() - start

    small, large = MAX_RULE_BYTES // 16, MAX_RULE_BYTES
    fast = min(seconds(small) for _ in range(2))
    # 16 times the text: a square law would take 256 times as long.
    assert seconds(large) < 80 * fast + 0.2


def test_the_longest_text_with_every_word_of_the_rulebook_is_judged() -> None:
    words = " ".join(case.text for rule in RULES for case in (*rule.fires, *rule.silent))
    text = (words * (MAX_RULE_BYTES // len(words) + 1))[:MAX_RULE_BYTES]
    result = assess(text, RuleContext(title="Will it be found?"))
    check_spans(text, result)
    assert result.flags
