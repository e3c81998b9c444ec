"""Who may ask, how much and how long: refusals over a real server on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import ClassVar

import httpx2
import pytest
from guarded_api import guarded
from structlog.testing import capture_logs

from conftest import Desk
from endgame.api.access import MAX_BODY_BYTES, MAX_CLIENTS, MAX_TARGET_BYTES, ClientRates, client_key
from endgame.api.contract import Problem
from endgame.api.problems import SECURITY_HEADERS
from endgame.clock import SystemClock
from endgame.config import Settings
from endgame.errors import Rejected
from endgame.telemetry import configure_logging
from endgame.terminal import show_top
from manual_clock import ManualClock

TOKEN = "-".join(["needle"] * 5)
GUARDED = [
    "/v1/opportunities", "/v1/opportunities.csv", "/v1/market/x", "/v1/market/x/history", "/v1/market/x/gates",
    "/v1/funnel", "/v1/nearest", "/v1/config", "/v1/system", "/metrics", "/openapi.json", "/nowhere", "/v1",
]  # fmt: skip
OPEN = ["/healthz", "/readyz", "/", "/icon.svg", "/docs", "/docs.js", "/docs.css"]


def is_refusal(answer: httpx2.Response, status: int) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert Problem.model_validate_json(answer.content).status == status
    assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


async def _raw(client: httpx2.AsyncClient, *pieces: bytes, pause_sec: float = 0.0) -> bytes:
    """Everything that the server sends until it ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
    answer = b""
    with contextlib.suppress(ConnectionError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_sec)
        answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return answer


async def shown(client: httpx2.AsyncClient, token: str) -> None:
    """`endgame top --url` with this token."""
    settings = Settings(api={"token": token})
    await show_top(settings, limit=3, url=str(client.base_url).rstrip("/"), clock=SystemClock())


class TestToken:
    async def test_the_terminal_s_table_shows_the_token_of_the_settings(
        self, desk: Desk, capsys: pytest.CaptureFixture[str]
    ) -> None:
        async with guarded(desk, token=TOKEN) as client:
            for token, refusal in (("", "asks for a token: set ENDGAME_API__TOKEN"), ("x" * 40, "another token")):
                with pytest.raises(Rejected, match=refusal) as caught:
                    await shown(client, token)
                assert "needle" not in str(caught.value)
            await shown(client, TOKEN)
            assert "opportunities, scored" in capsys.readouterr().out

    async def test_everything_but_health_and_files_without_data_asks_for_the_token(self, desk: Desk) -> None:
        right = {"authorization": f"Bearer {TOKEN}"}
        async with guarded(desk, token=TOKEN) as client:
            for path in GUARDED:
                answer = await client.get(path)
                is_refusal(answer, 401)
                assert answer.headers["www-authenticate"] == 'Bearer realm="endgame"'
                assert (await client.get(path, headers=right)).status_code != 401
                is_refusal(await client.post(path), 401)
            for path in OPEN:
                assert (await client.get(path)).status_code == 200, path

    @pytest.mark.parametrize(
        "given",
        [
            b"", b"Bearer", b"Basic " + TOKEN.encode(), TOKEN.encode(), b"Bearer " + TOKEN[:-1].encode(),
            b"Bearer " + TOKEN.encode() + b"x", b"Bearer \xff\xfe", b"Bearer " + TOKEN.upper().encode(),
            b"Bearer " + TOKEN.encode() + b", Bearer x",
        ],
    )  # fmt: skip
    async def test_what_is_not_the_token_is_refused(self, desk: Desk, given: bytes) -> None:
        async with guarded(desk, token=TOKEN) as client:
            is_refusal(await client.get("/v1/config", headers=[(b"authorization", given)]), 401)

    async def test_a_token_sent_twice_or_in_the_address_is_refused(self, desk: Desk) -> None:
        right = (b"authorization", b"Bearer " + TOKEN.encode())
        async with guarded(desk, token=TOKEN) as client:
            is_refusal(await client.get("/v1/config", headers=[right, right]), 401)
            is_refusal(await client.get(f"/v1/config?token={TOKEN}"), 401)

    async def test_the_token_is_in_no_answer_and_in_no_log_line(self, desk: Desk) -> None:
        configure_logging("debug")
        with capture_logs() as lines:
            async with guarded(desk, token=TOKEN) as client:
                for path in [*GUARDED, *OPEN]:
                    answer = await client.get(path, headers={"authorization": f"Bearer {TOKEN}"})
                    assert TOKEN not in answer.text
                    assert TOKEN not in str(answer.headers)
        assert lines
        assert TOKEN not in str(lines)


class TestHost:
    @pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example", "", "127.0.0.1.x.y"])
    async def test_a_service_on_loopback_refuses_a_foreign_name(self, desk: Desk, host: str) -> None:
        async with guarded(desk) as client:
            for path in ("/v1/config", "/healthz", "/"):
                is_refusal(await client.get(path, headers={"host": host}), 421)

    @pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9", "localhost.", "127.0.0.1:80", "[::1]:80", "10.0.0.9"])
    async def test_own_names_and_addresses_are_served(self, desk: Desk, host: str) -> None:
        async with guarded(desk) as client:
            assert (await client.get("/v1/config", headers={"host": host})).status_code == 200

    async def test_more_names_are_allowed_by_setting_and_any_on_an_outer_address(self, desk: Desk) -> None:
        async with guarded(desk, allowed_hosts="desk.example, other.example") as client:
            assert (await client.get("/v1/config", headers={"host": "Desk.example:443"})).status_code == 200
            is_refusal(await client.get("/v1/config", headers={"host": "evil.example"}), 421)
        async with guarded(desk, host="0.0.0.0") as client:  # noqa: S104 - only the setting; the socket is loopback
            assert (await client.get("/v1/config", headers={"host": "any.example"})).status_code == 200
        async with guarded(desk, host="0.0.0.0", allowed_hosts="desk.example") as client:  # noqa: S104
            is_refusal(await client.get("/v1/config", headers={"host": "any.example"}), 421)


class TestCors:
    ASKS: ClassVar = {"origin": "https://desk.example", "access-control-request-method": "GET"}

    async def test_no_origin_may_read_answers_by_default(self, desk: Desk) -> None:
        async with guarded(desk) as client:
            answer = await client.get("/v1/config", headers={"origin": "https://desk.example"})
            assert not [name for name in answer.headers if name.startswith("access-control")]
            is_refusal(await client.options("/v1/config", headers=self.ASKS), 405)

    async def test_a_listed_origin_may_and_another_may_not(self, desk: Desk) -> None:
        async with guarded(desk, cors_origins="https://desk.example", token=TOKEN) as client:
            asked = await client.options(
                "/v1/config", headers={**self.ASKS, "access-control-request-headers": "authorization"}
            )
            assert asked.status_code == 200
            assert asked.headers["access-control-allow-origin"] == "https://desk.example"
            assert "authorization" in asked.headers["access-control-allow-headers"].lower()
            refused = await client.get("/v1/config", headers={"origin": "https://desk.example"})
            is_refusal(refused, 401)
            assert refused.headers["access-control-allow-origin"] == "https://desk.example"
            assert "origin" in refused.headers["vary"].lower()
            for headers in (asked.headers, refused.headers):
                assert "access-control-allow-credentials" not in headers
            other = await client.get("/healthz", headers={"origin": "https://evil.example"})
            assert "access-control-allow-origin" not in other.headers
            denied = await client.options("/v1/config", headers={**self.ASKS, "origin": "https://evil.example"})
            assert denied.status_code == 400
            assert "content-security-policy" in denied.headers


class TestRate:
    async def test_who_asks_too_often_waits_and_is_served_again(self, desk: Desk) -> None:
        async with guarded(desk, requests_per_sec=0.5, requests_burst=3) as client:
            assert [(await client.get("/v1/config")).status_code for _ in range(3)] == [200] * 3
            refused = await client.get("/v1/config")
            is_refusal(refused, 429)
            wait_sec = int(refused.headers["retry-after"])
            assert 2 <= wait_sec <= 3
            assert (await client.get("/healthz")).status_code == 200, "health is always answered"
            desk.clock.push(wait_sec)
            assert (await client.get("/v1/config")).status_code == 200

    async def test_the_defaults_bear_a_page_and_fifty_requests_a_second(self, desk: Desk) -> None:
        rates = ClientRates(desk.settings.api.requests_per_sec, desk.settings.api.requests_burst, desk.clock)
        for _ in range(100):
            assert [rates.wait_sec("a") for _ in range(50)] == [0] * 50
            desk.clock.push(1)
        assert [rates.wait_sec("a") for _ in range(400)] == [0] * 400

    async def test_clients_are_told_apart_by_forwarded_addresses_of_trusted_proxies_only(self, desk: Desk) -> None:
        async def statuses(client: httpx2.AsyncClient) -> list[int]:
            spoofed = [{"x-forwarded-for": f"203.0.113.{number}"} for number in (1, 2, 3)]
            return [(await client.get("/v1/config", headers=headers)).status_code for headers in spoofed]

        limits = {"requests_per_sec": 0.5, "requests_burst": 1}
        async with guarded(desk, **limits) as client:
            assert await statuses(client) == [200, 429, 429]
        async with guarded(desk, **limits, trusted_proxies="127.0.0.0/8") as client:
            assert await statuses(client) == [200, 200, 200]
            mine = {"x-forwarded-for": "198.51.100.9, 203.0.113.1"}  # what the client wrote, what the proxy added
            assert (await client.get("/v1/config", headers=mine)).status_code == 429

    def test_the_table_of_clients_is_bounded_and_forgets_the_quietest(self) -> None:
        rates = ClientRates(0.001, 1, ManualClock(0))
        for number in range(MAX_CLIENTS + 100):
            assert rates.wait_sec(str(number)) == 0
        assert len(rates) == MAX_CLIENTS
        assert rates.wait_sec(str(MAX_CLIENTS)) > 0
        assert rates.wait_sec("0") == 0

    def test_one_ipv6_customer_is_one_client(self) -> None:
        assert client_key("2001:db8::1") == client_key("2001:db8::ffff:1") != client_key("2001:db8:0:1::1")
        assert client_key("10.0.0.1") != client_key("10.0.0.2")


class TestSize:
    async def test_a_long_address_is_a_414(self, desk: Desk) -> None:
        async with guarded(desk) as client:
            is_refusal(await client.get("/v1/config?" + "a" * MAX_TARGET_BYTES), 414)

    @pytest.mark.parametrize("path", ["/v1/config", "/healthz", "/"])
    async def test_a_large_body_is_a_413_before_it_is_sent(self, desk: Desk, path: str) -> None:
        async with guarded(desk) as client:
            length = f"Content-Length: {MAX_BODY_BYTES + 1}\r\nConnection: close\r\n\r\n"
            answer = await _raw(client, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{length}".encode())
            assert answer.startswith(b"HTTP/1.1 413")
            assert b"application/problem+json" in answer

    async def test_a_body_without_a_length_is_cut_off(self, desk: Desk) -> None:
        head = b"GET /v1/config HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
        async with guarded(desk) as client:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
            writer.write(head)
            sent = 0
            with contextlib.suppress(ConnectionError):
                for _ in range(100 * MAX_BODY_BYTES // len(chunk)):
                    writer.write(chunk)
                    await asyncio.wait_for(writer.drain(), 30)
                    sent += len(chunk)
                    if reader.at_eof():
                        break
                    await asyncio.sleep(0)
            assert sent < 100 * MAX_BODY_BYTES, "nobody reads a body without an end"
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            assert (await client.get("/healthz")).status_code == 200

    async def test_what_the_parser_refuses_is_a_problem_with_every_security_header(self, desk: Desk) -> None:
        async with guarded(desk) as client:
            for nonsense in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n", b"\x16\x03\x01\x00"):
                head, _, body = (await _raw(client, nonsense)).partition(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 400")
                assert Problem.model_validate_json(body).status == 400
                for name, value in SECURITY_HEADERS.items():
                    assert f"{name}: {value}".encode() in head


class TestTime:
    @pytest.mark.parametrize(
        "pieces",
        [
            [b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"],
            [b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n", *[b"X-A: b\r\n"] * 12],
        ],
        ids=["silent", "a header now and then"],
    )
    async def test_a_request_that_does_not_come_to_its_end_is_a_408(self, desk: Desk, pieces: list[bytes]) -> None:
        async with guarded(desk, receive_sec=0.5) as client:
            answer = await _raw(client, *pieces, pause_sec=0.1)
            # The drip goes on while the server ends the connection: its answer may be lost in the reset.
            assert answer.startswith(b"HTTP/1.1 408") or (answer == b"" and len(pieces) > 1)
            assert (await client.get("/healthz")).status_code == 200

    async def test_a_connection_on_which_nothing_is_asked_is_closed(self, desk: Desk) -> None:
        async with guarded(desk, receive_sec=0.2) as client:
            assert await _raw(client) == b""

    async def test_an_idle_connection_is_closed(self, desk: Desk) -> None:
        async with guarded(desk, keep_alive_sec=1) as client:
            answer = await _raw(client, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200")

    async def test_a_body_that_does_not_come_to_its_end_holds_no_connection(self, desk: Desk) -> None:
        head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
        async with guarded(desk, receive_sec=0.3, keep_alive_sec=600) as client:
            assert (await _raw(client, head)).startswith(b"HTTP/1.1 200")

    async def test_an_answer_that_takes_too_long_is_a_503(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        async def hang(*_args: object, **_kwargs: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(desk.database, "read", hang)
        async with guarded(desk, respond_sec=0.2) as client:
            answer = await client.get("/v1/market/x")
            is_refusal(answer, 503)
            assert int(answer.headers["retry-after"]) > 0

    async def test_who_does_not_take_his_answer_is_cut_off(self, desk: Desk) -> None:
        numbers = range(1, 3_001)
        await desk.list_markets(numbers)
        # Small buffers, many answers ahead: more than the system holds for a reader that does not read.
        async with guarded(desk, receive_sec=0.5, requests_burst=100_000) as client:
            with socket.socket() as reader:
                reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
                reader.connect(("127.0.0.1", client.base_url.port))
                reader.setblocking(False)
                loop = asyncio.get_running_loop()
                request = b"GET /v1/opportunities.csv HTTP/1.1\r\nHost: localhost\r\n\r\n"
                await loop.sock_sendall(reader, request * 40)
                await asyncio.sleep(5)
                taken = 0
                with contextlib.suppress(ConnectionError):
                    while got := await asyncio.wait_for(loop.sock_recv(reader, 1_000_000), 30):
                        taken += len(got)
            whole = len((await client.get("/v1/opportunities.csv")).content)
            assert taken < 40 * whole, "cut off, not served to the end"

    async def test_one_client_holds_a_bounded_number_of_connections(self, desk: Desk) -> None:
        async with guarded(desk, connections_per_client=3) as client:
            held = [await asyncio.open_connection("127.0.0.1", client.base_url.port) for _ in range(3)]
            assert (await _raw(client)).startswith(b"HTTP/1.1 429")
            for _, writer in held:
                writer.close()
                await writer.wait_closed()
            for _ in range(200):
                with contextlib.suppress(httpx2.TransportError):
                    if (await client.get("/healthz")).status_code == 200:
                        break
                await asyncio.sleep(0.05)
            else:
                pytest.fail("connections that were closed count no more")
