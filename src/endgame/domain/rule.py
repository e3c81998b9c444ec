"""A rule text, and the findings about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

MAX_RULE_BYTES: Final = 256 * 1024
DEFAULT_SETTLEMENT_WINDOW_SEC: Final = 7_200


class Severity(StrEnum):
    """How much a finding matters, mildest first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Concern(StrEnum):
    """Which risk a finding is about."""

    DISPUTE = "dispute"
    """The outcome is fought over: the money waits, and can go to the other side."""
    PAYOFF = "payoff"
    """Nobody is paid in full: a void or 50-50 clause, or an outcome whose meaning shrinks."""
    TEXT_CHANGE = "text_change"
    """The rules themselves move."""


class TextChange(StrEnum):
    """Whether a rule text has changed in meaning since it was first seen."""

    NEVER = "never"
    RECENT = "recent"
    """Within the last 72 hours."""
    EARLIER = "earlier"


class Span(NamedTuple):
    """Half-open range [start, end) of Unicode code points of the stored text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The resolution text of a market as the venue sent it, stored form.

    `rule_text` is not trimmed or normalised; NUL and lone surrogates are U+FFFD, at most 256 KiB of UTF-8.
    """

    market_id: str
    as_of: int
    rule_text: str
    settlement_source: str | None = None
    settlement_window: int = DEFAULT_SETTLEMENT_WINDOW_SEC
    """Challenge window in seconds."""
    truncated: bool = False

    @property
    def rule_hash(self) -> str:
        """SHA-256 of the stored text, 64 hex digits."""
        return hashlib.sha256(self.rule_text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleContext:
    """What is known of a market besides its text; each may be missing (None). Times are UTC epoch milliseconds."""

    title: str | None = None
    labels: tuple[str, str] | None = None
    category: str | None = None
    open_time: int | None = None
    close_time: int | None = None
    venue_close_time: int | None = None
    game_start_time: int | None = None
    event_title: str | None = None
    group_title: str | None = None
    """The market's short name among the markets of its event; empty when it is the only question of its kind."""
    neg_risk: bool | None = None
    oracle_status: str | None = None
    oracle_history: tuple[str, ...] = ()
    family_disputed: bool | None = None
    """Another market of the same event has been disputed."""
    settlement_source: str | None = None
    volume_usd: float | None = None
    event_volume_usd: float | None = None
    text_change: TextChange | None = None
    deadline_is_near: bool | None = None
    """The deadline is less than 48 hours away."""
    truncated: bool = False


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """One finding. A flag about something missing has no span and says what is missing in `why`."""

    code: str
    severity: Severity
    why: str
    base_rate: float
    evidence_spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A rule that could not be applied, and the fields of the context that it would have needed."""

    code: str
    missing: tuple[str, ...]


class Contribution(NamedTuple):
    """What one finding adds to the log-odds of a dispute; negative where it makes a dispute less likely."""

    code: str
    log_odds: float


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """All findings about one text. Probabilities and scores are in [0, 1]."""

    definition_risk_score: float
    """From text and structure alone; 0.5 stands for a dispute probability of 20 % (`scoring/risk.py`)."""
    text_dispute_probability: float
    """Calibrated probability of a dispute, from text and structure alone."""
    dispute_probability: float
    """The same with volume and planned duration, where they are known."""
    payoff_risk: float
    """Probability that nobody is paid in full (void, 50-50)."""
    text_change_risk: float
    """Probability that the rules are changed or clarified before settlement."""
    flags: tuple[Flag, ...]
    mitigators: tuple[Flag, ...]
    traits: tuple[Flag, ...]
    """What kind of question it is: no risk by itself, but some kinds are disputed more often than others."""
    contributions: tuple[Contribution, ...]
    """What the findings, after an intercept called `BASE`, add up to: the log-odds of `text_dispute_probability`."""
    bites: dict[str, tuple[str, ...]]
    """Codes of the flags that hurt the holder of `YES` and of `NO`."""
    not_judged: tuple[Unjudged, ...]
    rulebook_version: str
