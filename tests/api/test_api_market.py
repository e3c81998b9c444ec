"""GET /v1/market/{market_id}, its history, and /v1/config."""

from __future__ import annotations

import httpx2
import pytest

from builders import (
    DAY,
    HOUR,
    NOW,
    SEC,
    a_flag,
    a_market,
    a_quote,
    a_rule,
    a_score_row,
    an_assessment,
    market_id,
)  # fmt: skip
from conftest import Desk
from endgame.api import contract, routes
from endgame.api.routes import config_in_force
from endgame.api.server import create_app
from endgame.clock import rfc3339
from endgame.config import RetentionSettings, Settings
from endgame.domain.flags_json import flag_fields
from endgame.domain.quote import Level
from endgame.domain.rule import Contribution, Severity, Span, Unjudged
from endgame.scoring.rulebook import MITIGATORS, RULES
from endgame.storage import quotes
from endgame.storage.tables import markets as markets_table
from endgame.storage.tables import quotes_latest, scores_latest


async def test_an_opportunity_tells_everything_and_no_gate(either_desk: Desk) -> None:
    ladder = (Level(0.96, 500.0), Level(0.97, 20.5))
    await either_desk.store(
        market=[a_market(1, tags=("a", "b"), oracle_history=("proposed",), oracle_status="proposed")],
        quote=[a_quote(1, asks_yes=ladder)],
        rule=[a_rule(1)],
        judged=[(market_id(1), an_assessment(mitigators=(a_flag("CLEAR_SOURCE", base_rate=0.5),)))],
    )
    await either_desk.score([a_score_row(1)], notes={market_id(1): ("pays 4% in two days",)})
    answer = await either_desk.get(f"/v1/market/{market_id(1)}")
    assert answer.status_code == 200
    body = answer.json()
    contract.MarketAnswer.model_validate_json(answer.content)
    assert body["gate"] is None
    assert body["market"]["outcomes"] == [
        {"outcome": "YES", "label": "Yes", "token_id": "101"}, {"outcome": "NO", "label": "No", "token_id": "102"},
    ]  # fmt: skip
    assert (body["market"]["tags"], body["market"]["oracle_history"]) == (["a", "b"], ["proposed"])
    assert body["market"]["close_time"] == "2026-11-24T09:33:20.000Z"
    assert body["market"]["neg_risk"] is False
    assert body["latest_quote"]["asks_yes"] == [{"price": 0.96, "size": 500.0}, {"price": 0.97, "size": 20.5}]
    assert body["latest_score"]["gate"] is None
    assert body["latest_score"]["score_breakdown"]["definition_risk"] == -0.02
    assert body["recommendation"]["notes"] == ["pays 4% in two days"]
    assert body["recommendation"]["expected_payout"] == 1.0
    assert body["rules"]["mitigators"][0]["code"] == "CLEAR_SOURCE"
    assert body["rules"]["rulebook_version"] == "test-1"
    assert body["rules"]["settlement_window"] == 7200


JUDGED = {
    "definition_risk_score", "text_dispute_probability", "dispute_probability", "payoff_risk", "text_change_risk",
    "rulebook_version",
}  # fmt: skip


async def test_a_judgement_is_told_with_all_that_went_into_it(either_desk: Desk) -> None:
    found = an_assessment(
        0.25,
        text_dispute_probability=0.05,
        dispute_probability=0.08,
        payoff_risk=0.125,
        text_change_risk=0.0625,
        traits=(a_flag("ELECTION", severity=Severity.LOW),),
        contributions=(Contribution("BASE", -4.0), Contribution("AMBIGUOUS_WORDING", 0.75)),
        bites={"YES": ("AMBIGUOUS_WORDING",), "NO": ()},
        not_judged=(Unjudged("RULE_CHANGED", ("text_change",)),),
    )
    await either_desk.store(market=[a_market(1)], rule=[a_rule(1)], judged=[(market_id(1), found)])
    answer = await either_desk.get(f"/v1/market/{market_id(1)}")
    contract.MarketAnswer.model_validate_json(answer.content)
    told = answer.json()["rules"]
    assert {name: told[name] for name in JUDGED} == {
        "definition_risk_score": 0.25, "text_dispute_probability": 0.05, "dispute_probability": 0.08,
        "payoff_risk": 0.125, "text_change_risk": 0.0625, "rulebook_version": "test-1",
    }  # fmt: skip
    assert told["traits"] == [flag_fields(a_flag("ELECTION", severity=Severity.LOW))]
    assert told["contributions"] == [
        {"code": "BASE", "log_odds": -4.0}, {"code": "AMBIGUOUS_WORDING", "log_odds": 0.75},
    ]  # fmt: skip
    assert told["bites"] == {"YES": ["AMBIGUOUS_WORDING"], "NO": []}
    assert told["not_judged"] == [{"code": "RULE_CHANGED", "missing": ["text_change"]}]
    assert set(told["risk_flags"][0]) == {"code", "severity", "why", "base_rate", "evidence_spans"}


async def test_a_text_not_judged_yet_has_no_findings_and_no_figures(either_desk: Desk) -> None:
    await either_desk.store(market=[a_market(1)], rule=[a_rule(1)])
    answer = await either_desk.get(f"/v1/market/{market_id(1)}")
    contract.MarketAnswer.model_validate_json(answer.content)
    told = answer.json()["rules"]
    assert {name: told[name] for name in JUDGED} == dict.fromkeys(JUDGED)
    assert [told[name] for name in ("risk_flags", "mitigators", "traits", "contributions", "not_judged")] == [[]] * 5
    assert told["bites"] == {"YES": [], "NO": []}
    assert told["text_changed_at"] is None


async def test_a_change_of_the_text_is_told_with_its_moment(either_desk: Desk) -> None:
    await either_desk.store(market=[a_market(1)], rule=[a_rule(1)])
    await either_desk.store(rule=[a_rule(1, as_of=NOW, rule_text="It resolves to Yes if it rains.")])
    told = (await either_desk.get(f"/v1/market/{market_id(1)}")).json()["rules"]
    assert told["text_changed_at"] == rfc3339(NOW)


@pytest.mark.parametrize(("side", "bitten_by"), [("YES", ["A", "B"]), ("NO", [])])
async def test_a_recommendation_names_the_flags_that_hurt_its_side(desk: Desk, side: str, bitten_by: list[str]) -> None:
    found = an_assessment(flags=(a_flag("A"), a_flag("B")), bites={"YES": ("A", "B"), "NO": ()})
    await desk.store(market=[a_market(1)], quote=[a_quote(1)], rule=[a_rule(1)], judged=[(market_id(1), found)])
    await desk.score([a_score_row(1, recommended_side=side)], notes={market_id(1): ("No fee.",)})
    told = (await desk.get(f"/v1/market/{market_id(1)}")).json()["recommendation"]
    assert told["bitten_by"] == bitten_by
    named = ["What the rules leave open can hurt the holder of YES: A, B."] if bitten_by else []
    assert told["notes"] == ["No fee.", *named]


async def test_the_parts_have_the_columns_of_their_tables(desk: Desk) -> None:
    await desk.list_markets([1])
    body = (await desk.get(f"/v1/market/{market_id(1)}")).json()
    inner = {"title_folded", "disputed", "has_tokens", "closed_seen", "looked_up_at"}
    assert set(body["market"]) == ({column.name for column in markets_table.c} - inner) | {"outcomes"}
    assert set(body["latest_quote"]) == {column.name for column in quotes_latest.c}
    assert set(body["latest_score"]) == {column.name for column in scores_latest.c}


async def test_segments_join_to_the_text_and_keep_what_is_not_ascii(desk: Desk) -> None:
    text = "🎲 resolves ☔ to Yes <script>alert(1)</script>\u202e."
    flags = (a_flag("A", evidence_spans=(Span(0, 10),)), a_flag("B", evidence_spans=(Span(2, 12),)))
    await desk.store(
        market=[a_market(1)], rule=[a_rule(1, rule_text=text)], judged=[(market_id(1), an_assessment(flags=flags))]
    )
    rules = (await desk.get(f"/v1/market/{market_id(1)}")).json()["rules"]
    assert rules["rule_text"] == text == "".join(piece["text"] for piece in rules["segments"])
    assert rules["segments"][:3] == [
        {"text": "🎲 ", "flags": ["A"]}, {"text": "resolves", "flags": ["A", "B"]}, {"text": " ☔", "flags": ["B"]},
    ]  # fmt: skip


async def test_a_text_not_yet_judged_has_no_score_and_is_not_called_safe(desk: Desk) -> None:
    await desk.store(market=[a_market(1)], rule=[a_rule(1)])
    answer = await desk.get(f"/v1/market/{market_id(1)}")
    contract.MarketAnswer.model_validate_json(answer.content)
    rules = answer.json()["rules"]
    assert (rules["definition_risk_score"], rules["rulebook_version"], rules["risk_flags"]) == (None, None, [])
    assert [piece["flags"] for piece in rules["segments"]] == [[]]


async def test_a_gated_market_answers_with_its_gate(either_desk: Desk) -> None:
    await either_desk.list_markets([1], gate=lambda _: "STUB_BOOK")
    body = (await either_desk.get(f"/v1/market/{market_id(1)}")).json()
    assert (body["gate"], body["latest_score"]["gate"], body["recommendation"]) == ("STUB_BOOK", "STUB_BOOK", None)


@pytest.mark.parametrize(
    ("over", "gate"),
    [
        ({"status": "paused"}, "NOT_ACTIVE"),
        ({"status": "closed"}, "NOT_ACTIVE"),
        ({"status": "resolved", "resolved_outcome": "NO"}, "NOT_ACTIVE"),
        ({"accepts_orders": False}, "NOT_ACTIVE"),
        ({"close_time": None}, "NO_CLOSE_TIME"),
        ({"close_time": NOW - 1}, "OVERDUE"),
        ({"close_time": NOW - 30 * DAY}, "OVERDUE"),
        ({"close_time": NOW}, "CLOSES_TOO_SOON"),
        ({"close_time": NOW + HOUR - 1}, "CLOSES_TOO_SOON"),
        ({"close_time": NOW + HOUR}, "NO_QUOTE"),
        ({"close_time": NOW + 14 * DAY}, "NO_QUOTE"),
        ({"close_time": NOW + 14 * DAY + SEC}, "CLOSES_TOO_LATE"),
    ],
)
async def test_a_market_without_a_score_gets_its_gate_from_status_and_time(
    desk: Desk, over: dict[str, object], gate: str
) -> None:
    await desk.store(market=[a_market(1, **over)])
    answer = await desk.get(f"/v1/market/{market_id(1)}")
    contract.MarketAnswer.model_validate_json(answer.content)
    body = answer.json()
    assert body["gate"] == gate
    assert (body["rules"], body["latest_quote"], body["latest_score"], body["recommendation"]) == (None,) * 4


HOSTILE_IDS = [
    "unknown", "0x" + "0" * 64, "0x" + "f" * 2_000, "%00", "0x%00", "a%2Fb", f"{market_id(1)}%2Fhistory", "..%2F",
    "%F0%9F%92%A9", "%FF%FE", "%27%20OR%201%3D1--", "%25", "%0d%0aSet-Cookie:x", "%E2%80%AE", "x" * 20_000, "%20",
    f"{market_id(1)}%00", market_id(1).upper(), ".", "{market_id}",
]  # fmt: skip


@pytest.mark.parametrize("spelled", HOSTILE_IDS, ids=range(len(HOSTILE_IDS)))
async def test_an_unknown_id_of_any_shape_is_a_404(either_desk: Desk, spelled: str) -> None:
    await either_desk.list_markets([1])
    for path in (f"/v1/market/{spelled}", f"/v1/market/{spelled}/history"):
        answer = await either_desk.client.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
        contract.Problem.model_validate_json(answer.content)


@pytest.mark.parametrize("path", ["/v1/market/", "/v1/market", "/v1/market//history", "/v1/markets/1"])
async def test_a_path_without_an_id_is_a_404_and_no_redirect(desk: Desk, path: str) -> None:
    assert (await desk.get(path)).status_code == 404


async def test_history_is_ascending_and_reaches_back_as_far_as_samples_are_kept(either_desk: Desk) -> None:
    await either_desk.store(market=[a_market(1)])
    for age in (8 * DAY, 6 * DAY, HOUR, 300 * SEC, 0):
        sample = a_quote(1, as_of=NOW - age, yes_bid=None)
        await either_desk.database.write(quotes.write_samples, [sample], sample_ms=300 * SEC, now=NOW)
    answer = await either_desk.get(f"/v1/market/{market_id(1)}/history")
    contract.History.model_validate_json(answer.content)
    items = answer.json()["items"]
    assert [item["as_of"] for item in items] == [
        "2026-11-16T09:33:20.000Z", "2026-11-22T08:33:20.000Z", "2026-11-22T09:28:20.000Z", "2026-11-22T09:33:20.000Z",
    ]  # fmt: skip
    assert items[-1] == {
        "bucket_start": "2026-11-22T09:30:00.000Z", "as_of": "2026-11-22T09:33:20.000Z",
        "yes_bid": None, "yes_ask": 0.96, "no_bid": 0.04, "no_ask": 0.05,
    }  # fmt: skip


async def test_history_is_bounded_by_seven_days_and_a_number_of_rows_whatever_is_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeps_long = desk.settings.model_copy(update={"retention": RetentionSettings(samples_days=3_650)})
    app = create_app(desk.database, keeps_long, desk.clock, shutting_down=lambda: False)
    await desk.store(market=[a_market(1)])
    for age in (8 * DAY, 6 * DAY, 2 * HOUR, HOUR):
        sample = a_quote(1, as_of=NOW - age)
        await desk.database.write(quotes.write_samples, [sample], sample_ms=300 * SEC, now=NOW)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost") as client:
        items = (await client.get(f"/v1/market/{market_id(1)}/history")).json()["items"]
        assert [item["as_of"] for item in items] == [rfc3339(NOW - age) for age in (6 * DAY, 2 * HOUR, HOUR)]
        monkeypatch.setattr(routes, "_HISTORY_ROWS", 2)
        items = (await client.get(f"/v1/market/{market_id(1)}/history")).json()["items"]
        assert [item["as_of"] for item in items] == [rfc3339(NOW - age) for age in (2 * HOUR, HOUR)], "the newest"


def test_the_base_rate_of_every_flag_is_a_share() -> None:
    described = contract.RiskFlag.model_json_schema()["properties"]["base_rate"]
    assert (described["minimum"], described["maximum"]) == (0, 1)
    assert "share" in described["description"].lower()
    assert all(0 <= rule.base_rate <= 1 for rule in (*RULES, *MITIGATORS))


async def test_a_known_market_without_samples_has_an_empty_history(desk: Desk) -> None:
    await desk.store(market=[a_market(1)])
    assert (await desk.get(f"/v1/market/{market_id(1)}/history")).json() == {"items": []}


async def test_the_config_is_what_is_in_force_and_holds_no_secret(desk: Desk) -> None:
    answer = await desk.get("/v1/config")
    body = answer.json()
    contract.Config.model_validate_json(answer.content)
    assert body["version"] == "0.1.0"
    assert body["scoring"]["weights"] == {"w1": 0.45, "w2": 0.25, "w3": 0.15, "w4": 0.1, "w5": 0.05}
    assert body["cadence"]["scoring_sec"] == 120
    assert body["retention"] == {"samples_days": 7, "closed_days": 30}
    assert body["scoring"]["bounds"]["quote_stale_max_sec"] == 180
    assert body["venues"]["polymarket"]["gamma_url"].startswith("https://")
    assert "sqlite" not in answer.text


def test_the_database_url_never_reaches_the_config() -> None:
    settings = Settings(database={"url": "postgresql://somebody:hunter2@db.internal:5432/pm"})  # type: ignore[arg-type]
    told = str(config_in_force(settings))
    assert not any(secret in told for secret in ("hunter2", "somebody", "db.internal", "postgresql"))


async def test_what_the_list_has_dropped_as_stale_is_no_recommendation_any_more(either_desk: Desk) -> None:
    await either_desk.list_markets([1])
    path = f"/v1/market/{market_id(1)}"
    fresh = (await either_desk.get(path)).json()
    assert (fresh["gate"], fresh["recommendation"] is None) == (None, False)
    either_desk.clock.push(either_desk.settings.listed_quote_ms / 1_000 + 3_600)
    assert (await either_desk.get("/v1/opportunities")).json()["total"] == 0
    late = (await either_desk.get(path)).json()
    assert (late["gate"], late["recommendation"]) == ("STALE_QUOTE", None)
    assert late["latest_quote"] == fresh["latest_quote"]
    assert late["latest_score"] == fresh["latest_score"], "what was known last is still shown"
