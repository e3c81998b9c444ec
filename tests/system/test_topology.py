"""The processes of docker-compose.yml without containers: two of each part, and nginx, on one Postgres."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.stack import ROOT, healthcheck, image_environment, metrics_asked_for, tool
from endgame.api.page import static_files
from endgame.api.problems import SECURITY_HEADERS
from postgres_server import PostgresServer
from system.service import Answer, Service, Simulator, environment, free_port, run_command, wait_for

pytestmark = [pytest.mark.system, pytest.mark.postgres, pytest.mark.timeout(400)]

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PACE: dict[str, object] = {
    "INGEST__WINDOW_SEC": 3,
    "INGEST__DISCOVERY_SEC": 10,
    "INGEST__QUOTES_SEC": 1,
    "SCORING__CADENCE_SEC": 1,
    "LOG__LEVEL": "debug",
}


@dataclass
class Process:
    """One part, and what its monitor port tells."""

    service: Service
    monitor: Service

    def role(self) -> str:
        found = self.monitor.get("/readyz").json["roles"]
        return str(found.get(self.service.part, ""))

    def events(self, name: str) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in list(self.service.lines) if line.startswith("{")]
        return [event for event in found if event["event"] == name]


@dataclass
class Topology:
    """Everything that runs."""

    processes: dict[str, list[Process]]
    ui: Service

    def all(self) -> list[Process]:
        return [one for found in self.processes.values() for one in found]

    def leaders(self, part: str) -> list[Process]:
        running = [one for one in self.processes[part] if (found := one.service.process) and found.poll() is None]
        return [one for one in running if one.role() == "leader"]


def a_process(folder: Path, venue: Simulator, part: str, url: str) -> Process:
    port = free_port()
    over = {"DATABASE__URL": url, "MONITOR__ENABLED": "true", "MONITOR__PORT": port, **PACE}
    if part == "api":  # as in the compose file: every address, few names
        over |= {"API__HOST": "0.0.0.0", "API__ALLOWED_HOSTS": "localhost"}  # noqa: S104
    return Process(Service(folder, venue, part, **over), Service(folder, None, API__PORT=port))


def start_nginx(folder: Path, apis: list[Process]) -> Service:
    """nginx with the configuration that the image is built with, but for addresses."""
    ui = Service(folder, None, API__PORT=free_port())
    generate(folder / "ui", *(f"127.0.0.1:{api.service.port}" for api in apis), listen=f"127.0.0.1:{ui.port}")
    text = (folder / "ui" / "nginx.conf").read_text()
    own_tmp = re.sub(r"^(\s*(?:pid|\w+_temp_path) )/tmp/", rf"\g<1>{folder}/", text, flags=re.MULTILINE)
    (folder / "ui" / "nginx.conf").write_text(own_tmp)
    who = "user root; " if os.geteuid() == 0 else ""  # the folder of a test is its owner's only
    command = [tool("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(folder / "ui" / "nginx.conf")]
    checked = subprocess.run([*command, "-t", "-g", who], capture_output=True, text=True, timeout=20, check=False)
    assert checked.returncode == 0, checked.stderr
    with (folder / "nginx.log").open("wb") as log:
        ui.process = subprocess.Popen([*command, "-g", f"{who}daemon off;"], stderr=log)
    return ui


def generate(out: Path, *apis: str, listen: str, **options: str) -> None:
    named = [word for api in apis for word in ("--api", api)]
    extra = [word for name, value in options.items() for word in (f"--{name}", value)]
    subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "generate_ui.py"), str(out), "--listen", listen, *named, *extra],
        check=True, capture_output=True, timeout=60, env=environment(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def topology(tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer) -> Iterator[Topology]:
    folder = tmp_path_factory.mktemp("topology")
    url = postgres_server.create_database()
    with ExitStack() as stack:
        stack.callback(postgres_server.drop_database, url)
        venue = stack.enter_context(Simulator(200, seed=5))
        assert run_command("migrate", cwd=folder, DATABASE__URL=url).returncode == 0
        processes = {
            part: [a_process(folder, venue, part, url) for _ in range(2)] for part in ("ingest", "score", "api")
        }
        found = Topology(processes, Service(folder, None, API__PORT=free_port()))
        for one in found.all():
            one.service.start(wait=False)
            stack.push(one.service.__exit__)
            one.monitor.process = one.service.process
        found.ui = start_nginx(folder, processes["api"])
        stack.push(found.ui.__exit__)
        for one in found.all():
            wait_for(one.monitor.alive, within=150, what=f"{one.service.part} answers", note=one.service.tail)
        wait_for(found.ui.alive, within=90, what="the page's server answers")
        wait_for(lambda: found.ui.json("/v1/opportunities")["items"], within=150, what="a list through nginx")
        yield found


def test_each_role_has_one_leader_and_one_standby_by_probe_and_by_metric(topology: Topology) -> None:
    for part in ("ingest", "score"):
        roles = wait_for(
            lambda part=part: (found := sorted(one.role() for one in topology.processes[part])) == ["leader", "standby"]
            and found,
            within=90, what=f"one {part} leads",
        )  # fmt: skip
        assert roles == ["leader", "standby"]
        assert sum(one.monitor.metric("pm_job_leader") for one in topology.processes[part]) == 1
    for one in topology.all():
        ready = one.monitor.get("/readyz")
        assert ready.status == 200, "a standby is ready too"
        assert one.monitor.metric("pm_database_up") == 1


def test_every_process_shows_every_metric_that_dashboard_and_alerts_ask_for(topology: Topology) -> None:
    for one in topology.all():
        text = one.monitor.get("/metrics").body.decode()
        exposed = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
        assert metrics_asked_for() <= exposed, one.service.part
        assert "0x" not in text, "a market id"
        assert re.search(r"^pm_event_loop_lag_seconds_count [1-9]", text, re.MULTILINE)
        assert one.monitor.metric("process_resident_memory_bytes") > 1e7


def test_work_is_counted_where_it_is_done_and_ages_are_seen_everywhere(topology: Topology) -> None:
    (ingest,), (score,) = topology.leaders("ingest"), topology.leaders("score")
    wait_for(lambda: ingest.monitor.metric("pm_ingest_quotes_total") > 0, within=90, what="quotes are counted")
    wait_for(lambda: score.monitor.metric("pm_score_opportunities_total") > 0, within=90, what="runs are counted")
    assert score.monitor.metric("pm_ingest_quotes_total") == 0
    for one in topology.all():
        wait_for(lambda one=one: one.monitor.metric("pm_opportunities") > 0, within=60, what="the list's length")


@pytest.mark.parametrize("path", ["/", "/system/", "/market", "/docs", "/icon.svg", "/docs.js"])
def test_the_page_comes_from_nginx_as_it_comes_from_the_api(topology: Topology, path: str) -> None:
    if path not in static_files():
        pytest.skip("the page is not built: make web")
    api = topology.processes["api"][0].service
    for encoding in ("identity", "gzip"):
        ours, theirs = (one.get(path, **{"accept-encoding": encoding}) for one in (api, topology.ui))
        assert (ours.status, theirs.status) == (200, 200)
        assert ours.body == theirs.body
        names = ["content-type", "cache-control", "vary", "content-encoding", *SECURITY_HEADERS]
        assert same(ours, names) == same(theirs, names)
    assert topology.ui.get(path).headers["content-security-policy"] == static_files()[path].headers.get(
        "content-security-policy", SECURITY_HEADERS["content-security-policy"]
    )


def same(answer: Answer, names: list[str]) -> dict[str, str | None]:
    return {name: (answer.headers.get(name) or "").lower() or None for name in names}


def test_every_file_of_the_page_is_served_by_nginx(topology: Topology) -> None:
    for path, file in static_files().items():
        answer = topology.ui.get(path)
        assert (answer.status, answer.body) == (200, file.body), path
        assert answer.headers["cache-control"] == file.headers["cache-control"]


def test_the_answers_of_the_api_pass_unchanged_with_each_header_once(topology: Topology) -> None:
    answer = topology.ui.get("/v1/opportunities", {"limit": 3})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["etag"]
    assert {name: answer.headers[name] for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS), "none twice"
    assert topology.ui.get("/v1/opportunities?limit=3", **{"if-none-match": answer.headers["etag"]}).status in (
        200,
        304,
    )
    refused = topology.ui.get("/v1/opportunities", {"limit": 0})
    assert (refused.status, refused.headers["content-type"]) == (422, "application/problem+json")
    assert topology.ui.get("/readyz").status == 200
    assert topology.ui.get("/openapi.json").json["openapi"].startswith("3.1")
    assert topology.ui.request("POST", "/v1/funnel").status == 405


def test_a_foreign_name_gets_no_data_through_nginx(topology: Topology) -> None:
    for host, status in (("evil.example", 421), ("localhost", 200), (f"127.0.0.1:{topology.ui.port}", 200)):
        assert topology.ui.get("/v1/funnel", host=host).status == status, host


def test_what_is_too_large_or_too_long_is_refused_by_the_api_s_own_documents(topology: Topology) -> None:
    answer = topology.ui.get("/v1/config?" + "a" * 33_000)
    assert (answer.status, answer.headers["content-type"]) == (414, "application/problem+json")
    assert topology.ui.get("/v1/config?" + "a" * 20_000).status == 422


@pytest.mark.parametrize("path", ["/metrics", "/nowhere", "/../etc/passwd", "/nginx.conf", "/v2/x", "/index.html.gz"])
def test_nothing_else_leaves_through_nginx(topology: Topology, path: str) -> None:
    answer = topology.ui.get(path)
    assert answer.status in (400, 404)
    if answer.status == 404:
        assert {name: answer.headers[name] for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)
        assert answer.headers["server"] == "nginx", "without its version"


def test_both_apis_answer_behind_nginx(topology: Topology) -> None:
    for number in range(8):
        topology.ui.json("/v1/nearest", {"limit": number + 1})
    counted = [one.monitor.metric("pm_api_requests_total") for one in topology.processes["api"]]
    assert all(counted), counted


def test_a_request_goes_on_with_the_trace_of_its_caller_through_nginx(topology: Topology) -> None:
    assert topology.ui.get("/v1/funnel", traceparent=f"00-{TRACE}-{CALLER}-01").status == 200

    def found() -> list[dict[str, Any]]:
        events = [event for api in topology.processes["api"] for event in api.events("request")]
        return [event for event in events if event["trace"] == TRACE]

    (request,) = wait_for(found, within=30, what="the request's line")
    assert (request["parent"], request["route"], request["outcome"]) == (CALLER, "/v1/funnel", "ok")


def test_every_cycle_is_a_trace_with_what_it_did_below(topology: Topology) -> None:
    (ingest,), (score,) = topology.leaders("ingest"), topology.leaders("score")
    wait_for(lambda: ingest.events("job.quotes") and score.events("job.score"), within=90, what="cycles")
    for process, cycle, below in ((ingest, "job.quotes", {"fetch", "parse", "write"}),
                                  (ingest, "job.discovery_window", {"fetch", "parse", "write"}),
                                  (score, "job.score", {"read", "score", "write"})):  # fmt: skip
        done = process.events(cycle)[-1]
        children = [one for name in below for one in process.events(name) if one["trace"] == done["trace"]]
        assert {one["event"] for one in children} == below, cycle
        assert {one["parent"] for one in children} == {done["span"]}
        assert all(one["duration_sec"] <= done["duration_sec"] for one in children)
        assert all(one["outcome"] == "ok" for one in children)
        (first,) = [one for one in process.events("database.write") if one["trace"] == done["trace"]][:1]
        assert first["parent"] == done["span"], "the mark that the cycle began"


def test_the_health_checks_of_the_images_pass_beside_what_lives_and_fail_beside_what_does_not(
    topology: Topology,
) -> None:
    port = image_environment()["ENDGAME_MONITOR__PORT"]
    python = [sys.executable, *healthcheck("Dockerfile")[1:]]
    ui = healthcheck("Dockerfile.ui")

    def passes(command: list[str], old: str, new: int) -> bool:
        assert old in command[-1]
        replaced = [*command[:-1], command[-1].replace(old, str(new))]
        return subprocess.run(replaced, capture_output=True, timeout=20, check=False).returncode == 0

    assert all(passes(python, port, one.monitor.port) for one in topology.all())
    assert not passes(python, port, free_port())
    assert passes(ui, "8080", topology.ui.port)
    assert not passes(ui, "8080", free_port())


def test_the_configuration_of_the_image_is_one_that_nginx_accepts(tmp_path: Path) -> None:
    generate(tmp_path, "pm-api:8080", listen="8080", resolver="127.0.0.11", root="/ui/html")
    done = subprocess.run(
        [tool("nginx"), "-e", "stderr", "-t", "-c", str(tmp_path / "nginx.conf")],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "nginx.conf").read_text()
    assert "root /ui/html;" in text
    assert "resolver 127.0.0.11" in text


def test_the_loss_of_half_of_everything_is_lived_through(topology: Topology) -> None:
    (ingest,), (score,) = topology.leaders("ingest"), topology.leaders("score")
    lost_api, left_api = topology.processes["api"]
    before = topology.ui.json("/v1/opportunities")["as_of"]
    began = time.monotonic()
    for one in (ingest, score, lost_api):
        one.service.kill()
    for _ in range(10):
        assert topology.ui.get("/v1/funnel").status == 200, "nginx asks the other one"
    for part in ("ingest", "score"):
        wait_for(lambda part=part: topology.leaders(part), within=90, what=f"{part} is taken over")
    taken_sec = time.monotonic() - began
    wait_for(lambda: topology.ui.json("/v1/opportunities")["as_of"] > before, within=90, what="a newer run")
    assert not left_api.events("request") or all(one["status"] < 500 for one in left_api.events("request"))
    lost_api.service.start(wait=False)
    lost_api.monitor.process = lost_api.service.process
    wait_for(lost_api.monitor.alive, within=90, what="the API is back", note=lost_api.service.tail)
    print(f"both roles taken over after {taken_sec:.1f} s")  # noqa: T201 - shown by pytest -rP
