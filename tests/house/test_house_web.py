"""The rules of the house for the page: one door per danger, pinned packages, small files with one component each."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
GENERATED = WEB / "lib" / "contract.ts"
SOURCES = sorted(
    path
    for folder in ("app", "components", "lib", "tests")
    for path in (WEB / folder).rglob("*.ts*")
    if path != GENERATED
)
COMPONENTS = sorted((WEB / "components").glob("*"))
PACKAGE = json.loads((WEB / "package.json").read_text(encoding="utf-8"))
LOCK = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))
WANTED = PACKAGE["dependencies"] | PACKAGE["devDependencies"]


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def places(pattern: str, *, doors: set[str], tests_too: bool = True) -> list[str]:
    """Files outside `doors` that match."""
    names = {path.relative_to(WEB).as_posix(): path for path in SOURCES}
    return [
        name for name, path in names.items()
        if name not in doors and (tests_too or ".test." not in name) and re.search(pattern, text(path))
    ]  # fmt: skip


def test_the_browser_asks_through_one_door() -> None:
    pattern = r"\bfetch\s*\(|XMLHttpRequest|EventSource|WebSocket|sendBeacon"
    assert places(pattern, doors={"lib/api.ts"}) == []
    assert re.search(r"\bfetch\(", text(WEB / "lib" / "api.ts"))


def test_numbers_and_times_are_formatted_in_one_place() -> None:
    pattern = r"\.to(?:Fixed|Precision|LocaleString|LocaleDateString|LocaleTimeString)\(|\bIntl\."
    assert places(pattern, doors={"lib/format.ts"}, tests_too=False) == []


def test_text_of_the_venue_cannot_become_markup() -> None:
    assert places(r"dangerouslySetInnerHTML", doors={"app/layout.tsx"}) == []
    assert places(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(", doors=set()) == []
    # The one exception is a constant of our own.
    assert "__html: THEME_SCRIPT" in text(WEB / "app" / "layout.tsx")
    assert re.search(r"THEME_SCRIPT = `[^`]*\$\{THEME_KEY\}[^`$]*`;", text(WEB / "lib" / "theme.ts"))


def test_only_one_component_leads_out_and_it_leaves_no_trace() -> None:
    assert places(r"_blank", doors={"components/outside-link.tsx"}) == []
    assert 'rel="noopener noreferrer"' in text(WEB / "components" / "outside-link.tsx")


def test_styles_are_files_because_the_policy_forbids_them_in_markup() -> None:
    assert places(r"\sstyle=\{", doors=set()) == []


def test_the_browser_s_storage_has_one_door() -> None:
    assert places(r"(?:local|session)Storage", doors={"lib/kept.ts", "lib/theme.ts", "lib/token.ts"}) == []


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.name)
def test_a_component_file_is_named_for_its_one_component(path: Path) -> None:
    assert re.fullmatch(r"[a-z]+(?:-[a-z]+)*\.tsx", path.name)
    exported = re.findall(r"^export (?:function|const) (\w+)", text(path), re.MULTILINE)
    named = "".join(part.capitalize() for part in path.stem.split("-"))
    assert named in exported
    # A risk's mark and the shape in it are one thing.
    assert len(exported) == (2 if path.name == "risk-mark.tsx" else 1)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(WEB).as_posix())
def test_a_file_is_small_and_not_named_for_nothing(path: Path) -> None:
    assert len(text(path).splitlines()) <= 200
    assert path.stem not in {"utils", "util", "helpers", "misc", "common", "tools"}


def test_typescript_is_strict() -> None:
    options = json.loads(text(WEB / "tsconfig.json"))["compilerOptions"]
    assert options["strict"] is True
    assert options["noUncheckedIndexedAccess"] is True
    assert places(r"@ts-(?:ignore|nocheck|expect-error)|eslint-disable|\bas any\b|: any\b", doors=set()) == []


def test_every_npm_package_is_pinned_and_has_its_reason() -> None:
    reasons = text(ROOT / "docs" / "dependencies.md")
    for name, version in WANTED.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), f"{name} {version}"
        assert re.search(rf"(?<![\w/@-]){re.escape(name)}(?![\w/-])", reasons), name


def test_the_npm_lock_is_complete_hashed_and_names_no_registry() -> None:
    assert LOCK["lockfileVersion"] == 3
    for name, entry in LOCK["packages"].items():
        assert "resolved" not in entry, name
        assert name == "" or entry.get("link") or entry["integrity"].startswith("sha512-"), name
    for name, version in WANTED.items():
        assert LOCK["packages"][f"node_modules/{name}"]["version"] == version
    # Every platform's own binary is locked, or `npm ci` fails elsewhere.
    for name, entry in LOCK["packages"].items():
        for optional in entry.get("optionalDependencies", {}):
            nested = f"{name}/node_modules/{optional}"
            assert nested in LOCK["packages"] or f"node_modules/{optional}" in LOCK["packages"], f"{name}: {optional}"
    settings = set(text(WEB / ".npmrc").split())
    assert {"omit-lockfile-registry-resolved=true", "fund=false", "audit=false"} <= settings


def test_the_contract_of_the_page_names_every_key_of_an_item() -> None:
    from endgame.api.contract import Opportunity

    contract = text(GENERATED)
    for key in Opportunity.model_fields:
        assert re.search(rf"^\s+readonly {key}: ", contract, re.MULTILINE), key


def test_a_column_has_the_name_that_it_has_in_the_contract() -> None:
    from endgame.api.contract import ItemQuote, Opportunity

    names = re.findall(r'\{ name: "(\w+)", label:', text(WEB / "lib" / "columns.ts"))
    assert len(names) > 10
    assert set(names) <= set(Opportunity.model_fields) | set(ItemQuote.model_fields)
