"""Fixtures of the whole suite."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from endgame.telemetry import configure_logging

# A developer's own settings must not reach the tests.
for _name in [name for name in os.environ if name.upper().startswith("ENDGAME_")]:
    del os.environ[_name]


@pytest.fixture(autouse=True)
def logs_of_one_test_stay_its_own() -> Iterator[None]:
    """Logging is set up once per process: a test that does so must not leave the next one its closed stream."""
    yield
    configure_logging("warning", stream=sys.__stderr__)


_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded payloads; skips where it does not exist."""
    if not _SHARED.is_dir():
        pytest.skip("the recorded payloads (shared/data beside the project) are not here")
    return _SHARED


pytest_plugins = ["postgres_server", "web.browser"]
