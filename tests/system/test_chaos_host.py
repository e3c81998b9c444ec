"""The machine misbehaves under the real process: disk, clock, names, descriptors, log pipe, locks, a second copy."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from system.fault_table import FULL, record
from system.service import Service, Simulator, command, environment, ms_of, run_command, wait_for
from system.stored_rows import Stored, kept, lost

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]

STALE_SEC = 6.0
RECOVERY_SEC = 2 * 0.6 + 0.6 + 1 + 30
"""Two quote cadences, one scoring cadence, what a breaker still holds back, and 30 s: the contract's bound."""
START_SEC = 120
"""For a process to start and fill its database, on a machine that does other things as well."""
SETTINGS: dict[str, object] = {
    "DATABASE__BUSY_TIMEOUT_SEC": 1,
    "HTTP__TIMEOUT_SEC": 1,
    "HTTP__BUDGET_SEC": 2,
    "HTTP__BREAKER_OPEN_SEC": 0.5,
    "HTTP__BREAKER_OPEN_MAX_SEC": 1,
    "INGEST__QUOTES_SEC": 0.6,
    "INGEST__WINDOW_SEC": 1.5,
    "INGEST__DISCOVERY_SEC": 1.5,
    "INGEST__RETRY_SEC": 0.3,
    "SCORING__CADENCE_SEC": 0.6,
    "SCORING__BOUNDS__QUOTE_STALE_MAX_SEC": STALE_SEC,
}
FAKETIME = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
HOUR = 3_600
TAKEOVER_SEC = 30
"""A jump may cost a process its lead: the contract gives the next one this long."""


@pytest.fixture(scope="module")
def venue() -> Iterator[Simulator]:
    with Simulator(200, seed=13) as running:
        yield running
        assert running.audit()["violations"] == {}


def check_sound(service: Service, path: Path) -> None:
    """An orderly end; a sound file; nothing unexpected was said."""
    code, took = service.terminate()
    assert code == 0, service.tail()
    assert took < 10
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    finally:
        connection.close()
    unexpected = [line[:900] for line in service.lines if "Traceback" in line or '"job.unexpected"' in line]
    assert not unexpected, "\n".join(unexpected[:3])


def is_fresh(service: Service, moment_ms: float) -> bool:
    """The list is there, scored and quoted after the moment, with nothing stale in it."""
    with suppress(OSError):
        answer = service.get("/v1/opportunities", {"limit": 200})
        if answer.status != 200 or not answer.json["items"]:
            return False
        page = answer.json
        run = ms_of(page["as_of"])
        stamps = [ms_of(item["quote"]["as_of"]) for item in page["items"]]
        assert all(run - stamp <= STALE_SEC * 1000 for stamp in stamps), "a stale row is ranked"
        return run > moment_ms and min(stamps) > moment_ms
    return False


def is_of_now(service: Service, offset_sec: int) -> bool:
    """The list is of the time that a clock shows which is off by this much."""
    as_of = service.json("/v1/opportunities")["as_of"]
    return as_of is not None and abs(ms_of(as_of) - (time.time() + offset_sec) * 1000) < 10_000


def recover(service: Service, within: float = RECOVERY_SEC) -> float:
    """Seconds until the list is fresh."""
    moment, began = time.time() * 1000, time.monotonic()
    wait_for(lambda: is_fresh(service, moment), within=within, what="a fresh list", note=service.tail)
    return time.monotonic() - began


@contextmanager
def running(
    folder: Path, venue: Simulator, *, raw_env: dict[str, str] | None = None, **over: object
) -> Iterator[tuple[Service, Path]]:
    """A service whose list is there."""
    path = folder / "host.db"
    settings = {**SETTINGS, "DATABASE__URL": f"sqlite:///{path}", **over}
    with Service(folder, venue, raw_env=raw_env, **settings) as service:
        recover(service, within=START_SEC)
        yield service, path


def failures(service: Service) -> int:
    return sum('"outcome":"error"' in line for line in service.lines)


def wait_for_failures(service: Service, beyond: int, what: str) -> None:
    """Until more pieces of work than these have failed."""
    wait_for(lambda: failures(service) > beyond, within=40, what=what, note=service.tail)


def url_of(service: Service) -> str:
    return str(service.settings["DATABASE__URL"])


def pid_of(service: Service) -> int:
    assert service.process is not None
    return service.process.pid


def survive(service: Service, fault: str, times: int, trouble: Callable[[], None], *, healthy: bool = True) -> None:
    """Trouble, again and again; after each the list is fresh again, and no row is lost."""
    worst, began, gone = 0.0, time.monotonic(), 0
    for _ in range(times):
        before = kept(url_of(service))
        trouble()
        worst = max(worst, recover(service))
        gone += lost(before, url_of(service))
        assert not healthy or service.get("/healthz").status == 200
    record(fault, database="SQLite", lasted_sec=time.monotonic() - began, times=times, recovered_sec=worst, lost=gone)


@contextmanager
def limited(service: Service, kind: int, soft: int) -> Iterator[None]:
    """A limit of the running process, taken back at the end."""
    pid = pid_of(service)
    usual = resource.prlimit(pid, kind)
    resource.prlimit(pid, kind, (soft, usual[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, kind, usual)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=24m", "endgame-chaos", str(disk)], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip("a small disk needs the right to mount a tmpfs")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """Take every byte that is left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            with suppress(OSError):  # what is left is smaller than this size
                while True:
                    file.write(b"\1" * size)
    stat = os.statvfs(disk)
    assert stat.f_bavail == 0, "the disk is not full"
    return ballast


def test_a_full_disk_is_survived_without_a_restart(small_disk: Path, venue: Simulator) -> None:
    with running(small_disk, venue, DATABASE__BUSY_TIMEOUT_SEC=1) as (service, path):

        def trouble() -> None:
            already = failures(service)
            # A reader that stays keeps the log from starting anew: writes cannot do with the room that the file has.
            reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM markets").fetchone()
            ballast = fill(small_disk)
            try:
                wait_for_failures(service, already + 3, "a refused write")
                assert service.get("/v1/opportunities").status == 200, "reading goes on"
            finally:
                ballast.unlink()
                reader.close()

        survive(service, "disk full (tmpfs without a free byte)", 5 if FULL else 1, trouble)
        check_sound(service, path)


def test_files_that_may_not_grow_are_survived(tmp_path: Path, venue: Simulator) -> None:
    with running(tmp_path, venue) as (service, path):

        def trouble() -> None:
            already = failures(service)
            with limited(service, resource.RLIMIT_FSIZE, 4096):
                wait_for_failures(service, already + 3, "a refused write")
                assert service.get("/healthz").status == 200

        survive(service, "files that may not grow (RLIMIT_FSIZE)", 5 if FULL else 1, trouble)
        check_sound(service, path)


def test_a_locked_file_is_survived(tmp_path: Path, venue: Simulator) -> None:
    with running(tmp_path, venue) as (service, path):

        def trouble() -> None:
            already = failures(service)
            stranger = sqlite3.connect(path, isolation_level=None)
            try:
                stranger.execute("BEGIN IMMEDIATE")
                wait_for_failures(service, already + 2, "a refused write")
                time.sleep(10 if FULL else 0)
                assert service.get("/v1/opportunities").status == 200, "reading goes on"
            finally:
                stranger.close()

        survive(service, "file locked by another process", 3 if FULL else 1, trouble)
        check_sound(service, path)


def test_running_out_of_descriptors_is_survived(tmp_path: Path, venue: Simulator) -> None:
    with running(tmp_path, venue) as (service, path):

        def trouble() -> None:
            already = failures(service)
            with limited(service, resource.RLIMIT_NOFILE, 3):
                venue.set_faults("reset")  # connections that live on need no descriptor: end them
                wait_for_failures(service, already + 2, "failed cycles")
            venue.set_faults()

        survive(service, "no descriptor left (RLIMIT_NOFILE)", 3 if FULL else 1, trouble)
        check_sound(service, path)


def test_a_closed_log_pipe_stops_nothing(tmp_path: Path, venue: Simulator) -> None:
    path = tmp_path / "host.db"
    service = Service(tmp_path, venue, **SETTINGS, DATABASE__URL=f"sqlite:///{path}")
    process = subprocess.Popen(
        [*command(), "run"], cwd=tmp_path, env=environment(**service.settings),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    process.stderr.close()
    service.process = process
    try:
        wait_for(service.alive, within=40, what="/healthz answers")
        recover(service)
        before = kept(url_of(service))
        took = recover(service)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.wait(5)
    record("log pipe closed by its reader", database="SQLite", lasted_sec=None, times=1, recovered_sec=took,
           lost=lost(before, url_of(service)))  # fmt: skip


@pytest.mark.skipif(not FULL, reason="takes a minute: only in make chaos")
@pytest.mark.skipif(FAKETIME is None, reason="needs Debian's libfaketime (scripts/system-packages)")
def test_a_clock_that_jumps_is_survived(tmp_path: Path, venue: Simulator) -> None:
    moved = tmp_path / "clock"
    moved.write_text("+0")
    raw_env = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(moved),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with running(tmp_path, venue, raw_env=raw_env) as (service, path):
        began, worst, offset, gone = time.monotonic(), 0.0, 0, 0
        jumps = [30, -30, 0, HOUR, 0, -HOUR, 0]
        for jump in jumps:
            before = kept(url_of(service))
            previous, offset = offset, jump
            aside = tmp_path / "clock.new"
            aside.write_text(f"{offset:+d}")
            aside.replace(moved)
            time.sleep(1.5)  # libfaketime looks at the file every second
            # Rows from before a step back of at most a minute win until the clock has passed them again.
            hold = max(previous - offset, 0) if previous - offset <= 60 else 0
            time.sleep(hold)
            moment = (time.time() + offset) * 1000
            # A list from ahead of the clock is no sign of life: it has to be of the time that the clock shows now.
            waited = time.monotonic()
            wait_for(
                lambda moment=moment, offset=offset: is_fresh(service, moment) and is_of_now(service, offset),
                within=RECOVERY_SEC + TAKEOVER_SEC,
                what="a list of the clock's own time",
                note=service.tail,
            )
            worst = max(worst, time.monotonic() - waited)
            gone += lost(before, url_of(service))
        record("clock jumps, forwards and backwards by up to an hour", database="SQLite",
               lasted_sec=time.monotonic() - began, times=len(jumps), recovered_sec=worst, lost=gone)  # fmt: skip
        check_sound(service, path)


@pytest.mark.skipif(not FULL, reason="takes a minute: only in make chaos")
def test_a_name_that_no_longer_resolves_is_survived(tmp_path: Path, venue: Simulator) -> None:
    """The process has /etc/hosts of its own, by a mount that only it sees; its resolver is the system's."""
    if os.geteuid() or subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
        pytest.skip("a private /etc/hosts needs the right to mount")
    hosts, wrapper = tmp_path / "hosts", tmp_path / "endgame"
    known = "127.0.0.1 localhost venue.test\n"
    hosts.write_text(known)
    wrapper.write_text(f'mount --bind {hosts} /etc/hosts && exec "$@"\n')
    port = venue.url.rsplit(":", 1)[1]
    path = tmp_path / "host.db"
    urls = {
        f"VENUES__POLYMARKET__{name}_URL": f"http://venue.test:{port}/{name.lower()}"
        for name in ("GAMMA", "CLOB", "DATA")
    }
    service = Service(tmp_path, venue, **{**SETTINGS, **urls, "DATABASE__URL": f"sqlite:///{path}"})
    service.launcher = ["unshare", "--mount", "sh", str(wrapper)]
    with service:
        recover(service)

        def is_silent() -> bool:
            asked = venue.audit()["requests"]
            time.sleep(3)
            return bool(venue.audit()["requests"] == asked)

        def trouble() -> None:
            already = failures(service)
            hosts.write_text("127.0.0.1 localhost\n")
            venue.set_faults("reset")  # connections that live on ask no resolver: end them
            wait_for_failures(service, already, "a failed cycle")
            wait_for(is_silent, within=40, what="no request reaches the venue any more", note=service.tail)
            venue.set_faults()
            asked = venue.audit()["requests"]
            already = failures(service)
            wait_for_failures(service, already + 2, "failed cycles")
            assert venue.audit()["requests"] == asked, "the name still led to the venue"
            hosts.write_text(known)

        survive(service, "venue's name does not resolve", 3, trouble)
        check_sound(service, path)


def test_a_second_copy_on_the_same_file_is_refused_or_stands_by(tmp_path: Path, venue: Simulator) -> None:
    with running(tmp_path, venue) as (service, path):
        settings = {**service.settings, "API__PORT": 0}
        began, before = time.monotonic(), kept(url_of(service))
        second = run_command("run", cwd=tmp_path, **settings)
        assert second.returncode == 2
        assert "Traceback" not in second.stderr
        standby = Service(tmp_path, venue, "ingest", **service.settings)
        standby.start(wait=False)
        try:
            wait_for(lambda: any("leader.standby" in line for line in standby.lines), within=40, what="a standby",
                     note=standby.tail)  # fmt: skip
            time.sleep(3)
            assert not any('"job.' in line for line in standby.lines), "two ingests work at once"
            code, _ = standby.terminate()
            assert code == 0
        finally:
            standby.__exit__()
        record("two ingest processes at once", database="SQLite", lasted_sec=time.monotonic() - began, times=2,
               recovered_sec=recover(service), lost=lost(before, url_of(service)))  # fmt: skip
        check_sound(service, path)


def test_sigterm_under_load_ends_in_order(tmp_path: Path, venue: Simulator) -> None:
    worst, times, began, gone = 0.0, 8 if FULL else 2, time.monotonic(), 0
    before: Stored = set()
    for _ in range(times):
        with running(tmp_path, venue) as (service, path):
            gone += lost(before, url_of(service))
            stop = threading.Event()

            def ask(service: Service = service, stop: threading.Event = stop) -> None:
                while not stop.is_set():
                    with suppress(OSError):
                        service.get("/v1/opportunities.csv")

            readers = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
            for reader in readers:
                reader.start()
            time.sleep(0.7)
            before = kept(url_of(service))
            asked = time.monotonic()
            check_sound(service, path)
            worst = max(worst, time.monotonic() - asked)
            stop.set()
            for reader in readers:
                reader.join(10)
            left = sorted(file.name for file in tmp_path.iterdir() if file.name.endswith(("-journal", ".tmp")))
            assert not left, left
            gone += lost(before, url_of(service))
    record("SIGTERM under load (seconds to the end)", database="SQLite", lasted_sec=time.monotonic() - began,
           times=times, recovered_sec=worst, lost=gone)  # fmt: skip
