"""The built page as it is served: policy, caching, compression, and what happens without one."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from builders import NOW
from conftest import Desk
from endgame.api import page
from endgame.api.server import create_app
from endgame.config import Settings
from endgame.storage.database import Database
from manual_clock import ManualClock

INLINE = "self.x = 1 < 2 && 'é'"
INDEX = (
    f'<!doctype html><title>t</title><script src="/_next/static/a.js"></script><script>{INLINE}</script>' + "x" * 900
)


@asynccontextmanager
async def served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx2.AsyncClient]:
    """An application whose page lies in `folder`."""
    monkeypatch.setattr(page, "WEB_FOLDER", folder)
    settings = Settings()
    database = Database(settings.database)
    app = create_app(database, settings, ManualClock(NOW), shutting_down=lambda: False)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost") as client:
        yield client
    await database.close()


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small export as `next build` leaves it."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "_web"
    for name, content in {
        "index.html": INDEX,
        "market/index.html": INDEX.replace(INLINE, "other()"),
        "market/index.txt": "0:[]",
        "_next/static/a.js": "console.log(1);" * 100,
        "_next/static/small.js": "1",
        ".stamp": "abc",
        "odd.exe": "MZ",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


async def test_a_page_allows_exactly_its_own_inline_scripts(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = base64.b64encode(hashlib.sha256(INLINE.encode()).digest()).decode()
    async with served(export, monkeypatch) as client:
        policy = (await client.get("/")).headers["content-security-policy"]
        assert f"script-src 'self' 'sha256-{digest}';" in policy
        other = (await client.get("/market/")).headers["content-security-policy"]
        assert digest not in other
        plain = (await client.get("/v1/config")).headers["content-security-policy"]
        assert "script-src 'self';" in plain
        assert plain.count("default-src") == 1


async def test_a_folder_is_its_page_with_and_without_a_slash(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(export, monkeypatch) as client:
        bodies = {(await client.get(path)).content for path in ("/market/", "/market", "/market/?id=x")}
        assert len(bodies) == 1
        for path in (
            "/market/index.html",
            "/.stamp",
            "/odd.exe",
            "/_next",
            "/_next/static/",
            "/_next/%2e%2e/index.html",
        ):
            assert (await client.get(path)).status_code == 404, path


async def test_what_is_named_for_its_content_is_kept_for_ever_and_a_page_is_not(
    export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(export, monkeypatch) as client:
        assert (await client.get("/_next/static/a.js")).headers[
            "cache-control"
        ] == "public, max-age=31536000, immutable"
        for path in ("/", "/market/index.txt"):
            first = await client.get(path)
            assert first.headers["cache-control"] == "no-cache"
            again = await client.get(path, headers={"if-none-match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("accepts", "is_compressed"),
    [("gzip, deflate, br", True), ("gzip;q=0.5", True), ("identity", False), ("", False), ("gzip;q=0", False),
     ("gzip;q=0.0, br", False), ("x-gzipped", False)],
)  # fmt: skip
async def test_a_file_is_sent_compressed_to_whoever_takes_it(
    export: Path, monkeypatch: pytest.MonkeyPatch, accepts: str, is_compressed: bool
) -> None:
    async with served(export, monkeypatch) as client:
        url = httpx2.URL("http://localhost/_next/static/a.js")
        async with client.stream("GET", url, headers={"accept-encoding": accepts}) as answer:
            raw = b"".join([part async for part in answer.aiter_raw()])
        assert answer.headers["vary"] == "accept-encoding"
        assert (answer.headers.get("content-encoding") == "gzip") is is_compressed
        body = gzip.decompress(raw) if is_compressed else raw
        assert body == (export / "_next" / "static" / "a.js").read_bytes()
        assert answer.headers["etag"].endswith('-gz"') is is_compressed


async def test_a_tiny_file_is_not_compressed(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(export, monkeypatch) as client:
        answer = await client.get("/_next/static/small.js", headers={"accept-encoding": "gzip"})
        assert "content-encoding" not in answer.headers


async def test_without_a_built_page_the_address_says_how_to_build_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with served(tmp_path / "nothing", monkeypatch) as client:
        answer = await client.get("/")
        assert answer.status_code == 200
        assert "make web" in answer.text
        assert (await client.get("/market/")).status_code == 404
        assert (await client.get("/docs")).status_code == 200


async def test_the_files_of_the_page_share_one_label_in_the_metrics(
    export: Path, monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    async with served(export, monkeypatch) as client:
        await client.get("/_next/static/a.js")
        await client.get("/market/")
    text = (await desk.get("/metrics")).text
    assert 'route="/{static_file:path}"' in text
    assert "a.js" not in text
