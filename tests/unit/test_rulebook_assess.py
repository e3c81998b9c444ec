"""Judgements of whole texts: probabilities and what they are made of, flags and their order, spans, sides, key."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from endgame.domain.rule import Assessment, Rule, RuleContext, Severity, TextChange, Unjudged
from endgame.scoring.risk import CREDIT_CAP, PROBABILITY_AT_HALF, assess, judge_key, logistic, risk_score
from endgame.scoring.rulebook import MITIGATORS, RULEBOOK_VERSION, RULES, TRAITS
from endgame.scoring.weights import weights
from famous_markets import FAMOUS, QUIET

RANK = list(Severity)
MITIGATING = {mitigator.code for mitigator in MITIGATORS}
TEXTS = [(case.text, case.context) for case in FAMOUS] + [(case.text, RuleContext(title=case.title)) for case in QUIET]
SUIT = TEXTS[0]
CALM = (
    "This market resolves to the team that wins the game of November 4, 2025, 7:30 PM ET. The resolution source is the "
    "league; a consensus of credible reporting may also be used."
)
DAY_MS = 86_400_000


def worst(result: Assessment) -> Severity | None:
    return max((flag.severity for flag in result.flags), key=RANK.index, default=None)


def codes(result: Assessment) -> set[str]:
    return {flag.code for flag in result.flags}


def log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))


@pytest.mark.parametrize("context", [RuleContext(), RuleContext(volume_usd=3e6, event_volume_usd=9e6)], ids=str)
def test_every_probability_is_above_0_and_below_1(context: RuleContext) -> None:
    for text, own in TEXTS:
        result = assess(text, replace(own, volume_usd=context.volume_usd, event_volume_usd=context.event_volume_usd))
        for name in ("text_dispute_probability", "dispute_probability", "payoff_risk", "text_change_risk"):
            assert 0 < getattr(result, name) < 1, name
        assert 0 < result.definition_risk_score < 1


def test_what_is_found_adds_up_to_the_probability_and_the_score_leads_back_to_it() -> None:
    for text, context in TEXTS:
        result = assess(text, context)
        assert result.contributions[0] == ("BASE", weights().base)
        total = sum(part.log_odds for part in result.contributions)
        p, score = result.text_dispute_probability, result.definition_risk_score
        assert p == pytest.approx(logistic(total))
        assert score == pytest.approx(p / (p + PROBABILITY_AT_HALF)) == pytest.approx(risk_score(p))
        assert PROBABILITY_AT_HALF * score / (1 - score) == pytest.approx(p)


def test_a_contribution_is_the_weight_of_something_that_was_found_and_never_zero() -> None:
    for text, context in TEXTS:
        result = assess(text, context)
        found = {flag.code for flag in (*result.flags, *result.mitigators, *result.traits)}
        for code, weight in result.contributions[1:]:
            assert weight != 0
            if code != "CREDIT_CAP":
                assert code in found
                assert weight == weights().findings[code].log_odds


def test_a_dispute_probability_of_a_fifth_scores_a_half() -> None:
    assert risk_score(PROBABILITY_AT_HALF) == pytest.approx(0.5)
    assert PROBABILITY_AT_HALF == 0.2
    scores = [risk_score(p / 100) for p in range(1, 100)]
    assert scores == sorted(scores)


def test_the_suit_is_quoted_and_consensus_is_raised_to_high() -> None:
    text, context = SUIT
    result = assess(text, context)
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


VOID_CLAUSES = (
    " If the game is canceled entirely, this market resolves 50-50.",
    " Should it be postponed, this market will remain open until the game has been completed.",
    " In case of a no contest both sides are paid 50\u201350.",
)


@pytest.mark.parametrize("clause", VOID_CLAUSES)
def test_a_void_clause_raises_payoff_risk_and_not_dispute_risk(clause: str) -> None:
    bare = (
        "This market resolves by the score at 7:30 PM ET on November 4, 2025, as announced in the arena by the"
        " officials of the league. A consensus of credible reporting may also be used."
    )
    plain, void = assess(bare, RuleContext()), assess(bare + clause, RuleContext())
    assert "VOID_OR_POSTPONE" in codes(void) - codes(plain)
    assert void.definition_risk_score <= plain.definition_risk_score
    assert void.dispute_probability <= plain.dispute_probability
    assert (plain.payoff_risk, void.payoff_risk) == (weights().payoff_base, weights().payoff_clause)
    assert void.payoff_risk > plain.payoff_risk


def test_a_void_clause_is_not_one_condition_more_to_argue_about() -> None:
    for text, context in TEXTS:
        plain, void = assess(text, context), assess(text + VOID_CLAUSES[0], context)
        assert void.definition_risk_score <= plain.definition_risk_score, context.title


def test_a_mitigator_takes_doubt_away() -> None:
    bare = (
        "This market resolves to Yes if a military offensive intended to establish control begins by May 31, 2026, "
        "11:59 PM ET. The source is the press."
    )
    explained = bare + " Air raids will not qualify."
    plain, eased = assess(bare, RuleContext()), assess(explained, RuleContext())
    assert {flag.code for flag in eased.mitigators} - {flag.code for flag in plain.mitigators} == {"EXCLUSIONS"}
    assert eased.definition_risk_score < plain.definition_risk_score


def all_mitigators() -> str:
    return "\n\n".join(mitigator.fires[0].text for mitigator in MITIGATORS)


def test_mitigators_never_raise_and_together_take_at_most_the_cap() -> None:
    capped = assess(all_mitigators(), RuleContext())
    assert "CREDIT_CAP" in {part.code for part in capped.contributions}
    for text, context in [(all_mitigators(), RuleContext()), *TEXTS]:
        parts = [part for part in assess(text, context).contributions if part.code in MITIGATING]
        cap = sum(part.log_odds for part in assess(text, context).contributions if part.code == "CREDIT_CAP")
        assert all(part.log_odds < 0 for part in parts)
        taken = sum(part.log_odds for part in parts) + cap
        assert taken >= -CREDIT_CAP - 1e-9
        assert cap >= 0
        assert (cap > 0) == (sum(part.log_odds for part in parts) < -CREDIT_CAP)


def test_the_cap_holds_where_volume_is_known_as_well() -> None:
    result = assess(all_mitigators(), RuleContext(volume_usd=1e5))
    without = [flag.code for flag in (*result.flags, *result.traits) if flag.code in weights().findings]
    rest = weights().base_at_stake + sum(weights().findings[code].log_odds_at_stake for code in without)
    line = weights().stakes["volume"]
    assert log_odds(result.dispute_probability) >= rest + min(line.log_odds) - CREDIT_CAP


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
    assert result.definition_risk_score > 0.5


def test_what_needs_a_missing_field_is_named_and_is_not_found() -> None:
    result = assess(SUIT[0], RuleContext())
    assert {entry.code: entry.missing for entry in result.not_judged} == {
        finding.code: finding.needs for finding in (*RULES, *MITIGATORS, *TRAITS) if finding.needs
    }
    found = {flag.code for flag in (*result.flags, *result.mitigators, *result.traits)}
    assert found.isdisjoint(entry.code for entry in result.not_judged)


def test_what_is_known_is_judged() -> None:
    result = assess(SUIT[0], replace(SUIT[1], neg_risk=True))
    missing = {entry.code for entry in result.not_judged}
    assert "DEADLINE_MISMATCH" not in missing
    assert "EXCLUSIVE_GROUP" not in missing
    assert Unjudged("RULE_CHANGED", ("text_change",)) in result.not_judged
    assert Unjudged("HIGH_STAKES_LOW_BOND", ("volume_band",)) in result.not_judged


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_flag_is_listed_for_the_side_that_it_bites(rule) -> None:
    for case in rule.fires:
        result = assess(case.text, case.context)
        assert set(result.bites) == {"YES", "NO"}
        for side in ("YES", "NO"):
            assert (rule.code in result.bites[side]) == (rule.bites in (None, side))
            order = [flag.code for flag in result.flags]
            assert list(result.bites[side]) == [code for code in order if code in result.bites[side]]


def test_both_sides_are_bitten_apart() -> None:
    assert {rule.bites for rule in RULES} > {None}, "some flag hurts one side only"


@pytest.mark.parametrize(
    ("change", "code", "severity"),
    [
        (TextChange.RECENT, "RULE_CHANGED", Severity.CRITICAL),
        (TextChange.EARLIER, "RULE_CLARIFIED", Severity.MEDIUM),
        (TextChange.NEVER, None, None),
    ],
)
def test_a_text_that_was_changed_may_change_again(
    change: TextChange, code: str | None, severity: Severity | None
) -> None:
    result = assess(CALM, RuleContext(text_change=change))
    found = {flag.code: flag.severity for flag in result.flags if flag.code.startswith("RULE_C")}
    assert found == ({code: severity} if code else {})
    learned = weights()
    assert result.text_change_risk == (learned.text_changed_before if code else learned.text_change_base)
    assert learned.text_changed_before > learned.text_change_base


def test_volume_and_duration_move_the_dispute_probability_and_nothing_else() -> None:
    bare = RuleContext(title="Bucks vs. Raptors", venue_close_time=1_780_000_000_000)
    plain = assess(CALM, bare)
    assert plain.dispute_probability == plain.text_dispute_probability
    seen = set()
    for change in (
        {"volume_usd": 500.0},
        {"volume_usd": 5e6},
        {"volume_usd": 5e5, "event_volume_usd": 5e7},
        {"open_time": 1_780_000_000_000 - 3 * DAY_MS},
        {"open_time": 1_780_000_000_000 - 300 * DAY_MS},
    ):
        result = assess(CALM, replace(bare, **change))
        seen.add(result.dispute_probability)
        for name in ("definition_risk_score", "text_dispute_probability", "contributions", "flags", "payoff_risk"):
            assert getattr(result, name) == getattr(plain, name), name
    assert len(seen) == 5


def test_a_larger_event_alone_says_nothing() -> None:
    # What part of its event a market is can only be said where its own volume is known.
    result = assess(CALM, RuleContext(event_volume_usd=5e7))
    assert result.dispute_probability == result.text_dispute_probability


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf, -5.0, -0.0, 1e308, 5e-324])
def test_an_odd_volume_raises_nothing(odd: float) -> None:
    for context in (RuleContext(volume_usd=odd), RuleContext(volume_usd=odd, event_volume_usd=odd),
                    RuleContext(volume_usd=1e4, event_volume_usd=odd)):  # fmt: skip
        assert 0 < assess(CALM, context).dispute_probability < 1
        assert len(judge_key(RULE, context)) == 64


def test_a_market_that_closes_before_it_opens_raises_nothing() -> None:
    assert 0 < assess(CALM, RuleContext(open_time=2 * DAY_MS, venue_close_time=DAY_MS)).dispute_probability < 1


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


def judged_bytes() -> bytes:
    return b"\n".join(msgspec.json.encode(assess(text, context)) for text, context in TEXTS)


def test_same_input_gives_the_same_bytes_and_names_the_version() -> None:
    assert judged_bytes() == judged_bytes()
    assert assess(*SUIT).rulebook_version == RULEBOOK_VERSION


def test_another_process_with_another_order_of_sets_gives_the_same_bytes() -> None:
    tests = Path(__file__).resolve().parents[1]
    program = "import sys; from unit.test_rulebook_assess import judged_bytes; sys.stdout.buffer.write(judged_bytes())"
    for seed in ("1", "2"):
        found = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tests.parent, check=True, capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        ).stdout  # fmt: skip
        assert found == judged_bytes()


RULE = Rule(market_id="0x1", as_of=1, rule_text="Resolves to Yes.")
FULL = RuleContext(
    title="Will it?",
    labels=("Yes", "No"),
    category="politics",
    open_time=1_780_000_000_000 - 10 * DAY_MS,
    close_time=1_780_000_000_000,
    event_title="It",
    group_title="May 5",
    neg_risk=False,
    oracle_status="proposed",
    oracle_history=("proposed",),
    family_disputed=False,
    volume_usd=1_500.0,
    event_volume_usd=20_000.0,
    text_change=TextChange.NEVER,
    deadline_is_near=False,
)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Will it not?"},
        {"title": None},
        {"labels": ("Up", "Down")},
        {"labels": None},
        {"group_title": ""},
        {"group_title": None},
        {"category": "sports"},
        {"game_start_time": 1_780_000_000_000},
        {"family_disputed": True},
        {"family_disputed": None},
        {"text_change": TextChange.EARLIER},
        {"text_change": TextChange.RECENT},
        {"deadline_is_near": True},
        {"volume_usd": 4_000.0},
        {"volume_usd": None},
        {"event_volume_usd": 40_000.0},
        {"open_time": 1_780_000_000_000 - 20 * DAY_MS},
        {"open_time": None},
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
    assert judge_key(RULE, FULL) == judge_key(RULE, replace(FULL, event_title="Another"))
    assert judge_key(RULE, FULL) == judge_key(replace(RULE, market_id="0x2", as_of=9, settlement_window=1), FULL)
    game = replace(FULL, game_start_time=1_780_000_000_000)
    assert judge_key(RULE, game) == judge_key(RULE, replace(game, game_start_time=1_780_000_000_001))


@pytest.mark.parametrize(
    "change",
    [
        {"volume_usd": 2_900.0},
        {"volume_usd": 1_100.0},
        {"event_volume_usd": 30_000.0},
        {"open_time": 1_780_000_000_000 - 9 * DAY_MS},
    ],
    ids=str,
)
def test_the_key_stays_while_a_volume_or_a_duration_moves_inside_its_band(change: dict[str, object]) -> None:
    other = replace(FULL, **change)
    assert judge_key(RULE, FULL) == judge_key(RULE, other)
    assert assess(RULE.rule_text, FULL) == assess(RULE.rule_text, other)


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


def test_a_sentence_is_found_behind_any_number_of_negated_ones() -> None:
    evidence = "Yes if the preponderance of evidence suggests it."
    text = "Rumors, even with convincing evidence, will not qualify. " * 500 + evidence
    [flag] = [flag for flag in assess(text, RuleContext(title="Was he involved?")).flags if "EVIDENCE" in flag.code]
    assert [text[span.start : span.end] for span in flag.evidence_spans] == ["preponderance"]


@pytest.mark.parametrize(
    "absurd",
    [
        {"venue_close_time": 10**18},
        {"venue_close_time": -(10**18), "open_time": 10**300},
        {"close_time": 0},
        {"open_time": -(10**300), "venue_close_time": 1_780_300_000_000},
    ],
    ids=str,
)
def test_a_time_that_no_calendar_holds_is_judged_like_a_missing_one(absurd: dict[str, int]) -> None:
    result = assess("Resolves by the usual rules.", RuleContext(title="Ceasefire by May 31, 2026?", **absurd))
    assert "DEADLINE_MISMATCH" not in codes(result)
    assert 0 < result.dispute_probability < 1


@pytest.mark.parametrize("volume", [math.nan, -1.0, -math.inf], ids=str)
def test_a_volume_that_is_none_is_not_taken_for_a_small_one(volume: float) -> None:
    told = RuleContext(title="Ceasefire?", volume_usd=volume, event_volume_usd=volume)
    assert assess(CALM, told) == assess(CALM, RuleContext(title="Ceasefire?"))
