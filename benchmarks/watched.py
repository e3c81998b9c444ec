"""Starts `endgame` and measures its event loop from within: `python -P benchmarks/watched.py FILE PARENT run …`.

FILE gets a line per second: UTC epoch seconds, and by how many seconds the loop woke up later than asked at worst. The
process also ends when the process PARENT, which started it, is gone, however that one ended.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

SAMPLE_SEC = 0.01
"""A stall that ends before the next wake-up is due is not seen: it is measured short by this much at most."""
_LINE_SEC = 1.0


async def watch_loop(output: TextIO) -> None:
    """Write the worst lag of every second, for ever."""
    while True:
        line_at = time.perf_counter() + _LINE_SEC
        worst = 0.0
        while (begun := time.perf_counter()) < line_at:
            await asyncio.sleep(SAMPLE_SEC)
            worst = max(worst, time.perf_counter() - begun - SAMPLE_SEC)
        output.write(f"{time.time():.3f} {worst:.6f}\n")
        output.flush()


def end_with(parent: int) -> None:
    """Ask this process to end once its parent is another one than `parent`, as it may be already."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()


def main() -> None:
    path, parent, sys.argv[1:] = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    end_with(parent)
    from endgame import app, cli  # noqa: PLC0415 - the parent is watched from the first moment

    unwatched = app.App.run

    async def run(self: app.App) -> None:
        watching = asyncio.create_task(watch_loop(output))
        try:
            await unwatched(self)
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    app.App.run = run  # type: ignore[method-assign]
    with path.open("w", encoding="ascii") as output:
        cli.main()


if __name__ == "__main__":
    main()
