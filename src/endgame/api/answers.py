"""Encoded answers, kept per scoring run and question, so that a repeated question costs no query and no thread.

An answer holds until the run changes or the oldest quote that it lists ages out, whichever comes first; within a run
rows may still leave, as markets close, so after five seconds it is looked up again. While the database is away the
answers of the last run known go on being served as long as they hold.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, TypeVar

from endgame.api.negotiation import compress
from endgame.clock import Clock
from endgame.errors import Busy, StorageError

T = TypeVar("T")

READ_LIMIT_SEC: Final = 5.0
"""Longest wait for the database in one request."""
FRESH_SEC: Final = 5.0
"""Age from which an answer is only given out when no newer one can be had."""
_RUN_FRESH_SEC: Final = 0.25
_RUN_TRUSTED_SEC: Final = 1.0
_PATIENCE_SEC: Final = 0.2
_OUTAGE_PAUSE_SEC: Final = 1.0


@dataclass(frozen=True)
class Answer:
    """Bytes ready to be sent, about one scoring run.

    `valid_until` in UTC epoch milliseconds, inf for no end; `fresh_until` in seconds of the monotonic clock.
    """

    body: bytes
    etag: str
    run: int | None
    valid_until: float = math.inf
    fresh_until: float = math.inf

    @cached_property
    def compressed(self) -> bytes:
        """The body in gzip, made when somebody first takes it so and kept as long as the answer."""
        return compress(self.body)


async def within_limit(work: Awaitable[T], seconds: float | None = None) -> T:
    """The result of `work`.

    Raises:
        Busy: it took longer than `seconds` (default `READ_LIMIT_SEC`).
    """
    try:
        async with asyncio.timeout(READ_LIMIT_SEC if seconds is None else seconds):
            return await work
    except TimeoutError as error:
        raise Busy("the database did not answer in time") from error


class SingleFlight:
    """Concurrent callers with one key share one piece of work; one that gives up does not stop the others."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, asyncio.Task[Any]] = {}

    def start(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> asyncio.Task[T]:
        """The flight of `key`: the one in the air, or a new one."""
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = asyncio.ensure_future(_as_coroutine(work))
            flight.add_done_callback(lambda landed: self._land(key, landed))
        return flight

    async def run(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """The result of `work`, or of the same work begun by another caller."""
        return await asyncio.shield(self.start(key, work))

    async def close(self) -> None:
        """Cancel what is in the air and wait for its end."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    def _land(self, key: Hashable, flight: asyncio.Task[Any]) -> None:
        self._flights.pop(key, None)
        if not flight.cancelled():
            flight.exception()  # whoever waited has seen it; when all gave up nobody needs it


async def _as_coroutine(work: Callable[[], Awaitable[T]]) -> T:
    return await work()


class CurrentRun:
    """The latest scoring run, looked up at most every quarter of a second by one reader at a time.

    A value up to a second old is still used while its successor is being read, so that busy traffic never waits.
    """

    def __init__(self, read: Callable[[], Awaitable[int | None]], clock: Clock, flights: SingleFlight) -> None:
        self.last: int | None = None
        self._read = read
        self._clock = clock
        self._flights = flights
        self._seen_at = -math.inf
        self._failed_at = -math.inf

    def saw(self, run: int | None) -> None:
        """Take note of the run that another read has just found."""
        self.last = run
        self._seen_at = self._clock.monotonic()

    async def get(self, patience_sec: float) -> int | None:
        """The run, None before the first one.

        Raises:
            Busy: the database gave no answer within `patience_sec`, or failed less than a second ago.
        """
        now = self._clock.monotonic()
        age = now - self._seen_at
        if age <= _RUN_FRESH_SEC:
            return self.last
        if now - self._failed_at <= _OUTAGE_PAUSE_SEC:
            raise Busy
        flight = self._flights.start("run", self._look)
        if age > _RUN_TRUSTED_SEC:
            await within_limit(asyncio.shield(flight), patience_sec)
        return self.last

    async def _look(self) -> None:
        try:
            self.saw(await within_limit(self._read()))
        except StorageError:
            self._failed_at = self._clock.monotonic()
            raise


class AnswerCache:
    """Answers by key, bounded by number and by bytes; the least recently used go first."""

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._held: OrderedDict[bytes, Answer] = OrderedDict()
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: bytes, run: int | None, now_ms: int) -> Answer | None:
        """The answer of this run to this question, if it is held and still holds."""
        answer = self._held.get(key)
        if answer is None or answer.run != run or now_ms > answer.valid_until:
            return None
        self._held.move_to_end(key)
        return answer

    def put(self, key: bytes, answer: Answer) -> None:
        """Keep an answer; one larger than the whole cache is not kept."""
        self._drop(key)
        size = len(key) + len(answer.body)
        if size > self._max_bytes:
            return
        self._held[key] = answer
        self.size_bytes += size
        while len(self._held) > self._max_entries or self.size_bytes > self._max_bytes:
            self._drop(next(iter(self._held)))

    def _drop(self, key: bytes) -> None:
        answer = self._held.pop(key, None)
        if answer is not None:
            self.size_bytes -= len(key) + len(answer.body)


class Answers:
    """The cache, the current run and the shared building of what is missing."""

    def __init__(self, runs: CurrentRun, cache: AnswerCache, clock: Clock, flights: SingleFlight) -> None:
        self._runs = runs
        self._cache = cache
        self._clock = clock
        self._flights = flights

    async def get(self, key: bytes, build: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer to the question `key` about the current run, built if it is not held.

        Raises:
            Busy: the database is away and no answer that still holds is kept.
        """
        held = self._cache.get(key, self._runs.last, self._clock.now_ms())
        try:
            run = await self._runs.get(_PATIENCE_SEC if held else READ_LIMIT_SEC)
        except StorageError:
            if held is None:
                raise
            return held
        current = self._cache.get(key, run, self._clock.now_ms())
        if current is not None and self._clock.monotonic() < current.fresh_until:
            return current

        async def fill() -> Answer:
            fresh_until = self._clock.monotonic() + FRESH_SEC
            answer = replace(await within_limit(build()), fresh_until=fresh_until)
            # A long read may end after a newer run was seen: it answers whoever waits for it, and nobody later.
            if self._runs.last is None or (answer.run is not None and answer.run >= self._runs.last):
                self._runs.saw(answer.run)
                self._cache.put(key, answer)
            return answer

        flight = self._flights.start((key, run), fill)
        try:
            return await within_limit(asyncio.shield(flight), None if current is None else _PATIENCE_SEC)
        except StorageError:
            if current is None:
                raise
            return current
