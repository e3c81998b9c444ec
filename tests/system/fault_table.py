"""What the chaos tests tried and survived, row by row: `make chaos` gathers the rows and writes docs/faults.md."""

from __future__ import annotations

import json
import os
from pathlib import Path

FULL = os.environ.get("CHAOS_FULL") == "1"
"""The long form: a hundred kills, minutes of random faults. `make chaos` asks for it."""
_TABLE = os.environ.get("CHAOS_TABLE")


def record(
    fault: str, *, database: str, lasted_sec: float | None, times: int, recovered_sec: float | None, lost: int
) -> None:
    """Add a row once everything about this fault has been asserted; the short form only prints it.

    `lost` are the rows that a look before and one after it (`stored_rows`) do not agree about.
    """
    row = {
        "fault": fault,
        "database": database,
        "lasted_sec": lasted_sec,
        "times": times,
        "recovered_sec": recovered_sec,
        "lost": lost,
    }
    line = json.dumps(row)
    print(line)  # noqa: T201 - shown by pytest -rP
    if _TABLE:
        with Path(_TABLE).open("a", encoding="utf-8") as table:
            table.write(line + "\n")
