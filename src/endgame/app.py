"""Composition root: builds the parts, owns the signals, unwinds in reverse order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from enum import StrEnum
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp

from endgame.api.access import exposure
from endgame.api.probes import create_monitor
from endgame.api.server import create_app
from endgame.api.serving import serving
from endgame.clock import Clock, SystemClock
from endgame.config import ApiSettings, MonitorSettings, Settings, variable_name
from endgame.errors import AlreadyRunning, Busy, ConfigError, EndgameError, SchemaMismatch, StorageError
from endgame.jobs.discovery import Discovery, WalkCounts
from endgame.jobs.quotes import Quotes
from endgame.jobs.retention import Retention
from endgame.jobs.rules import Rules
from endgame.jobs.runner import Job, Runner
from endgame.jobs.score import Scoring
from endgame.otel import exporting_spans
from endgame.storage.database import Database
from endgame.storage.leader import Leadership
from endgame.storage.startup import answered, migrate_when_reachable
from endgame.telemetry import logger, metrics
from endgame.venues.client import VenueClient
from endgame.venues.registry import build_venues

STANDBY_POLL_SEC: Final = 5.0
"""How often a standby tries for the leader lock."""
LEADER_CHECK_SEC: Final = 1.0
"""How often a leader checks that it still holds the lock."""
TAKEOVER_PAUSE_SEC: Final = 3.0
"""A standby that got the lock waits this long: a leader whose connection was cut has noticed by then and stopped."""
LAG_SAMPLE_SEC: Final = 0.25
"""How often the lag of the event loop is measured."""
GRACE_SEC: Final = 8.0
"""Longest orderly stop; after it the process leaves anyway."""
GIL_SWITCH_SEC: Final = 0.001
"""Scoring and database threads hand the interpreter over this often, so that answers never wait long for them."""
GC_YOUNG_OBJECTS: Final = 10_000
"""New objects after which the collector looks at them; the usual 700 makes it look at every chunk of rows in vain."""


def prepare_interpreter() -> None:
    """Keep the pauses short in which no answer can be given; called once, when everything is built.

    What is there by then stays: a full collection that walks through it again and again stops the process for 0.1 s.
    """
    sys.setswitchinterval(GIL_SWITCH_SEC)
    gc.set_threshold(GC_YOUNG_OBJECTS)
    gc.collect()
    gc.freeze()


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
        migrate_first: bool = False,
        on_progress: Callable[[str, WalkCounts], None] | None = None,
        on_listening: Callable[[str], None] | None = None,
    ) -> None:
        self._settings = settings
        self._parts = parts
        self._clock = clock or SystemClock()
        self._migrate_first = migrate_first
        self._standing = {part.value: "waiting" for part in (Part.INGEST, Part.SCORE) if part in parts}
        self._on_progress = on_progress
        self._on_listening = on_listening
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT.

        Raises:
            ConfigError: the address to listen on is taken or not ours.
            AlreadyRunning: another process works on the same SQLite file.
            StorageError: the schema is not the one this version needs, or the server stayed away for longer than
                `database.start_wait_sec`.
        """
        with _signals(self._stop):
            async with contextlib.AsyncExitStack() as stack:
                stack.enter_context(exporting_spans(self._settings.trace))  # the last to end: it hears of all others
                database = Database(self._settings.database)
                locks = self._locks()
                for lock in locks.values():
                    stack.push_async_callback(lock.release)
                # Unwound before the locks are given up: the write in hand ends while this process still leads.
                stack.push_async_callback(database.close)
                ends: list[asyncio.Task[Any]] = [asyncio.create_task(self._stop.wait(), name="signal")]
                if database.dialect == "sqlite":  # its file is there or not: nothing is waited for
                    await self._prepare(database)
                    await self._refuse_second_run(database, locks)
                ends += [await stack.enter_async_context(served) for served in self._applications(database)]
                work = [asyncio.create_task(watch_event_loop(self._clock), name="event loop watch")]
                stack.push_async_callback(_cancel, work)
                if database.dialect != "sqlite" and not await self._prepared(database, ends):
                    return
                prepare_interpreter()
                work += [
                    asyncio.create_task(self._lead(part, lock, database), name=part.value)
                    for part, lock in locks.items()
                ]
                try:
                    done, _ = await asyncio.wait([*ends, *work], return_when=asyncio.FIRST_COMPLETED)
                finally:
                    self._stop.set()
                    await _cancel(work)  # the API is not cut off: it answers what it has begun
                for task in done:
                    task.result()  # a part that died must not look like an orderly end

    def _locks(self) -> dict[Part, Leadership]:
        return {
            part: Leadership(self._settings.database, part.value)
            for part in (Part.INGEST, Part.SCORE)
            if part in self._parts
        }

    async def _refuse_second_run(self, database: Database, locks: dict[Part, Leadership]) -> None:
        """On one SQLite file a second `run` is a mistake, not a standby."""
        if database.dialect != "sqlite" or self._parts != frozenset(Part):
            return
        for part, lock in locks.items():
            if not await lock.acquire():
                raise AlreadyRunning(
                    f"already running: another process holds the {part.value} lock of this SQLite file; "
                    "stop it, or name another file with ENDGAME_DATABASE__URL"
                )

    async def _prepared(self, database: Database, ends: list[asyncio.Task[Any]]) -> bool:
        """Wait for a server that is away, while probes say so; False when asked to end meanwhile."""
        preparing = asyncio.create_task(self._prepare(database), name="database")
        try:
            done, _ = await asyncio.wait([*ends, preparing], return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not preparing.done():
                await _cancel([preparing])
        for task in done:
            task.result()
        return done == {preparing}

    async def _prepare(self, database: Database) -> None:
        if self._migrate_first:
            await migrate_when_reachable(self._settings.database, self._clock)
        await answered(lambda: self._check_schema(database), self._settings.database, self._clock)

    async def _check_schema(self, database: Database) -> None:
        """Whoever only reads can say by its readiness that the schema is wrong, and wait for another.

        Raises:
            SchemaMismatch: it is not what this process could write to.
            Busy: the database is away.
        """
        try:
            await database.ping()
        except SchemaMismatch as error:
            if self._parts != {Part.API}:
                raise
            logger().warning("database.schema", error=str(error))
        except Busy:
            raise
        except StorageError as error:  # a connection that is cut in mid-sentence has many words
            logger().warning("database.unreachable", error=str(error))

    async def _lead(self, part: Part, lock: Leadership, database: Database) -> None:
        """Do the part's jobs while holding its lock; stand by otherwise."""
        standing_by = takes_over = False
        leads = metrics().job_leader.labels(part.value)
        leads.set(0)
        while True:
            if await self._is_elected(part, lock, takes_over=takes_over):
                standing_by = False
                with contextlib.suppress(Busy):  # the jobs will say so
                    await self._check_schema(database)  # another version may have migrated it while this one stood by
                leads.set(1)
                self._standing[part.value] = "leader"
                logger().info("leader.active", role=part.value)
                await self._work_while_held(part, lock, database)
                leads.set(0)
                self._standing[part.value] = "waiting"
            elif not standing_by:
                standing_by = True
                self._standing[part.value] = "standby"
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
            metrics().circuit_state.clear()  # whoever leads next tells of the venue, our last word would stand for ever

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
            Job(
                name="retention",
                cadence_sec=self._settings.retention.cadence_sec,
                work=retention.prune,
                retry_sec=ingest.window_sec,
            ),
        ]

    def _applications(self, database: Database) -> Iterator[AbstractAsyncContextManager[asyncio.Task[None]]]:
        """What this process answers, each on its own port."""
        settings, clock, is_stopping = self._settings, self._clock, self._stop.is_set
        app: ASGIApp
        if Part.API in self._parts:
            app = create_app(database, settings, clock, shutting_down=is_stopping, roles=lambda: self._standing)
            if (warning := exposure(settings.api)) is not None:
                logger().warning("api.unprotected", detail=warning)
            yield self._served("api", app, settings.api, self._on_listening)
        if settings.monitor.enabled:
            app = create_monitor(database, settings, clock, shutting_down=is_stopping, roles=lambda: self._standing)
            yield self._served("monitor", app, settings.monitor)

    @asynccontextmanager
    async def _served(
        self,
        name: str,
        app: ASGIApp,
        address: ApiSettings | MonitorSettings,
        on_listening: Callable[[str], None] | None = None,
    ) -> AsyncIterator[asyncio.Task[None]]:
        """The serving task; at the end requests in flight are answered, for at most five seconds."""
        listener = _listen(name, address.host, address.port)
        server = _Server(serving(app, self._settings.api))
        task = asyncio.create_task(server.serve(sockets=[listener]), name=f"{name} server")
        host, port = listener.getsockname()[:2]
        url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        logger().info(f"{name}.listening", address=url)
        if on_listening is not None:
            on_listening(url)
        try:
            yield task
        finally:
            server.should_exit = True
            await task


async def watch_event_loop(clock: Clock) -> None:
    """Measure for ever how late the event loop wakes up: how long an answer waited for somebody who did not yield."""
    while True:
        begun = clock.monotonic()
        await clock.sleep(LAG_SAMPLE_SEC)
        metrics().event_loop_lag.observe(max(clock.monotonic() - begun - LAG_SAMPLE_SEC, 0.0))


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: this module owns the signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(section: str, host: str, port: int) -> socket.socket:
    """A listening socket, so that a taken port is one clear sentence and not a log line.

    Raises:
        ConfigError: the address is taken, not ours, or not known.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise ConfigError(
            f"{section}.host {host!r} with {section}.port {port} cannot be listened on: {error.strerror or error}; "
            f"choose another with {variable_name(f'{section}.host')} and {variable_name(f'{section}.port')}"
        ) from error


@contextmanager
def until_signal() -> Iterator[None]:
    """SIGTERM or SIGINT leaves the block, quietly and through every `with` in it; `App.run` has a way of its own."""
    # SIGINT too: a shell that starts us in the background leaves it ignored, and `App.run` heeds it all the same.
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
