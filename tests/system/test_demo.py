"""`endgame demo` as somebody meets it who has just cloned the project: one command, rows within a minute, Ctrl-C."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from system.service import Service, run_command, wait_for

pytestmark = [pytest.mark.system, pytest.mark.timeout(150)]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Service]:
    """The demo with no setting but its port; everything it writes to the disk goes below `tmp`."""
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    service = Service(tmp_path, None, "demo", raw_env={"TMPDIR": str(scratch), "HOME": str(tmp_path)})
    service.settings = {"API__PORT": service.port}
    yield service
    service.__exit__()


def test_the_demo_lists_opportunities_within_a_minute_and_leaves_nothing_behind(demo: Service, tmp_path: Path) -> None:
    began = time.monotonic()
    demo.start(wait=False)
    wait_for(demo.alive, within=60, what="/healthz answers", note=demo.tail)
    answered = time.monotonic() - began
    wait_for(lambda: demo.json("/v1/opportunities")["items"], within=60 - answered, what="rows", note=demo.tail)
    first_row = time.monotonic() - began
    assert any(f"http://127.0.0.1:{demo.port}" in line for line in demo.lines), "it says where to look"
    scratch = tmp_path / "tmp"
    assert list(scratch.glob("endgame-demo-*/demo.db"))

    wait_for(lambda: len(demo.ids()) >= 20, within=60, what="a list worth looking at", note=demo.tail)
    item = demo.json("/v1/opportunities?limit=1")["items"][0]
    assert 0.90 <= item["entry_price"] <= 0.999
    assert item["net_yield"] > 0
    assert sum(item["score_breakdown"].values()) == pytest.approx(item["overall_score"], abs=1e-6)
    assert demo.market(item["market_id"])["rules"]["segments"]

    page = demo.get("/")
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"] or (
        "default-src 'self'" in page.headers["content-security-policy"]
    )
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    assert demo.get("/readyz").json["status"] == "ok"

    top = run_command("top", "--limit", "5", cwd=tmp_path, raw_env={"COLUMNS": "160"}, API__PORT=demo.port)
    assert top.returncode == 0, top.stderr
    assert "5 of " in top.stdout
    assert f"from http://127.0.0.1:{demo.port}" in top.stdout
    assert sum(" YES " in line or " NO " in line for line in top.stdout.splitlines()) == 5, top.stdout

    code, took = demo.terminate(signal.SIGINT)
    print(f"first row after {first_row:.1f} s, Ctrl-C took {took:.1f} s")  # noqa: T201 - shown by pytest -rP
    assert code == 0, demo.tail()
    assert took < 10
    assert list(scratch.iterdir()) == [], "the demo left its database behind"
    assert not list(tmp_path.glob("*.db")), "the demo wrote into the working folder"
    assert not any("Traceback" in line for line in demo.lines)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_that_is_ended_while_it_starts_leaves_nothing_behind(
    demo: Service, tmp_path: Path, number: signal.Signals
) -> None:
    demo.start(wait=False)
    scratch = tmp_path / "tmp"
    wait_for(lambda: list(scratch.glob("*/*")), within=60, what="its database", note=demo.tail, every=0.01)
    code, took = demo.terminate(number)
    assert code == 0, demo.tail()
    assert took < 10
    assert list(scratch.iterdir()) == []
    assert not any("Traceback" in line for line in demo.lines), demo.tail()
