"""The parts as processes of their own on one Postgres: one leader each, takeover, and a database that goes away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from postgres_server import PostgresServer, server_binaries, start_postgres
from system.fault_table import FULL, record
from system.service import Answer, Service, Simulator, ms_of, run_command, wait_for
from system.stored_rows import kept, lost
from system.watch import PATHS, PROBLEM, Watch

pytestmark = [pytest.mark.system, pytest.mark.postgres, pytest.mark.timeout(900 if FULL else 240)]

LIMIT_SEC = 30
"""A standby takes over within this time."""
STALE_SEC = 6.0
"""Less than any of these troubles lasts: what is listed through them would be stale."""
SETTINGS: dict[str, object] = {
    "INGEST__WINDOW_SEC": 3,
    "INGEST__DISCOVERY_SEC": 10,
    "INGEST__QUOTES_SEC": 1,
    "SCORING__CADENCE_SEC": 1,
    "DATABASE__BUSY_TIMEOUT_SEC": 5,
    "SCORING__BOUNDS__QUOTE_STALE_MAX_SEC": STALE_SEC,
}
HOLDERS = """
    SELECT objid, count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND classid = 1162757959 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    GROUP BY objid
"""
CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="module")
def venue() -> Iterator[Simulator]:
    with Simulator(200, seed=3) as running:
        yield running


def events(service: Service) -> list[dict[str, object]]:
    return [json.loads(line) for line in service.lines if line.startswith("{")]


def standing(service: Service, role: str) -> str:
    """Last word of a process about its leadership: active, standby, lost, or nothing yet."""
    words = [
        str(event["event"]).removeprefix("leader.")
        for event in events(service)
        if str(event["event"]).startswith("leader.") and event.get("role") == role
    ]
    return words[-1] if words else ""


def reigns(service: Service, role: str) -> list[tuple[float, float]]:
    """When this process led, as Unix times (begin, end)."""
    found: list[tuple[float, float]] = []
    began = last = 0.0
    for event in events(service):
        last = datetime.fromisoformat(str(event["time"])).timestamp()
        if event["event"] == "leader.active" and event["role"] == role:
            began = last
        elif (event["event"] == "leader.lost" and event["role"] == role) or event["event"] == "app.stopping":
            found += [(began, last)] if began else []
            began = 0.0
    return [*found, (began, last)] if began else found


def check_one_at_a_time(services: list[Service], role: str) -> int:
    """No two led at the same moment; returns the number of reigns."""
    found = sorted(reign for service in services for reign in reigns(service, role))
    for (_, ended), (began, _) in pairwise(found):
        assert began >= ended, f"two led as {role} for {ended - began:.1f} s: {found}"
    return len(found)


def jobs_done(service: Service) -> int:
    return sum(str(event["event"]).startswith("job.") for event in events(service))


def one_leads(services: list[Service], role: str) -> tuple[Service, Service] | None:
    """(the active one, the standby), once both have spoken."""
    found = {standing(service, role): service for service in services}
    return (found["active"], found["standby"]) if set(found) == {"active", "standby"} else None


def holders(url: str) -> list[int]:
    """How many sessions hold each of the leader locks."""
    with psycopg.connect(url) as connection:
        return [number for _, number in connection.execute(HOLDERS.encode()).fetchall()]


def listed_since(service: Service, moment_ms: float) -> bool:
    """There are rows, scored and quoted after the moment."""
    answer = service.get("/v1/opportunities")
    if answer.status != 200:
        return False
    page = answer.json
    return bool(page["items"]) and all(
        ms_of(stamp) > moment_ms for item in page["items"] for stamp in (page["as_of"], item["quote"]["as_of"])
    )


def same_list(first: Service, second: Service) -> bool:
    """Both answer the same bytes about the same scoring run."""
    one, two = first.get("/v1/opportunities"), second.get("/v1/opportunities")
    if not one.json["items"] or one.json["as_of"] != two.json["as_of"]:
        return False
    assert one.body == two.body
    assert one.headers["etag"] == two.headers["etag"]
    return True


def stop_all(services: list[Service]) -> list[float]:
    """SIGTERM to each; every one must end with 0 within ten seconds."""
    ends = [service.terminate() for service in services]
    for service, (code, took) in zip(services, ends, strict=True):
        assert code == 0, service.tail()
        assert took < 10
    return [took for _, took in ends]


@contextmanager
def started(services: list[Service]) -> Iterator[None]:
    with ExitStack() as stack:
        for service in services:
            service.start(wait=False)
            stack.push(service.__exit__)
        yield


def test_of_two_ingests_and_two_scores_one_works_and_the_other_takes_over(
    tmp_path: Path, venue: Simulator, postgres_url: str
) -> None:
    settings = {"DATABASE__URL": postgres_url, **SETTINGS}
    assert run_command("migrate", cwd=tmp_path, **settings).returncode == 0
    ingests, scores, apis = (
        [Service(tmp_path, venue, part, **settings) for _ in range(2)] for part in ("ingest", "score", "api")
    )
    with started([*apis, *ingests, *scores]):
        for api in apis:
            wait_for(api.alive, within=120, what="both APIs answer", note=api.tail)
        ingest, next_ingest = wait_for(
            lambda: one_leads(ingests, "ingest"), within=120, what="one active ingest", note=ingests[0].tail
        )
        score, next_score = wait_for(
            lambda: one_leads(scores, "score"), within=120, what="one active score", note=scores[0].tail
        )
        wait_for(lambda: same_list(*apis), within=30, what="one list by both APIs", note=ingest.tail)
        assert holders(postgres_url) == [1, 1]
        assert jobs_done(ingest) > 0
        assert jobs_done(next_ingest) == jobs_done(next_score) == 0, "a standby did work"
        with Watch(apis[0], stale_sec=STALE_SEC) as first, Watch(apis[1], stale_sec=STALE_SEC) as second:
            before, died = kept(postgres_url), time.time() * 1000
            ingest.kill()
            score.kill()
            wait_for(lambda: standing(next_score, "score") == "active", within=LIMIT_SEC, what="score is taken over")
            wait_for(lambda: standing(next_ingest, "ingest") == "active", within=LIMIT_SEC, what="ingest is taken over")
            taken_sec = time.time() - died / 1000
            for api in apis:
                wait_for(lambda api=api: listed_since(api, died), within=LIMIT_SEC, what="fresh rows", note=api.tail)
            fresh_sec = time.time() - died / 1000
            gone = lost(before, postgres_url)
            assert holders(postgres_url) == [1, 1]
        for watch in (first, second):
            watch.check()
            assert watch.refusals() == 0
        third = Service(tmp_path, venue, "ingest", **settings)
        with started([third]):
            wait_for(lambda: standing(third, "ingest") == "standby", within=40, what="the third stands by")
            ends = stop_all([next_ingest, next_score, third, *apis])
        assert jobs_done(third) == 0
    assert check_one_at_a_time(ingests, "ingest") == check_one_at_a_time(scores, "score") == 2
    record("leaders killed beside a standby", database="Postgres", lasted_sec=None, times=2, recovered_sec=fresh_sec,
           lost=gone)  # fmt: skip
    print(  # noqa: T201 - shown by pytest -rP
        f"taken over after {taken_sec:.1f} s, fresh rows after {fresh_sec:.1f} s, ended in {max(ends):.1f} s at most"
    )
    assert venue.audit()["violations"] == {}


# ---------------------------------------------------------------- a database that goes away


class OwnPostgres:
    """A server of this test alone, so that it may be stopped."""

    def __init__(self, binaries: Path, url: str) -> None:
        self.url = PostgresServer(url).create_database()
        self._binaries = binaries
        self._port = str(urlsplit(url).port)
        with psycopg.connect(url) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
        assert row is not None
        self._data = Path(row[0])

    def stop(self) -> None:
        self._control("-m", "fast", "stop")

    def start(self) -> None:
        options = f"-p {self._port} -k {self._data.parent} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._control("-l", str(self._data.parent / "log"), "-o", options, "start")

    def cut_connections(self) -> int:
        """End every session of others; returns how many there were."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return len(connection.execute(CUT.encode()).fetchall())

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The server's processes stand still: connections stay open, and nothing is answered."""
        postmaster = int((self._data / "postmaster.pid").read_text().split()[0])
        parents = {int(path.parent.name): path.read_text() for path in Path("/proc").glob("[0-9]*/stat")}
        children = [pid for pid, line in parents.items() if line.rsplit(")", 1)[1].split()[1] == str(postmaster)]
        for pid in (postmaster, *children):
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in (*children, postmaster):
                os.kill(pid, signal.SIGCONT)

    def _control(self, *arguments: str) -> None:
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        with (self._data.parent / "output").open("ab") as output:
            subprocess.run(
                [*prefix, str(self._binaries / "pg_ctl"), "-D", str(self._data), "-w", *arguments],
                check=True, cwd=self._data.parent, stdout=output, stderr=output, timeout=60,
            )  # fmt: skip


@pytest.fixture
def own_postgres() -> Iterator[OwnPostgres]:
    binaries = server_binaries()
    if binaries is None:
        pytest.skip("no Postgres binaries: a server that is not ours is not stopped")
    with start_postgres(binaries) as url:
        yield OwnPostgres(binaries, url)


def settled(postgres: OwnPostgres, runs: list[Service]) -> bool:
    """Each role has exactly one leader, by the word of the server and by that of the processes."""
    if holders(postgres.url) != [1, 1]:
        return False
    return all(
        sorted(standing(service, role) == "active" for service in runs) == [False, True] for role in ("ingest", "score")
    )


def is_refusal(answer: Answer) -> bool:
    return (
        answer.status == 503 and answer.headers["content-type"] == PROBLEM and int(answer.headers["retry-after"]) >= 1
    )


def test_two_runs_on_one_postgres_live_through_the_loss_of_their_database(
    tmp_path: Path, venue: Simulator, own_postgres: OwnPostgres
) -> None:
    settings = {"DATABASE__URL": own_postgres.url, **SETTINGS}
    first, second = (Service(tmp_path, venue, "run", **settings) for _ in range(2))
    runs = [first, second]
    with started([first]):
        wait_for(first.alive, within=120, what="the first answers", note=first.tail)
        wait_for(lambda: listed_since(first, 0), within=120, what="a list", note=first.tail)
        with started([second]):
            wait_for(second.alive, within=120, what="the second answers", note=second.tail)
            for role in ("ingest", "score"):
                wait_for(lambda role=role: standing(second, role) == "standby", within=20, what=f"{role} standby")
            wait_for(lambda: same_list(first, second), within=20, what="one list by both", note=second.tail)
            assert jobs_done(second) == 0
            may_refuse = set(PATHS) - {"/healthz", "/metrics"}
            with (
                Watch(first, stale_sec=STALE_SEC, may_refuse=may_refuse) as one,
                Watch(second, stale_sec=STALE_SEC, may_refuse=may_refuse) as two,
            ):
                before = kept(own_postgres.url)
                restart = recovery(runs, own_postgres, lambda: stop_for_a_while(own_postgres, runs))
                lost_by_restart = lost(before, own_postgres.url)
                before = kept(own_postgres.url)
                cut = recovery(runs, own_postgres, lambda: cut_again_and_again(own_postgres))
                lost_by_cut = lost(before, own_postgres.url)
            for watch in (one, two):
                watch.check()
                assert watch.slowest_sec["/healthz"] < 3
                assert max(watch.slowest_sec.values()) < 8
            leader = first if standing(first, "ingest") == "active" else second
            other = second if leader is first else first
            stopped = time.time() * 1000
            stop_all([leader])
            wait_for(
                lambda: standing(other, "ingest") == standing(other, "score") == "active",
                within=LIMIT_SEC, what="the other takes both roles", note=other.tail,
            )  # fmt: skip
            handed_sec = time.time() - stopped / 1000
            wait_for(lambda: listed_since(other, stopped), within=LIMIT_SEC, what="fresh rows", note=other.tail)
            with own_postgres.frozen():
                check_answers_beside_a_database_that_hangs(other)
                frozen_sec = stop_all([other])[0]
    assert not any('"job.unexpected"' in line for service in runs for line in service.lines)
    assert check_one_at_a_time(runs, "ingest") >= 4
    assert check_one_at_a_time(runs, "score") >= 4
    record("server stopped" + (" for a minute" if FULL else ""), database="Postgres", lasted_sec=60 if FULL else None,
           times=1, recovered_sec=restart, lost=lost_by_restart)  # fmt: skip
    record("all connections cut, again and again", database="Postgres", lasted_sec=2, times=1, recovered_sec=cut,
           lost=lost_by_cut)  # fmt: skip
    print(  # noqa: T201 - shown by pytest -rP
        f"fresh after a restart in {restart:.1f} s, after cut connections in {cut:.1f} s; handed over by SIGTERM in "
        f"{handed_sec:.1f} s; ended beside a frozen server in {frozen_sec:.1f} s; refusals {one.refusals()} of "
        f"{sum(one.answers.values())} and {two.refusals()} of {sum(two.answers.values())}; slowest {one.slowest_sec}"
    )


def recovery(runs: list[Service], postgres: OwnPostgres, trouble: Callable[[], None]) -> float:
    """Seconds from the end of the trouble to fresh rows by both, and one leader each."""
    trouble()
    ended = time.time() * 1000
    for service in runs:
        wait_for(lambda service=service: listed_since(service, ended), within=45, what="fresh", note=service.tail)
    took = time.time() - ended / 1000
    wait_for(lambda: settled(postgres, runs), within=30, what="one leader each", note=runs[0].tail)
    return took


def stop_for_a_while(postgres: OwnPostgres, runs: list[Service]) -> None:
    postgres.stop()
    try:
        for service in runs:
            # An answer that was kept may still be served; once a new one is needed, the refusal is a proper one.
            refusal = wait_for(
                lambda service=service: (answer := service.get("/v1/opportunities?limit=7")).status == 503 and answer,
                within=15, what="a refusal", note=service.tail,
            )  # fmt: skip
            assert is_refusal(refusal)
            assert is_refusal(service.get("/readyz"))
            assert is_refusal(service.get("/v1/market/0x00"))
            assert service.get("/healthz").status == 200
            assert service.get("/v1/config").status == 200
            assert service.get("/").status == 200
        time.sleep(60 if FULL else 0)
    finally:
        postgres.start()


def check_answers_beside_a_database_that_hangs(service: Service) -> None:
    refused = ("/v1/opportunities?limit=9", "/readyz", "/v1/market/0x00")
    answered = ("/healthz", "/metrics", "/v1/config")
    with ThreadPoolExecutor(len(refused) + len(answered)) as pool:
        answers = dict(zip((*refused, *answered), pool.map(service.get, (*refused, *answered)), strict=True))
    for path in refused:
        assert is_refusal(answers[path]), f"{path}: {answers[path].status}"
        assert answers[path].seconds < 7, f"{path} took {answers[path].seconds:.1f} s"
    for path in answered:
        assert answers[path].status == 200
        assert answers[path].seconds < 3, f"{path} took {answers[path].seconds:.1f} s"


def cut_again_and_again(postgres: OwnPostgres) -> None:
    cuts = 0
    end = time.monotonic() + 2
    while time.monotonic() < end:
        cuts += postgres.cut_connections()
        time.sleep(0.2)
    assert cuts > 4, "hardly a connection was cut"
