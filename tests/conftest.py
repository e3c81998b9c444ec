"""Fixtures of the whole suite."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# A developer's own settings must not reach the tests.
for _name in [name for name in os.environ if name.upper().startswith("ENDGAME_")]:
    del os.environ[_name]

_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded payloads; skips where it does not exist."""
    if not _SHARED.is_dir():
        pytest.skip("the recorded payloads (shared/data beside the project) are not here")
    return _SHARED


pytest_plugins = ["postgres_server"]
