"""What of time a judgement looks at, in bands: so that a market is judged again when a band flips, not every minute.

Times are UTC epoch milliseconds.
"""

from __future__ import annotations

from typing import Final

from endgame.domain.rule import TextChange

RECENT_CHANGE_MS: Final = 72 * 3_600_000
NEAR_DEADLINE_MS: Final = 48 * 3_600_000


def text_change(changed_at: int | None, now: int) -> TextChange:
    """Whether and when a stored text has changed in sense; None is never. A moment ahead of the clock is recent."""
    if changed_at is None:
        return TextChange.NEVER
    return TextChange.RECENT if now - changed_at < RECENT_CHANGE_MS else TextChange.EARLIER


def deadline_is_near(deadline: int | None, now: int) -> bool | None:
    """True in the last 48 hours before the deadline, False before and after; None when nobody says when it is."""
    return None if deadline is None else 0 <= deadline - now < NEAR_DEADLINE_MS
