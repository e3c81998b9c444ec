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
from endgame.scoring.risk import assess, judge_key
from endgame.storage import rules as rule_store
from endgame.storage.bulk import WriteCount
from endgame.storage.database import Database
from endgame.storage.rules import Judgement, Waiting
from endgame.telemetry import logger, metrics, span

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
        """Judge all that waits, what is the same only once in a bite. Counts `judged`, `flags` and `failed`."""
        self._texts_stored.clear()
        total: Counter[str] = Counter(judged=0, flags=0, failed=0)
        while waiting := await self._database.read_bulk(
            rule_store.read_unjudged, limit=BITE_TEXTS, max_chars=BITE_CHARS, now=self._clock.now_ms()
        ):
            done = 0
            known: dict[str, Assessment | None] = {}
            while done < len(waiting):
                with span("judge", level="debug") as piece:
                    found = await asyncio.to_thread(self._judge_some, waiting[done:], known)
                    piece.note(texts=len(found))
                done += len(found)
                total.update(await self._store(found))
        return dict(total)

    def _judge_some(self, waiting: Sequence[Waiting], known: dict[str, Assessment | None]) -> list[Judgement]:
        """Judgements of the first texts, as many as a slice of time allows, at least one; `known` grows by them."""
        until = self._clock.monotonic() + SLICE_SEC
        found: list[Judgement] = []
        for one in waiting:
            key = judge_key(one.rule, one.context)
            if key not in known:
                result = attempt(assess, one.rule.rule_text, one.context)
                if isinstance(result, Exception):
                    logger().error("rules.unjudgeable", market_id=one.rule.market_id, exc_info=result)
                known[key] = None if isinstance(result, Exception) else result
            found.append(Judgement(one.rule.market_id, one.judge_key, key, known[key]))
            if self._clock.monotonic() >= until:
                break
        return found

    async def _store(self, found: Sequence[Judgement]) -> dict[str, int]:
        """Judgements, and a mark on texts that cannot be judged: those stay without a score, and so without a place."""
        assessed = [one.assessment for one in found if one.assessment is not None]
        failed = len(found) - len(assessed)
        now = self._clock.now_ms()
        with write_span("rules_latest", len(found)) as done:
            written = await self._database.write(rule_store.write_judgements, found, now=now)
            done(WriteCount(written, len(assessed) - written))
        metrics().records_skipped.labels("rule_unjudgeable").inc(failed)
        return {"judged": written, "flags": sum(len(one.flags) for one in assessed), "failed": failed}
