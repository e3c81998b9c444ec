"""The one door to the network: paced, bounded, retried within a budget, and honest about what went wrong."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

import aiohttp
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception
from yarl import URL

from endgame.clock import Clock
from endgame.config import HttpSettings
from endgame.errors import Payload, Rejected, Throttled, Unavailable, VenueError
from endgame.telemetry import metrics, span
from endgame.venues.resilience import Breaker, CircuitState, Turnstile, full_jitter_sec, retry_after_sec

T = TypeVar("T")

_CHUNK_BYTES: Final = 65_536
_DECODING_AT_ONCE: Final = 2
"""Answers in decoding threads: more would not be faster, but would hold more memory and the interpreter longer."""
_BLOCKED: Final = 403
"""Reads need no account, so a 403 is never about the request: it is the CDN refusing us (HTML, "error code: 1010")."""


@dataclass(frozen=True, slots=True)
class _Call(Generic[T]):
    method: str
    endpoint: str
    url: URL
    decode: Callable[[bytes], T]
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class HttpDoor:
    """Read-only HTTP with manners, for one event loop.

    `limits` names the endpoints that may be called and their requests per second. Answers are handed to `decode`
    inside the try, so that an unusable answer is asked for again like any other failure, and in a thread, because a
    large or hostile one takes long.
    Redirects are never followed, cookies never kept, proxies of the environment never used.
    """

    def __init__(self, settings: HttpSettings, clock: Clock, rng: random.Random, limits: Mapping[str, float]) -> None:
        self._settings = settings
        self._clock = clock
        self._rng = rng
        self._turnstiles = {
            endpoint: Turnstile(
                per_sec,
                clock=clock,
                pause_sec=settings.throttle_pause_sec,
                pause_max_sec=settings.backoff_max_sec,
            )
            for endpoint, per_sec in limits.items()
        }
        self._breakers: dict[str, Breaker] = {}
        self._session: aiohttp.ClientSession | None = None
        self._closed = False
        self._decoding = asyncio.Semaphore(_DECODING_AT_ONCE)

    async def get_json(
        self,
        endpoint: str,
        url: str,
        params: Sequence[tuple[str, str]],
        *,
        decode: Callable[[bytes], T],
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """GET `url` with the parameters (repeated names allowed) and headers, and decode the body.

        `decode` takes the body (decompressed, at most `max_body_bytes`) and raises `Payload` when it is unusable. It
        runs in a thread, and is not interrupted when the request is cancelled.

        Raises:
            VenueError: `Unavailable`, `Throttled`, `Rejected`, `Payload` or `CircuitOpen`, after the tries and the
                time budget of the settings.
        """
        asked = URL(url).extend_query(list(params))
        return await self._request(_Call("GET", endpoint, asked, decode, headers=headers or {}))

    async def post_json(self, endpoint: str, url: str, body: bytes, *, decode: Callable[[bytes], T]) -> T:
        """POST a JSON body that only asks (nothing is changed by it, so it may be repeated) and decode the answer.

        Raises:
            VenueError: as in `get_json`.
        """
        headers = {"Content-Type": "application/json"}
        return await self._request(_Call("POST", endpoint, URL(url), decode, body, headers))

    async def close(self) -> None:
        """Close every connection; later requests fail as `Unavailable`."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _request(self, call: _Call[T]) -> T:
        deadline = self._clock.monotonic() + self._settings.budget_sec
        breaker = self._breaker(call.url)
        turnstile = self._turnstiles[call.endpoint]

        def give_up(state: RetryCallState) -> bool:
            return (
                state.attempt_number >= self._settings.max_attempts
                or self._clock.monotonic() + state.upcoming_sleep >= deadline
                or turnstile.held_until > deadline
                or breaker.refuses
            )

        async for attempt in AsyncRetrying(
            sleep=self._clock.sleep, wait=self._backoff, stop=give_up, retry=retry_if_exception(_is_retryable),
            reraise=True,
        ):  # fmt: skip
            with attempt:
                return await self._try(call, breaker, turnstile, deadline)
        raise AssertionError("tenacity ends with a result or an error")

    def _backoff(self, state: RetryCallState) -> float:
        return full_jitter_sec(
            state.attempt_number,
            initial_sec=self._settings.backoff_initial_sec,
            longest_sec=self._settings.backoff_max_sec,
            rng=self._rng,
        )

    async def _try(self, call: _Call[T], breaker: Breaker, turnstile: Turnstile, deadline: float) -> T:
        if not breaker.refuses:  # an open breaker fails at once instead of waiting for a slot first
            await turnstile.enter(deadline)
        # This process, or the whole machine, may have stood still meanwhile.
        left = deadline - self._clock.monotonic()
        if left <= 0:
            raise Unavailable(f"{_label(call.url)} was not asked: http.budget_sec had passed before.")
        probe = breaker.admit()
        outcome: str = "aborted"
        healthy: bool | None = None
        try:
            with span("fetch", level="debug", endpoint=call.endpoint) as piece:
                body = await self._exchange(call, turnstile, min(left, self._settings.timeout_sec))
                piece.note(bytes=len(body))
            async with self._decoding:
                with span("parse", level="debug", endpoint=call.endpoint, bytes=len(body)):
                    answer = await asyncio.to_thread(call.decode, body)
            outcome, healthy = "ok", True
            turnstile.passed()
            return answer
        except VenueError as error:
            outcome, healthy = error.kind, _verdict(error)
            raise
        finally:
            breaker.record(healthy, probe=probe)
            metrics().http_requests.labels(_label(call.url), call.endpoint, outcome).inc()

    async def _exchange(self, call: _Call[T], turnstile: Turnstile, timeout_sec: float) -> bytes:
        try:
            async with self._open_session().request(
                call.method,
                call.url,
                data=call.body,
                headers=call.headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=timeout_sec),
                middlewares=(_no_silent_repeat,),
            ) as response:
                self._check_status(response, turnstile)
                return await self._read(response)
        except aiohttp.ClientResponseError as error:
            raise Payload(f"{_label(call.url)} does not speak HTTP: {error.message}") from error
        except TimeoutError as error:
            raise Unavailable(f"{_label(call.url)} did not answer within {timeout_sec:.1f} s.") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable(f"{_label(call.url)}: {type(error).__name__}: {error}") from error

    def _check_status(self, response: aiohttp.ClientResponse, turnstile: Turnstile) -> None:
        status, where = response.status, f"{_label(response.url)}{response.url.path}"
        if 200 <= status < 300:
            return
        if status in (429, 503):
            asked = retry_after_sec(
                response.headers.get("Retry-After"),
                now_ms=self._clock.now_ms(),
                answered=response.headers.get("Date"),
                longest_sec=self._settings.retry_after_max_sec,
            )
            held = turnstile.throttled(asked)
            if status == 429 or asked is not None:
                raise Throttled(f"{where} answered {status}; held back for {held:.1f} s.")
        if status >= 500 or status == 408:
            raise Unavailable(f"{where} answered {status}.")
        raise Rejected(f"{where} answered {status}.", status=status)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        limit = self._settings.max_body_bytes
        if (response.content_length or 0) > limit:
            raise Payload(f"The answer announces {response.content_length} bytes, more than {limit}.")
        body = io.BytesIO()  # its value is no second copy
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            body.write(chunk)
            if body.tell() > limit:  # counted after decompression: a small gzip body can unfold a thousandfold
                raise Payload(f"The answer is larger than {limit} bytes.")
        return body.getvalue()

    def _open_session(self) -> aiohttp.ClientSession:
        if self._closed:
            raise Unavailable("The connection to the venue is closed.")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={
                    "User-Agent": self._settings.user_agent,  # the default one of some clients is refused: 403, 1010
                    "Accept": "application/json",
                    "Accept-Encoding": "gzip",
                },
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return self._session

    def _breaker(self, url: URL) -> Breaker:
        host = _label(url)
        if host not in self._breakers:
            gauge = metrics().circuit_state.labels(host)

            def show(state: CircuitState) -> None:
                gauge.set(state.value)

            self._breakers[host] = Breaker(
                host,
                failures=self._settings.breaker_failures,
                open_sec=self._settings.breaker_open_sec,
                open_max_sec=self._settings.breaker_open_max_sec,
                clock=self._clock,
                on_state=show,
            )
        return self._breakers[host]


async def _no_silent_repeat(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Report a lost connection ourselves.

    aiohttp would send a GET once more by itself when a kept-alive connection is reset: a request that neither the
    rate limit nor the number of tries would count.
    """
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise Unavailable(f"{_label(request.url)}: {type(error).__name__}: {error}") from error


def _is_retryable(error: BaseException) -> bool:
    return isinstance(error, VenueError) and error.retryable


def _verdict(error: VenueError) -> bool | None:
    """What a failed try says about the health of the host."""
    if isinstance(error, Throttled):
        return None
    if isinstance(error, Rejected):
        return error.status != _BLOCKED
    return False


def _label(url: URL) -> str:
    """Host of a URL, with the port unless it is the scheme's own."""
    return url.host_port_subcomponent or "unknown"
