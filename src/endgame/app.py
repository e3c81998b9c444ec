"""Composition root: builds the parts, owns the signals, unwinds in reverse order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from enum import StrEnum
from typing import Any, Final

import uvicorn

from endgame.api.server import create_app
from endgame.clock import Clock, SystemClock
from endgame.config import Settings
from endgame.errors import AlreadyRunning, ConfigError, EndgameError
from endgame.jobs.discovery import Discovery, WalkCounts
from endgame.jobs.quotes import Quotes
from endgame.jobs.retention import Retention
from endgame.jobs.rules import Rules
from endgame.jobs.runner import Job, Runner
from endgame.jobs.score import Scoring
from endgame.storage.database import Database
from endgame.storage.leader import Leadership
from endgame.telemetry import logger, metrics
from endgame.venues.client import VenueClient
from endgame.venues.registry import build_venues

STANDBY_POLL_SEC: Final = 5.0
"""How often a standby tries for the leader lock."""
LEADER_CHECK_SEC: Final = 1.0
"""How often a leader checks that it still holds the lock."""
TAKEOVER_PAUSE_SEC: Final = 3.0
"""A standby that got the lock waits this long: a leader whose connection was cut has noticed by then and stopped."""
GRACE_SEC: Final = 8.0
"""Longest orderly stop; after it the process leaves anyway."""
GIL_SWITCH_SEC: Final = 0.001
"""Scoring and database threads hand the interpreter over this often, so that answers never wait long for them."""


class Part(StrEnum):
    """What a process does."""

    INGEST = "ingest"
    SCORE = "score"
    API = "api"


class App:
    """One process with some of the parts. `run()` returns when a signal asked it to end."""

    def __init__(
        self,
        settings: Settings,
        parts: frozenset[Part],
        *,
        clock: Clock | None = None,
        on_progress: Callable[[str, WalkCounts], None] | None = None,
        on_listening: Callable[[str], None] | None = None,
    ) -> None:
        self._settings = settings
        self._parts = parts
        self._clock = clock or SystemClock()
        self._on_progress = on_progress
        self._on_listening = on_listening
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT.

        Raises:
            ConfigError: the address to listen on is taken or not ours.
            AlreadyRunning: another process works on the same SQLite file.
            StorageError: the schema is not the one this version needs.
        """
        sys.setswitchinterval(GIL_SWITCH_SEC)
        with _signals(self._stop):
            async with contextlib.AsyncExitStack() as stack:
                database = Database(self._settings.database)
                stack.push_async_callback(database.close)
                locks = await self._take_locks(database, stack)
                tasks: list[asyncio.Task[Any]] = [asyncio.create_task(self._stop.wait(), name="signal")]
                if Part.API in self._parts:
                    await stack.enter_async_context(self._api(database, tasks))
                for part, lock in locks.items():
                    tasks.append(asyncio.create_task(self._lead(part, lock, database), name=part.value))
                try:
                    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    self._stop.set()
                    await _cancel(tasks[1:])
                for task in done:
                    task.result()  # a part that died must not look like an orderly end

    async def _take_locks(self, database: Database, stack: contextlib.AsyncExitStack) -> dict[Part, Leadership]:
        locks: dict[Part, Leadership] = {}
        for part in (Part.INGEST, Part.SCORE):
            if part not in self._parts:
                continue
            lock = locks[part] = Leadership(self._settings.database, part.value)
            stack.push_async_callback(lock.release)
            if database.dialect == "sqlite" and self._parts == frozenset(Part) and not await lock.acquire():
                raise AlreadyRunning(
                    f"already running: another process holds the {part.value} lock of this SQLite file; "
                    "stop it, or name another file with ENDGAME_DATABASE__URL"
                )
        return locks

    async def _lead(self, part: Part, lock: Leadership, database: Database) -> None:
        """Do the part's jobs while holding its lock; stand by otherwise."""
        standing_by = takes_over = False
        leads = metrics().job_leader.labels(part.value)
        leads.set(0)
        while True:
            if await self._is_elected(part, lock, takes_over=takes_over):
                standing_by = False
                leads.set(1)
                logger().info("leader.active", role=part.value)
                await self._work_while_held(part, lock, database)
                leads.set(0)
            elif not standing_by:
                standing_by = True
                logger().info("leader.standby", role=part.value)
            takes_over = True
            await self._clock.sleep(STANDBY_POLL_SEC)

    async def _is_elected(self, part: Part, lock: Leadership, *, takes_over: bool) -> bool:
        try:
            if not (await lock.still_held() or await lock.acquire()):
                return False
        except EndgameError as error:
            logger().warning("leader.unreachable", role=part.value, error=str(error))
            return False
        if not takes_over:
            return True
        await self._clock.sleep(TAKEOVER_PAUSE_SEC)
        return await _holds(lock)

    async def _work_while_held(self, part: Part, lock: Leadership, database: Database) -> None:
        async with self._jobs(part, database) as jobs:
            work = asyncio.create_task(Runner(database, self._clock).run(jobs), name=f"{part.value} jobs")
            try:
                while True:
                    done, _ = await asyncio.wait({work}, timeout=LEADER_CHECK_SEC)
                    if done:
                        work.result()
                    if not await _holds(lock):
                        logger().warning("leader.lost", role=part.value)
                        return
            finally:
                await _cancel([work])

    @asynccontextmanager
    async def _jobs(self, part: Part, database: Database) -> AsyncIterator[list[Job]]:
        if part is Part.SCORE:
            yield self._score_jobs(database)
            return
        venues = build_venues(self._settings, self._clock, random.Random())  # noqa: S311 - jitter, not secrets
        try:
            yield self._ingest_jobs(venues, database)
        finally:
            for venue in venues:
                await venue.close()

    def _score_jobs(self, database: Database) -> list[Job]:
        scoring = Scoring(database, self._settings, self._clock)
        return [
            Job(
                name="score",
                cadence_sec=self._settings.scoring.cadence_sec,
                work=scoring.cycle,
                retry_sec=self._settings.ingest.retry_sec,
                urgent=scoring.is_urgent,
            )
        ]

    def _ingest_jobs(self, venues: list[VenueClient], database: Database) -> list[Job]:
        ingest, clock = self._settings.ingest, self._clock
        discovery = Discovery(venues, database, self._settings, clock, on_progress=self._on_progress)
        rules = Rules(database, clock, texts_stored=discovery.texts_stored)
        quotes = Quotes(venues, database, self._settings, clock, markets_stored=discovery.markets_stored)
        retention = Retention(database, self._settings.retention, clock)
        return [
            Job(
                name="discovery_window",
                cadence_sec=ingest.window_sec,
                work=discovery.walk_window,
                retry_sec=ingest.retry_sec,
            ),
            Job(
                name="discovery_full",
                cadence_sec=ingest.discovery_sec,
                work=discovery.walk_full,
                retry_sec=ingest.window_sec,
                after=discovery.window_walked,
            ),
            Job(
                name="rules",
                cadence_sec=ingest.window_sec,
                work=rules.judge,
                retry_sec=ingest.retry_sec,
                urgent=rules.is_urgent,
            ),
            Job(
                name="quotes",
                cadence_sec=ingest.quotes_sec,
                work=quotes.quote_all,
                retry_sec=ingest.retry_sec,
                urgent=quotes.is_urgent,
                urgent_work=quotes.quote_new,
            ),
            Job(name="retention", cadence_sec=self._settings.retention.cadence_sec, work=retention.prune),
        ]

    @asynccontextmanager
    async def _api(self, database: Database, tasks: list[asyncio.Task[Any]]) -> AsyncIterator[None]:
        listener = _listen(self._settings.api.host, self._settings.api.port)
        app = create_app(database, self._settings, self._clock, shutting_down=self._stop.is_set)
        server = _Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                timeout_graceful_shutdown=5,
                timeout_keep_alive=15,
                h11_max_incomplete_event_size=65_536,
            )
        )
        task = asyncio.create_task(server.serve(sockets=[listener]), name="api server")
        tasks.append(task)
        host, port = listener.getsockname()[:2]
        address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        logger().info("api.listening", address=address)
        if self._on_listening is not None:
            self._on_listening(address)
        try:
            yield
        finally:
            server.should_exit = True
            tasks.remove(task)
            with contextlib.suppress(asyncio.CancelledError):
                await task


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: this module owns the signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, so that a taken port is one clear sentence and not a log line.

    Raises:
        ConfigError: the address is taken, not ours, or not known.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise ConfigError(
            f"api.host {host!r} with api.port {port} cannot be listened on: {error.strerror or error}; "
            "choose another with ENDGAME_API__HOST and ENDGAME_API__PORT"
        ) from error


@contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """First SIGTERM or SIGINT: orderly stop. Second one, or a stop that takes too long: leave at once."""
    loop = asyncio.get_running_loop()

    def on_signal(number: int) -> None:
        if stop.is_set():
            os._exit(128 + number)
        logger().info("app.stopping", signal=signal.Signals(number).name)
        stop.set()
        loop.call_later(GRACE_SEC, os._exit, 0)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def _holds(lock: Leadership) -> bool:
    try:
        return await lock.still_held()
    except EndgameError:
        return False


async def _cancel(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
