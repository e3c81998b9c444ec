"""The `/v1` endpoints: read-only JSON and CSV."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from endgame import __version__
from endgame.api import rows
from endgame.api.answers import FRESH_SEC, Answer, Answers, within_limit
from endgame.api.cursor import decode_cursor, encode_cursor
from endgame.api.gates import gate_checks, gate_history, measure
from endgame.api.negotiation import WORTH_COMPRESSING, compress, entity_tag, is_match, negotiated
from endgame.api.query import (
    CSV_PARAMETERS,
    DEFAULT_LIMIT,
    DEFAULT_SORT,
    FILTERS,
    LIST_PARAMETERS,
    NEAREST_PARAMETERS,
    Selection,
    read_parameters,
    selection,
)
from endgame.clock import MS_PER_DAY, MS_PER_SEC, Clock, rfc3339
from endgame.config import Settings
from endgame.domain.columns import ScoreInputs
from endgame.domain.score import Gate
from endgame.errors import MarketNotFound
from endgame.storage import markets, quotes, rules, scores
from endgame.storage.database import Connection, Database

JSON_TYPE: Final = "application/json"
CSV_TYPE: Final = "text/csv; charset=utf-8"
_REVALIDATE: Final = {"cache-control": "no-cache"}
_JSON: Final = {**_REVALIDATE, "content-type": JSON_TYPE}
_CSV_PAGE: Final = 200
"""Rows made into lines in one go: 10 ms in which nothing else is answered."""
_MAX_ID: Final = 256
_HISTORY_DAYS: Final = 7
_HISTORY_ROWS: Final = 10_080
"""A sample per minute, the shortest bucket, for seven days."""


@dataclass(frozen=True, slots=True)
class _Page:
    """What one read of the list found; all of one moment."""

    run: int | None
    total: int
    oldest_quote: int | None
    found: list[Mapping[str, Any]]


class Routes:
    """Handlers over one database. `answers` keeps what was already encoded."""

    def __init__(self, database: Database, settings: Settings, clock: Clock, answers: Answers) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._answers = answers
        self._listed_ms = settings.listed_quote_ms
        config = msgspec.json.encode(config_in_force(settings))
        self._config = Answer(config, entity_tag(config), None)

    async def opportunities(self, request: Request) -> Response:
        """One page of the list."""
        values = read_parameters(request.query_params, LIST_PARAMETERS)
        asked = selection(values)
        after = decode_cursor(values["cursor"], asked) if "cursor" in values else None
        limit = values.get("limit", DEFAULT_LIMIT)

        async def build() -> Answer:
            page = await self._read_page(asked, after, limit + 1)
            found = page.found[:limit]
            more = len(page.found) > limit
            body = msgspec.json.encode(
                {
                    "items": [rows.opportunity(row) for row in found],
                    "next_cursor": encode_cursor(asked, found[-1][asked.sort], found[-1]["market_id"])
                    if more
                    else None,
                    "total": page.total,
                    "as_of": None if page.run is None else rfc3339(page.run),
                }
            )
            return Answer(body, entity_tag(body), page.run, self._valid_until(page.oldest_quote))

        key = msgspec.json.encode(["list", asked.filters, asked.sort, asked.descending, limit, after])
        return _answer(request, await self._answers.get(key, build))

    async def opportunities_csv(self, request: Request) -> Response:
        """The whole list as CSV, streamed in bounded pages."""
        asked = selection(read_parameters(request.query_params, CSV_PARAMETERS))

        async def build() -> Answer:
            page = await self._read_page(asked, None, 0)
            return Answer(b"", _csv_tag(asked, page), page.run, self._valid_until(page.oldest_quote))

        known = await self._answers.get(b"csv" + asked.canonical, build)
        if is_match(request.headers.get("if-none-match"), known.etag):
            return Response(status_code=304, headers={**_REVALIDATE, "etag": known.etag})
        if getattr(request.state, "is_head", False):  # the file is not made for somebody who does not take it
            return self._csv_response(asked, _Page(known.run, 0, None, []), known.etag, 0)
        least = self._clock.now_ms() - self._listed_ms
        # Read before the first byte is sent, so that a database away is a 503 and not a broken file.
        first = await within_limit(self._read_page(asked, None, _CSV_PAGE, min_quote_as_of=least))
        return self._csv_response(asked, first, _csv_tag(asked, first), least)

    async def market(self, request: Request) -> Response:
        """Everything known about one market."""
        read_parameters(request.query_params, ())
        market_id = _market_id(request)
        stored = await within_limit(self._database.read(_read_detail, market_id))
        if stored is None:
            raise MarketNotFound
        market, rule, quote, score, recommendation = stored
        bounds = self._settings.scoring.bounds
        now = self._clock.now_ms()
        if recommendation is not None and recommendation["quote_as_of"] < now - self._listed_ms:
            recommendation = None  # the list has dropped it too, whoever stopped working
        return _json(
            request,
            {
                "market": rows.market(market),
                "rules": rows.rules(rule),
                "latest_quote": rows.quote(quote),
                "latest_score": rows.score(score),
                "recommendation": rows.recommendation(recommendation, rule),
                "gate": rows.gate(market, score, now, bounds, is_listed=recommendation is not None),
            },
        )

    async def history(self, request: Request) -> Response:
        """Quote samples of one market, oldest first."""
        read_parameters(request.query_params, ())
        market_id = _market_id(request)
        since = self._samples_since(self._clock.now_ms())
        found = await within_limit(self._database.read(_read_samples, market_id, since))
        if found is None:
            raise MarketNotFound
        return _json(request, {"items": [rows.sample(row) for row in found]})

    async def funnel(self, request: Request) -> Response:
        """Where the open markets stopped."""
        read_parameters(request.query_params, ())
        return _answer(request, await self._answers.get(b"funnel", self._build_funnel))

    async def nearest(self, request: Request) -> Response:
        """Markets that a small change would let in."""
        limit = read_parameters(request.query_params, NEAREST_PARAMETERS).get("limit", 10)
        bounds = self._settings.scoring.bounds.model_dump()

        async def build() -> Answer:
            # Looks at every score of the run: on the lane of long reads, so that no list waits for it.
            run, found = await self._database.read_bulk(_read_nearest, bounds, limit)
            items = [rows.near_market(row, *measure(row["gate"], bounds)) for row in found]
            body = msgspec.json.encode({"as_of": None if run is None else rfc3339(run), "items": items})
            return Answer(body, entity_tag(body), run)

        return _answer(request, await self._answers.get(b"nearest%d" % limit, build))

    async def gates(self, request: Request) -> Response:
        """Every gate of one market, now and over its samples."""
        read_parameters(request.query_params, ())
        market_id = _market_id(request)
        now = self._clock.now_ms()
        inputs, samples = await within_limit(self._database.read(_read_gates, market_id, self._samples_since(now)))
        if not len(inputs):
            raise MarketNotFound
        checks = gate_checks(inputs, now, self._settings)
        return _json(
            request,
            {
                "market_id": market_id,
                "as_of": rfc3339(now),
                "gate": next((check["gate"] for check in checks if check["state"] == "failed"), None),
                "checks": checks,
                "history": gate_history(inputs, samples, now, self._settings),
            },
        )

    async def config(self, request: Request) -> Response:
        """What is in force."""
        read_parameters(request.query_params, ())
        return _answer(request, self._config)

    async def _build_funnel(self) -> Answer:
        now = self._clock.now_ms()
        everything = self._query(Selection({}, DEFAULT_SORT, True), now - self._listed_ms)
        # Counts the whole catalogue: on the lane of long reads, so that no list waits for it.
        run, counts, listed, oldest = await self._database.read_bulk(_read_funnel, everything, now, self._settings)
        gates = {gate.value: counts[gate.value] for gate in Gate}
        # What has aged out of the list since it was scored is no opportunity any more: funnel and list agree.
        gates[Gate.STALE_QUOTE.value] += max(counts[scores.OPPORTUNITY] - listed, 0)
        body = msgspec.json.encode(
            {
                "as_of": None if run is None else rfc3339(run),
                "seen": listed + sum(gates.values()),
                "opportunities": listed,
                "gates": gates,
            }
        )
        # It counts the whole catalogue: when quotes age out one by one it is not counted anew for each.
        until = max(self._valid_until(oldest), now + FRESH_SEC * MS_PER_SEC)
        return Answer(body, entity_tag(body), run, until)

    def _samples_since(self, now: int) -> int:
        days = min(self._settings.retention.samples_days, _HISTORY_DAYS)
        return now - round(days * MS_PER_DAY)

    def _csv_response(self, asked: Selection, first: _Page, etag: str, least: int) -> Response:
        headers = {
            **_REVALIDATE,
            "etag": etag,
            "content-disposition": 'attachment; filename="opportunities.csv"',
        }
        return StreamingResponse(self._csv(asked, first, least), headers=headers, media_type=CSV_TYPE)

    async def _csv(self, asked: Selection, page: _Page, least: int) -> AsyncIterator[bytes]:
        yield rows.csv_lines([rows.CSV_COLUMNS])
        while page.found:
            yield rows.csv_lines(rows.csv_record(row) for row in page.found)
            if len(page.found) < _CSV_PAGE:
                return
            last = page.found[-1]
            after = float(last[asked.sort]), last["market_id"]
            page = await within_limit(self._read_page(asked, after, _CSV_PAGE, min_quote_as_of=least))

    async def _read_page(
        self,
        asked: Selection,
        after: tuple[float, str] | None,
        limit: int,
        *,
        min_quote_as_of: int | None = None,
    ) -> _Page:
        least = self._clock.now_ms() - self._listed_ms if min_quote_as_of is None else min_quote_as_of
        return await self._database.read(_read_list, self._query(asked, least), after, limit)

    def _query(self, asked: Selection, min_quote_as_of: int) -> scores.OpportunityQuery:
        filters = {parameter.name: asked.filters.get(parameter.name) for parameter in FILTERS}
        return scores.OpportunityQuery(
            **filters, sort=asked.sort, descending=asked.descending, min_quote_as_of=min_quote_as_of
        )

    def _valid_until(self, oldest_quote: int | None) -> float:
        return math.inf if oldest_quote is None else oldest_quote + self._listed_ms


def config_in_force(settings: Settings) -> dict[str, Any]:
    """The settings that explain what is shown: never the database URL; venue URLs cannot hold credentials."""
    scoring = settings.scoring.model_dump(mode="json")
    venues = {"polymarket": settings.venues.polymarket}
    return {
        "version": __version__,
        "cadence": {
            "discovery_sec": settings.ingest.discovery_sec,
            "window_sec": settings.ingest.window_sec,
            "quotes_sec": settings.ingest.quotes_sec,
            "scoring_sec": settings.scoring.cadence_sec,
            "retention_sec": settings.retention.cadence_sec,
            "sample_sec": settings.ingest.sample_sec,
        },
        "retention": {
            "samples_days": settings.retention.samples_days,
            "closed_days": settings.retention.closed_days,
        },
        "scoring": {name: value for name, value in scoring.items() if name != "cadence_sec"},
        "venues": {
            name: {
                "enabled": venue.enabled,
                "gamma_url": venue.gamma_url,
                "clob_url": venue.clob_url,
                "data_url": venue.data_url,
            }
            for name, venue in venues.items()
        },
    }


def _market_id(request: Request) -> str:
    """The id asked for.

    Raises:
        MarketNotFound: no venue can have such an id, so the database is not asked.
    """
    market_id: str = request.path_params["market_id"]
    # %2F is decoded before routing: an id with a slash must not be taken for a path below another id.
    spelled = request.scope.get("raw_path") or b""
    if len(market_id) > _MAX_ID or not market_id.isprintable() or b"%2f" in spelled.lower():
        raise MarketNotFound
    return market_id


def _answer(request: Request, answer: Answer) -> Response:
    worth_it = len(answer.body) >= WORTH_COMPRESSING
    packed = (lambda: answer.compressed) if worth_it else None
    return negotiated(request, answer.body, _JSON, etag=answer.etag, packed=packed)


def _json(request: Request, content: object) -> Response:
    """An answer that is not held, so it has no tag."""
    body = msgspec.json.encode(content)
    packed = (lambda: compress(body)) if len(body) >= WORTH_COMPRESSING else None
    return negotiated(request, body, _JSON, packed=packed)


def _csv_tag(asked: Selection, page: _Page) -> str:
    """Changes with the run and whenever a row ages out; the file itself is never held whole."""
    return entity_tag(msgspec.json.encode([page.run, page.total, page.oldest_quote]) + asked.canonical)


def _read_list(conn: Connection, query: scores.OpportunityQuery, after: tuple[float, str] | None, limit: int) -> _Page:
    run = scores.read_score_run(conn)
    total, oldest = scores.count_opportunities(conn, query)
    found = scores.page_opportunities(conn, query, after=after, limit=limit) if limit else []
    return _Page(run, total, oldest, found)


def _read_funnel(
    conn: Connection, query: scores.OpportunityQuery, now: int, settings: Settings
) -> tuple[int | None, dict[str, int], int, int | None]:
    run = scores.read_score_run(conn)
    bounds = settings.scoring.bounds
    counts = scores.read_funnel(
        conn,
        now=now,
        back_ms=settings.window_back_ms,
        ahead_ms=settings.window_ahead_ms,
        min_t_ms=round(bounds.min_t_remaining_sec * MS_PER_SEC),
        max_t_ms=round(bounds.max_t_remaining_sec * MS_PER_SEC),
    )
    listed, oldest = scores.count_opportunities(conn, query)
    return run, counts, listed, oldest


def _read_nearest(
    conn: Connection, bounds: Mapping[str, float], limit: int
) -> tuple[int | None, list[Mapping[str, Any]]]:
    return scores.read_score_run(conn), scores.read_nearest(conn, bounds, limit)


def _read_gates(conn: Connection, market_id: str, since: int) -> tuple[ScoreInputs, list[Mapping[str, Any]]]:
    inputs = scores.read_market_inputs(conn, market_id)
    return inputs, quotes.read_history(conn, market_id, since=since, limit=_HISTORY_ROWS)


_Detail = tuple[
    Mapping[str, Any],
    Mapping[str, Any] | None,
    Mapping[str, Any] | None,
    Mapping[str, Any] | None,
    Mapping[str, Any] | None,
]


def _read_detail(conn: Connection, market_id: str) -> _Detail | None:
    market = markets.read_market(conn, market_id)
    if market is None:
        return None
    return (
        market,
        rules.read_rule(conn, market_id),
        quotes.read_quote(conn, market_id),
        scores.read_score(conn, market_id),
        scores.read_recommendation(conn, market_id),
    )


def _read_samples(conn: Connection, market_id: str, since: int) -> list[Mapping[str, Any]] | None:
    if markets.read_market(conn, market_id) is None:
        return None
    return quotes.read_history(conn, market_id, since=since, limit=_HISTORY_ROWS)
