"""Every rule is one literal; these tests hold each literal to what it says of itself."""

from __future__ import annotations

import re

import pytest

from endgame.domain.rule import RuleContext, Severity
from endgame.scoring import rulebook
from endgame.scoring.reading import Case, Facts, Mitigator, Phrase, Reading, RiskRule
from endgame.scoring.risk import assess
from endgame.scoring.rulebook import MITIGATORS, RULES

ENTRIES: tuple[RiskRule | Mitigator, ...] = (*RULES, *MITIGATORS)
FIRING = [(entry, case) for entry in ENTRIES for case in entry.fires]
SILENT = [(entry, case) for entry in ENTRIES for case in entry.silent]


def phrases_of_the_rulebook() -> list[Phrase]:
    shared = [value for value in vars(rulebook).values() if isinstance(value, Phrase)]
    tables = [phrase for value in vars(rulebook).values() if isinstance(value, dict) for phrase in value.values()]
    own = [phrase for entry in ENTRIES for phrase in (*entry.phrases, *([entry.unless] if entry.unless else []))]
    return [phrase for phrase in (*shared, *tables, *own) if isinstance(phrase, Phrase)]


def named(pair: object) -> str:
    return pair.code if isinstance(pair, RiskRule | Mitigator) else ""


@pytest.mark.parametrize(("entry", "case"), FIRING, ids=named)
def test_a_rule_fires_on_each_of_its_firing_texts(entry: RiskRule | Mitigator, case: Case) -> None:
    result = assess(case.text, case.context)
    assert entry.code in {flag.code for flag in (*result.flags, *result.mitigators)}


@pytest.mark.parametrize(("entry", "case"), SILENT, ids=named)
def test_a_rule_stays_silent_on_each_of_its_near_misses(entry: RiskRule | Mitigator, case: Case) -> None:
    result = assess(case.text, case.context)
    assert entry.code not in {flag.code for flag in (*result.flags, *result.mitigators)}


@pytest.mark.parametrize("entry", ENTRIES, ids=named)
def test_a_rule_shows_three_texts_that_fire_and_three_that_do_not(entry: RiskRule | Mitigator) -> None:
    assert len(entry.fires) >= 3
    assert len(entry.silent) >= 3


@pytest.mark.parametrize("entry", ENTRIES, ids=named)
def test_the_reason_of_a_rule_is_one_sentence(entry: RiskRule | Mitigator) -> None:
    assert entry.why.endswith(".")
    assert ". " not in entry.why
    assert entry.why[0].isupper()


def test_codes_are_unique_and_stand_in_order() -> None:
    for entries in (RULES, MITIGATORS):
        codes = [entry.code for entry in entries]
        assert codes == sorted(set(codes))
    assert {rule.code for rule in RULES}.isdisjoint(mitigator.code for mitigator in MITIGATORS)


def test_the_flags_of_the_taxonomy_are_there_with_their_severity() -> None:
    severities = {rule.code: rule.severity for rule in RULES}
    expected = {
        "ACTIVE_DISPUTE": Severity.CRITICAL,
        "NO_RULES": Severity.CRITICAL,
        "UNDEFINED_KEY_TERM": Severity.HIGH,
        "SOURCE_CONFLICT": Severity.HIGH,
        "TAMPERABLE_SOURCE": Severity.HIGH,
        "EVENT_VS_DISCLOSURE_CLOCK": Severity.HIGH,
        "EVIDENCE_STANDARD": Severity.HIGH,
        "INTENT_OR_CONTROL": Severity.HIGH,
        "DEADLINE_MISMATCH": Severity.HIGH,
        "DEATH_OR_EXIT_CARVEOUT": Severity.HIGH,
        "CONSENSUS_ONLY": Severity.MEDIUM,
        "SINGLE_SOURCE_NO_FALLBACK": Severity.MEDIUM,
        "ANNOUNCEMENT_TRIGGER": Severity.MEDIUM,
        "OFFICIAL_ACT_STAGES": Severity.MEDIUM,
        "SUBJECTIVE_STANDARD": Severity.MEDIUM,
        "REVISION_RISK": Severity.MEDIUM,
        "VOID_OR_POSTPONE": Severity.MEDIUM,
        "MENTION_MECHANICS": Severity.MEDIUM,
        "PLATFORM_DISCRETION": Severity.MEDIUM,
        "PARTIAL_FULFILMENT": Severity.MEDIUM,
        "NEGRISK_OTHER": Severity.MEDIUM,
        "EARLY_CLOSE_ASYMMETRY": Severity.LOW,
        "NEGATED_OR_DOUBLE": Severity.LOW,
    }
    assert {code: severities.get(code) for code in expected} == expected


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_the_numbers_of_a_rule_are_in_range_and_common_wording_weighs_nothing(rule: RiskRule) -> None:
    assert 0 <= rule.base_rate <= 1
    assert 0 <= rule.weight < 1
    if rule.base_rate > 0.25:
        assert rule.weight == 0
    assert rule.raised_weight is None or rule.weight <= rule.raised_weight < 1


def test_rules_only_name_codes_that_exist() -> None:
    flags = {rule.code for rule in RULES}
    mitigators = {mitigator.code for mitigator in MITIGATORS}
    for rule in RULES:
        assert set(rule.mitigated_by) <= mitigators
        assert set(rule.raised_by) <= flags - {rule.code}


def test_no_pattern_repeats_without_bound_or_holds_two_gaps_in_one_alternative() -> None:
    for phrase in phrases_of_the_rulebook():
        bare = re.sub(r"\[[^\]]*\]", "[]", re.sub(r"\\.", "", phrase.pattern))
        assert not re.search(r"[*+]|\{\d*,\}", bare), phrase.pattern
        top_level = re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", bare))
        assert all(alternative.count("…") <= 1 for alternative in top_level.split("|")), phrase.pattern


@pytest.mark.parametrize("entry", ENTRIES, ids=named)
def test_looking_only_around_its_words_finds_what_a_full_search_finds(entry: RiskRule | Mitigator) -> None:
    texts = [case.text for other in ENTRIES for case in (*other.fires, *other.silent)]
    for text in texts:
        reading = Reading(text, Facts.of(RuleContext()))
        for phrase in entry.phrases:
            everywhere = [match.span() for match in phrase.search.finditer(reading.folded)]
            assert [tuple(span) for span in reading.spans(phrase)] == everywhere[:20], phrase.pattern
