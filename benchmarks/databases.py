"""Empty, migrated databases of both kinds for one run: SQLite files, and a private Postgres with default durability."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from endgame.storage.migrate import migrate
from postgres_server import DURABLE, PostgresServer, database_settings, server_binaries, start_postgres

SQLITE = "sqlite"
POSTGRES = "postgres"


class Databases:
    """Hands out fresh migrated databases and removes them."""

    def __init__(self, folder: Path, postgres: PostgresServer | None) -> None:
        self._folder = folder
        self._postgres = postgres
        self._made = 0

    def kinds(self, wanted: Sequence[str]) -> list[str]:
        """Those of the wanted kinds that are here."""
        return [kind for kind in wanted if kind == SQLITE or self._postgres is not None]

    @contextmanager
    def fresh(self, kind: str) -> Iterator[str]:
        """URL of an empty, migrated database."""
        if kind == POSTGRES:
            assert self._postgres is not None  # noqa: S101 - `kinds` says what is here
            url = self._postgres.create_migrated_database()
            try:
                yield url
            finally:
                self._postgres.drop_database(url)
            return
        self._made += 1
        path = self._folder / f"bench{self._made}.db"
        url = f"sqlite:///{path}"
        migrate(database_settings(url))
        try:
            yield url
        finally:
            for leftover in self._folder.glob(f"{path.name}*"):
                leftover.unlink()


@contextmanager
def databases(wanted: Sequence[str]) -> Iterator[Databases]:
    """The databases of one run. Without a Postgres server its part is left out, loudly."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="endgame-bench-")))
        yield Databases(folder, _postgres(stack) if POSTGRES in wanted else None)


def _postgres(stack: ExitStack) -> PostgresServer | None:
    named = os.environ.get("TEST_POSTGRES_URL")
    if named:
        server = PostgresServer(named)
    else:
        binaries = server_binaries()
        if binaries is None:
            print(
                "\n!! NO POSTGRES: every figure on Postgres is left out."
                " Install the server (Debian: apt-get install postgresql) or set TEST_POSTGRES_URL.",
                file=sys.stderr,
            )
            return None
        server = PostgresServer(stack.enter_context(start_postgres(binaries, DURABLE)))
    stack.callback(server.close)
    return server
