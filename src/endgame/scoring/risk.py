"""What a rule text risks: flags with evidence, mitigators, traits, and calibrated probabilities. Pure, deterministic.

The probability of a dispute is a logistic sum: an intercept, plus the learned weight of every finding
(`scoring/weights.json`; how they were learned and how well they hold: docs/risk.md). Three risks are kept apart: a
dispute (delay, and a vote that can go either way), a payoff that is not full (void, 50-50), and a change of the rules.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Final

import msgspec

from endgame.domain.market import Side
from endgame.domain.rule import (
    Assessment,
    Concern,
    Contribution,
    Flag,
    Rule,
    RuleContext,
    Severity,
    Span,
    Unjudged,
)
from endgame.scoring.reading import FACT_NAMES, Facts, Finding, Reading, RiskRule, Trait
from endgame.scoring.rulebook import MITIGATORS, RULEBOOK_VERSION, RULES, TRAITS
from endgame.scoring.weights import Stakes, Weights, weights

PROBABILITY_AT_HALF: Final = 0.2
"""Dispute probability that scores 0.5; p / (p + this) maps probabilities, which are small, to [0, 1]."""
CREDIT_CAP: Final = 1.0
"""Most log-odds that mitigators can take away together: an exclusion list can itself be the fight."""

_RANK: Final = {severity: rank for rank, severity in enumerate(Severity)}
_RULE_OF: Final = {rule.code: rule for rule in RULES}

_EASED: Final = {rule.code: rule.eased for rule in RULES if rule.eased is not None}
_DISPUTE_CODES: Final = frozenset(rule.code for rule in RULES if rule.concern is not Concern.PAYOFF)
_ALL: Final[tuple[Finding, ...]] = (*RULES, *MITIGATORS, *TRAITS)
_FIND: Final = tuple(finding.predicate or finding.find for finding in _ALL)
_KIND_OF: Final = (0,) * len(RULES) + (1,) * len(MITIGATORS) + (2,) * len(TRAITS)

_UNPLACED: Final = {
    finding.code: Flag(code=finding.code, severity=Severity.LOW, why=finding.why, base_rate=finding.base_rate)
    for finding in (*MITIGATORS, *TRAITS)
}

Spans = tuple[Span, ...]


class Found(msgspec.Struct, frozen=True):
    """Places of all that was found in a text, by code, and the rules that could not be applied."""

    rules: Mapping[str, Spans]
    mitigators: Mapping[str, Spans]
    traits: Mapping[str, Spans]
    not_judged: tuple[Unjudged, ...]
    eased: frozenset[str]
    """Codes of rules that are `low` here."""

    @property
    def weighed(self) -> tuple[str, ...]:
        """Codes that bear on the probability of a dispute, in the order of the rulebook."""
        return (*[code for code in self.rules if code in _DISPUTE_CODES], *self.mitigators, *self.traits)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What can be judged with the facts at hand, and which phrases make a finding worth a look."""

    always: frozenset[int]
    by_phrase: Mapping[int, frozenset[int]]
    """By the number of a phrase of the text or of what is asked."""
    by_asked_phrase: Mapping[int, frozenset[int]]
    """By the number of a phrase of what is asked alone."""
    not_judged: tuple[Unjudged, ...]


@lru_cache(maxsize=256)
def _plan(missing: frozenset[str]) -> _Plan:
    always: set[int] = set()
    by_phrase: dict[int, set[int]] = {}
    by_asked_phrase: dict[int, set[int]] = {}
    not_judged = []
    for at, finding in enumerate(_ALL):
        lacking = tuple(name for name in finding.needs if name in missing)
        if lacking:
            not_judged.append(Unjudged(finding.code, lacking))
        elif isinstance(finding, Trait) and finding.asks is not None:
            by_asked_phrase.setdefault(finding.asks.number, set()).add(at)
        elif finding.signs:
            for phrase in finding.signs:
                by_phrase.setdefault(phrase.number, set()).add(at)
        else:
            always.add(at)
    return _Plan(frozenset(always), _frozen(by_phrase), _frozen(by_asked_phrase), tuple(not_judged))


def _frozen(index: Mapping[int, set[int]]) -> dict[int, frozenset[int]]:
    return {number: frozenset(places) for number, places in index.items()}


def find(text: str, facts: Facts) -> Found:
    """Apply every rule, mitigator and trait to a text. Linear in its length; raises nothing for any text."""
    reading = Reading(text, facts)
    plan = _plan(facts.missing)
    asked = reading.possible_asked.numbers
    worth = plan.always.union(
        *[plan.by_phrase[number] for number in plan.by_phrase.keys() & (reading.possible.numbers | asked)],
        *[plan.by_asked_phrase[number] for number in plan.by_asked_phrase.keys() & asked],
    )
    found: tuple[dict[str, Spans], dict[str, Spans], dict[str, Spans]] = ({}, {}, {})
    for at in sorted(worth):
        spans = _FIND[at](reading)
        if spans is not None:
            found[_KIND_OF[at]][_ALL[at].code] = spans
    rules, mitigators, traits = found
    return Found(
        rules=rules,
        mitigators=mitigators,
        traits=traits,
        not_judged=plan.not_judged,
        eased=frozenset([code for code in rules if (eased := _EASED.get(code)) is not None and eased(reading)]),
    )


def assess(text: str, context: RuleContext) -> Assessment:
    """Judge a rule text as stored; every field of `context` may be missing.

    Flags are ordered by severity, gravest first, then code; spans are Unicode code points of `text`, sorted. What
    cannot be judged for want of a field is named in `not_judged`. Same text, context and version: same result.
    Linear in the length of the text; raises nothing for any text.
    """
    facts = Facts.of(context)
    found = find(text, facts)
    learned = weights()
    contributions = _contributions(found, learned)
    text_probability = logistic(sum([part.log_odds for part in contributions]))
    flags = [_flag(_RULE_OF[code], spans, found) for code, spans in found.rules.items()]
    flags.sort(key=lambda flag: (-_RANK[flag.severity], flag.code))
    return Assessment(
        definition_risk_score=risk_score(text_probability),
        text_dispute_probability=text_probability,
        dispute_probability=_with_stakes(found, facts, learned, text_probability),
        payoff_risk=learned.payoff_clause if "VOID_OR_POSTPONE" in found.rules else learned.payoff_base,
        text_change_risk=learned.text_changed_before
        if any(_RULE_OF[code].concern is Concern.TEXT_CHANGE for code in found.rules)
        else learned.text_change_base,
        flags=tuple(flags),
        mitigators=_plain(found.mitigators),
        traits=_plain(found.traits),
        contributions=contributions,
        bites={side.value: _bitten(flags, side) for side in Side},
        not_judged=found.not_judged,
        rulebook_version=RULEBOOK_VERSION,
    )


def judge_key(rule: Rule, context: RuleContext) -> str:
    """SHA-256 (64 hex digits) of all that a judgement depends on: text, facts that rules look at, rulebook version.

    A truncation or a settlement source known to either argument counts, so that the key is the same whether the
    context was built from the market alone or joined with the stored rule.
    """
    truncated, source = rule.truncated or context.truncated, rule.settlement_source or context.settlement_source
    if (truncated, source) != (context.truncated, context.settlement_source):
        context = replace(context, truncated=truncated, settlement_source=source)
    facts = Facts.of(context)
    parts = [RULEBOOK_VERSION, rule.rule_hash, [getattr(facts, name) for name in FACT_NAMES]]
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


def risk_score(probability: float) -> float:
    """A dispute probability as a score in [0, 1]: 0.02 is 0.09, 0.2 is 0.5; `p = 0.2 * s / (1 - s)` leads back."""
    return probability / (probability + PROBABILITY_AT_HALF)


def logistic(log_odds: float) -> float:
    """The probability in (0, 1) of given log-odds; rulebooks stay far from where `exp` overflows."""
    return 1.0 / (1.0 + math.exp(-log_odds))


@cache
def _parts() -> dict[str, Contribution]:
    """What each finding that bears on a dispute adds, by code."""
    return {code: Contribution(code, weight.log_odds) for code, weight in weights().findings.items() if weight.log_odds}


def _contributions(found: Found, learned: Weights) -> tuple[Contribution, ...]:
    known = _parts()
    parts = [Contribution("BASE", learned.base)]
    parts += [known[code] for code in found.weighed if code in known]
    credit = sum([known[code].log_odds for code in found.mitigators if code in known])
    if _over_cap(credit):
        parts.append(Contribution("CREDIT_CAP", _over_cap(credit)))
    return tuple(parts)


def _with_stakes(found: Found, facts: Facts, learned: Weights, text_probability: float) -> float:
    places = stakes_of(facts)
    if not places:
        return text_probability
    known = learned.findings
    findings = [known[code].log_odds_at_stake for code in found.weighed if code in known]
    credit = sum([known[code].log_odds_at_stake for code in found.mitigators if code in known])
    curves = [on_line(learned.stakes[name], place) for name, place in places.items()]
    return logistic(learned.base_at_stake + sum(findings) + _over_cap(credit) + sum(curves))


def _over_cap(credit: float) -> float:
    """What mitigators take away beyond the cap, to be given back; 0 below it."""
    return max(0.0, -CREDIT_CAP - credit)


def stakes_of(facts: Facts) -> dict[str, float]:
    """Where a market stands on the lines of `Weights.stakes`, by name; what is not known is left out."""
    places: dict[str, float] = {}
    if facts.volume_band is not None:
        places["volume"] = facts.volume_band
        if facts.event_volume_band is not None:
            places["event_volume"] = max(facts.event_volume_band, facts.volume_band)
            places["event_share"] = min(0, facts.volume_band - facts.event_volume_band)
    if facts.duration_band is not None:
        places["duration"] = facts.duration_band
    return places


def on_line(line: Stakes, place: float) -> float:
    """Log-odds at a place: straight between the knots, level beyond the outer ones."""
    knots, values = line.knots, line.log_odds
    if place <= knots[0]:
        return values[0]
    for left, right, low, high in zip(knots, knots[1:], values, values[1:], strict=False):
        if place <= right:
            return low + (high - low) * (place - left) / (right - left)
    return values[-1]


def _flag(rule: RiskRule, spans: Spans, found: Found) -> Flag:
    severity = Severity.LOW if rule.code in found.eased else rule.severity
    if not found.rules.keys().isdisjoint(rule.raised_by):
        severity = max(severity, Severity.HIGH, key=_RANK.__getitem__)
    return Flag(code=rule.code, severity=severity, why=rule.why, base_rate=rule.base_rate, evidence_spans=spans)


def _plain(places: Mapping[str, Spans]) -> tuple[Flag, ...]:
    """Mitigators or traits, which come in the order of the rulebook."""
    return tuple(
        [
            _UNPLACED[code] if not spans else msgspec.structs.replace(_UNPLACED[code], evidence_spans=spans)
            for code, spans in places.items()
        ]
    )


def _bitten(flags: Iterable[Flag], side: Side) -> tuple[str, ...]:
    return tuple([flag.code for flag in flags if _RULE_OF[flag.code].bites in (None, side)])
