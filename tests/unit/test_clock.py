"""The only source of time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endgame.clock import MS_PER_DAY, MS_PER_SEC, SEC_PER_DAY, SystemClock, epoch_ms, rfc3339


@pytest.mark.parametrize(
    ("epoch_ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_795_341_302_118, "2026-11-22T09:55:02.118Z"),
        (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
        (1_709_164_799_999, "2024-02-28T23:59:59.999Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (-1_001, "1969-12-31T23:59:58.999Z"),
    ],
)
def test_a_moment_is_told_in_utc_with_milliseconds(epoch_ms: int, text: str) -> None:
    assert rfc3339(epoch_ms) == text


@given(st.integers(min_value=-2_208_988_800_000, max_value=253_402_300_799_999))
def test_what_is_told_reads_back_as_the_same_millisecond(epoch_ms: int) -> None:
    told = rfc3339(epoch_ms)
    read = datetime.fromisoformat(told)
    assert read.tzinfo == UTC
    assert round((read - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000) == epoch_ms
    assert len(told) == len("2026-11-22T09:55:02.118Z")


@given(st.integers(0, 253_402_300_799_998))
def test_later_moments_sort_later_as_text(epoch_ms: int) -> None:
    assert rfc3339(epoch_ms) < rfc3339(epoch_ms + 1)


def test_a_day_has_the_usual_length() -> None:
    assert MS_PER_DAY == 24 * 60 * 60 * 1_000
    assert MS_PER_DAY == SEC_PER_DAY * MS_PER_SEC


def test_the_system_clock_tells_whole_milliseconds_of_now() -> None:
    before = datetime.now(UTC).timestamp()
    now_ms = SystemClock().now_ms()
    after = datetime.now(UTC).timestamp()
    assert isinstance(now_ms, int)
    assert int(before * 1_000) <= now_ms <= after * 1_000 + 1


def test_the_monotonic_clock_does_not_go_back() -> None:
    clock = SystemClock()
    readings = [clock.monotonic() for _ in range(1_000)]
    assert readings == sorted(readings)


@pytest.mark.parametrize("seconds", [0, -1, -1e9])
async def test_waiting_no_time_lets_others_run_once(seconds: float) -> None:
    ran = []
    other = asyncio.create_task(_append(ran))
    await SystemClock().sleep(seconds)
    assert ran == [True]
    await other


async def test_waiting_takes_at_least_that_long() -> None:
    clock = SystemClock()
    begun = clock.monotonic()
    await clock.sleep(0.02)
    assert clock.monotonic() - begun >= 0.019


async def _append(ran: list[bool]) -> None:
    ran.append(True)


@given(st.integers(min_value=-2_208_988_800_000, max_value=253_402_300_799_999))
def test_a_told_moment_is_read_back(moment: int) -> None:
    assert epoch_ms(rfc3339(moment)) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T09:55:02Z", 1_795_341_302_000),
        ("2026-11-22t09:55:02.1189z", 1_795_341_302_118),
        ("2026-11-22 04:55:02.5-05:00", 1_795_341_302_500),
    ],
)
def test_any_rfc_3339_time_is_read_with_its_offset(text: str, moment: int) -> None:
    assert epoch_ms(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "", "2026-11-22", "2026-11-22T09:55:02", "20261122T095502Z", "2026-02-30T00:00:00Z", "2026-11-22T25:00:00Z",
        "2026-11-22T09:55:02+25:00", "\u0662026-11-22T09:55:02Z", " 2026-11-22T09:55:02Z", "now",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an RFC 3339 time"):
        epoch_ms(text)
