"""Rules: judges every text that is new, changed, or was judged by an older rulebook."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from endgame.clock import Clock
from endgame.domain.rule import Assessment
from endgame.scoring.risk import assess
from endgame.storage import rules as rule_store
from endgame.storage.database import Database
from endgame.storage.rules import Unjudged

BITE: Final = 500
"""Texts judged between two writes."""


class Rules:
    """Judges waiting texts, nearest end first."""

    def __init__(self, database: Database, clock: Clock, *, texts_stored: asyncio.Event) -> None:
        self._database = database
        self._clock = clock
        self._texts_stored = texts_stored

    async def is_urgent(self) -> bool:
        """True when discovery stored texts since the last cycle."""
        return self._texts_stored.is_set()

    async def judge(self) -> dict[str, int]:
        """Judge all that waits. Counts `judged` and `flags`."""
        self._texts_stored.clear()
        judged = flags = 0
        while True:
            waiting = await self._database.read_bulk(rule_store.read_unjudged, limit=BITE, now=self._clock.now_ms())
            if not waiting:
                return {"judged": judged, "flags": flags}
            found = await asyncio.to_thread(_assess_all, waiting)
            written = await self._database.write(rule_store.write_judgements, found, now=self._clock.now_ms())
            judged += written
            flags += sum(len(assessment.flags) for _, _, assessment in found)


def _assess_all(waiting: Sequence[Unjudged]) -> list[tuple[str, str, Assessment]]:
    return [(one.market_id, one.judge_key, assess(one.rule_text, one.context)) for one in waiting]
