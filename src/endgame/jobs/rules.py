"""Rules: judges every text that is new, changed, or was judged by an older rulebook."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final

from endgame.clock import Clock
from endgame.domain.rule import Assessment
from endgame.jobs.batches import write_span
from endgame.jobs.runner import attempt
from endgame.scoring.risk import assess
from endgame.storage import rules as rule_store
from endgame.storage.bulk import WriteCount
from endgame.storage.database import Connection, Database
from endgame.storage.rules import Unjudged
from endgame.telemetry import logger, metrics

BITE_TEXTS: Final = 2_000
BITE_CHARS: Final = 4_000_000
"""Texts, and characters of text, that are read at once."""
SLICE_SEC: Final = 1.0
"""What was judged is written after this long, so that useful texts do not wait behind long ones."""


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
        """Judge all that waits. Counts `judged`, `flags` and `failed`."""
        self._texts_stored.clear()
        total: Counter[str] = Counter(judged=0, flags=0, failed=0)
        while waiting := await self._database.read_bulk(
            rule_store.read_unjudged, limit=BITE_TEXTS, max_chars=BITE_CHARS, now=self._clock.now_ms()
        ):
            done = 0
            while done < len(waiting):
                found = await asyncio.to_thread(self._judge_some, waiting[done:])
                done += len(found)
                total.update(await self._store(found))
        return dict(total)

    def _judge_some(self, waiting: Sequence[Unjudged]) -> list[tuple[Unjudged, Assessment | Exception]]:
        """Judgements of the first texts, as many as a slice of time allows, at least one."""
        until = self._clock.monotonic() + SLICE_SEC
        found: list[tuple[Unjudged, Assessment | Exception]] = []
        for one in waiting:
            found.append((one, attempt(assess, one.rule_text, one.context)))
            if self._clock.monotonic() >= until:
                break
        return found

    async def _store(self, found: Sequence[tuple[Unjudged, Assessment | Exception]]) -> dict[str, int]:
        judged: list[tuple[str, str, Assessment]] = []
        failed: list[tuple[str, str]] = []
        for one, result in found:
            if isinstance(result, Assessment):
                judged.append((one.market_id, one.judge_key, result))
            else:
                failed.append((one.market_id, one.judge_key))
                logger().error("rules.unjudgeable", market_id=one.market_id, exc_info=result)
        now = self._clock.now_ms()
        with write_span("rules_latest", len(found)) as done:
            written = await self._database.write(_write_slice, judged, failed, now=now)
            done(WriteCount(written, len(judged) - written))
        metrics().records_skipped.labels("rule_unjudgeable").inc(len(failed))
        return {
            "judged": written,
            "flags": sum(len(assessment.flags) for _, _, assessment in judged),
            "failed": len(failed),
        }


def _write_slice(
    conn: Connection, judged: list[tuple[str, str, Assessment]], failed: list[tuple[str, str]], *, now: int
) -> int:
    """Judgements, and a mark on texts that cannot be judged: those stay without a score, and so without a place."""
    rule_store.mark_unjudgeable(conn, failed, now=now)
    return rule_store.write_judgements(conn, judged, now=now)
