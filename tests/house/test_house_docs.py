"""Pages that lie fail here: what the documents name must exist, and what exists must be named."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from endgame.config import setting_names, variable_name
from endgame.domain.score import Gate
from endgame.telemetry import Metrics

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def page_id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def requirement_names(entries: list[str | dict[str, str]]) -> list[str]:
    return [Requirement(entry).name for entry in entries if isinstance(entry, str)]


def metric_names() -> list[str]:
    families = (collector.describe()[0] for collector in vars(Metrics()).values() if hasattr(collector, "describe"))
    return [family.name + ("_total" if family.type == "counter" else "") for family in families]


def test_the_readme_is_short_and_shows_the_two_commands_first() -> None:
    lines = text(ROOT / "README.md").splitlines()
    assert len(lines) <= 150
    first_screen = "\n".join(lines[:25])
    assert "make demo" in first_screen
    assert "make run" in first_screen


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_target_that_a_page_names_is_in_the_makefile(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):(?!=)", text(ROOT / "Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", text(page), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_variable_that_a_page_names_is_a_setting(page: Path) -> None:
    known = {variable_name(name) for name, _ in setting_names()} | {"ENDGAME_CONFIG"}
    named = set(re.findall(r"\bENDGAME_[A-Z0-9_]*[A-Z0-9]\b", text(page)))
    sections = {name for name in named if any(variable.startswith(f"{name}__") for variable in known)}
    assert named - sections <= known


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", text(page)):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_picture_that_a_page_shows_exists(page: Path) -> None:
    for target in re.findall(r"!\[[^]]*\]\(([^)]+)\)", text(page)):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_source_file_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.py)`", text(page)))
    roots = (ROOT, ROOT / "src" / "endgame")
    assert [name for name in named if not any((root / name).exists() for root in roots)] == []


@pytest.mark.parametrize(
    "name",
    requirement_names([*PYPROJECT["project"]["dependencies"], *PYPROJECT["project"]["optional-dependencies"]["otel"]]),
)
def test_every_runtime_dependency_has_a_reason(name: str) -> None:
    row = re.search(rf"^\| {re.escape(name)} \|(.+)\|$", text(DOCS / "dependencies.md"), re.MULTILINE)
    assert row, name
    assert all(cell.strip() for cell in row[1].split("|"))


@pytest.mark.parametrize("group", ["build", "containers", "dev", "node"])
def test_every_tool_is_named_with_its_use(group: str) -> None:
    page = text(DOCS / "dependencies.md")
    for name in requirement_names(PYPROJECT["dependency-groups"][group]):
        assert re.search(rf"\b{re.escape(name)}\b", page), name


@pytest.mark.parametrize("name", metric_names())
def test_every_metric_is_explained_to_the_operator(name: str) -> None:
    assert f"| `{name}` |" in text(DOCS / "operations.md")


def test_no_page_names_a_metric_that_is_not_there() -> None:
    named = {name for page in PAGES for name in re.findall(r"`(pm_[a-z_]+)", text(page))}
    assert named <= set(metric_names())


@pytest.mark.parametrize("gate", list(Gate))
def test_every_gate_stands_in_the_glossary(gate: Gate) -> None:
    assert f"`{gate.value}`" in text(DOCS / "glossary.md")


def test_decisions_are_numbered_without_a_gap_and_answer_the_same_questions() -> None:
    pages = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        for heading in ("**Question.**", "**Decision.**", "**Why.**", "**Price.**", "**Would change our mind.**"):
            assert heading in text(page), f"{page.name} lacks {heading}"
        assert text(page).startswith(f"# {page.name[:4]} ")


def test_the_architecture_page_shows_every_room() -> None:
    page = text(DOCS / "architecture.md")
    for path in (ROOT / "src" / "endgame").iterdir():
        if not path.name.startswith("_"):
            assert f"{path.name}/" in page or path.name in page, path.name
