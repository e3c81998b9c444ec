"""Famous disputes get at least the severity of their cause; ordinary markets get no grave flag."""

from __future__ import annotations

from statistics import median, quantiles

import pytest

from endgame.domain.rule import RuleContext, Severity, TextChange
from endgame.scoring.risk import assess
from endgame.scoring.rulebook import RULES
from famous_markets import FAMOUS, QUIET, Famous, Quiet

RANK = list(Severity)
NAMED = [
    "suit",
    "minerals",
    "tiktok",
    "djt",
    "titan",
    "eth etf",
    "venezuela election",
    "venezuela invasion",
    "venezuela leader",
    "shutdown",
    "strategy",
    "isw",
]


@pytest.mark.parametrize("case", FAMOUS, ids=lambda case: case.name)
def test_a_famous_dispute_gets_at_least_the_severity_of_its_cause(case: Famous) -> None:
    found = {flag.code: flag.severity for flag in assess(case.text, case.context).flags}
    assert case.code in found
    assert RANK.index(found[case.code]) >= RANK.index(case.least)


@pytest.mark.parametrize("case", [case for case in FAMOUS if case.least is Severity.HIGH], ids=lambda case: case.name)
def test_a_grave_cause_in_the_wording_is_quoted_or_said_to_be_missing(case: Famous) -> None:
    flag = next(flag for flag in assess(case.text, case.context).flags if flag.code == case.code)
    quotes = [case.text[span.start : span.end] for span in flag.evidence_spans]
    assert all(quotes)
    assert quotes or "not" in flag.why or case.facts != RuleContext()


@pytest.mark.parametrize("case", QUIET, ids=lambda case: case.title)
@pytest.mark.parametrize("near", [False, True], ids=["far", "near"])
def test_a_quiet_market_has_no_grave_flag(case: Quiet, near: bool) -> None:
    context = RuleContext(
        title=case.title,
        neg_risk=False,
        oracle_status="proposed",
        oracle_history=("proposed",),
        family_disputed=False,
        volume_usd=25e6,
        text_change=TextChange.NEVER,
        deadline_is_near=near,
    )
    result = assess(case.text, context)
    assert [flag for flag in result.flags if flag.severity in {Severity.HIGH, Severity.CRITICAL}] == []
    # Every flag has been judged, so that a market is not quiet for want of facts.
    assert {entry.code for entry in result.not_judged}.isdisjoint(rule.code for rule in RULES)


def test_there_are_as_many_quiet_markets_as_disputes_and_every_named_dispute_is_there() -> None:
    assert len(QUIET) >= len(FAMOUS)
    assert set(NAMED) <= {case.name for case in FAMOUS}
    assert len({case.name for case in FAMOUS}) == len(FAMOUS)
    assert len({case.title for case in QUIET}) == len(QUIET)


def scores() -> tuple[dict[str, float], dict[str, float]]:
    """Of famous disputes and of quiet markets; the latter have told everything that a score can look at."""
    famous = {case.name: assess(case.text, case.context).definition_risk_score for case in FAMOUS}
    quiet = {
        case.title: assess(case.text, RuleContext(title=case.title, neg_risk=False)).definition_risk_score
        for case in QUIET
    }
    return famous, quiet


def test_famous_disputes_score_well_above_quiet_markets() -> None:
    famous, quiet = scores()
    _, _, upper = quantiles(quiet.values(), n=4)
    # Measured when the weights were learned: 0.22 against 0.07. A probability is small even where a dispute is likely
    # as such things go, so that the gap is one of factors.
    assert median(famous.values()) > 2 * upper
    assert median(famous.values()) > 3 * median(quiet.values())


def test_most_famous_disputes_score_above_most_quiet_markets() -> None:
    famous, quiet = scores()
    _, _, upper = quantiles(quiet.values(), n=4)
    # Not all: two games that were fought over for one unlucky word are calm as games go, and their flags say the rest.
    low = {name for name, score in famous.items() if score <= upper}
    assert len(low) <= len(famous) / 10, low


def test_quiet_markets_stay_low() -> None:
    _, quiet = scores()
    assert {title: score for title, score in quiet.items() if score >= 0.25} == {}
    assert median(quiet.values()) < 0.1
