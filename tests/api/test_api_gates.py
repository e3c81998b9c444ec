"""/v1/market/{id}/gates and /v1/nearest: why a market is not listed, and which ones almost are."""

from __future__ import annotations

from typing import Any

import pytest

from builders import DAY, NOW, SEC, a_market, a_quote, a_rule, a_score_row, an_assessment, market_id
from conftest import Desk
from endgame.domain.score import Gate
from endgame.storage import quotes

BUCKET = 300 * SEC


async def _store(desk: Desk, *, quote: dict[str, Any] | None = None, **market: Any) -> None:
    await desk.store(
        market=[a_market(1, **market)],
        quote=[] if quote is None else [a_quote(1, **quote)],
        rule=[a_rule(1)],
        judged=[(market_id(1), an_assessment())],
    )


async def _gates(desk: Desk, number: int = 1) -> Any:
    answer = await desk.get(f"/v1/market/{market_id(number)}/gates")
    assert answer.status_code == 200, answer.text
    return answer.json()


def _states(found: Any) -> dict[str, str]:
    return {check["gate"]: check["state"] for check in found["checks"]}


async def test_every_gate_is_told_in_its_order_and_an_opportunity_passes_all(either_desk: Desk) -> None:
    await _store(either_desk, quote={})
    found = await _gates(either_desk)
    assert [check["gate"] for check in found["checks"]] == [gate.value for gate in Gate]
    assert set(_states(found).values()) == {"passed"}
    assert found["gate"] is None


async def test_a_failed_gate_shows_its_figure_beside_its_bound(desk: Desk) -> None:
    await _store(desk, quote={"yes_bid": 0.86, "yes_ask": 0.88, "no_bid": 0.12, "no_ask": 0.14})
    found = await _gates(desk)
    assert found["gate"] == "BELOW_PRICE_BAND"
    (check,) = [one for one in found["checks"] if one["gate"] == "BELOW_PRICE_BAND"]
    assert check == {
        "gate": "BELOW_PRICE_BAND", "state": "failed", "measure": "entry_price", "relation": "at_least",
        "value": 0.88, "bound": 0.9,
    }  # fmt: skip


async def test_a_figure_that_cannot_be_known_is_unknown_and_not_passed(desk: Desk) -> None:
    await _store(desk)
    states = _states(await _gates(desk))
    assert states["NO_QUOTE"] == "failed"
    assert {states[gate] for gate in ("STUB_BOOK", "ABOVE_PRICE_BAND", "NO_NET_YIELD")} <= {"unknown", "failed"}
    assert states["ABOVE_PRICE_BAND"] == "unknown"


async def test_several_gates_may_fail_and_the_first_one_is_the_gate(desk: Desk) -> None:
    await _store(desk, quote={"as_of": NOW - 600 * SEC}, status="paused")
    found = await _gates(desk)
    failed = [gate for gate, state in _states(found).items() if state == "failed"]
    assert failed == ["NOT_ACTIVE", "STALE_QUOTE"]
    assert found["gate"] == "NOT_ACTIVE"


async def test_the_history_judges_each_sample_at_its_own_moment(desk: Desk) -> None:
    await _store(desk, quote={})
    start = NOW - NOW % BUCKET - 10 * BUCKET
    prices = [0.85, 0.85, 0.95, 0.95]
    for index, ask in enumerate(prices):
        at = start + index * BUCKET
        sample = a_quote(1, as_of=at, yes_bid=ask - 0.01, yes_ask=ask, no_bid=1 - ask, no_ask=1.01 - ask)
        await desk.database.write(quotes.write_samples, [sample], sample_ms=BUCKET, now=at)
    history = (await _gates(desk))["history"]
    assert [(one["gate"], _minutes(one)) for one in history] == [("BELOW_PRICE_BAND", 10), (None, 10)]


async def test_a_gap_in_the_samples_is_a_gap_in_the_history(desk: Desk) -> None:
    await _store(desk, quote={})
    start = NOW - NOW % BUCKET - 20 * BUCKET
    for bucket in (0, 1, 9):
        at = start + bucket * BUCKET
        await desk.database.write(quotes.write_samples, [a_quote(1, as_of=at)], sample_ms=BUCKET, now=at)
    assert [_minutes(one) for one in (await _gates(desk))["history"]] == [10, 5]


def _minutes(stretch: dict[str, Any]) -> float:
    from datetime import datetime

    start, end = (datetime.fromisoformat(stretch[name]) for name in ("start", "end"))
    return (end - start).total_seconds() / 60


@pytest.mark.parametrize("path", ["/v1/market/0xabc/gates", f"/v1/market/{market_id(9)}/gates"])
async def test_the_gates_of_an_unknown_market_are_a_404(desk: Desk, path: str) -> None:
    assert (await desk.get(path)).status_code == 404


async def test_the_nearest_markets_come_first_and_say_what_would_have_to_change(either_desk: Desk) -> None:
    figures: dict[int, dict[str, Any]] = {
        1: {"gate": "BELOW_PRICE_BAND", "entry_price": 0.80},
        2: {"gate": "BELOW_PRICE_BAND", "entry_price": 0.89},
        3: {"gate": "STUB_BOOK", "entry_price": 0.95, "spread": 0.3},
        4: {"gate": "NO_NET_YIELD", "entry_price": 0.99, "net_yield": 0.0},
        5: {"gate": "NO_QUOTE"},
        6: {"gate": "CLOSES_TOO_LATE", "entry_price": 0.95, "t_remaining_sec": 15 * DAY / SEC},
        7: {"gate": "CLOSES_TOO_LATE", "entry_price": 0.40, "t_remaining_sec": 15 * DAY / SEC},
    }
    await either_desk.store(market=[a_market(number) for number in [*figures, 8]])
    await either_desk.score([*(a_score_row(number, **over) for number, over in figures.items()), a_score_row(8)])
    answer = (await either_desk.get("/v1/nearest")).json()
    assert [item["market_id"] for item in answer["items"]] == [market_id(number) for number in (4, 2, 3, 6, 1)]
    second = answer["items"][1]
    assert (second["measure"], second["relation"], second["value"], second["bound"]) == (
        "entry_price", "at_least", 0.89, 0.9,
    )  # fmt: skip
    assert second["distance"] == pytest.approx(0.01)
    assert answer["as_of"] is not None


async def test_the_nearest_are_as_many_as_asked_for_and_bounded(desk: Desk) -> None:
    await desk.store(market=[a_market(number) for number in range(1, 8)])
    await desk.score([a_score_row(n, gate="BELOW_PRICE_BAND", entry_price=0.88) for n in range(1, 8)])
    assert len((await desk.get("/v1/nearest", limit=3)).json()["items"]) == 3
    assert (await desk.get("/v1/nearest", limit=51)).status_code == 422


async def test_before_the_first_run_nothing_is_near(desk: Desk) -> None:
    assert (await desk.get("/v1/nearest")).json() == {"as_of": None, "items": []}
