"""Around every request: errors as problem documents, methods, headers, the log line, the static files."""

from __future__ import annotations

import re

import httpx2
import pytest
from structlog.testing import capture_logs

from builders import NOW, a_market, market_id
from conftest import Desk
from endgame.api import page
from endgame.api.contract import Problem
from endgame.api.server import create_app
from endgame.telemetry import configure_logging, metrics
from manual_clock import ManualClock

PATHS = [
    "/v1/opportunities", "/v1/opportunities.csv", "/v1/market/x", "/v1/market/x/history", "/v1/funnel", "/v1/config",
    "/v1/market/x/gates", "/v1/nearest", "/v1/system",
    "/healthz", "/readyz", "/metrics", "/openapi.json",
]  # fmt: skip
STATIC = ["/", "/icon.svg", "/docs", "/docs.css", "/docs.js"]
FOLDER = page.OWN_FOLDER


@pytest.mark.parametrize("path", [*PATHS, *STATIC])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
async def test_every_method_that_writes_is_a_405_that_names_the_allowed_ones(
    desk: Desk, path: str, method: str
) -> None:
    answer = await desk.client.request(method, path, content=b'{"x":1}')
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    Problem.model_validate_json(answer.content)


@pytest.mark.parametrize("path", [*PATHS, *STATIC, "/nowhere"])
async def test_head_is_get_without_a_body(desk: Desk, path: str) -> None:
    got, head = await desk.client.get(path), await desk.client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    if path != "/metrics":
        assert head.headers.get("content-length") == got.headers.get("content-length")


@pytest.mark.parametrize("path", PATHS)
async def test_every_endpoint_refuses_a_parameter_that_it_does_not_know(desk: Desk, path: str) -> None:
    answer = await desk.client.get(path, params={"utm_source": "x"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "utm_source"


UNKNOWN = [
    "/nowhere", "/v1", "/v2/opportunities", "/static/../server.py", "/%2e%2e/server.py", "/docs.js/", "/docs/",
    "/index.html", "/_next/../server.py", "/_next/nothing.js", "/redoc", "/docs/oauth2-redirect", "/.env",
]  # fmt: skip


@pytest.mark.parametrize("path", UNKNOWN)
async def test_an_unknown_path_is_a_problem_and_never_a_file(desk: Desk, path: str) -> None:
    answer = await desk.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    Problem.model_validate_json(answer.content)


@pytest.mark.parametrize("path", [*PATHS, *STATIC, "/nowhere"])
async def test_every_answer_carries_the_security_headers_and_no_cookie(desk: Desk, path: str) -> None:
    headers = (await desk.client.get(path, headers={"origin": "https://evil.example"})).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "://" not in policy
    assert headers["permissions-policy"].startswith("camera=()")
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers
    assert "access-control-allow-origin" not in headers


async def test_a_fault_inside_is_a_500_that_tells_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("secret /srv/path SELECT * FROM markets")

    monkeypatch.setattr(desk.database, "read", broken)
    before = _count("/v1/market/{market_id}", "500")
    answer = await desk.get("/v1/market/x")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert not re.search(r"secret|srv|SELECT|Traceback|RuntimeError|\.py", answer.text)
    assert "content-security-policy" in answer.headers
    assert _count("/v1/market/{market_id}", "500") == before + 1


def _count(route: str, status: str) -> float:
    return metrics().registry.get_sample_value("pm_api_requests_total", {"route": route, "status": status}) or 0.0


@pytest.mark.parametrize(
    ("path", "route", "status"),
    [
        ("/v1/market/0xabc", "/v1/market/{market_id}", "404"),
        ("/v1/opportunities", "/v1/opportunities", "200"),
        ("/v1/opportunities?x=1", "/v1/opportunities", "422"),
        ("/some/secret/0xabc", "other", "404"),
        ("/", "/", "200"),
    ],
)
async def test_requests_are_counted_by_template_and_status(desk: Desk, path: str, route: str, status: str) -> None:
    before = _count(route, status)
    await desk.get(path)
    assert _count(route, status) == before + 1


async def test_one_log_line_per_request_tells_route_status_and_duration(desk: Desk) -> None:
    configure_logging("info")
    with capture_logs() as lines:
        await desk.get("/v1/market/0xabc")
        await desk.get("/v1/opportunities")
    assert [(line["event"], line["route"], line["status"], line["log_level"]) for line in lines] == [
        ("request", "/v1/market/{market_id}", 404, "info"),
        ("request", "/v1/opportunities", 200, "info"),
    ]
    assert all(line["duration_sec"] >= 0 for line in lines)
    assert "0xabc" not in str(lines)


async def test_two_applications_in_one_process_do_not_meet(desk: Desk) -> None:
    await desk.store(market=[a_market(1)])
    other = create_app(desk.database, desk.settings, ManualClock(NOW), shutting_down=lambda: True)
    transport = httpx2.ASGITransport(app=other)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.get(f"/v1/market/{market_id(1)}")).status_code == 200
    assert (await desk.get("/readyz")).status_code == 200


@pytest.mark.parametrize("path", STATIC)
async def test_static_files_are_revalidated_by_tag_and_take_any_query(desk: Desk, path: str) -> None:
    first = await desk.client.get(f"{path}?side=YES&anything=1")
    assert (first.status_code, first.headers["cache-control"]) == (200, "no-cache")
    again = await desk.client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_script_puts_text_into_the_page_as_text_only() -> None:
    script = (FOLDER / "docs.js").read_text(encoding="utf-8")
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(|Attribute\(\"(on|style|href)|\.style\b"
    )
    assert not re.search(forbidden, script)
    assert "textContent" in script


@pytest.mark.parametrize("name", ["unbuilt.html", "docs.html"])
def test_pages_hold_no_inline_code_and_no_outside_host(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|//[a-z]", text)
    assert 'lang="en"' in text
    assert 'name="viewport"' in text


def test_every_file_of_the_folder_is_served() -> None:
    assert {*page._OWN_FILES.values(), "unbuilt.html"} == {found.name for found in FOLDER.iterdir()}
