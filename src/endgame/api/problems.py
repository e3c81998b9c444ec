"""Errors as RFC 9457 problem documents. Nothing of the inside (traceback, SQL, path, URL) reaches a user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from endgame.errors import BadCursor, MarketNotFound, RequestError, StorageError

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SEC: Final = 5
ALLOWED_METHODS: Final = "GET, HEAD"
_TYPE: Final = "urn:endgame:problem:"
_MAX_FINDINGS: Final = 20
_MAX_GIVEN: Final = 60


def content_security_policy(script_hashes: Sequence[str] = ()) -> str:
    """Nothing but our own files; of inline scripts only those with these hashes."""
    sources = " ".join(["'self'", *script_hashes])
    return (
        f"default-src 'none'; script-src {sources}; style-src 'self'; img-src 'self';"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": content_security_policy(),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""Sent with every answer; a page brings a policy of its own, with the hashes of its scripts."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one query parameter: its name, why it is refused, what is allowed, what was given."""

    parameter: str
    reason: str
    allowed: str
    given: str = ""


class InvalidParameters(RequestError):
    """The query has parameters that cannot be used."""

    status = 422

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings[:_MAX_FINDINGS])
        first = self.findings[0]
        value = f" {first.given[:_MAX_GIVEN]!r}" if first.given else ""
        super().__init__(f"{first.parameter}{value}: {first.reason}; allowed: {first.allowed}")


def problem(
    status: int,
    kind: str,
    title: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> Response:
    """A problem document; `members` are extension members beside type, title, status and detail."""
    body = {"type": _TYPE + kind, "title": title, "status": status, "detail": detail, **(members or {})}
    sent = {"cache-control": "no-store", **(headers or {})}
    return Response(msgspec.json.encode(body), status, headers=sent, media_type=MEDIA_TYPE)


def unavailable(detail: str, *, members: Mapping[str, Any] | None = None) -> Response:
    """503 with Retry-After."""
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "unavailable",
        "Temporarily unavailable",
        detail,
        headers={"retry-after": str(RETRY_AFTER_SEC)},
        members=members,
    )


async def _on_request_error(_request: Request, error: Exception) -> Response:
    if isinstance(error, InvalidParameters):
        findings = [
            {"parameter": found.parameter, "reason": found.reason, "allowed": found.allowed} for found in error.findings
        ]
        return problem(error.status, "invalid-parameter", "Invalid parameter", str(error), members={"errors": findings})
    if isinstance(error, BadCursor):
        return problem(error.status, "bad-cursor", "Bad cursor", str(error))
    if isinstance(error, MarketNotFound):
        return problem(error.status, "market-not-found", "Market not found", str(error))
    return problem(HTTPStatus.BAD_REQUEST, "bad-request", "Bad request", str(error))


async def _on_storage_error(_request: Request, _error: Exception) -> Response:
    return unavailable("The database cannot be read at the moment.")


async def _on_http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    if status == HTTPStatus.NOT_FOUND:
        return problem(status, "not-found", "Not found", "Nothing lives at this path; /docs lists what does.")
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        detail = f"This service is read-only: use {ALLOWED_METHODS}."
        headers = {"allow": ALLOWED_METHODS}
        return problem(status, "method-not-allowed", "Method not allowed", detail, headers=headers)
    return problem(status, "http", HTTPStatus(status).phrase, "The request was refused.")


async def _on_any_error(_request: Request, _error: Exception) -> Response:
    answer = problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "Internal error", "Something went wrong here; it has been logged."
    )
    # This answer is sent outside of the middleware that adds them to all others.
    answer.headers.update(SECURITY_HEADERS)
    return answer


def install(app: Starlette) -> None:
    """Make every error of `app` a problem document."""
    app.add_exception_handler(RequestError, _on_request_error)
    app.add_exception_handler(StorageError, _on_storage_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_any_error)
