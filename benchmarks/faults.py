"""`make chaos`: the chaos tests in their long form, side by side, and docs/faults.md with what they survived."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "faults.md"
LANES = (
    ("tests/system/test_chaos_kill.py",),
    ("tests/system/test_chaos_host.py", "tests/contract/test_storage_upgrades.py"),
    ("tests/system/test_chaos_faults.py", "tests/system/test_services_postgres.py"),
)
"""Run at the same time; the tests of a lane run one after the other."""


def start(lane: tuple[str, ...], table: Path, output: Path) -> subprocess.Popen[bytes]:
    env = {**os.environ, "CHAOS_FULL": "1", "CHAOS_TABLE": str(table)}
    with output.open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own tests
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *lane],
            cwd=REPOSITORY, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip


def stop(lane: subprocess.Popen[bytes]) -> int:
    """End a lane early; its tests end their processes."""
    if lane.poll() is not None:
        return lane.returncode
    lane.send_signal(signal.SIGINT)
    try:
        return lane.wait(30)
    except subprocess.TimeoutExpired:
        lane.kill()
        return lane.wait()


def seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def page(rows: list[dict[str, object]], summaries: list[str], minutes: float) -> str:
    lines = [
        f"| {row['fault']} | {row['database']} | {row['times']} | {seconds(row['lasted_sec'])} | "  # type: ignore[arg-type]
        f"{seconds(row['recovered_sec'])} | {row['lost']} |"  # type: ignore[arg-type]
        for row in rows
    ]
    machine = (
        f"{time.strftime('%Y-%m-%d')}, Python {platform.python_version()}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores shared with other work, load {os.getloadavg()[2]:.0f}; {minutes:.0f} minutes."
    )
    return "\n".join(
        [
            "# Faults tried and survived",
            "",
            "Written by `make chaos`, which runs the real processes while it breaks things. A row is written after",
            "every claim about it held: no committed market, rule or sample lost or twice, nothing stale ranked,",
            "the list fresh again within two quote cadences, one scoring cadence, what a breaker holds and 30 s (after",
            "a kill: within 90 s of a start). What failed, or did not come to its end, is named below the table.",
            "",
            machine,
            "",
            "| fault | database | times | trouble and recovery in all (s) | slowest recovery (s) | rows lost |",
            "|---|---|---:|---:|---:|---:|",
            *lines,
            "",
            *(f"* {summary}" for summary in summaries),
            "",
        ]
    )


def main() -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would ignore it, lanes too
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="endgame-chaos-") as folder:
        table = Path(folder) / "table.jsonl"
        outputs = [Path(folder) / f"lane-{number}" for number in range(len(LANES))]
        lanes = [start(lane, table, output) for lane, output in zip(LANES, outputs, strict=True)]
        try:
            codes = [lane.wait() for lane in lanes]
        except KeyboardInterrupt:
            codes = [stop(lane) for lane in lanes]
        told = [output.read_text(errors="replace") for output in outputs]
        rows = [json.loads(line) for line in table.read_text().splitlines()] if table.exists() else []
    if any(codes):
        print("\n".join(told))
    summaries = [
        f"`{' '.join(lane)}`: {line}"
        for lane, text in zip(LANES, told, strict=True)
        for line in text.splitlines()
        if line.startswith(("FAILED", "ERROR", "SKIPPED")) or " passed" in line or " failed" in line
    ]
    summaries += [
        f"`{' '.join(lane)}` did not come to its end: exit code {code}"
        for lane, code in zip(LANES, codes, strict=True)
        if code not in (0, 1)
    ]
    text = page(rows, summaries, (time.monotonic() - began) / 60)
    PAGE.write_text(text, encoding="utf-8")
    print(text)
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
