"""The API behind its real server on loopback, with settings of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import uvicorn

from conftest import Desk
from endgame.api.server import create_app
from endgame.api.serving import serving
from endgame.config import Settings


@asynccontextmanager
async def guarded(desk: Desk, **api: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a running server with these settings of the API."""
    settings = Settings(database=desk.settings.database, api=api)
    app = create_app(desk.database, settings, desk.clock, shutting_down=lambda: False)
    server = uvicorn.Server(serving(app, settings.api))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
                yield client
        finally:
            server.should_exit = True
            await running
