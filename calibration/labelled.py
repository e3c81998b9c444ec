"""Markets of which it is known whether they were disputed, as their closed records tell of them.

Source: raw catalogue records of markets created in 2024, and the oracle's on-chain dispute events, joined by
`conditionId`. Markets that closed later than July 2025 may have been settled by the managed oracle, whose disputes are
in no file here: they are left out, and so are those of which nobody says when they closed. The records are final ones:
volumes are those at the end, a dispute's trading included, and texts may have been clarified meanwhile.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from endgame.domain.rule import RuleContext

LABELS_END: Final = dt.datetime(2025, 8, 1, tzinfo=dt.UTC)
"""Labels are trustworthy for markets closed before this."""


@dataclass(frozen=True, slots=True)
class LabelledMarket:
    """One closed market as its final record tells of it, without its outcome, and what became of it."""

    text: str
    context: RuleContext
    event: str
    disputed: bool
    split: bool
    """It paid half to either side."""


def read_labelled(data: Path) -> list[LabelledMarket]:
    """All labelled markets below the folder of recorded data, in the order of the file.

    Raises:
        FileNotFoundError: the folder does not hold the recorded files.
    """
    events = records(data / "disputes" / "uma_oov2_disputes.jsonl.gz")
    disputed = {event["conditionId"].lower() for event in events}
    found = []
    for record in records(data / "polymarket" / "gamma_closed_created2024.jsonl.gz"):
        closed = moment_ms(record.get("closedTime"))
        if closed is not None and closed < LABELS_END.timestamp() * 1000:
            found.append(_labelled(record, record["conditionId"].lower() in disputed))
    return found


def records(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a gzipped file, one a line."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def moment_ms(text: str | None) -> int | None:
    """UTC epoch milliseconds of `2024-11-08 03:05:30+00` or RFC 3339; None where it is neither."""
    try:
        return int(dt.datetime.fromisoformat((text or "").replace("+00", "+00:00")).timestamp() * 1000)
    except ValueError:
        return None


def context_of(record: dict[str, Any]) -> RuleContext:
    """What a record tells of the market, without its outcome; of a closed one the volumes are the final ones."""
    event = (record.get("events") or [{}])[0]
    source = record.get("resolutionSource") or ""
    labels = json.loads(record.get("outcomes") or "[]")
    start = moment_ms(record.get("gameStartTime"))
    return RuleContext(
        title=record.get("question"),
        labels=(labels[0], labels[1]) if len(labels) == 2 else None,
        category="sports" if start is not None else None,
        open_time=moment_ms(record.get("startDate")) or moment_ms(record.get("createdAt")),
        venue_close_time=moment_ms(record.get("endDate")),
        game_start_time=start,
        event_title=event.get("title"),
        group_title=record.get("groupItemTitle") or "",
        neg_risk=bool(record.get("negRisk")),
        settlement_source=source if source.startswith("http") else None,
        volume_usd=_amount(record.get("volumeNum")),
        event_volume_usd=_amount(event.get("volume")),
    )


def _labelled(record: dict[str, Any], disputed: bool) -> LabelledMarket:
    event = (record.get("events") or [{}])[0]
    prices = json.loads(record.get("outcomePrices") or "[]")
    return LabelledMarket(
        text=record.get("description") or "",
        context=context_of(record),
        event=str(event.get("id") or record["conditionId"]),
        disputed=disputed,
        split=[float(price) for price in prices] == [0.5, 0.5],
    )


def _amount(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and value >= 0 else None
