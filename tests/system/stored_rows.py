"""What is committed, seen by a reader of its own: a row that is lost or overwritten is missing from a later look."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

KEYS = (
    "SELECT 'market', market_id, first_seen FROM markets",
    "SELECT 'rule', market_id, 0 FROM rules_latest",
    "SELECT 'sample', market_id || ' ' || bucket_start, as_of FROM quotes_5m",
)
Stored = set[tuple[str, str, int]]


@contextmanager
def connected(url: str, *, writes: bool = False) -> Iterator[sqlite3.Connection | psycopg.Connection]:
    """A connection of somebody else, who begins and ends his transactions himself."""
    if url.startswith("sqlite:///"):
        path = f"file:{url.removeprefix('sqlite:///')}?mode={'rw' if writes else 'ro'}"
        connection: sqlite3.Connection | psycopg.Connection = sqlite3.connect(
            path, uri=True, isolation_level=None, timeout=10
        )
    else:
        connection = psycopg.connect(url, autocommit=True)
    try:
        yield connection
    finally:
        connection.close()


def kept(url: str) -> Stored:
    """Markets, rules and samples that are committed; none of them twice."""
    with connected(url) as connection:
        found = [row for query in KEYS for row in connection.execute(query).fetchall()]  # type: ignore[arg-type]
    assert len(found) == len({row[:2] for row in found}), "a row twice"
    return set(found)


def lost(before: Stored, url: str) -> int:
    """How many of these rows are not there any more as they were; always asserted to be none.

    Raises:
        AssertionError: some are missing or overwritten.
    """
    missing = before - kept(url)
    assert not missing, f"committed rows are lost: {sorted(missing)[:3]}"
    return len(missing)
