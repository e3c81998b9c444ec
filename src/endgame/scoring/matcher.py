"""Which of many phrases can stand in a text, found in one pass over it.

What a pattern demands literally is worked out once: strings of words of which a text needs one. An Aho-Corasick
automaton finds all of them at once. Unlike one regular automaton for all patterns, whose states grow with every new
text, it is the same size for ever, so that the first text is read as fast as the last. What may stand in a text is
then searched for with the real pattern.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

import regex
from ahocorasick_rs import BytesAhoCorasick

MOST_STRINGS: Final = 400
"""Strings to which one part of a pattern is written out; beyond that they stay shorter."""
_LOOK_AROUND: Final = re.compile(r"\(\?(?:<!|<=|!|=)")
_GROUP_START: Final = re.compile(r"\((?:\?:|\?P<\w+>)?")
_REPEAT: Final = re.compile(r"(\?|\*|\+|\{(\d+),?\d*\})[?+]?")
_FEW_LETTERS: Final = re.compile(r"[a-z0-9]{1,6}")
_NO_LETTER: Final = re.compile(r"(?:\\[^a-z]|[^\w\\^-])+-?")

_WORD_BYTES: Final = bytes([code if chr(code).isascii() and chr(code).isalnum() else 32 for code in range(256)])
_WORDS: Final = regex.compile(r"[^\W_]+")


def words_of(folded: str) -> list[bytes]:
    """The words of a folded text, in UTF-8."""
    if folded.isascii():
        return folded.encode().translate(_WORD_BYTES).split()
    return " ".join(_WORDS.findall(folded)).encode("utf-8", "surrogatepass").split(b" ")


class Matcher:
    """Tells which patterns can match a text. Names every pattern that does, in linear time."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self.size = len(patterns)
        index: dict[str, set[int]] = {}
        self._second: Final[dict[int, int]] = {}
        anywhere = []
        for number, pattern in enumerate(patterns):
            parts = strings_of(pattern)
            if not parts:
                anywhere.append(number)
            if len(parts) > 1:
                self._second[number] = self.size + number
            for part, name in zip(parts, (number, self.size + number), strict=False):
                for string in part:
                    index.setdefault(string, set()).add(name)
        self._anywhere: Final = frozenset(anywhere)
        self._seconds: Final = frozenset(self._second.values())
        self._parts: Final = [frozenset(names) for names in index.values()]
        self._automaton: Final = BytesAhoCorasick([string.encode() for string in index])

    def possible(self, words: Sequence[bytes]) -> frozenset[int]:
        """Positions of the patterns that may match a text of these words."""
        parts = self._parts
        hits = self._automaton.find_matches_as_indexes(b" %b " % b" ".join(words), overlapping=True)
        found = self._anywhere.union(*[parts[hit] for hit, _, _ in hits])
        halves = [first for first, second in self._second.items() if first in found and second not in found]
        return found.difference(halves, self._seconds)


Ends = frozenset[tuple[str, bool]]
"""Strings with which a match can begin, as words between single spaces, and whether the next piece adds to each."""

_ANYTHING: Final[Ends] = frozenset({("", False)})
_NOTHING: Final[Ends] = frozenset({("", True)})


def strings_of(pattern: str) -> tuple[frozenset[str], ...]:
    """Sets of strings, at most two; wherever the pattern (`reading.Phrase`) matches, the text holds one of each.

    Empty: nothing is known of the text.
    """
    firsts: set[str] = set()
    seconds: set[str] = set()
    for alternative in _split(_without_look_around(pattern), "|"):
        items = list(_items(alternative))
        first, start, loose = _best(items, 0, len(items))
        # There is more to ask for before the strings, and behind the piece that cuts some of them short.
        second = max(_best(items, 0, start)[0], _best(items, loose, len(items))[0], key=_demand)
        firsts |= first
        # Where one alternative has no second part, the others lean on it in vain unless it stands for both.
        seconds |= second if _demand(second) else first
    sets = [_shortest(found) for found in (firsts, seconds) if _demand(found)]
    return tuple(dict.fromkeys(sets))


def _shortest(strings: set[str]) -> frozenset[str]:
    """Without the strings that hold another one."""
    return frozenset(
        [string for string in strings if not any(other in string for other in strings if other is not string)]
    )


def _best(items: Sequence[Ends], low: int, high: int) -> tuple[frozenset[str], int, int]:
    """What the pieces from `low` to `high` demand where they demand most, where that starts, and where it is cut."""
    best, start, loose = frozenset({""}), low, high
    for at in range(low, high):
        found, cut = _joined(items[at:high])
        strings = frozenset([string for string, _ in found])
        if _demand(strings) > _demand(best):
            best, start, loose = strings, at, at + cut
    return best, start, loose


def _demand(strings: Collection[str]) -> int:
    """Letters of the shortest string: 0 demands nothing."""
    return min(len(string.strip()) for string in strings)


def _items(sequence: str) -> Iterator[Ends]:
    at = 0
    while at < len(sequence):
        end = _piece_end(sequence, at)
        ends = _ends(sequence[at:end])
        repeat = _REPEAT.match(sequence, end)
        if repeat:
            end = repeat.end()
            if repeat[1] != "?":
                ends = frozenset([(string, False) for string, _ in ends])
            if repeat[1] in {"?", "*"} or repeat[2] == "0":
                ends |= _NOTHING
        at = end
        yield ends


def _ends(piece: str) -> Ends:
    """What one character, escape, class or group stands for."""
    if piece[0] == "(":
        inner = piece[_GROUP_START.match(piece).end() : -1]  # type: ignore[union-attr]  # it begins with one
        return frozenset().union(*[_joined(list(_items(one)))[0] for one in _split(inner, "|")])
    if piece[0] == "[":
        if _FEW_LETTERS.fullmatch(piece, 1, len(piece) - 1):
            return frozenset([(letter, True) for letter in piece[1:-1]])
        return frozenset({(" ", True)}) if _NO_LETTER.fullmatch(piece, 1, len(piece) - 1) else _ANYTHING
    if piece in {"^", "$", r"\b", r"\s"} or not (piece in {".", "…"} or piece[-1].isalnum()):
        return frozenset({(" ", True)})
    return frozenset({(piece, True)}) if len(piece) == 1 and piece.isalnum() else _ANYTHING


def _joined(items: Sequence[Ends]) -> tuple[Ends, int]:
    """Pieces written out one after the other, and the first one that cuts some string short."""
    found, cut = _NOTHING, len(items)
    for at, ends in enumerate(items):
        longer = frozenset(
            [
                pair
                for string, goes_on in found
                for pair in ([(_join(string, more), on) for more, on in ends] if goes_on else [(string, False)])
            ]
        )
        if len(longer) > MOST_STRINGS:
            return frozenset([(string, False) for string, _ in found]), min(cut, at)
        found = longer
        if cut > at and not all(goes_on for _, goes_on in found):
            cut = at
    return found, cut


def _join(string: str, more: str) -> str:
    return string + more[1:] if string[-1:] == more[:1] == " " else string + more


def _without_look_around(pattern: str) -> str:
    found, at = [], 0
    while at < len(pattern):
        end = _piece_end(pattern, at)
        if pattern[at] != "(":
            found.append(pattern[at:end])
        elif not _LOOK_AROUND.match(pattern, at):
            inner = _GROUP_START.match(pattern, at).end()  # type: ignore[union-attr]  # it begins with one
            found.append(f"{pattern[at:inner]}{_without_look_around(pattern[inner : end - 1])})")
        at = end
    return "".join(found)


def _split(pattern: str, border: str) -> list[str]:
    """The parts of a pattern between borders outside all groups."""
    parts, start, at = [], 0, 0
    while at < len(pattern):
        end = _piece_end(pattern, at)
        if pattern[at:end] == border:
            parts.append(pattern[start:at])
            start = end
        at = end
    return [*parts, pattern[start:]]


def _piece_end(pattern: str, at: int) -> int:
    """Where the character, escape, class or group that begins at a place is over."""
    if pattern[at] == "\\":
        return at + 2
    if pattern[at] == "[":
        return pattern.index("]", at + 2) + 1
    if pattern[at] == "(":
        inside = at + 1
        while pattern[inside] != ")":
            inside = _piece_end(pattern, inside)
        return inside + 1
    return at + 1
