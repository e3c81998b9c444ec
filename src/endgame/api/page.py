"""The static files: the built page, and the readable contract at `/docs`. Held in memory, plain and compressed.

The page is made by `make web` from `web/` and lies in the package as `_web`, so that whoever installs the package needs
no Node. Without it `/` says how to build it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from endgame.api.negotiation import NEGOTIATED, WORTH_COMPRESSING, compress, entity_tag, negotiated
from endgame.api.problems import content_security_policy

OWN_FOLDER: Final = Path(__file__).parent / "static"
WEB_FOLDER: Final = Path(__file__).parents[1] / "_web"
_OWN_FILES: Final = {
    "/icon.svg": "icon.svg",
    "/docs": "docs.html",
    "/docs.css": "docs.css",
    "/docs.js": "docs.js",
}
_MEDIA_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_HASHED: Final = "/_next/static/"
"""Below this path a name changes whenever its content does."""
_FOREVER: Final = "public, max-age=31536000, immutable"
_REVALIDATE: Final = "no-cache"
_THOROUGH: Final = 9
"""Level of gzip for files, which are packed once."""
_INLINE_SCRIPT: Final = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file ready to be sent. `compressed` is None where that saves nothing."""

    body: bytes
    compressed: bytes | None
    headers: Mapping[str, str]
    etag: str

    def answer(self, request: Request) -> Response:
        """The file, or 304; compressed for whoever takes it."""
        compressed = self.compressed
        packed = None if compressed is None else lambda: compressed
        return negotiated(request, self.body, self.headers, etag=self.etag, packed=packed)


def static_files() -> dict[str, StaticFile]:
    """Every static file by the path at which it is served; also what a web server in front of the API is built from."""
    files = {path: static_file(path, (OWN_FOLDER / name).read_bytes()) for path, name in _OWN_FILES.items()}
    files |= dict(_built_files(WEB_FOLDER))
    if "/" not in files:
        files["/"] = static_file("/", (OWN_FOLDER / "unbuilt.html").read_bytes())
    return files


def static_routes() -> list[FilesRoute]:
    """A route for each page, and one for all other files."""
    files = static_files()
    pages = {path: file for path, file in files.items() if file.headers["content-type"].startswith("text/html")}
    others = {path: file for path, file in files.items() if path not in pages}
    return [
        *(FilesRoute(path, {path: file}) for path, file in pages.items()),
        FilesRoute("/{static_file:path}", others),
    ]


def static_file(path: str, body: bytes) -> StaticFile:
    """A file by the path under which it is served; the suffix tells what it is, none means a page."""
    suffix = Path(path).suffix or ".html"
    compressed = compress(body, _THOROUGH) if len(body) >= WORTH_COMPRESSING else body
    headers = {
        "content-type": _MEDIA_TYPES[suffix],
        "cache-control": _FOREVER if path.startswith(_HASHED) else _REVALIDATE,
        **NEGOTIATED,
    }
    if suffix == ".html":
        headers["content-security-policy"] = content_security_policy(script_hashes(body))
    return StaticFile(body, compressed if len(compressed) < len(body) else None, headers, entity_tag(body))


def script_hashes(page: bytes) -> list[str]:
    """Sources of a Content-Security-Policy that allow exactly the inline scripts of a page, sorted."""
    found = {hashlib.sha256(script).digest() for script in _INLINE_SCRIPT.findall(page)}
    return sorted(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in found)


def _built_files(folder: Path) -> Iterator[tuple[str, StaticFile]]:
    """Every file of the export by its path; a folder's index is its page, with and without the last slash."""
    for found in sorted(folder.rglob("*")):
        if not found.is_file() or found.suffix not in _MEDIA_TYPES:
            continue
        name = "/" + found.relative_to(folder).as_posix()
        for path in _paths(name):
            yield path, static_file(path, found.read_bytes())


def _paths(name: str) -> Iterable[str]:
    if not name.endswith("/index.html"):
        return [name]
    folder = name.removesuffix("index.html")
    return [folder] if folder == "/" else [folder, folder.rstrip("/")]


class FilesRoute(Route):
    """One route for these files and no other path, so that a metric has one label for them."""

    def __init__(self, path: str, files: Mapping[str, StaticFile]) -> None:
        self._files = files
        self.paths = frozenset(files)
        super().__init__(path, self._answer, methods=["GET"])

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Only the paths of the files match; the route is noted as FastAPI notes its own."""
        if scope["type"] != "http" or scope["path"] not in self._files:
            return Match.NONE, {}
        match, found = super().matches(scope)
        return match, {**found, "route": self}

    async def _answer(self, request: Request) -> Response:
        return self._files[request.scope["path"]].answer(request)
