"""Part 6: the page in a real browser: first load, a filter, a refresh. The metrics are those that Lighthouse reports.

The machine's own speed, no throttling; each visit has an empty cache. Needs Chromium. The floor is the longest frame of
the same page while nothing happens: what it is above 17 ms, other work on the machine cost.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from benchmarks.databases import SQLITE, Databases
from benchmarks.list_latency import QUIET
from benchmarks.population import populate
from benchmarks.processes import Product
from benchmarks.report import Section, Target
from endgame.clock import SystemClock
from endgame.domain.market import Category
from endgame.storage.database import Database
from postgres_server import database_settings

FLAGS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
_FOCUS_PAUSE_MS: Final = 5_200
"""The page asks at most every five seconds when somebody looks at it again."""
_WATCH: Final = """
window.seen = {shift: 0, blocked: 0, largest: 0};
const watch = (type, note) => new PerformanceObserver(list => list.getEntries().forEach(note))
  .observe({type, buffered: true});
watch('layout-shift', entry => { if (!entry.hadRecentInput) seen.shift += entry.value });
watch('longtask', entry => { seen.blocked += Math.max(0, entry.duration - 50) });
watch('largest-contentful-paint', entry => { seen.largest = entry.startTime });
new MutationObserver((_, self) => {
  if (!document.querySelector('tr[data-row]')) return;
  seen.interactive = performance.now();
  self.disconnect();
}).observe(document, {childList: true, subtree: true});
"""
_FIRST_LOAD: Final = """() => ({
  'interactive (first rows, handlers on), ms': seen.interactive,
  'first contentful paint, ms': performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
  'largest contentful paint, ms': seen.largest,
  'total blocking time, ms': seen.blocked,
  'cumulative layout shift': seen.shift,
  'JavaScript received, KB': performance.getEntriesByType('resource').filter(e => e.initiatorType === 'script'
    || e.name.endsWith('.js')).reduce((sum, e) => sum + e.encodedBodySize, 0) / 1024,
})"""
# From the last byte of the answer to the frame in which its rows are painted.
_FILTER: Final = """category => new Promise(done => {
  const answered = () => performance.getEntriesByType('resource')
    .find(e => e.name.includes(`category=${category}`))?.responseEnd;
  new MutationObserver((_, self) => {
    const end = answered();
    if (!end) return;
    self.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - end)));
  }).observe(document.querySelector('tbody'), {childList: true, subtree: true, characterData: true});
  const menu = document.querySelector('select[name=category]');
  menu.value = category;
  menu.dispatchEvent(new Event('change', {bubbles: true}));
})"""
_LONGEST_FRAME: Final = """isRefreshed => new Promise(done => {
  let longest = 0, last = performance.now();
  const begun = last;
  const frame = now => {
    longest = Math.max(longest, now - last);
    last = now;
    if (now - begun < 1500) requestAnimationFrame(frame); else done(longest);
  };
  requestAnimationFrame(now => { last = now; requestAnimationFrame(frame) });
  if (isRefreshed) document.dispatchEvent(new Event('visibilitychange'));
})"""


def measure(databases: Databases, *, opportunities: int, visits: int) -> Section:
    """First load, filter and refresh with this many opportunities in the database."""
    executable = shutil.which("chromium")
    if executable is None:
        return Section("Page: not measured, there is no Chromium here", ("what", "median", "worst"))
    section = Section(f"Page: {opportunities:,} opportunities, headless Chromium", ("what", "median", "worst"))
    with TemporaryDirectory(prefix="endgame-bench-") as folder, databases.fresh(SQLITE) as url:
        asyncio.run(_fill(url, opportunities))
        with (
            Product(Path(folder), "page", url, **QUIET, SCORING__CADENCE_SEC=5) as product,
            sync_playwright() as playwright,
        ):
            product.wait_for(product.total, 60, "the first list")
            browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
            _first_loads(browser, product.url, visits, section)
            _uses(browser, product.url, visits, section)
            browser.close()
    return section


async def _fill(url: str, opportunities: int) -> None:
    database = Database(database_settings(url))
    now = SystemClock().now_ms()
    await database.write(lambda conn: populate(conn, opportunities, now=now, opportunities=1.0))
    await database.close()


def _first_loads(browser: Browser, url: str, visits: int, section: Section) -> None:
    found: list[dict[str, float]] = []
    for _ in range(visits + 1):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_init_script(_WATCH)
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("tr[data-row]")
        page.wait_for_load_state("networkidle")
        found.append(page.evaluate(_FIRST_LOAD))
        context.close()
    del found[0]  # the browser's own first page: it warms up
    for name in found[0]:
        _row(section, f"first load: {name}", [one[name] for one in found])
    interactive = statistics.median(one["interactive (first rows, handlers on), ms"] for one in found)
    section.targets.append(Target("page interactive", interactive, 1_000, "ms"))
    section.targets.append(Target("page JavaScript", found[0]["JavaScript received, KB"], 200, "KB gz"))


def _uses(browser: Browser, url: str, visits: int, section: Section) -> None:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(url)
    page.wait_for_selector("tr[data-row]")
    # Each one once: what was asked before is painted from memory, before any answer.
    filters = [page.evaluate(_FILTER, category.value) for category in list(Category)[: 2 * visits]]
    _row(section, "filter: last byte of the answer to its paint, ms", filters)
    page.goto(f"{url}/?limit=200")
    page.wait_for_selector("table.list[aria-busy=false]")
    floor: list[float] = []
    refreshes: list[float] = []
    for _ in range(visits):
        page.wait_for_timeout(_FOCUS_PAUSE_MS)
        floor.append(page.evaluate(_LONGEST_FRAME, False))
        refreshes.append(page.evaluate(_LONGEST_FRAME, True))
    _row(section, "floor: longest frame while nothing happens, ms", floor)
    _row(section, "refresh of 200 rows: longest frame, ms", refreshes)
    section.targets.append(Target("filter painted", statistics.median(filters), 100, "ms"))
    section.targets.append(Target("refresh, longest frame", statistics.median(refreshes), 100, "ms"))


def _row(section: Section, name: str, values: list[float]) -> None:
    section.rows.append([name, statistics.median(values), max(values)])
