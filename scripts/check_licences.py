"""Refuses a package, installed from PyPI or locked from npm, whose licence is not in the lists of pyproject.toml."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# `A OR B`, `A AND B` and `A; B` all name licences that are looked at one by one: a choice must be allowed either way.
SEPARATORS = re.compile(r" AND | OR |; ")


def refused(packages: list[dict[str, str]], allowed: set[str]) -> list[str]:
    """One line for each package with a licence that is not allowed."""
    return [
        f"{package['Name']} {package['Version']}: {licence}"
        for package in packages
        for licence in SEPARATORS.split(package["License"])
        if licence not in allowed
    ]


def npm_packages() -> list[dict[str, str]]:
    """What the lock of the page holds, for every platform; a licence that it does not name is UNKNOWN."""
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))
    return [
        {
            "Name": path.rpartition("node_modules/")[2],
            "Version": entry["version"],
            "License": _plain(entry.get("license", "UNKNOWN")),
        }
        for path, entry in lock["packages"].items()
        if path
    ]


def _plain(licence: str) -> str:
    """npm puts a choice in brackets: (MIT OR CC0-1.0)."""
    return licence[1:-1] if licence.startswith("(") else licence


def main() -> int:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    licences = pyproject["tool"]["endgame"]["licences"]
    allowed = set(licences["allowed"])
    listing = subprocess.run(
        [sys.executable, "-m", "piplicenses", "--format=json", "--from=mixed"], check=True, capture_output=True
    ).stdout
    found = refused(json.loads(listing), allowed)
    found += refused(npm_packages(), allowed | set(licences["allowed_while_building"]))
    for line in found:
        print(f"licence not allowed: {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
