"""How bytes are sent: in gzip to whoever takes it, under a tag for each form, or not at all where they are known."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

NEGOTIATED: Final = {"vary": "accept-encoding"}
"""What each of these answers carries, whichever form it has."""
WORTH_COMPRESSING: Final = 512
"""Bytes below which compressing saves nothing worth its header."""
_QUICK: Final = 1
"""Level of gzip for answers made anew: a tenth of a list's size is left, after about a millisecond."""
_TAKES_GZIP: Final = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")
_ENTITY_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')


def negotiated(
    request: Request,
    body: bytes,
    headers: Mapping[str, str],
    *,
    etag: str | None = None,
    packed: Callable[[], bytes] | None = None,
) -> Response:
    """The answer that this request takes: `packed()`, which is gzip, or `body`; 304 where it has what `etag` names.

    `headers` hold the content type; `packed` is None where compressing is not worth it.
    """
    headers = {**headers, **NEGOTIATED}
    is_packed = packed is not None and _takes_gzip(request.headers.get("accept-encoding"))
    if etag is not None:
        # The same content in gzip is other bytes, so it has another strong tag.
        headers["etag"] = f'{etag[:-1]}-gz"' if is_packed else etag
        if is_match(request.headers.get("if-none-match"), headers["etag"]):
            del headers["content-type"]
            return Response(status_code=304, headers=headers)
    if packed is not None and is_packed:
        return Response(packed(), headers={**headers, "content-encoding": "gzip"})
    return Response(body, headers=headers)


def compress(body: bytes, level: int = _QUICK) -> bytes:
    """In gzip, the same bytes for the same body."""
    return gzip.compress(body, level, mtime=0)


def entity_tag(content: bytes) -> str:
    """A strong entity tag of these bytes."""
    return f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'


def is_match(if_none_match: str | None, etag: str) -> bool:
    """True when the header names the tag (or `*`); weak comparison, RFC 9110 §13.1.2."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag in _ENTITY_TAG.findall(if_none_match)


def _takes_gzip(accept_encoding: str | None) -> bool:
    """True when the header names gzip and does not refuse it."""
    return accept_encoding is not None and _TAKES_GZIP.search(accept_encoding) is not None
