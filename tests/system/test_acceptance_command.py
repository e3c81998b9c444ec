"""The command line as people and supervisors meet it: exit codes, one sentence, signals, crashes."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from system.oracle_universe import Builder, id_of, to_universe
from system.oracle_venue import OracleVenue
from system.service import Service, free_port, run_command, wait_for

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

MARKETS = 12


@pytest.fixture(scope="module")
def venue() -> Iterator[OracleVenue]:
    builder = Builder(round(time.time() * 1000))
    for index in range(MARKETS):
        builder.add(f"row {index}")
    with OracleVenue(to_universe(builder.cases)) as server:
        yield server


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, venue: OracleVenue) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("first"), venue) as service:
        wait_for(lambda: listed(service), within=25, what="rows", note=service.tail)
        yield service


def listed(service: Service) -> bool:
    return len(service.ids()) == MARKETS


@pytest.mark.parametrize(
    ("variable", "value", "names"),
    [
        ("ENDGAME_TYPO", "1", "ENDGAME_TYPO"),
        ("ENDGAME_SCORING__WEIGHTS__W1", "nan", "nan"),
        ("ENDGAME_DATABASE__URL", "mysql://u:hunter2@host/db", "database.url"),
    ],
)
def test_bad_configuration_ends_with_two_and_one_sentence(
    tmp_path: Path, variable: str, value: str, names: str
) -> None:
    done = run_command("run", cwd=tmp_path, raw_env={variable: value})
    assert done.returncode == 2, done.stderr
    assert names.lower() in done.stderr.lower()
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr + done.stdout
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert not list(tmp_path.glob("*.db")), "nothing is created by a run that never began"


def test_an_unknown_command_ends_with_two(tmp_path: Path) -> None:
    done = run_command("fly", cwd=tmp_path)
    assert done.returncode == 2
    assert "fly" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_small_commands_answer_on_stdout(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'small.db'}"
    done = run_command("migrate", cwd=tmp_path, DATABASE__URL=url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    contract = json.loads(run_command("openapi", cwd=tmp_path).stdout)
    assert contract["openapi"].startswith("3.1")
    assert {"/v1/opportunities", "/v1/funnel", "/v1/config"} <= set(contract["paths"])
    shown = run_command("config", "show", cwd=tmp_path, DATABASE__URL="postgresql://u:hunter2@localhost/x")
    assert shown.returncode == 0
    assert "hunter2" not in shown.stdout + shown.stderr
    (tmp_path / "rules.txt").write_text("The operator may decide at its sole discretion.", encoding="utf-8")
    judged = run_command("assess", "rules.txt", "--json", cwd=tmp_path)
    assert judged.returncode == 0, judged.stderr
    json.loads(judged.stdout)


def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path, venue: OracleVenue) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        service = Service(tmp_path, venue, API__PORT=taken.getsockname()[1])
        done = run_command("run", cwd=tmp_path, **service.settings)
    assert done.returncode not in (0, -9)
    assert str(service.port) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_run_on_the_same_file_is_refused_and_the_first_goes_on(first: Service) -> None:
    other = {**first.settings, "API__PORT": free_port()}
    done = run_command("run", cwd=first.folder, **other)
    assert done.returncode == 2, done.stderr
    assert any(word in done.stderr for word in ("already", "another")), done.stderr
    assert "Traceback" not in done.stderr
    as_of = first.json("/v1/opportunities")["as_of"]
    wait_for(lambda: first.json("/v1/opportunities")["as_of"] != as_of, within=10, what="the first goes on")
    top = run_command("top", cwd=first.folder, raw_env={"COLUMNS": "200"}, **first.settings)
    assert top.returncode == 0, top.stderr
    assert "row 1" in top.stdout


def test_sigterm_ends_cleanly_while_the_venue_hangs_and_a_second_signal_at_once(
    tmp_path: Path, venue: OracleVenue
) -> None:
    with Service(tmp_path, venue) as service:
        wait_for(lambda: listed(service), within=25, what="rows", note=service.tail)
        books, markets = venue.fault("books", "hang"), venue.fault("markets", "hang")
        wait_for(lambda: books.hits and markets.hits, within=10, what="hanging requests")
        code, took = service.terminate()
        assert code == 0, service.tail()
        assert took < 10
        venue.clear()
    with Service(tmp_path, venue) as service:  # the lock died with its holder
        books = venue.fault("books", "hang")
        wait_for(lambda: books.hits, within=15, what="a hanging request")
        assert service.process is not None
        service.process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
        code, took = service.terminate()
        assert took < 2
        venue.clear()


def test_kill_nine_at_any_moment_loses_nothing(tmp_path: Path, venue: OracleVenue) -> None:
    first_seen: dict[str, str] = {}
    for moment in (1.1, 1.9, 0.5):
        service = Service(tmp_path, venue, INGEST__QUOTES_SEC=0.3, SCORING__CADENCE_SEC=0.3, INGEST__WINDOW_SEC=0.5)
        service.start()
        if first_seen:
            # What was committed before the crash is served before the venue has said anything new.
            assert service.get("/readyz").status == 200, service.get("/readyz").body
        time.sleep(moment)
        for item in service.opportunities():
            seen = service.market(item["market_id"])["market"]["first_seen"]
            assert first_seen.setdefault(item["market_id"], seen) == seen, "the market was forgotten"
        service.kill()
        with sqlite3.connect(tmp_path / "acceptance.db") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("SELECT count(*) FROM markets").fetchone()[0] >= len(first_seen)
        connection.close()
    with Service(tmp_path, venue) as service:
        wait_for(lambda: listed(service), within=20, what="the list after three crashes", note=service.tail)
        assert first_seen


def test_the_parts_run_as_processes_of_their_own_on_one_file(tmp_path: Path, venue: OracleVenue) -> None:
    ingest = Service(tmp_path, venue, "ingest")
    assert run_command("migrate", cwd=tmp_path, **ingest.settings).returncode == 0
    with Service(tmp_path, venue, "api") as api:
        empty = api.json("/v1/opportunities")
        assert (empty["items"], empty["as_of"], empty["total"]) == ([], None, 0)
        score = Service(tmp_path, venue, "score")
        ingest.start(wait=False)
        score.start(wait=False)
        try:
            wait_for(lambda: listed(api), within=30, what="rows of three processes", note=ingest.tail)
        finally:
            codes = [part.terminate()[0] for part in (ingest, score)]
        assert codes == [0, 0]
        assert api.get("/healthz").status == 200


def test_the_api_refuses_what_it_does_not_know(first: Service) -> None:
    service = first
    for query in (
        "nonsense=1",
        "limit=0",
        "limit=201",
        "limit=x",
        "min_score=2",
        "min_score=nan",
        "max_risk_score=-0.1",
        "min_t_remaining_sec=-1",
        "side=MAYBE",
        "sort=title",
        "order=up",
        "has_flags=perhaps",
        "q=",
        "q=" + "x" * 101,
        "side=YES&side=NO",
        "min_score=",
        "min_net_yield=inf",
    ):
        answer = service.get(f"/v1/opportunities?{query}")
        assert answer.status == 422, f"{query}: {answer.status}"
        assert answer.headers["content-type"].startswith("application/problem+json")
    page = service.json("/v1/opportunities", {"limit": 5})
    assert page["next_cursor"]
    assert service.get("/v1/opportunities", {"cursor": "garbage"}).status == 400
    moved = {"cursor": page["next_cursor"], "limit": 5, "sort": "apr"}
    assert service.get("/v1/opportunities", moved).status == 400
    filtered = {"cursor": page["next_cursor"], "limit": 5, "side": "YES"}
    assert service.get("/v1/opportunities", filtered).status == 400
    for wrong in ("0x00", "x" * 3000, "%00", "..%2f..", id_of("nobody")):
        assert service.get(f"/v1/market/{wrong}").status == 404, wrong
    assert service.request("POST", "/v1/opportunities").status == 405
    assert service.request("DELETE", "/v1/funnel").status == 405
    tagged = service.get("/v1/opportunities")
    again = service.get("/v1/opportunities", None, **{"If-None-Match": tagged.headers["etag"]})
    assert again.status in (200, 304)
    docs = service.get("/docs")
    assert docs.status == 200
    assert b"cdn." not in docs.body
    assert b"//unpkg" not in docs.body
    assert service.get("/").status == 200
    for job in ("score", "quotes"):
        assert job in service.get("/readyz").body.decode()
    for name in (
        "pm_ingest_markets_total",
        "pm_score_opportunities_total",
        "pm_api_requests_total",
        "pm_ingest_quote_latency_seconds_count",
        "pm_opportunities",
        "pm_job_duration_seconds_count",
        "pm_job_last_success_timestamp_seconds",
    ):
        assert service.metric(name) > 0, name
    assert all(line.startswith("{") for line in service.lines if line.strip()), service.tail(5)


def test_the_logs_are_json_lines_without_a_line_per_row(first: Service) -> None:
    lines = [json.loads(line) for line in list(first.lines) if line.strip()]
    assert lines
    assert all(isinstance(line, dict) for line in lines)
    assert id_of("row 3") not in "\n".join(first.lines)


def test_an_interrupt_ends_it_cleanly(first: Service) -> None:
    code, took = first.terminate(signal.SIGINT)
    assert code == 0, first.tail()
    assert took < 10
