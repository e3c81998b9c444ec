"""The rules of the house for files that are not source: locks, workflow, Makefile, and what must never be committed."""

from __future__ import annotations

import re
import runpy
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
# Written so that they do not match themselves.
REGISTRY_HOST = re.compile(r"py(?:pi|thonhosted)\.org|npmjs\.(?:org|com/-/)|deb\.debian\.org")
MACHINE_PATH = re.compile(r"(?:^|[^A-Za-z0-9_.])/(?:work|farm|tmp/v0|tmp/brief)/[A-Za-z.]", re.MULTILINE)
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+)==(?P<version>[^ ]+)(?: ; (?P<marker>.+?))? \\$")


def files() -> list[Path]:
    """What is or could be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    found = []
    for path in files():
        content = path.read_bytes()
        if b"\0" not in content:
            found.append((path.relative_to(ROOT), content.decode("utf-8")))
    return found


def locked(lock: Path) -> dict[str, list[tuple[Version, Marker | None]]]:
    """Versions by package name; a universal lock may hold several, told apart by their markers."""
    entries: dict[str, list[tuple[Version, Marker | None]]] = {}
    for line in lock.read_text(encoding="utf-8").splitlines():
        if match := PINNED.match(line):
            marker = Marker(match["marker"]) if match["marker"] else None
            entries.setdefault(canonicalize_name(match["name"]), []).append((Version(match["version"]), marker))
    return entries


def wanted(group: str) -> list[Requirement]:
    """What pyproject.toml asks for: `runtime`, or a dependency group with what it includes."""
    if group == "runtime":
        return [Requirement(text) for text in PYPROJECT["project"]["dependencies"]]
    found = []
    for entry in PYPROJECT["dependency-groups"][group]:
        found += [Requirement(entry)] if isinstance(entry, str) else wanted(entry["include-group"])
    return found


def test_no_file_names_a_registry_host() -> None:
    assert [f"{name}: {match[0]}" for name, text in texts() for match in REGISTRY_HOST.finditer(text)] == []


def test_no_file_holds_a_path_of_the_machine_it_was_written_on() -> None:
    assert [f"{name}: {match[0]}" for name, text in texts() for match in MACHINE_PATH.finditer(text)] == []


def test_the_patterns_find_what_they_are_for() -> None:
    assert REGISTRY_HOST.search("https://files.py" + "thonhosted.org/x")
    assert REGISTRY_HOST.search("https://registry.np" + "mjs.org/x")
    assert MACHINE_PATH.search("cd /w" + "ork/main")
    assert not MACHINE_PATH.search("tests/work/x")


def test_no_file_is_large_or_a_database() -> None:
    assert [path.name for path in files() if path.stat().st_size > 1_000_000] == []
    assert [path.name for path in files() if path.suffix in (".db", ".sqlite", ".pem", ".key", ".env")] == []


def test_there_is_a_lock_for_running_for_building_and_for_working() -> None:
    assert [lock.name for lock in LOCKS] == ["build.txt", "dev.txt", "node.txt", "runtime.txt"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_entry_of_a_lock_is_pinned_and_hashed(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[^\s])", text.rstrip("\n"))
    assert entries
    for entry in entries:
        head, *hashes = [line.strip() for line in entry.splitlines()]
        assert PINNED.match(head), head
        assert hashes, head
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}(?: \\)?", line) for line in hashes), head
    assert "://" not in text


@pytest.mark.parametrize(
    ("lock", "group"), [("runtime.txt", "runtime"), ("build.txt", "build"), ("dev.txt", "dev"), ("dev.txt", "runtime")]
)
def test_a_lock_holds_everything_that_is_asked_for(lock: str, group: str) -> None:
    entries = locked(ROOT / "requirements" / lock)
    for requirement in wanted(group):
        versions = entries.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement.name} is not locked: make lock"
        assert all(version in requirement.specifier for version, _ in versions), f"{requirement}: make lock"


def test_the_locks_agree_with_each_other() -> None:
    runtime, build, dev = (locked(ROOT / "requirements" / name) for name in ("runtime.txt", "build.txt", "dev.txt"))
    for other in (runtime, build):
        for name, entries in other.items():
            # A tool may need everywhere what the product needs on some systems only; never another version of it.
            everywhere = sorted({(version, None) for version, _ in entries})
            assert dev[name] in (entries, everywhere), name


@pytest.mark.parametrize("requirement", wanted("runtime"), ids=lambda requirement: requirement.name)
def test_what_is_installed_is_what_is_asked_for(requirement: Requirement) -> None:
    if requirement.marker is None or requirement.marker.evaluate():
        assert Version(metadata.version(requirement.name)) in requirement.specifier


def test_the_workflow_runs_what_a_person_runs() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    steps = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert {"make check", "make test", "make licences", "make audit"} <= set(steps)
    matrix = workflow["jobs"]["test"]["strategy"]["matrix"]["include"]
    assert {entry["python"]: entry["best_effort"] for entry in matrix}["3.11"] is False
    assert "postgres" in workflow["jobs"]["test"]["services"]
    assert workflow["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())


def test_the_other_yaml_files_are_yaml() -> None:
    for path in files():
        if path.suffix in (".yaml", ".yml"):
            assert yaml.safe_load(path.read_text(encoding="utf-8")), path.name


def test_hooks_fetch_nothing() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert {repository["repo"] for repository in hooks["repos"]} == {"local"}


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_every_target_of_the_makefile_is_phony_and_explained() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split())
    assert phony == make_targets()
    assert set(re.findall(r"^([a-z-]+):.* ## \S", makefile, re.MULTILINE)) == make_targets()
    told = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert {line.split()[1] for line in told.splitlines()} == make_targets()


def test_the_targets_of_the_contract_exist() -> None:
    assert {"demo", "run", "test", "check", "bench", "load", "rulebook-weights"} <= make_targets()


@pytest.mark.parametrize(
    "script", [ROOT / ".ci" / "run", *sorted(path for path in (ROOT / "scripts").iterdir() if not path.suffix)],
    ids=lambda script: script.name,
)  # fmt: skip
def test_a_shell_script_stops_at_its_first_error(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert text.startswith("#!/usr/bin/env bash\n# ")
    assert "\nset -euo pipefail\n" in text
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(script)], check=True)


def test_ci_ends_with_the_tests() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").rstrip().splitlines()
    assert lines[-1] == "make test"
    assert "export CI=true" in lines


def test_the_version_is_the_same_everywhere() -> None:
    from endgame import __version__

    assert PYPROJECT["project"]["version"] == __version__
    assert f"[{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 AND BSD-2-Clause", True),
        ("DFSG approved; MIT License", True),
        ("GPL-3.0-only", False),
        ("MIT AND AGPL-3.0-only", False),
        ("UNKNOWN", False),
        ("", False),
    ],
)
def test_a_licence_that_is_not_on_the_list_is_refused(licence: str, allowed: bool) -> None:
    refused = runpy.run_path(str(ROOT / "scripts" / "check_licences.py"))["refused"]
    on_the_list = set(PYPROJECT["tool"]["endgame"]["licences"]["allowed"])
    found = refused([{"Name": "thing", "Version": "1", "License": licence}], on_the_list)
    assert (found == []) is allowed
    assert all(line.startswith("thing 1: ") for line in found)
