"""Pytest plugin: a real Postgres for the test run, and empty migrated databases of both kinds.

`TEST_POSTGRES_URL` names a server to use (its user may create databases); otherwise server binaries are looked up and
a private server is started on a free loopback port, with its data in a temporary folder. Without either the tests
that need it are skipped, except under `CI`, where they fail.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from pydantic import SecretStr

from endgame.config import DatabaseSettings

if TYPE_CHECKING:  # tests without a database do not pay for importing one
    from endgame.storage.database import Database

_NUMBERS = itertools.count(1)
DURABLE = "-c listen_addresses=127.0.0.1"
"""Options of a server as one runs it (the benchmarks'); tests take one that forgets more and starts faster."""
_OPTIONS = f"{DURABLE} -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def database_settings(url: str, **over: object) -> DatabaseSettings:
    """Settings of one database."""
    return DatabaseSettings.model_validate({"url": SecretStr(url), **over})


def _name(url: str) -> str:
    """The database that a URL names, without what follows a question mark."""
    return url.split("?", maxsplit=1)[0].rsplit("/", 1)[-1]


class PostgresServer:
    """A server that this test run may create and drop databases on."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._template: str | None = None

    def create_database(self, template: str = "template0") -> str:
        """URL of a fresh database."""
        from sqlalchemy.engine import make_url

        name = f"endgame_{os.getpid()}_{next(_NUMBERS)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def create_migrated_database(self) -> str:
        """URL of a fresh database at the newest revision, copied from a template that is migrated once."""
        if self._template is None:
            from endgame.storage.migrate import migrate

            url = self.create_database()
            migrate(database_settings(url))
            self._template = _name(url)
        return self.create_database(self._template)

    def drop_database(self, url: str) -> None:
        """Drop a database, cutting whoever is connected to it."""
        name = _name(url)
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def close(self) -> None:
        """Drop the template."""
        if self._template is not None:
            self._run(f'DROP DATABASE IF EXISTS "{self._template}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())


def server_binaries() -> Path | None:
    """Folder of initdb and pg_ctl, newest version first."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    for command in ("initdb", "postgres"):
        found = shutil.which(command)
        if found:
            candidates.append(Path(found).resolve().parent)
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def start_postgres(binaries: Path, options: str = _OPTIONS) -> Iterator[str]:
    """A private server in a temporary folder; root hands it to the user `postgres`, as the server refuses root."""
    folder = Path(tempfile.mkdtemp(prefix="endgame-postgres-"))
    prefix: list[str] = []
    if os.geteuid() == 0:
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        shutil.chown(folder, "postgres", "postgres")
    port = _free_port()
    data = str(folder / "data")

    def run(*command: str) -> None:
        # A child of pg_ctl keeps inherited pipes open, so its output goes to a file.
        with (folder / "output").open("ab") as output:
            subprocess.run([*prefix, *command], check=True, cwd=folder, stdout=output, stderr=output, timeout=60)

    try:
        run(str(binaries / "initdb"), "-D", data, "-A", "trust", "-U", "pm", "-E", "UTF8", "--locale=C.UTF-8",
            "--no-sync")  # fmt: skip
        run(str(binaries / "pg_ctl"), "-D", data, "-l", str(folder / "log"), "-w",
            "-o", f"-p {port} -k {folder} {options}", "start")  # fmt: skip
        try:
            yield f"postgresql://pm@127.0.0.1:{port}/postgres"
        finally:
            run(str(binaries / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The server of this test run; skips without one, fails without one under CI."""
    named = os.environ.get("TEST_POSTGRES_URL")
    binaries = None if named else server_binaries()
    if named:
        server = PostgresServer(named)
        yield server
        server.close()
    elif binaries:
        with start_postgres(binaries) as url:
            yield PostgresServer(url)
    else:
        absent = pytest.fail if os.environ.get("CI") else pytest.skip
        absent("no Postgres: set TEST_POSTGRES_URL or install the server (Debian: apt-get install postgresql)")


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of a fresh, migrated, empty Postgres database; dropped afterwards."""
    url = postgres_server.create_migrated_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from endgame.storage.migrate import migrate

    path = tmp_path_factory.mktemp("template") / "endgame.db"
    migrate(database_settings(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """URL of a fresh, migrated, empty SQLite file."""
    path = tmp_path / "endgame.db"
    shutil.copyfile(_sqlite_template, path)
    return f"sqlite:///{path}"


BOTH_DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH_DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of a migrated empty database, once for each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=BOTH_DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database without any table, once for each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.create_database()
        yield url
        server.drop_database(url)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The bridge to a migrated empty database, once for each kind."""
    from endgame.storage.database import Database

    bridge = Database(database_settings(database_url))
    yield bridge
    await bridge.close()
