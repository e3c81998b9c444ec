"""The rulebook on recorded markets: base rates as stated, few critical flags, nothing found only by luck."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from endgame.domain.rule import Assessment, RuleContext, Severity
from endgame.scoring.reading import Facts, Phrase, Reading
from endgame.scoring.risk import assess
from endgame.scoring.rulebook import MITIGATORS, ROOMS, RULES, TRAITS

pytestmark = pytest.mark.data

Judged = list[tuple[str, Assessment]]


def records(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def epoch_ms(text: str | None) -> int | None:
    try:
        return int(dt.datetime.fromisoformat(text or "").timestamp() * 1000)
    except ValueError:
        return None


@pytest.fixture(scope="module")
def ordinary(shared_data: Path) -> dict[str, tuple[str, RuleContext]]:
    """Text and context by condition id: open markets as the venue listed them, then question sets."""
    found: dict[str, tuple[str, RuleContext]] = {}
    for market in records(shared_data / "polymarket" / "gamma_open_2025-11_2026-02.jsonl.gz"):
        source = market.get("resolutionSource") or ""
        found[market["conditionId"].lower()] = (
            market.get("description") or "",
            RuleContext(
                title=market.get("question"),
                labels=tuple(json.loads(market.get("outcomes") or "[]"))[:2] or None,
                venue_close_time=epoch_ms(market.get("endDate")),
                game_start_time=epoch_ms((market.get("gameStartTime") or "").replace("+00", "+00:00")),
                group_title=market.get("groupItemTitle") or "",
                neg_risk=market.get("negRisk"),
                oracle_status=market.get("umaResolutionStatus"),
                oracle_history=tuple(json.loads(market.get("umaResolutionStatuses") or "[]")),
                settlement_source=source if source.startswith("http") else None,
            ),
        )
    for question in records(shared_data / "polymarket" / "forecastbench_questions.jsonl.gz"):
        found.setdefault(
            question["id"].lower(),
            (
                question.get("background") or "",
                RuleContext(
                    title=question.get("question"),
                    venue_close_time=epoch_ms(question.get("market_info_close_datetime")),
                ),
            ),
        )
    return found


@pytest.fixture(scope="module")
def judged(ordinary: dict[str, tuple[str, RuleContext]]) -> Judged:
    return [(text, assess(text, context)) for text, context in ordinary.values()]


def test_the_stated_base_rates_are_those_of_the_recorded_markets(judged: Judged) -> None:
    counts = Counter(flag.code for _, result in judged for flag in (*result.flags, *result.mitigators, *result.traits))
    measured = {entry.code: counts[entry.code] / len(judged) for entry in (*RULES, *MITIGATORS, *TRAITS)}
    stated = {entry.code: entry.base_rate for entry in (*RULES, *MITIGATORS, *TRAITS)}
    assert measured == pytest.approx(stated, abs=0.0005)


def test_fewer_than_five_in_a_hundred_ordinary_markets_carry_a_critical_flag(judged: Judged) -> None:
    critical = sum(any(flag.severity is Severity.CRITICAL for flag in result.flags) for _, result in judged)
    assert critical / len(judged) < 0.05


def test_most_ordinary_markets_score_low_and_some_score_high(judged: Judged) -> None:
    scores = sorted(result.definition_risk_score for _, result in judged)
    assert scores[len(scores) // 2] < 0.1
    assert scores[int(len(scores) * 0.99)] > 0.2


def test_spans_of_recorded_texts_quote_them(judged: Judged) -> None:
    for text, result in judged:
        for flag in (*result.flags, *result.mitigators):
            assert all(text[span.start : span.end].strip() for span in flag.evidence_spans)


def test_looking_only_around_words_misses_nothing_in_recorded_texts(
    ordinary: dict[str, tuple[str, RuleContext]],
) -> None:
    phrases = [value for room in ROOMS for value in vars(room).values() if isinstance(value, Phrase)]
    phrases += [phrase for entry in (*RULES, *MITIGATORS, *TRAITS) for phrase in entry.phrases]
    facts = Facts.of(RuleContext())
    for text in {text for text, _ in ordinary.values()}:
        reading = Reading(text, facts)
        for phrase in phrases:
            everywhere = [match.span() for match in phrase.search.finditer(reading.folded)]
            assert [tuple(span) for span in reading.spans(phrase)] == everywhere[:20], phrase.pattern


def test_disputed_markets_of_2024_score_higher_than_the_others(shared_data: Path) -> None:
    disputed = {
        event["conditionId"].lower() for event in records(shared_data / "disputes" / "uma_oov2_disputes.jsonl.gz")
    }
    scores: dict[bool, list[float]] = {True: [], False: []}
    for market in records(shared_data / "polymarket" / "gamma_closed_created2024.jsonl.gz"):
        context = RuleContext(title=market.get("question"), neg_risk=market.get("negRisk"))
        score = assess(market.get("description") or "", context).definition_risk_score
        scores[market["conditionId"].lower() in disputed].append(score)
    means = {label: sum(values) / len(values) for label, values in scores.items()}
    assert means[True] > 1.3 * means[False]
