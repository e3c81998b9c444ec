"""Breaker, turnstile, Retry-After and jitter, with time and chance passed by hand."""

from __future__ import annotations

import asyncio
import math
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endgame.errors import CircuitOpen, Throttled
from endgame.venues.resilience import Breaker, CircuitState, Turnstile, full_jitter_sec, retry_after_sec
from manual_clock import ManualClock

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1_000)


class Watched:
    def __init__(self, failures: int = 3) -> None:
        self.clock = ManualClock()
        self.states: list[CircuitState] = []
        self.breaker = Breaker(
            "venue", failures=failures, open_sec=15, open_max_sec=120, clock=self.clock, on_state=self.states.append
        )

    def fail(self, times: int = 1) -> None:
        for _ in range(times):
            self.breaker.record(False, probe=self.breaker.admit())

    def succeed(self) -> None:
        self.breaker.record(True, probe=self.breaker.admit())

    def open_for(self) -> float:
        """Seconds until the breaker lets a probe through."""
        begun = self.clock.monotonic()
        while self.breaker.refuses:
            self.clock.push(0.5)
        return self.clock.monotonic() - begun


def test_a_breaker_opens_after_consecutive_failures_only() -> None:
    watched = Watched(failures=3)
    watched.fail(2)
    watched.succeed()
    watched.fail(2)
    assert watched.breaker.state is CircuitState.CLOSED
    watched.fail()
    assert watched.breaker.state is CircuitState.OPEN
    with pytest.raises(CircuitOpen, match="venue"):
        watched.breaker.admit()


def test_an_open_breaker_lets_exactly_one_probe_through() -> None:
    watched = Watched(failures=1)
    watched.fail()
    watched.clock.push(15)
    assert watched.breaker.admit() is True
    assert watched.breaker.state is CircuitState.HALF_OPEN
    with pytest.raises(CircuitOpen):
        watched.breaker.admit()
    watched.breaker.record(True, probe=True)
    assert watched.breaker.admit() is False
    assert watched.states == [
        CircuitState.CLOSED, CircuitState.OPEN, CircuitState.HALF_OPEN, CircuitState.CLOSED,
    ]  # fmt: skip


def test_each_failed_probe_doubles_the_open_time_up_to_its_longest() -> None:
    watched = Watched(failures=2)
    watched.fail(2)
    spans = []
    for _ in range(6):
        spans.append(watched.open_for())
        watched.fail()
    assert spans == [15, 30, 60, 120, 120, 120]


def test_a_healthy_probe_makes_the_next_opening_short_again() -> None:
    watched = Watched(failures=1)
    watched.fail()
    watched.open_for()
    watched.fail()
    assert watched.open_for() == 30
    watched.succeed()
    watched.fail()
    assert watched.open_for() == 15


def test_a_cancelled_probe_gives_its_turn_to_the_next_request() -> None:
    watched = Watched(failures=1)
    watched.fail()
    watched.clock.push(15)
    watched.breaker.record(None, probe=watched.breaker.admit())
    assert watched.breaker.state is CircuitState.OPEN
    assert watched.breaker.admit() is True


def test_answers_to_requests_sent_before_the_breaker_opened_do_not_speak_for_the_probe() -> None:
    watched = Watched(failures=1)
    late = watched.breaker.admit()
    watched.fail()
    watched.breaker.record(True, probe=late)
    assert watched.breaker.state is CircuitState.OPEN
    assert watched.open_for() == 15
    watched.breaker.admit()
    watched.breaker.record(False, probe=late)
    assert watched.breaker.state is CircuitState.HALF_OPEN


def a_turnstile(clock: ManualClock, per_sec: float = 1_000.0) -> Turnstile:
    return Turnstile(per_sec, clock=clock, pause_sec=1, pause_max_sec=8)


async def test_slots_are_evenly_spaced_and_never_come_in_a_burst() -> None:
    per_sec = 200.0
    turnstile = a_turnstile(ManualClock(), per_sec)
    loop = asyncio.get_running_loop()
    passed: list[float] = []

    async def caller() -> None:
        await turnstile.enter(math.inf)
        passed.append(loop.time())

    await asyncio.gather(*(caller() for _ in range(60)))
    for window in (0.05, 0.1, 0.2):
        most = max(sum(1 for at in passed if start <= at < start + window) for start in passed)
        assert most <= per_sec * window
    assert passed[-1] - passed[0] >= 59 / per_sec


async def test_a_hold_keeps_every_caller_back_until_it_ends() -> None:
    clock = ManualClock()
    turnstile = a_turnstile(clock)
    turnstile.throttled(30.0)
    await turnstile.enter(deadline=clock.monotonic() + 60)
    assert clock.monotonic() >= 30


async def test_a_hold_beyond_the_deadline_fails_at_once() -> None:
    clock = ManualClock()
    turnstile = a_turnstile(clock)
    turnstile.throttled(30.0)
    with pytest.raises(Throttled, match=r"held back for 30\.0 s"):
        await turnstile.enter(deadline=clock.monotonic() + 20)
    assert clock.waited == []


async def test_a_slot_beyond_the_deadline_is_not_waited_for() -> None:
    clock = ManualClock()
    turnstile = a_turnstile(clock, per_sec=0.01)
    await turnstile.enter(deadline=clock.monotonic() + 0.01)
    with pytest.raises(Throttled, match="rate limit"):
        await turnstile.enter(deadline=clock.monotonic() + 0.01)


async def test_who_waited_for_a_slot_when_the_hold_came_is_held_too() -> None:
    clock = ManualClock()
    turnstile = a_turnstile(clock, per_sec=20)
    await turnstile.enter(math.inf)
    waiting = asyncio.create_task(turnstile.enter(math.inf))
    await asyncio.sleep(0)  # it is now waiting for its slot
    turnstile.throttled(30.0)
    await waiting
    assert clock.monotonic() >= 30


def test_without_retry_after_the_pause_doubles_up_to_its_longest() -> None:
    clock = ManualClock()
    turnstile = a_turnstile(clock)
    pauses = []
    for _ in range(6):
        pauses.append(turnstile.throttled(None))
        clock.push(pauses[-1])
    assert pauses == [1, 2, 4, 8, 8, 8]
    turnstile.passed()
    assert turnstile.throttled(None) == 1


def test_several_answers_to_one_burst_count_as_one_strike() -> None:
    clock = ManualClock()
    turnstile = a_turnstile(clock)
    assert [turnstile.throttled(None) for _ in range(4)] == [1, 1, 1, 1]


def test_a_shorter_retry_after_does_not_end_a_longer_hold() -> None:
    clock = ManualClock()
    turnstile = a_turnstile(clock)
    turnstile.throttled(60.0)
    assert turnstile.throttled(2.0) == 60


def test_a_retry_after_of_nothing_still_pauses() -> None:
    assert a_turnstile(ManualClock()).throttled(0.0) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("0", 0.0),
        ("86400", 300.0),
        ("9999999999", 300.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW + timedelta(days=2), usegmt=True), 300.0),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0.0),
        ("Sunday, 22-Nov-26 09:30:30 GMT", 30.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
        ("\u0663\u0660", None),
        ("12345678901", None),
        ("Fri, 31 Nov 2026 25:61:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_nonsense_is_ignored(header: str | None, seconds: float | None) -> None:
    assert retry_after_sec(header, now_ms=NOW_MS, answered=None, longest_sec=300) == seconds


def test_a_retry_after_date_is_measured_against_the_venues_own_clock() -> None:
    ours_is_late = NOW_MS + 3_600_000
    asked = format_datetime(NOW + timedelta(seconds=40), usegmt=True)
    answered = format_datetime(NOW, usegmt=True)
    assert retry_after_sec(asked, now_ms=ours_is_late, answered=answered, longest_sec=300) == 40


@given(st.text(max_size=60))
def test_no_retry_after_header_breaks_the_reader(header: str) -> None:
    seconds = retry_after_sec(header, now_ms=NOW_MS, answered=header, longest_sec=300)
    assert seconds is None or 0 <= seconds <= 300


@given(attempt=st.integers(1, 10_000), seed=st.integers())
def test_jitter_is_full_and_bounded(attempt: int, seed: int) -> None:
    pause = full_jitter_sec(attempt, initial_sec=0.5, longest_sec=8, rng=random.Random(seed))
    assert 0 <= pause <= min(0.5 * 2 ** min(attempt - 1, 10), 8)


def test_jitter_fills_the_whole_range() -> None:
    rng = random.Random(7)
    pauses = [full_jitter_sec(3, initial_sec=0.5, longest_sec=8, rng=rng) for _ in range(500)]
    assert min(pauses) < 0.05
    assert max(pauses) > 1.95
    assert abs(sum(pauses) / 500 - 1) < 0.1
