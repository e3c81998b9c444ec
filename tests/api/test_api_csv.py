"""GET /v1/opportunities.csv: the same rows for spreadsheets, streamed, without live formulas."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from builders import NOW, SEC, a_market, a_quote, a_rule, a_score_row, an_assessment, market_id, outcomes
from conftest import Desk
from endgame.api import routes
from endgame.api.rows import CSV_COLUMNS, csv_lines


def parsed(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


async def test_an_empty_list_is_a_header(either_desk: Desk) -> None:
    answer = await either_desk.get("/v1/opportunities.csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="opportunities.csv"'
    assert answer.content == (",".join(CSV_COLUMNS) + "\r\n").encode()


async def test_cells_are_the_values_of_the_json_list(either_desk: Desk) -> None:
    await either_desk.list_markets([1, 2, 3], overall_score=lambda n: 0.1 + n / 7)
    items = await either_desk.items()
    rows = parsed((await either_desk.get("/v1/opportunities.csv")).content)
    assert [row["market_id"] for row in rows] == [item["market_id"] for item in items]
    for row, item in zip(rows, items, strict=True):
        for column in CSV_COLUMNS:
            value: Any = item
            for key in column.split("."):
                value = value[key]
            if column == "risk_flags":
                assert row[column] == "AMBIGUOUS_WORDING"
            elif isinstance(value, bool):
                assert row[column] == str(value).lower()
            elif isinstance(value, int | float):
                assert float(row[column]) == value
            else:
                assert row[column] == (value or "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\x01", "\x7f", "\x85"])
async def test_a_text_that_looks_like_a_formula_gets_an_apostrophe(desk: Desk, start: str) -> None:
    hostile = f'{start}HYPERLINK("https://evil.example","x")'
    await desk.store(
        market=[a_market(1, title=hostile, outcomes=outcomes(1, labels=(hostile, "No")))],
        quote=[a_quote(1)], rule=[a_rule(1)], judged=[(market_id(1), an_assessment())],
    )  # fmt: skip
    await desk.score([a_score_row(1)])
    (row,) = parsed((await desk.get("/v1/opportunities.csv")).content)
    assert (row["title"], row["outcome_label"]) == (f"'{hostile}", f"'{hostile}")


async def test_numbers_below_zero_are_left_alone(desk: Desk) -> None:
    await desk.list_markets([1])
    (row,) = parsed((await desk.get("/v1/opportunities.csv")).content)
    assert row["score_breakdown.definition_risk"] == "-0.02"
    assert row["fee_assumed"] == "false"


def test_quotes_commas_and_line_breaks_are_quoted_as_rfc_4180_says() -> None:
    assert csv_lines([['say "hi"', "a,b", "c\r\nd", "plain"]]) == b'"say ""hi""","a,b","c\r\nd",plain\r\n'


async def test_the_file_goes_through_bounded_pages_and_loses_nothing(
    either_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "_CSV_PAGE", 7)
    await either_desk.list_markets(range(1, 51), net_yield=lambda n: (n % 3) / 100)
    for query in ({}, {"sort": "net_yield"}, {"sort": "net_yield", "order": "asc"}, {"limit": None}):
        asked = {key: value for key, value in query.items() if value}
        rows = parsed((await either_desk.get("/v1/opportunities.csv", **asked)).content)
        items = await either_desk.items(**asked, limit=200)
        assert [row["market_id"] for row in rows] == [item["market_id"] for item in items]
        assert len(rows) == 50


async def test_filters_apply_and_paging_is_refused(desk: Desk) -> None:
    await desk.list_markets([1, 2], recommended_side=lambda n: "NO" if n == 2 else "YES")
    rows = parsed((await desk.get("/v1/opportunities.csv", side="no")).content)
    assert [row["market_id"] for row in rows] == [market_id(2)]
    for name in ("cursor", "limit"):
        answer = await desk.get("/v1/opportunities.csv", **{name: "1"})
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, name)


async def test_rows_with_an_old_quote_are_not_in_the_file(desk: Desk) -> None:
    await desk.list_markets([1, 2], quote_as_of=lambda n: float(NOW - n * 60 * SEC))
    first = await desk.get("/v1/opportunities.csv")
    assert len(parsed(first.content)) == 2
    desk.clock.push(180 + 120 + 30 - 60)
    later = await desk.get("/v1/opportunities.csv")
    assert [row["market_id"] for row in parsed(later.content)] == [market_id(1)]
    assert later.headers["etag"] != first.headers["etag"]


async def test_the_tag_answers_304_until_the_next_run(either_desk: Desk) -> None:
    await either_desk.list_markets([1])
    tag = (await either_desk.get("/v1/opportunities.csv")).headers["etag"]
    same = await either_desk.client.get("/v1/opportunities.csv", headers={"if-none-match": tag})
    assert (same.status_code, same.content) == (304, b"")
    assert (await either_desk.get("/v1/opportunities.csv", side="YES")).headers["etag"] != tag
    either_desk.clock.push(120)
    await either_desk.score([a_score_row(1)], as_of=NOW + 120 * SEC)
    changed = await either_desk.client.get("/v1/opportunities.csv", headers={"if-none-match": tag})
    assert changed.status_code == 200


async def test_head_asks_for_the_tag_and_never_makes_the_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.list_markets([1, 2])
    got = await desk.get("/v1/opportunities.csv")

    async def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("nobody takes the rows")

    monkeypatch.setattr(desk.database, "read", refuse)
    head = await desk.client.head("/v1/opportunities.csv")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "content-type", "content-disposition", "cache-control"):
        assert head.headers[name] == got.headers[name]


async def test_a_database_away_is_a_503_and_not_a_broken_file(desk: Desk) -> None:
    await desk.list_markets([1])
    await desk.get("/v1/opportunities.csv")
    await desk.database.close()
    answer = await desk.get("/v1/opportunities.csv")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
