"""`make lighthouse`: Lighthouse's figures of the three pages, of the product on the simulator; medians of several runs.

Lighthouse is no dependency of ours, for its size: npm fetches the version named here when it is asked for. Its blocking
time is wall time: on a busy machine it measures the others too, so the speed that it found is printed beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.page import FLAGS
from benchmarks.processes import Product, Simulator, ask
from benchmarks.report import Section

VERSION: Final = "12.8.2"
_CATEGORIES: Final = ("performance", "accessibility", "best-practices")
_AUDITS: Final = {
    "FCP ms": "first-contentful-paint", "LCP ms": "largest-contentful-paint", "TBT ms": "total-blocking-time",
    "CLS": "cumulative-layout-shift",
}  # fmt: skip
_RUN_SEC: Final = 180.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lighthouse", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--runs", type=int, default=3, help="runs of each page and preset (default 3)")
    parser.add_argument("--presets", nargs="+", choices=("desktop", "mobile"), default=["desktop", "mobile"])
    asked = parser.parse_args()
    chromium, npx = shutil.which("chromium"), shutil.which("npx")
    if chromium is None or npx is None:
        print("Lighthouse needs chromium and npx (Debian: sudo apt-get install chromium npm)", file=sys.stderr)
        return 2
    command = [npx, "--yes", f"lighthouse@{VERSION}"]
    section = Section(
        f"Lighthouse {VERSION}, median of {asked.runs}",
        ("preset", "page", *_CATEGORIES, *_AUDITS, "performance of each run", "speed index of the machine"),
    )
    with TemporaryDirectory(prefix="endgame-lighthouse-") as folder, Simulator(Path(folder), markets=2_000) as venue:
        often = {"SCORING__CADENCE_SEC": 15}
        database = f"sqlite:///{folder}/lighthouse.db"
        with Product(Path(folder), "product", database, **venue.settings(), **often) as product:
            product.wait_for(lambda: product.total() > 60, 120, "a list worth looking at")
            item = json.loads(ask(product.url, "/v1/opportunities?limit=1&has_flags=true")[1])["items"][0]
            for preset in asked.presets:
                for path in ("/", f"/market/?id={item['market_id']}", "/system/"):
                    found = [_run(command, chromium, product.url + path, preset) for _ in range(asked.runs)]
                    section.rows.append([preset, path.split("?")[0], *_summary(found)])
    section.show()
    return 0


def _run(command: list[str], chromium: str, url: str, preset: str) -> dict[str, Any]:
    """The report of one visit with an empty cache.

    Raises:
        RuntimeError: Lighthouse failed; its last words.
    """
    done = subprocess.run(  # noqa: S603 - the command named above
        [*command, url, "--quiet", "--output=json", f"--only-categories={','.join(_CATEGORIES)}",
         f"--chrome-flags=--headless=new {' '.join(FLAGS)}", *(["--preset=desktop"] if preset == "desktop" else [])],
        env={**os.environ, "CHROME_PATH": chromium}, capture_output=True, text=True, timeout=_RUN_SEC, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"Lighthouse of {url} ended with {done.returncode}: {done.stderr[-500:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _summary(found: list[dict[str, Any]]) -> list[Any]:
    scores = [[100 * (one["categories"][name]["score"] or 0) for one in found] for name in _CATEGORIES]
    audits = [[one["audits"][name]["numericValue"] for one in found] for name in _AUDITS.values()]
    machine = [one["environment"]["benchmarkIndex"] for one in found]
    each = " ".join(f"{score:.0f}" for score in scores[0])
    return [*(statistics.median(values) for values in (*scores, *audits)), each, statistics.median(machine)]


if __name__ == "__main__":
    sys.exit(main())
