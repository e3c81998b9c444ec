"""Wording that takes doubt away."""

from __future__ import annotations

from typing import Final

from endgame.scoring.reading import Mitigator, Phrase
from endgame.scoring.rulebook.cases import case
from endgame.scoring.rulebook.phrases import (
    ANY_OR_ALL,
    AT_LEAST_OR_FULL,
    DEFINITION,
    EXCLUSION,
    LATE_DISCLOSURE,
    REVISION_CLAUSE,
)

_TIE_RULE = Phrase(
    r"\balphabetical\b|\b(?:higher|lower|greater|upper) (?:bracket|range|bucket|option)\b|\bexactly between\b"
    r"|\btie-?break",
    "alphabetical higher lower greater upper exactly tie tiebreak tiebreaker",
)

_TIE_CASE = Phrase(
    r"\b(?:in (?:the )?(?:case|event) of|ends? in|there is) an? (?:exact )?(?:tie|draw)\b",
    "tie draw",
    lead=40,
)

_PERSISTENCE = Phrase(
    r"\b(?:must|has to|needs to) (?:persist|remain)\b|\bpersists? (?:through|until|for)\b"
    r"|\bnext (?:full |finali[sz]ed )?(?:\w{2,12} )?(?:daily )?update\b"
    r"|\bwill remain open until …back online",
    "persist persists remain next",
    lead=12,
)

MITIGATORS: Final[tuple[Mitigator, ...]] = (
    Mitigator(
        code="ANY_OR_ALL",
        why="The text says whether a part is enough.",
        base_rate=0.118,
        prior=-0.2,
        phrases=(ANY_OR_ALL, AT_LEAST_OR_FULL),
        fires=(case("over any portion of the island"), case("at least one of them"), case("the entire city")),
        silent=(case("anybody can win"), case("a part of the game"), case("")),
    ),
    Mitigator(
        code="DEADLINE_DEFAULT",
        why="The text says what happens when nothing happens until the deadline.",
        base_rate=0.5607,
        prior=0.0,
        phrases=(
            Phrase(r"\botherwise,? …\bresolves? (?:to |in favou?r of )?\"?(?:no|yes|other)\b", "otherwise"),
            Phrase(r"\bif (?:no|none|neither)\b …\b(?:by|before|until)\b", "if"),
        ),
        fires=(
            case('Otherwise, this market will resolve to "No".'),
            case("If no winner is declared by April 30, 2026, this market will resolve to Other."),
            case("Otherwise it resolves to No"),
        ),
        silent=(case("It was otherwise a quiet day."), case("if at all"), case("")),
    ),
    Mitigator(
        code="EXACT_READING",
        why="The text says which reading of a data feed counts: which candle, which page, at which time.",
        base_rate=0.0787,
        prior=-0.3,
        phrases=(
            Phrase(
                r"\bcandles?\b|\b(?:high|low|close|closing|open) prices?\b|\bchecked (?:on|at)\b"
                r"|\bgraph data\b",
                "candle candles high low close closing open checked graph",
            ),
        ),
        fires=(
            case("any Binance 1-minute candle with a final High price of $100,000"),
            case("the closing price of the day"),
            case("when the page is checked on March 5, 12:00 PM ET"),
        ),
        silent=(case("a candlelit dinner"), case("high hopes"), case("")),
    ),
    Mitigator(
        code="EXAMPLES",
        why="The text gives examples.",
        base_rate=0.272,
        prior=0.0,
        phrases=(
            Phrase(r"\be\.g\.", "e"),
            Phrase(r"\bfor example\b|\bsuch as\b|\bexamples? (?:of|include)", "example examples such", lead=6),
        ),
        fires=(case("for example a drone"), case("(e.g. a ship)"), case("acts such as shelling")),
        silent=(case("an exemplary life"), case("such a pity"), case("")),
    ),
    Mitigator(
        code="EXCLUSIONS",
        why="The text says what does not count.",
        base_rate=0.1908,
        prior=-0.2,
        phrases=(EXCLUSION,),
        fires=(case("rumors will not qualify"), case("that doesn't count"), case("a plan is not sufficient")),
        silent=(case("this will count"), case("a notable quality"), case("")),
    ),
    Mitigator(
        code="EXPLICIT_DEFINITION",
        why="The text defines a term.",
        base_rate=0.2594,
        prior=0.0,
        phrases=(DEFINITION,),
        fires=(case("a strike is defined as"), case("The term refers to any"), case("will be considered to have")),
        silent=(case("This market refers to the game"), case("by no mean feat"), case("")),
    ),
    Mitigator(
        code="FALLBACK_SOURCE",
        why="The text names what counts when the source is missing.",
        base_rate=0.4117,
        prior=0.0,
        phrases=(
            Phrase(
                r"\b(?:unavailable|offline|goes down|ceases to)\b|\banother …source\b|\balternat\w{1,6} …source\b"
                r"|\bambigu(?:ous|ity)\b",
                "unavailable offline goes ceases another alternative alternate alternatively ambiguous ambiguity",
            ),
            Phrase(r"\bnot available\b|\b(?:may|will|can) also be used\b", "available also", lead=8),
        ),
        fires=(
            case("if the page is unavailable"),
            case("a consensus of credible reporting may also be used"),
            case("another credible source"),
        ),
        silent=(case("the source is available"), case("used cars"), case("")),
    ),
    Mitigator(
        code="LATE_DISCLOSURE_COVERED",
        why="The text says whether later disclosure counts.",
        base_rate=0.0343,
        prior=-0.3,
        phrases=(LATE_DISCLOSURE,),
        fires=(
            case("regardless of when the sale is announced"),
            case("sales disclosed after the deadline do not count"),
            case("within 48 hours of this market's end date"),
        ),
        silent=(case("announced before June"), case("regardless of the weather"), case("")),
    ),
    Mitigator(
        code="PERSISTENCE",
        why="A change at the source has to last before it counts.",
        base_rate=0.0259,
        prior=-0.3,
        phrases=(_PERSISTENCE,),
        fires=(
            case("must persist through the next full ISW daily update cycle"),
            case("the shading persists until the following day"),
            case("will remain open until the leaderboard comes back online"),
        ),
        silent=(case("a persistent rumor"), case("the game remains open"), case("")),
    ),
    Mitigator(
        code="REVISION_CLAUSE",
        why="The text says whether revisions count.",
        base_rate=0.0201,
        prior=-0.2,
        phrases=(REVISION_CLAUSE,),
        fires=(
            case("Revisions made later will not be considered."),
            case("regardless of whether later revisions are made"),
            case("the first published figure counts"),
        ),
        silent=(case("he was first"), case("an updated map"), case("")),
    ),
    Mitigator(
        code="SEVERAL_SOURCES_AGREE",
        why="Several named sources have to say the same before it counts.",
        base_rate=0.041,
        prior=-0.3,
        phrases=(
            Phrase(
                r"\ball (?:of )?(?:two|three|four|five|these|the above|listed) (?:named )?sources\b"
                r"|\bassociated press…\bfox news\b|\ball three\b",
                "all associated",
            ),
        ),
        fires=(
            case("once the Associated Press, Fox News and NBC call the race"),
            case("If all three sources call the race for the same candidate"),
            case("when all of these sources agree"),
        ),
        silent=(case("the Associated Press decides"), case("all goals of the match"), case("")),
    ),
    Mitigator(
        code="TIE_RULE",
        why="The text says what a tie or a number between two brackets means.",
        base_rate=0.1498,
        prior=-0.2,
        phrases=(_TIE_RULE, _TIE_CASE),
        fires=(
            case("first in alphabetical order"),
            case("resolves to the higher bracket"),
            case("in case of a tie"),
        ),
        silent=(case("he wore a tie"), case("a wide range"), case("")),
    ),
    Mitigator(
        code="ZONE_AND_CLOCK",
        why="The deadline has time of day and zone.",
        base_rate=0.4536,
        prior=0.0,
        phrases=(
            Phrase(
                r"\b\d{1,2}:\d\d ?(?:[ap]\.?m\.?)? ?\(?\b(?:et|est|edt|utc|gmt|pt|pst|pdt|ct|cet|cest|ist|jst|kst"
                r"|local|eastern)\b",
            ),
        ),
        fires=(case("11:59 PM ET"), case("by 12:00 UTC"), case("7:30PM ET")),
        silent=(case("11:59 PM"), case("ratio 1:20"), case("")),
    ),
)
"""All mitigators, by code."""
