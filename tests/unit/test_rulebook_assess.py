"""Judgements of whole texts: famous disputes, quiet controls, score, order, key."""

from __future__ import annotations

from dataclasses import replace

import pytest

from endgame.domain.flags_json import flags_to_json
from endgame.domain.rule import Assessment, Rule, RuleContext, Severity
from endgame.scoring.risk import assess, judge_key
from endgame.scoring.rulebook import RULEBOOK_VERSION

RANK = list(Severity)
CONSENSUS = " The resolution source will be a consensus of credible reporting."


def worst(result: Assessment) -> Severity | None:
    return max((flag.severity for flag in result.flags), key=RANK.index, default=None)


def codes(result: Assessment) -> set[str]:
    return {flag.code for flag in result.flags}


# Own paraphrases of markets that went to a vote: (case, title, text, flag expected, its least severity).
FAMOUS = [
    (
        "suit",
        "Will the president of Ukraine wear a suit before July?",
        'Resolves to "Yes" if he is photographed or filmed wearing a suit between May 22 and June 30, '
        "2025, 11:59 PM ET. "
        'Otherwise, this market resolves to "No".' + CONSENSUS,
        "UNDEFINED_KEY_TERM",
        Severity.HIGH,
    ),
    (
        "minerals",
        "Ukraine agrees to mineral deal by March 31?",
        'Resolves to "Yes" if Ukraine and the United States reach an agreement on rare earths by March 31, 2025, '
        '11:59 PM ET. Otherwise "No".' + CONSENSUS,
        "UNDEFINED_KEY_TERM",
        Severity.HIGH,
    ),
    (
        "tiktok",
        "TikTok banned in the US before May 2025?",
        'Resolves to "Yes" if TikTok is banned in the United States by April 30, 2025, 11:59 PM ET.' + CONSENSUS,
        "OFFICIAL_ACT_STAGES",
        Severity.MEDIUM,
    ),
    (
        "djt",
        "Was Barron involved in the token?",
        (
            'Resolves to "Yes" if the preponderance of evidence suggests that he was involved in creating the token. '
            "Sources are on-chain data and credible reporting."
        ),
        "EVIDENCE_STANDARD",
        Severity.HIGH,
    ),
    (
        "titan",
        "Missing submersible found by June 23?",
        "Resolves to Yes if the submersible is found by June 23, 2023, 11:59 PM ET; it is open what pieces of it are.",
        "UNDEFINED_KEY_TERM",
        Severity.HIGH,
    ),
    (
        "eth etf",
        "Ethereum ETF approved by May 31?",
        (
            "Resolves to Yes if the SEC approves any spot Ethereum ETF by May 31, 2024, 11:59 PM ET. The "
            "primary resolution "
            "source is official information from the SEC; a consensus of credible reporting will also be used."
        ),
        "OFFICIAL_ACT_STAGES",
        Severity.MEDIUM,
    ),
    (
        "venezuela election",
        "Will Maduro win the Venezuelan election?",
        (
            "Resolves to the winner of the election of July 28, 2024. The primary resolution source is "
            "official information "
            "from the National Electoral Council (CNE), however a consensus of credible reporting will also be used."
        ),
        "SOURCE_CONFLICT",
        Severity.HIGH,
    ),
    (
        "venezuela invasion",
        "US invades Venezuela by January 31?",
        "Resolves to Yes if the US commences a military offensive intended to establish control over any portion of "
        "Venezuela by January 31, 2026, 11:59 PM ET." + CONSENSUS,
        "INTENT_OR_CONTROL",
        Severity.HIGH,
    ),
    (
        "venezuela leader",
        "Venezuela leader at the end of 2026?",
        "Resolves to the person who officially holds the powers of the presidency on December 31, 2026, 11:59 PM ET.",
        "INTENT_OR_CONTROL",
        Severity.HIGH,
    ),
    (
        "shutdown",
        "Government shutdown over by November 12?",
        "Resolves to Yes if OPM officially announces by November 12, 2025, 11:59 PM ET, that the government reopens.",
        "ANNOUNCEMENT_TRIGGER",
        Severity.MEDIUM,
    ),
    (
        "strategy",
        "Strategy sells any Bitcoin by May 31?",
        (
            "Resolves to Yes if Strategy sells any of its Bitcoin by May 31, 2026, 11:59 PM ET. The "
            "resolution source is "
            "information from the company, its SEC filings and on-chain data."
        ),
        "EVENT_VS_DISCLOSURE_CLOCK",
        Severity.HIGH,
    ),
    (
        "isw",
        "Will Russia capture Myrnohrad by November 15?",
        (
            "Resolves to Yes if the railway station is shaded red on the interactive map of the Institute "
            "for the Study of "
            "War by November 15, 2025, 11:59 PM ET."
        ),
        "TAMPERABLE_SOURCE",
        Severity.HIGH,
    ),
    (
        "supreme leader",
        "Supreme Leader out by March 31?",
        "Resolves to Yes if he is no longer Supreme Leader on March 31, 2026, 11:59 PM ET." + CONSENSUS,
        "DEATH_OR_EXIT_CARVEOUT",
        Severity.HIGH,
    ),
    (
        "viewership",
        "How many people watch the Oscars?",
        "Resolves to the number of viewers of the ceremony of March 2, 2025, as reported by Nielsen, 11:59 PM ET.",
        "REVISION_RISK",
        Severity.MEDIUM,
    ),
]

QUIET = [
    (
        "Fed decreases rates by 25 bps after the March 2026 meeting?",
        (
            "This market resolves to the change in basis points of the upper bound of the target federal "
            "funds rate after the "
            "FOMC meeting of March 17-18, 2026, 11:59 PM ET, rounded up to the nearest 25. The resolution "
            "source is the "
            "statement of the FOMC (https://www.federalreserve.gov/); a consensus of credible reporting may "
            "also be used."
        ),
    ),
    (
        "Will Arsenal win the 2025-26 English Premier League?",
        (
            'This market resolves to "Yes" if Arsenal wins the 2025-26 English Premier League. Otherwise, '
            '"No". If the league '
            "is cancelled or not completed by October 1, 2026, 11:59 PM ET, this market resolves to "
            '"Other". The primary '
            "resolution source is official information from the league; a consensus of credible reporting "
            "may also be used."
        ),
    ),
    (
        "Will US CPI rise by 0.3% in March?",
        (
            "This market resolves by the monthly change of the CPI-U, seasonally adjusted, as published by "
            "the Bureau of Labor "
            "Statistics for March 2026, to one decimal. Revisions made after the release will not be "
            "considered. If no data "
            "is published by May 31, 2026, 11:59 PM ET, this market resolves to No. Source: "
            "https://www.bls.gov/; another "
            "credible source is used if it is unavailable."
        ),
    ),
    (
        "Bucks vs. Raptors",
        (
            "In the upcoming NBA game, scheduled for November 4 at 7:30PM ET:\nIf the Bucks win, the market "
            "will resolve to "
            '"Bucks".\nIf the Raptors win, the market will resolve to "Raptors".\nIf the game is postponed, '
            "this market will "
            "remain open until the game has been completed.\nIf the game is canceled entirely, with no "
            "make-up game, this "
            "market will resolve 50-50."
        ),
    ),
    (
        "Spread: Casa Pia AC (-2.5)",
        (
            'This market will resolve to "Casa Pia AC" if Casa Pia AC win the game by 3 or more '
            "goals.\n\nOtherwise, this "
            'market will resolve to "CD Nacional".\n\nIf the game is canceled entirely, this market will '
            "resolve 50\u201350."
        ),
    ),
    (
        "Highest temperature in London on May 5?",
        (
            "This market resolves to the range that contains the highest temperature in degrees Celsius "
            "recorded at the "
            "station on May 5, 2026 (local time), in whole degrees. Source: https://www.wunderground.com/; if it is "
            "unavailable, another credible source may also be used. Revisions after that will not be considered."
        ),
    ),
    (
        "Will Inter win on 2026-02-28?",
        (
            'In the upcoming game, scheduled for February 28, 2026: if Inter wins, this market will resolve to "Yes". '
            'Otherwise, this market will resolve to "No". If the game is postponed, this market will remain open.'
        ),
    ),
    (
        "Will the film win Best Picture?",
        (
            "This market resolves according to the film that wins Best Picture at the 2026 ceremony. In "
            "case of a tie it "
            "resolves in favor of the title that comes first in alphabetical order. The resolution source "
            "is the broadcast "
            "of the ceremony; a consensus of credible reporting may also be used. Deadline: April 30, 2026, "
            "11:59 PM ET."
        ),
    ),
]


@pytest.mark.parametrize(("title", "text", "code", "least"), [case[1:] for case in FAMOUS], ids=[c[0] for c in FAMOUS])
def test_a_famous_dispute_gets_at_least_the_severity_of_its_cause(
    title: str, text: str, code: str, least: Severity
) -> None:
    result = assess(text, RuleContext(title=title))
    found = {flag.code: flag.severity for flag in result.flags}
    assert RANK.index(found[code]) >= RANK.index(least)
    assert result.definition_risk_score > 0


@pytest.mark.parametrize(("title", "text"), QUIET, ids=[case[0] for case in QUIET])
def test_a_quiet_market_stays_low(title: str, text: str) -> None:
    result = assess(text, RuleContext(title=title, neg_risk=False))
    assert worst(result) in (None, Severity.LOW, Severity.MEDIUM)
    assert result.definition_risk_score < 0.1


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
