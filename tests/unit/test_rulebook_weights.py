"""The weights that ship: of this rulebook, of the right sign, and as good as their counts."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from endgame.domain.rule import Concern, RuleContext
from endgame.scoring.reading import Finding, fold
from endgame.scoring.risk import assess, logistic, on_line
from endgame.scoring.rulebook import MITIGATORS, RULEBOOK_VERSION, RULES, TRAITS
from endgame.scoring.weights import Stakes, Weights, weights
from famous_markets import FAMOUS, QUIET

WEIGHED: list[Finding] = [*(rule for rule in RULES if rule.concern is not Concern.PAYOFF), *MITIGATORS, *TRAITS]
COMMONEST = 'Otherwise, this market will resolve to "No".'
BOILERPLATE = (
    COMMONEST,
    "Otherwise, this market will resolve to \u201cNo\u201d.",
    'This market will resolve to "Yes" according to the following.',
)


def test_they_were_learned_with_this_rulebook() -> None:
    assert weights().rulebook_version == RULEBOOK_VERSION


def test_exactly_what_bears_on_a_dispute_has_a_weight() -> None:
    assert set(weights().findings) == {finding.code for finding in WEIGHED}
    assert "VOID_OR_POSTPONE" not in weights().findings


def test_a_flag_never_calms_and_a_mitigator_never_alarms() -> None:
    for rule in RULES:
        if rule.concern is not Concern.PAYOFF:
            learned = weights().findings[rule.code]
            assert min(learned.log_odds, learned.log_odds_at_stake) >= 0, rule.code
    for mitigator in MITIGATORS:
        learned = weights().findings[mitigator.code]
        assert max(learned.log_odds, learned.log_odds_at_stake) <= 0, mitigator.code


def test_wording_found_in_more_than_a_quarter_of_texts_weighs_nothing() -> None:
    common = [finding.code for finding in WEIGHED if finding.phrases and finding.base_rate > 0.25]
    assert "DEADLINE_DEFAULT" in common, "the sentence that stands in most texts"
    for code in common:
        learned = weights().findings[code]
        assert (learned.log_odds, learned.log_odds_at_stake) == (0, 0), code


def test_a_finding_that_no_labelled_market_carries_has_the_prior_of_its_literal() -> None:
    unseen = [finding for finding in WEIGHED if weights().findings[finding.code].markets == 0]
    assert "ACTIVE_DISPUTE" in {finding.code for finding in unseen}, "it is known after the label only"
    for finding in unseen:
        learned = weights().findings[finding.code]
        assert learned.log_odds == pytest.approx(finding.prior, abs=0.001), finding.code
        assert learned.log_odds_at_stake == pytest.approx(finding.prior, abs=0.001), finding.code
        assert (learned.lift, learned.lift_low, learned.lift_high) == (None, None, None)


@pytest.mark.parametrize("finding", WEIGHED, ids=lambda finding: finding.code)
def test_counts_and_intervals_hang_together(finding: Finding) -> None:
    learned = weights().findings[finding.code]
    assert 0 <= learned.disputed <= learned.markets
    assert (learned.events == 0) == (learned.markets == 0)
    assert learned.events <= learned.markets
    if learned.lift is not None:
        assert learned.markets > 0
        assert (learned.lift == 0) == (learned.disputed == 0)
    if learned.lift_low is not None and learned.lift_high is not None:
        assert 0 <= learned.lift_low <= learned.lift_high


@pytest.mark.parametrize("finding", WEIGHED, ids=lambda finding: finding.code)
def test_a_weight_stays_near_its_prior_where_few_markets_are_known(finding: Finding) -> None:
    learned = weights().findings[finding.code]
    if learned.markets < 30:
        assert abs(learned.log_odds - finding.prior) < 0.45, "one standard deviation of the prior"
    assert abs(learned.log_odds) <= max(1.5, finding.prior), "nothing that was learned outshouts all the rest"


def test_probabilities_outside_the_sum_are_small_and_ordered() -> None:
    learned = weights()
    assert 0 < learned.payoff_base < learned.payoff_clause < 0.05
    assert 0 < learned.text_change_base < learned.text_changed_before < 0.5
    assert 0.002 < logistic(learned.base) < 0.05


@pytest.mark.parametrize("name", ["volume", "event_volume", "event_share", "duration"])
def test_a_line_is_straight_between_its_knots_and_level_beyond(name: str) -> None:
    line = weights().stakes[name]
    assert len(line.knots) == len(line.log_odds)
    assert list(line.knots) == sorted(set(line.knots))
    for knot, value in zip(line.knots, line.log_odds, strict=True):
        assert on_line(line, knot) == pytest.approx(value)
    for (left, right), (low, high) in zip(pairwise(line.knots), pairwise(line.log_odds), strict=True):
        assert on_line(line, (left + right) / 2) == pytest.approx((low + high) / 2)
    assert on_line(line, -1e9) == line.log_odds[0]
    assert on_line(line, 1e9) == line.log_odds[-1]


def test_no_other_line_is_known() -> None:
    assert set(weights().stakes) == {"volume", "event_volume", "event_share", "duration"}
    assert on_line(Stakes((0.0, 2.0), (1.0, 3.0)), 0.5) == pytest.approx(1.5)


@pytest.mark.parametrize("sentence", BOILERPLATE)
def test_a_sentence_that_stands_in_most_texts_adds_nothing(sentence: str) -> None:
    texts = [(case.text, case.context) for case in FAMOUS]
    texts += [(case.text, RuleContext(title=case.title)) for case in QUIET]
    tried = 0
    for text, context in texts:
        before, after = assess(text, context), assess(f"{text}\n\n{sentence}", context)
        # A text so short that it counts as none is another matter: there the sentence is half of it.
        if "NO_RULES" not in {flag.code for flag in before.flags}:
            assert after.contributions == before.contributions, context.title
            assert after.definition_risk_score == before.definition_risk_score, context.title
            tried += 1
    assert tried > len(texts) / 2


@pytest.mark.data
def test_it_is_the_commonest_sentence_of_recorded_texts(shared_data: Path) -> None:
    sentences: Counter[str] = Counter()
    with gzip.open(shared_data / "polymarket" / "gamma_open_2025-11_2026-02.jsonl.gz", "rt", encoding="utf-8") as lines:
        for market in map(json.loads, lines):
            parts = re.split(r"(?<=[.!?])\s+|\n+", fold(market.get("description") or ""))
            sentences.update({part.strip() for part in parts if part.strip()})
    assert sentences.most_common(1)[0][0] == fold(COMMONEST)


def test_a_file_that_was_edited_by_hand_is_refused() -> None:
    good = msgspec.json.encode(weights())
    assert msgspec.json.decode(good, type=Weights) == weights()
    for bad in (
        b"{}",
        good.replace(b'"base":', b'"bass":', 1),
        good.replace(b'"findings":{', b'"findings":{"X":1,', 1),
    ):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(bad, type=Weights)
