"""`make load` in its short form: a real run whose report adds up, and what becomes of a report that is interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from benchmarks import load, load_figures, load_plots, load_report, load_run, usage
from benchmarks.load_run import NEVER_ASKED, PROBE, SAME, SCORING, VARYING

from endgame.config import Settings

ROOT = Path(__file__).resolve().parents[2]
PNG = b"\x89PNG\r\n\x1a\n"
MARKETS = 5_000
PATIENT = pytest.mark.timeout(500)  # half a minute on an idle machine; on a busy one it may take what it takes
LINUX = pytest.mark.skipif(usage.resident_mb() is None, reason="only Linux tells what a process uses")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a report about a few seconds with 5,000 markets on SQLite."""
    into = tmp_path_factory.mktemp("load")
    subprocess.run(
        [sys.executable, "-m", "benchmarks.load", "--sizes", str(MARKETS), "--databases", "sqlite",
         "--minutes", "0.05", "--into", str(into)],
        cwd=ROOT, capture_output=True, text=True, timeout=450, check=True,
    )  # fmt: skip
    return into


@pytest.fixture(scope="module")
def figures(report: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((report / "load" / "figures.json").read_text(encoding="utf-8"))
    return found


def made_run(size: int = 50_000, database: str = "sqlite", *, memory: list[float] | None = None) -> dict[str, Any]:
    """Figures of a run of ten minutes after one of filling; memory in MB, evenly over the steady phase."""
    levels = memory or [300.0] * 20
    ms = dict.fromkeys(("0.5", "0.9", "0.95", "0.99", "0.999", "1"), 10.0)
    phase = {"answered": 100, "failed": 0, "ms": ms}
    asked = {"phases": {"steady": phase, SCORING: phase}, "series": [[60.0, 5.0, 10.0, 12.0]]}
    cycle = {"at": 70.0, "sec": 1.0, "phase": "steady", "pages": 500, "seen": size, "asked": 2_000, "markets": size}
    cores = {"fill": 0.5, "steady": 0.5, "worst": 0.5}
    return {
        "size": size, "database": database, "seconds": 600.0,
        "cadences": {"SCORING__CADENCE_SEC": 20, "INGEST__QUOTES_SEC": 30},
        "marks": {"begun": 0.0, "first_row": 5.0, "filled": 60.0, "steady_end": 660.0, "end": 680.0},
        "counts": {"stored": size, "open": size, "rules": size, "quotes": 10, "scores": 10},
        "breaches": {}, "disk_mb": 10.0,
        "cycles": {job: [dict(cycle)] for job in ("discovery_window", "discovery_full", "rules", "quotes", "score")},
        "requests": {SAME: asked, VARYING: asked},
        "stalls": {"run": {"worst": {"steady": {"ms": 20.0, "at": 70.0}}, "series": [[60.0, 20.0]]}},
        "memory": {"run": [[60.0 + 30.0 * step, level] for step, level in enumerate(levels)]},
        "cores": {"run": cores, "machine": {"fill": 1.5, "steady": 1.0, "worst": 1.0}},
        "measured_at": "2026-01-01T00:00:00+00:00", "commit": "abc",
        "machine": {"processor": "p", "cores": 2, "memory_gb": 8, "system": "s", "python": "3", "sqlite": "3",
                    "yardstick_sec": 0.1, "load_before": 0.1, "load_after": 0.2},
    }  # fmt: skip


def promise(kind: str, run: dict[str, Any]) -> load_figures.Promise:
    (found,) = (one for one in load_figures.promises({"runs": [run], "scoring": []}) if one.kind == kind)
    return found


@LINUX
@pytest.mark.system
@PATIENT
class TestAShortRun:
    def test_the_whole_catalogue_of_the_venue_was_walked_stored_and_judged(self, figures):
        (run,) = figures["runs"]
        first, *_ = run["cycles"]["discovery_full"]
        assert (run["size"], first["seen"], first["pages"] >= MARKETS / 100) == (MARKETS, MARKETS, True)
        assert MARKETS <= run["counts"]["stored"] <= MARKETS * 1.02, "few are born meanwhile"
        assert run["counts"]["rules"] == pytest.approx(MARKETS, rel=0.02)
        assert sum(cycle["judged"] for cycle in run["cycles"]["rules"]) >= run["counts"]["rules"]
        assert run["breaches"] == {}

    def test_every_job_had_its_cycles_and_they_lie_within_the_run(self, figures):
        (run,) = figures["runs"]
        for job, cycles in run["cycles"].items():
            assert cycles, job
            assert all(0 <= cycle["at"] <= run["marks"]["end"] + 5 and cycle["sec"] > 0 for cycle in cycles), job
        assert max(cycle["markets"] for cycle in run["cycles"]["score"]) == pytest.approx(
            run["counts"]["scores"], rel=0.05
        )

    def test_all_requests_that_were_due_are_accounted_for(self, figures):
        (run,) = figures["runs"]
        for name, per_sec, phase in ((SAME, 40, "steady"), (VARYING, 10, "steady"), (NEVER_ASKED, 50, "worst")):
            found = run["requests"][name]["phases"][phase]
            assert found["failed"] == 0
            assert found["answered"] == pytest.approx(3 * per_sec, abs=per_sec)
            percentiles = [ms for _, ms in sorted(found["ms"].items(), key=lambda one: float(one[0]))]
            assert percentiles == sorted(percentiles)
            assert percentiles[0] > 0
        assert run["requests"][PROBE]["phases"]
        scored = run["requests"][SAME]["phases"][SCORING]
        assert 0 < scored["answered"] < run["requests"][SAME]["phases"]["steady"]["answered"], (
            "a part of the steady ones"
        )

    def test_the_event_loop_memory_and_processor_were_watched_throughout(self, figures):
        (run,) = figures["runs"]
        assert set(run["stalls"]["run"]["worst"]) == {"fill", "steady", "worst"}
        assert all(found["ms"] > 0 for found in run["stalls"]["run"]["worst"].values())
        assert len(run["memory"]["run"]) >= run["marks"]["end"] / 4
        assert all(20 < mb < 2_000 for _, mb in run["memory"]["run"])
        assert 0 < run["cores"]["run"]["steady"] <= run["cores"]["machine"]["steady"] + 0.2
        assert run["disk_mb"] > 1

    def test_the_page_shows_the_pictures_and_the_machine(self, report: Path, figures):
        page = (report / "load.md").read_text(encoding="utf-8")
        for name in ("cycles", "memory", "latency", "distribution", "stalls"):
            assert f"](load/{name}.png)" in page
            assert (report / "load" / f"{name}.png").read_bytes().startswith(PNG)
        assert figures["runs"][0]["machine"]["python"] in page
        assert f"| {MARKETS:,} | sqlite | full, first | " in page

    def test_the_same_figures_give_the_same_page_again(self, report: Path, figures):
        page = (report / "load.md").read_text(encoding="utf-8")
        load.main(["--redraw", "--into", str(report)])
        assert (report / "load.md").read_text(encoding="utf-8") == page
        assert json.loads((report / "load" / "figures.json").read_text(encoding="utf-8")) == figures


def children(parent: int) -> set[int]:
    return usage.family(parent) - {parent}


@pytest.fixture
def started(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The command with its processes running, over an older report."""
    (tmp_path / "load").mkdir()
    (tmp_path / "load.md").write_text("the old report", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load", "--sizes", "300", "--databases", "sqlite", "--minutes", "5",
         "--into", str(tmp_path)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    ends = time.monotonic() + 150
    while len(children(process.pid)) < 2:  # the venue and the product
        assert process.poll() is None
        assert time.monotonic() < ends
        time.sleep(0.1)
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate(timeout=30)


def assert_gone(pids: set[int]) -> None:
    ends = time.monotonic() + 150
    while alive := {pid for pid in pids if Path(f"/proc/{pid}").exists()}:
        assert time.monotonic() < ends, alive
        time.sleep(0.1)


@LINUX
@pytest.mark.system
@PATIENT
class TestAnInterruptedRun:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_it_leaves_no_process_and_the_old_report(self, started, tmp_path: Path, number):
        pids = children(started.pid)
        started.send_signal(number)
        _, told = started.communicate(timeout=150)
        assert started.returncode == 130
        assert told.strip().splitlines() == ["interrupted: nothing is left running, the report is as it was"]
        assert_gone(pids)
        assert (tmp_path / "load.md").read_text(encoding="utf-8") == "the old report"
        assert list((tmp_path / "load").iterdir()) == []

    def test_a_process_that_ends_meanwhile_ends_the_run_and_is_named(self, started, tmp_path: Path):
        pids = children(started.pid)
        os.kill(max(pids), signal.SIGKILL)  # the younger one: the product
        _, told = started.communicate(timeout=150)
        assert started.returncode == 1
        assert "the process run ended" in told
        assert "Traceback" not in told
        assert_gone(pids)
        assert (tmp_path / "load.md").read_text(encoding="utf-8") == "the old report"

    def test_killed_outright_it_leaves_no_process_either(self, started):
        pids = children(started.pid)
        os.kill(started.pid, signal.SIGKILL)
        assert_gone(pids)


class TestCadences:
    def test_a_short_run_of_a_large_venue_still_leaves_pauses_between_cycles(self):
        found = load_run.cadences(250_000, 30)
        assert found["SCORING__CADENCE_SEC"] >= 50
        assert found["INGEST__WINDOW_SEC"] >= 250

    @pytest.mark.parametrize("size", load_run.SIZES)
    @pytest.mark.parametrize("seconds", [1, 60, 3_600])
    def test_they_are_settings_that_the_product_takes(self, size, seconds):
        found = load_run.cadences(size, seconds)
        Settings.model_validate({
            "scoring": {"cadence_sec": found.pop("SCORING__CADENCE_SEC")},
            "ingest": {name.removeprefix("INGEST__").lower(): value for name, value in found.items()},
        })  # fmt: skip


class TestFigures:
    def test_memory_that_stays_is_flat_and_memory_that_climbs_is_not(self):
        assert promise("flat", made_run()).is_met
        climbing = promise("flat", made_run(memory=[300.0 + 3 * step for step in range(20)]))
        assert not climbing.is_met
        assert climbing.measured == pytest.approx(100 * (352.5 / 322.5 - 1), rel=0.02)
        assert "missed" in climbing.verdict

    def test_answers_that_never_came_are_no_fast_answers(self):
        run = made_run()
        phase = run["requests"][SAME]["phases"]["steady"]
        assert promise(f"p99 {SAME} steady", run).is_met
        run["requests"] = {SAME: {**run["requests"][SAME], "phases": {"steady": {**phase, "failed": 2}}}}
        lost = promise(f"p99 {SAME} steady", run)
        assert not lost.is_met
        assert "(2 of 102 not answered with 200)" in lost.what
        assert "not answered" in lost.verdict

    def test_what_grew_while_filling_does_not_count_as_growth(self):
        run = made_run()
        run["memory"]["run"] = [[0.0, 50.0], [30.0, 150.0], *run["memory"]["run"]]
        assert promise("flat", run).measured == pytest.approx(0)

    def test_a_run_too_short_to_tell_promises_no_flatness(self):
        run = {**made_run(), "seconds": 60.0}
        assert [one for one in load_figures.promises({"runs": [run], "scoring": []}) if one.kind == "flat"] == []

    def test_books_are_judged_per_2000_markets(self):
        run = made_run()
        run["cycles"]["quotes"][0] |= {"sec": 12.0, "asked": 4_000}
        assert promise("books", run).measured == pytest.approx(6.0)

    def test_what_is_measured_again_takes_the_place_of_the_older_figure_alone(self):
        old = {"runs": [made_run(), made_run(5_000)], "scoring": []}
        new = {"runs": [{**made_run(), "commit": "new"}], "scoring": []}
        assert [(run["size"], run["commit"]) for run in load_figures.merged(old, new)["runs"]] == [
            (5_000, "abc"), (50_000, "new"),
        ]  # fmt: skip

    def test_figures_survive_being_written(self, tmp_path: Path):
        figures = {"runs": [made_run()], "scoring": []}
        load_figures.write_figures(tmp_path / "figures.json", figures)
        assert load_figures.read_figures(tmp_path / "figures.json") == figures
        assert load_figures.read_figures(tmp_path / "none.json") == {"runs": [], "scoring": []}


class TestPage:
    def test_a_miss_is_named_with_its_extent_and_its_cause(self, tmp_path: Path):
        run = made_run()
        run["cycles"]["discovery_full"][0]["sec"] = 90.0
        page = load_report.page({"runs": [run], "scoring": []}, load_plots.draw({"runs": [run]}, tmp_path))
        assert "| 90 s | < 60 s | **missed** by 30 s (1.5 times) |" in page
        assert load_report.WHY["walk"] in page

    def test_every_promise_has_an_explanation_should_it_be_missed(self):
        run = made_run()
        for name, phase in ((SAME, "fill"), (NEVER_ASKED, "worst")):
            run["requests"][name] = {"phases": {phase: run["requests"][VARYING]["phases"]["steady"]}, "series": []}
        scoring = {"size": 50_000, "database": "sqlite", "median": 1.0}
        found = load_figures.promises({"runs": [made_run(), run], "scoring": [scoring]})
        assert {one.kind for one in found} == set(load_report.WHY)

    def test_a_walk_stands_beside_what_the_rate_of_the_venue_permits(self, tmp_path: Path):
        page = load_report.page({"runs": [made_run()], "scoring": []}, {})
        assert "| 50,000 | sqlite | full, first | 500 | 50,000 | 33.3 | 1 | 0.0x |" in page

    def test_what_was_not_measured_is_named(self):
        page = load_report.page({"runs": [made_run()], "scoring": []}, {})
        assert " 50,000 on postgres, 250,000 on sqlite" in page
        assert " 50,000 on sqlite" not in page


class TestArguments:
    def test_only_the_whole_measurement_writes_into_the_documents(self):
        assert load.read_arguments([]).into == ROOT / "docs"
        assert load.read_arguments(["--sizes", "5000"]).into == ROOT / "build" / "load"
        assert load.read_arguments(["--minutes", "0.2"]).into == ROOT / "build" / "load"

    @pytest.mark.parametrize("wrong", [["--minutes", "0"], ["--databases", "oracle"], ["--sizes", "many"]])
    def test_a_wrong_argument_is_refused(self, wrong, capsys):
        with pytest.raises(SystemExit) as left:
            load.read_arguments(wrong)
        assert left.value.code == 2
        assert wrong[1] in capsys.readouterr().err
