"""A small HTTP server whose answers are scripted by the test, and raw records in Polymarket's wire format.

It knows nothing of the product: what a test wants served it says itself. Every request is kept in `seen`.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

YES_ASSET = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
NO_ASSET = "52114319501245915516055106046884209969926127482827954674443846427813813222426"

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Seen:
    """One request as it arrived; `at` is the event loop's time in seconds."""

    at: float
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    def every(self, name: str) -> list[str]:
        return [value for key, value in self.query if key == name]

    @property
    def tokens(self) -> list[str]:
        return [item["token_id"] for item in json.loads(self.body)]


class VenueServer:
    """Serves the scripted answers of a path in their order; the last one stays. Unscripted paths are 404."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.url = ""
        self.closing = asyncio.Event()
        self._scripts: dict[str, list[Answer]] = {}
        self._arrival = asyncio.Event()

    async def received(self, count: int) -> None:
        """Return once that many requests have arrived in all."""
        while len(self.seen) < count:
            self._arrival.clear()
            await self._arrival.wait()

    def script(self, path: str, *answers: Answer) -> None:
        self._scripts[path] = list(answers)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.closing.set()
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(
            Seen(
                at=asyncio.get_running_loop().time(),
                method=request.method,
                path=request.path,
                query=tuple(request.query.items()),
                headers=dict(request.headers),
                body=await request.read(),
            )
        )
        self._arrival.set()
        answers = self._scripts.get(request.path)
        if not answers:
            return web.json_response({"type": "not found error"}, status=404)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return await answer(request)

    def hang(self) -> Answer:
        """Accept the request and never answer it."""

        async def respond(_: web.Request) -> web.StreamResponse:
            await self.closing.wait()
            return web.Response(status=500)

        return respond

    def drip(self, body: bytes, pause_sec: float) -> Answer:
        """Send the body byte by byte."""

        async def respond(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            for byte in body:
                if self.closing.is_set() or request.transport is None or request.transport.is_closing():
                    break
                await response.write(bytes([byte]))
                await asyncio.sleep(pause_sec)
            return response

        return respond


def says(body: bytes | str | object, status: int = 200, **headers: str) -> Answer:
    """That body (anything that is not text or bytes goes out as JSON), status and headers (`_` for `-`)."""
    if isinstance(body, str):
        body = body.encode()
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def respond(_: web.Request) -> web.StreamResponse:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(body=payload, status=status, headers=names)

    return respond


def says_gzipped(body: bytes) -> Answer:
    """The body compressed, whatever the client accepts."""
    packed = gzip.compress(body)

    async def respond(_: web.Request) -> web.StreamResponse:
        return web.Response(body=packed, headers={"Content-Encoding": "gzip", "Content-Type": "application/json"})

    return respond


def resets() -> Answer:
    """Close the connection without a word."""

    async def respond(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return respond


def stops_short(body: bytes) -> Answer:
    """Announce the whole body, send half of it and close."""

    async def respond(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(body))})
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        assert request.transport is not None
        request.transport.close()
        return response

    return respond


# Records


def condition(number: int) -> str:
    return f"0x{number:064x}"


def gamma(number: int = 1, /, **over: Any) -> dict[str, Any]:
    """An open market as the catalogue sends it; keywords replace fields, `...` removes one."""
    record: dict[str, Any] = {
        "id": str(1_893_000 + number),
        "question": f"Will event {number} happen?",
        "conditionId": condition(number),
        "slug": f"will-event-{number}-happen",
        "resolutionSource": "",
        "startDate": "2026-09-14T15:02:11.481Z",
        "endDate": "2026-12-03T12:00:00Z",
        "endDateIso": "2026-12-03",
        "updatedAt": "2026-11-22T09:55:02.118241Z",
        "description": 'This market resolves to "Yes" if the event happens.',
        "outcomes": '["Yes", "No"]',
        "outcomePrices": '["0.965", "0.035"]',
        "clobTokenIds": json.dumps([f"{number}01", f"{number}02"]),
        "volume": "184213.55120",
        "volumeNum": 184213.5512,
        "liquidityNum": 22110.9,
        "active": True,
        "closed": False,
        "archived": False,
        "enableOrderBook": True,
        "acceptingOrders": True,
        "orderPriceMinTickSize": 0.001,
        "orderMinSize": 5,
        "bestBid": 0.961,
        "bestAsk": 0.969,
        "lastTradePrice": 0.966,
        "feesEnabled": True,
        "feeType": "economics_fees",
        "feeSchedule": {"exponent": 1, "rate": 0.05, "takerOnly": True, "rebateRate": 0.25},
        "takerBaseFee": 1000,
        "negRisk": False,
        "customLiveness": 0,
        "umaResolutionStatuses": "[]",
        "version": "v1",
        "tags": [{"id": "100328", "label": "Economy", "slug": "economy"}],
        "events": [{"id": "61234", "slug": "the-event", "title": "The event", "negRisk": False, "volume": 912_003.4}],
        "groupItemTitle": "25 bps cut",
    }
    return {name: value for name, value in (record | over).items() if value is not ...}


def raw(record: object) -> bytes:
    return json.dumps(record).encode()


def page(records: Sequence[object], next_cursor: str | None = None) -> dict[str, Any]:
    """A catalogue page; without a cursor the key is left out, as the venue does."""
    body: dict[str, Any] = {"$schema": "https://gamma-api.polymarket.com/schemas/x.json", "markets": list(records)}
    return body if next_cursor is None else body | {"next_cursor": next_cursor}


def levels(*pairs: tuple[object, object]) -> list[dict[str, object]]:
    return [{"price": price, "size": size} for price, size in pairs]


def book(token: str, bids: object = (), asks: object = (), **over: Any) -> dict[str, Any]:
    """A book as the CLOB sends it: bids rise, asks fall, so that the best of both comes last."""
    return {
        "market": condition(1),
        "asset_id": token,
        "timestamp": "1795342502118",
        "hash": "0f6a0d4c1b6e8a55d1a0c0ffee00000000000000",
        "bids": list(bids) if isinstance(bids, tuple) else bids,
        "asks": list(asks) if isinstance(asks, tuple) else asks,
        "min_order_size": "5",
        "tick_size": "0.001",
        "last_trade_price": "",
    } | over
