"""A rule text, and the findings about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

MAX_RULE_BYTES: Final = 256 * 1024
DEFAULT_SETTLEMENT_WINDOW_SEC: Final = 7_200


class Severity(StrEnum):
    """How much a finding matters, mildest first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


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
    """What is known of a market besides its text; each may be missing. Times are UTC epoch milliseconds."""

    title: str | None = None
    labels: tuple[str, str] | None = None
    category: str | None = None
    close_time: int | None = None
    venue_close_time: int | None = None
    event_title: str | None = None
    neg_risk: bool | None = None
    oracle_status: str | None = None
    oracle_history: tuple[str, ...] = ()
    settlement_source: str | None = None
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One finding. A flag about something missing has no span and says what is missing in `why`."""

    code: str
    severity: Severity
    why: str
    base_rate: float
    evidence_spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """All findings about one text. `definition_risk_score` is in [0, 1]."""

    definition_risk_score: float
    flags: tuple[Flag, ...]
    mitigators: tuple[Flag, ...]
    rulebook_version: str
