"""A reader that never looks away: asks a service for everything, over and over, while the test breaks things."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Collection
from typing import Self

from system.service import Answer, Service, ms_of

PATHS = ("/v1/opportunities", "/healthz", "/readyz", "/v1/funnel", "/metrics")
PROBLEM = "application/problem+json"
_PAUSE_SEC = 0.15


class Watch:
    """Asks in a thread of its own between `with` and its end; what it did not like is in `complaints`.

    `may_refuse` are the paths that may say 503, as a problem document with Retry-After, while the database is away.
    `stale_sec` is the oldest quote, at the moment of its scoring run, that may be listed.
    """

    def __init__(self, service: Service, *, stale_sec: float, may_refuse: Collection[str] = ()) -> None:
        self._service = service
        self._stale_sec = stale_sec
        self._may_refuse = may_refuse
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._last_run = 0
        self.complaints: list[str] = []
        self.answers: Counter[tuple[str, int]] = Counter()
        self.slowest_sec: dict[str, float] = dict.fromkeys(PATHS, 0.0)
        self.degraded: set[str] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(30)

    def refusals(self) -> int:
        """Answers other than 200 so far."""
        return sum(number for (_, status), number in self.answers.items() if status != 200)

    def check(self) -> None:
        """Nothing was wrong so far."""
        assert not self.complaints, "\n".join(self.complaints[:10])
        assert sum(self.answers.values()) > 0, "nothing was asked"

    def _look(self) -> None:
        while not self._ended.is_set():
            for path in PATHS:
                try:
                    self._judge(path, self._service.get(path))
                except OSError as error:
                    self.complaints.append(f"{path}: {type(error).__name__}: {error}")
            self._ended.wait(_PAUSE_SEC)

    def _judge(self, path: str, answer: Answer) -> None:
        self.answers[path, answer.status] += 1
        self.slowest_sec[path] = max(self.slowest_sec[path], answer.seconds)
        if answer.status == 503 and path in self._may_refuse:
            if answer.headers.get("content-type") != PROBLEM or "retry-after" not in answer.headers:
                self.complaints.append(f"{path}: a 503 that is no problem document: {answer.headers}")
        elif answer.status != 200:
            self.complaints.append(f"{path}: {answer.status} {answer.body[:200]!r}")
        elif path == "/v1/opportunities":
            self._judge_list(answer)
        elif path == "/readyz" and answer.json["status"] != "ok":
            self.degraded.update(answer.json["reasons"])

    def _judge_list(self, answer: Answer) -> None:
        page = answer.json
        if page["as_of"] is None:
            if self._last_run:
                self.complaints.append("a list that had a scoring run has none any more")
            return
        run = ms_of(page["as_of"])
        if run < self._last_run:
            self.complaints.append(f"the list went back in time by {self._last_run - run} ms")
        self._last_run = run
        for item in page["items"]:
            age_sec = (run - ms_of(item["quote"]["as_of"])) / 1000
            if age_sec > self._stale_sec or item["quote"]["staleness_sec"] > self._stale_sec:
                self.complaints.append(f"listed with a quote of {age_sec:.1f} s: {item['market_id']}")
        if run > time.time() * 1000 + 1000:
            self.complaints.append("a scoring run of the future")
