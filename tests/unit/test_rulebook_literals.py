"""Every rule is one literal; these tests hold each literal to what it says of itself."""

from __future__ import annotations

import re

import msgspec
import pytest

from endgame.domain.market import Side
from endgame.domain.rule import Concern, RuleContext, Severity, TextChange
from endgame.scoring.reading import Case, Facts, Finding, Phrase, Reading, RiskRule
from endgame.scoring.risk import assess
from endgame.scoring.rulebook import MITIGATORS, ROOMS, RULES, TRAITS

ENTRIES: tuple[Finding, ...] = (*RULES, *MITIGATORS, *TRAITS)
FIRING = [(entry, case) for entry in ENTRIES for case in entry.fires]
SILENT = [(entry, case) for entry in ENTRIES for case in entry.silent]
BY_CODE = {rule.code: rule for rule in RULES}

# The flags of the taxonomy (design/rulebook.md) with their severities, and those that were added since.
TAXONOMY = {
    "ACTIVE_DISPUTE": Severity.CRITICAL,
    "RULE_CHANGED": Severity.CRITICAL,
    "RULE_CLARIFIED": Severity.MEDIUM,
    "NO_RULES": Severity.CRITICAL,
    "UNDEFINED_KEY_TERM": Severity.HIGH,
    "CONSENSUS_ONLY": Severity.MEDIUM,
    "SOURCE_CONFLICT": Severity.HIGH,
    "SINGLE_SOURCE_NO_FALLBACK": Severity.MEDIUM,
    "TAMPERABLE_SOURCE": Severity.HIGH,
    "EVENT_VS_DISCLOSURE_CLOCK": Severity.HIGH,
    "ANNOUNCEMENT_TRIGGER": Severity.MEDIUM,
    "OFFICIAL_ACT_STAGES": Severity.MEDIUM,
    "EVIDENCE_STANDARD": Severity.HIGH,
    "SUBJECTIVE_STANDARD": Severity.MEDIUM,
    "INTENT_OR_CONTROL": Severity.HIGH,
    "DEADLINE_MISMATCH": Severity.HIGH,
    "NO_CLOCK_OR_ZONE": Severity.MEDIUM,
    "SCALAR_BOUNDARY": Severity.MEDIUM,
    "REVISION_RISK": Severity.MEDIUM,
    "VOID_OR_POSTPONE": Severity.MEDIUM,
    "DEATH_OR_EXIT_CARVEOUT": Severity.HIGH,
    "PARTIAL_FULFILMENT": Severity.MEDIUM,
    "MENTION_MECHANICS": Severity.MEDIUM,
    "NEGRISK_OTHER": Severity.MEDIUM,
    "EARLY_CLOSE_ASYMMETRY": Severity.LOW,
    "HIGH_STAKES_LOW_BOND": Severity.MEDIUM,
    "REPEAT_DISPUTE_FAMILY": Severity.HIGH,
    "NEGATED_OR_DOUBLE": Severity.LOW,
    "PLATFORM_DISCRETION": Severity.MEDIUM,
}
ADDED = {
    "RELATIVE_DEADLINE": Severity.MEDIUM,
    "REPROPOSED": Severity.MEDIUM,
    "RESULT_CAN_BE_CORRECTED": Severity.MEDIUM,
    "RULES_TRUNCATED": Severity.HIGH,
}


def phrases_of_the_rulebook() -> list[Phrase]:
    values = [value for room in ROOMS for value in vars(room).values()]
    tables = [phrase for value in values if isinstance(value, dict) for phrase in value.values()]
    own = [phrase for entry in ENTRIES for phrase in (*entry.phrases, *([entry.unless] if entry.unless else []))]
    return list(dict.fromkeys(phrase for phrase in (*values, *tables, *own) if isinstance(phrase, Phrase)))


def named(pair: object) -> str:
    return pair.code if isinstance(pair, Finding) else ""


def found_in(case: Case) -> set[str]:
    result = assess(case.text, case.context)
    return {flag.code for flag in (*result.flags, *result.mitigators, *result.traits)}


@pytest.mark.parametrize(("entry", "case"), FIRING, ids=named)
def test_a_rule_fires_on_each_of_its_firing_texts(entry: Finding, case: Case) -> None:
    assert entry.code in found_in(case)


@pytest.mark.parametrize(("entry", "case"), SILENT, ids=named)
def test_a_rule_stays_silent_on_each_of_its_near_misses(entry: Finding, case: Case) -> None:
    assert entry.code not in found_in(case)


@pytest.mark.parametrize("entry", ENTRIES, ids=named)
def test_a_rule_shows_three_texts_that_fire_and_three_that_do_not(entry: Finding) -> None:
    for cases in (entry.fires, entry.silent):
        shown = [case for n, case in enumerate(cases) if case not in cases[:n]]
        assert len(shown) >= 3


@pytest.mark.parametrize("entry", ENTRIES, ids=named)
def test_the_reason_of_a_rule_is_one_sentence(entry: Finding) -> None:
    assert entry.why.endswith(".")
    assert ". " not in entry.why
    assert entry.why[0].isupper()


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_flag_names_the_dispute_that_taught_it(rule: RiskRule) -> None:
    assert len(rule.motive.split()) >= 4
    assert rule.motive.endswith(".")


def test_codes_are_unique_and_stand_in_order() -> None:
    for entries in (RULES, MITIGATORS, TRAITS):
        codes = [entry.code for entry in entries]
        assert codes == sorted(set(codes))
    assert len({entry.code for entry in ENTRIES}) == len(ENTRIES)


def test_the_flags_are_those_of_the_taxonomy_with_its_severities_and_the_added_ones() -> None:
    assert {rule.code: rule.severity for rule in RULES} == TAXONOMY | ADDED


def test_a_deadline_without_a_clock_is_medium_near_the_deadline_and_low_before() -> None:
    rule = BY_CODE["NO_CLOCK_OR_ZONE"]
    text = rule.fires[0].text
    severities = {}
    for near in (True, False, None):
        flags = assess(text, RuleContext(deadline_is_near=near)).flags
        severities[near] = next(flag.severity for flag in flags if flag.code == rule.code)
    assert severities == {True: Severity.MEDIUM, False: Severity.LOW, None: Severity.LOW}


def test_a_day_told_by_its_name_is_low_where_the_text_names_the_day() -> None:
    bare = "Resolves to Yes if he is arrested by Friday."
    severities = []
    for text in (bare, bare + "\n\nThis market closes on May 3, 2024, 11:59 PM ET."):
        flags = assess(text, RuleContext(title="Arrested by Friday?")).flags
        severities.append(next(flag.severity for flag in flags if flag.code == "RELATIVE_DEADLINE"))
    assert severities == [Severity.MEDIUM, Severity.LOW]


@pytest.mark.parametrize("change", TextChange)
def test_a_changed_text_carries_one_flag_by_how_long_ago_it_changed(change: TextChange) -> None:
    flags = {flag.code for flag in assess(BY_CODE["RULE_CHANGED"].fires[0].text, RuleContext(text_change=change)).flags}
    expected = {TextChange.RECENT: {"RULE_CHANGED"}, TextChange.EARLIER: {"RULE_CLARIFIED"}, TextChange.NEVER: set()}
    assert flags & {"RULE_CHANGED", "RULE_CLARIFIED"} == expected[change]


def test_each_flag_is_about_the_risk_and_the_side_that_it_is_known_for() -> None:
    concerns = {rule.code: rule.concern for rule in RULES if rule.concern is not Concern.DISPUTE}
    assert concerns == {
        "NEGRISK_OTHER": Concern.PAYOFF,
        "RULE_CHANGED": Concern.TEXT_CHANGE,
        "RULE_CLARIFIED": Concern.TEXT_CHANGE,
        "VOID_OR_POSTPONE": Concern.PAYOFF,
    }
    sides = {rule.code: rule.bites for rule in RULES if rule.bites is not None}
    assert sides == {
        "ANNOUNCEMENT_TRIGGER": Side.NO,
        "EARLY_CLOSE_ASYMMETRY": Side.NO,
        "EVENT_VS_DISCLOSURE_CLOCK": Side.YES,
    }


@pytest.mark.parametrize("entry", ENTRIES, ids=named)
def test_a_prior_has_the_sign_of_its_kind_and_common_wording_has_none(entry: Finding) -> None:
    assert 0 <= entry.base_rate <= 1
    if entry in RULES:
        assert 0 <= entry.prior <= 7
    elif entry in MITIGATORS:
        assert -0.5 <= entry.prior <= 0
    else:
        assert entry.prior == 0
    if entry.base_rate > 0.25:
        assert entry.prior == 0


def test_a_prior_grows_with_severity_and_a_payoff_clause_raises_no_dispute() -> None:
    least = {Severity.LOW: 0.0, Severity.MEDIUM: 0.0, Severity.HIGH: 0.7, Severity.CRITICAL: 2.0}
    for rule in RULES:
        assert rule.prior >= least[rule.severity]
        if rule.concern is Concern.PAYOFF:
            assert rule.prior == 0


@pytest.mark.parametrize("entry", ENTRIES, ids=named)
def test_what_a_finding_needs_are_facts_that_can_be_missing(entry: Finding) -> None:
    missing = msgspec.structs.asdict(Facts.of(RuleContext()))
    assert set(entry.needs) <= {name for name, value in missing.items() if value is None}


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.needs], ids=named)
def test_a_rule_that_misses_a_fact_says_so_instead_of_guessing(rule: RiskRule) -> None:
    # `judged at all` differs from `not found`: the near-misses have the facts, or are not judged either.
    unjudged = {entry.code: entry.missing for entry in assess(rule.fires[0].text, RuleContext()).not_judged}
    assert unjudged[rule.code] == rule.needs
    judged = assess(rule.fires[0].text, rule.fires[0].context)
    assert rule.code not in {entry.code for entry in judged.not_judged}


def test_rules_only_name_codes_that_exist() -> None:
    for rule in RULES:
        assert set(rule.raised_by) <= set(BY_CODE) - {rule.code}


def test_no_pattern_repeats_without_bound_or_holds_two_gaps_in_one_alternative() -> None:
    assert len(phrases_of_the_rulebook()) > 80
    for phrase in phrases_of_the_rulebook():
        bare = re.sub(r"\[[^\]]*\]", "[]", re.sub(r"\\.", "", phrase.pattern))
        assert not re.search(r"[*+]|\{\d*,\}", bare), phrase.pattern
        assert not re.search(r"\}\)\{|\}\)\?\{|\)\{[^}]*\}\{", bare), phrase.pattern
        top_level = re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", bare))
        assert all(alternative.count("…") <= 1 for alternative in top_level.split("|")), phrase.pattern


def test_looking_only_around_its_words_finds_what_a_full_search_finds() -> None:
    texts = {case.text for entry in ENTRIES for case in (*entry.fires, *entry.silent)}
    texts |= {case.context.title for entry in ENTRIES for case in (*entry.fires, *entry.silent) if case.context.title}
    for text in texts:
        reading = Reading(text, Facts.of(RuleContext()))
        for phrase in phrases_of_the_rulebook():
            everywhere = [match.span() for match in phrase.search.finditer(reading.folded)]
            assert [tuple(span) for span in reading.spans(phrase)] == everywhere[:20], (phrase.pattern, text)


SILENCED = [
    ("ANNOUNCEMENT_TRIGGER", "A statement by the ministry will count.", "A statement by the ministry will not count."),
    (
        "EVIDENCE_STANDARD",
        "Yes if definitive proof is published.",
        "Leaks that are no definitive proof will not qualify.",
    ),
    (
        "INTENT_OR_CONTROL",
        "Yes if troops take control.",
        "Drills, for example to take control of a port, are left out.",
    ),
    ("SUBJECTIVE_STANDARD", "Yes if the damage is significant.", "A significant threat alone does not count."),
    ("TAMPERABLE_SOURCE", "Wikipedia decides.", "Wikipedia will not be used."),
    ("PLATFORM_DISCRETION", "Kalshi may decide otherwise.", "Kalshi may decide nothing; it has no discretion."),
    ("EARLY_CLOSE_ASYMMETRY", "It may immediately resolve to Yes.", "It will not immediately resolve to Yes."),
    ("SINGLE_SOURCE_NO_FALLBACK", "Found at https://a.org/x.", "What is found at https://a.org/x will not be used."),
    ("VOID_OR_POSTPONE", "It will resolve 50-50.", "It will not resolve 50-50."),
]


@pytest.mark.parametrize(("code", "said", "negated"), SILENCED, ids=[case[0] for case in SILENCED])
def test_a_finding_is_silent_where_its_sentence_turns_it_round(code: str, said: str, negated: str) -> None:
    title = RuleContext(title="Will it happen?")
    assert code in {flag.code for flag in assess(said, title).flags}
    assert code not in {flag.code for flag in assess(negated, title).flags}


@pytest.mark.parametrize(
    "text",
    [
        "Official data may also be used.",
        "In May the court may decide; on May the fourth it may not.",
        'Otherwise, this market will resolve to "No".',
        "A rumor will not qualify. A plan will not count. Nor is an intention sufficient.",
        "It might rain, it could snow, and the mayor may speak.",
    ],
)
def test_permission_the_month_of_may_and_the_default_are_no_flags(text: str) -> None:
    # Long enough for a text; the rest says nothing that a flag is about.
    padded = text + " The sun rises in the east and sets in the west, as everybody who gets up early knows well." * 2
    assert assess(padded, RuleContext(title="Will the sun rise?")).flags == ()
