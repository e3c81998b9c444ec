"""`make images`: the screenshots of docs/images, of the product on the simulator, in light, dark and on a phone."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.page import FLAGS
from benchmarks.processes import Product, Simulator, ask

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
_DESK = {"width": 1440, "height": 900}
_PHONE = {"width": 360, "height": 780}
_SETTLE_MS = 1_200


def main() -> int:
    executable = shutil.which("chromium")
    if executable is None:
        print("no Chromium here (Debian: sudo apt-get install chromium)", file=sys.stderr)
        return 2
    with TemporaryDirectory(prefix="endgame-images-") as folder, Simulator(Path(folder), markets=2_000) as venue:
        url = f"sqlite:///{folder}/images.db"
        often = {"SCORING__CADENCE_SEC": 15, "INGEST__QUOTES_SEC": 15, "INGEST__SAMPLE_SEC": 60}
        with Product(Path(folder), "product", url, **venue.settings(), **often) as product, sync_playwright() as driver:
            product.wait_for(lambda: product.total() > 100, 60, "a list worth looking at")
            browser = driver.chromium.launch(executable_path=executable, args=list(FLAGS))
            market = _worth_showing(product.url)
            browser.new_page().wait_for_timeout(200_000)  # a few samples, so that the chart has something to show
            for look in ("light", "dark", "phone"):
                _take(browser, product.url, market, look)
            browser.close()
    return 0


def _worth_showing(url: str) -> str:
    """A market with several flags and a passage that carries more than one."""
    items = json.loads(ask(url, "/v1/opportunities?limit=200&has_flags=true")[1])["items"]
    items.sort(key=lambda item: len(item["risk_flags"]), reverse=True)
    for item in items:
        segments = json.loads(ask(url, f"/v1/market/{item['market_id']}")[1])["rules"]["segments"]
        if any(len(segment["flags"]) > 1 for segment in segments):
            return str(item["market_id"])
    return str(items[0]["market_id"])


def _take(browser: Browser, url: str, market: str, look: str) -> None:
    is_phone = look == "phone"
    context = browser.new_context(
        viewport=_PHONE if is_phone else _DESK,
        device_scale_factor=2 if is_phone else 1,
        color_scheme="dark" if look == "dark" else "light",
        is_mobile=is_phone,
    )
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("tr[data-row]")
    if look == "light":
        page.locator("tr[data-row] .toggle button").nth(1).click()
    _shoot(page, f"opportunities-{look}", full=False)
    page.goto(f"{url}/market/?id={market}")
    page.wait_for_selector("[data-rule-text]")
    page.wait_for_selector(".gates li")
    if not is_phone:
        page.locator("mark[data-several], mark").first.hover()
    _shoot(page, f"market-{look}", full=not is_phone)
    page.goto(f"{url}/system/")
    page.wait_for_selector(".jobs tbody tr")
    _shoot(page, f"system-{look}", full=not is_phone)
    page.goto(f"{url}/?min_score=0.99")
    page.wait_for_selector(".nearest li")
    _shoot(page, f"empty-{look}", full=False)
    context.close()


def _shoot(page: Page, name: str, *, full: bool) -> None:
    page.wait_for_timeout(_SETTLE_MS)
    page.screenshot(path=IMAGES / f"{name}.png", full_page=full)


if __name__ == "__main__":
    sys.exit(main())
