"""The simulated venue and the product as processes of their own, as a user starts them."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from benchmarks import usage

_WATCHED = [sys.executable, "-P", str(Path(__file__).with_name("watched.py"))]
_START_SEC = 60.0
POLL_SEC = 0.1


class Process:
    """An `endgame` command. A context manager that ends it by SIGTERM; what it prints goes to a file."""

    def __init__(self, folder: Path, name: str, *arguments: str, **settings: object) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._lags = folder / f"{name}.lags"
        self._arguments = arguments
        self._folder = folder
        self._settings = {f"ENDGAME_{key}": str(value) for key, value in settings.items()}
        self._process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0

    def __enter__(self) -> Self:
        own = {key: value for key, value in os.environ.items() if not key.upper().startswith("ENDGAME_")}
        with self.log.open("wb") as output:
            self.started_at = time.perf_counter()
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [*_WATCHED, str(self._lags), str(os.getpid()), *self._arguments],
                cwd=self._folder,
                env=own | self._settings,
                stdout=output,
                stderr=output,
            )
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: TracebackType | type[BaseException] | BaseException | None) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self._process is not None  # noqa: S101 - only asked inside the block
        return self._process.pid

    def wait_until_ready(self) -> None:
        """Return when the process can be asked; `is_ready` of each kind tells."""
        self.wait_for(self.is_ready, _START_SEC, "its start")

    def is_ready(self) -> bool:
        raise NotImplementedError

    def wait_for(self, probe: Callable[[], Any], within_sec: float, what: str) -> Any:
        """The first truthy answer of `probe`.

        Raises:
            RuntimeError: it did not come in time, or the process ended.
        """
        end = time.perf_counter() + within_sec
        while True:
            found = probe()
            if found:
                return found
            self.check_alive(f"waiting for {what}")
            if time.perf_counter() > end:
                raise RuntimeError(f"waiting for {what}: not within {within_sec:g} s\n{self._last_words()}")
            time.sleep(POLL_SEC)

    def check_alive(self, doing: str) -> None:
        """Raise RuntimeError with the end of its log when the process has ended."""
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"{doing}: the process {self.name} ended\n{self._last_words()}")

    def _last_words(self) -> str:
        return self.log.read_text(errors="replace")[-2_000:]

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)

    def lags(self) -> list[tuple[float, float]]:
        """Worst lag of the event loop in each second so far: UTC epoch seconds, seconds."""
        lines = self._lags.read_text(encoding="ascii").splitlines() if self._lags.exists() else []
        return [(float(at), float(lag)) for at, lag in (line.split() for line in lines)]

    def resident_mb(self) -> float | None:
        return usage.resident_mb(self.pid)

    def cpu_sec(self) -> float | None:
        return usage.cpu_sec(self.pid)

    def peak_mb(self) -> float | None:
        return usage.peak_mb(self.pid)


class Simulator(Process):
    """`endgame simulate`: the venue that everything is measured against."""

    def __init__(self, folder: Path, *, markets: int, latency_ms: float = 20) -> None:
        super().__init__(
            folder, f"simulator{markets}", "simulate", "--port", "0", "--markets", str(markets),
            "--latency-ms", str(latency_ms),
        )  # fmt: skip
        self.url = ""

    def is_ready(self) -> bool:
        found = re.search(r"simulated venue at (http://\S+?);", self.log.read_text(errors="replace"))
        self.url = found[1] if found else ""
        return bool(found)

    def audit(self) -> dict[str, Any]:
        """Requests and breaches of the protocol so far."""
        found: dict[str, Any] = json.loads(ask(self.url, "/_sim/audit")[1])
        return found

    def settings(self) -> dict[str, object]:
        """Settings of a product that watches this venue."""
        return {f"VENUES__POLYMARKET__{name}_URL": self.url for name in ("GAMMA", "CLOB", "DATA")}


class Product(Process):
    """`endgame run` on a database of its own, or one of its parts on one that is shared."""

    def __init__(self, folder: Path, name: str, url: str, *, part: str = "run", **settings: object) -> None:
        self.port = free_port()
        self.part = part
        # How fast it can be is asked, not how fast one client may ask.
        unlimited: dict[str, Any] = {"API__REQUESTS_PER_SEC": 0, **settings}
        super().__init__(folder, name, part, DATABASE__URL=url, API__PORT=self.port, **unlimited)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_ready(self) -> bool:
        if self.part in ("ingest", "score"):
            return '"event":"leader.active"' in self.log.read_text(errors="replace")
        try:
            return ask(self.url, "/healthz")[0] == 200
        except OSError:
            return False

    def total(self) -> int:
        """Opportunities listed now; 0 while it cannot be asked."""
        try:
            status, body = ask(self.url, "/v1/opportunities?limit=1")
        except OSError:
            return 0
        return int(json.loads(body)["total"]) if status == 200 else 0

    def finished(self, job: str) -> list[dict[str, Any]]:
        """The log lines of the finished cycles of a job."""
        lines = self.log.read_text(errors="replace").splitlines()
        marked = f'"event":"job.{job}"'
        return [json.loads(line) for line in lines if marked in line and line.endswith("}")]


def ask(url: str, path: str) -> tuple[int, bytes]:
    """Status and body of one GET."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
