"""The simulator's every fault, one at a time and mixed: the product answers, ranks nothing stale, recovers, keeps all.

One service lives through all of them, against the simulator as a process of its own; in the long form another one on
Postgres does so too.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from endgame.simulator.faults import NAMES
from postgres_server import PostgresServer
from system.fault_table import FULL, record
from system.service import Service, Simulator, ms_of, wait_for
from system.stored_rows import connected, kept, lost
from system.watch import Watch

pytestmark = [pytest.mark.system, pytest.mark.timeout(600 if FULL else 180)]

MARKETS = 300
STALE_SEC = 6.0
QUOTES_SEC = 0.6
SCORE_SEC = 0.6
WALK_SEC = 1.5
BREAKER_SEC = 1.0
JOBS = ("discovery_window", "discovery_full", "quotes", "score", "rules")
RECOVERY_SEC = 2 * QUOTES_SEC + SCORE_SEC + BREAKER_SEC + 30
"""The contract's bound: two quote cadences, one scoring cadence, what a breaker still holds back, and 30 s."""
FEWEST_HITS = {"bad_item": 25, "shrink": 8, "mixed": 8}
"""Faults with many faces stay longer; the others until they have hit four times."""
KINDS = ["SQLite", *(["Postgres"] if FULL else [])]
LOCK = {
    "SQLite": ("BEGIN IMMEDIATE",),
    "Postgres": ("BEGIN", "LOCK TABLE markets, quotes_latest, scores_latest IN EXCLUSIVE MODE"),
}
"""How somebody else keeps us from writing, but not from reading."""
REFUSED = ("database is locked", "lock timeout", "the database")
FAULTS: list[tuple[str, tuple[str | dict[str, object], ...]]] = [
    *((name, (name,)) for name in NAMES),
    ("half_of_all_answers_are_mixed_faults", ({"name": "mixed", "probability": 0.5},)),
    ("books_fail_while_the_catalogue_lives", ({"name": "server_error", "endpoints": ["/books"]},)),
    (
        "several_at_once",
        (
            {"name": "reset", "probability": 0.3},
            {"name": "html_403", "probability": 0.3},
            {"name": "shrink", "probability": 0.5},
            {"name": "bad_item"},
        ),
    ),
]


@dataclass
class World:
    venue: Simulator
    service: Service
    kind: str
    watch: Watch
    usual: int
    survived: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return str(self.service.settings["DATABASE__URL"])

    def hits(self) -> int:
        return sum(self.venue.audit()["faults_injected"].values())

    def lacks(self, moment_ms: float) -> list[str]:
        """What is not as usual again since the moment: old quotes, a short list, jobs without success."""
        items = self.service.opportunities()
        old = sum(ms_of(item["quote"]["as_of"]) <= moment_ms for item in items)
        jobs = {job["job"]: job for job in self.service.json("/readyz")["jobs"]}
        waiting = [job for job in JOBS if ms_of(jobs[job]["last_success"]) <= moment_ms]
        return [
            *([f"{old} old quotes"] if old else []),
            *([f"{len(items)} rows of {self.usual}"] if len(items) < self.usual * 0.7 else []),
            *(f"{job}: {jobs[job]['consecutive_failures']} failures" for job in waiting),
        ]

    def recover(self, what: str) -> float:
        """Wait until all is as usual again; returns the seconds it took."""
        moment_ms, began = time.time() * 1000, time.monotonic()

        def note() -> str:
            calm = [line for line in self.service.lines if '"request"' not in line and '"write"' not in line]
            return "\n".join([str(self.lacks(moment_ms)), *(line[:600] for line in calm[-20:])])

        wait_for(lambda: not self.lacks(moment_ms), within=RECOVERY_SEC, what=f"fresh after {what}", note=note)
        return time.monotonic() - began


@pytest.fixture(scope="module", params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder, kind = tmp_path_factory.mktemp("faults"), request.param
    if kind == "Postgres":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.create_migrated_database()
    else:
        url = f"sqlite:///{folder / 'faults.db'}"
    settings = {
        "DATABASE__URL": url,
        "DATABASE__BUSY_TIMEOUT_SEC": 1,
        "HTTP__TIMEOUT_SEC": 1,
        "HTTP__BUDGET_SEC": 2,
        "HTTP__MAX_ATTEMPTS": 2,
        "HTTP__BACKOFF_INITIAL_SEC": 0.1,
        "HTTP__BACKOFF_MAX_SEC": 1,
        "HTTP__BREAKER_OPEN_SEC": 0.5,
        "HTTP__BREAKER_OPEN_MAX_SEC": BREAKER_SEC,
        "INGEST__QUOTES_SEC": QUOTES_SEC,
        "INGEST__WINDOW_SEC": WALK_SEC,
        "INGEST__DISCOVERY_SEC": WALK_SEC,
        "INGEST__RETRY_SEC": 0.3,
        "SCORING__CADENCE_SEC": SCORE_SEC,
        "SCORING__BOUNDS__QUOTE_STALE_MAX_SEC": STALE_SEC,
        "VENUES__POLYMARKET__PAGE_SIZE": 40,
        "VENUES__POLYMARKET__BOOKS_PER_REQUEST": 20,
    }
    with Simulator(MARKETS, seed=11) as venue, Service(folder, venue, **settings) as service:
        began = time.monotonic()
        wait_for(lambda: service.json("/v1/opportunities")["items"], within=30, what="a first row", note=service.tail)
        first_row = time.monotonic() - began
        truth = venue.truth()
        wait_for(lambda: len(service.ids()) >= 0.8 * len(truth), within=30, what="most of the truth", note=service.tail)
        wait_for(lambda: set(JOBS) <= done(service), within=30, what="every job's success", note=service.tail)
        with Watch(service, stale_sec=STALE_SEC) as watch:
            world = World(venue, service, kind, watch, usual=len(service.ids()))
            world.survived["fresh start"] = f"first row {first_row:.1f} s after the API's first answer"
            yield world


def done(service: Service) -> set[str]:
    return {job["job"] for job in service.json("/readyz")["jobs"] if job["last_success"] is not None}


@pytest.mark.parametrize(("name", "faults"), FAULTS, ids=[name for name, _ in FAULTS])
def test_the_service_lives_through_a_fault_and_is_fresh_again_after_it(
    world: World, name: str, faults: tuple[str | dict[str, object], ...]
) -> None:
    before, began = kept(world.url), time.monotonic()
    hits = world.hits()
    world.venue.set_faults(*faults)
    wait_for(
        lambda: world.hits() >= hits + FEWEST_HITS.get(name, 4),
        within=30, what=f"{name} reaches the product", note=world.service.tail,
    )  # fmt: skip
    world.venue.set_faults()
    recovery = world.recover(name)
    gone = lost(before, world.url)
    world.watch.check()
    world.survived[name] = f"{world.hits() - hits:4} hits, recovered in {recovery:4.1f} s"
    record(f"venue: {name.replace('_', ' ')}", database=world.kind, lasted_sec=time.monotonic() - began,
           times=world.hits() - hits, recovered_sec=recovery, lost=gone)  # fmt: skip


def test_random_faults_one_after_another_are_survived(world: World) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - shown with a failure
    rng = random.Random(seed)
    before, hits, began = kept(world.url), world.hits(), time.monotonic()
    while time.monotonic() < began + (150 if FULL else 5):
        names = rng.sample(NAMES, rng.randint(1, 3))
        world.venue.set_faults(*({"name": name, "probability": rng.uniform(0.1, 1)} for name in names))
        time.sleep(rng.uniform(0.2, 5))
    world.venue.set_faults()
    recovery = world.recover(f"random faults of seed {seed}")
    assert world.hits() > hits
    gone = lost(before, world.url)
    world.watch.check()
    record(f"venue: random faults, seed {seed}", database=world.kind, lasted_sec=time.monotonic() - began,
           times=world.hits() - hits, recovered_sec=recovery, lost=gone)  # fmt: skip


def test_a_long_outage_empties_the_list_and_loses_nothing(world: World) -> None:
    before, seen = kept(world.url), world.service.funnel()["seen"]
    known = world.service.opportunities()[0]["market_id"]
    world.venue.set_faults("server_error")
    began = time.monotonic()
    wait_for(
        lambda: world.service.json("/v1/opportunities")["total"] == 0,
        within=STALE_SEC + SCORE_SEC + 15,
        what="nothing stale is ranked",
        note=world.service.tail,
    )
    emptied = time.monotonic() - began
    funnel = world.service.funnel()
    assert funnel["opportunities"] == 0
    assert funnel["gates"]["STALE_QUOTE"] >= 0.7 * world.usual
    detail = world.service.market(known)
    assert detail["latest_quote"] is not None, "the last known quote is still shown"
    assert detail["recommendation"] is None
    jobs = {job["job"]: job for job in world.service.json("/readyz")["jobs"]}
    assert jobs["quotes"]["consecutive_failures"] >= 1
    assert jobs["quotes"]["last_error_at"] is not None
    assert jobs["score"]["consecutive_failures"] == 0, "scoring goes on"
    assert world.service.metric("pm_circuit_state") > 0
    assert world.service.metric("pm_quote_freshness_seconds") > STALE_SEC
    world.venue.set_faults()
    recovery = world.recover("the outage")
    assert world.service.funnel()["seen"] == pytest.approx(seen, abs=MARKETS * 0.1)
    assert lost(before, world.url) == 0
    world.watch.check()
    world.survived["long outage"] = f"list empty after {emptied:.1f} s, recovered in {recovery:4.1f} s"


def test_tables_that_somebody_else_locks_are_read_and_written_again_later(world: World) -> None:
    before = kept(world.url)

    def failures() -> int:
        return sum(any(words in line for words in REFUSED) for line in world.service.lines)

    already = failures()
    with connected(world.url, writes=True) as stranger:
        for statement in LOCK[world.kind]:
            stranger.execute(statement)
        wait_for(lambda: failures() > already, within=20, what="a write is refused", note=world.service.tail)
        assert world.service.json("/v1/opportunities")["items"], "reading goes on"
        stranger.execute("ROLLBACK")
    recovery = world.recover("the lock")
    gone = lost(before, world.url)
    world.watch.check()
    record("tables locked by another session", database=world.kind, lasted_sec=None, times=1, recovered_sec=recovery,
           lost=gone)  # fmt: skip
    world.survived["locked tables"] = f"recovered in {recovery:4.1f} s"


def test_after_all_of_it_the_venue_has_nothing_to_complain_about(world: World) -> None:
    audit = world.venue.audit()
    text = world.service.get("/metrics").body.decode()
    skipped = [line for line in text.splitlines() if line.startswith("pm_records_skipped_total{")]
    report = [f"{name:40} {line}" for name, line in world.survived.items()]
    report += [f"slowest answer {path}: {seconds:.3f} s" for path, seconds in world.watch.slowest_sec.items()]
    print("\n".join([*report, *skipped, str(audit)]))  # noqa: T201 - shown by pytest -rP
    assert audit["violations"] == {}
    assert set(world.survived) >= {name for name, _ in FAULTS}
    assert len(skipped) >= 3, "broken records are counted by reason"
    sent = [line for line in text.splitlines() if line.startswith("pm_http_requests_total{")]
    outcomes = {line.split('outcome="')[1].split('"')[0] for line in sent}
    assert outcomes >= {"ok", "unavailable", "throttled", "payload", "rejected"}
    errors = [line for line in text.splitlines() if line.startswith("pm_job_errors_total{")]
    assert errors
    assert not [line for line in errors if 'kind="internal"' in line], "an error that nobody expected"
    assert not any('"job.unexpected"' in line for line in world.service.lines)
