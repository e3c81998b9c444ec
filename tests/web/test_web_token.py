"""A service that asks for a token: the page asks the person, shows the token to the server and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from system.service import Service
from web.browser import Tab

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(180)]

TOKEN = "-".join(["needle"] * 5)


@pytest.fixture(scope="module")
def guarded(simulated: Service) -> Iterator[Service]:
    """A second API over the same database, which asks for a token."""
    settings = {"DATABASE__URL": simulated.settings["DATABASE__URL"], "API__TOKEN": TOKEN}
    with Service(simulated.folder, None, "api", **settings) as service:
        yield service


@pytest.fixture
def guarded_tab(context: BrowserContext, guarded: Service) -> Iterator[Tab]:
    opened = Tab(context.new_page(), guarded)
    yield opened
    assert opened.faults == []


def sign_in(tab: Tab, token: str = TOKEN, *, stay: bool = False) -> None:
    tab.page.get_by_label("Access token").fill(token)
    tab.page.get_by_label("Stay signed in").set_checked(stay)
    tab.page.get_by_role("button", name="Sign in").click()


def test_the_page_asks_for_the_token_and_then_shows_what_was_asked(guarded_tab: Tab) -> None:
    page = guarded_tab.open("/?limit=25&has_flags=true", "section.sign-in")
    expect(page.get_by_label("Access token")).to_be_focused()
    expect(page.locator(".freshness strong")).to_have_text("○ Signed out")
    sign_in(guarded_tab)
    page.wait_for_selector("tr[data-row]")
    assert page.url.endswith("?limit=25&has_flags=true")
    expect(page.locator(".freshness")).not_to_have_attribute("data-level", "stale")
    page.reload()
    page.wait_for_selector("tr[data-row]")
    page.get_by_role("link", name="System").click()
    page.wait_for_selector(".jobs tbody tr")
    page.goto(guarded_tab.url("/docs"))
    page.wait_for_selector(".endpoint")


@pytest.mark.parametrize("token", ["x" * 40, "n\u00e9edle " * 6, TOKEN.upper()])
def test_a_wrong_token_is_refused_and_not_kept(guarded_tab: Tab, token: str) -> None:
    page = guarded_tab.open("/", "section.sign-in")
    sign_in(guarded_tab, token)
    expect(page.locator(".sign-in [role=alert]")).to_have_text("This is not the token of this service.")
    expect(page.get_by_label("Access token")).to_have_attribute("aria-invalid", "true")
    assert kept(page) == []
    sign_in(guarded_tab)
    page.wait_for_selector("tr[data-row]")


def test_the_token_ends_with_the_tab_unless_its_owner_stays_signed_in(
    context: BrowserContext, guarded_tab: Tab, guarded: Service
) -> None:
    page = guarded_tab.open("/", "section.sign-in")
    sign_in(guarded_tab)
    page.wait_for_selector("tr[data-row]")
    assert kept(page) == ["session"]
    other = Tab(context.new_page(), guarded)
    other.open("/", "section.sign-in")
    sign_in(other, stay=True)
    other.page.wait_for_selector("tr[data-row]")
    assert kept(other.page) == ["local"]
    third = Tab(context.new_page(), guarded)
    third.open("/")
    assert other.faults + third.faults == []


def test_signing_out_forgets_token_and_list(guarded_tab: Tab) -> None:
    page = guarded_tab.open("/", "section.sign-in")
    sign_in(guarded_tab, stay=True)
    page.wait_for_selector("tr[data-row]")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_selector("section.sign-in")
    assert kept(page) == []
    assert page.locator("tr[data-row]").count() == 0
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)


def test_the_file_is_fetched_with_the_token(guarded_tab: Tab, tmp_path: Path) -> None:
    page = guarded_tab.open("/", "section.sign-in")
    sign_in(guarded_tab)
    page.wait_for_selector("tr[data-row]")
    with page.expect_download() as waited:
        page.get_by_role("link", name="CSV").click()
    saved = tmp_path / "list.csv"
    waited.value.save_as(saved)
    assert waited.value.suggested_filename == "opportunities.csv"
    assert saved.read_text(encoding="utf-8").startswith("market_id,")


def test_a_token_that_is_changed_on_the_server_is_asked_for_again(guarded_tab: Tab, guarded: Service) -> None:
    page = guarded_tab.open("/", "section.sign-in")
    sign_in(guarded_tab)
    page.wait_for_selector("tr[data-row]")
    page.evaluate("sessionStorage.setItem('endgame.token', 'x'.repeat(40))")
    page.get_by_role("link", name="System").click()
    page.wait_for_selector("section.sign-in")
    sign_in(guarded_tab)
    page.wait_for_selector(".jobs tbody tr")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_question_can_be_read_and_reached_by_everybody(browser: Browser, guarded: Service, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    tab = Tab(context.new_page(), guarded)
    tab.open("/", "section.sign-in")
    assert tab.axe() == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390
    sign_in(tab, "x" * 40)
    expect(tab.page.locator(".sign-in [role=alert]")).to_be_visible()
    assert tab.axe() == []
    assert tab.faults == []
    context.close()


def test_a_service_without_a_token_has_nothing_to_sign_out_of(tab: Tab) -> None:
    page = tab.open("/")
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    expect(page.locator("section.sign-in")).to_have_count(0)


def kept(page: Page) -> list[str]:
    """In which of the browser's stores the token lies."""
    return [
        name for name in ("session", "local") if page.evaluate(f"{name}Storage.getItem('endgame.token')") is not None
    ]
