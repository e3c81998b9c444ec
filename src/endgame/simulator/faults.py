"""Faults that a venue shows, chosen by name, with a probability, a rhythm and a window."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import msgspec

from endgame.clock import Clock

TRANSPORT_FAULTS = (
    "throttle", "throttle_retry_after", "server_error", "hang", "reset", "html_403", "truncated_json", "slow_drip",
)  # fmt: skip
LISTING_FAULTS = ("repeated_cursor", "shrink")
CONTENT_FAULTS = ("bad_item", *LISTING_FAULTS)
MIXED_FAULTS = (*TRANSPORT_FAULTS, "bad_item")
NAMES = (*TRANSPORT_FAULTS, *CONTENT_FAULTS, "mixed")


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One injected fault.

    `probability` per matching request in [0, 1]; `every` lets only each n-th matching request draw; the window is
    `start_sec` to `start_sec + duration_sec` after it was set; `endpoints` such as `/books` (empty: all);
    `retry_after_sec` for throttle_retry_after.
    """

    name: str
    probability: float = 1.0
    every: int = 1
    start_sec: float = 0.0
    duration_sec: float | None = None
    endpoints: tuple[str, ...] = ()
    retry_after_sec: int = 2

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise ValueError(f"unknown fault {self.name!r}; known are {', '.join(NAMES)}")
        if not 0 <= self.probability <= 1 or self.every < 1:
            raise ValueError(f"fault {self.name}: probability must be in 0 … 1 and every at least 1")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the command-line form NAME[:probability].

        Raises:
            ValueError: an unknown name or a bad probability.
        """
        name, _, probability = text.partition(":")
        try:
            return cls(name=name, probability=float(probability) if probability else 1.0)
        except ValueError as error:
            raise ValueError(f"fault {text!r}: {error}") from error


def read_faults(items: Sequence[Any]) -> list[Fault]:
    """Faults from their JSON form: objects, or texts in the command-line form.

    Raises:
        ValueError: anything else.
    """
    if not isinstance(items, list | tuple):
        raise ValueError("faults must be a list")
    return [
        item
        if isinstance(item, Fault)
        else Fault.parse(item)
        if isinstance(item, str)
        else msgspec.convert(item, Fault)
        for item in items
    ]


@dataclass
class _Armed:
    fault: Fault
    since_sec: float
    seen: int = 0


class FaultBox:
    """The faults in force; draws one per request, in the order in which they were given."""

    def __init__(self, faults: Sequence[Any], seed: int, clock: Clock) -> None:
        self._seed = seed
        self._clock = clock
        self.injected: dict[str, int] = {}
        self.set(faults)

    def set(self, faults: Sequence[Any]) -> None:
        """Replace all faults; windows begin now.

        Raises:
            ValueError: one of them is not a fault; nothing is changed then.
        """
        since = self._clock.monotonic()
        self._armed = [_Armed(fault, since) for fault in read_faults(faults)]
        self._rng = random.Random(self._seed)

    def active(self) -> list[Fault]:
        """The faults that were set, whether or not their window is open."""
        return [armed.fault for armed in self._armed]

    def draw(self, endpoint: str) -> Fault | None:
        """The fault that hits this request; a `mixed` one comes as one of its parts."""
        now = self._clock.monotonic()
        for armed in self._armed:
            if not _reaches(armed, endpoint, now):
                continue
            armed.seen += 1
            if armed.seen % armed.fault.every or self._rng.random() >= armed.fault.probability:
                continue
            fault = armed.fault
            if fault.name == "mixed":
                fault = msgspec.structs.replace(fault, name=self._rng.choice(MIXED_FAULTS))
            self.injected[fault.name] = self.injected.get(fault.name, 0) + 1
            return fault
        return None


def _reaches(armed: _Armed, endpoint: str, now: float) -> bool:
    fault, age = armed.fault, now - armed.since_sec
    if fault.endpoints and endpoint not in fault.endpoints:
        return False
    if fault.name in LISTING_FAULTS and not endpoint.endswith("/keyset"):
        return False
    return age >= fault.start_sec and (fault.duration_sec is None or age < fault.start_sec + fault.duration_sec)


def broken_market(sound: dict[str, Any], variant: int) -> Any:
    """A record that looks like `sound` and is broken in one of many ways; it never carries a real market's ids."""
    fake = dict(sound)
    fake["id"] = f"9{sound['id']}"
    fake["conditionId"] = "0xbad" + str(sound["conditionId"])[5:]
    fake["clobTokenIds"] = f'["9{sound["id"]}1", "9{sound["id"]}2"]'
    fake["slug"] = f"broken-{variant}"
    breakages: tuple[Any, ...] = (
        None,
        17,
        "not an object",
        [],
        {},
        {**fake, "conditionId": "0x12"},
        {**fake, "conditionId": None},
        {**fake, "conditionId": 5},
        {**fake, "outcomes": '["Yes", '},
        {**fake, "outcomes": '["A", "B", "C"]'},
        {**fake, "outcomes": ["Yes", "No"], "outcomePrices": '["NaN", "Infinity"]'},
        {**fake, "clobTokenIds": '["12"]', "endDate": "soon"},
        {**fake, "endDate": "99999-13-45T99:00:00Z", "volumeNum": "many", "feeSchedule": {"rate": "NaN"}},
        {**fake, "question": "<script>alert(1)</script>\u0000", "resolutionSource": "javascript:alert(1)"},
        {**fake, "description": "All work and no play. " * 10_000, "bestAsk": 1e999, "bestBid": -3},
        {**fake, "feeSchedule": "free", "tags": "none", "events": {"slug": 3}, "active": "yes", "closed": "no"},
    )
    return breakages[variant % len(breakages)]


def broken_book(sound: dict[str, Any], variant: int) -> Any:
    """A book record that is broken; it never carries a real token."""
    fake = {**sound, "asset_id": f"9{sound['asset_id']}"}
    breakages: tuple[Any, ...] = (
        None,
        "book",
        {**fake, "asset_id": 12},
        {**fake, "asks": "none"},
        {**fake, "asks": [{"price": "NaN", "size": "1"}, {"price": "0.95", "size": "-4"}, {"size": "3"}, None]},
        {**fake, "bids": [{"price": "1.7", "size": "1"}, {"price": "", "size": ""}], "timestamp": "yesterday"},
        {},
    )
    return breakages[variant % len(breakages)]
