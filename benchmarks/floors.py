"""What the drivers and plain Python need for the same work without our code."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import fields
from typing import Any

import psycopg
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from endgame.config import ScoringSettings
from endgame.domain.columns import ScoreInputs
from endgame.storage.scores import READ_SCORE_INPUTS
from endgame.storage.tables import recs_latest, scores_latest
from scoring_reference import Row, score_rows

Rows = list[tuple[Any, ...]]
_TABLES = (scores_latest, recs_latest)
_LOOP_ROWS = 20_000


def plain_loop_sec(inputs: ScoreInputs, now: int, settings: ScoringSettings) -> float:
    """The formulas row by row in plain Python, seconds for all rows (measured on some of them)."""
    count = min(len(inputs), _LOOP_ROWS)
    columns = {field.name: getattr(inputs, field.name)[:count].tolist() for field in fields(Row)}
    rows = [Row(**{name: _known(values[index]) for name, values in columns.items()}) for index in range(count)]
    begun = time.perf_counter()
    score_rows(rows, now, settings, rounded=lambda price: round(price, 6))
    return (time.perf_counter() - begun) * len(inputs) / count


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


class DriverFloor:
    """The same rows read and written by the bare driver, in its fastest way."""

    def __init__(self, url: str, bounds: dict[str, int]) -> None:
        self._url = url
        self._bounds = bounds
        self._is_sqlite = url.startswith("sqlite:")
        dialect = sqlite.dialect() if self._is_sqlite else postgresql.dialect()  # type: ignore[no-untyped-call]
        self._select = str(
            READ_SCORE_INPUTS.params(**bounds).compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        )

    def read_sec(self, repeats: int) -> list[float]:
        """Seconds to fetch what a scoring cycle reads, as tuples."""
        with self._connection() as connection:
            return [_timed(lambda: connection.execute(self._select).fetchall()) for _ in range(repeats)]

    def write_sec(self, repeats: int) -> list[float]:
        """Seconds to replace every score and recommendation by a row of the same size, one transaction."""
        with self._connection() as connection:
            stored = {table.name: connection.execute(f"SELECT * FROM {table.name}").fetchall() for table in _TABLES}
            connection.rollback()
            return [self._write(connection, stored, step) for step in range(1, repeats + 1)]

    def _write(self, connection: Any, stored: dict[str, Rows], step: int) -> float:
        changed = {table.name: _changed(table, stored[table.name], step) for table in _TABLES}
        begun = time.perf_counter()
        for table in _TABLES:
            write = _execute_many if self._is_sqlite else _copy
            write(connection, table, changed[table.name])
        connection.commit()
        return time.perf_counter() - begun

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        if self._is_sqlite:
            with closing(sqlite3.connect(self._url.removeprefix("sqlite:///"))) as connection:
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute("PRAGMA cache_size = -32768")
                yield connection
        else:
            with psycopg.connect(self._url) as connection:
                yield connection


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _changed(table: Table, rows: Sequence[tuple[Any, ...]], step: int) -> Rows:
    """The rows of another run: every one differs in its times."""
    moving = [index for index, column in enumerate(table.columns) if column.name in ("as_of", "updated_at")]
    found = []
    for row in rows:
        values = list(row)
        for index in moving:
            values[index] += step
        found.append(tuple(values))
    return found


def _assignments(table: Table) -> str:
    return ", ".join(f"{column.name} = excluded.{column.name}" for column in table.columns if not column.primary_key)


def _execute_many(connection: sqlite3.Connection, table: Table, rows: Rows) -> None:
    marks = ", ".join("?" * len(table.columns))
    connection.executemany(
        f"INSERT INTO {table.name} VALUES ({marks}) ON CONFLICT (market_id) DO UPDATE SET {_assignments(table)}", rows
    )


def _copy(connection: psycopg.Connection[Any], table: Table, rows: Rows) -> None:
    connection.execute(f"CREATE TEMPORARY TABLE floor (LIKE {table.name}) ON COMMIT DROP")
    with connection.cursor() as cursor, cursor.copy("COPY floor FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types([_TYPES[column.type.__class__.__name__] for column in table.columns])
        for row in rows:
            copy.write_row(row)
    connection.execute(
        f"INSERT INTO {table.name} SELECT * FROM floor ON CONFLICT (market_id) DO UPDATE SET {_assignments(table)}"
    )
    connection.execute("DROP TABLE floor")


_TYPES = {"Text": "text", "BigInteger": "int8", "Double": "float8", "Boolean": "bool"}
