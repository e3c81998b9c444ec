"""The market page: evidence, breakdown, ladder, calculator, gates, and texts that are written to break it."""

from __future__ import annotations

import math
import re
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from system.service import Service
from web.browser import Tab

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(180)]

MARKS = """() => [...document.querySelector('[data-rule-text]').childNodes].map(node =>
    [node.textContent, (node.dataset?.flags ?? '').split(' ').filter(Boolean).sort()])"""
TITLES = "tr[data-row] a.title"
CHANCES = {
    "dispute": "dispute_probability",
    "text": "text_dispute_probability",
    "payoff": "payoff_risk",
    "change": "text_change_risk",
}


def open_market(tab: Tab, market_id: str) -> Any:
    tab.open(f"/market/?id={quote(market_id)}", ready="[data-rule-text]")
    return tab.service.market(market_id)


def by_title(service: Service, part: str) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in service.opportunities() if part in item["title"])
    return found


def open_shared_passage(tab: Tab) -> Any:
    """The page of a market, one passage of which the API says is evidence of one flag more than it is."""
    item = next(
        item for item in tab.service.opportunities(has_flags="true")
        if any(flag["evidence_spans"] for flag in item["risk_flags"])
    )  # fmt: skip
    answer = tab.service.market(item["market_id"])
    flag = {"code": "SECOND_FLAG", "severity": "critical", "why": "Another reason.", "base_rate": 0.01,
            "evidence_spans": [{"start": 0, "end": 1}]}  # fmt: skip
    answer["rules"]["risk_flags"].append(flag)
    next(piece for piece in answer["rules"]["segments"] if piece["flags"])["flags"].append(flag["code"])
    tab.page.route(f"**/v1/market/{item['market_id']}", lambda route: route.fulfill(json=answer))
    tab.open(f"/market/?id={item['market_id']}", ready="mark[data-several]")
    return answer


def rules_with(service: Service, part: str) -> str:
    """The market whose rule text has this part."""
    for item in service.opportunities():
        if part in service.market(item["market_id"])["rules"]["rule_text"]:
            return str(item["market_id"])
    raise AssertionError(f"no rule text has {part!r}")


@pytest.mark.parametrize(
    "part",
    ["\N{TROPHY}", "\N{RIGHT-TO-LEFT OVERRIDE}", "<script>alert(1)</script>", "Z\u0351\u036b", "\r\n"],
    ids=["emoji", "right to left", "markup", "combining", "crlf"],
)
def test_the_marked_passages_are_exactly_the_spans_of_the_api(hostile_tab: Tab, part: str) -> None:
    answer = open_market(hostile_tab, rules_with(hostile_tab.service, part))
    rules = answer["rules"]
    shown = hostile_tab.page.evaluate(MARKS)
    assert shown == [[segment["text"], sorted(segment["flags"])] for segment in rules["segments"]]
    assert "".join(text for text, _ in shown) == rules["rule_text"]
    # Counted in code points, as the API counts: the page's own units would be off behind every emoji.
    covered: dict[str, set[int]] = {}
    at = 0
    for text, codes in shown:
        for code in codes:
            covered.setdefault(code, set()).update(range(at, at + len(text)))
        at += len(text)
    wanted = {
        flag["code"]: {index for span in flag["evidence_spans"] for index in range(span["start"], span["end"])}
        for flag in rules["risk_flags"]
        if flag["evidence_spans"]
    }
    assert covered == wanted


def test_every_flag_of_a_passage_is_told_by_pointer_and_by_keyboard(tab: Tab) -> None:
    answer = open_shared_passage(tab)
    flags = {flag["code"]: flag for flag in answer["rules"]["risk_flags"]}
    mark = tab.page.locator("mark[data-several]").first
    codes = (mark.get_attribute("data-flags") or "").split()
    assert len(codes) > 1
    mark.hover()
    for code in codes:
        card = tab.page.locator(f".finding[data-code={code}]")
        expect(card).to_have_class(re.compile(r"\btold\b"))
        expect(card).to_contain_text(flags[code]["why"])
    tab.page.mouse.move(2, 2)
    tab.page.reload()
    tab.page.wait_for_selector("mark[data-several]")
    expect(tab.page.locator(".finding.told")).to_have_count(0)
    tab.page.locator("mark[data-several]").first.focus()
    expect(tab.page.locator(".finding.told")).to_have_count(len(codes))
    expect(tab.page.locator(".legend [role=status]")).to_contain_text(flags[codes[0]]["why"])


def test_the_legend_lists_every_flag_and_leads_to_its_passages(tab: Tab) -> None:
    answer = open_shared_passage(tab)
    listed = {card.get_attribute("data-code") for card in tab.page.locator(".finding").all()}
    assert listed == {flag["code"] for flag in answer["rules"]["risk_flags"]}
    flag = next(flag for flag in answer["rules"]["risk_flags"] if flag["evidence_spans"])
    tab.page.locator(f".finding[data-code={flag['code']}] button").click()
    focused = tab.page.evaluate("document.activeElement.dataset.flags")
    assert flag["code"] in focused.split()


def test_the_probabilities_and_what_they_come_from_are_those_of_the_api(tab: Tab) -> None:
    item = tab.service.json("/v1/opportunities", {"limit": 1, "has_flags": "true"})["items"][0]
    answer = tab.service.market(item["market_id"])
    rules, side = answer["rules"], item["recommended_side"]
    # Whatever the simulator's text says: one flag that hurts the favourite alone, and one rule that lacked something.
    ours = rules["risk_flags"][0]["code"]
    rules["bites"] = {"YES": [], "NO": [], side: [ours]}
    rules["not_judged"] = [{"code": "SOME_RULE", "missing": ["title", "volume_usd"]}]
    tab.page.route(f"**/v1/market/{item['market_id']}", lambda route: route.fulfill(json=answer))
    page = tab.open(f"/market/?id={item['market_id']}", ready="[data-rule-text]")

    def figure(selector: str) -> float:
        return float(page.locator(selector).inner_text().removesuffix(" %").replace("\N{MINUS SIGN}", "-"))

    for name, key in CHANCES.items():
        assert figure(f"[data-chance={name}]") == pytest.approx(rules[key] * 100, abs=0.0501), name
    expect(page.locator(".bites.ours")).to_have_count(1)
    expect(page.locator(f".finding[data-code={ours}] .bites.ours")).to_contain_text(f"bites {side}")
    summary = page.locator("details.origin > summary")
    expect(page.locator("[data-odds=sum]")).to_be_hidden()
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-odds=sum]")).to_be_visible()
    shown = page.eval_on_selector_all("tbody [data-odds]", "cells => cells.map(cell => cell.dataset.odds)")
    assert shown == [one["code"] for one in rules["contributions"]]
    for one in rules["contributions"]:
        assert figure(f"[data-odds={one['code']}]") == pytest.approx(one["log_odds"], abs=0.0051)
    together = sum(one["log_odds"] for one in rules["contributions"])
    assert figure("[data-odds=sum]") == pytest.approx(together, abs=0.0051)
    assert 1 / (1 + math.exp(-together)) == pytest.approx(rules["text_dispute_probability"], abs=1e-6)
    for trait in rules["traits"]:
        expect(page.locator(f"[data-trait={trait['code']}]")).to_contain_text(trait["why"])
    expect(page.locator("[data-not-judged]")).to_have_text(["Some rule, needs title and volume usd"])
    assert tab.axe() == []


def test_the_page_shows_figures_that_add_up_and_a_ladder_of_both_sides(tab: Tab) -> None:
    item = tab.service.json("/v1/opportunities", {"limit": 1})["items"][0]
    answer = open_market(tab, item["market_id"])
    terms = {
        cell.get_attribute("data-term"): float(cell.inner_text().replace("\N{MINUS SIGN}", "-"))
        for cell in tab.page.locator(".why td[data-term]").all()
    }
    assert sum(value for name, value in terms.items() if name != "sum") == pytest.approx(terms["sum"], abs=0.003)
    shown = [table.locator("tbody tr").count() for table in tab.page.locator(".ladder").all()]
    stored = answer["latest_quote"]
    assert sorted(shown) == sorted([len(stored["asks_yes"]) or 1, len(stored["asks_no"]) or 1])
    for note in answer["recommendation"]["notes"][:1]:
        expect(tab.page.locator(".notes li").first).to_contain_text(note[:10])
    link = tab.page.get_by_role("link", name="Open at polymarket")
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert (link.get_attribute("href") or "").startswith("http")


def test_the_calculator_agrees_with_arithmetic(tab: Tab) -> None:
    item = tab.service.json("/v1/opportunities", {"limit": 1, "sort": "net_yield"})["items"][0]
    page = tab.page
    open_market(tab, item["market_id"])
    page.get_by_label("Bankroll, $").fill("100")
    page.get_by_label("Share of it, %").fill("10")

    def fact(name: str) -> float:
        text = page.locator(f"[data-fact={name}]").inner_text()
        return float(re.sub(r"[^0-9.\-]", "", text.replace("\N{MINUS SIGN}", "-")))

    assert fact("spend") == pytest.approx(10, abs=0.01)
    assert fact("loss") == pytest.approx(-10, abs=0.01)
    assert fact("shares") - 10 == pytest.approx(fact("profit"), abs=0.02)
    stake = item["entry_price"] * (1 + item["fee_bps"] / 10_000)
    assert fact("wins") == pytest.approx(stake / (1 - stake), abs=1.01)


def test_every_gate_stands_with_its_state(tab: Tab) -> None:
    near = tab.service.json("/v1/nearest")["items"][0]
    open_market(tab, near["market_id"])
    expect(tab.page.locator(".verdict")).to_contain_text("Not an opportunity")
    failed = tab.page.locator(f".gates [data-gate={near['gate']}]")
    expect(failed).to_have_attribute("data-state", "failed")
    expect(failed).to_contain_text("must be")
    assert tab.page.locator(".gates li").count() == 15


def test_the_chart_has_a_readable_axis_and_words_for_who_cannot_see_it(tab: Tab) -> None:
    item = tab.service.json("/v1/opportunities", {"limit": 1})["items"][0]
    open_market(tab, item["market_id"])
    chart = tab.page.locator(".chart svg")
    expect(chart).to_have_attribute("aria-label", re.compile(r"last bid .* last ask "))
    assert tab.page.locator(".chart .tick text").count() >= 3
    assert tab.page.locator(".chart path.ask").get_attribute("d")


@pytest.mark.parametrize("path", ["/market/", "/market/?id=0xnothing", "/market/?id=%3Cscript%3E"])
def test_an_unknown_market_is_said_and_not_a_blank_page(tab: Tab, path: str) -> None:
    page = tab.open(path, ready="section.empty")
    expect(page.locator("section.empty h1")).to_contain_text("No market")
    page.get_by_role("link", name="list of opportunities").click()
    page.wait_for_selector("table.list[aria-busy=false]")


@pytest.mark.parametrize("path", ["/?limit=200&sort=risk_score", "/?limit=200&q=script"])
def test_hostile_titles_are_text(hostile_tab: Tab, path: str) -> None:
    page = hostile_tab.open(path)
    stored = {item["market_id"]: item["title"] for item in hostile_tab.service.opportunities()}
    shown = page.eval_on_selector_all(
        "tr[data-row]", "rows => rows.map(row => [row.dataset.row, row.querySelector('a.title').textContent])"
    )
    assert shown
    assert {market_id: stored[market_id] for market_id, _ in shown} == dict(shown)
    assert page.locator("main script, main iframe, main img, main object").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "a long title widens the page"


def test_a_script_in_title_and_rules_does_nothing_on_the_market_page(hostile_tab: Tab) -> None:
    item = by_title(hostile_tab.service, "<script>")
    open_market(hostile_tab, item["market_id"])
    expect(hostile_tab.page.locator("h1")).to_have_text(item["title"])
    assert hostile_tab.page.title().startswith("<script>")


def test_no_link_leads_anywhere_but_to_http(hostile_tab: Tab) -> None:
    page = hostile_tab.open("/")
    for button in page.locator("tr[data-row] .toggle button").all()[:8]:
        button.click()
    hrefs = page.eval_on_selector_all("a[href]", "links => links.map(a => [a.protocol, a.host, a.rel, a.target])")
    assert {protocol for protocol, *_ in hrefs} <= {"http:", "https:"}
    outside = [link for link in hrefs if not link[1].startswith("127.0.0.1")]
    assert outside
    assert {(rel, target) for _, _, rel, target in outside} == {("noopener noreferrer", "_blank")}
    source = next(
        item["market_id"] for item in hostile_tab.service.opportunities()
        if hostile_tab.service.market(item["market_id"])["rules"]["settlement_source"]
    )  # fmt: skip
    open_market(hostile_tab, source)
    assert page.locator(".rule-facts a").get_attribute("rel") == "noopener noreferrer"
