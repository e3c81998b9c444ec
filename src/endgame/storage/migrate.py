"""Brings a database to the newest schema. The only place that imports Alembic, and only when it is needed (1.4 s)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, text

from endgame.config import DatabaseSettings
from endgame.errors import SchemaMismatch
from endgame.storage.engines import database_location, dialect_of, postgres_engine, sqlite_engine, translated

_HEAD = "0002"
_MIGRATIONS = Path(__file__).parent / "migrations"

# Several processes may start at once: the second waits for the first and then finds nothing left to do.
# SQLite needs no more than its BEGIN IMMEDIATE for that.
READ_REVISION = text("SELECT version_num FROM alembic_version")
LOCK_MIGRATIONS = text("SELECT pg_advisory_xact_lock(1162757959, 0)")
NO_STATEMENT_TIMEOUT = text("SET LOCAL statement_timeout = 0")


def head_revision() -> str:
    """The revision that this version needs."""
    return _HEAD


def migrate(settings: DatabaseSettings) -> str:
    """Create or upgrade the schema in one transaction; nothing happens when it is current. Safe when two run at once.

    Returns the revision reached.

    Raises:
        Busy: the database is unreachable, or another migration takes longer than `database.busy_timeout_sec`.
        SchemaMismatch: the database is at a revision that this version does not know.
        StorageError: the folder of the SQLite file does not exist, or the database refused.
    """
    url = database_location(settings)
    if dialect_of(url) == "postgresql":
        engine = postgres_engine(url, settings)
    else:
        engine = sqlite_engine(url, settings, connections=1, writes=True, creates=True)
    try:
        if not _is_current(engine):
            _upgrade(engine)
    finally:
        engine.dispose()
    return head_revision()


def _is_current(engine: Engine) -> bool:
    """True at the newest revision: then Alembic need not be imported, and a restart is quick."""
    try:
        with translated(), engine.begin() as connection:
            return connection.execute(READ_REVISION).scalar() == head_revision()
    except SchemaMismatch:  # nothing has been created yet
        return False


def _upgrade(engine: Engine) -> None:
    from alembic import command  # noqa: PLC0415 - slow to import, and only needed here
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with translated(), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(LOCK_MIGRATIONS)
            connection.execute(NO_STATEMENT_TIMEOUT)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            found = connection.execute(READ_REVISION).scalar()
            raise SchemaMismatch(
                f"the database schema is at revision {found}, this version knows up to {head_revision()};"
                " update the program, or name another database"
            ) from error
