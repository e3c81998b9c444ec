"""Requests at a fixed pace, whether or not the earlier ones were answered.

Each is timed from the moment at which it was due, so that a server that stalls is charged for everything that piled up
meanwhile ("coordinated omission" would hide it).
"""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import aiohttp


@dataclass(frozen=True)
class Latencies:
    """Milliseconds of the answered requests, sorted; `failed` were not answered with 200."""

    ms: list[float]
    failed: int

    def percentile(self, share: float) -> float:
        """The least value that `share` of the answers did not exceed; NaN without any."""
        return self.ms[max(math.ceil(share * len(self.ms)) - 1, 0)] if self.ms else math.nan


class Request(NamedTuple):
    """One request: when it was due (UTC epoch seconds), and milliseconds from then to the end of its answer.

    `ms` is None for what was not answered with 200.
    """

    due: float
    ms: float | None


def latencies(requests: Iterable[Request]) -> Latencies:
    """Those of some requests."""
    taken = [request.ms for request in requests]
    answered = sorted(ms for ms in taken if ms is not None)
    return Latencies(answered, len(taken) - len(answered))


async def request_steadily(url: str, paths: Iterator[str], *, per_sec: float, seconds: float) -> Latencies:
    """Ask for one path after the other, `per_sec` per second."""
    found: list[Request] = []
    await request_until(url, itertools.islice(paths, round(per_sec * seconds) + 1), per_sec=per_sec, into=found)
    return latencies(found)


async def request_until(
    url: str,
    paths: Iterator[str],
    *,
    per_sec: float,
    into: list[Request],
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Ask for the paths, `per_sec` per second, until they end or `stop()`; those answered by then are in `into`."""
    timeout = aiohttp.ClientTimeout(total=30)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(url, timeout=timeout, connector=connector) as session:

        async def one(path: str, due: float) -> None:
            try:
                async with session.get(path) as response:
                    await response.read()
                    status = response.status
            except (aiohttp.ClientError, TimeoutError, OSError):
                status = 0
            ms = (time.perf_counter() - due) * 1_000
            into.append(Request(due + epoch, ms if status == 200 else None))

        begun = time.perf_counter()
        epoch = time.time() - begun
        await one(next(paths), begun)  # opens a connection; not counted
        into.clear()
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number, path in enumerate(paths):
                due = begun + number / per_sec
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                if stop():
                    break
                group.create_task(one(path, due))
