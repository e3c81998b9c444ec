"""The real `endgame` command as a process: started, asked over HTTP, stopped by signal."""

from __future__ import annotations

import http.client
import json
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlencode

from system.oracle_venue import OracleVenue

_REPOSITORY = Path(__file__).resolve().parents[2]
_WALL_CLOCK = time.time


def command() -> list[str]:
    """The installed command of this very environment."""
    script = Path(sys.executable).with_name("endgame")
    return [str(script)] if script.exists() else [sys.executable, "-c", "from endgame.cli import main; main()"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(**settings: object) -> dict[str, str]:
    """This process's environment with settings; `INGEST__QUOTES_SEC=2` becomes ENDGAME_INGEST__QUOTES_SEC."""
    env = {key: value for key, value in os.environ.items() if not key.upper().startswith("ENDGAME_")}
    env.update({f"ENDGAME_{name}": str(value) for name, value in settings.items()})
    return env


def run_command(
    *arguments: str, cwd: Path, timeout: float = 30, raw_env: Mapping[str, str] | None = None, **settings: object
) -> subprocess.CompletedProcess[str]:
    """One command to its end."""
    env = {**environment(**settings), **(raw_env or {})}
    return subprocess.run(
        [*command(), *arguments], cwd=cwd, env=env, capture_output=True, text=True, timeout=timeout, check=False
    )


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        """The body as strict JSON: NaN and infinity are no numbers."""
        return json.loads(self.body, parse_constant=_refuse)


def _refuse(word: str) -> float:
    raise AssertionError(f"{word} left the API")


def wait_for(
    probe: Callable[[], Any], *, within: float, what: str, every: float = 0.15, note: Callable[[], str] | None = None
) -> Any:
    """The first truthy answer of `probe`."""
    end = time.monotonic() + within
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {within} s: {what}" + (f"\n{note()}" if note else ""))
        time.sleep(every)


class Service:
    """`endgame <part>` against a venue, on a database of its own. A context manager that ends by SIGTERM."""

    def __init__(
        self,
        folder: Path,
        venue: OracleVenue | Simulator | None,
        part: str = "run",
        arguments: Sequence[str] = (),
        raw_env: Mapping[str, str] | None = None,
        **settings: object,
    ) -> None:
        self.folder = folder
        self.part = part
        self.arguments = list(arguments)
        self.raw_env = dict(raw_env or {})
        self.launcher: list[str] = []
        self.settings = {
            "DATABASE__URL": f"sqlite:///{folder / 'acceptance.db'}",
            "API__PORT": free_port(),
            "INGEST__WINDOW_SEC": 3,
            "INGEST__DISCOVERY_SEC": 600,
            "INGEST__QUOTES_SEC": 2,
            "INGEST__RETRY_SEC": 1,
            "SCORING__CADENCE_SEC": 2,
            **settings,
        }
        if venue is not None:
            self.settings.setdefault("VENUES__POLYMARKET__GAMMA_URL", venue.gamma_url)
            self.settings.setdefault("VENUES__POLYMARKET__CLOB_URL", venue.clob_url)
            self.settings.setdefault("VENUES__POLYMARKET__DATA_URL", venue.data_url)
        self.process: subprocess.Popen[bytes] | None = None
        self.lines: list[str] = []
        self._reader: threading.Thread | None = None

    @property
    def port(self) -> int:
        return int(str(self.settings["API__PORT"]))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        self._join()

    def start(self, *, wait: bool = True) -> None:
        self.process = subprocess.Popen(
            [*self.launcher, *command(), self.part, *self.arguments],
            cwd=self.folder,
            env={**environment(**self.settings), **self.raw_env},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._collect, args=(self.process,), daemon=True)
        self._reader.start()
        if wait:
            try:
                wait_for(self.alive, within=30, what="/healthz answers", note=self.tail)
            except BaseException:
                self.kill()
                raise

    def _collect(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stderr is not None
        for raw in process.stderr:
            self.lines.append(raw.decode("utf-8", "replace").rstrip("\n"))

    def _join(self) -> None:
        if self._reader is not None:
            self._reader.join(5)
        if self.process is not None and self.process.stderr is not None:
            self.process.stderr.close()

    def alive(self) -> bool:
        process = self.process
        assert process is not None
        assert process.poll() is None, f"the service ended with {process.returncode}:\n{self.tail()}"
        try:
            return self.get("/healthz").status == 200
        except OSError:
            return False

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)
        self._join()

    def terminate(self, number: int = signal.SIGTERM, within: float = 10) -> tuple[int, float]:
        """(exit code, seconds it took)."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(within + 5)
        took = time.monotonic() - began
        self._join()
        return code, took

    def tail(self, lines: int = 25) -> str:
        return "\n".join(line[:400] for line in self.lines[-lines:])

    # ---- asking

    def request(self, method: str, path: str, headers: Mapping[str, str] | None = None, timeout: float = 10) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        began = time.monotonic()
        try:
            connection.request(method, path, headers=dict(headers or {}))
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, named, body, time.monotonic() - began)

    def get(self, path: str, params: Mapping[str, object] | None = None, **headers: str) -> Answer:
        query = "?" + urlencode({key: str(value) for key, value in params.items()}) if params else ""
        return self.request("GET", path + query, headers)

    def json(self, path: str, params: Mapping[str, object] | None = None) -> Any:
        answer = self.get(path, params)
        assert answer.status == 200, f"{path} {params}: {answer.status} {answer.body[:500]!r}"
        return answer.json

    def market(self, market_id: str) -> Any:
        return self.json(f"/v1/market/{quote(market_id, safe='')}")

    def funnel(self) -> Any:
        return self.json("/v1/funnel")

    def opportunities(self, limit: int = 200, **params: object) -> list[Any]:
        """All pages of one scoring run; begins again when a run ends between two pages."""
        for _ in range(8):
            items = self._pages({"limit": limit, **params})
            if items is not None:
                return items
        raise AssertionError("no list could be read within one scoring run")

    def _pages(self, params: dict[str, object]) -> list[Any] | None:
        items: list[Any] = []
        as_of: object = None
        cursor: object = None
        while True:
            page = self.json("/v1/opportunities", {**params, **({"cursor": cursor} if cursor else {})})
            if items and page["as_of"] != as_of:
                return None
            as_of = page["as_of"]
            items += page["items"]
            cursor = page["next_cursor"]
            if not cursor:
                assert page["total"] == len(items), f"total {page['total']} but {len(items)} rows over all pages"
                return items

    def ids(self) -> set[str]:
        return {item["market_id"] for item in self.opportunities()}

    def metric(self, name: str) -> float:
        """Sum of all series of one metric."""
        text = self.get("/metrics").body.decode()
        found = re.findall(rf"^{re.escape(name)}(?:\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE)
        return sum(float(value) for value in found)


def ms_of(stamp: str) -> int:
    """Epoch milliseconds of the API's RFC 3339."""
    from datetime import datetime

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", stamp), f"not RFC 3339 in milliseconds: {stamp}"
    return round(datetime.fromisoformat(stamp).timestamp() * 1000)


class Simulator:
    """`endgame simulate` as a process of its own; a context manager. Faults are set while it runs."""

    def __init__(self, markets: int = 400, seed: int = 7) -> None:
        self._arguments = ["simulate", "--port", "0", "--markets", str(markets), "--seed", str(seed)]
        self.url = ""

    @property
    def gamma_url(self) -> str:
        return f"{self.url}/gamma"

    @property
    def clob_url(self) -> str:
        return f"{self.url}/clob"

    @property
    def data_url(self) -> str:
        return f"{self.url}/data"

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [*command(), *self._arguments], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        try:
            self.url = self._address(within=60)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _address(self, within: float) -> str:
        output = self._process.stdout
        assert output is not None
        with selectors.DefaultSelector() as ready:
            ready.register(output, selectors.EVENT_READ)
            assert ready.select(within), f"the simulator said nothing within {within} s"
        line = output.readline().decode()
        found = re.search(r"http://[\d.]+:\d+", line)
        assert found, f"the simulator did not name its address: {line!r}"
        return found[0]

    def set_faults(self, *faults: str | Mapping[str, object]) -> None:
        """Replace the faults in force; none clears them."""
        self._ask("POST", "/_sim/faults", json.dumps({"faults": faults}).encode())

    def injected(self, name: str) -> int:
        """How often this fault has hit a request so far."""
        return int(self.audit()["faults_injected"].get(name, 0))

    def audit(self) -> Any:
        """What the clients did: requests, statuses, violations."""
        return self._ask("GET", "/_sim/audit")

    def truth(self) -> set[str]:
        """Ids of the markets that are opportunities at this moment."""
        return {item["market_id"] for item in self._ask("GET", "/_sim/truth")["opportunities"]}

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=20)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        assert answer.status == 200, f"{path}: {answer.status} {content[:300]!r}"
        return json.loads(content)
