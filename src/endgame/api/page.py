"""The static files: the page at `/`, the readable contract at `/docs`. Held in memory, revalidated by tag."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from endgame.api.answers import entity_tag, is_match

_FOLDER: Final = Path(__file__).parent / "static"
_FILES: Final = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
    "/docs": ("docs.html", "text/html; charset=utf-8"),
    "/docs.js": ("docs.js", "text/javascript; charset=utf-8"),
}


Handler = Callable[[Request], Awaitable[Response]]


def static_files() -> dict[str, Handler]:
    """Handler of each path. They take any query, since a page keeps its own state there."""
    return {path: _serve((_FOLDER / name).read_bytes(), media_type) for path, (name, media_type) in _FILES.items()}


def _serve(body: bytes, media_type: str) -> Handler:
    headers = {"etag": entity_tag(body), "cache-control": "no-cache"}

    async def file(request: Request) -> Response:
        if is_match(request.headers.get("if-none-match"), headers["etag"]):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=media_type)

    return file
