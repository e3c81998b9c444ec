"""Progress of long walks: a bar on a terminal, JSON lines otherwise."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Final, Self, TextIO, cast

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from endgame.clock import Clock
from endgame.jobs.discovery import WalkCounts
from endgame.telemetry import logger

LINE_EVERY_SEC: Final = 5.0


class WalkProgress:
    """Shows how far the walks are. On a terminal log lines and bar share the screen through `stream`."""

    def __init__(self, level: str, clock: Clock) -> None:
        self._clock = clock
        self._bar: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._lined_at = clock.monotonic()
        self.stream: TextIO = sys.stderr
        if sys.stderr.isatty() and level in ("debug", "info"):
            console = Console(stderr=True, soft_wrap=True)
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description} walk: {task.fields[seen]:,} markets, {task.fields[pages]:,} pages"),
                TimeElapsedColumn(),
                console=console,
                transient=True,
            )
            self.stream = cast(TextIO, _ConsoleStream(console))

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, walk: str, counts: WalkCounts) -> None:
        """Show the state of one walk; called after every stored batch and once at its end."""
        if self._bar is None:
            self._log(walk, counts)
            return
        if walk not in self._tasks:
            self._tasks[walk] = self._bar.add_task(walk, total=None, seen=0, pages=0)
        self._bar.update(self._tasks[walk], seen=counts.seen, pages=counts.pages)
        if counts.finished:
            self._bar.remove_task(self._tasks.pop(walk))

    def _log(self, walk: str, counts: WalkCounts) -> None:
        now = self._clock.monotonic()
        if now - self._lined_at >= LINE_EVERY_SEC and not counts.finished:
            self._lined_at = now
            logger().info("discovery.progress", walk=walk, venue=counts.venue, **counts.as_counts())


class _ConsoleStream:
    """A text stream that prints whole lines through the console, above the bar."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._pending = ""

    def write(self, text: str) -> int:
        """Print every line that is complete, without markup; the rest waits for its end."""
        *lines, self._pending = (self._pending + text).split("\n")
        for line in lines:
            self._console.out(line, highlight=False)
        return len(text)

    def flush(self) -> None:
        """Lines are printed as soon as they are complete."""

    def isatty(self) -> bool:
        """Only used on terminals."""
        return True
