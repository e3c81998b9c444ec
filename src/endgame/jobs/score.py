"""Scoring: reads the latest rows, computes all markets at once, replaces scores and recommendations."""

from __future__ import annotations

import asyncio
from typing import Final

import numpy as np

from endgame.clock import Clock
from endgame.config import Settings
from endgame.domain.columns import ScoreInputs, Scores
from endgame.errors import StorageError
from endgame.jobs.batches import write_span
from endgame.scoring.notes import notes
from endgame.scoring.score import score
from endgame.storage import runs as run_store
from endgame.storage import scores as score_store
from endgame.storage.bulk import FUTURE_TOLERANCE_MS, WriteCount
from endgame.storage.database import Connection, Database
from endgame.telemetry import metrics, span

PARTIAL_REST: Final = 3.0
"""After a partial picture the next one waits this many times as long as that took: the walk has the core meanwhile."""


class Scoring:
    """Scoring cycles, and when one must not wait for its tick."""

    def __init__(self, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._last_start = 0
        self._last_opportunities = 0
        self._rests_until = 0.0
        self._settled = False
        """True once the first full picture (window walked, then quoted) has been scored."""

    async def is_urgent(self) -> bool:
        """True when quotes arrived since the last run, the list is still empty or known to be partial, and that run did
        not end just now."""
        if self._clock.monotonic() < self._rests_until or (self._settled and self._last_opportunities):
            return False
        found = {run.job: run for run in await self._database.read(run_store.read_runs)}
        quotes, window = found.get("quotes"), found.get("discovery_window")
        quoted_at = quotes.last_success if quotes else None
        if quoted_at is None:
            return False
        walked_at = window.last_success if window else None
        if not self._settled and walked_at is not None and walked_at < quoted_at < self._last_start:
            self._settled = True
        return quoted_at >= self._last_start and (self._last_opportunities == 0 or not self._settled)

    async def cycle(self) -> dict[str, int]:
        """One scoring run. Counts `as_of`, `markets` and `opportunities`."""
        begun, now = self._clock.monotonic(), self._clock.now_ms()
        self._last_start = now
        with span("read") as piece:
            inputs = await self._database.read_bulk(
                score_store.read_score_inputs,
                now=now,
                back_ms=self._settings.window_back_ms,
                ahead_ms=self._settings.window_ahead_ms,
            )
            piece.note(markets=len(inputs.market_id))
        with span("score") as piece:
            scored, reasons = await asyncio.to_thread(_compute, inputs, now, self._settings)
            piece.note(markets=len(scored), opportunities=len(reasons))
        counts = {"as_of": now, "markets": len(scored), "opportunities": len(reasons)}
        with write_span("scores_latest", len(scored)) as done:
            done(await self._database.write(_write_run, scored, reasons, counts, now=now))
        self._last_opportunities = len(reasons)
        ended = self._clock.monotonic()
        self._rests_until = ended + PARTIAL_REST * (ended - begun)
        metrics().opportunities.set(len(reasons))
        metrics().score_opportunities.inc(len(reasons))
        metrics().scoring_lag.set(max(self._clock.now_ms() - now, 0) / 1_000)
        return counts


def _compute(inputs: ScoreInputs, now: int, settings: Settings) -> tuple[Scores, dict[str, tuple[str, ...]]]:
    """Scores of all markets, and the reasons of each opportunity by market_id."""
    scored = score(inputs, now, settings.scoring, candidate_margin=settings.ingest.candidate_margin)
    target_usd = settings.scoring.bounds.depth_target_usd
    found = np.flatnonzero(scored.is_opportunity).tolist()
    return scored, {scored.market_id[row]: notes(scored, row, depth_target_usd=target_usd) for row in found}


def _write_run(
    conn: Connection, scored: Scores, reasons: dict[str, tuple[str, ...]], counts: dict[str, int], *, now: int
) -> WriteCount:
    """Rows and the run's own mark in one transaction, so that no reader sees one without the other.

    Raises:
        StorageError: a newer run is stored, so this clock, or the other one, is wrong.
    """
    score_store.lock_scores(conn)
    stored = score_store.read_score_run(conn)
    if stored is not None and now < stored <= now + FUTURE_TOLERANCE_MS:
        raise StorageError(f"the stored scoring run is {(stored - now) / 1_000:.1f} s ahead of this clock")
    written = score_store.write_scores(conn, scored, reasons, now=now)
    run_store.record_counts(conn, "score", now=now, counts=counts)
    return written
