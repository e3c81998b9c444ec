"""What a side is paid: void clauses, outcomes that stand for names not yet known, titles that say no."""

from __future__ import annotations

from typing import Final

from endgame.domain.rule import Concern, Severity, Span
from endgame.scoring.reading import Phrase, Reading, RiskRule
from endgame.scoring.rulebook.cases import GAME, LEAGUE, SUIT, case

_UNNAMED_OUTCOME = Phrase(
    # After an article the letter is one too: "is the movie a hit".
    r"\b(?:another|other|someone else|none of|field)\b"
    r"|(?<!\b(?:the|this|that|an?|any|each) )\b(?:person|candidate|player|team|party|option|company|movie) [a-z]\b"
    r"|\bplaceholder\b",
    "another other someone none field person candidate player team party option company movie placeholder",
)


# A short name is all name: "Another Simple Favor" is a film, "Other" is not.
_UNNAMED_SHORT = Phrase(
    r"^(?:any |an )?(?:other|others|another|someone else|none|nobody|no one"
    r"|none of (?:the )?(?:above|these)|(?:the )?field)"
    r"(?:$| ?[/(]| (?:in|by|before) 20\d\d| (?:person|people|candidate|party|team|player|driver|country|company|movie"
    r"|film|coin|outcome|boxer|nominee)\b)|^(?:person|candidate|player|team|party|option|company|movie) [a-z]$",
)


def _negrisk_other(reading: Reading) -> tuple[Span, ...] | None:
    if not reading.facts.neg_risk:
        return None
    titled = bool(reading.title) and reading.asks(_UNNAMED_OUTCOME)
    return () if titled or _UNNAMED_SHORT.is_in(reading.group_title.strip()) else None


_NEGATED_TITLE = Phrase(
    r"\b(?:not|no longer|never|fails?|without|nobody|fewer than|less than|won't|no)\b(?!\.? ?\d| or\b| doubt\b)"
    r"(?<!\b(?:or|dr\.?|yes/) ?no)(?<!\bor not)",
    "not no never fail fails without nobody fewer less won",
)


def _negated_title(reading: Reading) -> tuple[Span, ...] | None:
    return () if reading.asks(_NEGATED_TITLE) else None


VOID_CLAUSE: Final = (
    Phrase(r"(?<!\bnot resolve (?:to )?)\b50 ?[-/] ?50\b", "50"),
    Phrase(
        r"\b(?:postponed|cancell?ed|rescheduled)\b",
        "postponed cancelled canceled rescheduled",
    ),
    Phrase(
        r"\b(?:abandoned|suspended|forfeit\w{0,3}|walkover|voided)\b",
        "abandoned suspended forfeit forfeits forfeited forfeiture walkover voided",
    ),
    Phrase(r"\bno(?: |-)contest\b", "contest", lead=5),
)
"""What a text says of an event that does not take place, or not in full."""

RULES: Final[tuple[RiskRule, ...]] = (
    RiskRule(
        code="NEGATED_OR_DOUBLE",
        severity=Severity.LOW,
        why="The title is negated, so that Yes means that something does not happen: check the side twice.",
        base_rate=0.0109,
        prior=0.0,
        motive='Titles such as "no longer the richest", bought on the wrong side.',
        needs=("title",),
        only_if=(_NEGATED_TITLE,),
        predicate=_negated_title,
        fires=(
            case(LEAGUE, title="Will he no longer be the richest person?"),
            case(LEAGUE, title="Will the bill fail to pass?"),
            case(LEAGUE, title="Fewer than three hikes in 2026?"),
        ),
        silent=(
            case("This is not a title."),
            case(GAME, title="Bucks vs. Raptors"),
            case(GAME, title="Will Nottingham win?"),
            case(LEAGUE, title="Will the song be No. 1 in May?"),
            case(LEAGUE, title="Who plays Dr. No?"),
            case(LEAGUE, title="Will No Doubt play at the festival?"),
        ),
    ),
    RiskRule(
        code="NEGRISK_OTHER",
        severity=Severity.MEDIUM,
        why="This outcome stands for names that can still be added to the event.",
        base_rate=0.0017,
        concern=Concern.PAYOFF,
        prior=0.0,
        motive="Nominee markets in which the winner was named only after trading had begun.",
        needs=("neg_risk",),
        predicate=_negrisk_other,
        fires=(
            case(LEAGUE, title="Will another team win the league?", neg_risk=True),
            case(LEAGUE, title="Will Person B be the nominee?", neg_risk=True),
            case(LEAGUE, title="Winner: Other", neg_risk=True),
            case(LEAGUE, title="League winner?", group_title="Other", neg_risk=True),
            case(LEAGUE, group_title="Other/None in 2026", neg_risk=True),
        ),
        silent=(
            case(LEAGUE, title="Will another team win the league?", neg_risk=False),
            case(LEAGUE, title="Will another team win the league?"),
            case(LEAGUE, title="Will the Bucks win the league?", neg_risk=True),
            case(LEAGUE, title="Is the movie a box-office hit?", neg_risk=True),
            case(LEAGUE, title="Best picture?", group_title="Another Simple Favor", neg_risk=True),
            case(LEAGUE, title="League winner?", group_title="Other", neg_risk=False),
        ),
    ),
    RiskRule(
        code="VOID_OR_POSTPONE",
        severity=Severity.MEDIUM,
        why="A void or postponement clause can pay half or tie up the money; it does not make a dispute likelier.",
        base_rate=0.1816,
        concern=Concern.PAYOFF,
        prior=0.0,
        motive="A cancelled grand prix: every side of the race was paid half, late.",
        phrases=VOID_CLAUSE,
        fires=(
            case(GAME),
            case("If the race is cancelled, this market resolves 50\u201350."),
            case("A fight that ends as a no contest resolves to No."),
        ),
        silent=(
            case(SUIT),
            case("The average of 1950-505 counts."),
            case(LEAGUE),
        ),
    ),
)
