"""Every part of `make bench` and `make load` at a tiny size, so that none of them can rot unseen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from benchmarks import first_row, ingest, list_latency, scoring_cycle, usage
from benchmarks.__main__ import read_arguments, rulebook_section
from benchmarks.databases import POSTGRES, SQLITE, Databases
from benchmarks.open_loop import Latencies, request_steadily
from benchmarks.population import OPPORTUNITIES, QUOTED, draws
from benchmarks.report import Section, Target, print_targets, ratio, shown

from postgres_server import PostgresServer
from web.browser import chromium, missing

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def sqlite_only(tmp_path: Path) -> Databases:
    return Databases(tmp_path, None)


def assert_measured(section: Section) -> None:
    """Every row fits its header, and every target has a number."""
    assert section.rows
    assert all(len(row) == len(section.header) for row in section.rows)
    assert all(target.measured > 0 for target in section.targets)


class TestFigures:
    def test_a_percentile_is_the_least_value_that_the_share_does_not_exceed(self):
        found = Latencies([float(value) for value in range(1, 101)], failed=0)
        assert (found.percentile(0.5), found.percentile(0.99), found.percentile(1)) == (50.0, 99.0, 100.0)

    def test_a_target_is_met_below_its_limit_or_above_where_more_is_better(self):
        assert Target("t", 0.4, 0.5, "s").is_met
        assert not Target("t", 0.5, 0.5, "s").is_met
        assert Target("t", 5_000, 5_000, "texts/s", at_least=True).is_met

    def test_what_misses_its_target_is_shown_as_missed(self, capsys):
        print_targets([Target("slow thing", 2.0, 1.0, "s"), Target("fast thing", 0.5, 1.0, "s")])
        lines = capsys.readouterr().out.splitlines()
        assert ["MISSED" in line for line in lines if "thing" in line] == [True, False]

    @pytest.mark.parametrize(
        ("value", "text"),
        [(None, "-"), ("x", "x"), (12, "12"), (12_345, "12,345"), (0.0123, "0.012"), (1234.5, "1,234")],
    )
    def test_numbers_are_shown_with_the_digits_that_matter(self, value, text):
        assert shown(value) == text

    def test_a_ratio_without_a_floor_is_no_number(self):
        assert (ratio(3.0, 2.0), ratio(3.0, None), ratio(3.0, 0.0)) == ("1.5x", "-", "-")


class TestOpenLoop:
    async def test_a_server_that_stalls_is_charged_for_all_that_piled_up_meanwhile(self, stalling_server: Callable):
        paths = iter(["/"] * 40)
        found = await request_steadily(await stalling_server(), paths, per_sec=100, seconds=0.3)
        assert found.failed == 0
        assert len(found.ms) == 30
        assert found.percentile(1) > 100
        assert sum(taken > 20 for taken in found.ms) >= 5, "the requests behind the stalled one waited, too"

    async def test_what_is_not_answered_with_200_is_counted_apart(self, stalling_server: Callable):
        found = await request_steadily(await stalling_server(), iter(["/missing"] * 10), per_sec=100, seconds=0.05)
        assert (found.ms, found.failed > 0) == ([], True)


@pytest.fixture
async def stalling_server():
    """Stands still for 150 ms at the fifth request, as an event loop does."""
    import time

    asked = 0

    async def answer(_request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        if asked == 5:
            time.sleep(0.15)  # noqa: ASYNC251 - the stall that is to be seen
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_get("/", answer)
    servers: list[TestServer] = []

    async def start() -> str:
        servers.append(TestServer(app))
        await servers[0].start_server()
        return str(servers[0].make_url("/"))

    yield start
    for server in servers:
        await server.close()


class TestPopulation:
    def test_it_is_the_same_for_the_same_seed(self):
        first, second = (list(draws(50, now=scoring_cycle.NOW, seed=3)) for _ in range(2))
        assert first == second
        assert first != list(draws(50, now=scoring_cycle.NOW, seed=4))

    def test_its_mix_is_that_of_the_promise(self):
        drawn = list(draws(5_000, now=scoring_cycle.NOW, seed=7))
        assert sum(draw.is_quoted for draw in drawn) / 5_000 == pytest.approx(QUOTED, rel=0.1)


class TestParts:
    TINY = ("--quick", "--parts", "scoring", "--databases", "sqlite", "--sizes", "300")

    def test_a_scoring_cycle_on_sqlite(self, sqlite_only: Databases, capsys):
        section = scoring_cycle.measure(sqlite_only, [SQLITE], [300], 2)
        assert_measured(section)
        opportunities = section.rows[0][section.header.index("opps")]
        assert opportunities == pytest.approx(300 * OPPORTUNITIES, rel=0.7)
        section.show()
        assert "300" in capsys.readouterr().out

    @pytest.mark.postgres
    def test_a_scoring_cycle_on_postgres(self, tmp_path: Path, postgres_server: PostgresServer):
        found = scoring_cycle.measure_one(Databases(tmp_path, postgres_server), POSTGRES, 300, 1)
        assert found.opportunities > 0
        assert min(found.floor_read, found.floor_write, found.floor_loop, found.first) > 0
        assert found.stage("total") == pytest.approx(sum(found.stage(name) for name in ("read", "score", "write")))

    def test_without_a_server_postgres_is_left_out(self, sqlite_only: Databases):
        assert sqlite_only.kinds([SQLITE, POSTGRES]) == [SQLITE]

    @pytest.mark.system
    async def test_ingest(self, sqlite_only: Databases):
        section = await ingest.measure(sqlite_only, [SQLITE], markets=300, quoted=5)
        assert_measured(section)
        assert "none" in section.notes[-1], "the venue's protocol is kept"

    @pytest.mark.system
    async def test_list_latency(self, sqlite_only: Databases):
        section = await list_latency.measure(sqlite_only, markets=300, phase_sec=0.4)
        assert_measured(section)
        failed = section.header.index("not 200")
        assert [row[failed] for row in section.rows] == [0] * 6

    @pytest.mark.system
    def test_first_row(self):
        section = first_row.measure(markets=300)
        assert_measured(section)
        assert section.rows[-1][2] > 0

    def test_rulebook(self):
        assert_measured(rulebook_section(0.05, 10))

    @pytest.mark.system
    def test_the_command_prints_tables_and_targets(self):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks", *self.TINY],
            cwd=ROOT, capture_output=True, text=True, timeout=100, check=True,
        )  # fmt: skip
        assert "## Scoring cycle" in done.stdout
        assert "## Targets of SPEC §10" in done.stdout

    @pytest.mark.browser
    @pytest.mark.system
    def test_the_page(self, built_page: None):
        if chromium() is None:
            missing("no Chromium here (Debian: sudo apt-get install chromium)")
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks", "--quick", "--parts", "page", "--databases", "sqlite"],
            cwd=ROOT, capture_output=True, text=True, timeout=110, check=True,
        )  # fmt: skip
        for target in ("page interactive", "page JavaScript", "filter painted", "refresh, longest frame"):
            assert target in done.stdout

    def test_sizes_databases_and_parts_can_be_chosen(self):
        found = read_arguments(["--sizes", "10000,50000", "--databases", "sqlite", "--parts", "list,first-row"])
        assert (found.sizes, found.databases, found.parts) == ((10_000, 50_000), ["sqlite"], ["list", "first-row"])

    @pytest.mark.parametrize("wrong", [["--parts", "nothing"], ["--databases", "oracle"], ["--sizes", "many"]])
    def test_a_wrong_argument_is_refused(self, wrong, capsys):
        with pytest.raises(SystemExit) as left:
            read_arguments(wrong)
        assert left.value.code == 2
        assert wrong[1] in capsys.readouterr().err


@pytest.mark.skipif(usage.resident_mb() is None, reason="only Linux tells the memory of a process")
def test_memory_and_cpu_time_of_a_process_are_read():
    peak, now = usage.peak_mb(), usage.resident_mb()
    assert peak is not None
    assert now is not None
    assert peak >= now > 1
