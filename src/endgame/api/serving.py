"""How the application is served: uvicorn's settings, and a bound on what a request may send before its body."""

from __future__ import annotations

from typing import Final

import httptools
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES: Final = 65_536
"""Request line, headers and trailers of one request together."""
_HEADER_COST: Final = 64
"""What a header costs besides its characters: many empty ones are a lot of memory too."""
_STOP_SEC: Final = 5
_KEEP_ALIVE_SEC: Final = 15


def serving(app: ASGIApp) -> uvicorn.Config:
    """Settings of a server for `app`; at its end requests in flight are answered, for at most five seconds."""
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_SEC,
        timeout_keep_alive=_KEEP_ALIVE_SEC,
    )


class BoundedProtocol(HttpToolsProtocol):
    """HTTP whose requests have a head of bounded size; a larger one is a 400 and the end of the connection.

    httptools keeps the line that it has begun to itself, however long it grows, and uvicorn every line it was told of:
    the one is bounded by the bytes that came without any news from the parser, the other by what the news add up to.
    """

    _head_bytes = 0
    _quiet_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        self._quiet_bytes += len(data)
        super().data_received(data)
        if self._quiet_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("Request head too large.")

    def on_message_begin(self) -> None:
        """Count a new request."""
        self._head_bytes = 0
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
        """A piece of the body, which has a bound of its own."""
        self._quiet_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is over."""
        self._quiet_bytes = 0
        super().on_message_complete()

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MAX_HEAD_BYTES:
            raise httptools.HttpParserError("head too large")  # which uvicorn answers
