"""Refuses an installed package whose licence is not in the allow-list of pyproject.toml."""

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


def main() -> int:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    allowed = set(pyproject["tool"]["endgame"]["licences"]["allowed"])
    listing = subprocess.run(
        [sys.executable, "-m", "piplicenses", "--format=json", "--from=mixed"], check=True, capture_output=True
    ).stdout
    found = refused(json.loads(listing), allowed)
    for line in found:
        print(f"licence not allowed: {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
