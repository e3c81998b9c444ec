"""What is counted or measured: borders of a number, later revisions, the counting of words."""

from __future__ import annotations

from typing import Final

from endgame.domain.rule import Severity, Span
from endgame.scoring.reading import Phrase, Reading, RiskRule
from endgame.scoring.rulebook.cases import GAME, LEAGUE, case
from endgame.scoring.rulebook.phrases import REVISION_CLAUSE

_THRESHOLD = Phrase(
    r"\b(?:between|above|below|over|under|exceeds?|reach(?:es)?|hits?|at least|less than|more than"
    r"|greater than|higher than|lower than|dips? to) (?:\(\w{1,6}\) )?[$€£]?\d",
    "between above below over under exceed exceeds reach reaches hit hits at less more greater higher lower dip dips",
)

_BRACKET = Phrase(
    r"(?<![\d-])[$€£]?(?!20\d\d)\d[\d.,]{0,12}[%kmb°]? ?- ?[$€£]?\d[\d.,]{0,12}[%°kmb]?\b(?!-)"
    r"|[<>≥≤] ?[$€£]?\d",
)

_BRACKET_MARKS: Final = frozenset("-<>≥≤")
"""Characters without which there is no bracket to look for."""

_BOUNDARY = Phrase(
    r"\binclusive\b|\bexactly\b|\bround(?:s|ed|ing)\b|\bdecimals?\b|\bprecision\b|\bequal to\b"
    r"|\bor (?:more|higher|greater|above|below|less|lower|fewer|equal)\b|\bhigher (?:range|bracket)\b"
    r"|\bwhole (?:number|degrees?)\b|\bnearest\b|\bnumber of\b|\bhalf-?point|\bat or (?:above|below)\b"
    r"|\bat least\b|\b(?:high|low|close|open) price\b",
    "inclusive exactly round rounds rounded rounding decimal decimals precision equal or higher whole nearest number"
    " half halfpoint at high low close open",
)


def _scalar_boundary(reading: Reading) -> tuple[Span, ...] | None:
    if reading.facts.category == "sports" or not _asks_a_number(reading):
        return None
    return None if reading.has(_BOUNDARY) else ()


def _asks_a_number(reading: Reading) -> bool:
    bracketed = not _BRACKET_MARKS.isdisjoint(reading.subject) and reading.asks(_BRACKET)
    return bracketed or reading.asks(_THRESHOLD)


_REVISED_WORDING = Phrase(
    r"\b(?:preliminary|provisional|advance estimate|initial estimate|first print|first release"
    r"|initial release|flash estimate|estimates?d? actuals)\b|\brevis(?:ed|ions?)\b",
    "preliminary provisional advance initial first flash estimate estimated estimates revised revision revisions",
)

_REVISING_SOURCE = Phrase(
    r"\bbox office\b|\bnielsen\b|\bviewership\b|\bviewers\b|\bnon-?farm payrolls?\b"
    r"|\bgross domestic product\b|\bgdp\b|\bjobs (?:report|added)\b|\bjobless claims\b"
    r"|\bopening weekend\b|\bdeath toll\b|\bcasualt|\bscorecards?\b|\bjudges' (?:score|decision)",
    "box nielsen viewership viewers nonfarm non gross gdp jobs jobless opening death casualty casualties scorecard"
    " scorecards judges",
)


def _revision_risk(reading: Reading) -> tuple[Span, ...] | None:
    spans = reading.spans(_REVISED_WORDING, _REVISING_SOURCE)
    return spans if spans and not reading.has(REVISION_CLAUSE) else None


# Races are decided twice: at the line, and in the room of the stewards.
_RACE = Phrase(
    r"\bgrand prix\b|\bformula (?:1|one|e)\b|\bf1\b|\bnascar\b|\bindycar\b|\bmotogp\b"
    r"|\b(?:daytona|indy|indianapolis) 500\b|\b24 hours of\b|\b(?:kentucky|epsom) derby\b|\bpreakness\b"
    r"|\bbelmont stakes\b|\bstewards\b|\bprovisional (?:classification|results?)\b",
    "grand formula f1 nascar indycar motogp daytona indy indianapolis 24 kentucky epsom preakness belmont stewards"
    " provisional",
)

_CORRECTION_CLAUSE = Phrase(
    r"\b(?:disqualif\w{2,10}|penalt(?:y|ies)|protests?|appeals?|stewards|amend\w{2,6}|corrections?|reclassif\w{2,9}"
    r"|changes?) …\b(?:not be considered|not affect|not count|no bearing|no effect|ignored|disregarded|considered"
    r"|taken into account|post-race)\b"
    r"|\b(?:regardless|irrespective) of …(?:disqualif|penalt|protest|appeal|steward|correct|chang)"
    r"|\b(?:final|official) classification\b|\bpodium\b|\boverturn|\baccount for any (?:disputes|disqualif)",
    "disqualified disqualification penalty penalties protest protests appeal appeals stewards amended amendment"
    " correction corrections reclassified reclassification change changes regardless irrespective final official podium"
    " overturn overturned overturns account",
)


def _correctable(reading: Reading) -> tuple[Span, ...] | None:
    spans = reading.spans(_RACE)
    if not (spans or reading.asks(_RACE)) or reading.has(_CORRECTION_CLAUSE):
        return None
    return spans


_MENTION_IN_SUBJECT = Phrase(
    r"\b(?:say|says|said|mentions?|mentioned|utters?)\b …[\"']|\b(?:says?|mentions?) the (?:word|term"
    r"|phrase)s?\b|\btweets?\b|\bposts\b|\bposts? \d",
    "say says said mention mentions mentioned utter utters tweet tweets post posts",
)

_MENTION_IN_TEXT = Phrase(
    r"\bplurali[sz]ation\b|\bpossessive\b|\bcompound words?\b|\bpronunciation\b|\btranscript\b"
    r"|\b(?:says?|said|mentions?|mentioned|utters?) (?:the )?(?:word|term|phrase|listed|exact|\")"
    r"|\b(?:usage|mention) of the (?:word|term|phrase)\b|\bpost counter\b|\bquote posts\b|\breposts\b",
    "pluralization pluralisation possessive compound pronunciation transcript say says said mention "
    "mentions mentioned utter utters usage post quote reposts",
)


def _mention_mechanics(reading: Reading) -> tuple[Span, ...] | None:
    spans = reading.spans(_MENTION_IN_TEXT)
    if reading.asks(_MENTION_IN_SUBJECT):
        return spans
    return spans if len(spans) > 1 else None


RULES: Final[tuple[RiskRule, ...]] = (
    RiskRule(
        code="MENTION_MECHANICS",
        severity=Severity.MEDIUM,
        why="Words or posts are counted: plurals, compounds, pronunciation and the transcript used can decide.",
        base_rate=0.0033,
        prior=0.3,
        motive="Mention markets fought over plurals, compounds and the pronunciation of a name.",
        only_if=(_MENTION_IN_TEXT, _MENTION_IN_SUBJECT),
        predicate=_mention_mechanics,
        fires=(
            case(
                "Resolves to Yes if he says the listed term. Pluralization of the term counts.",
                title='Will he say "Tariff"?',
            ),
            case("Only main feed posts, quote posts and reposts count.", title="Elon Musk # of tweets February 3-10?"),
            case("Any usage of the word counts. Compound words count. The transcript decides."),
        ),
        silent=(
            case(GAME),
            case("The ministry is said to publish the number on Friday.", title="Rate above 3%?"),
            case("Posts by the team are no source.", title="Will the team post a profit?"),
        ),
    ),
    RiskRule(
        code="RESULT_CAN_BE_CORRECTED",
        severity=Severity.MEDIUM,
        why="A race can be decided again by a penalty or a disqualification, and no sentence says which result counts.",
        base_rate=0.0017,
        prior=0.3,
        motive="The grands prix of 2024: one in five of their markets was disputed.",
        only_if=(_RACE,),
        predicate=_correctable,
        fires=(
            case(
                "Resolves to Yes if he wins the race of September 1, 2024.", title="Will he win the Italian Grand Prix?"
            ),
            case("Resolves to the winner of the Indy 500, as shown by the provisional classification."),
            case("Resolves to the driver who wins the NASCAR race on May 3, 2026. Source: the official website."),
        ),
        silent=(
            case(
                "Resolves to the winner of the Grand Prix. Disqualifications after the podium will not be considered."
            ),
            case("Resolves by the final classification of the F1 race, published by the FIA."),
            case("Resolves to the winner of the race.", title="Who will win the Senate race in Ohio?"),
            case("The provisional government names a minister.", title="New minister by May 31?"),
        ),
    ),
    RiskRule(
        code="REVISION_RISK",
        severity=Severity.MEDIUM,
        why="The number is one that gets revised, and the text does not say which print counts.",
        base_rate=0.0075,
        prior=0.3,
        motive="A broadcast with 18 million viewers in the first print and 19.7 million in the last.",
        only_if=(_REVISED_WORDING, _REVISING_SOURCE),
        predicate=_revision_risk,
        fires=(
            case("Resolves by the Nielsen viewership of the ceremony."),
            case("Resolves by the opening weekend box office; estimates may be preliminary."),
            case("Resolves by the advance estimate of GDP."),
            case("Resolves to the fighter who wins on the judges' scorecards."),
        ),
        silent=(
            case("Resolves by GDP growth, regardless of later revisions."),
            case("Resolves by the box office figure; revisions made later will not be considered."),
            case("Resolves by the scorecards; a result that is overturned later has no bearing."),
            case(GAME),
        ),
    ),
    RiskRule(
        code="SCALAR_BOUNDARY",
        severity=Severity.MEDIUM,
        why=(
            "The title asks for a number, and the text says nothing of rounding, precision or hitting "
            "the border exactly."
        ),
        base_rate=0.0318,
        prior=0.3,
        motive="Box office and temperature brackets hit exactly on their border.",
        needs=("title",),
        predicate=_scalar_boundary,
        fires=(
            case("Resolves by the reading of the station.", title="Highest temperature between 60 and 62?"),
            case("Resolves by the number shown.", title="Opening weekend above $50m?"),
            case("Resolves by the figure.", title="Inflation 2.5-2.9% in March?"),
        ),
        silent=(
            case("Resolves to the higher range if exactly between two brackets.", title="Between 60 and 62?"),
            case("Rounded to one decimal.", title="Rate above 3%?"),
            case(LEAGUE, title="2025-26 league winner?"),
        ),
    ),
)
