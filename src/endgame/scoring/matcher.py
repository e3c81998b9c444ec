"""Which of many phrases can stand in a text, found in one pass over it.

RE2 runs all patterns as one automaton, a hundred times as fast as one search after the other, but knows no
look-around, only ASCII letters in its classes, and grows with long gaps. So each pattern is loosened until it matches
wherever the real one does, and perhaps elsewhere; what may stand in a text is then searched for with the real pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import re2

MEMORY_BYTES: Final = 64 << 20
"""Most that the automaton may keep. A text that needs more is matched more slowly, in linear time all the same."""

_LOOK_AROUND: Final = re.compile(r"\(\?(?:<!|<=|!|=)")
_CLASSES: Final = {
    r"\w": r"\pL\pN\pM_",
    r"\d": r"\pN",
    r"\s": r"\s\x0b\x1c-\x1f\x{85}\pZ",
}
"""Python's classes of any script, as the inside of a class of RE2."""


class Matcher:
    """Tells which patterns can match a text. Names every pattern that does, in linear time."""

    def __init__(self, patterns: Sequence[str]) -> None:
        options = re2.Options()
        options.max_mem = MEMORY_BYTES
        options.log_errors = False
        self.size = len(patterns)
        self._set = re2.Set.SearchSet(options)
        self._second: dict[int, int] = {}
        signs = [signs_of(pattern) for pattern in patterns]
        for first, _ in signs:
            self._set.Add(first)
        for number, (first, second) in enumerate(signs):
            if second != first:
                self._second[number] = self._set.Add(second)
        self._seconds: Final = frozenset(self._second.values())
        self._set.Compile()

    def possible(self, text: str) -> frozenset[int]:
        """Positions of the patterns that may match the text."""
        try:
            found = self._set.Match(text)
        except UnicodeEncodeError:  # a lone surrogate, which no pattern holds
            found = self._set.Match(text.encode("utf-8", "replace").decode())
        if not found:
            return frozenset()
        signs = frozenset(found)
        halves = [one for one, other in self._second.items() if one in signs and other not in signs]
        return signs.difference(halves, self._seconds)


def signs_of(pattern: str) -> tuple[str, str]:
    """Two patterns that RE2 knows, both of which match wherever the pattern of a phrase (`reading.Phrase`) does.

    Gaps would make the automaton large: what stands before one and what stands behind it are looked for apart. The two
    are the same where there is no gap.
    """
    alternatives = [_without_borders(one) for one in _alternatives(_without_look_around(pattern))]
    first, second = (
        _loose_repeats(_loose_classes(_spaced("|".join(part(one) for one in alternatives))))
        for part in (_before_gap, _behind_gap)
    )
    return first, second


def _spaced(pattern: str) -> str:
    return pattern.replace(" ?", r"\s*").replace(" ", r"\s+").replace("…", r"[^!?\n]*")


def _without_borders(alternative: str) -> str:
    # RE2 sees the border of a word at ASCII letters and digits only: where others may stand, it sees none.
    if not any(piece in alternative for piece in (r"\d", r"\w", "[")):
        return alternative
    return "".join([piece for piece, _, _ in _pieces(alternative) if piece != r"\b"])


def _without_look_around(pattern: str) -> str:
    found, over = [], 0
    for piece, _, at in _pieces(pattern):
        if at >= over and _LOOK_AROUND.match(pattern, at):
            over = _group_end(pattern, at)
        elif at >= over:
            found.append(piece)
    return "".join(found)


def _group_end(pattern: str, start: int) -> int:
    """Where the group that opens at `start` is over."""
    depth = 0
    for piece, _, at in _pieces(pattern):
        if at < start:
            continue
        depth += (piece == "(") - (piece == ")")
        if depth == 0:
            return at + 1
    raise ValueError(f"a group of {pattern!r} does not end")


def _alternatives(pattern: str) -> list[str]:
    """The alternatives of a pattern outside all groups."""
    found, start = [], 0
    for piece, depth, at in _pieces(pattern):
        if piece == "|" and depth == 0:
            found.append(pattern[start:at])
            start = at + 1
    return [*found, pattern[start:]]


def _before_gap(alternative: str) -> str:
    at = _gap(alternative)
    return alternative[:at].rstrip(" ") if at and alternative[:at].strip() else alternative


def _behind_gap(alternative: str) -> str:
    at = _gap(alternative)
    return alternative[at + 1 :].lstrip(" ") if at is not None and alternative[at + 1 :].strip() else alternative


def _gap(alternative: str) -> int | None:
    """Place of the gap outside all groups."""
    return next((at for piece, depth, at in _pieces(alternative) if piece == "…" and depth == 0), None)


def _loose_classes(pattern: str) -> str:
    found, inside = [], False
    at = 0
    while at < len(pattern):
        size = 2 if pattern[at] == "\\" else 1
        piece = pattern[at : at + size]
        at += size
        if piece in _CLASSES:
            found.append(_CLASSES[piece] if inside else f"[{_CLASSES[piece]}]")
            continue
        inside = piece == "[" or (inside and piece != "]")
        found.append(piece)
    return "".join(found)


def _loose_repeats(pattern: str) -> str:
    """Bounded repetition without its upper bound, which RE2 would write out."""
    least = {"0": "*", "1": "+"}
    return re.sub(r"\{(\d+),\d+\}", lambda found: least.get(found[1], f"{{{found[1]},}}"), pattern)


def _pieces(pattern: str) -> Iterable[tuple[str, int, int]]:
    """Characters, escapes and classes of a pattern, with the depth of groups before each and its place."""
    depth, at = 0, 0
    while at < len(pattern):
        size = 1
        if pattern[at] == "\\":
            size = 2
        elif pattern[at] == "[":
            size = pattern.index("]", at + 2) + 1 - at
        piece = pattern[at : at + size]
        yield piece, depth - (piece == ")"), at
        depth += (piece == "(") - (piece == ")")
        at += size
