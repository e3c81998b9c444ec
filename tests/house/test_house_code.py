"""The rules of the house that can be read off the source: who imports whom, and one door per danger."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "endgame"
SOURCES = sorted(PACKAGE.rglob("*.py"))

LEAVES = {"errors", "config", "secret_file", "clock", "telemetry"}
ROOMS = {"domain", "venues", "storage", "scoring", "jobs", "api", "simulator"}
FACES = {"app", "cli", "otel", "progress", "terminal"}
"""What builds and shows everything; nothing below imports them."""

MAY_IMPORT = {
    "": set(),
    "errors": set(),
    "clock": set(),
    "telemetry": {"errors", "clock"},
    "config": {"errors", "secret_file"},
    "secret_file": set(),
    "domain": set(),
    "venues": {"domain"} | LEAVES,
    "storage": {"domain"} | LEAVES,
    "scoring": {"domain"} | LEAVES,
    "jobs": {"domain", "venues", "storage", "scoring"} | LEAVES,
    "api": {"domain", "venues", "storage", "scoring"} | LEAVES,
    # A venue to practise on: that it shares no code with the adapter is what makes it a test of the adapter.
    "simulator": {"config", "telemetry", "clock"},
    **dict.fromkeys(FACES, ROOMS | LEAVES | FACES),
}


class Import(NamedTuple):
    """`module` is imported as a whole, or `name` from it."""

    module: str
    name: str | None
    line: int


def room(path: Path) -> str:
    """Top-level part of the package that a file belongs to; empty for the package's own __init__."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return "" if parts == ("__init__",) else parts[0]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> Iterator[Import]:
    """Every import statement of a file, those inside functions and TYPE_CHECKING too; relative ones made absolute."""
    package = ("endgame", *path.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, None, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (above, node.module) if part)
            for alias in node.names:
                yield Import(module, alias.name, node.lineno)


def places(found: Iterator[tuple[Path, int]]) -> list[str]:
    return [f"{path.relative_to(PACKAGE.parent)}:{line}" for path, line in found]


def importing(prefixes: tuple[str, ...], *, doors: set[str]) -> list[str]:
    """Places outside `doors` that import one of the modules (or something inside it)."""
    return places(
        (path, found.line)
        for path in SOURCES
        for found in imports(path)
        if path.relative_to(PACKAGE).as_posix() not in doors and room(path) not in doors
        for prefix in prefixes
        if f"{found.module}.{found.name or ''}.".startswith(f"{prefix}.")
    )


def attributes(names: set[str], *, doors: set[str]) -> list[str]:
    """Places outside `doors` that reach for `object.attribute`, given as dotted pairs."""
    return places(
        (path, node.lineno)
        for path in SOURCES
        if path.relative_to(PACKAGE).as_posix() not in doors
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and f"{ast.unparse(node.value).rsplit('.', 1)[-1]}.{node.attr}" in names
    )


def test_every_part_of_the_package_has_its_place_in_the_table() -> None:
    assert {room(path) for path in SOURCES} <= set(MAY_IMPORT)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    allowed = MAY_IMPORT[room(path)] | {room(path)}
    for found in imports(path):
        if found.module.split(".")[0] != "endgame":
            continue
        parts = found.module.split(".")[1:] or [found.name or ""]
        if parts[0] == "__version__":
            continue
        assert parts[0] in allowed, f"line {found.line}: {room(path)} must not import {parts[0]}"


def test_the_environment_is_read_in_config_only() -> None:
    assert attributes({"os.environ", "os.environb", "os.getenv", "os.putenv"}, doors={"config.py"}) == []
    assert importing(("os.environ", "os.getenv", "dotenv"), doors={"config.py"}) == []


def test_time_comes_from_the_clock_only() -> None:
    # telemetry measures how long a span took; nothing is decided by that.
    assert importing(("time",), doors={"clock.py", "telemetry.py"}) == []
    readings = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
    assert attributes(readings, doors={"clock.py"}) == []
    (measured,) = {node.attr for node in ast.walk(tree(PACKAGE / "telemetry.py"))
                   if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "time"}  # fmt: skip
    assert measured == "perf_counter"


def test_the_network_is_reached_through_one_door() -> None:
    others = ("httpx", "httpx2", "requests", "urllib3", "urllib.request", "http.client", "websockets", "ftplib")
    assert importing(others, doors=set()) == []
    clients = {"aiohttp.ClientSession", "aiohttp.TCPConnector", "aiohttp.request"}
    assert attributes(clients, doors={"venues/http.py"}) == []
    assert importing(tuple(clients), doors={"venues/http.py"}) == []


def test_sql_is_spoken_in_storage_only() -> None:
    assert importing(("sqlalchemy", "alembic", "sqlite3", "psycopg"), doors={"storage"}) == []


def test_the_product_runs_without_the_tools_that_learned_its_weights() -> None:
    assert importing(("calibration", "benchmarks", "sklearn", "scipy"), doors=set()) == []


def test_signals_are_owned_by_the_composition_root() -> None:
    assert importing(("signal",), doors={"app.py"}) == []
    assert attributes({"loop.add_signal_handler"}, doors={"app.py"}) == []


def test_errors_are_swallowed_broadly_in_the_job_runner_and_at_the_last_border_only() -> None:
    def is_broad(kind: ast.expr | None) -> bool:
        names = kind.elts if isinstance(kind, ast.Tuple) else [kind]
        return any(name is None or ast.unparse(name) in ("Exception", "BaseException") for name in names)

    def handlers(path: Path) -> Iterator[int]:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler) and is_broad(node.type):
                last = node.body[-1]
                if not (isinstance(last, ast.Raise) and last.exc is None):  # looking at it and passing it on is fine
                    yield node.lineno
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
                yield from (node.lineno for argument in node.args if is_broad(argument))

    found = [(path, line) for path in SOURCES for line in handlers(path)]
    border = PACKAGE / "cli.py"
    assert places((path, line) for path, line in found if path not in (border, PACKAGE / "jobs" / "runner.py")) == []
    (main,) = (node for node in tree(border).body if isinstance(node, ast.FunctionDef) and node.name == "main")
    assert main.end_lineno is not None
    (last,) = (line for path, line in found if path == border)
    assert main.lineno < last <= main.end_lineno, "only where the program ends"


def test_no_file_is_named_for_nothing() -> None:
    nameless = {"utils", "util", "helpers", "misc", "common", "tools"}
    assert [path.name for path in SOURCES if path.stem in nameless or path.parent.name in nameless] == []


def test_nothing_prints_but_the_faces() -> None:
    def prints(path: Path) -> Iterator[int]:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "print":
                yield node.lineno

    assert places((path, line) for path in SOURCES if room(path) not in FACES for line in prints(path)) == []


def test_every_file_begins_by_saying_what_it_is() -> None:
    assert [path.name for path in SOURCES if not ast.get_docstring(tree(path))] == []
