"""The application behind the real server on loopback, spoken to with raw bytes and with a real browser."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from builders import market_id
from conftest import Desk
from endgame.api.access import MAX_BODY_BYTES
from endgame.api.server import create_app
from endgame.api.serving import MAX_AHEAD, MAX_HEAD_BYTES, serving


@asynccontextmanager
async def served(desk: Desk, app: ASGIApp | None = None) -> AsyncIterator[int]:
    """The port of a running server, of the API or of another application."""
    if app is None:
        app = create_app(desk.database, desk.settings, desk.clock, shutting_down=lambda: desk.stopping)
    server = uvicorn.Server(serving(app, desk.settings.api))
    with socket.create_server(("127.0.0.1", 0)) as listener:  # its backlog holds whoever comes before the start
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await running


async def _raw(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    return answer


def _request(target: bytes, method: bytes = b"GET") -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


async def test_hostile_request_lines_get_a_short_refusal(desk: Desk) -> None:
    await desk.list_markets([1])
    known = market_id(1).encode()
    async with served(desk) as port:
        for target in (
            b"/v1/market/%00", b"/v1/market/%ff%fe%fd", b"/v1/market/a%2fb", b"/v1/market/" + known + b"%2fhistory",
            b"/v1/market/" + b"A" * 4_000, b"/v1/market/%0d%0aSet-Cookie:%20x=1", b"//v1/opportunities",
            b"/../etc/passwd", b"/v1/market/..%2f..%2fetc", b"/v1/market/%F0%9F%92%A9", b"/%2e%2e/%2e%2e/etc/passwd",
        ):  # fmt: skip
            answer = await _raw(port, _request(target))
            assert answer.startswith(b"HTTP/1.1 404"), target
            assert b"application/problem+json" in answer
            assert b"set-cookie" not in answer.lower().split(b"\r\n\r\n")[0]
        for target in (b"/v1/opportunities?q=%00", b"/v1/opportunities?%ff=%ff", b"/v1/opportunities?a=1;b=2&&&="):
            assert (await _raw(port, _request(target))).startswith(b"HTTP/1.1 422"), target


def _padded(header: bytes, size: int) -> bytes:
    return b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + header + b"a" * size


HEADS = {
    "one long line": _padded(b"X-Pad: ", 2 * MAX_HEAD_BYTES) + b"\r\n\r\n",
    "a line without an end": _padded(b"X-Pad: ", 4_000_000),
    "a name without an end": _padded(b"", 4_000_000),
    "many lines": _padded(b"X-Pad: %s\r\n" % (b"a" * 1_000) * 100, 0) + b": b\r\n\r\n",
    "many tiny lines": _padded(b"a:b\r\n" * 5_000, 1) + b":b\r\n\r\n",
    "a long address": b"GET /healthz?" + b"a" * 4_000_000,
    "trailers": b"GET /v1/config HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
    + b"X-Pad: %s\r\n" % (b"a" * 1_000) * 4_000,
    "blank lines": b"\r\n" * 1_000_000,
}


@pytest.mark.parametrize("name", HEADS)
async def test_the_head_of_a_request_is_bounded(desk: Desk, name: str) -> None:
    async with served(desk) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answer = b""
        # A server that cuts somebody off in the middle of a word resets the connection; the answer may be lost with it.
        with contextlib.suppress(ConnectionError):
            writer.write(HEADS[name])
            await asyncio.wait_for(writer.drain(), 10)
            answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        assert answer == b"" or b"HTTP/1.1 400" in answer, answer[:200]
        assert (await _raw(port, _request(b"/healthz"))).startswith(b"HTTP/1.1 200"), "the others are served"


async def test_a_head_of_ordinary_size_is_taken_however_slowly_and_again_on_the_same_connection(desk: Desk) -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Pad: %s\r\n\r\n" % (b"a" * 50_000)
    async with served(desk) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            for start in range(0, len(head), 10_000):
                writer.write(head[start : start + 10_000])
                await writer.drain()
                await asyncio.sleep(0)
            assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).startswith(b"HTTP/1.1 200")
            await reader.readexactly(len(b'{"status":"ok"}'))
        writer.close()
        await writer.wait_closed()


async def test_what_is_being_looked_up_ends_with_the_server(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging, ended = asyncio.Event(), asyncio.Event()

    async def hang(*_args: object, **_kwargs: object) -> None:
        hanging.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    await desk.list_markets([1])
    async with served(desk) as port:
        assert b" 200 " in await _raw(port, _request(b"/v1/opportunities"))
        desk.clock.push(10)
        monkeypatch.setattr(desk.database, "read", hang)
        assert b" 200 " in await _raw(port, _request(b"/v1/opportunities")), "the kept answer"
        assert hanging.is_set()
        assert not ended.is_set()
    assert ended.is_set()


async def test_head_over_the_wire_has_the_length_and_no_body(desk: Desk) -> None:
    await desk.list_markets([1])
    async with served(desk) as port:
        for target in (b"/v1/opportunities", b"/v1/opportunities.csv", b"/", b"/nowhere", b"/healthz"):
            head, _, body = (await _raw(port, _request(target, b"HEAD"))).partition(b"\r\n\r\n")
            assert body == b"", target
            assert b"content-security-policy" in head


async def test_a_body_sent_along_is_ignored(desk: Desk) -> None:
    async with served(desk) as port, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answer = await client.request("GET", "/healthz", content=b"{" * 100_000)
        assert answer.status_code == 200


async def test_a_large_file_streams_over_the_wire(desk: Desk) -> None:
    numbers = range(1, 1_203)
    await desk.list_markets(numbers)
    async with served(desk) as port, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answer = await client.get("/v1/opportunities.csv")
        assert answer.headers["transfer-encoding"] == "chunked"
        assert answer.content.count(b"\r\n") == len(numbers) + 1


async def test_the_server_stops_while_a_look_up_hangs(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = asyncio.Event()

    async def hang(*_args: object, **_kwargs: object) -> None:
        hanging.set()
        await asyncio.Event().wait()

    monkeypatch.setattr("endgame.api.answers.READ_LIMIT_SEC", 0.2)
    async with served(desk) as port:
        monkeypatch.setattr(desk.database, "read", hang)
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_request(b"/v1/opportunities"))
        await hanging.wait()
        writer.close()
        await writer.wait_closed()


@pytest.mark.browser
async def test_a_browser_shows_the_contract_without_any_outside_host(desk: Desk, tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("needs Chromium")
    async with served(desk) as port:
        documented = await _dump(chromium, f"http://127.0.0.1:{port}/docs", tmp_path)
    assert "/v1/opportunities.csv" in documented
    assert 'id="shape-Opportunity"' in documented


async def _dump(chromium: str, url: str, profile: Path) -> str:
    """The document as it stands after its scripts ran."""
    process = await asyncio.create_subprocess_exec(
        chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", f"--user-data-dir={profile}",
        "--virtual-time-budget=4000", "--dump-dom", url,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    output, _ = await asyncio.wait_for(process.communicate(), 90)
    return output.decode()


async def test_requests_sent_ahead_of_their_answers_are_bounded(desk: Desk) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with served(desk) as port:
        some = await _raw(port, request * (MAX_AHEAD // 2) + _request(b"/healthz"))
        assert some.count(b"HTTP/1.1 200") == MAX_AHEAD // 2 + 1
        with contextlib.suppress(ConnectionError):
            flood = await _raw(port, request * 5_000)
            assert flood.count(b"HTTP/1.1 200") <= MAX_AHEAD + 1
        assert (await _raw(port, _request(b"/healthz"))).startswith(b"HTTP/1.1 200"), "the others are served"


async def test_a_body_that_grows_too_large_while_it_is_answered_ends_the_answer_and_is_not_written_into_it(
    desk: Desk,
) -> None:
    async def reads_on(scope: Scope, receive: Receive, send: Send) -> None:
        """As a streamed file does, which waits for its reader to go away meanwhile."""
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/csv")]})
            await send({"type": "http.response.body", "body": b"first line", "more_body": True})
            while (await receive())["type"] != "http.disconnect":
                pass

    head = b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    async with served(desk, reads_on) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        seen = await asyncio.wait_for(reader.readuntil(b"first line"), 10)
        with contextlib.suppress(ConnectionError):
            for _ in range(2 * MAX_BODY_BYTES // 0x10000):
                writer.write(chunk)
                await writer.drain()
            seen += await asyncio.wait_for(reader.read(), 10)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    assert seen.count(b"HTTP/1.1") == 1, seen
