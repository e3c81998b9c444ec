"""The Dockerfiles: what the linter says, who they run as, and whether what is copied is enough to build."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest

from deploy.stack import DOCKER, ROOT, healthcheck, image_environment, instruction, run, stages, tool
from endgame.api.page import WEB_FOLDER
from endgame.config import setting_names, variable_name

IMAGES = ["Dockerfile", "Dockerfile.ui"]


@pytest.mark.parametrize("name", IMAGES)
def test_the_linter_has_nothing_to_say(name: str) -> None:
    done = run(tool("hadolint"), "--no-color", str(DOCKER / name))
    assert (done.returncode, done.stdout) == (0, "")


def test_the_linter_would_have(tmp_path: Path) -> None:
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM debian\nRUN cd /tmp && apt-get install curl\nCMD run\n")
    done = run(tool("hadolint"), "--no-color", str(bad))
    assert done.returncode == 1
    assert {"DL3006", "DL3008", "DL3025"} <= set(re.findall(r"DL\d+", done.stdout))


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_runs_as_a_numeric_user_that_is_not_root(name: str) -> None:
    user, group = instruction(stages(name)[-1], "USER").split(":")
    assert int(user) > 0
    assert int(group) > 0


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_is_built_in_stages_from_named_versions_and_labelled(name: str) -> None:
    found = stages(name)
    assert len(found) == 3
    bases = [stage[0][1].split()[0] for stage in found]
    assert all(re.search(r":.*\d", base) for base in bases), bases
    assert not any(base.startswith("node") for base in bases[-1:])
    labels = instruction(found[-1], "LABEL")
    assert {f"org.opencontainers.image.{key}" for key in ("title", "licenses", "version", "revision")} <= set(
        re.findall(r"[\w.]+(?==)", labels)
    )


@pytest.mark.parametrize("name", IMAGES)
def test_a_health_check_needs_no_program_that_the_image_lacks(name: str) -> None:
    command = healthcheck(name)
    assert command[0] in ("python", "bash")
    assert not re.search(r"\b(?:curl|wget)\b", " ".join(command))


@pytest.mark.parametrize("name", IMAGES)
def test_what_is_installed_is_what_is_locked(name: str) -> None:
    text = (DOCKER / name).read_text(encoding="utf-8")
    for line in re.findall(r"pip install (.+)", text):
        assert "--require-hashes" in line or "--no-index" in line, line
    assert "npm ci" in text
    assert not re.search(r"npm (?:install|i)\b|^ADD ", text, re.MULTILINE)


def test_the_image_sets_only_settings_that_exist_and_no_secret() -> None:
    assert image_environment().keys() <= {variable_name(name) for name, _ in setting_names()}
    assert not any("PASSWORD" in name or "@" in value for name, value in image_environment().items())


def allowed() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines[1] == "*", "everything stays out unless it is named"
    return [line[1:] for line in lines if line.startswith("!")]


def copied(name: str) -> list[str]:
    """What the stages take from the folder of the project."""
    found = [rest.split() for stage in stages(name) for word, rest in stage if word == "COPY"]
    return [source for words in found if not words[0].startswith("--from") for source in words[:-1]]


@pytest.mark.parametrize("name", IMAGES)
def test_what_is_copied_exists_and_is_let_in(name: str) -> None:
    for source in copied(name):
        assert (ROOT / source).exists(), source
        inside = [one for one in allowed() if fnmatch(source, one) or fnmatch(one, f"{source}/*") or
                  source.startswith(f"{one}/")]  # fmt: skip
        assert inside, f"{source} is kept out by .dockerignore"


def test_no_secret_and_no_database_is_let_in() -> None:
    for name in ("secrets/database_password", ".env", "endgame.db", ".git/config", ".venv/bin/python"):
        assert not [one for one in allowed() if fnmatch(name, one) or name.startswith(f"{one}/")], name


def test_a_wheel_can_be_built_from_what_is_copied_and_holds_page_and_migrations(tmp_path: Path) -> None:
    if not (WEB_FOLDER / "index.html").exists():
        pytest.skip("the page is not built: make web")
    sources = [source for source in copied("Dockerfile") if not source.startswith("web")]
    for source in sources:
        target = tmp_path / source
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, target)
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "wheels")],
        cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (wheel,) = (tmp_path / "wheels").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in ("endgame/_web/index.html", "endgame/storage/migrations/env.py", "endgame/scoring/weights.json"):
        assert wanted in names
