"""The only source of time.

Everything that needs a moment takes a `Clock` (or the moment itself), so that tests pass time by hand
and never sleep.
"""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime
from typing import Final, Protocol

MS_PER_SEC = 1_000
SEC_PER_DAY = 86_400
MS_PER_DAY = SEC_PER_DAY * MS_PER_SEC

_RFC3339: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-]\d\d:\d\d))", re.ASCII
)


class Clock(Protocol):
    """Wall time, monotonic time and waiting."""

    def now_ms(self) -> int:
        """Wall time as UTC epoch milliseconds."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds (0 yields once)."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """Wall time as UTC epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds (0 yields once)."""
        await asyncio.sleep(max(seconds, 0.0))


def rfc3339(epoch_ms: int) -> str:
    """UTC epoch milliseconds as RFC 3339 with milliseconds and `Z`: 2026-11-22T09:55:02.118Z."""
    moment = datetime.fromtimestamp(epoch_ms // MS_PER_SEC, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{epoch_ms % MS_PER_SEC:03d}Z"


def epoch_ms(text: str) -> int:
    """UTC epoch milliseconds of an RFC 3339 time, rounded down.

    Raises:
        ValueError: it is none; a date alone, or a time without its offset, is no moment.
    """
    found = _RFC3339.fullmatch(text)
    try:
        day, clock, fraction, offset = found.groups() if found else ("", "", "", "")
        moment = datetime.fromisoformat(f"{day}T{clock}{offset or '+00:00'}")
    except ValueError:
        raise ValueError(f"{text!r} is not an RFC 3339 time") from None
    return round(moment.timestamp()) * MS_PER_SEC + int((fraction or "0")[:3].ljust(3, "0"))
