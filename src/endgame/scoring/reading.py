"""How a rule text is read: folded one to one, searched by phrases, cut into sentences; and the form of a rule.

Offsets in the folded text are offsets in the stored text: every replacement is one code point for one code point.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import islice
from typing import Final

import msgspec
import regex

from endgame.domain.market import EARLIEST_MS, LATEST_MS, Side
from endgame.domain.rule import Concern, RuleContext, Severity, Span, TextChange
from endgame.scoring.matcher import Matcher

MAX_SPANS: Final = 20
"""Spans kept per finding: a reader needs the first few, a hostile text could offer thousands."""
MAX_DAYS: Final = 100
"""Calendar days of each way of writing that are read in a text."""
TAIL: Final = 40
GAP_TAIL: Final = 120
"""Code points after the word of a phrase (of one with a gap) within which a match that began before it has to end."""
SENTENCE_REACH: Final = 300
"""Code points looked at on each side of a match for the ends of its sentence; bounds the work per match."""

WORD_START: Final = 8
"""Letters of a word that are compared where a phrase is looked for."""

# U+0130 is the one character that `str.lower` makes longer.
_FOLD: Final = tuple(
    (odd, plain)
    for plain, odds in (
        ("'", "\u2018\u2019\u201a\u201b\u02bc\u2032\u0060\u00b4"),
        ('"', "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"),
        ("-", "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"),
        (" ", "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"),
        ("\n", "\u0085\u2028\u2029"),
        ("i", "\u0130"),
    )
    for odd in odds
)
# A full stop after a single letter belongs to an abbreviation (U.S., e.g., a.m.).
_SENTENCE_END: Final = regex.compile(r"""(?<!\b[a-z])[.!?]["')\]]{0,2}\s|\n\s{0,3}\n""")
_SPACE_IN_CLASS: Final = regex.compile(r"\[[^\]]* [^\]]*\]")
_DIGIT: Final = regex.compile(r"\d")
_CONDITION: Final = regex.compile(r"\bif\b")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_WORDS: Final = "jan… feb… mar march apr… may jun… jul… aug… sep… oct… nov… dec…"
_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)


def fold(text: str) -> str:
    """Lower case with plain quotes, dashes and spaces; exactly as many code points as `text`."""
    if not text.isascii():
        for odd, plain in _FOLD:
            if odd in text:
                text = text.replace(odd, plain)
    return text.lower()


def expand(pattern: str) -> str:
    """The regular expression of a phrase's pattern; see `Phrase`."""
    spaced = pattern.replace(" ?", r"\s{0,3}").replace(" ", r"\s{1,3}")
    return spaced.replace("…", r"[^!?\n]{0,80}?")


_PHRASES: Final[list[Phrase]] = []
"""Every phrase there is, by number; a process makes them once, when it imports the rulebook."""


@cache
def _matcher() -> Matcher:
    return Matcher([phrase.pattern for phrase in _PHRASES])


class Possible:
    """The phrases that may stand in a folded text, found in one pass; the others do not."""

    __slots__ = ("_known", "numbers")

    def __init__(self, folded: str) -> None:
        matcher = _matcher()
        self.numbers = matcher.possible(folded)
        self._known = matcher.size

    def holds(self, phrase: Phrase) -> bool:
        """False when the phrase does not stand in the text."""
        # A phrase that was made after the first text was read is none of the matcher's.
        return phrase.number in self.numbers or phrase.number >= self._known


class Phrase:
    """A searchable phrase in folded text.

    In `pattern` a space stands for one to three white spaces (a line may be wrapped), ` ?` for none to three, and `…`
    for at most 80 code points of a line. An alternative holds one `…` at most and repetition is bounded and not
    nested, so that a search is linear in the text.

    Every match holds, at most `lead` code points after its start, the start of one of `words`, separated by spaces:
    eight letters are compared, shorter ones are whole words unless they end with `…`. Only these places are tried;
    without `words` the whole text is searched.

    Raises:
        ValueError: a class of characters holds a space, which would be taken for a stretch of white space.
    """

    __slots__ = ("_lead", "_tail", "_words", "number", "pattern", "search")

    def __init__(self, pattern: str, words: str = "", *, lead: int = 0) -> None:
        if _SPACE_IN_CLASS.search(pattern):
            raise ValueError(f"a class with a space in {pattern!r}: write an alternative instead")
        self.pattern = pattern
        self._lead = lead
        self._tail = GAP_TAIL if "…" in pattern else TAIL
        starts = dict.fromkeys(word[:WORD_START] for word in words.split())
        self._words = tuple((word.rstrip("…"), word.endswith("…") or len(word) == WORD_START) for word in starts)
        self.search = regex.compile(expand(pattern))
        self.number = len(_PHRASES)
        """Its place among all phrases, by which `Possible` knows it."""
        _PHRASES.append(self)

    def is_in(self, folded: str) -> bool:
        """True when the phrase occurs in a short folded text."""
        return self.search.search(folded) is not None

    def stands_in(self, folded: str, possible: Possible) -> bool:
        """True when the phrase occurs in the text, of which it is known what may stand in it."""
        if not possible.holds(self):
            return False
        if not self._words:
            return self.search.search(folded) is not None
        return next(self._tried(folded, self._starts(folded)), None) is not None

    def matches(self, folded: str, possible: Possible) -> list[regex.Match[str]]:
        """All places of the phrase, from left to right, not overlapping; `possible` as in `stands_in`."""
        if not possible.holds(self):
            return []
        if not self._words:
            return list(self.search.finditer(folded))
        tried = list(self._tried(folded, self._starts(folded)))
        if len(tried) < 2:
            return tried
        found = []
        end = 0
        for match in sorted(tried, key=lambda match: match.span()):
            if match.start() >= end:
                end = match.end()
                found.append(match)
        return found

    def _starts(self, folded: str) -> Iterator[int]:
        find = folded.find
        for word, goes_on in self._words:
            at = find(word)
            while at >= 0:
                end = at + len(word)
                # Short words are whole words: "no" is not looked for in "november".
                if (not at or not folded[at - 1].isalnum()) and (goes_on or not folded[end : end + 1].isalnum()):
                    yield at
                at = find(word, end)

    def _tried(self, folded: str, starts: Iterable[int]) -> Iterator[regex.Match[str]]:
        match_at = self.search.match
        for at in starts:
            if self._lead:
                yield from self._around(folded, at)
            elif match := match_at(folded, at):
                yield match

    def _around(self, folded: str, at: int) -> Iterator[regex.Match[str]]:
        for near in self.search.finditer(folded, max(0, at - self._lead), at + self._tail):
            if near.start() > at:
                break
            # The window may have cut it short.
            match = self.search.match(folded, near.start())
            if match:
                yield match


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day as written; the year may be left out."""

    month: int
    day: int
    year: int | None
    span: Span

    def days_after(self, other: Day) -> int:
        """Days from `other` to this one, negative when this is earlier; a missing year is the nearest one."""
        # A leap year stands in where no year is known, so that 29 February exists.
        year = self.year or other.year or 2024
        there = other._in(other.year or year)
        steps = (0,) if self.year and other.year else (-1, 0, 1)
        return min(((self._in((self.year or year) + step) - there).days for step in steps), key=abs)

    def _in(self, year: int) -> dt.date:
        # Rule texts do say "April 31"; the last day that any month has stands for it.
        try:
            return dt.date(year, self.month, self.day)
        except ValueError:
            return dt.date(year, self.month, 28)


_DATES: Final = (
    Phrase(
        rf"\b(?P<m>{_MONTH})\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<y>20\d\d)\b)?",
        _MONTH_WORDS,
    ),
    Phrase(
        rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<m>{_MONTH})\b(?:,? (?P<y>20\d\d)\b)?",
        _MONTH_WORDS,
        lead=14,
    ),
    Phrase(r"\b(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)\b"),
)


def days(folded: str, possible: Possible) -> tuple[Day, ...]:
    """The first calendar days named in folded text, sorted; impossible ones are left out."""
    found = []
    for phrase in _DATES:
        for match in phrase.matches(folded, possible)[:MAX_DAYS]:
            name, day, year = match["m"], int(match["d"]), match["y"]
            month = int(name) if name.isdigit() else _MONTHS.index(name[:3]) + 1
            if 1 <= month <= 12 and 1 <= day <= 31:
                found.append(Day(month, day, int(year) if year else None, Span(*match.span())))
    return tuple(sorted(found, key=lambda day: day.span))


def day_of(epoch_ms: int) -> Day:
    """The UTC calendar day of an instant."""
    date = dt.datetime.fromtimestamp(epoch_ms / 1000, dt.UTC).date()
    return Day(date.month, date.day, date.year, Span(0, 0))


DAY_MS: Final = 86_400_000


class Facts(msgspec.Struct, frozen=True):
    """The part of a context that rules look at, and nothing else: it is also what a judgement depends on.

    What moves all the time is kept in coarse bands, so that a market is not judged again with every trade.
    """

    title: str | None
    labels: tuple[str, str] | None
    category: str | None
    deadline: int | None
    group_title: str | None
    is_game: bool | None
    neg_risk: bool | None
    oracle_status: str | None
    oracle_history: tuple[str, ...]
    family_disputed: bool | None
    settlement_source: str | None
    volume_band: int | None
    """Half decades of volume: 2 * log10(USD), rounded down; 0 below 1 USD."""
    event_volume_band: int | None
    duration_band: int | None
    """Half octaves of the planned duration: 2 * log2(1 + days), rounded down."""
    text_change: TextChange | None
    deadline_is_near: bool | None
    truncated: bool

    @classmethod
    def of(cls, context: RuleContext) -> Facts:
        """The facts of a context; the venue's own end date goes before the close time derived from it.

        A close time outside the years 2000 to 2100 is none.
        """
        close = context.venue_close_time if context.venue_close_time is not None else context.close_time
        if close is not None and not EARLIEST_MS <= close <= LATEST_MS:
            close = None
        return cls(
            title=context.title or None,
            labels=context.labels,
            category=context.category,
            deadline=close,
            group_title=context.group_title,
            is_game=True if context.game_start_time is not None else None,
            neg_risk=context.neg_risk,
            oracle_status=context.oracle_status.lower() if context.oracle_status else None,
            oracle_history=tuple(state.lower() for state in context.oracle_history),
            family_disputed=context.family_disputed,
            settlement_source=context.settlement_source or None,
            volume_band=_volume_band(context.volume_usd),
            event_volume_band=_volume_band(context.event_volume_usd),
            duration_band=_duration_band(context.open_time, close),
            text_change=context.text_change,
            deadline_is_near=context.deadline_is_near,
            truncated=context.truncated,
        )

    @property
    def missing(self) -> frozenset[str]:
        """Names of the facts that are not known."""
        return frozenset([name for name in FACT_NAMES if getattr(self, name) is None])


FACT_NAMES: Final = Facts.__struct_fields__
"""The facts that a judgement depends on."""


def _volume_band(usd: float | None) -> int | None:
    if usd is None or math.isnan(usd) or usd < 0:
        return None
    return int(2 * math.log10(min(usd, 1e15))) if usd >= 1 else 0


def _duration_band(opened: int | None, close: int | None) -> int | None:
    if opened is None or close is None:
        return None
    return int(2 * math.log2(1 + max(0, close - opened) / DAY_MS))


class Reading:
    """One text with its facts, as rules look at it."""

    def __init__(self, text: str, facts: Facts) -> None:
        self.text = text
        self.facts = facts
        self.folded = fold(text)
        self.possible = Possible(self.folded)
        """What may stand in the text."""
        self.title = fold(facts.title) if facts.title else ""
        """The folded title; empty when it is missing."""
        self.subject = self.title or self._conditions()
        """What the market asks, folded: the title, or where it is missing the conditions of the text."""
        self.possible_asked = Possible(self.subject)
        """What may stand in what the market asks."""
        self._found: dict[Phrase, list[Span]] = {}

    def _conditions(self) -> str:
        # All of them, not the first: what is put before a condition must not hide it.
        starts = [match.start() for match in islice(_CONDITION.finditer(self.folded), MAX_SPANS)]
        asked = [self.folded[start : self.sentence(Span(start, start + 1)).end] for start in starts]
        return "\n\n".join(asked) or self.folded

    @cached_property
    def title_days(self) -> tuple[Day, ...]:
        """Calendar days that the title names."""
        return days(self.title, self.possible_asked) if _DIGIT.search(self.title) else ()

    @cached_property
    def group_title(self) -> str:
        """The folded short name of the market among those of its event; empty when it is missing."""
        return fold(self.facts.group_title) if self.facts.group_title else ""

    @cached_property
    def group_days(self) -> tuple[Day, ...]:
        """Calendar days that the short name names."""
        return days(self.group_title, Possible(self.group_title)) if _DIGIT.search(self.group_title) else ()

    @cached_property
    def days(self) -> tuple[Day, ...]:
        """Calendar days that the text names."""
        return days(self.folded, self.possible)

    def asks(self, phrase: Phrase) -> bool:
        """True when the phrase occurs in what the market asks."""
        return phrase.stands_in(self.subject, self.possible_asked)

    def has(self, phrase: Phrase) -> bool:
        """True when the phrase occurs in the text."""
        known = self._found.get(phrase)
        return phrase.stands_in(self.folded, self.possible) if known is None else bool(known)

    def sentence(self, span: Span) -> Span:
        """The sentence around a span, cut at `SENTENCE_REACH` on either side."""
        low = max(0, span.start - SENTENCE_REACH)
        high = min(len(self.folded), span.end + SENTENCE_REACH)
        start = low
        for match in _SENTENCE_END.finditer(self.folded, low, span.start):
            start = match.end()
        end = _SENTENCE_END.search(self.folded, span.end, high)
        return Span(start, end.start() if end else high)

    def words(self, span: Span) -> str:
        """The folded text of a span."""
        return self.folded[span.start : span.end]

    def spans(self, *phrases: Phrase, unless: Phrase | None = None) -> tuple[Span, ...]:
        """Sorted places of the phrases, the first `MAX_SPANS` of those whose sentence does not hold `unless`."""
        possible = [phrase for phrase in phrases if self.possible.holds(phrase)]
        if len(possible) == 1:
            found = self.places(possible[0])
        else:
            found = sorted({span for phrase in possible for span in self.places(phrase)})
        if unless is None or not found:
            return tuple(found[:MAX_SPANS])
        # However many a text silences, the one that it does not is found.
        return tuple(islice((span for span in found if not self._sentence_holds(span, unless)), MAX_SPANS))

    def places(self, phrase: Phrase) -> list[Span]:
        """All places of one phrase, from left to right."""
        # Rules and mitigators share phrases.
        known = self._found.get(phrase)
        if known is None:
            known = [Span(*match.span()) for match in phrase.matches(self.folded, self.possible)]
            self._found[phrase] = known
        return known

    def _sentence_holds(self, span: Span, phrase: Phrase) -> bool:
        sentence = self.sentence(span)
        return phrase.search.search(self.folded, sentence.start, sentence.end) is not None


Predicate = Callable[[Reading], "tuple[Span, ...] | None"]
"""Places of a finding, empty for a finding about something missing; None when there is no finding."""


@dataclass(frozen=True, slots=True)
class Case:
    """A text that shows what a rule does, with the context it needs."""

    text: str
    context: RuleContext = field(default_factory=RuleContext)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What detection, tests and documentation need to know of anything that can be found about a text."""

    code: str
    why: str
    """One sentence for the trader."""
    base_rate: float
    """Share of recorded ordinary texts that carry it."""
    prior: float = 0.0
    """Log-odds that it is believed to add to a dispute before any data are seen; the data move it from there."""
    phrases: tuple[Phrase, ...] = ()
    unless: Phrase | None = None
    """A phrase that silences a match in the same sentence."""
    predicate: Predicate | None = None
    """Detection where phrases are not enough; takes their place."""
    only_if: tuple[Phrase, ...] = ()
    """Phrases of which one stands in the text or in what is asked wherever the predicate finds something: without
    them it is not run."""
    needs: tuple[str, ...] = ()
    """Facts without which it cannot be judged: then it says so instead of guessing."""
    fires: tuple[Case, ...]
    silent: tuple[Case, ...]

    @property
    def signs(self) -> tuple[Phrase, ...]:
        """Phrases of which a text needs one for this to be found; empty: it can be found in any text."""
        return self.only_if if self.predicate is not None else self.phrases

    def find(self, reading: Reading) -> tuple[Span, ...] | None:
        """Places of the finding (empty: something is missing, or lies outside the text), or None."""
        if self.predicate is not None:
            return self.predicate(reading)
        return reading.spans(*self.phrases, unless=self.unless) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRule(Finding):
    """One definition risk. It never makes a dispute less likely: its weight is 0 or more."""

    severity: Severity
    concern: Concern = Concern.DISPUTE
    bites: Side | None = None
    """The side whose holder it hurts; None: both."""
    motive: str
    """The dispute that taught it, in a few words."""
    raised_by: tuple[str, ...] = ()
    """Codes in whose company the finding becomes `high`."""
    eased: Callable[[Reading], bool] | None = None
    """True where the finding is `low` only, such as a deadline without a clock that is still far away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mitigator(Finding):
    """Wording that takes doubt away. It never makes a dispute likelier: its weight is 0 or less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait(Finding):
    """What kind of question a market asks, or how its text is built: no risk by itself, weighed either way by data."""

    asks: Phrase | None = None
    """Detection in what the market asks, its title, instead of the text."""

    def find(self, reading: Reading) -> tuple[Span, ...] | None:
        """Places of the trait (none where it is the title's), or None."""
        if self.asks is not None:
            return () if reading.asks(self.asks) else None
        return Finding.find(self, reading)
