"""How a text reads: what stays when only quotes, case, punctuation or white space are edited."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from endgame.scoring.reading import fold

_DRESS: Final = str.maketrans(dict.fromkeys("'\"") | dict.fromkeys("()[]{}*_#\u2026\u2022\u00b7", " "))
# Before a digit a sign can be part of a number: 2.5, .5, 1,000, -5, -$5, 11:59, 50-50.
_PUNCTUATION: Final = re.compile(r"[.,:;!?\-](?![$\u20ac\u00a3]?\.?\d)")


def sense_hash(text: str) -> str:
    """SHA-256 (64 hex digits) of the text as it reads: two texts of the same words and numbers have the same.

    Linear in the length of the text; raises nothing for any text.
    """
    words = _PUNCTUATION.sub(" ", fold(text).translate(_DRESS)).split()
    return hashlib.sha256(" ".join(words).encode("utf-8", "surrogatepass")).hexdigest()
