"""Until when: dates that differ or have no clock, a day told by its name, an act proved after its deadline."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import regex

from endgame.domain.market import Side
from endgame.domain.rule import Severity, Span
from endgame.scoring.reading import MAX_SPANS, Day, Phrase, Reading, RiskRule, day_of
from endgame.scoring.rulebook.cases import GAME, LEAGUE, SUIT, case
from endgame.scoring.rulebook.phrases import LATE_DISCLOSURE, NEGATION

DAY_SLACK: Final = 1
"""Calendar days by which two statements of one deadline may differ: zones, and "the end of" a day."""
YEARLESS_DAYS: Final = 31
"""Days behind the end of a market within which a day without a year is one of the same year."""

# 2:10 alone can be a score or a verse.
_CLOCK = Phrase(
    r"\b\d{1,2} ?[ap]\.?m\b|\b\d{1,2}:\d\d ?[ap]\.?m\b|\b(?:[01]\d|2[0-4]):[0-5]\d\b"
    r"|\b(?:at|by|until|till|before|after|from) \d{1,2}:\d\d\b",
)

_CLOCK_WORD = Phrase(r"\bnoon\b|\bmidnight\b|\bend of (?:the )?day\b", "noon midnight end")

_ZONE_NAMES: Final = "et|est|edt|utc|gmt|pt|pst|pdt|ct|cst|cdt|mt|cet|cest|bst|ist|jst|kst|msk|sgt|hkt|aest|aedt"
_ZONE_NAME = Phrase(rf"\b(?:{_ZONE_NAMES})\b")
# Small letters are no zone: "et al.", "Mt. Everest".
_ZONE_AS_WRITTEN: Final = regex.compile(rf"\b(?:{_ZONE_NAMES.upper()})\b")

_ZONE = Phrase(
    r"\b(?:eastern|pacific|central|standard|local) time\b|\btime ?zone\b",
    "eastern pacific central standard local timezone time",
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


def event_vs_disclosure(reading: Reading) -> tuple[Span, ...] | None:
    """Places of the proof of an act that has a deadline, where nothing is said of late proof."""
    if not reading.asks(_ACT) or reading.has(LATE_DISCLOSURE):
        return None
    if not (_DEADLINE_WORD.is_in(reading.title) or reading.has(_DEADLINE_WORD)):
        return None
    return reading.spans(_PROOF, unless=NEGATION) or None


def _deadline_mismatch(reading: Reading) -> tuple[Span, ...] | None:
    titled, grouped = reading.title_days, reading.group_days
    # The short name stands in for a title that leaves the day out ("... by ...?").
    if not (asked := titled or grouped):
        return None
    last = asked[-1]
    as_asked = (reading.title if titled else reading.group_title)[last.span.start : last.span.end]
    # A text that repeats the words need not be searched for all its days.
    if as_asked not in reading.folded and reading.days and _far(last, reading.days):
        return tuple(day.span for day in reading.days[:MAX_SPANS])
    if titled and grouped and _far(grouped[-1], titled):
        return ()
    # A market that ends later than its question is only a buffer; one that ends earlier is not.
    deadline = reading.facts.deadline
    if deadline is None:
        return None
    late = last.days_after(day_of(deadline))
    if late > DAY_SLACK and last.year is None:
        years = {day.year for day in reading.days if (day.month, day.day) == (last.month, last.day) and day.year}
        if years:
            late = min(replace(last, year=year).days_after(day_of(deadline)) for year in years)
        elif late > YEARLESS_DAYS:
            return None
    return () if late > DAY_SLACK else None


def _far(day: Day, others: tuple[Day, ...]) -> bool:
    return min(abs(day.days_after(other)) for other in others) > DAY_SLACK


def _no_clock_or_zone(reading: Reading) -> tuple[Span, ...] | None:
    # Cheapest first: most texts name their zone or a time of day, and many of the others no day.
    if _names_zone(reading) or any(map(reading.has, (_CLOCK_WORD, _ZONE, _CLOCK))):
        return None
    return tuple(day.span for day in reading.days[:MAX_SPANS]) or None


def _names_zone(reading: Reading) -> bool:
    return reading.possible.holds(_ZONE_NAME) and _ZONE_AS_WRITTEN.search(reading.text) is not None


_WEEKDAY: Final = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
# A weekday beside its date ("Friday, May 3"), and one that is a name, is no relative day.
_RELATIVE_DAY = Phrase(
    rf"\b(?:by|before|until|on|this|next) (?:the end of )?{_WEEKDAY}\b(?!,? (?:\d|[a-z]{{3,9}} \d|night))"
    rf"|(?<!\b(?:super|black|good|cyber|palm|easter|ash|fat|giving) )\b{_WEEKDAY}(?= ?\?)"
    r"|(?<!\busa )\btoday(?!'s| show)\b|\btomorrow(?!'s)\b|\btonight(?!'s| show)\b"
    r"|\b(?:this|next) (?:week|weekend|month)(?!'s)\b",
    "today tomorrow tonight this next monday tuesday wednesday thursday friday saturday sunday",
    lead=22,
)


def _relative_deadline(reading: Reading) -> tuple[Span, ...] | None:
    return reading.spans(_RELATIVE_DAY) if reading.asks(_RELATIVE_DAY) else None


def _names_a_day(reading: Reading) -> bool:
    return bool(reading.days)


RULES: Final[tuple[RiskRule, ...]] = (
    RiskRule(
        code="DEADLINE_MISMATCH",
        severity=Severity.HIGH,
        why=(
            "The dates in title, short name and text are not the same, or the market ends before them: one of them "
            "will not hold."
        ),
        base_rate=0.0142,
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
            case(
                "Resolves to Yes if it happens by April 30, 2026, 11:59 PM ET.",
                title="Ceasefire by ...?",
                group_title="March 31",
            ),
            case("Resolves by the usual rules.", title="Ceasefire by March 31?", group_title="April 30, 2026"),
        ),
        silent=(
            case("Resolves to Yes by March 31, 2026, 11:59 PM ET.", title="Will it happen by March 31?"),
            case("Counts until 1 April 2026, 5:00 AM UTC.", title="By March 31?", venue_close_time=1_777_000_000_000),
            case("Resolves to Yes by April 30, 2026.", title="Will the May report be late?"),
            case("Resolves to Yes by April 30, 2026.", title="Ceasefire by ...?", group_title="April 30"),
            case("Counted from May 1 to May 8, 2026.", title="Tweets May 1-8?", group_title="280-299"),
            case("Yes by March 31, 2026.", title="By March 31?", venue_close_time=1_796_000_000_000),
            case("Resolves by the usual rules.", title="By March 31?", venue_close_time=1_796_000_000_000),
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
        unless=Phrase(r"\b(?:will|shall|does|may) not (?:\w{3,12} )?(?:immediately|resolve immediately)\b"),
        fires=(
            case('If it becomes impossible, this market will resolve immediately to "No".'),
            case('If the team is eliminated, the market may immediately resolve to "No".'),
            case('This market will immediately resolve to "Yes" once the threshold is crossed.'),
        ),
        silent=(
            case("The immediate cause is of no importance."),
            case("A vote in the first chamber will not immediately resolve this market."),
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
        only_if=(_ACT,),
        predicate=event_vs_disclosure,
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
        severity=Severity.MEDIUM,
        why="A date stands without time of day and time zone: the last hours belong to whoever reads it.",
        base_rate=0.1925,
        prior=0.0,
        motive="About one dispute in five is about where the window of dates ends.",
        predicate=_no_clock_or_zone,
        # The last hours are of no interest while they are far away.
        eased=lambda reading: not reading.facts.deadline_is_near,
        fires=(
            case("Resolves to Yes if it happens by March 31, 2026. Otherwise, No."),
            case("Yes if the film is released before 2026-05-01."),
            case("The match of 5 May decides."),
            case("Yes if Smith et al. reach the top of Mt. Everest by May 5, 2026, as in Genesis 2:10."),
        ),
        silent=(
            case(SUIT),
            case("Yes if it happens by March 31, 2026 at noon."),
            case("This market may also be used by 12 people; nobody knows when."),
            case("Yes if it happens by March 31, 2026 (ET)."),
        ),
    ),
    RiskRule(
        code="RELATIVE_DEADLINE",
        severity=Severity.MEDIUM,
        why="The deadline is a day such as Friday or today, which is another day for whoever reads it later.",
        base_rate=0.0008,
        prior=0.3,
        motive="Whether a leader had been found today, and whose today it was.",
        needs=("title",),
        only_if=(_RELATIVE_DAY,),
        predicate=_relative_deadline,
        eased=_names_a_day,
        fires=(
            case("Resolves to Yes if he leaves the race by Friday, 11:59 PM ET.", title="Out of the race by Friday?"),
            case("Resolves to Yes if the search ends with success.", title="Will the lost aircraft be found today?"),
            case(
                "Resolves by the forecast shown on August 9, 2024, at noon ET.", title="Favorite of the model Friday?"
            ),
            case("Resolves to Yes if any candle of the pair dips below $3,000.", title="Dips below $3,000 this week?"),
        ),
        silent=(
            case(
                "Resolves to Yes if it happens by Friday, May 3, 2024, 11:59 PM ET.", title="Arrested by Friday, May 3?"
            ),
            case(LEAGUE, title="Who will win Super Tuesday?"),
            case("Resolves to the guest named by the hosts.", title="Guest on the Tonight Show in June?"),
            case("Votes are counted by Friday; that has no bearing.", title="Winner of the primary on June 4, 2024?"),
        ),
    ),
)
