"""How the application is served: uvicorn's settings, and bounds on what a client may send, hold and keep waiting."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from http import HTTPStatus
from typing import Any, Final

import httptools
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from endgame.api.access import MAX_BODY_BYTES, client_key, is_within
from endgame.api.problems import SECURITY_HEADERS, problem
from endgame.config import ApiSettings, words

MAX_HEAD_BYTES: Final = 65_536
"""Request line, headers and trailers of one request together."""
MAX_AHEAD: Final = 64
"""Requests of one connection that may wait for the answers to those before them."""
_HEADER_COST: Final = 64
"""What a header costs besides its characters: many empty ones are a lot of memory too."""
_STOP_SEC: Final = 5


def serving(app: ASGIApp, settings: ApiSettings) -> uvicorn.Config:
    """Settings of a server for `app`; at its end requests in flight are answered, for at most five seconds."""
    proxies = words(settings.trusted_proxies)
    connections: Counter[str] = Counter()
    return uvicorn.Config(
        app,
        # uvicorn calls this for each connection as it would call the class.
        http=partial(BoundedProtocol, settings=settings, connections=connections),  # type: ignore[arg-type]
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_SEC,
        timeout_keep_alive=settings.keep_alive_sec,
    )


class BoundedProtocol(HttpToolsProtocol):
    """HTTP whose requests have a bounded size and come in a bounded time, from a bounded number of connections.

    A larger head or body is a 400 (a body that says its size before is a 413, of `Access`), too many requests sent
    ahead are a 400, a request that does not come to its end is a 408, and each is the end of the connection. Whoever
    does not take his answer for as long as he may take for a request is cut off.

    httptools keeps the line that it has begun to itself, however long it grows, and uvicorn every line it was told of:
    the one is bounded by the bytes that came without any news from the parser, the other by what the news add up to.
    """

    _head_bytes = 0
    _body_bytes = 0
    _quiet_bytes = 0
    _client_key = ""
    _receiving: asyncio.TimerHandle | None = None
    _sending: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, settings: ApiSettings, connections: Counter[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._settings = settings
        self._open_connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came; one that holds too many connections is sent away. A trusted proxy speaks for many."""
        super().connection_made(transport)  # type: ignore[arg-type]
        host = self.client[0] if self.client else ""
        self._client_key = client_key(host)
        self._open_connections[self._client_key] += 1
        is_proxy = is_within(host, words(self._settings.trusted_proxies))
        if not is_proxy and self._open_connections[self._client_key] > self._settings.connections_per_client:
            self._refuse(
                HTTPStatus.TOO_MANY_REQUESTS, "too-many-connections", "This client holds too many connections."
            )
            return
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client went."""
        self._open_connections[self._client_key] -= 1
        if not self._open_connections[self._client_key]:
            del self._open_connections[self._client_key]
        self._request_came()
        self._answer_taken()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not read as fast as it is answered."""
        super().pause_writing()
        self._answer_taken()
        self._sending = self.loop.call_later(self._settings.receive_sec, self.transport.abort)

    def resume_writing(self) -> None:
        """The client read what was held for it."""
        self._answer_taken()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """What the parser or a bound refuses, as a problem document like every other refusal."""
        self._refuse(HTTPStatus.BAD_REQUEST, "bad-request", msg)

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        if self.transport.is_closing():
            return
        if self._receiving is None and (self.cycle is None or self.cycle.response_complete):
            self._await_request()
        self._quiet_bytes += len(data)
        super().data_received(data)
        if self._quiet_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("Request head too large.")

    def on_message_begin(self) -> None:
        """Count a new request; those that wait for the answers before them are kept in memory."""
        self._head_bytes = self._body_bytes = 0
        if len(self.pipeline) >= MAX_AHEAD:
            raise httptools.HttpParserError("too many requests ahead")
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Count a piece of the address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header, or a trailer."""
        self._count(len(name) + len(value) + _HEADER_COST)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is over."""
        self._quiet_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body; what says its length before is refused before."""
        self._quiet_bytes = 0
        self._body_bytes += len(body)
        if self._body_bytes > MAX_BODY_BYTES:
            raise httptools.HttpParserError("body too large")
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is over."""
        self._quiet_bytes = 0
        self._request_came()
        super().on_message_complete()

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MAX_HEAD_BYTES:
            raise httptools.HttpParserError("head too large")  # which uvicorn answers

    def _await_request(self) -> None:
        self._receiving = self.loop.call_later(self._settings.receive_sec, self._on_slow_request)

    def _request_came(self) -> None:
        if self._receiving is not None:
            self._receiving.cancel()
            self._receiving = None

    def _answer_taken(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    def _on_slow_request(self) -> None:
        self._receiving = None
        if self.transport.is_closing():
            return
        if not self._head_bytes and not self._quiet_bytes:  # nobody asked anything: browsers open connections ahead
            self.transport.close()
        elif self.cycle is None or self.cycle.response_complete:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "request-timeout", "The request did not come to its end in time.")
        else:  # its answer is under way already, only the rest of a body that nobody reads does not come
            self.transport.abort()

    def _refuse(self, status: HTTPStatus, kind: str, detail: str) -> None:
        self._request_came()
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.abort()  # in the middle of an answer nothing else can be said
            return
        answer = problem(status, kind, status.phrase, detail, headers={**SECURITY_HEADERS, "connection": "close"})
        head = [STATUS_LINE[status], *(b"%s: %s\r\n" % header for header in answer.raw_headers), b"\r\n"]
        self.transport.write(b"".join(head) + bytes(answer.body))
        self.transport.close()
