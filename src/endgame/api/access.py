"""Who may ask, how much and how long: host names, sizes, rates, the bearer token, the deadline of an answer."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from collections import OrderedDict
from collections.abc import Set as AbstractSet
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from endgame.api.problems import problem, unavailable
from endgame.clock import Clock
from endgame.config import ApiSettings, words

MAX_TARGET_BYTES: Final = 32_768
"""Path and query of one request."""
MAX_BODY_BYTES: Final = 1_048_576
"""No endpoint takes a body; one that is sent along is read up to this and thrown away."""
MAX_CLIENTS: Final = 10_000
"""Clients whose rate is remembered; beyond them the one heard of longest ago is forgotten."""
HEALTH_PATHS: Final = frozenset({"/healthz", "/readyz"})
CORS_HEADERS: Final = ("authorization", "if-none-match")
CORS_EXPOSED: Final = ("etag", "retry-after")
_LOOPBACK_NAME: Final = "localhost"
_IPV6_CLIENT_BITS: Final = 64
"""One customer has at least this network to himself, and as many addresses as he likes in it."""


def is_loopback(host: str) -> bool:
    """True of an address that only this machine reaches."""
    address = _address(host)
    return host.lower() == _LOOPBACK_NAME if address is None else address.is_loopback


def exposure(settings: ApiSettings) -> str | None:
    """What a person must know who lets others reach the API; None where only this machine does, or a token is asked."""
    if is_loopback(settings.host) or settings.token.get_secret_value():
        return None
    return (
        f"api.host {settings.host} is reachable from other machines and no token is set: whoever reaches it may read"
        " everything; set ENDGAME_API__TOKEN or ENDGAME_API__TOKEN_FILE"
    )


class Access:
    """Refuses what must not reach a handler. `public` are the paths that need no token: files without data.

    Health is asked for by machines that hold no token: it needs none, and has no limit of rate.
    """

    def __init__(self, app: ASGIApp, settings: ApiSettings, clock: Clock, public: AbstractSet[str]) -> None:
        self._app = app
        self._hosts = frozenset(words(settings.allowed_hosts))
        self._checks_hosts = bool(self._hosts) or is_loopback(settings.host)
        self._token = settings.token
        self._open = HEALTH_PATHS | public
        self._respond_sec = settings.respond_sec
        self._rates = ClientRates(settings.requests_per_sec, settings.requests_burst, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve or refuse one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused is None:
            await self._serve(scope, receive, send)
        else:
            await refused(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        path = scope["path"]
        if self._checks_hosts and not self._is_own_host(headers.getlist("host")):
            return problem(
                HTTPStatus.MISDIRECTED_REQUEST, "misdirected-request", "Misdirected request",
                "This service does not answer to the name in the Host header; api.allowed_hosts lists those it does.",
            )  # fmt: skip
        if path not in HEALTH_PATHS:
            wait_sec = self._rates.wait_sec(_client(scope))
            if wait_sec:
                return problem(
                    HTTPStatus.TOO_MANY_REQUESTS, "too-many-requests", "Too many requests",
                    "This client asks more often than api.requests_per_sec allows.",
                    headers={"retry-after": str(wait_sec)},
                )  # fmt: skip
        if len(scope.get("raw_path") or b"") + len(scope.get("query_string", b"")) > MAX_TARGET_BYTES:
            return problem(
                HTTPStatus.REQUEST_URI_TOO_LONG, "uri-too-long", "URI too long",
                f"Path and query may be {MAX_TARGET_BYTES} bytes together.",
            )  # fmt: skip
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > len(str(MAX_BODY_BYTES)) or int(length) > MAX_BODY_BYTES:
            return problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", "Body too large",
                f"No endpoint takes a body; up to {MAX_BODY_BYTES} bytes are read and ignored.",
            )  # fmt: skip
        if path not in self._open and not self._has_token(headers.getlist("authorization")):
            return problem(
                HTTPStatus.UNAUTHORIZED, "unauthorized", "Unauthorized",
                "This service asks for its bearer token in the Authorization header.",
                headers={"www-authenticate": 'Bearer realm="endgame"'},
            )  # fmt: skip
        return None

    def _is_own_host(self, given: list[str]) -> bool:
        if len(given) != 1:
            return False
        name = _host_name(given[0])
        # DNS rebinding needs a name that its owner can turn to us: an address in the header is no such name.
        return name == _LOOPBACK_NAME or name in self._hosts or _address(name) is not None

    def _has_token(self, given: list[str]) -> bool:
        wanted = self._token.get_secret_value()
        if not wanted:
            return True
        if len(given) != 1:
            return False
        scheme, _, token = given[0].partition(" ")
        # Headers are latin-1 by the standard; bytes, because compare_digest takes no other text than ASCII.
        right = hmac.compare_digest(token.strip().encode("latin-1", "replace"), wanted.encode("ascii"))
        return right and scheme.lower() == "bearer"

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def send_on(message: Message) -> None:
            nonlocal begun
            if not begun:
                begun = True
                # A long file may take as long as its reader; serving.py watches that he reads.
                deadline.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(self._respond_sec) as deadline:
                await self._app(scope, receive, send_on)
        except TimeoutError:
            if begun or not deadline.expired():
                raise
            await unavailable("The answer took too long.")(scope, receive, send)


class ClientRates:
    """A token bucket per client: `burst` requests at once, `per_sec` in the long run; 0 is no limit."""

    def __init__(self, per_sec: float, burst: int, clock: Clock) -> None:
        self._per_sec = per_sec
        self._burst = float(burst)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def wait_sec(self, client: str) -> int:
        """Take one request of a client: 0, or whole seconds until it may come again."""
        if not self._per_sec:
            return 0
        now = self._clock.monotonic()
        left, at = self._buckets.pop(client, (self._burst, now))
        left = min(self._burst, left + max(now - at, 0.0) * self._per_sec)
        taken = left >= 1
        self._buckets[client] = (left - 1 if taken else left, now)
        if len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)
        return 0 if taken else max(1, round((1 - left) / self._per_sec + 0.5))


def client_key(host: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 of an IPv6 address."""
    address = _address(host)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, _IPV6_CLIENT_BITS), strict=False))
    return host


def is_within(host: str, networks: list[str]) -> bool:
    """True of an address that lies in one of the networks."""
    address = _address(host)
    return address is not None and any(address in ipaddress.ip_network(network) for network in networks)


def _client(scope: Scope) -> str:
    client = scope.get("client")
    return client_key(client[0]) if client else ""


def _host_name(host: str) -> str:
    """Name or address in a Host header, without port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower().removesuffix(".")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
