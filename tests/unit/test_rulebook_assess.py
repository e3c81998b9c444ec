"""Judgements of whole texts: famous disputes, quiet controls, score, order, key."""

from __future__ import annotations

from dataclasses import replace

import pytest

from endgame.domain.flags_json import flags_to_json
from endgame.domain.rule import Assessment, Rule, RuleContext, Severity
from endgame.scoring.risk import assess, judge_key
from endgame.scoring.rulebook import RULEBOOK_VERSION
from famous_markets import FAMOUS, QUIET

RANK = list(Severity)


def worst(result: Assessment) -> Severity | None:
    return max((flag.severity for flag in result.flags), key=RANK.index, default=None)


def codes(result: Assessment) -> set[str]:
    return {flag.code for flag in result.flags}


def test_every_famous_dispute_scores_above_every_quiet_market() -> None:
    famous = {case[0]: assess(case[2], RuleContext(title=case[1])).definition_risk_score for case in FAMOUS}
    quiet = max(assess(text, RuleContext(title=title)).definition_risk_score for title, text in QUIET)
    # Two causes are mild by themselves: an announcement that counts and a number that is revised.
    graver = {name: score for name, score in famous.items() if name not in ("shutdown", "viewership")}
    assert min(graver.values()) > quiet


def test_the_suit_scores_highest_of_the_wording_disputes_with_consensus_raised_to_high() -> None:
    _, title, text, _, _ = FAMOUS[0]
    result = assess(text, RuleContext(title=title))
    assert {flag.code: flag.severity for flag in result.flags}["CONSENSUS_ONLY"] is Severity.HIGH
    quoted = {text[span.start : span.end] for flag in result.flags for span in flag.evidence_spans}
    assert "suit" in quoted


def test_flags_are_ordered_by_severity_then_code() -> None:
    text = "Resolves to Yes if it is shown by May 5 that he sells. A significant part counts. 50-50 if cancelled."
    context = RuleContext(title="Will he sell by May 9?", oracle_status="disputed", truncated=True)
    flags = assess(text, context).flags
    order = [(-RANK.index(flag.severity), flag.code) for flag in flags]
    assert len(flags) >= 5
    assert order == sorted(order)
    assert flags[0].code == "ACTIVE_DISPUTE"


def test_a_clause_of_50_50_does_not_raise_the_score() -> None:
    base = (
        "This market resolves by the score at 7:30 PM ET on November 4, 2025, as announced in the arena by officials."
    )
    with_void = base + " If the game is canceled entirely, this market resolves 50-50."
    assert "VOID_OR_POSTPONE" in codes(assess(with_void, RuleContext()))
    assert assess(with_void, RuleContext()).definition_risk_score <= assess(base, RuleContext()).definition_risk_score


def test_a_mitigator_lowers_the_score_but_never_by_more_than_half() -> None:
    bare = (
        "This market resolves to Yes if a military offensive intended to establish control begins by May 31, 2026, "
        "11:59 PM ET. The source is the press."
    )
    explained = (
        bare + " An offensive is defined as the entry of troops. Air raids will not qualify. For example, shelling."
    )
    plain, eased = (assess(text, RuleContext()).definition_risk_score for text in (bare, explained))
    assert plain / 2 <= eased < plain
    assert {"EXPLICIT_DEFINITION", "EXCLUSIONS", "EXAMPLES"} <= {
        flag.code for flag in assess(explained, RuleContext()).mitigators
    }


def test_permission_the_month_of_may_and_the_default_outcome_are_no_flags() -> None:
    text = (
        "Resolves to Yes if the launch of the rocket happens between May 1 and May 31, 2026, 11:59 PM "
        "ET. Otherwise, this "
        "market will resolve to No. Credible reporting may also be used. The team may not postulate anything."
    )
    result = assess(text, RuleContext(title="Rocket in May?"))
    quoted = {text[span.start : span.end].lower() for flag in result.flags for span in flag.evidence_spans}
    assert not any(quote.startswith(("may", "otherwise")) for quote in quoted)
    assert worst(result) in (None, Severity.LOW, Severity.MEDIUM)


def test_offsets_are_exact_under_curly_quotes_hard_spaces_emoji_right_to_left_and_crlf() -> None:
    text = (
        "🚀🇺🇦 שלום עולם\r\nResolves to \u201cYes\u201d if the president\u2019s\u00a0suit is İstanbul-made.\r\n"
        "The resolution\u00a0source will be a\r\nconsensus\u202fof credible reporting. If cancelled: 50\u201350."
    )
    result = assess(text, RuleContext(title="Will he wear a suit?"))
    quotes = {flag.code: [text[s.start : s.end] for s in flag.evidence_spans] for flag in result.flags}
    assert quotes["UNDEFINED_KEY_TERM"] == ["suit"]
    assert quotes["VOID_OR_POSTPONE"] == ["cancelled", "50\u201350"]
    assert quotes["CONSENSUS_ONLY"][0].endswith("a\r\nconsensus")


def test_a_hostile_number_of_findings_is_capped() -> None:
    result = assess("a preponderance of evidence. " * 5_000, RuleContext())
    assert max(len(flag.evidence_spans) for flag in (*result.flags, *result.mitigators)) == 20


def test_what_is_missing_has_no_span_and_an_empty_text_is_critical() -> None:
    result = assess("", RuleContext())
    assert [(flag.code, flag.severity, flag.evidence_spans) for flag in result.flags] == [
        ("NO_RULES", Severity.CRITICAL, ())
    ]
    assert result.definition_risk_score == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("status", "history", "code"),
    [
        ("disputed", (), "ACTIVE_DISPUTE"),
        ("Challenged", ("proposed",), "ACTIVE_DISPUTE"),
        (None, ("proposed", "disputed"), "ACTIVE_DISPUTE"),
        ("proposed", ("proposed", "disputed", "proposed"), "REPROPOSED"),
        ("proposed", ("proposed", "proposed"), "REPROPOSED"),
    ],
)
def test_the_last_word_of_the_oracle_decides_between_dispute_and_second_proposal(
    status: str | None, history: tuple[str, ...], code: str
) -> None:
    found = codes(assess(QUIET[3][1], RuleContext(oracle_status=status, oracle_history=history)))
    assert found & {"ACTIVE_DISPUTE", "REPROPOSED"} == {code}


def test_same_input_gives_the_same_bytes_and_names_the_version() -> None:
    _, title, text, _, _ = FAMOUS[0]
    first, second = (assess(text, RuleContext(title=title)) for _ in range(2))
    assert flags_to_json(first.flags) == flags_to_json(second.flags)
    assert flags_to_json(first.mitigators) == flags_to_json(second.mitigators)
    assert first.rulebook_version == RULEBOOK_VERSION


RULE = Rule(market_id="0x1", as_of=1, rule_text="Resolves to Yes.")
FULL = RuleContext(
    title="Will it?",
    labels=("Yes", "No"),
    category="politics",
    close_time=1_780_000_000_000,
    event_title="It",
    neg_risk=False,
    oracle_status="proposed",
    oracle_history=("proposed",),
)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Will it not?"},
        {"title": None},
        {"category": "sports"},
        {"close_time": 1_780_000_000_001},
        {"venue_close_time": 1_790_000_000_000},
        {"neg_risk": True},
        {"neg_risk": None},
        {"oracle_status": "disputed"},
        {"oracle_history": ("proposed", "proposed")},
        {"settlement_source": "https://example.org"},
        {"truncated": True},
    ],
    ids=str,
)
def test_the_key_changes_with_every_fact_that_rules_look_at(change: dict[str, object]) -> None:
    assert judge_key(RULE, FULL) != judge_key(RULE, replace(FULL, **change))


def test_the_key_ignores_what_no_rule_looks_at() -> None:
    other = replace(FULL, labels=("Up", "Down"), event_title="Another")
    assert judge_key(RULE, FULL) == judge_key(RULE, other)
    assert judge_key(RULE, FULL) == judge_key(replace(RULE, market_id="0x2", as_of=9, settlement_window=1), FULL)


def test_the_key_changes_with_the_text_and_knows_a_truncation_from_either_side() -> None:
    assert judge_key(RULE, FULL) != judge_key(replace(RULE, rule_text="Resolves to No."), FULL)
    cut = judge_key(replace(RULE, truncated=True), FULL)
    assert cut == judge_key(RULE, replace(FULL, truncated=True))
    assert cut == judge_key(replace(RULE, truncated=True), replace(FULL, truncated=True))
    sourced = judge_key(replace(RULE, settlement_source="https://example.org"), FULL)
    assert sourced == judge_key(RULE, replace(FULL, settlement_source="https://example.org"))


def test_the_key_is_a_plain_digest() -> None:
    key = judge_key(RULE, RuleContext())
    assert len(key) == 64
    assert set(key) <= set("0123456789abcdef")
