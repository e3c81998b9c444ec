"""The venue as a real HTTP server: endpoints, caching, faults and the audit of its clients."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
from aiohttp import web

from endgame.clock import Clock, SystemClock
from endgame.simulator.audit import Audit
from endgame.simulator.catalogue import Invalid, Page, Pager, Parameters, Query, Record, Source
from endgame.simulator.chance import Ints
from endgame.simulator.faults import Fault, FaultBox, broken_book, broken_market
from endgame.simulator.render import GeneratedSource
from endgame.simulator.replay import ReplaySource, read_records
from endgame.simulator.universe import DEFAULT, Profile, Universe

MAX_BOOKS = 500
MAX_OFFSET = 2_000
MAX_URL = 8_192
MAX_RESOLUTIONS = 20
CACHE_SEC = 300
_PREFIXES = ("", "/gamma", "/clob", "/data")
_HTML_403 = (
    "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head>"
    "<body><h1>Sorry, you have been blocked</h1><p>error code: 1010</p></body></html>"
)
_HTML_414 = "<html><head><title>414 Request-URI Too Large</title></head><body>414</body></html>"
_HTML_429 = "<html><body>error code: 1015</body></html>"
_HTML_5XX = "<html><body>upstream error</body></html>"
_REFUSALS = {
    "throttle": (_HTML_429, 429),
    "throttle_retry_after": (_HTML_429, 429),
    "server_error": (_HTML_5XX, 500),
    "html_403": (_HTML_403, 403),
    "reset": ("", 500),
    "hang": ("", 500),
}
_DEPRECATED = {
    "deprecation": "true",
    "sunset": "Fri, 01 May 2026 00:00:00 GMT",
    "warning": '299 - "this endpoint is deprecated, use /markets/keyset"',
}
_ENCODER = msgspec.json.Encoder()
_FAULT = web.RequestKey("fault", Fault)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _json(request: web.Request, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    body = _ENCODER.encode(value)
    headers = {"content-type": "application/json; charset=utf-8", **(headers or {})}
    if len(body) > 1_000 and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, 1, mtime=0)
        headers["content-encoding"] = "gzip"
    return web.Response(body=body, status=status, headers=headers)


def _html(text: str, status: int) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html")


def _parameters(request: web.Request) -> Parameters:
    return list(request.query.items())


def _endpoint(request: web.Request) -> str:
    """The path without the prefix under which it was reached."""
    path = request.path
    for prefix in _PREFIXES[1:]:
        if path.startswith(f"{prefix}/"):
            return path.removeprefix(prefix)
    return path


class SimulatedVenue:
    """A venue on a local port, used with `async with` or by `start()` and `stop()`.

    Args:
        markets: open markets at the start.
        seed: same seed and start, same universe; also seeds the faults.
        port: 0 takes a free one.
        host: address to listen on.
        clock: the source of time.
        epoch: start of the story in epoch milliseconds, now by default.
        cache_sec: greatest age of catalogue answers, seconds; 0 switches the stale cache off.
        latency_ms: fixed delay of every answer, milliseconds.
        faults: `Fault` objects, objects as JSON, or texts NAME[:probability].
        replay: recorded market objects to serve instead of a generated universe.
        profile: temper of the universe.
        hang_sec: how long a hanging answer hangs, seconds.
        drip_sec: pause between two pieces of a slow answer, seconds.

    Raises:
        ValueError: an unknown fault, or a replay file without market objects.
        OSError: the port is taken or the replay file cannot be read.
    """

    def __init__(
        self,
        *,
        markets: int = 2_000,
        seed: int = 7,
        port: int = 0,
        host: str = "127.0.0.1",
        clock: Clock | None = None,
        epoch: int | None = None,
        cache_sec: float = CACHE_SEC,
        latency_ms: float = 0.0,
        faults: Sequence[Any] = (),
        replay: Path | str | None = None,
        profile: Profile = DEFAULT,
        hang_sec: float = 60.0,
        drip_sec: float = 0.5,
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.host, self.port, self.seed = host, port, seed
        self.cache_ms = round(cache_sec * 1000)
        self.latency_sec = latency_ms / 1000
        self.hang_sec, self.drip_sec = hang_sec, drip_sec
        self.audit = Audit(self.clock)
        self.faults = FaultBox(faults, seed, self.clock)
        now = self.clock.now_ms() if epoch is None else epoch
        self.source: Source = (
            ReplaySource(read_records(Path(replay)), now)
            if replay is not None
            else GeneratedSource(Universe(markets, seed, now, profile))
        )
        self.source.refresh(now)
        self._pager = Pager(self.source)
        self._stopping = asyncio.Event()
        self._runner: web.AppRunner | None = None

    # -- life --------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen."""
        self._stopping.clear()
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0, max_line_size=65_536)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening; hanging answers end at once."""
        self._stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def url(self) -> str:
        """Base address; every endpoint is there, and again under /gamma, /clob and /data."""
        return f"http://{self.host}:{self.port}"

    @property
    def gamma_url(self) -> str:
        """Base address of the catalogue."""
        return f"{self.url}/gamma"

    @property
    def clob_url(self) -> str:
        """Base address of the books."""
        return f"{self.url}/clob"

    @property
    def data_url(self) -> str:
        """Base address of the oracle states."""
        return f"{self.url}/data"

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[self._guard], client_max_size=2**20)
        routes: list[tuple[str, str, Handler]] = [
            ("GET", "/markets/keyset", self._markets_keyset),
            ("GET", "/markets", self._markets),
            ("GET", "/events/keyset", self._events_keyset),
            ("POST", "/books", self._books),
            ("GET", "/book", self._book),
            ("GET", "/v2/resolutions", self._resolutions),
            ("GET", "/status", self._plain("OK")),
            ("GET", "/ok", self._plain('"OK"')),
            ("GET", "/time", self._time),
        ]
        for prefix in _PREFIXES:
            for method, path, handler in routes:
                app.router.add_route(method, prefix + path, handler)
        app.router.add_get("/_sim/audit", self._sim_audit)
        app.router.add_get("/_sim/faults", self._sim_faults)
        app.router.add_post("/_sim/faults", self._sim_faults)
        app.router.add_get("/_sim/truth", self._sim_truth)
        return app

    # -- what every request meets ------------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/_sim/"):
            return await handler(request)
        endpoint = _endpoint(request)
        agent = request.headers.get("user-agent", "")
        self.audit.request(endpoint, _parameters(request), agent)
        if self.latency_sec:
            await self.clock.sleep(self.latency_sec)
        fault = None if endpoint in ("/ok", "/time", "/status") else self.faults.draw(endpoint)
        if fault is not None:
            request[_FAULT] = fault
        response = await self._answer(request, handler, fault, agent)
        retry_after = float(response.headers.get("retry-after", 0))
        self.audit.answer(endpoint, response.status, retry_after)
        return response

    async def _answer(
        self, request: web.Request, handler: Handler, fault: Fault | None, agent: str
    ) -> web.StreamResponse:
        if agent.startswith("Python-urllib"):
            return web.Response(text="error code: 1010", status=403)
        if len(request.raw_path) > MAX_URL:
            return _html(_HTML_414, 414)
        if fault is not None and fault.name in _REFUSALS:
            return await self._refuse(request, fault)
        response = await self._serve(request, handler)
        if fault is not None and isinstance(response, web.Response):
            return await self._damage(request, response, fault)
        return response

    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return _json(request, {"type": "not found error", "error": "not found"}, 404)
        except web.HTTPMethodNotAllowed:
            return _json(request, {"error": "method not allowed"}, 405)
        except Invalid as error:
            return _json(request, {"type": "validation error", "error": str(error)}, 422)

    async def _refuse(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        """Faults that hit before any work is done."""
        if fault.name == "hang":
            await self._wait(self.hang_sec)
        if fault.name in ("hang", "reset") and request.transport is not None:
            request.transport.abort()
        if fault.name == "throttle_retry_after":
            headers = {"retry-after": str(fault.retry_after_sec)}
            return _json(request, {"error": "too many requests"}, 429, headers)
        if fault.name == "server_error":
            return _html(_HTML_5XX, (500, 502, 503, 504)[sum(self.faults.injected.values()) % 4])
        return _html(*_REFUSALS[fault.name])

    async def _damage(self, request: web.Request, response: web.Response, fault: Fault) -> web.StreamResponse:
        """Faults that hit the finished answer."""
        body = response.body if isinstance(response.body, bytes) else b""
        if fault.name == "truncated_json":
            plain = gzip.decompress(body) if response.headers.get("content-encoding") == "gzip" else body
            return web.Response(body=plain[: len(plain) * 2 // 3], headers={"content-type": "application/json"})
        if fault.name == "slow_drip":
            return await self._drip(request, response, body)
        return response

    async def _drip(self, request: web.Request, response: web.Response, body: bytes) -> web.StreamResponse:
        slow = web.StreamResponse(status=response.status, headers=response.headers)
        slow.content_length = len(body)
        await slow.prepare(request)
        size = max(1, len(body) // 60)
        try:
            for start in range(0, len(body), size):
                await slow.write(body[start : start + size])
                await self._wait(self.drip_sec)
        except ConnectionError:  # the client gave up, as it should
            pass
        return slow

    async def _wait(self, seconds: float) -> None:
        """Wait in real time, or until the server stops."""
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    def _catalogue_time(self, request: web.Request) -> tuple[int, int]:
        """Moment that a cached answer shows and its age in seconds: fixed per address for `cache_sec`."""
        now = self.clock.now_ms()
        self.source.refresh(now)
        if not self.cache_ms:
            return now, 0
        age = (now + zlib.crc32(request.path_qs.encode()) * 7) % self.cache_ms
        return now - age, age // 1000

    def _cached(self, age: int) -> dict[str, str]:
        if not self.cache_ms:
            return {}
        return {
            "cache-control": f"public, max-age={self.cache_ms // 1000}",
            "age": str(age),
            "cf-cache-status": "HIT" if age else "MISS",
        }

    # -- catalogue ---------------------------------------------------------------------------------------------

    async def _markets_keyset(self, request: web.Request) -> web.StreamResponse:
        query = self._read_query(request)
        at, age = self._catalogue_time(request)
        fault = request.get(_FAULT)
        is_bad = fault is not None and fault.name == "bad_item"
        page = self._page(query, at, query.limit - is_bad)
        markets: list[Any] = self.source.markets(page.rows, at, tags=query.tags)
        if is_bad and markets:
            markets.insert(len(markets) // 2, broken_market(markets[0], zlib.crc32(query.after.encode())))
        cursor = page.cursor
        markets, cursor = self._disturb(markets, cursor, query, fault)
        body = {"$schema": f"{self.gamma_url}/schemas/ListMarketsKeyset.json", "markets": markets}
        if cursor:
            body["next_cursor"] = cursor
        return _json(request, body, headers=self._cached(age))

    def _read_query(self, request: web.Request, *, events: bool = False) -> Query:
        try:
            return Query.parse(_parameters(request), events=events)
        except Invalid as error:
            if "condition_ids" in str(error):
                self.audit.violate("too_many_ids")
            raise

    def _page(self, query: Query, at: int, limit: int) -> Page:
        """A page; one in eight of the later ones comes up short although more follow, as on the real venue."""
        draw = zlib.crc32(query.after.encode())
        if query.after and limit > 8 and draw % 8 == 0:
            limit -= 1 + draw // 8 % 5
        try:
            return self._pager.page(query, at, size=max(1, limit))
        except Invalid as error:
            if "cursor" in str(error):
                self.audit.violate("bad_cursor")
            raise

    @staticmethod
    def _disturb(items: list[Any], cursor: str, query: Query, fault: Fault | None) -> tuple[list[Any], str]:
        if fault is None:
            return items, cursor
        if fault.name == "repeated_cursor" and query.after:
            return items, query.after
        if fault.name == "shrink" and query.after:
            return [item for number, item in enumerate(items) if number % 3], cursor
        return items, cursor

    async def _markets(self, request: web.Request) -> web.StreamResponse:
        rows, at, age, query = self._offset_rows(request)
        headers = {**_DEPRECATED, **self._cached(age)}
        return _json(request, self.source.markets(rows, at, tags=query.tags), headers=headers)

    def _offset_rows(self, request: web.Request) -> tuple[Ints, int, int, Query]:
        parameters = _parameters(request)
        text = dict(parameters).get("offset", "0")
        if not text.isdecimal():
            raise Invalid("invalid offset")
        offset = int(text)
        if offset > MAX_OFFSET:
            raise Invalid("offset too large, use /markets/keyset for deeper pagination")
        query = Query.parse([(name, value) for name, value in parameters if name != "offset"])
        at, age = self._catalogue_time(request)
        return self._pager.listed(query, at)[offset : offset + query.limit], at, age, query

    async def _events_keyset(self, request: web.Request) -> web.StreamResponse:
        query = self._read_query(request, events=True)
        at, age = self._catalogue_time(request)
        with_markets = request.query.get("include_markets") != "false"
        page = self._page(query, at, query.limit)
        numbers = self.source.groups(page.rows).tolist()
        events: list[Any] = [self.source.group(number, at, with_markets=with_markets) for number in numbers]
        events, cursor = self._disturb(events, page.cursor, query, request.get(_FAULT))
        body = {"$schema": f"{self.gamma_url}/schemas/ListEventsKeyset.json", "events": events}
        if cursor:
            body["next_cursor"] = cursor
        return _json(request, body, headers=self._cached(age))

    # -- books, oracle, health ---------------------------------------------------------------------------------

    async def _books(self, request: web.Request) -> web.StreamResponse:
        try:
            wanted = msgspec.json.decode(await request.read(), type=list[_Wanted])
        except (msgspec.DecodeError, msgspec.ValidationError):
            return _json(request, {"error": "Invalid payload"}, 400)
        if len(wanted) > MAX_BOOKS:
            self.audit.violate("too_many_books")
            return _json(request, {"error": "Payload exceeds the limit"}, 400)
        found = [side for item in wanted if (side := self.source.side(item.token_id)) is not None]
        books: list[Any] = [book for book in self._books_now(found) if book is not None]
        fault = request.get(_FAULT)
        if fault is not None and fault.name == "bad_item" and books:
            books.insert(len(books) // 2, broken_book(books[0], zlib.crc32(books[0]["asset_id"].encode())))
        return _json(request, books)

    def _books_now(self, wanted: Sequence[tuple[int, int]]) -> list[Record | None]:
        now = self.clock.now_ms()
        self.source.refresh(now)
        return self.source.books(wanted, now)

    async def _book(self, request: web.Request) -> web.StreamResponse:
        token = request.query.get("token_id")
        if not token:
            return _json(request, {"error": "Invalid token id"}, 400)
        side = self.source.side(token)
        book = self._books_now([side])[0] if side else None
        if book is None:
            return _json(request, {"error": "No orderbook exists for the requested token id"}, 404)
        return _json(request, book)

    async def _resolutions(self, request: web.Request) -> web.StreamResponse:
        ids = [text for text in request.query.get("condition", "").split(",") if text]
        if not 1 <= len(ids) <= MAX_RESOLUTIONS:
            error = {
                "error": f"give 1 to {MAX_RESOLUTIONS} conditions",
                "code": "invalid_parameter",
                "retryable": False,
            }
            return _json(request, {**error, "trace_id": f"{zlib.crc32(request.path_qs.encode()):032x}"}, 400)
        now = self.clock.now_ms()
        self.source.refresh(now)
        rows = [row for row in (self.source.find("condition_ids", text) for text in ids) if row is not None]
        return _json(request, {"data": self.source.resolutions(np.array(rows, dtype=np.int64), now)})

    async def _time(self, request: web.Request) -> web.StreamResponse:
        return _json(request, self.clock.now_ms() // 1000)

    @staticmethod
    def _plain(text: str) -> Handler:
        async def answer(_: web.Request) -> web.StreamResponse:
            return web.Response(text=text)

        return answer

    # -- for the people around the tests -----------------------------------------------------------------------

    async def _sim_audit(self, request: web.Request) -> web.StreamResponse:
        return _json(request, {**self.audit.report(), "faults_injected": self.faults.injected})

    async def _sim_faults(self, request: web.Request) -> web.StreamResponse:
        if request.method == "POST":
            try:
                body = msgspec.json.decode(await request.read())
                self.faults.set(body["faults"])
            except (msgspec.DecodeError, msgspec.ValidationError, ValueError, TypeError, KeyError) as error:
                return _json(request, {"error": f'send {{"faults": [...]}}: {error}'}, 422)
        return _json(request, {"faults": self.faults.active(), "injected": self.faults.injected})

    async def _sim_truth(self, request: web.Request) -> web.StreamResponse:
        text = request.query.get("now", "")
        if text and not text.isdecimal():
            return _json(request, {"error": "now must be epoch milliseconds"}, 422)
        now = int(text) if text else self.clock.now_ms()
        self.source.refresh(now)
        return _json(request, {"now": now, "opportunities": self.source.truth(now)})


class _Wanted(msgspec.Struct):
    token_id: str


async def run_forever(  # noqa: PLR0917 - the order is part of the command's contract
    port: int,
    markets: int,
    seed: int,
    replay: Path | None,
    faults: Sequence[str],
    latency_ms: float,
    host: str = "127.0.0.1",
    *,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until cancelled; tells the base address once it listens. Prints nothing.

    Raises:
        ValueError: an unknown fault, or a replay file without market objects.
        OSError: the port is taken or the replay file cannot be read.
    """
    venue = SimulatedVenue(
        markets=markets, seed=seed, port=port, host=host, replay=replay, faults=faults, latency_ms=latency_ms
    )
    async with venue:
        if on_ready is not None:
            on_ready(venue.url)
        await asyncio.Event().wait()
