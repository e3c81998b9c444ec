"""Fixtures of the browser tests: one headless Chromium, and two real processes that all tests share.

`simulated` runs on the simulator, `hostile` on the hand-made venue of the acceptance tests, whose texts are written to
break a page. Every page of every test fails on a violated Content-Security-Policy and on an error in its console.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from system.oracle_universe import hand_made, to_universe
from system.oracle_venue import OracleVenue
from system.service import Service, Simulator, wait_for

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
# A refused or broken answer is told in the console too: that is the browser's news, not the page's fault.
EXPECTED = ("Failed to load resource", "net::ERR_")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


def chromium() -> str | None:
    """Where the browser is; None without one."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def missing(what: str) -> None:
    """Skip, or fail under CI, where nothing may be missing."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


@dataclass
class Tab:
    """A page of one process, watched for what must not happen."""

    page: Page
    service: Service
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: self.faults.append(f"dialog: {dialog.message}"))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(EXPECTED):
            self.faults.append(f"{message.type}: {message.text}")

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.service.port}{path}"

    def open(self, path: str, ready: str = "tr[data-row]") -> Page:
        """Go there and wait until `ready` is on the page."""
        self.page.goto(self.url(path))
        self.page.wait_for_selector(ready)
        if ready == "tr[data-row]":
            self.wait_for_rows()
        return self.page

    def wait_for_rows(self) -> None:
        """Until every row of the answer is painted."""
        self.page.wait_for_selector("table.list[aria-busy=false]")

    def ids(self) -> list[str]:
        """Market ids of the rows, in the order shown."""
        found: list[str] = self.page.eval_on_selector_all("tr[data-row]", "rows => rows.map(row => row.dataset.row)")
        return found

    def cells(self, name: str) -> list[str]:
        return self.page.locator(f"tr[data-row] td[data-name={name}]").all_inner_texts()

    def axe(self) -> list[str]:
        """Violations of the accessibility rules, each with where."""
        # Read into the page as an isolated script: the page's own policy stays in force.
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: dict[str, Any] = self.page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
        )
        return [
            f"{violation['id']}: {violation['help']} at {node['target']}: {node.get('failureSummary', '')[:300]}"
            for violation in found["violations"]
            for node in violation["nodes"][:3]
        ]


@pytest.fixture(scope="session")
def built_page() -> None:
    """The page is in the package; `make test` builds it."""
    from endgame.api.page import WEB_FOLDER

    if not (WEB_FOLDER / "index.html").is_file():
        missing("the page is not built: run `make web`")


@pytest.fixture(scope="session")
def browser(built_page: None) -> Iterator[Browser]:
    """One Chromium for all tests."""
    executable = chromium()
    if executable is None:
        missing("no Chromium here (Debian: sudo apt-get install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def simulated(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The whole product on the simulator, with a list worth looking at."""
    folder = tmp_path_factory.mktemp("simulated")
    with Simulator(markets=1_200, seed=11) as venue, Service(folder, venue, SCORING__CADENCE_SEC=4) as service:
        wait_for(lambda: len(service.ids()) >= 60, within=60, what="a list worth looking at", note=service.tail)
        yield service


@pytest.fixture(scope="session")
def hostile(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The whole product on a venue whose texts are written to break a page."""
    import time

    folder = tmp_path_factory.mktemp("hostile")
    universe = to_universe(hand_made(round(time.time() * 1_000)).cases)
    with OracleVenue(universe) as venue, Service(folder, venue, INGEST__WINDOW_SEC=30) as service:
        wait_for(lambda: len(service.ids()) >= 60, within=60, what="its opportunities", note=service.tail)
        yield service


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without a past, in a light room."""
    opened = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light", accept_downloads=True)
    opened.set_default_timeout(15_000)
    yield opened
    opened.close()


@pytest.fixture
def tab(context: BrowserContext, simulated: Service) -> Iterator[Tab]:
    """A page of the simulated product; at the end nothing bad may have happened on it."""
    opened = Tab(context.new_page(), simulated)
    yield opened
    assert opened.faults == []


@pytest.fixture
def hostile_tab(context: BrowserContext, hostile: Service) -> Iterator[Tab]:
    """A page of the hostile venue; at the end nothing bad may have happened on it."""
    opened = Tab(context.new_page(), hostile)
    yield opened
    assert opened.faults == []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with Playwright come last, whatever order was asked for: it keeps an event loop of its own, beside which no
    other can run, so the asynchronous tests that start a browser by themselves go before them.
    """
    items.sort(key=lambda item: "browser" in getattr(item, "fixturenames", ()))
