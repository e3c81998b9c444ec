"""What docker-compose.yml and docker/ say, read by the tools that people will use; and what judges them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
PARTS = ("pm-ingest", "pm-score", "pm-api")
METRIC = re.compile(r"\b(?:pm|process)_[a-z_]+")


def tool(name: str) -> str:
    """Path of a judge; without it the test is skipped, except under CI, where it fails."""
    own = ROOT / ".container-tools" / "bin" / name
    found = str(own) if own.exists() else shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        absent = pytest.fail if os.environ.get("CI") else pytest.skip
        absent(f"no {name}: run scripts/system-packages and scripts/container-tools")
    return found


def run(*command: str, stdin: str | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    """A judge's verdict, in an environment in which nothing of the developer's is set."""
    clean = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **env}
    return subprocess.run(
        command, cwd=ROOT, env=clean, input=stdin, capture_output=True, text=True, timeout=60, check=False
    )


def compose(*arguments: str, **env: str) -> dict[str, Any]:
    """The compose file as Docker's own compose understands it: merged, interpolated, checked against its schema."""
    done = run(tool("docker-compose"), *arguments, "config", "--format", "json", **env)
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def rules() -> list[dict[str, Any]]:
    """The alert rules."""
    groups = yaml.safe_load((DOCKER / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def queries() -> list[str]:
    """Every query of the dashboard and of the alert rules."""
    board = json.loads((DOCKER / "grafana" / "dashboards" / "endgame.json").read_text(encoding="utf-8"))
    shown = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    return [*shown, *(rule["expr"] for rule in rules())]


def metrics_asked_for() -> set[str]:
    """Names of the metric families in all queries."""
    return {
        re.sub(r"_(?:bucket|sum|count)$", "", name) for query in queries() for name in METRIC.findall(query)
    }  # fmt: skip


def stages(dockerfile: str) -> list[list[tuple[str, str]]]:
    """The instructions of each stage: (word, rest), with continued lines joined."""
    text = (DOCKER / dockerfile).read_text(encoding="utf-8")
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    found: list[list[tuple[str, str]]] = []
    for line in filter(None, map(str.strip, lines)):
        word, rest = line.split(None, 1)
        if word == "FROM":
            found.append([])
        found[-1].append((word, rest))
    return found


def instruction(stage: list[tuple[str, str]], word: str) -> str:
    """The last instruction of this kind in a stage."""
    return [rest for found, rest in stage if found == word][-1]


def image_environment() -> dict[str, str]:
    """What the image of the program sets."""
    settings = re.findall(r"(ENDGAME_\w+)=(\S+)", instruction(stages("Dockerfile")[-1], "ENV"))
    return dict(settings)


def healthcheck(dockerfile: str) -> list[str]:
    """The command of an image's health check."""
    command: list[str] = json.loads(instruction(stages(dockerfile)[-1], "HEALTHCHECK").split("CMD ", 1)[1])
    return command
