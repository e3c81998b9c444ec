"""/v1/system: jobs with their last cycle, breakers, and what was skipped."""

from __future__ import annotations

from typing import Any

from builders import NOW
from conftest import Desk
from endgame.storage import runs
from endgame.telemetry import metrics


async def _system(desk: Desk) -> Any:
    answer = await desk.get("/v1/system")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


async def test_each_job_tells_its_last_success_duration_and_counts(either_desk: Desk) -> None:
    await either_desk.database.write(runs.record_start, "quotes", now=NOW - 5_000, cadence_sec=60)
    await either_desk.database.write(
        runs.record_success, "quotes", now=NOW - 4_000, duration_sec=1.25, counts={"asked": 7, "skipped": 2}
    )
    (quotes,) = [job for job in (await _system(either_desk))["jobs"] if job["job"] == "quotes"]
    assert (quotes["age_sec"], quotes["last_duration_sec"]) == (4.0, 1.25)
    assert quotes["counts"] == {"asked": 7, "skipped": 2}
    assert quotes["overdue"] is False


async def test_every_job_that_ought_to_run_is_told_even_before_its_first_cycle(desk: Desk) -> None:
    jobs = {job["job"]: job for job in (await _system(desk))["jobs"]}
    assert set(jobs) == {"discovery_window", "discovery_full", "rules", "quotes", "score", "retention"}
    assert all(job["last_success"] is None and job["counts"] == {} for job in jobs.values())


async def test_of_an_error_only_the_kind_is_told(desk: Desk) -> None:
    words = "VenueUnavailable: GET https://secret.example/books?token=hidden"
    await desk.database.write(runs.record_failure, "quotes", now=NOW, duration_sec=0.5, error=words)
    answer = await desk.get("/v1/system")
    (quotes,) = [job for job in answer.json()["jobs"] if job["job"] == "quotes"]
    assert quotes["last_error_kind"] == "VenueUnavailable"
    assert "secret" not in answer.text


async def test_breakers_and_skipped_records_are_those_of_the_metrics(desk: Desk) -> None:
    metrics().circuit_state.labels("books.example").set(2)
    metrics().records_skipped.labels("test_reason").inc(3)
    found = await _system(desk)
    assert {"host": "books.example", "state": "open"} in found["circuits"]
    assert found["records_skipped"]["test_reason"] >= 3
    metrics().circuit_state.remove("books.example")
