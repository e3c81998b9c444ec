"""Manners under trouble: circuit breaker, turnstile (pace and hold), Retry-After, full jitter. No network here.

Every moment is read from a `Clock`, every chance from a `random.Random` that is passed in.
"""

from __future__ import annotations

import asyncio
import math
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import IntEnum

from aiolimiter import AsyncLimiter

from endgame.clock import MS_PER_SEC, Clock
from endgame.errors import CircuitOpen, Throttled

# Slots are handed out this much slower than the configured rate, so that requests which the network bunches up
# (a late one arriving right before its successor) still do not make more than rate * 10 in any 10 seconds.
PACE_HEADROOM = 0.97

_DELTA_SECONDS = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,9})?", re.ASCII)


class CircuitState(IntEnum):
    """State of a breaker; the numbers are the values of the metric `pm_circuit_state`."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class Breaker:
    """Circuit breaker of one host.

    Opens after `failures` consecutive failures for `open_sec`, then lets a single probe through. A failed probe
    opens it for twice as long (at most `open_max_sec`), a healthy one closes it.
    """

    def __init__(
        self,
        host: str,
        *,
        failures: int,
        open_sec: float,
        open_max_sec: float,
        clock: Clock,
        on_state: Callable[[CircuitState], None],
    ) -> None:
        self._host = host
        self._allowed = failures
        self._open_sec = open_sec
        self._open_max_sec = open_max_sec
        self._clock = clock
        self._on_state = on_state
        self._failures = 0
        self._openings = 0
        self._open_until = -math.inf
        self._probing = False
        self._enter(CircuitState.CLOSED)

    @property
    def state(self) -> CircuitState:
        """Closed, half-open (a probe is on its way) or open (also when its time is up and nobody has asked yet)."""
        return self._state

    @property
    def refuses(self) -> bool:
        """True while `admit` would raise."""
        return self._state is not CircuitState.CLOSED and (self._probing or self._clock.monotonic() < self._open_until)

    def admit(self) -> bool:
        """Allow one request, to be followed by exactly one `record`; True when it is the probe.

        Raises:
            CircuitOpen: the breaker is open, or its one probe is still under way.
        """
        if self.refuses:
            raise CircuitOpen(f"The circuit breaker of {self._host} is open; no request was sent.")
        if self._state is CircuitState.CLOSED:
            return False
        self._probing = True
        self._enter(CircuitState.HALF_OPEN)
        return True

    def record(self, healthy: bool | None, *, probe: bool) -> None:
        """How an admitted request ended; None means that it says nothing about the host (cancelled, throttled)."""
        if probe:
            self._probing = False
            if healthy is None:
                self._enter(CircuitState.OPEN)  # its time is up already: the next request is the probe
                return
        elif self._state is not CircuitState.CLOSED or healthy is None:
            return  # sent before the breaker opened: only the probe speaks now
        if healthy:
            self._failures = self._openings = 0
            self._enter(CircuitState.CLOSED)
            return
        self._failures += 1
        if probe or self._failures >= self._allowed:
            self._open()

    def _open(self) -> None:
        span = min(self._open_sec * 2.0 ** min(self._openings, 32), self._open_max_sec)
        self._openings += 1
        self._open_until = self._clock.monotonic() + span
        self._enter(CircuitState.OPEN)

    def _enter(self, state: CircuitState) -> None:
        self._state = state
        self._on_state(state)


class Turnstile:
    """The one way in to an endpoint: evenly spaced slots, and a hold that keeps every caller back.

    Slots are 1 / (`per_sec` * PACE_HEADROOM) seconds apart, never in a burst.
    """

    def __init__(self, per_sec: float, *, clock: Clock, pause_sec: float, pause_max_sec: float) -> None:
        self._limiter = AsyncLimiter(1, 1 / (per_sec * PACE_HEADROOM))
        self._clock = clock
        self._pause_sec = pause_sec
        self._pause_max_sec = max(pause_sec, pause_max_sec)
        self._held_until = -math.inf
        self._strikes = 0

    @property
    def held_until(self) -> float:
        """Monotonic moment until which nobody passes; in the past when not held."""
        return self._held_until

    async def enter(self, deadline: float) -> None:
        """Wait for a slot.

        Raises:
            Throttled: the endpoint is held, or its slots are taken, beyond the monotonic `deadline`.
        """
        while True:
            await self._wait_out_hold(deadline)
            await self._take_slot(deadline)
            if self._held_until <= self._clock.monotonic():  # somebody may have been throttled while we waited
                return

    def throttled(self, retry_after: float | None) -> float:
        """Hold the endpoint back after a 429 or 503; returns the seconds until it opens again.

        Without `retry_after` the pause doubles with each throttled answer to a request sent after the last hold.
        """
        now = self._clock.monotonic()
        if now >= self._held_until:  # answers to requests that were sent before the hold do not count again
            self._strikes += 1
        growing = min(self._pause_sec * 2.0 ** min(self._strikes - 1, 32), self._pause_max_sec)
        pause = growing if retry_after is None else max(retry_after, self._pause_sec)
        self._held_until = max(self._held_until, now + pause)
        return self._held_until - now

    def passed(self) -> None:
        """An answer came that was not throttled: the next pause is the first one again."""
        self._strikes = 0

    async def _wait_out_hold(self, deadline: float) -> None:
        while (wait := self._held_until - self._clock.monotonic()) > 0:
            if self._held_until > deadline:
                raise Throttled(f"The endpoint is held back for {wait:.1f} s more.")
            await self._clock.sleep(wait)

    async def _take_slot(self, deadline: float) -> None:
        left = deadline - self._clock.monotonic()
        try:
            async with asyncio.timeout(max(left, 0.0)):
                await self._limiter.acquire()
        except TimeoutError:
            raise Throttled("No free slot of our own rate limit within the request's time budget.") from None


def retry_after_sec(value: str | None, *, now_ms: int, answered: str | None, longest_sec: float) -> float | None:
    """Seconds that a `Retry-After` header asks for, in [0, longest_sec]; None when absent or not understood.

    Takes both forms, delta seconds and HTTP-date (RFC 9110 §10.2.3). A date is measured against the answer's own
    `Date` header (`answered`) when there is one, because our clock and the venue's need not agree.
    """
    if value is None:
        return None
    text = value.strip()
    if _DELTA_SECONDS.fullmatch(text):
        return min(float(text), longest_sec)
    until = _http_date(text)
    if until is None:
        return None
    now = _http_date(answered) if answered else None
    since = now or datetime.fromtimestamp(now_ms / MS_PER_SEC, UTC)
    return min(max((until - since).total_seconds(), 0.0), longest_sec)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def full_jitter_sec(attempt: int, *, initial_sec: float, longest_sec: float, rng: random.Random) -> float:
    """Back-off before the next try: uniform in [0, min(longest, initial * 2^(attempt-1))]; `attempt` counts from 1.

    Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("full jitter").
    """
    return rng.uniform(0.0, min(initial_sec * 2.0 ** min(attempt - 1, 32), longest_sec))
