"""Until when: dates that differ, a day without a clock, an act that is proved after its deadline."""

from __future__ import annotations

from typing import Final

from endgame.domain.market import Side
from endgame.domain.rule import Severity, Span
from endgame.scoring.reading import MAX_SPANS, Phrase, Reading, RiskRule, day_of
from endgame.scoring.rulebook.cases import GAME, LEAGUE, SUIT, case
from endgame.scoring.rulebook.phrases import LATE_DISCLOSURE, NEGATION

DAY_SLACK: Final = 1
"""Calendar days by which two statements of one deadline may differ: zones, and "the end of" a day."""

_CLOCK = Phrase(r"\b\d{1,2}(?::\d\d\b| ?[ap]\.?m\b)")

_CLOCK_WORD = Phrase(r"\bnoon\b|\bmidnight\b|\bend of (?:the )?day\b", "noon midnight end")

_ZONE_NAMES: Final = frozenset(
    b"et est edt utc gmt pt pst pdt ct cst cdt mt cet cest bst ist jst kst msk sgt hkt aest aedt".split()
)

_ZONE = Phrase(
    r"\b(?:eastern|pacific|central|standard|local) time\b|\btime ?zone\b",
    "eastern pacific central standard local timezone zone",
)

_DEADLINE_WORD = Phrase(
    r"\b(?:by|before|until|no later than|prior to|on or before) (?:the end of )?(?:(?:jan|feb|mar|apr"
    r"|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}|may|20\d\d|\d{1,2}|eoy|year|month|friday|sunday|monday"
    r"|tomorrow|q[1-4])\b|\bbetween (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6} \d",
    "by before until no prior on between",
)

# Acts done behind closed doors: the world learns of them from whoever did them.
_ACT = Phrase(
    r"\b(?:sells?|sold|selling|buys?|bought|purchas\w{1,3}|acquir\w{1,3}|holds?|raises?|spends?"
    r"|transfers?|lays? off|invests?|repurchas\w{1,3}|divests?|donates?|borrows?|liquidat\w{1,3})\b",
    "sell sells sold selling buy buys bought purchase purchases purchased purchasing acquire "
    "acquires acquired acquiring hold holds raise raises spend spends transfer transfers lay lays "
    "invest invests repurchase divest divests donate donates borrow borrows liquidate liquidates",
)

_PROOF = Phrase(
    r"\b(?:filings?|disclosures?)\b|\b8-?k\b|\b10-?[kq]\b|\b13-?[fdg]\b|\bdisclos(?:e|es|ed)\b"
    r"|\bpress releases?\b|\b(?:quarterly|annual|earnings|monthly) reports?\b|\b(?:announcements?"
    r"|statements?|information) (?:by|from) \w|\bdata releases?\b",
    "filing filings disclosure disclosed disclose discloses 8 8k 10 10k 10q 13 13f 13d 13g press "
    "quarterly annual earnings monthly announcement statement statements information data",
)


def _event_vs_disclosure(reading: Reading) -> tuple[Span, ...] | None:
    if not reading.asks(_ACT) or reading.has(LATE_DISCLOSURE):
        return None
    if not (_DEADLINE_WORD.is_in(reading.title) or reading.has(_DEADLINE_WORD)):
        return None
    return reading.spans(_PROOF, unless=NEGATION) or None


def _deadline_mismatch(reading: Reading) -> tuple[Span, ...] | None:
    asked = reading.title_days
    if not asked:
        return None
    last = asked[-1]
    early = reading.facts.deadline is not None and last.days_after(day_of(reading.facts.deadline)) > DAY_SLACK
    if reading.title[last.span.start : last.span.end] in reading.folded:
        return () if early else None
    written = reading.days
    if written and min(abs(last.days_after(day)) for day in written) > DAY_SLACK:
        return tuple(day.span for day in written[:MAX_SPANS])
    # A market that ends later than its question is only a buffer; one that ends earlier is not.
    return () if early else None


def _no_clock_or_zone(reading: Reading) -> tuple[Span, ...] | None:
    if not _ZONE_NAMES.isdisjoint(reading.word_starts) or any(map(reading.has, (_ZONE, _CLOCK_WORD, _CLOCK))):
        return None
    return tuple(day.span for day in reading.days[:MAX_SPANS]) or None


RULES: Final[tuple[RiskRule, ...]] = (
    RiskRule(
        code="DEADLINE_MISMATCH",
        severity=Severity.HIGH,
        why=(
            "The date in the title is not the one in the text, or the market ends before it: one of them will not hold."
        ),
        base_rate=0.0167,
        prior=0.7,
        motive="Grouped deadline markets whose title, text and end date named different days.",
        needs=("title",),
        predicate=_deadline_mismatch,
        fires=(
            case("Resolves to Yes if it happens by April 30, 2026, 11:59 PM ET.", title="Will it happen by March 31?"),
            case("Yes if they meet before 2026-07-15.", title="Meeting before June 1, 2026?"),
            case(
                "Resolves by the usual rules.", title="Ceasefire by May 31, 2026?", venue_close_time=1_777_000_000_000
            ),
        ),
        silent=(
            case("Resolves to Yes by March 31, 2026, 11:59 PM ET.", title="Will it happen by March 31?"),
            case("Counts until 1 April 2026, 5:00 AM UTC.", title="By March 31?", venue_close_time=1_777_000_000_000),
            case("Resolves to Yes by April 30, 2026.", title="Will the May report be late?"),
        ),
    ),
    RiskRule(
        code="EARLY_CLOSE_ASYMMETRY",
        severity=Severity.LOW,
        why="One side can settle at any moment, the other only at the deadline.",
        base_rate=0.1498,
        bites=Side.NO,
        prior=0.0,
        motive="Deadline markets where No can only win by waiting, while Yes can come at any hour.",
        phrases=(
            Phrase(r"\bimmediately resolve\b|\bresolves? immediately\b|\bmay immediately\b", "immediately", lead=14),
        ),
        fires=(
            case('If it becomes impossible, this market will resolve immediately to "No".'),
            case('If the team is eliminated, the market may immediately resolve to "No".'),
            case('This market will immediately resolve to "Yes" once the threshold is crossed.'),
        ),
        silent=(
            case("The immediate cause is of no importance."),
            case(GAME),
            case(LEAGUE),
        ),
    ),
    RiskRule(
        code="EVENT_VS_DISCLOSURE_CLOCK",
        severity=Severity.HIGH,
        why=(
            "The act has a deadline but is proved by a filing or report that can come after it, and "
            "the text does not say whether late proof counts."
        ),
        base_rate=0.0025,
        bites=Side.YES,
        prior=0.7,
        motive="A company sold coins in the last days of May and filed it on 1 June: Yes fell from 81 to under 1 cent.",
        predicate=_event_vs_disclosure,
        fires=(
            case(
                "Resolves to Yes if Strategy sells any Bitcoin by May 31, 2026, 11:59 PM ET. The primary "
                "resolution source will be SEC filings and official announcements by the company.",
                title="Strategy sells Bitcoin by May 31?",
            ),
            case(
                "This market resolves to Yes if the fund buys shares before June 30, 2026, as shown by its 13F filing."
            ),
            case("Yes if Tesla acquires the firm by December 31, 2026. Source: company disclosures."),
        ),
        silent=(
            case(
                "Resolves to Yes if the company sells any Bitcoin by May 31, 2026, regardless of when the "
                "sale is announced in filings.",
            ),
            case("This market resolves by the CPI report of the BLS for March 2026.", title="CPI in March?"),
            case("Yes if the company sells any coins. Press releases alone will not count; trades by May 31, 2026 do."),
        ),
    ),
    RiskRule(
        code="NO_CLOCK_OR_ZONE",
        # Medium within two days of the deadline in the taxonomy; a judgement is made once and knows no clock.
        severity=Severity.LOW,
        why="A date stands without time of day and time zone: the last hours belong to whoever reads it.",
        base_rate=0.1925,
        prior=0.0,
        motive="About one dispute in five is about where the window of dates ends.",
        predicate=_no_clock_or_zone,
        fires=(
            case("Resolves to Yes if it happens by March 31, 2026. Otherwise, No."),
            case("Yes if the film is released before 2026-05-01."),
            case("The match of 5 May decides."),
        ),
        silent=(
            case(SUIT),
            case("Yes if it happens by March 31, 2026 at noon."),
            case("This market may also be used by 12 people; nobody knows when."),
        ),
    ),
)
