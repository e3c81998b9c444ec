"""Why a market is or is not listed: every gate with its figure and bound, now and at each of its samples.

The figures come from the very functions that score; nothing is computed a second way. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final

import numpy as np

from endgame.clock import MS_PER_SEC, rfc3339
from endgame.config import Settings
from endgame.domain.columns import ScoreInputs
from endgame.domain.market import Status
from endgame.domain.score import Gate
from endgame.scoring.score import score, score_and_failures

AT_LEAST: Final = "at_least"
AT_MOST: Final = "at_most"
ABOVE: Final = "above"

MEASURES: Final[Mapping[str, tuple[str, str, str | None]]] = {
    Gate.OVERDUE: ("t_remaining_sec", AT_LEAST, None),
    Gate.CLOSES_TOO_SOON: ("t_remaining_sec", AT_LEAST, "min_t_remaining_sec"),
    Gate.CLOSES_TOO_LATE: ("t_remaining_sec", AT_MOST, "max_t_remaining_sec"),
    Gate.STALE_QUOTE: ("staleness_sec", AT_MOST, "quote_stale_max_sec"),
    Gate.STUB_BOOK: ("spread", AT_MOST, "max_spread"),
    Gate.BELOW_PRICE_BAND: ("entry_price", AT_LEAST, "min_entry_price"),
    Gate.ABOVE_PRICE_BAND: ("entry_price", AT_MOST, "max_entry_price"),
    Gate.NO_NET_YIELD: ("net_yield", ABOVE, "min_net_yield"),
}
"""Gates that compare a figure: its name, what is asked of it, and the setting that bounds it (None: zero)."""
_MAX_GAP_BUCKETS: Final = 2


def measure(gate: str, bounds: Mapping[str, float]) -> tuple[str | None, str | None, float | None]:
    """Name of the figure that the gate looks at, how it is compared, and with what; all None for a plain fact."""
    name, relation, setting = MEASURES.get(gate, (None, None, None))
    if name is None:
        return None, None, None
    return name, relation, 0.0 if setting is None else bounds[setting]


def gate_checks(inputs: ScoreInputs, now: int, settings: Settings) -> list[dict[str, Any]]:
    """All gates in order for the one market of `inputs`, as the next scoring run would find them at `now` (ms).

    `state` is failed, passed, or unknown where the figure that the gate compares cannot be known.
    """
    margin = settings.ingest.candidate_margin
    failed, scored = score_and_failures(inputs, now, settings.scoring, candidate_margin=margin)
    bounds = settings.scoring.bounds.model_dump()
    checks = []
    for gate in Gate:
        name, relation, bound = measure(gate, bounds)
        found = float(getattr(scored, name)[0]) if name else math.nan
        value = found if math.isfinite(found) else None
        state = "failed" if failed[gate][0] else "unknown" if name and value is None else "passed"
        checks.append(
            {"gate": gate.value, "state": state, "measure": name, "relation": relation, "value": value, "bound": bound}
        )
    return checks


def gate_history(
    inputs: ScoreInputs, samples: Sequence[Mapping[str, Any]], now: int, settings: Settings
) -> list[dict[str, Any]]:
    """Stretches of the samples (oldest first) with the same gate, judged by quote and time alone with today's bounds.

    Status, disputes and rules of the past are not stored, so they are taken as passed. A stretch ends where samples
    are missing.
    """
    if not samples:
        return []
    gates = score(_as_of_samples(inputs, samples, now), now, settings.scoring).gate
    bucket_ms = settings.ingest.sample_sec * MS_PER_SEC
    stretches: list[dict[str, Any]] = []
    previous = -math.inf
    for sample, gate in zip(samples, gates, strict=True):
        start = sample["bucket_start"]
        if not stretches or stretches[-1]["gate"] != gate or start - previous > _MAX_GAP_BUCKETS * bucket_ms:
            stretches.append({"start": start, "end": start, "gate": gate})
        stretches[-1]["end"] = start + bucket_ms
        previous = start
    return [{**one, "start": rfc3339(one["start"]), "end": rfc3339(one["end"])} for one in stretches]


def _as_of_samples(inputs: ScoreInputs, samples: Sequence[Mapping[str, Any]], now: int) -> ScoreInputs:
    """One row per sample: its moment is moved to `now`, and what is measured against the clock with it."""
    rows = len(samples)
    moved = now - np.array([sample["as_of"] for sample in samples], dtype=np.float64)
    repeated = replace(inputs, **{field.name: np.repeat(getattr(inputs, field.name), rows) for field in fields(inputs)})
    prices: dict[str, Any] = {
        name: np.array([sample[name] for sample in samples], dtype=np.float64)  # None becomes NaN
        for name in ("yes_bid", "yes_ask", "no_bid", "no_ask")
    }
    return replace(
        repeated,
        **prices,
        status=np.full(rows, Status.ACTIVE.value, dtype=np.object_),
        accepts_orders=np.ones(rows, dtype=np.bool_),
        disputed=np.zeros(rows, dtype=np.bool_),
        has_rules=np.ones(rows, dtype=np.bool_),
        definition_risk_score=np.zeros(rows),
        indicative_price_yes=np.full(rows, np.nan),
        has_quote=np.ones(rows, dtype=np.bool_),
        quote_as_of=np.full(rows, float(now)),
        close_time=repeated.close_time + moved,
        game_start_time=repeated.game_start_time + moved,
        yes_depth_usd=np.zeros(rows),
        no_depth_usd=np.zeros(rows),
    )
