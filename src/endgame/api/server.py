"""The web application: a function of its parts, so that one process may hold several."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from endgame import __version__
from endgame.api import contract, problems
from endgame.api.access import CORS_EXPOSED, CORS_HEADERS, HEALTH_PATHS, Access
from endgame.api.answers import AnswerCache, Answers, CurrentRun, SingleFlight
from endgame.api.page import static_routes
from endgame.api.probes import Probes
from endgame.api.query import CSV_PARAMETERS, LIST_PARAMETERS, NEAREST_PARAMETERS, Parameter, read_parameters
from endgame.api.routes import Routes
from endgame.clock import Clock
from endgame.config import Settings, words
from endgame.storage.database import Database
from endgame.storage.scores import read_score_run
from endgame.telemetry import metrics, span

Handler = Callable[[Request], Awaitable[Response]]

_DESCRIPTION: Final = (
    "What is worth buying just before a prediction market settles, explained. Read-only. Prices are dollars per share"
    " that pays 1.00, fractions are 0-1, times are UTC. Parameters that are unknown, repeated or empty are refused."
)
_SECURITY: Final = [(name.encode(), value.encode()) for name, value in problems.SECURITY_HEADERS.items()]
_UNKNOWN_ROUTE: Final = "other"


def create_app(
    database: Database,
    settings: Settings,
    clock: Clock,
    *,
    shutting_down: Callable[[], bool],
    roles: Callable[[], Mapping[str, str]] = dict,
) -> FastAPI:
    """The application over one database.

    `shutting_down` and `roles` (leader or standby, by role) are asked by /readyz. The database stays the
    caller's: it is neither opened nor closed here.
    """
    flights = SingleFlight()
    runs = CurrentRun(lambda: database.read(read_score_run), clock, flights)
    held = AnswerCache(settings.api.cache_entries, settings.api.cache_bytes)
    routes = Routes(database, settings, clock, Answers(runs, held, clock, flights))
    probes = Probes(database, settings, clock, flights, is_stopping=shutting_down, roles=roles)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await flights.close()

    app = FastAPI(
        title="PM Endgame Sweep",
        version=__version__,
        description=_DESCRIPTION,
        openapi_url=None,  # served below from bytes encoded once
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    problems.install(app)
    for endpoint in _endpoints(routes, probes):
        _add(app, endpoint)
    # FastAPI's documented way to bring a document of one's own: `endgame openapi` prints the same one.
    app.openapi = cache(lambda: _openapi(app))  # type: ignore[method-assign]
    app.add_api_route(
        "/openapi.json", _document(app.openapi), methods=["GET"], response_model=None, include_in_schema=False
    )
    files = static_routes()
    app.router.routes.extend(files)
    # From the inside out: what is refused is counted and carries the security headers, and scripts that may read
    # answers may read refusals too.
    app.add_middleware(Access, settings=settings.api, clock=clock, public=frozenset().union(*(f.paths for f in files)))
    if origins := words(settings.api.cors_origins):
        app.add_middleware(
            CORSMiddleware, allow_origins=origins, allow_methods=["GET", "HEAD"], allow_headers=CORS_HEADERS,
            expose_headers=CORS_EXPOSED,
        )  # fmt: skip
    app.add_middleware(Edge, clock=clock)
    return app


class Edge:
    """Around every request: HEAD as GET without a body, security headers, one log line, the request metrics."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"
        inner = scope
        if is_head:
            inner = {**scope, "method": "GET", "state": {**scope.get("state", {}), "is_head": True}}
        status = 500  # what the outermost handler sends when an error passes through here

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = list(message.get("headers", ()))
                named = {name for name, _ in own}
                message = {**message, "headers": [*own, *(header for header in _SECURITY if header[0] not in named)]}
            elif is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        begun = self._clock.monotonic()
        traceparent = dict(scope["headers"]).get(b"traceparent", b"").decode("latin-1")
        with span("request", traceparent=traceparent, method=scope["method"]) as piece:
            try:
                await self._app(inner, receive, send_on)
            finally:
                route = getattr(inner.get("route"), "path", _UNKNOWN_ROUTE)
                piece.note(route=route, status=status, outcome="error" if status >= 500 else "ok")
                metrics().api_requests.labels(route, str(status)).inc()
                metrics().api_latency.labels(route).observe(self._clock.monotonic() - begun)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Endpoint:
    """One documented GET endpoint. Without a model its answer is text of `media_type`."""

    path: str
    handler: Handler
    summary: str
    model: type[BaseModel] | None = None
    media_type: str = "application/json"
    errors: Sequence[int] = (422,)
    parameters: Sequence[Parameter] = ()
    has_tag: bool = False

    def responses(self) -> dict[int | str, dict[str, Any]]:
        """What OpenAPI says of each status."""
        refusals = _HEALTH_REFUSALS if self.path in HEALTH_PATHS else _REFUSALS
        codes = sorted({*self.errors, *refusals})
        described: dict[int | str, dict[str, Any]] = {code: _problem_response(code) for code in codes}
        described[200] = {"description": "OK"}
        if self.has_tag:
            described[200]["headers"] = {"ETag": {"schema": {"type": "string"}}}
            described[304] = {"description": "Not changed since the tag in If-None-Match"}
        if self.model is None:
            described[200]["content"] = {self.media_type: {"schema": {"type": "string"}}}
        return described

    def parameter_objects(self) -> list[Mapping[str, Any]]:
        """What OpenAPI says of each parameter."""
        in_path = [_MARKET_ID] if "{market_id}" in self.path else []
        return [*in_path, *(parameter.openapi() for parameter in self.parameters)]


def _endpoints(routes: Routes, probes: Probes) -> list[_Endpoint]:
    one_market = (404, 422, 503)
    return [
        _Endpoint(
            path="/v1/opportunities", handler=routes.opportunities, summary="Opportunities, ranked",
            model=contract.Opportunities, errors=(400, 422, 503), parameters=LIST_PARAMETERS, has_tag=True,
        ),
        _Endpoint(
            path="/v1/opportunities.csv", handler=routes.opportunities_csv, summary="The same list as CSV",
            media_type="text/csv", errors=(422, 503), parameters=CSV_PARAMETERS, has_tag=True,
        ),
        _Endpoint(
            path="/v1/market/{market_id}", handler=routes.market, summary="Everything known about one market",
            model=contract.MarketAnswer, errors=one_market,
        ),
        _Endpoint(
            path="/v1/market/{market_id}/history", handler=routes.history, summary="Quote samples of one market",
            model=contract.History, errors=one_market,
        ),
        _Endpoint(
            path="/v1/market/{market_id}/gates", handler=routes.gates, summary="Why one market is or is not listed",
            model=contract.Gates, errors=one_market,
        ),
        _Endpoint(
            path="/v1/nearest", handler=routes.nearest, summary="Markets that are almost listed",
            model=contract.Nearest, errors=(422, 503), parameters=NEAREST_PARAMETERS, has_tag=True,
        ),
        _Endpoint(
            path="/v1/funnel", handler=routes.funnel, summary="Where the open markets stopped",
            model=contract.Funnel, errors=(422, 503), has_tag=True,
        ),
        _Endpoint(
            path="/v1/config", handler=routes.config, summary="What is in force", model=contract.Config, has_tag=True
        ),
        _Endpoint(
            path="/v1/system", handler=probes.system, summary="How the parts are doing",
            model=contract.System, errors=(422, 503),
        ),
        _Endpoint(path="/healthz", handler=probes.healthz, summary="The process lives", model=contract.Health),
        _Endpoint(
            path="/readyz", handler=probes.readyz, summary="May serve", model=contract.Readiness, errors=(422, 503)
        ),
        _Endpoint(
            path="/metrics", handler=probes.metrics, summary="Prometheus exposition", media_type="text/plain"
        ),
    ]  # fmt: skip


def _add(app: FastAPI, endpoint: _Endpoint) -> None:
    described = endpoint.parameter_objects()
    name = endpoint.handler.__name__
    app.add_api_route(
        endpoint.path,
        endpoint.handler,
        methods=["GET"],
        summary=endpoint.summary,
        name=name,
        operation_id=name,
        response_model=endpoint.model,
        response_class=Response if endpoint.model is None else JSONResponse,
        responses=endpoint.responses(),
        openapi_extra={"parameters": described} if described else None,
    )


_MARKET_ID: Final[Mapping[str, Any]] = {
    "name": "market_id",
    "in": "path",
    "required": True,
    "description": "The venue's own id.",
    "schema": {"type": "string"},
}
_PROBLEM_WORDS: Final[Mapping[int, str]] = {
    400: "The cursor is not one that this query gave out",
    404: "No market has this id",
    401: "The service has a token, and this request does not bring it",
    405: "The service is read-only: GET and HEAD",
    413: "A body, which no endpoint takes, of more than 1 MiB",
    414: "Path and query of more than 32 KiB",
    421: "The Host header names somebody else",
    422: "A parameter is unknown, repeated, empty or not allowed",
    429: "This client asks too often; see Retry-After",
    503: "The database cannot be read at the moment, or the answer took too long; see Retry-After",
}
_REFUSALS: Final = (401, 413, 414, 421, 429, 503)
"""What any endpoint may be refused with before it is asked."""
_HEALTH_REFUSALS: Final = (413, 414, 421, 503)


def _problem_response(code: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": _PROBLEM_WORDS[code], "content": {problems.MEDIA_TYPE: {"schema": schema}}}


def _openapi(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, openapi_version="3.1.0", routes=app.routes
    )
    document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, operations in document["paths"].items():
        # An empty requirement: most run it without a token.
        operations["get"]["security"] = [] if path in HEALTH_PATHS else [{"token": []}, {}]
    shape = contract.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = document["components"]["schemas"]
    schemas.update(shape.pop("$defs"))
    schemas["Problem"] = shape
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


def _document(document: Callable[[], dict[str, Any]]) -> Handler:
    encoded = cache(lambda: msgspec.json.encode(document()))

    async def openapi(request: Request) -> Response:
        read_parameters(request.query_params, ())
        body = await asyncio.to_thread(encoded)  # made at first asking, a third of a second that nobody else waits for
        return Response(body, headers={"cache-control": "no-cache"}, media_type="application/json")

    return openapi
