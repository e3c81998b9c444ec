"""What a rule text risks: flags with evidence, mitigators and one score. Pure and deterministic."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Final

from endgame.domain.rule import Assessment, Flag, Rule, RuleContext, Severity
from endgame.scoring.reading import Facts, Reading, RiskRule
from endgame.scoring.rulebook import MITIGATORS, RULEBOOK_VERSION, RULES

CREDIT_CAP: Final = 0.5
"""Most of a weight that mitigators can take away together: an exclusion list can itself be the fight."""

_RANK: Final = {severity: rank for rank, severity in enumerate(Severity)}


def assess(text: str, context: RuleContext) -> Assessment:
    """Judge a rule text as stored; every field of `context` may be missing.

    Flags are ordered by severity, gravest first, then code; spans are Unicode code points of `text`, sorted.
    The score is 1 - prod(1 - w_i * (1 - credit_i)), in [0, 1]. Same text, context and version: same result.
    Linear in the length of the text; raises nothing for any text.
    """
    reading = Reading(text, Facts.of(context))
    mitigators = []
    credit_of: dict[str, float] = {}
    for mitigator in MITIGATORS:
        spans = mitigator.find(reading)
        if spans is not None:
            credit_of[mitigator.code] = mitigator.credit
            mitigators.append(
                Flag(
                    code=mitigator.code,
                    severity=Severity.LOW,
                    why=mitigator.why,
                    base_rate=mitigator.base_rate,
                    evidence_spans=spans,
                )
            )
    found = [(rule, spans) for rule in RULES if (spans := rule.find(reading)) is not None]
    codes = frozenset(rule.code for rule, _ in found)
    flags = []
    survival = 1.0
    for rule, spans in found:
        raised = not codes.isdisjoint(rule.raised_by)
        flags.append(
            Flag(
                code=rule.code,
                severity=max(rule.severity, Severity.HIGH, key=_RANK.__getitem__) if raised else rule.severity,
                why=rule.why,
                base_rate=rule.base_rate,
                evidence_spans=spans,
            )
        )
        survival *= 1.0 - _weight(rule, raised=raised, credit_of=credit_of)
    flags.sort(key=lambda flag: (-_RANK[flag.severity], flag.code))
    mitigators.sort(key=lambda flag: flag.code)
    return Assessment(
        definition_risk_score=min(1.0, max(0.0, 1.0 - survival)),
        flags=tuple(flags),
        mitigators=tuple(mitigators),
        rulebook_version=RULEBOOK_VERSION,
    )


def judge_key(rule: Rule, context: RuleContext) -> str:
    """SHA-256 (64 hex digits) of all that a judgement depends on: text, facts that rules look at, rulebook version.

    A truncation or a settlement source known to either argument counts, so that the key is the same whether the
    context was built from the market alone or joined with the stored rule.
    """
    facts = Facts.of(
        dataclasses.replace(
            context,
            truncated=rule.truncated or context.truncated,
            settlement_source=rule.settlement_source or context.settlement_source,
        )
    )
    parts = [RULEBOOK_VERSION, rule.rule_hash, dataclasses.astuple(facts)]
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


def _weight(rule: RiskRule, *, raised: bool, credit_of: dict[str, float]) -> float:
    weight = rule.raised_weight if raised and rule.raised_weight is not None else rule.weight
    credit = sum(credit_of.get(code, 0.0) for code in rule.mitigated_by)
    return weight * (1.0 - min(CREDIT_CAP, credit))
