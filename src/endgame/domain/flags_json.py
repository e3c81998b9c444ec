"""Flags, and a whole judgement, as plain data: the one shape in which they are stored and sent.

A flag is `{"code", "severity", "why", "base_rate", "evidence_spans": [{"start", "end"}]}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from endgame.domain.market import Side
from endgame.domain.rule import Assessment, Flag, Severity, Span


def flags_of(items: Iterable[Mapping[str, Any]]) -> tuple[Flag, ...]:
    """The flags of plain data made by `flag_fields`."""
    return tuple(
        Flag(
            code=item["code"],
            severity=Severity(item["severity"]),
            why=item["why"],
            base_rate=item["base_rate"],
            evidence_spans=tuple(Span(span["start"], span["end"]) for span in item["evidence_spans"]),
        )
        for item in items
    )


def flag_fields(flag: Flag) -> dict[str, Any]:
    """One flag as plain data with exactly the keys of the contract."""
    return {
        "code": flag.code,
        "severity": flag.severity.value,
        "why": flag.why,
        "base_rate": flag.base_rate,
        "evidence_spans": [{"start": span.start, "end": span.end} for span in flag.evidence_spans],
    }


def assessment_fields(found: Assessment) -> dict[str, Any]:
    """A judgement as plain data with the keys of the contract; `bites` names both sides, whether or not any bites."""
    return {
        "definition_risk_score": found.definition_risk_score,
        "text_dispute_probability": found.text_dispute_probability,
        "dispute_probability": found.dispute_probability,
        "payoff_risk": found.payoff_risk,
        "text_change_risk": found.text_change_risk,
        "risk_flags": [flag_fields(flag) for flag in found.flags],
        "mitigators": [flag_fields(flag) for flag in found.mitigators],
        "traits": [flag_fields(flag) for flag in found.traits],
        "contributions": [{"code": one.code, "log_odds": one.log_odds} for one in found.contributions],
        "bites": {side.value: list(found.bites.get(side.value, ())) for side in Side},
        "not_judged": [{"code": one.code, "missing": list(one.missing)} for one in found.not_judged],
        "rulebook_version": found.rulebook_version,
    }
