"""Flags as JSON, the one shape in which they are stored and sent.

`[{"code", "severity", "why", "base_rate", "evidence_spans": [{"start", "end"}]}]`
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from endgame.domain.rule import Flag, Severity, Span


def flags_to_json(flags: Sequence[Flag]) -> str:
    """Flags as a JSON array text; same flags, same bytes."""
    return msgspec.json.encode([flag_fields(flag) for flag in flags]).decode()


def flags_from_json(text: str) -> tuple[Flag, ...]:
    """The flags of a text made by `flags_to_json`."""
    return tuple(
        Flag(
            code=item["code"],
            severity=Severity(item["severity"]),
            why=item["why"],
            base_rate=item["base_rate"],
            evidence_spans=tuple(Span(span["start"], span["end"]) for span in item["evidence_spans"]),
        )
        for item in msgspec.json.decode(text)
    )


def flag_fields(flag: Flag) -> dict[str, Any]:
    """One flag as plain data with exactly the keys of the contract."""
    return {
        "code": flag.code,
        "severity": flag.severity.value,
        "why": flag.why,
        "base_rate": flag.base_rate,
        "evidence_spans": [{"start": span.start, "end": span.end} for span in flag.evidence_spans],
    }
