"""A clock that moves only when somebody waits on it or pushes it."""

from __future__ import annotations

import asyncio


class ManualClock:
    """Wall and monotonic time in step; `sleep` passes time at once and yields to other tasks."""

    def __init__(self, now_ms: int = 1_800_000_000_000) -> None:
        self._start_ms = now_ms
        self.elapsed_sec = 0.0
        self.waited: list[float] = []

    def now_ms(self) -> int:
        return self._start_ms + round(self.elapsed_sec * 1_000)

    def monotonic(self) -> float:
        return self.elapsed_sec

    def push(self, seconds: float) -> None:
        self.elapsed_sec += seconds

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.elapsed_sec += max(seconds, 0.0)
        await asyncio.sleep(0)
