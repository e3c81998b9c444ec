"""A rule text cut at the borders of its evidence, for display.

Code points and UTF-16 units differ, so a page or a terminal gets the text already cut instead of offsets.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from endgame.domain.rule import Flag


class Segment(NamedTuple):
    """A piece of a text and the codes of the flags whose evidence covers it, sorted; none for plain text."""

    text: str
    flags: tuple[str, ...]


def segments(text: str, flags: Sequence[Flag]) -> list[Segment]:
    """Cut `text` where evidence begins or ends; the pieces joined are the text, none is empty.

    Spans may overlap; parts of them outside the text are ignored. Time grows with text plus spans times codes.
    """
    size = len(text)
    opening: dict[int, list[str]] = {}
    closing: dict[int, list[str]] = {}
    for flag in flags:
        for span in flag.evidence_spans:
            start, end = max(0, span.start), min(size, span.end)
            if start < end:
                opening.setdefault(start, []).append(flag.code)
                closing.setdefault(end, []).append(flag.code)
    borders = sorted({0, size, *opening, *closing})
    depth: dict[str, int] = {}
    pieces = []
    for start, end in pairwise(borders):
        # Evidence of one flag may overlap itself: a code is covered until its last open span ends.
        for code in opening.get(start, ()):
            depth[code] = depth.get(code, 0) + 1
        for code in closing.get(start, ()):
            depth[code] -= 1
        covering = tuple(sorted(code for code, count in depth.items() if count > 0))
        pieces.append(Segment(text[start:end], covering))
    return pieces
