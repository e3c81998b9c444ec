"""Requests at a fixed pace, whether or not the earlier ones were answered.

Each is timed from the moment at which it was due, so that a server that stalls is charged for everything that piled up
meanwhile ("coordinated omission" would hide it).
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import aiohttp


@dataclass(frozen=True)
class Latencies:
    """Milliseconds of the answered requests, sorted; `failed` were not answered with 200."""

    ms: list[float]
    failed: int

    def percentile(self, share: float) -> float:
        """The least value that `share` of the answers did not exceed; NaN without any."""
        return self.ms[max(math.ceil(share * len(self.ms)) - 1, 0)] if self.ms else math.nan


async def request_steadily(url: str, paths: Iterator[str], *, per_sec: float, seconds: float) -> Latencies:
    """Ask for one path after the other, `per_sec` per second."""
    taken: list[float] = []
    failed = 0
    timeout = aiohttp.ClientTimeout(total=30)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(url, timeout=timeout, connector=connector) as session:

        async def one(path: str, due: float) -> None:
            nonlocal failed
            try:
                async with session.get(path) as response:
                    await response.read()
                    status = response.status
            except (aiohttp.ClientError, TimeoutError, OSError):
                status = 0
            if status == 200:
                taken.append((time.perf_counter() - due) * 1_000)
            else:
                failed += 1

        await one(next(paths), time.perf_counter())  # opens a connection; not counted
        taken.clear()
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(round(per_sec * seconds)):
                due = begun + number / per_sec
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                group.create_task(one(next(paths), due))
    return Latencies(sorted(taken), failed)
