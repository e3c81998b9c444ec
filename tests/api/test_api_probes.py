"""/healthz, /readyz and /metrics: alive, able to serve, and how it is doing, also while the database is away."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from builders import NOW, SEC, a_market, a_quote, a_score_row
from conftest import Desk
from endgame.api.contract import Health, Problem, Readiness
from endgame.api.probes import job_healths
from endgame.domain.market import Market
from endgame.errors import SchemaMismatch
from endgame.storage import runs
from endgame.storage.database import Connection
from endgame.storage.runs import JobRun
from endgame.telemetry import metrics

JOBS = ("discovery_window", "discovery_full", "rules", "quotes", "score", "retention")


async def _all_jobs_succeed(desk: Desk, *, at: int = NOW) -> None:
    for job in JOBS:
        await desk.database.write(runs.record_start, job, now=at, cadence_sec=60)
        counts = {"as_of": at} if job == "score" else {}
        await desk.database.write(runs.record_success, job, now=at, duration_sec=0.5, counts=counts)


async def test_healthz_answers_without_any_database(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.database.close()

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("no I/O")

    for name in ("read", "read_bulk", "probe", "write", "ping"):
        monkeypatch.setattr(desk.database, name, refuse)
    desk.stopping = True
    answer = await desk.get("/healthz")
    assert answer.status_code == 200
    Health.model_validate_json(answer.content)


async def test_readyz_is_ok_when_every_job_is_on_time(either_desk: Desk) -> None:
    await _all_jobs_succeed(either_desk)
    either_desk.clock.push(42)
    answer = await either_desk.get("/readyz")
    body = answer.json()
    Readiness.model_validate_json(answer.content)
    assert (answer.status_code, body["status"], body["reasons"]) == (200, "ok", [])
    assert [job["job"] for job in body["jobs"]] == list(JOBS)
    assert all(job["last_success"] == "2026-11-22T09:33:20.000Z" for job in body["jobs"])
    assert all((job["age_sec"], job["overdue"]) == (42.0, False) for job in body["jobs"])


async def test_a_job_without_success_for_three_cadences_and_thirty_seconds_is_overdue(desk: Desk) -> None:
    await _all_jobs_succeed(desk)
    desk.clock.push(3 * 60 + 30)
    assert (await desk.get("/readyz")).json()["status"] == "ok"
    desk.clock.push(0.001)
    await _all_jobs_but_quotes(desk)
    answer = await desk.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["reasons"] == [
        "quotes is overdue since 2026-11-22T09:36:50.000Z: last success 2026-11-22T09:33:20.000Z, due every 60 s"
    ]
    assert [job["job"] for job in answer.json()["jobs"] if job["overdue"]] == ["quotes"]


async def _all_jobs_but_quotes(desk: Desk) -> None:
    now = desk.clock.now_ms()
    for job in JOBS:
        if job != "quotes":
            counts = {"as_of": now} if job == "score" else {}
            await desk.database.write(runs.record_success, job, now=now, duration_sec=0.5, counts=counts)


async def test_a_failing_job_is_told_without_its_error_text(desk: Desk) -> None:
    await _all_jobs_succeed(desk)
    error = "ConnectionError: https://user:hunter2@venue.example/private"
    await desk.database.write(runs.record_failure, "quotes", now=NOW + SEC, duration_sec=1.0, error=error)
    answer = await desk.get("/readyz")
    job = next(job for job in answer.json()["jobs"] if job["job"] == "quotes")
    assert (job["consecutive_failures"], job["last_error_at"]) == (1, "2026-11-22T09:33:21.000Z")
    assert job["last_error_kind"] == "ConnectionError"
    assert "hunter2" not in answer.text
    desk.clock.push(3 * 60 + 31)
    reasons = (await desk.get("/readyz")).json()["reasons"]
    assert next(one for one in reasons if one.startswith("quotes")).endswith(
        "; 1 failures in a row, last ConnectionError"
    )


async def test_readiness_tells_what_the_process_is_in_each_role(desk: Desk) -> None:
    desk.roles["ingest"] = "standby"
    assert (await desk.get("/readyz")).json()["roles"] == {"ingest": "standby"}
    await desk.database.close()
    assert (await desk.get("/readyz")).json()["roles"] == {"ingest": "standby"}


async def test_an_empty_database_is_served_but_called_degraded(desk: Desk) -> None:
    answer = await desk.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["reasons"] == ["no scoring run has finished yet"]
    desk.clock.push(3 * 60 + 31)
    reasons = (await desk.get("/readyz")).json()["reasons"]
    assert "quotes is overdue since 2026-11-22T09:36:50.000Z: no success yet, due every 60 s" in reasons


async def test_a_process_that_shuts_down_is_not_ready(desk: Desk) -> None:
    await _all_jobs_succeed(desk)
    desk.stopping = True
    answer = await desk.get("/readyz")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert Problem.model_validate_json(answer.content).detail == "The process is shutting down."
    assert (await desk.get("/v1/opportunities")).status_code == 200, "requests in flight are still answered"


async def test_a_database_away_is_not_ready(desk: Desk) -> None:
    await desk.database.close()
    answer = await desk.get("/readyz")
    assert answer.status_code == 503
    since = ["The database does not answer since 2026-11-22T09:33:20.000Z."]
    assert answer.json()["reasons"] == since
    desk.clock.push(60)
    assert (await desk.get("/readyz")).json()["reasons"] == since


async def test_a_database_of_another_schema_is_not_ready(desk: Desk) -> None:
    def spoil(conn: Any) -> None:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = 'other'")

    await desk.database.write(spoil)
    answer = await desk.get("/readyz")
    assert answer.status_code == 503
    assert "schema" in answer.json()["detail"]


async def test_a_database_that_hangs_is_not_ready_within_two_seconds(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(desk.database, "ping", hang)
    monkeypatch.setattr("endgame.api.probes._READY_LIMIT_SEC", 0.05)
    assert (await asyncio.wait_for(desk.get("/readyz"), 2)).status_code == 503


def _run(job: str, **over: Any) -> JobRun:
    fields: dict[str, Any] = {
        "job": job, "last_start": NOW, "last_success": NOW, "last_error_at": None, "last_error": None,
        "last_duration_sec": 1.0, "cadence_sec": 10.0, "consecutive_failures": 0, "counts": {},
    }  # fmt: skip
    return JobRun(**fields | over)


def test_the_cadence_of_the_process_that_runs_a_job_counts_before_ours() -> None:
    late = NOW + 61 * SEC
    (ours,) = job_healths([_run("quotes")], {"quotes": 60.0}, now=late, watched_since=late)
    assert (ours.overdue, ours.cadence_sec) == (True, 10.0)
    (unknown,) = job_healths([_run("quotes", cadence_sec=0.0)], {"quotes": 60.0}, now=late, watched_since=late)
    assert (unknown.overdue, unknown.cadence_sec) == (False, 60.0)


def test_a_job_that_only_other_versions_know_is_listed_too() -> None:
    found = job_healths([_run("alerts")], {"quotes": 60.0}, now=NOW, watched_since=NOW)
    assert [job.job for job in found] == ["quotes", "alerts"]


def test_a_clock_set_back_makes_no_negative_age() -> None:
    (job,) = job_healths([_run("quotes")], {"quotes": 60.0}, now=NOW - 10 * SEC, watched_since=NOW)
    assert (job.age_sec, job.overdue) == (0.0, False)


async def _samples(desk: Desk) -> dict[str, float]:
    answer = await desk.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.text)
    return {sample.name + str(sorted(sample.labels.items())): sample.value for f in families for sample in f.samples}


async def test_ages_are_brought_up_to_date_when_scraped(either_desk: Desk) -> None:
    await either_desk.store(market=[a_market(1), a_market(2)], quote=[a_quote(1), a_quote(2, as_of=NOW - 70 * SEC)])
    await either_desk.score([a_score_row(1)])
    either_desk.clock.push(30)
    found = await _samples(either_desk)
    assert found["pm_quote_freshness_seconds[]"] == 100.0
    assert found["pm_scoring_lag_seconds[]"] == 30.0
    assert found["pm_job_last_success_timestamp_seconds[('job', 'score')]"] == NOW / 1_000


async def test_the_number_of_opportunities_is_that_of_the_latest_run_whoever_scored(either_desk: Desk) -> None:
    counts = {"as_of": NOW, "markets": 9, "opportunities": 7}
    await either_desk.database.write(runs.record_success, "score", now=NOW, duration_sec=0.1, counts=counts)
    assert (await _samples(either_desk))["pm_opportunities[]"] == 7.0
    await either_desk.database.write(
        runs.record_success, "score", now=NOW, duration_sec=0.1, counts={**counts, "opportunities": 0}
    )
    assert (await _samples(either_desk))["pm_opportunities[]"] == 0.0


async def test_ages_go_on_growing_while_the_database_is_away(desk: Desk) -> None:
    await desk.store(market=[a_market(1)], quote=[a_quote(1)])
    await desk.score([a_score_row(1)])
    await _samples(desk)
    await desk.database.close()
    desk.clock.push(300)
    found = await _samples(desk)
    assert (found["pm_scoring_lag_seconds[]"], found["pm_quote_freshness_seconds[]"]) == (300.0, 310.0)


async def test_jobs_that_fail_or_are_overdue_are_seen_by_whoever_is_scraped(desk: Desk) -> None:
    await _all_jobs_succeed(desk)
    await desk.database.write(runs.record_failure, "quotes", now=NOW, duration_sec=1.0, error="Busy: locked")
    found = await _samples(desk)
    assert found["pm_job_consecutive_failures[('job', 'quotes')]"] == 1.0
    assert found["pm_job_overdue[('job', 'quotes')]"] == 0.0
    assert found["pm_database_up[]"] == 1.0
    await desk.database.close()
    desk.clock.push(3 * 60 + 31)
    found = await _samples(desk)
    assert found["pm_job_overdue[('job', 'quotes')]"] == 1.0, "also while the database is away"
    assert found["pm_database_up[]"] == 0.0


async def test_a_transaction_that_fails_is_counted_by_lane_and_kind(desk: Desk) -> None:
    def spoil(conn: Any) -> None:
        conn.exec_driver_sql("INSERT INTO nowhere VALUES (1)")

    series = ("pm_database_errors_total", {"lane": "write", "kind": "schema"})
    before = metrics().registry.get_sample_value(*series) or 0.0
    with pytest.raises(SchemaMismatch):
        await desk.database.write(spoil)
    assert metrics().registry.get_sample_value(*series) == before + 1


async def test_before_the_first_run_the_lag_counts_from_our_own_start(desk: Desk) -> None:
    desk.clock.push(77)
    assert (await _samples(desk))["pm_scoring_lag_seconds[]"] == 77.0


async def test_no_metric_carries_a_market_id(desk: Desk) -> None:
    found: list[Market] = [a_market(1)]
    await desk.store(market=found)
    await desk.get(f"/v1/market/{found[0].market_id}")
    await desk.get(f"/nowhere/{found[0].market_id}")
    assert found[0].market_id not in (await desk.get("/metrics")).text


async def test_a_crowd_of_questions_does_not_make_the_probes_say_that_the_database_is_away(either_desk: Desk) -> None:
    await either_desk.list_markets([1])
    gone = threading.Event()

    def linger(_conn: Connection) -> None:
        gone.wait(10)

    crowd = [
        asyncio.create_task(read(linger)) for read in (either_desk.database.read, either_desk.database.read_bulk) * 8
    ]
    try:
        await asyncio.sleep(0.1)
        assert (await either_desk.get("/readyz")).status_code == 200
        assert (await _samples(either_desk))["pm_database_up[]"] == 1.0
    finally:
        gone.set()
        await asyncio.gather(*crowd)
