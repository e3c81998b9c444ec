"""Build hook: a wheel or sdist carries the built page, so that whoever installs it needs no Node.

In a clone the page is built first (`scripts/web build`, instant when nothing changed); an unpacked sdist
brings it along. An editable install is left alone: there `make` builds the page when it is wanted.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebBuildHook(BuildHookInterface[Any]):
    """Makes sure that `src/endgame/_web` is there and current."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page, or refuse to make a package without one."""
        if version == "editable":
            return
        root = Path(self.root)
        if (root / "web" / "package.json").is_file():
            subprocess.run([str(root / "scripts" / "web"), "build"], check=True)
        if not (root / "src" / "endgame" / "_web" / "index.html").is_file():
            raise FileNotFoundError("src/endgame/_web holds no built page: run `make web` first")
