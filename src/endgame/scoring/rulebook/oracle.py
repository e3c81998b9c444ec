"""What the oracle and the history of a text say: disputes, second proposals, a text that changes, is missing or cut."""

from __future__ import annotations

from typing import Final

from endgame.domain.rule import Concern, Severity, Span, TextChange
from endgame.scoring.reading import MAX_SPANS, Phrase, Predicate, Reading, RiskRule
from endgame.scoring.rulebook.cases import GAME, LEAGUE, SUIT, case
from endgame.scoring.rulebook.deadlines import event_vs_disclosure
from endgame.scoring.rulebook.sources import consensus_only
from endgame.scoring.rulebook.terms import undefined_key_term

SHORT_TEXT: Final = 120
"""Code points below which a text can hardly name outcome, source and deadline."""
HIGH_STAKES_BAND: Final = 14
"""Band of a volume of 10 million USD (`Facts.volume_band`), beside which the bond of a dispute is small change."""

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


def _family(reading: Reading) -> tuple[Span, ...] | None:
    return () if reading.facts.family_disputed else None


def _changed(when: TextChange) -> Predicate:
    return lambda reading: () if reading.facts.text_change is when else None


# Volume alone also means more eyes; it is a risk only where there is something to fight about.
_FOUGHT_OVER: Final = (undefined_key_term, consensus_only, event_vs_disclosure)


def _high_stakes(reading: Reading) -> tuple[Span, ...] | None:
    band = reading.facts.volume_band
    if band is None or band < HIGH_STAKES_BAND:
        return None
    found = [spans for predicate in _FOUGHT_OVER if (spans := predicate(reading)) is not None]
    return tuple(sorted({span for spans in found for span in spans})[:MAX_SPANS]) if found else None


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
        code="HIGH_STAKES_LOW_BOND",
        severity=Severity.MEDIUM,
        why="Ten million dollars and more hang on wording that can be fought over, and a dispute costs a small bond.",
        base_rate=0.0,
        prior=0.3,
        motive="Mineral deals, suits and coin sales: the more money on a vague word, the surer the vote.",
        needs=("volume_band",),
        predicate=_high_stakes,
        fires=(
            case(SUIT, title="President in a suit before July?", volume_usd=240e6),
            case("The resolution source for this market will be a consensus of credible reporting.", volume_usd=1e7),
            case(
                "Resolves to Yes if the company sells any coins by May 31, 2026, as shown by its filings.",
                title="Coins sold by May 31?",
                volume_usd=79e6,
            ),
        ),
        silent=(
            case(SUIT, title="President in a suit before July?", volume_usd=9e6),
            case(LEAGUE, title="2025-26 league winner?", volume_usd=900e6),
            case(GAME, title="Bucks vs. Raptors", volume_usd=20e6),
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
        code="REPEAT_DISPUTE_FAMILY",
        severity=Severity.HIGH,
        why="Another market of the same event has been disputed: the same words will be read the same two ways.",
        base_rate=0.0,
        prior=1.5,
        motive="The ceasefire and shutdown series, in which one date after the other went to the vote.",
        needs=("family_disputed",),
        predicate=_family,
        fires=(
            case(SUIT, family_disputed=True),
            case(LEAGUE, family_disputed=True, oracle_status="proposed"),
            case("Resolves to Yes if the ceasefire holds until June 30, 2026.", family_disputed=True),
        ),
        silent=(
            case(SUIT, family_disputed=False),
            case("Resolves to Yes if a family feud ends by May 31, 2026, although it is disputed who began it."),
            case(GAME, oracle_status="disputed", family_disputed=False),
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
    # One risk, two literals: a change is at its worst while the market has not yet read it.
    RiskRule(
        code="RULE_CHANGED",
        severity=Severity.CRITICAL,
        concern=Concern.TEXT_CHANGE,
        why="The rules were changed or clarified within the last three days: what you read before may no longer hold.",
        base_rate=0.0,
        prior=2.0,
        motive="Whether a raid was an invasion was clarified after it had happened.",
        needs=("text_change",),
        predicate=_changed(TextChange.RECENT),
        fires=(
            case(SUIT, text_change=TextChange.RECENT),
            case(GAME, text_change=TextChange.RECENT),
            case("Resolves to Yes if the raid was an invasion.", text_change=TextChange.RECENT),
        ),
        silent=(
            case(SUIT, text_change=TextChange.NEVER),
            case(SUIT, text_change=TextChange.EARLIER),
            case("Changes to the rules of the league, announced May 3, 2026, do not change this market."),
        ),
    ),
    RiskRule(
        code="RULE_CLARIFIED",
        severity=Severity.MEDIUM,
        concern=Concern.TEXT_CHANGE,
        why=(
            "The rules were changed or clarified since they were first seen, be it for a while only: older comments and"
            " prices speak of another text."
        ),
        base_rate=0.0,
        prior=0.7,
        motive="A sale of coins by a deadline, clarified while the market traded: late disclosure was ruled out.",
        needs=("text_change",),
        predicate=_changed(TextChange.EARLIER),
        fires=(
            case(SUIT, text_change=TextChange.EARLIER),
            case(LEAGUE, text_change=TextChange.EARLIER),
            case("Resolves to Yes if the coins are sold by May 31, 2026.", text_change=TextChange.EARLIER),
        ),
        silent=(
            case(SUIT, text_change=TextChange.NEVER),
            case(SUIT, text_change=TextChange.RECENT),
            case("The court clarified its earlier ruling on May 3, 2026; only the ruling counts."),
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
