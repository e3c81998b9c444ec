"""A secret that is mounted as a file, such as an orchestrator does it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

MAX_BYTES: Final = 4_096
"""Of a larger file only the beginning would be read: it is refused as whatever it is."""


def read_secret(file: str, setting: str) -> str:
    """The text of a file of UTF-8 without the line break at its end.

    Raises:
        ValueError: it cannot be read, is no text, is larger than `MAX_BYTES` or empty; names `setting` and the file.
    """
    try:
        with Path(file).open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
        found = raw.decode("utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no text"
        raise ValueError(f"{setting} {file!r} cannot be read: {reason}") from None
    if len(raw) > MAX_BYTES:
        raise ValueError(f"{setting} {file!r} is larger than {MAX_BYTES} bytes")
    if not found:
        raise ValueError(f"{setting} {file!r} is empty")
    return found
