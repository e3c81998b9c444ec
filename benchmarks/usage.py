"""Memory and CPU time of a process as Linux accounts for them; None elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")


def resident_mb(process: int | str = "self") -> float | None:
    """Resident set now, MB."""
    return _status(process, "VmRSS")


def peak_mb(process: int | str = "self") -> float | None:
    """Largest resident set since the start (or since `forget_peak`), MB."""
    return _status(process, "VmHWM")


def forget_peak() -> None:
    """Let the peak of this process begin anew."""
    clear = _PROC / "self" / "clear_refs"
    if clear.exists():
        clear.write_text("5", encoding="ascii")


def cpu_sec(process: int) -> float | None:
    """CPU time of a process with all its threads so far, seconds."""
    path = _PROC / str(process) / "stat"
    if not path.exists():
        return None
    user, system = path.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _status(process: int | str, name: str) -> float | None:
    path = _PROC / str(process) / "status"
    if not path.exists():
        return None
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1_024
    return None
