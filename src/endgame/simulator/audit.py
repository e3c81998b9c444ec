"""What a client did: requests per endpoint and every breach of the venue's protocol."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence

from endgame.clock import Clock

WINDOW_SEC = 10.0
GRACE_SEC = 0.1
"""A request may have been on its way while the 429 was travelling to the client."""

# Documented limits per sliding 10 s and address; a request counts for each group that its endpoint belongs to.
RATE_LIMITS: dict[str, tuple[int, tuple[str, ...]]] = {
    "markets": (300, ("/markets", "/markets/keyset")),
    "events": (500, ("/events/keyset",)),
    "listings": (900, ("/markets", "/markets/keyset", "/events/keyset")),
    "gamma": (4_000, ("/markets", "/markets/keyset", "/events/keyset", "/status")),
    "status": (100, ("/status",)),
    "book": (1_500, ("/book",)),
    "books": (500, ("/books",)),
    "clob": (9_000, ("/book", "/books", "/time", "/ok")),
    "data": (800, ("/v2/resolutions",)),
}


class Audit:
    """Counts of requests, answers and violations."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.requests: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.violations: Counter[str] = Counter()
        self.peaks: Counter[str] = Counter()
        self._recent: dict[str, deque[float]] = {group: deque() for group in RATE_LIMITS}
        self._throttled: dict[str, tuple[float, float]] = {}

    def request(self, endpoint: str, parameters: Sequence[tuple[str, str]], user_agent: str) -> None:
        """Note a request when it arrives."""
        now = self._clock.monotonic()
        self.requests[endpoint] += 1
        if not user_agent or user_agent.startswith("Python-urllib"):
            self.violations["missing_user_agent"] += 1
        self._check_rates(endpoint, now)
        self._check_patience(endpoint, now)
        if endpoint in ("/markets", "/markets/keyset", "/events/keyset"):
            self._check_listing(endpoint, parameters)

    def answer(self, endpoint: str, status: int, retry_after_sec: float = 0.0) -> None:
        """Note the answer when it leaves."""
        self.statuses[status] += 1
        if status == 429:
            self._throttled[endpoint] = (self._clock.monotonic(), retry_after_sec)

    def violate(self, name: str) -> None:
        """Count one breach."""
        self.violations[name] += 1

    def report(self) -> dict[str, object]:
        """Everything as plain data."""
        return {
            "requests": dict(self.requests),
            "statuses": {str(status): count for status, count in self.statuses.items()},
            "violations": dict(self.violations),
            "peak_per_10_sec": dict(self.peaks),
            "limits_per_10_sec": {group: limit for group, (limit, _) in RATE_LIMITS.items()},
        }

    def _check_rates(self, endpoint: str, now: float) -> None:
        for group, (limit, endpoints) in RATE_LIMITS.items():
            if endpoint not in endpoints:
                continue
            recent = self._recent[group]
            recent.append(now)
            while recent[0] <= now - WINDOW_SEC:
                recent.popleft()
            self.peaks[group] = max(self.peaks[group], len(recent))
            if len(recent) > limit:
                self.violations["rate_exceeded"] += 1

    def _check_patience(self, endpoint: str, now: float) -> None:
        if endpoint not in self._throttled:
            return
        when, retry_after = self._throttled[endpoint]
        age = now - when
        if GRACE_SEC <= age < 1:
            self.violations["hammered_after_429"] += 1
        elif 1 <= age < retry_after - GRACE_SEC:
            self.violations["ignored_retry_after"] += 1

    def _check_listing(self, endpoint: str, parameters: Sequence[tuple[str, str]]) -> None:
        names = {name for name, _ in parameters}
        values = dict(parameters)
        if "offset" in names:
            self.violations["offset_used"] += 1
        if endpoint == "/markets":
            self.violations["deprecated_list_used"] += 1
        if names & {"cursor", "next_cursor"}:
            self.violations["wrong_cursor_parameter"] += 1
        if values.get("limit", "").isdigit() and int(values["limit"]) > 100:
            self.violations["limit_over_100"] += 1
        if any("," in value for name, value in parameters if name in ("condition_ids", "id", "clob_token_ids")):
            self.violations["comma_joined_ids"] += 1
