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


def shared_out_mb(root: int) -> float | None:
    """Memory of a process and all below it, MB: what several of them share counts once (proportional set size)."""
    if not (_PROC / str(root)).exists():
        return None
    family, last = {root}, 0
    parents = {int(path.name): parent(int(path.name)) for path in _PROC.iterdir() if path.name.isdigit()}
    while len(family) != last:
        last = len(family)
        family |= {pid for pid, above in parents.items() if above in family}
    return sum(_proportional_kb(pid) for pid in family) / 1_024


def parent(pid: int) -> int:
    """The process that started another; 0 when that has ended."""
    try:
        return int(
            (_PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[1]
        )
    except OSError:  # it has just ended
        return 0


def _proportional_kb(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:  # it has just ended, or belongs to somebody else
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


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
