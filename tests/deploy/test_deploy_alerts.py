"""Alert rules and dashboard: every rule fires and keeps silent under promtool, and leads to a page that exists."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from deploy.stack import DOCKER, METRIC, ROOT, metrics_asked_for, queries, rules, run, tool
from endgame.telemetry import Metrics

PROMETHEUS = DOCKER / "prometheus"
ASKED_FOR = {
    "QuotesStale", "ScoringLag", "JobFailing", "JobOverdue", "CircuitOpen", "ApiErrors", "ApiLatency", "ProcessDown",
    "NoLeader", "DatabaseWritesFail", "MemoryHigh", "NoOpportunities", "RecordsSkipped",
}  # fmt: skip
NAMES = [rule["alert"] for rule in rules()]


def cases() -> list[dict[str, Any]]:
    found = yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text(encoding="utf-8"))["tests"]
    return [alert for case in found for alert in case["alert_rule_test"]]


def anchors() -> set[str]:
    """Anchors of the headings of the operations page, as a forge makes them."""
    headings = re.findall(r"^#+ (.+)$", (ROOT / "docs" / "operations.md").read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    "arguments", [("check", "rules", "alerts.yml"), ("check", "config", "prometheus.yml")], ids=lambda one: one[-1]
)
def test_prometheus_understands_it(arguments: tuple[str, ...]) -> None:
    *words, file = arguments
    done = run(tool("promtool"), *words, str(PROMETHEUS / file))
    assert done.returncode == 0, done.stderr + done.stdout


def test_every_rule_fires_and_keeps_silent_as_its_cases_say() -> None:
    done = run(tool("promtool"), "test", "rules", str(PROMETHEUS / "alerts_test.yml"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_judge_notices_a_rule_that_never_fires(tmp_path: Any) -> None:
    text = (PROMETHEUS / "alerts.yml").read_text(encoding="utf-8")
    (tmp_path / "alerts.yml").write_text(text.replace("> 390", "> 39000"))
    (tmp_path / "alerts_test.yml").write_text((PROMETHEUS / "alerts_test.yml").read_text(encoding="utf-8"))
    done = run(tool("promtool"), "test", "rules", str(tmp_path / "alerts_test.yml"))
    assert done.returncode != 0
    assert "ScoringLag" in done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_has_a_case_that_makes_it_fire_and_one_that_keeps_it_silent(name: str) -> None:
    assert {bool(case["exp_alerts"]) for case in cases() if case["alertname"] == name} == {True, False}


def test_what_was_asked_for_is_watched() -> None:
    assert set(NAMES) >= ASKED_FOR
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("rule", rules(), ids=NAMES)
def test_a_rule_waits_is_weighed_and_leads_to_its_section_of_the_runbook(rule: dict[str, Any]) -> None:
    assert re.fullmatch(r"\d+m", rule["for"])
    assert rule["labels"]["severity"] in ("warning", "critical")
    page, anchor = rule["annotations"]["runbook"].split("#")
    assert page == "docs/operations.md"
    assert anchor in anchors()
    assert rule["annotations"]["summary"]


def test_every_section_that_the_runbook_refers_to_exists() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= anchors()
    table = page.split("## Alerts")[1].split("## Runbook")[0]
    assert all(re.search(rf"\b{name}\b", table) for name in NAMES)


def test_every_metric_that_is_asked_for_is_one_of_the_program() -> None:
    exposed = {line.split()[2] for line in exposition().splitlines() if line.startswith("# TYPE ")}
    assert metrics_asked_for() <= exposed
    assert len(metrics_asked_for()) > 20


def exposition() -> str:
    from prometheus_client import generate_latest

    return generate_latest(Metrics().registry).decode()


def test_the_dashboard_asks_its_own_source_and_each_panel_shows_something() -> None:
    board = json.loads((DOCKER / "grafana" / "dashboards" / "endgame.json").read_text(encoding="utf-8"))
    (source,) = yaml.safe_load((DOCKER / "grafana" / "datasource.yml").read_text(encoding="utf-8"))["datasources"]
    panels = [panel for panel in board["panels"] if panel["type"] != "alertlist"]
    assert {target["datasource"]["uid"] for panel in panels for target in panel["targets"]} == {source["uid"]}
    assert all(panel["title"] and panel["targets"] for panel in panels)
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    assert all(METRIC.search(query) or "up{" in query for query in queries())


def test_prometheus_understands_every_query_of_the_dashboard(tmp_path: Any) -> None:
    recorded = [{"record": f"q:{number}", "expr": query} for number, query in enumerate(queries())]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": recorded}]}))
    done = run(tool("promtool"), "check", "rules", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
