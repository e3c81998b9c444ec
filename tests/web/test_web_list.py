"""The list of opportunities in a real browser, against the real process on the simulator."""

from __future__ import annotations

import csv
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from web.browser import Tab

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(180)]

REFRESH_MS = 31_000


def query_of(tab: Tab) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(tab.page.url).query).items()}


def figure(text: str) -> float:
    """The number in a cell, whatever unit stands behind it."""
    return float(text.replace("\N{MINUS SIGN}", "-").replace(",", "").split()[0].rstrip("¢%*"))


def test_the_list_shows_what_the_api_answers(tab: Tab) -> None:
    with tab.page.expect_response(lambda answer: "/v1/opportunities?" in answer.url) as asked:
        tab.open("/")
    answer = asked.value.json()
    assert tab.ids() == [item["market_id"] for item in answer["items"]]
    expect(tab.page.locator(".summary")).to_have_attribute("data-total", str(answer["total"]))
    assert [figure(text) for text in tab.cells("net_yield")] == pytest.approx(
        [item["net_yield"] * 100 for item in answer["items"]], abs=0.006
    )
    assert [figure(text) for text in tab.cells("overall_score")] == pytest.approx(
        [item["overall_score"] for item in answer["items"]], abs=0.0006
    )


def test_filters_go_to_the_url_and_a_reload_shows_the_same_view(tab: Tab) -> None:
    tab.open("/")
    tab.page.locator("select[name=side]").select_option("NO")
    tab.page.get_by_label("Score ≥").fill("0.2")
    tab.page.get_by_label("Net yield ≥").fill("1.5")
    tab.page.get_by_label("Ends within").select_option("604800")
    tab.page.wait_for_function("() => new URLSearchParams(location.search).size === 4")
    assert query_of(tab) == {
        "side": "NO", "min_score": "0.2", "min_net_yield": "0.015", "max_t_remaining_sec": "604800",
    }  # fmt: skip
    expect(tab.page.locator("tr[data-row]:has(.side-name.yes)")).to_have_count(0)
    tab.page.reload()
    tab.page.wait_for_selector("table.list[aria-busy=false]")
    assert tab.page.locator("select[name=side]").input_value() == "NO"
    assert tab.page.get_by_label("Score ≥").input_value() == "0.2"
    assert tab.page.get_by_label("Net yield ≥").input_value() == "1.5"
    assert set(tab.cells("recommended_side")) == {"NO"} or all(
        text.startswith("NO") for text in tab.cells("recommended_side")
    )
    assert min(figure(text) for text in tab.cells("net_yield")) >= 1.5


def test_a_filter_is_applied_without_loading_a_page(tab: Tab) -> None:
    tab.open("/")
    tab.page.evaluate("window.stillHere = true")
    tab.page.locator("select[name=category]").select_option("sports")
    tab.page.wait_for_function("() => location.search === '?category=sports'")
    expect(tab.page.locator("tr[data-row] td[data-name=title] > .under").first).to_contain_text("sports")
    tab.page.go_back()
    tab.page.wait_for_function("() => location.search === ''")
    assert tab.page.locator("select[name=category]").input_value() == ""
    assert tab.page.evaluate("window.stillHere") is True


def test_a_search_that_was_left_asks_nothing_later(tab: Tab) -> None:
    """A question that comes late would undo what was pressed meanwhile: the way to a market, for one."""
    tab.page.clock.install()
    page = tab.open("/")
    page.keyboard.press("/")
    page.keyboard.type("will")
    page.clock.run_for(500)
    page.wait_for_function("() => location.search === '?q=will'")
    page.keyboard.press("Escape")
    page.clock.run_for(1_000)
    assert query_of(tab) == {"q": "will"}, "leaving the field keeps what was asked"
    expect(page.locator("input[name=q]")).to_have_value("will")
    page.keyboard.press("/")
    page.keyboard.press("End")
    page.keyboard.type(" the")
    page.keyboard.press("Tab")
    assert query_of(tab) == {"q": "will the"}, "what was typed is asked as the field is left, not after a pause"
    expect(page.locator("input[name=q]")).to_have_value("will the")


def test_what_makes_no_sense_is_marked_and_not_asked(tab: Tab) -> None:
    tab.open("/")
    field = tab.page.get_by_label("All risk ≤")
    field.fill("7")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert query_of(tab) == {}


def test_a_press_on_a_header_sorts_and_a_second_one_turns_round(tab: Tab) -> None:
    tab.open("/")
    tab.page.get_by_role("button", name="Net yield").click()
    tab.page.wait_for_function("() => document.querySelector('th[data-name=net_yield]').ariaSort === 'descending'")
    expect(tab.page.locator("table.list")).to_have_attribute("aria-busy", "false")
    falling = [figure(text) for text in tab.cells("net_yield")]
    assert falling == sorted(falling, reverse=True)
    tab.page.get_by_role("button", name="Net yield").click()
    tab.page.wait_for_function("() => document.querySelector('th[data-name=net_yield]').ariaSort === 'ascending'")
    expect(tab.page.locator("table.list")).to_have_attribute("aria-busy", "false")
    tab.page.wait_for_function(
        "first => parseFloat(document.querySelector('tr[data-row] td[data-name=net_yield]').innerText) < first",
        arg=falling[0],
    )
    rising = [figure(text) for text in tab.cells("net_yield")]
    assert rising == sorted(rising)
    assert query_of(tab) == {"sort": "net_yield", "order": "asc"}


def test_pages_follow_each_other_without_a_row_twice(tab: Tab) -> None:
    tab.open("/?limit=25")
    first = tab.ids()
    assert len(first) == 25
    tab.page.get_by_role("button", name="Next page").click()
    tab.page.wait_for_function("first => document.querySelector('tr[data-row]').dataset.row !== first", arg=first[0])
    assert "cursor" in query_of(tab)
    second = tab.ids()
    assert len(set(first) & set(second)) <= 2, "only a scoring run between the two pages may move a row"
    tab.page.reload()
    tab.page.wait_for_selector("table.list[aria-busy=false]")
    assert len(set(tab.ids()) & set(second)) >= len(second) - 3
    tab.page.get_by_role("button", name="First page").click()
    tab.page.wait_for_function("() => !location.search.includes('cursor')")


def test_a_row_opens_to_terms_that_add_up_to_its_score_and_flags_with_words(tab: Tab) -> None:
    tab.open("/?has_flags=true")
    item = tab.service.json("/v1/opportunities", {"has_flags": "true", "limit": 1})["items"][0]
    row = tab.page.locator(f"tr[data-row='{item['market_id']}']")
    row.get_by_role("button", name="Show score and flags").click()
    details = tab.page.locator("tr.details").first
    shown = {
        cell.get_attribute("data-term"): figure(cell.inner_text()) for cell in details.locator("td[data-term]").all()
    }
    assert sum(value for name, value in shown.items() if name != "sum") == pytest.approx(shown["sum"], abs=0.003)
    assert figure(row.locator("td[data-name=overall_score]").inner_text()) == shown["sum"]
    bars = details.locator("rect[data-term]").all()
    drawn = sum(float(bar.get_attribute("data-value") or "nan") for bar in bars)
    assert drawn == pytest.approx(shown["sum"], abs=0.001)
    for flag in item["risk_flags"]:
        expect(details).to_contain_text(flag["why"])
    row.get_by_role("button", name="Hide score and flags").click()
    expect(tab.page.locator("tr.details")).to_have_count(0)


def test_chosen_columns_are_kept(tab: Tab) -> None:
    tab.open("/")
    assert tab.page.locator("th[data-name=apr]").count() == 0
    tab.page.locator("summary", has_text="Columns").click()
    tab.page.locator("input[name=apr]").check()
    tab.page.locator("input[name=liquidity_score]").uncheck()
    tab.page.reload()
    tab.page.wait_for_selector("table.list[aria-busy=false]")
    assert tab.page.locator("th[data-name=apr]").count() == 1
    assert tab.page.locator("th[data-name=liquidity_score]").count() == 0


def test_the_csv_is_the_current_question(tab: Tab) -> None:
    tab.open("/?side=NO&sort=net_yield")
    with tab.page.expect_download() as started:
        tab.page.get_by_role("link", name="CSV").click()
    with started.value.path().open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["recommended_side"] for row in rows} == {"NO"}
    yields = [float(row["net_yield"]) for row in rows]
    assert yields == sorted(yields, reverse=True)


def test_a_search_that_finds_nothing_says_what_would_have_to_change(tab: Tab) -> None:
    page = tab.open("/?min_score=0.999&side=NO", ready=".nearest li")
    expect(page.get_by_role("heading", name="Nothing passes these filters")).to_be_visible()
    expect(page.locator(".nearest").first).to_contain_text("you ask for 1.00")
    funnel = {
        row.get_attribute("data-gate"): figure(row.locator("td").first.inner_text())
        for row in page.locator(".funnel tbody tr").all()
    }
    assert len(funnel) == 16
    assert funnel["opportunities"] > 0
    expect(page.get_by_role("heading", name="Almost opportunities")).to_be_visible()
    expect(page.locator(".nearest").last).to_contain_text("it would have to")
    page.get_by_role("button", name="drop min score").first.click()
    tab.page.wait_for_selector("table.list[aria-busy=false]")
    assert query_of(tab) == {"side": "NO"}


def test_a_refresh_moves_no_row_under_the_pointer(tab: Tab) -> None:
    """The second answer comes in reverse order and with a row less; while pointed at, every row keeps its place."""
    tab.page.clock.install()
    turned = {"on": False}

    def answer(route, request) -> None:  # type: ignore[no-untyped-def]
        got = route.fetch()
        body = got.json()
        if turned["on"]:
            body["items"] = [{**item, "net_yield": item["net_yield"] + 0.01} for item in reversed(body["items"][1:])]
        route.fulfill(response=got, json=body)

    tab.page.route("**/v1/opportunities?**", answer)
    tab.open("/?limit=25")
    before = tab.ids()
    pointed = tab.page.locator("tr[data-row]").nth(3)
    pointed.hover()
    place = pointed.bounding_box()
    turned["on"] = True
    tab.page.clock.run_for(REFRESH_MS)
    expect(tab.page.get_by_role("button", name="Order held")).to_be_visible()
    assert tab.ids() == before
    assert pointed.bounding_box() == place
    expect(tab.page.locator("tr[data-row].gone")).to_have_count(1)
    expect(tab.page.locator("td[data-name=net_yield].changed").first).to_be_visible()
    tab.page.mouse.move(5, 5)
    tab.page.wait_for_function("first => document.querySelector('tr[data-row]').dataset.row !== first", arg=before[0])
    assert set(tab.ids()) <= set(before)


def test_a_hidden_tab_asks_nothing(tab: Tab) -> None:
    tab.page.clock.install()
    tab.open("/")
    tab.page.evaluate("Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true});"
                      "Object.defineProperty(document, 'hidden', {value: true, configurable: true})")  # fmt: skip
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.page.clock.run_for(95_000)
    assert asked == []
    tab.page.evaluate("Object.defineProperty(document, 'visibilityState', {value: 'visible', configurable: true});"
                      "Object.defineProperty(document, 'hidden', {value: false, configurable: true})")  # fmt: skip
    with tab.page.expect_response(lambda answer: "/v1/opportunities?" in answer.url):
        tab.page.clock.run_for(REFRESH_MS)


def test_an_api_that_is_away_is_said_and_recovers_by_itself(tab: Tab) -> None:
    tab.page.clock.install()
    tab.open("/")
    rows = tab.ids()
    tab.page.route("**/v1/**", lambda route: route.abort())
    tab.page.clock.run_for(REFRESH_MS)
    banner = tab.page.locator(".banner")
    expect(banner).to_contain_text("The server does not answer")
    expect(banner).to_contain_text("What is shown is from")
    assert tab.ids() == rows
    expect(tab.page.locator(".freshness")).to_have_attribute("data-level", "stale")
    tab.page.unroute("**/v1/**")
    with tab.page.expect_response(lambda answer: "/v1/opportunities?" in answer.url):
        tab.page.clock.run_for(10_000)
    expect(banner).to_have_count(0)


def test_the_badge_turns_amber_and_red_as_things_get_old(tab: Tab) -> None:
    tab.page.clock.install()
    tab.open("/")
    badge = tab.page.locator(".freshness")
    expect(badge).to_have_attribute("data-level", "fresh")
    state = tab.service.json("/v1/system")

    def aged(age_sec: float):  # type: ignore[no-untyped-def]
        def answer(route) -> None:  # type: ignore[no-untyped-def]
            jobs = [{**job, "last_success": "2026-01-01T00:00:00.000Z"} if job["job"] == "quotes" else job
                    for job in state["jobs"]]  # fmt: skip
            circuits = [{"host": "venue", "state": "half-open"}]
            body = {**state, "circuits": circuits} if age_sec == 0 else {**state, "jobs": jobs}
            route.fulfill(json=body)

        return answer

    tab.page.route("**/v1/system", aged(0))
    tab.page.clock.run_for(REFRESH_MS)
    expect(tab.page.locator("[data-part=venue]")).to_have_attribute("data-level", "late")
    tab.page.unroute("**/v1/system")
    tab.page.route("**/v1/system", aged(1))
    tab.page.clock.run_for(REFRESH_MS)
    expect(badge).to_have_attribute("data-level", "stale")
    expect(badge).to_contain_text("Stale")
    expect(tab.page.locator("[data-part=quotes]")).to_have_attribute("data-level", "stale")
