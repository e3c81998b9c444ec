"""SECURITY.md: every danger names a test, and every test that it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| danger")]


def suite() -> set[str]:
    """Names of the test functions of the suite."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, functions) and node.name.startswith("test_")
    }


def test_every_danger_names_the_test_that_covers_it() -> None:
    assert len(ROWS) > 20
    assert [row for row in ROWS if not re.search(r"`test_\w+`[^|]*\|$", row)] == []


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert named - suite() == set()


def test_the_threats_are_the_four_that_we_know() -> None:
    headings = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert [word for word in ("venue", "client", "configuration", "chain") if word not in " ".join(headings)] == []
