"""Chance as a pure function: the same seed, salt and key give the same number, in any order and at any time.

The generator is splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014) over NumPy
columns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
_ODD = 0xD1342543DE82EF95
_ODD_INVERSE = pow(_ODD, -1, 1 << 64)


def _mix(x: Words) -> Words:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


class Chance:
    """Seeded numbers by salt and key."""

    def __init__(self, seed: int) -> None:
        self._seed = (seed * 0xA24BAED4963EE407 + _GOLDEN) & _MASK

    def words(self, salt: int, keys: Ints) -> Words:
        """One 64-bit word per key, shape (n,)."""
        start = np.uint64((self._seed + salt * 0x632BE59BD9B4E019) & _MASK)
        mixed: Words = _mix(np.atleast_1d(keys).astype(np.uint64) * np.uint64(_GOLDEN) + start)
        return mixed

    def uniform(self, salt: int, keys: Ints) -> Floats:
        """One number in [0, 1) per key, shape (n,)."""
        return (self.words(salt, keys) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def seal(self, code: int) -> int:
        """A code below 2**64 as an unremarkable 64-bit word; `unseal` takes it back."""
        return ((code * _ODD) ^ self._seed) & _MASK

    def unseal(self, word: int) -> int:
        """The code that was sealed."""
        return ((word ^ self._seed) * _ODD_INVERSE) & _MASK
