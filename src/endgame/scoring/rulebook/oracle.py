"""What the oracle and the text as a whole say: disputes, second proposals, a text that is missing or cut."""

from __future__ import annotations

from typing import Final

from endgame.domain.rule import Severity, Span
from endgame.scoring.reading import Phrase, Reading, RiskRule
from endgame.scoring.rulebook.cases import GAME, LEAGUE, SUIT, case

SHORT_TEXT: Final = 120
"""Code points below which a text can hardly name outcome, source and deadline."""

_DISPUTE_STATES: Final = frozenset({"disputed", "challenged"})


def _is_disputed(reading: Reading) -> bool:
    status, history = reading.facts.oracle_status, reading.facts.oracle_history
    # The history keeps old disputes: only where the status is missing does its last entry speak.
    return (status or (history[-1] if history else "")) in _DISPUTE_STATES


def _active_dispute(reading: Reading) -> tuple[Span, ...] | None:
    return () if _is_disputed(reading) else None


def _reproposed(reading: Reading) -> tuple[Span, ...] | None:
    history = reading.facts.oracle_history
    again = history.count("proposed") > 1 or not _DISPUTE_STATES.isdisjoint(history)
    return () if again and not _is_disputed(reading) else None


def _rules_truncated(reading: Reading) -> tuple[Span, ...] | None:
    return () if reading.facts.truncated else None


_SHORT_BUT_WHOLE = Phrase(r"\bresolves? …(?:source|according to|based on|cancel|postpone|50-50)|\b50-50\b")


def _no_rules(reading: Reading) -> tuple[Span, ...] | None:
    folded = reading.folded.strip()
    if folded and folded == reading.title.strip():
        return ()
    return () if len(folded) < SHORT_TEXT and not _SHORT_BUT_WHOLE.is_in(folded) else None


RULES: Final[tuple[RiskRule, ...]] = (
    RiskRule(
        code="ACTIVE_DISPUTE",
        severity=Severity.CRITICAL,
        why="The proposed outcome is under dispute at the oracle: settlement waits for a vote and can go either way.",
        base_rate=0.0017,
        prior=7.0,
        motive="Every market of this list waited for a vote; several went to the side that had traded at a few cents.",
        predicate=_active_dispute,
        fires=(
            case(GAME, oracle_status="disputed"),
            case(LEAGUE, oracle_status="challenged", oracle_history=("proposed", "challenged")),
            case(SUIT, oracle_history=("proposed", "disputed")),
        ),
        silent=(
            case(GAME, oracle_status="resolved", oracle_history=("proposed", "disputed", "proposed")),
            case(GAME, oracle_status="proposed", oracle_history=("proposed", "disputed")),
            case("The disputed territory decides: this market resolves to Yes if the line moves before May 31, 2026."),
        ),
    ),
    RiskRule(
        code="NO_RULES",
        severity=Severity.CRITICAL,
        why="There is no rule text to speak of: what decides, who says so and until when is missing.",
        base_rate=0.0,
        prior=3.0,
        motive="Markets that were opened with a title and nothing else.",
        predicate=_no_rules,
        fires=(
            case(""),
            case("Will it rain tomorrow?"),
            case(
                "Will the very long title of this market be repeated? " * 4,
                title="Will the very long title of this market be repeated? " * 4,
            ),
        ),
        silent=(
            case(GAME),
            case("If the Bucks win, the market resolves to Bucks; if the game is canceled, 50-50."),
            case(SUIT, title="President in a suit before July?"),
        ),
    ),
    RiskRule(
        code="REPROPOSED",
        severity=Severity.MEDIUM,
        why="An outcome was proposed more than once: an earlier proposal was disputed or came too early.",
        base_rate=0.0,
        prior=2.0,
        motive="Resets after a first dispute: the second round goes to the vote far more often than the first.",
        predicate=_reproposed,
        fires=(
            case(GAME, oracle_status="proposed", oracle_history=("proposed", "disputed", "proposed")),
            case(LEAGUE, oracle_history=("proposed", "proposed")),
            case(SUIT, oracle_status="proposed", oracle_history=("proposed", "disputed")),
        ),
        silent=(
            case(GAME, oracle_status="proposed", oracle_history=("proposed",)),
            case(GAME, oracle_status="disputed", oracle_history=("proposed", "disputed", "proposed", "disputed")),
            case("The outcome was proposed twice, it is said."),
        ),
    ),
    RiskRule(
        code="RULES_TRUNCATED",
        severity=Severity.HIGH,
        why="The text was longer than what is stored: the missing end has not been judged.",
        base_rate=0.0,
        prior=1.0,
        motive="None known: what has not been read cannot be called clear.",
        predicate=_rules_truncated,
        fires=(case(GAME, truncated=True), case("", truncated=True), case(SUIT, truncated=True)),
        silent=(case(GAME), case("The list is truncated.", truncated=False), case(LEAGUE)),
    ),
)
