"""A venue that nobody of the product wrote: an HTTP server that speaks Polymarket's wire format from raw text.

Every record and every book is kept as the very text that goes over the wire, so that broken, hostile and odd
records can be served exactly as they are. Every request is recorded with its arrival time.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

from aiohttp import web

_SHORT_PAGES = (100, 37, 1, 64, 0, 100, 5)


@dataclass(frozen=True)
class Request:
    """One request as it arrived; `at` is seconds of the monotonic clock, `wall` seconds of the epoch."""

    at: float
    wall: float
    method: str
    path: str
    params: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    body: bytes
    answered: str

    def param(self, name: str) -> str | None:
        return next((value for key, value in self.params if key == name), None)

    def every(self, name: str) -> list[str]:
        return [value for key, value in self.params if key == name]

    @property
    def tokens(self) -> list[str]:
        return [str(item["token_id"]) for item in json.loads(self.body)]


@dataclass
class Fault:
    """What goes wrong on an endpoint, how often (None: until cleared), and with what in the body (None: all)."""

    kind: str
    left: int | None = None
    only: str | None = None
    hits: int = 0


@dataclass
class Record:
    """One catalogue record: its wire text, and what the server's own filters see of it."""

    wire: str | bytes
    condition_id: str | None
    closed: bool
    end_ms: int | None

    @classmethod
    def of(cls, wire: str, *, closed: bool | None = None) -> Record:
        """Reads just enough of a record to filter and sort it, as the venue's own database would."""
        try:
            tree = json.loads(wire)
        except (ValueError, RecursionError):
            tree = None
        if not isinstance(tree, dict):
            return cls(wire, None, bool(closed), None)
        known = tree.get("conditionId")
        shut = tree.get("closed") is True if closed is None else closed
        return cls(wire, known if isinstance(known, str) else None, shut, _end_ms(tree.get("endDate")))


def _end_ms(value: object) -> int | None:
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\dT", value):
        return None
    try:
        return round(datetime.fromisoformat(value).timestamp() * 1000)
    except (ValueError, TypeError):
        return None


@dataclass
class Universe:
    """What the venue lists and which books it has; replaced or edited while the server runs."""

    records: list[Record] = field(default_factory=list)
    books: dict[str, str] = field(default_factory=dict)

    def put(self, *wires: str) -> None:
        """Adds records, or replaces those with the same conditionId."""
        fresh = [Record.of(wire) for wire in wires]
        ids = {record.condition_id for record in fresh if record.condition_id}
        self.records = [record for record in self.records if record.condition_id not in ids] + fresh


class OracleVenue:
    """The server, in a thread of its own on a free loopback port. A context manager."""

    def __init__(self, universe: Universe, *, page_sizes: Sequence[int] = _SHORT_PAGES, prefix: str = "/gamma") -> None:
        self.universe = universe
        self.page_sizes = tuple(page_sizes)
        self.requests: list[Request] = []
        self.faults: dict[str, Fault] = {}
        self.port = 0
        self.clob_port = 0
        self._prefix = prefix
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True, name="oracle-venue")
        self._stop: asyncio.Event | None = None
        self._released = threading.Event()
        self.on_request: Callable[[Request], None] | None = None

    @property
    def gamma_url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self._prefix}"

    @property
    def clob_url(self) -> str:
        return f"http://127.0.0.1:{self.clob_port}/clob"

    @property
    def data_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/data"

    def __enter__(self) -> OracleVenue:
        self._thread.start()
        assert self._ready.wait(10), "the oracle venue did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()
        stop = self._stop
        assert stop is not None
        self._loop.call_soon_threadsafe(stop.set)
        self._thread.join(15)

    def fault(self, endpoint: str, kind: str, times: int | None = None, only: str | None = None) -> Fault:
        """Makes `endpoint` (`markets` or `books`) misbehave from now on."""
        fault = Fault(kind, times, only)
        self._released.clear()
        self.faults[endpoint] = fault
        return fault

    def release(self) -> None:
        """Requests that hang or drip are dropped; the faults stay."""
        self._released.set()

    def clear(self) -> None:
        """Everything works again; requests that hang are dropped."""
        self.faults = {}
        self._released.set()

    def listings(self, **equal: str) -> list[Request]:
        """Recorded catalogue requests whose parameters have the given values."""
        return [
            request
            for request in list(self.requests)
            if request.path.endswith("/markets/keyset")
            and all(request.param(name) == value for name, value in equal.items())
        ]

    def book_calls(self) -> list[Request]:
        return [request for request in list(self.requests) if request.path == "/clob/books"]

    # ---- the server

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._main())
        self._loop.close()

    async def _main(self) -> None:
        self._stop = asyncio.Event()
        app = web.Application(client_max_size=16_000_000)
        app.router.add_route("*", "/{tail:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        # Two ports: catalogue and books are two hosts in reality, each with a circuit breaker of its own.
        for _ in range(2):
            await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port, self.clob_port = (address[1] for address in runner.addresses)
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        path = request.path
        endpoint = {f"{self._prefix}/markets/keyset": "markets", "/clob/books": "books"}.get(path, path)
        fault = self.faults.get(endpoint)
        if fault is not None and fault.only and fault.only not in body.decode("utf-8", "replace"):
            fault = None
        if fault is not None and fault.left is not None:
            if fault.left <= 0:
                fault = None
            else:
                fault.left -= 1
        self._note(request, body, fault)
        if fault is not None:
            fault.hits += 1
            broken = await self._misbehave(request, fault.kind)
            if broken is not None:
                return broken
        status, text = self._answer(request, endpoint, body, fault)
        if fault is not None and fault.kind == "truncated":
            text = text[: len(text) // 2]
        return self._send(request, status, text)

    def _note(self, request: web.Request, body: bytes, fault: Fault | None) -> None:
        recorded = Request(
            at=time.monotonic(),
            wall=time.time(),
            method=request.method,
            path=request.path,
            params=tuple(request.query.items()),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
            answered=fault.kind if fault else "ok",
        )
        self.requests.append(recorded)
        if self.on_request:
            self.on_request(recorded)

    def _send(self, request: web.Request, status: int, text: str | bytes) -> web.Response:
        raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        headers = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "public, max-age=300"}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            raw = gzip.compress(raw, 1)
            headers["Content-Encoding"] = "gzip"
        return web.Response(status=status, body=raw, headers=headers)

    def _answer(self, request: web.Request, endpoint: str, body: bytes, fault: Fault | None) -> tuple[int, str | bytes]:
        if endpoint == "markets" and request.method == "GET":
            return self._listing(request, fault)
        if endpoint == "books" and request.method == "POST":
            return self._books(body)
        if request.path == "/clob/book":
            return self._book(request)
        if request.path == "/data/v2/resolutions":
            return 200, '{"data":[]}'
        return 404, '{"type":"not found error","error":"not found"}'

    def _listing(self, request: web.Request, fault: Fault | None) -> tuple[int, str | bytes]:
        query = request.query
        if "offset" in query:
            return 422, '{"type":"validation error","error":"offset is not supported"}'
        rows = self._matching(request)
        if fault is not None and fault.kind == "empty":
            rows = []
        limit = min(int(query.get("limit", "20")), 100)
        page, start = (int(part) for part in query.get("after_cursor", "0.0").split("."))
        take = min(limit, self.page_sizes[page % len(self.page_sizes)])
        shown = rows[start : start + take]
        markets = b",".join(
            row.wire if isinstance(row.wire, bytes) else row.wire.encode("utf-8", "surrogatepass") for row in shown
        )
        last = (b"", b',"next_cursor":null', b',"next_cursor":""')[len(self.requests) % 3]
        end = last if start + take >= len(rows) else b',"next_cursor":"%d.%d"' % (page + 1, start + take)
        if fault is not None and fault.kind == "repeat_cursor":
            end = b',"next_cursor":"0.0"'
        return 200, b'{"$schema":"x","markets":[' + markets + b"]" + end + b"}"

    def _matching(self, request: web.Request) -> list[Record]:
        query = request.query
        closed = query.get("closed", "false") == "true"
        wanted = set(query.getall("condition_ids", []))
        low, high = _end_ms(query.get("end_date_min")), _end_ms(query.get("end_date_max"))
        rows = []
        for row in list(self.universe.records):
            if row.closed != closed or (wanted and row.condition_id not in wanted):
                continue
            # A record without a readable end date is in no date range, as in any database.
            if (low is not None and (row.end_ms is None or row.end_ms < low)) or (
                high is not None and (row.end_ms is None or row.end_ms > high)
            ):
                continue
            rows.append(row)
        return rows

    def _books(self, body: bytes) -> tuple[int, str]:
        try:
            tokens = [str(item["token_id"]) for item in json.loads(body)]
        except (ValueError, TypeError, KeyError):
            return 400, '{"error":"Invalid payload"}'
        if not 0 < len(tokens) <= 500:
            return 400, '{"error":"Invalid payload"}'
        found = [self.universe.books[token] for token in reversed(tokens) if token in self.universe.books]
        return 200, "[" + ",".join(found) + "]"

    def _book(self, request: web.Request) -> tuple[int, str]:
        book = self.universe.books.get(request.query.get("token_id", ""))
        return (200, book) if book else (404, '{"error":"No orderbook exists for the requested token id"}')

    # ---- faults

    async def _misbehave(self, request: web.Request, kind: str) -> web.StreamResponse | None:  # noqa: PLR0911
        simple = _simple_faults().get(kind)
        if simple is not None:
            status, headers, body = simple
            return web.Response(status=status, headers=headers, body=body)
        if kind.startswith("retry_after="):
            return web.Response(status=429, headers={"Retry-After": kind.partition("=")[2]}, text="slow down")
        if kind == "retry_date":
            later = formatdate(time.time() + 4, usegmt=True)
            return web.Response(status=429, headers={"Retry-After": later}, text="slow down")
        if kind == "hang":
            await asyncio.to_thread(self._released.wait, 60)
            return web.Response(status=504)
        if kind == "reset":
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=500)
        if kind == "drip":
            return await self._drip(request)
        if kind == "cut":
            return await self._cut(request)
        return None

    async def _drip(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        while not self._released.is_set():
            try:
                await answer.write(b" ")
            except (ConnectionError, RuntimeError):
                break
            await asyncio.sleep(0.1)
        return answer

    async def _cut(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "100000"})
        await answer.prepare(request)
        await answer.write(b'{"markets":[{"id":"1"')
        assert request.transport is not None
        request.transport.close()
        return answer


_BOMB: list[bytes] = []


def _simple_faults() -> dict[str, tuple[int, dict[str, str], bytes]]:
    """Faults that are one fixed answer."""
    html = {"Content-Type": "text/html; charset=UTF-8"}
    as_json = {"Content-Type": "application/json"}
    packed = {**as_json, "Content-Encoding": "gzip"}
    if not _BOMB:
        _BOMB.append(gzip.compress(b" " * 120_000_000, 1))
    return {
        "429": (429, html, b"<html><title>error code: 1015</title></html>"),
        "400": (400, as_json, b'{"error":"Invalid payload"}'),
        "500": (500, as_json, b'{"error":"internal"}'),
        "503": (503, html, b"<html>unavailable</html>"),
        "html403": (403, html, b"<html>error code: 1010</html>"),
        "html200": (200, html, b"<html>just a moment...</html>"),
        "not_an_object": (200, as_json, b'"ok"'),
        "nothing": (200, as_json, b""),
        "gzip_garbage": (200, packed, b"\x1f\x8b\x08\x00garbage-that-is-not-deflate" * 20),
        "gzip_bomb": (200, packed, _BOMB[0]),
        "not_utf8": (200, as_json, b'{"markets":[{"x":"\xff\xfe"}],"next_cursor":null}'),
    }


def utc(ms: int) -> str:
    """RFC 3339 with Z and milliseconds."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def odd(ms: int) -> str:
    """The venue's other form: `2026-11-20 18:00:00+00`."""
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S+00")


def dumps(fields: dict[str, Any], raw: dict[str, str] | None = None) -> str:
    """One record's wire text; `raw` values go out as they stand, whatever they are."""
    parts = [f"{json.dumps(key)}:{json.dumps(value)}" for key, value in fields.items() if key not in (raw or {})]
    parts += [f"{json.dumps(key)}:{text}" for key, text in (raw or {}).items()]
    return "{" + ",".join(parts) + "}"
