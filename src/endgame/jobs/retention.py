"""Retention: prunes old samples and long-closed markets in bounded bites."""

from __future__ import annotations

from collections.abc import Callable

from endgame.clock import MS_PER_DAY, Clock
from endgame.config import RetentionSettings
from endgame.storage.database import Database
from endgame.storage.markets import prune_closed
from endgame.storage.quotes import prune_samples


class Retention:
    """Deletes what has outlived its use, never more than a bite per transaction."""

    def __init__(self, database: Database, settings: RetentionSettings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    async def prune(self) -> dict[str, int]:
        """Counts `samples` and `markets` deleted."""
        bite = self._settings.bite_rows
        return {
            "samples": await self._prune(prune_samples, self._settings.samples_days, bite),
            # A market takes all its samples with it: fewer of them make a bite.
            "markets": await self._prune(prune_closed, self._settings.closed_days, max(bite // 100, 1)),
        }

    async def _prune(self, prune: Callable[..., int], days: float, bite: int) -> int:
        before = self._clock.now_ms() - round(days * MS_PER_DAY)
        pruned = 0
        while True:
            rows = await self._database.write(prune, before=before, limit=bite)
            pruned += rows
            if rows < bite:
                return pruned
