"""What `make bench` and `make load` run: measures the real parts beside a floor of the same run.

The suite's own pieces serve here too: the plain per-row scoring (`scoring_reference`) and the private Postgres.
"""

import sys
from pathlib import Path

_TESTS = str(Path(__file__).resolve().parents[1] / "tests")
if _TESTS not in sys.path:
    sys.path.append(_TESTS)
