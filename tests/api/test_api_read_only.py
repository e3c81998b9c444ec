"""An API needs no right to write: a Postgres role with SELECT alone, as the page of operations makes it, is enough."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from builders import NOW, market_id
from conftest import Desk
from endgame.api.server import create_app
from endgame.config import Settings
from endgame.errors import StorageError
from endgame.storage.database import Connection, Database
from manual_clock import ManualClock
from postgres_server import database_settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
PATHS = [
    "/readyz", "/v1/opportunities", "/v1/opportunities.csv", f"/v1/market/{market_id(1)}",
    f"/v1/market/{market_id(1)}/history", f"/v1/market/{market_id(1)}/gates", "/v1/nearest", "/v1/funnel",
    "/v1/system", "/v1/config", "/metrics",
]  # fmt: skip


def _delete(connection: Connection) -> None:
    connection.execute(text("DELETE FROM markets"))


async def _serves(database: Database, desk: Desk) -> None:
    settings = Settings(database=desk.settings.database)
    app = create_app(database, settings, desk.clock, shutting_down=lambda: False)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for path in PATHS:
            assert (await client.get(path)).status_code == 200, path


async def test_reading_goes_through_connections_that_refuse_to_write(either_desk: Desk) -> None:
    await either_desk.list_markets([1])
    for read in (either_desk.database.read, either_desk.database.read_bulk):
        with pytest.raises(StorageError, match=r"readonly|read-only"):
            await read(_delete)
    assert await either_desk.items() != []


@pytest.mark.postgres
async def test_a_role_that_may_only_select_is_enough_for_every_endpoint(postgres_url: str) -> None:
    section = PAGE.read_text(encoding="utf-8").split("### A role that only reads")[1]
    statements = re.findall(r"```sql\n(.+?)```", section, re.DOTALL)[0]
    location = make_url(postgres_url)
    role = f"reader_{location.database}"
    statements = statements.replace("endgame_api", role).replace("DATABASE endgame ", f"DATABASE {location.database} ")
    statements = statements.replace("ROLE endgame ", f"ROLE {location.username} ")
    owner = Settings(database=database_settings(postgres_url))
    writer = Database(owner.database)
    desk = Desk(writer, owner, ManualClock(NOW), httpx2.AsyncClient())
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(statements.encode())
        try:
            await desk.list_markets([1, 2])
            reader = Database(database_settings(location.set(username=role).render_as_string(hide_password=False)))
            await _serves(reader, desk)
            with pytest.raises(StorageError, match="permission denied"):
                await reader.write(_delete)
            await reader.close()
        finally:
            await writer.close()
            connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())
