"""Memory and CPU time of a process as Linux accounts for them; None elsewhere."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def resident_mb(process: int | str = "self") -> float | None:
    """Resident set now, MB."""
    return _status(process, "VmRSS")


def peak_mb(process: int | str = "self") -> float | None:
    """Largest resident set since the start (or since `forget_peak`), MB."""
    return _status(process, "VmHWM")


def machine_cpu_sec() -> float | None:
    """CPU time that all processes of the machine have used since its start, seconds."""
    path = _PROC / "stat"
    if not path.exists():
        return None
    user, nice, system, _idle, _wait, interrupts, soft = path.read_text(encoding="ascii").split()[1:8]
    return sum(map(int, (user, nice, system, interrupts, soft))) / os.sysconf("SC_CLK_TCK")


def family_cpu_sec(root: int) -> float:
    """CPU time so far of a process, those below it, and those of them that have ended, seconds."""
    ticks = 0
    for pid in family(root):
        with suppress(OSError):  # it has just ended, and its parent counts it from now on
            stat = (_PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
            ticks += sum(map(int, stat.rpartition(")")[2].split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def shared_out_mb(root: int) -> float | None:
    """Memory of a process and all below it, MB: what several of them share counts once (proportional set size)."""
    if not (_PROC / str(root)).exists():
        return None
    return sum(_proportional_kb(pid) for pid in family(root)) / 1_024


def family(root: int) -> set[int]:
    """A process and all below it."""
    parents = {int(path.name): parent(int(path.name)) for path in _PROC.iterdir() if path.name.isdigit()}
    found, known = {root}, 0
    while len(found) != known:
        known = len(found)
        found |= {pid for pid, above in parents.items() if above in found}
    return found


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
