"""Every page: accessibility, keyboard, themes, phone, print, policy, size of what is loaded."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from endgame.api.page import script_hashes
from system.service import Service
from web.browser import Tab

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(180)]

PLACES = {
    "list with an open row": ("/?has_flags=true&limit=25", "tr[data-row]"),
    "empty list": ("/?min_score=0.999", ".nearest li"),
    "market": ("/market/?id=", "[data-rule-text]"),
    "near market": ("/market/?id=near", ".gates li"),
    "no market": ("/market/", "section.empty"),
    "system": ("/system/", ".jobs tbody tr"),
    "contract": ("/docs", ".endpoint"),
}
BUDGET_BYTES = 200 * 1_024


def visit(tab: Tab, place: str) -> Page:
    path, ready = PLACES[place]
    if place == "market":
        path += tab.service.json("/v1/opportunities", {"limit": 1, "has_flags": "true"})["items"][0]["market_id"]
    elif place == "near market":
        path = path.replace("near", tab.service.json("/v1/nearest")["items"][0]["market_id"])
    page = tab.open(path, ready)
    if place == "list with an open row":
        page.locator("tr[data-row] .toggle button").first.click()
        page.wait_for_selector("tr.details")
    return page


@pytest.fixture(params=["light", "dark"])
def themed(browser: Browser, simulated: Service, request: pytest.FixtureRequest) -> Iterator[Tab]:
    opened = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=request.param)
    opened.set_default_timeout(15_000)
    tab = Tab(opened.new_page(), simulated)
    yield tab
    assert tab.faults == []
    opened.close()


@pytest.fixture
def phone(browser: Browser, simulated: Service) -> Iterator[Tab]:
    opened = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    opened.set_default_timeout(15_000)
    tab = Tab(opened.new_page(), simulated)
    yield tab
    assert tab.faults == []
    opened.close()


@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing_in_either_theme(themed: Tab, place: str) -> None:
    visit(themed, place)
    assert themed.axe() == []


@pytest.mark.parametrize("place", ["list with an open row", "market", "system"])
def test_axe_finds_nothing_on_a_phone(phone: Tab, place: str) -> None:
    visit(phone, place)
    assert phone.axe() == []


def test_nothing_is_cut_off_on_a_phone_and_nothing_is_asked_of_another_host(phone: Tab) -> None:
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url))
    for place in PLACES:
        page = visit(phone, place)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, place
    assert {url.split("/")[2] for url in asked} == {f"127.0.0.1:{phone.service.port}"}


def test_a_row_is_a_card_on_a_phone(phone: Tab) -> None:
    page = visit(phone, "list with an open row")
    card = page.locator("tr[data-row]").first
    box = card.bounding_box()
    assert box is not None
    assert 300 < box["width"] <= 360
    assert box["height"] > 120
    assert page.locator("thead").bounding_box()["width"] <= 1  # type: ignore[index]
    page.get_by_role("button", name="Filters").click()
    page.locator("select[name=side]").select_option("NO")
    page.wait_for_function("() => location.search.includes('side=NO')")


def test_the_theme_follows_the_system_until_somebody_chooses(themed: Tab) -> None:
    page = visit(themed, "list with an open row")
    back = "getComputedStyle(document.body).backgroundColor"
    system = page.evaluate(back)
    is_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert (sum(map(int, re.findall(r"\d+", system)[:3])) < 200) == is_dark
    switch = page.get_by_role("button", name="Theme:")
    switch.click()
    light = page.evaluate(back)
    switch.click()
    dark = page.evaluate(back)
    assert light != dark
    assert system == (dark if is_dark else light)
    page.reload()
    page.wait_for_selector("table.list[aria-busy=false]")
    assert page.evaluate(back) == dark
    page.goto(themed.url("/system/"))
    page.wait_for_selector(".jobs tbody tr")
    assert page.evaluate(back) == dark


def test_a_tour_by_keyboard_alone(tab: Tab) -> None:
    page = tab.open("/")
    ids = tab.ids()
    focused = "document.activeElement?.dataset?.row ?? null"
    press = page.keyboard.press
    for key, row in (("j", 0), ("j", 1), ("ArrowDown", 2), ("k", 1), ("ArrowUp", 0), ("ArrowUp", 0)):
        press(key)
        assert page.evaluate(focused) == ids[row], key
    press("e")
    expect(page.locator("tr.details")).to_have_count(1)
    press("ArrowLeft")
    expect(page.locator("tr.details")).to_have_count(0)
    press("ArrowRight")
    expect(page.locator("tr.details")).to_have_count(1)
    press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("will")
    page.wait_for_function("() => location.search === '?q=will'")
    press("Escape")
    press("x")
    page.wait_for_function("() => location.search === ''")
    expect(page.locator("input[name=q]")).to_have_value("")  # the old rows are gone with the old question
    page.wait_for_selector("table.list[aria-busy=false]")
    press("j")
    row = page.evaluate(focused)
    press("Enter")
    page.wait_for_selector("[data-rule-text]")
    assert row in page.url
    page.go_back()
    page.wait_for_selector("table.list[aria-busy=false]")
    # Everything else is reached with Tab, and shows that it is.
    tab.open("/")
    seen = set()
    for _ in range(24):
        press("Tab")
        seen.add(page.evaluate("document.activeElement.name || document.activeElement.innerText || ''").split("\n")[0])
        outline = page.evaluate(
            "(e => e.matches('tr') || getComputedStyle(e).outlineStyle !== 'none' || e === document.body)"
            "(document.activeElement)"
        )
        assert outline, page.evaluate("document.activeElement.outerHTML")
    fields = {"q", "side", "category", "max_t_remaining_sec", "min_t_remaining_sec", "min_score", "max_risk_score",
              "min_net_yield", "has_flags"}  # fmt: skip
    assert fields | {"Skip to content", "Opportunities", "System", "API", "CSV", "Columns"} <= seen


def test_every_answer_for_a_page_has_a_policy_that_allows_exactly_its_own_scripts(simulated: Service) -> None:
    for path in ("/", "/market/", "/market", "/system/"):
        answer = simulated.get(path)
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        scripts = re.search(r"script-src ([^;]+);", policy)
        assert scripts
        assert scripts[1].split() == ["'self'", *script_hashes(answer.body)]
        assert len(script_hashes(answer.body)) >= 1


def test_a_script_that_is_not_ours_does_not_run(tab: Tab) -> None:
    page = tab.open("/")
    page.evaluate(
        "() => { const made = document.createElement('script'); made.textContent = 'window.evil = 1';"
        " document.body.append(made) }"
    )
    assert page.evaluate("window.evil") is None
    assert [fault for fault in tab.faults if "Content Security Policy" in fault]
    tab.faults.clear()


def test_javascript_of_the_first_load_fits_the_budget(tab: Tab) -> None:
    """What the browser really fetches, each file compressed as it is sent."""
    fetched: list[str] = []
    tab.page.on("request", lambda request: fetched.append(request.url) if request.resource_type == "script" else None)
    tab.open("/")
    tab.page.wait_for_load_state("networkidle")
    sizes = {}
    for url in fetched:
        with urlopen(Request(url, headers={"accept-encoding": "gzip"}), timeout=10) as answer:  # noqa: S310 - our own
            assert answer.headers["content-encoding"] == "gzip"
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            body = answer.read()
            assert gzip.decompress(body)
            sizes[url.rsplit("/", 1)[-1]] = len(body)
    print(f"JavaScript of the first load: {sum(sizes.values()) / 1_024:.1f} KB gz in {len(sizes)} files")  # noqa: T201
    assert 0 < sum(sizes.values()) <= BUDGET_BYTES, json.dumps(sizes, indent=1)


def test_a_refresh_shifts_nothing(tab: Tab) -> None:
    tab.page.clock.install()
    page = tab.open("/")
    page.evaluate(
        "() => { window.shift = 0; new PerformanceObserver(list => {"
        " for (const entry of list.getEntries()) window.shift += entry.value;"
        "}).observe({type: 'layout-shift', buffered: true}) }"
    )
    with page.expect_response(lambda answer: "/v1/opportunities?" in answer.url):
        page.clock.run_for(31_000)
    page.evaluate("() => new Promise(painted => requestAnimationFrame(() => requestAnimationFrame(painted)))")
    assert page.evaluate("window.shift") < 0.02


def test_the_printed_list_has_rows_and_no_controls(tab: Tab) -> None:
    page = tab.open("/")
    page.emulate_media(media="print")
    expect(page.locator(".filters")).to_be_hidden()
    expect(page.locator(".pager")).to_be_hidden()
    expect(page.locator("tr[data-row]").first).to_be_visible()


def test_the_system_page_tells_jobs_breakers_counts_and_settings(tab: Tab) -> None:
    page = visit(tab, "system")
    state = tab.service.json("/v1/system")
    for job in state["jobs"]:
        expect(page.locator(f"[data-job={job['job']}]")).to_be_visible()
    for circuit in state["circuits"]:
        expect(page.locator(".circuits")).to_contain_text(circuit["host"])
    expect(page.locator(".funnel caption")).to_contain_text("open markets")
    expect(page.locator(".config-sections")).to_contain_text("min_entry_price")
    expect(page.get_by_role("region", name="Skipped and dropped")).to_be_visible()
