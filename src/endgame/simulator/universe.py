"""A seeded universe of markets: what exists, when things happen to it, and what it costs at any moment.

Everything is a pure function of seed, epoch and time, so that two servers with the same seed tell the same story
and a moment can be looked at twice. Time is passed in. One market is one row of a NumPy table; what the wire shows
is rendered on demand (render.py). Each event lives in a place of its own ("unit") and is followed there by a new
one when it is over, so the number of open markets stays about the same for ever.

Prices move as log-odds: a starting point, a slow drift towards the resolution, and waves of three periods.
They are computed in ten-thousandths of a dollar, so that a price is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from endgame.simulator.catalogue import NEVER
from endgame.simulator.chance import Chance, Floats, Ints
from endgame.simulator.wording import KINDS

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
FULL = 10_000
"""A price of 1.00 in ten-thousandths."""

_LOOK_AHEAD_MS = 15 * MINUTE_MS
_UPDOWN_STEP_MS = 5 * MINUTE_MS
_UPDOWN_SERIES = 288
_UPDOWN = next(i for i, kind in enumerate(KINDS) if kind.name == "updown")
_IS_GAME = np.array([kind.game for kind in KINDS])
_IS_DATED = np.array([kind.dated for kind in KINDS])
_IS_EXCLUSIVE = np.array([kind.neg_risk for kind in KINDS])
_LADDER = np.array([kind.name in ("level", "stocks") for kind in KINDS])
_LIVENESS_MS = np.array([kind.liveness_sec * 1000 for kind in KINDS])
_HORIZON = np.array([kind.horizon for kind in KINDS])
_LAG = np.array([kind.lag for kind in KINDS])

# Life courses of an event.
NORMAL, ENDGAME, PROPOSED, DISPUTED, REPROPOSED, VOTING, OVERDUE, ZOMBIE, CLOSED = range(9)
_SPECIAL_SHARES = {PROPOSED: 0.006, DISPUTED: 0.003, REPROPOSED: 0.002, VOTING: 0.001, OVERDUE: 0.008}
_ZOMBIE_SHARE = 0.004

# Oddities of a single market.
(
    PLAIN, PAUSED, TOKENLESS, BOOKLESS, ORDERBOOK_OFF, STUB, NO_ASKS, NO_BIDS, EMPTY, WIDE, DEEP, FEES_OFF,
    FEES_UNSCHEDULED, BLANK_RULES, NO_END, ARCHIVED,
) = range(16)  # fmt: skip
_QUIRK_SHARES = {
    PAUSED: 0.010, TOKENLESS: 0.007, BOOKLESS: 0.010, ORDERBOOK_OFF: 0.005, STUB: 0.030, NO_ASKS: 0.010,
    NO_BIDS: 0.010, EMPTY: 0.010, WIDE: 0.030, DEEP: 0.030, FEES_OFF: 0.010, FEES_UNSCHEDULED: 0.010,
    BLANK_RULES: 0.005, NO_END: 0.004, ARCHIVED: 0.002,
}  # fmt: skip

UNIT = np.dtype([("first", "i8"), ("size", "i2"), ("kind", "i1"), ("course", "i1"), ("series", "i4"), ("place", "i4")])
EVENT = np.dtype(
    [("unit", "i8"), ("gen", "i8"), ("row", "i8"), ("size", "i2"), ("kind", "i1"), ("course", "i1"), ("visible", "i8"),
     ("end", "i8"), ("game", "i8"), ("decided", "i8"), ("next", "i8"), ("word", "u8")]
)  # fmt: skip
ROW = np.dtype(
    [("slot", "i8"), ("event", "i8"), ("number", "i8"), ("member", "i2"), ("kind", "i1"), ("course", "i1"),
     ("quirk", "i1"), ("winner", "i1"), ("visible", "i8"), ("start", "i8"), ("end", "i8"), ("game", "i8"),
     ("decided", "i8"), ("proposed", "i8"), ("disputed", "i8"), ("reproposed", "i8"), ("voting", "i8"),
     ("closed", "i8"), ("tokens", "i8"), ("book", "i8"), ("odds", "f4"), ("calm", "f4"), ("beat", "i4"),
     ("volume", "f8"), ("liquidity", "f8"), ("volume_day", "f8"), ("lead", "?"), ("group_closed", "i8")]
)  # fmt: skip
Table = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a universe is like. Shares are fractions of all markets."""

    endgame_share: float = 0.025
    quiet_share: float = 0.5
    """Markets whose book changes once an hour; the others every `beat_ms`."""
    beat_ms: int = 10_000
    fast_wave_sec: tuple[float, float] = (600.0, 2_400.0)
    wave: float = 0.10
    """Amplitude of the waves in log-odds (endgame markets; others have three times as much)."""


DEFAULT = Profile()
DEMO = Profile(endgame_share=0.05, quiet_share=0.15, beat_ms=5_000, fast_wave_sec=(45.0, 150.0), wave=0.30)


def _hours(values: Floats) -> Ints:
    milliseconds: Ints = (values * HOUR_MS).astype(np.int64)
    return milliseconds


class Universe:
    """All markets of one seed.

    Args:
        markets: open ones at the epoch, 5 … 1,000,000; a few closed ones come on top.
        seed: any integer.
        epoch: when the story begins, epoch milliseconds.
        profile: its temper.
    """

    def __init__(self, markets: int, seed: int, epoch: int, profile: Profile = DEFAULT) -> None:
        self.count = markets
        self.epoch = epoch
        self.profile = profile
        self.chance = Chance(seed)
        self._rng = np.random.default_rng([seed & 0xFFFF_FFFF, markets])
        self.units = self._lay_out(markets)
        self.quirks = self._choose_quirks(markets)
        self.events: Table = np.empty(0, dtype=EVENT)
        self.rows: Table = np.empty(0, dtype=ROW)
        self.row_at: dict[tuple[int, int], int] = {}
        self._known_until = -1
        units = np.arange(len(self.units), dtype=np.int64)
        births = np.full(len(units), epoch, dtype=np.int64)
        self._append(self._make_events(units, np.zeros(len(units), dtype=np.int64), births))

    # -- what exists -------------------------------------------------------------------------------------------

    def _lay_out(self, markets: int) -> Table:
        closed = max(3, markets // 50)
        units = np.concatenate([self._units_of(markets), self._units_of(closed)])
        units["first"] = np.cumsum(units["size"]) - units["size"]
        is_open = units["first"] < markets
        units["course"][~is_open] = CLOSED
        series = np.flatnonzero(is_open & (units["kind"] == _UPDOWN))
        units["series"][series] = np.arange(len(series)) // _UPDOWN_SERIES
        units["place"][series] = np.arange(len(series)) % _UPDOWN_SERIES
        self._choose_courses(units, np.flatnonzero(is_open), markets)
        return units

    def _units_of(self, markets: int) -> Table:
        """Units of all kinds in their shares, in random order, that hold exactly so many markets."""
        shares = np.array([kind.share for kind in KINDS])
        wanted = np.ceil(shares / shares.sum() * markets).astype(int)
        pieces = []
        for number, (kind, amount) in enumerate(zip(KINDS, wanted, strict=True)):
            sizes = self._rng.integers(kind.sizes[0], kind.sizes[1] + 1, size=amount // kind.sizes[0] + 1)
            sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), amount)) + 1]
            piece = np.zeros(len(sizes), dtype=UNIT)
            piece["size"], piece["kind"] = sizes, number
            pieces.append(piece)
        units: Table = self._rng.permutation(np.concatenate(pieces))
        totals = np.cumsum(units["size"], dtype=np.int64)
        last = int(np.searchsorted(totals, markets))
        units = units[: last + 1]
        units["size"][last] -= totals[last] - markets
        return units

    def _choose_courses(self, units: Table, candidates: Ints, markets: int) -> None:
        target = max(min(5, (markets + 1) // 2), round(self.profile.endgame_share * markets))
        plain = candidates[units["kind"][candidates] != _UPDOWN]
        ends = np.cumsum(units["size"][plain], dtype=np.int64)
        endgame = plain[: int(np.searchsorted(ends, target)) + 1]
        units["course"][endgame] = ENDGAME
        if markets < 50:
            return
        single = plain[len(endgame) :]
        single = list(single[(units["size"][single] == 1) & ~_IS_GAME[units["kind"][single]]])
        for course, share in _SPECIAL_SHARES.items():
            for _ in range(max(1, round(share * markets))):
                if single:
                    units["course"][single.pop()] = course
        updown = candidates[units["kind"][candidates] == _UPDOWN]
        dead = min(len(updown) // 4, max(1, round(_ZOMBIE_SHARE * markets)))
        units["course"][updown[len(updown) - dead :]] = ZOMBIE

    def _choose_quirks(self, markets: int) -> NDArray[np.int8]:
        courses = np.repeat(self.units["course"], self.units["size"])
        quirks = np.zeros(len(courses), dtype=np.int8)
        plain = self._rng.permutation(np.flatnonzero(courses == NORMAL))
        used = 0
        for quirk, share in _QUIRK_SHARES.items():
            amount = max(1, round(share * markets)) if markets >= 50 else 0
            quirks[plain[used : used + amount]] = quirk
            used += amount
        return quirks

    # -- when things happen ------------------------------------------------------------------------------------

    def refresh(self, now: int) -> None:
        """Add the followers of all events that end soon after `now`."""
        if now + _LOOK_AHEAD_MS // 3 <= self._known_until:
            return
        until = now + _LOOK_AHEAD_MS
        parents, followers = self._take_due(self.events, until), []
        while len(parents):
            events = self._make_events(parents["unit"], parents["gen"] + 1, parents["next"])
            parents = self._take_due(events, until)
            followers.append(events)
        if followers:
            self._append(np.concatenate(followers))
        self._known_until = until

    @staticmethod
    def _take_due(events: Table, until: int) -> Table:
        """Copies of the events that have a follower by then; they will not be asked again."""
        is_due = events["next"] <= until
        taken: Table = events[is_due].copy()
        events["next"][is_due] = NEVER
        return taken

    @property
    def version(self) -> int:
        """Grows whenever rows are added."""
        return len(self.rows)

    def _append(self, events: Table) -> None:
        events["row"] = len(self.rows) + np.cumsum(events["size"], dtype=np.int64) - events["size"]
        rows = self._make_rows(events, len(self.events))
        if len(self.rows):
            gens = np.repeat(events["gen"], events["size"]).tolist()
            names = zip(rows["slot"].tolist(), gens, strict=True)
            self.row_at.update({name: row for row, name in enumerate(names, start=len(self.rows))})
        self.events = np.concatenate([self.events, events])
        self.rows = np.concatenate([self.rows, rows])

    def _make_events(self, units: Ints, gens: Ints, births: Ints) -> Table:
        place = self.units[units]
        events: Table = np.zeros(len(units), dtype=EVENT)
        keys = units + (gens << 32)
        events["unit"], events["gen"] = units, gens
        events["size"], events["kind"] = place["size"], place["kind"]
        events["word"] = self.chance.words(1, keys)
        later = gens > 0
        course = np.where(later & (place["course"] != ENDGAME), NORMAL, place["course"])
        events["course"] = course
        kind = place["kind"]

        low, high, power = _HORIZON[kind].T
        u = self.chance.uniform(2, keys)
        hours = low + (high - low) * u**power
        hours = np.where(course == ENDGAME, 2.0 + 298.0 * u**1.4, hours)
        in_play = ~later & _IS_GAME[kind] & (course == NORMAL) & (self.chance.uniform(3, keys) < 0.03)
        hours = np.where(in_play, -2.0 * u, hours)
        end = births + _hours(hours) // MINUTE_MS * MINUTE_MS
        noon = end // DAY_MS * DAY_MS + DAY_MS // 2
        end = np.where(_IS_DATED[kind] & (hours > 48), noon, end)
        end = np.where(_IS_GAME[kind], end // (5 * MINUTE_MS) * (5 * MINUTE_MS), end)
        end = np.where(kind == _UPDOWN, self._updown_end(place, births, later), end)
        end = np.where(course == ZOMBIE, births - _hours(24 * (136 + 160 * u)), end)
        overdue = np.select(
            [course == OVERDUE, np.isin(course, (PROPOSED, DISPUTED, REPROPOSED, VOTING)), course == CLOSED],
            [24 + 456 * u, 14 + 10 * u, 24 + 700 * u], 0.0,
        )  # fmt: skip
        end = np.where(overdue > 0, births - _hours(overdue), end)

        game_length = _hours(2.1 + 0.7 * self.chance.uniform(4, keys))
        decided = np.where(_IS_GAME[kind], end + game_length, end)
        is_early = (course == NORMAL) & ~_IS_GAME[kind] & (kind != _UPDOWN) & (self.chance.uniform(5, keys) < 0.15)
        early = births + ((end - births) * (0.4 + 0.5 * self.chance.uniform(6, keys))).astype(np.int64)
        events["decided"] = np.where(is_early, early, decided)
        events["game"] = np.where(_IS_GAME[kind], end, -1)
        week = np.where(self.chance.uniform(7, keys) < 0.85, 7 * DAY_MS, 0)
        events["end"] = np.where(_IS_GAME[kind], end + week, end)
        age = _hours(1 + 24 * 60 * self.chance.uniform(8, keys))
        oldest = np.minimum(births, end) - age
        events["visible"] = np.where(later, births, np.where(kind == _UPDOWN, end - DAY_MS - HOUR_MS, oldest))
        gap = _hours(0.2 + 1.8 * self.chance.uniform(9, keys))
        gap = np.where(kind == _UPDOWN, 0, gap)
        ended = np.isin(course, (ZOMBIE, CLOSED))
        follows = np.maximum(events["decided"] + gap, self.epoch + gap)
        events["next"] = np.where(ended, NEVER, follows)
        return events

    def _updown_end(self, place: Table, births: Ints, later: NDArray[np.bool_]) -> Ints:
        """Each place of a series has one market at a time; its follower ends a whole series later."""
        lengths = np.bincount(
            self.units["series"][(self.units["kind"] == _UPDOWN) & (self.units["course"] != CLOSED)], minlength=1
        )
        length = lengths[place["series"] % len(lengths)] * _UPDOWN_STEP_MS
        first = (self.epoch // _UPDOWN_STEP_MS + 1 + place["place"].astype(np.int64)) * _UPDOWN_STEP_MS
        ends: Ints = np.where(later, births + length, first)
        return ends

    def _make_rows(self, events: Table, first_event: int) -> Table:
        sizes = events["size"].astype(np.int64)
        of = np.repeat(np.arange(len(events)), sizes)
        event = events[of]
        member = np.arange(len(of)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        rows: Table = np.zeros(len(of), dtype=ROW)
        slot = self.units["first"][event["unit"]] + member
        keys = slot + (event["gen"] << 40)
        rows["slot"], rows["member"], rows["event"] = slot, member, first_event + of
        total = len(self.quirks)
        rows["number"] = 1_200_000 + slot + event["gen"] * total
        for name in ("kind", "course", "visible", "end", "game", "decided"):
            rows[name] = event[name]
        later = event["gen"] > 0
        rows["quirk"] = self._row_quirks(rows, later)
        rows["end"] = np.where(rows["quirk"] == NO_END, NEVER, rows["end"])
        rows["start"] = rows["visible"] + (60_000 * self.chance.uniform(20, keys)).astype(np.int64)
        delay = (8 * MINUTE_MS * self.chance.uniform(21, keys)).astype(np.int64)
        patient = ~later & (rows["quirk"] == TOKENLESS)
        rows["tokens"] = np.where(patient, self.epoch + 6 * HOUR_MS, np.where(later, rows["visible"] + delay, -1))
        rows["book"] = np.where(rows["tokens"] > 0, rows["tokens"] + 2 * MINUTE_MS, -1)
        never = np.isin(rows["quirk"], (BOOKLESS, ORDERBOOK_OFF)) | (rows["course"] == ZOMBIE)
        rows["book"] = np.where(never, NEVER, rows["book"])
        self._set_odds(rows, event, keys)
        self._set_oracle(rows, keys)
        rows["lead"] = member == 0
        last_closed = np.maximum.reduceat(rows["closed"], np.flatnonzero(rows["lead"]))
        rows["group_closed"] = np.repeat(last_closed, sizes)
        busy = self.chance.uniform(22, keys) >= self.profile.quiet_share
        rows["beat"] = np.where(busy | (rows["course"] == ENDGAME), self.profile.beat_ms, HOUR_MS)
        popularity = np.exp(3 + 9 * self.chance.uniform(23, keys) ** 1.5)
        rows["volume"] = np.round(popularity * 40, 4)
        rows["liquidity"] = np.round(popularity * (2 + 6 * self.chance.uniform(24, keys)), 4)
        rows["volume_day"] = np.round(rows["volume"] * 0.05 * self.chance.uniform(25, keys), 4)
        return rows

    def _row_quirks(self, rows: Table, later: NDArray[np.bool_]) -> Ints:
        quirks: Ints = self.quirks[rows["slot"]].astype(np.int64)
        return np.where(later & (quirks == TOKENLESS), PLAIN, quirks)

    def _set_odds(self, rows: Table, event: Table, keys: Ints) -> None:
        """Starting log-odds of outcome 0, temper, and who wins (2: the price is split)."""
        kind = rows["kind"].astype(np.int64)
        spread = sum(self.chance.uniform(30 + i, keys) for i in range(4)) - 2.0
        odds = np.where(_IS_GAME[kind] | (kind == _UPDOWN), 1.1, 2.2) * spread
        is_endgame = rows["course"] == ENDGAME
        favourite = 0.925 + 0.065 * self.chance.uniform(35, keys)
        strong = np.log(favourite / (1 - favourite))
        sign = np.where(self.chance.uniform(36, keys) < 0.5, 1.0, -1.0)
        middle = (event["size"] - 1) / 2
        rung = rows["member"] - middle
        odds = np.where(_LADDER[kind], odds * 0.3 - 0.6 * rung, odds)  # a higher strike is less likely
        sign = np.where(_LADDER[kind], np.where(rung <= 0, 1.0, -1.0), sign)
        exclusive = _IS_EXCLUSIVE[kind] & (event["size"] > 1)
        leader = (event["word"] % np.maximum(event["size"], 1).astype(np.uint64)).astype(np.int64)
        leads = rows["member"] == leader
        share = np.log(0.52 / np.maximum(event["size"] - 1.52, 0.5))  # the others divide what the leader leaves
        others = share + 0.8 * self.chance.uniform(37, keys) - 0.4
        odds = np.where(exclusive, np.where(leads, 0.0, others), odds)
        sign = np.where(exclusive, np.where(leads, 1.0, -1.0), sign)
        odds = np.where(is_endgame, strong * sign, odds)
        rows["odds"] = odds
        rows["calm"] = np.where(is_endgame, 1.0, 3.0) * self.profile.wave
        draw = self.chance.uniform(38, keys)
        chance = 1 / (1 + np.exp(-np.where(is_endgame, 1.3 * odds, odds)))
        winner = np.where(draw < chance, 0, 1)
        # Of outcomes that exclude one another exactly one wins: the leader, or sometimes the next one.
        upset = (event["word"] >> np.uint64(40)).astype(np.float64) / 2**24 < np.where(is_endgame, 0.03, 0.4)
        first = np.where(upset, (leader + 1) % np.maximum(event["size"], 1), leader)
        winner = np.where(exclusive, np.where(rows["member"] == first, 0, 1), winner)
        void = _IS_GAME[kind] & ((event["word"] >> np.uint64(20)) % np.uint64(97) == 0)
        rows["winner"] = np.where(void, 2, winner)

    def _set_oracle(self, rows: Table, keys: Ints) -> None:
        """Proposal, disputes and resolution of each market."""
        kind = rows["kind"].astype(np.int64)
        liveness = _LIVENESS_MS[kind]
        low, high = _LAG[kind].T
        course, u = rows["course"], self.chance.uniform(40, keys)
        proposed = rows["decided"] + _hours(low + (high - low) * u)
        proposed = np.where(course == OVERDUE, self.epoch + _hours(2 + 100 * u), proposed)
        proposed = np.where(course == PROPOSED, self.epoch - (liveness * 0.7 * u).astype(np.int64), proposed)
        long_ago = self.epoch - _hours(8 + 2 * u)
        proposed = np.where(np.isin(course, (DISPUTED, REPROPOSED, VOTING)), long_ago, proposed)
        by_draw = (self.chance.uniform(41, keys) < 0.03) & np.isin(course, (NORMAL, ENDGAME, OVERDUE))
        by_draw &= (kind != _UPDOWN) & (rows["winner"] != 2)
        is_disputed = by_draw | np.isin(course, (DISPUTED, REPROPOSED, VOTING))
        disputed = proposed + liveness // 3
        reproposed = disputed + _hours(0.5 + 1.5 * self.chance.uniform(42, keys))
        reproposed = np.where(course == DISPUTED, self.epoch + _hours(2 + 4 * u), reproposed)
        reproposed = np.where(course == REPROPOSED, self.epoch - liveness // 4, reproposed)
        is_voted = is_disputed & ((self.chance.uniform(43, keys) < 0.2) & by_draw | (course == VOTING))
        voting = reproposed + liveness // 2
        closed = np.where(is_disputed, reproposed + liveness, proposed + liveness)
        closed = np.where(is_voted, np.maximum(voting, self.epoch) + 4 * DAY_MS, closed)
        rows["proposed"] = np.where((course == ZOMBIE) | (kind == _UPDOWN), NEVER, proposed)
        rows["disputed"] = np.where(is_disputed, disputed, NEVER)
        rows["reproposed"] = np.where(is_disputed, reproposed, NEVER)
        rows["voting"] = np.where(is_voted, voting, NEVER)
        closed = np.where(kind == _UPDOWN, rows["decided"] + MINUTE_MS, closed)
        rows["closed"] = np.where(course == ZOMBIE, NEVER, closed)

    # -- what it costs -----------------------------------------------------------------------------------------

    def status(self, rows: Ints, at: int) -> Ints:
        """Oracle state at a moment: 0 none, 1 proposed, 2 disputed, 3 resolved; shape (n,)."""
        row = self.rows[rows]
        state = np.select(
            [row["closed"] <= at, row["voting"] <= at, row["reproposed"] <= at, row["disputed"] <= at,
             row["proposed"] <= at],
            [3, 2, 1, 2, 1], 0,
        )  # fmt: skip
        return state.astype(np.int64)

    def changed(self, rows: Ints, at: int) -> Ints:
        """When the book of each row last changed, epoch milliseconds, shape (n,)."""
        row = self.rows[rows]
        phase = row["slot"] * 7_919 % row["beat"]
        beats: Ints = (at + phase) // row["beat"] * row["beat"] - phase
        return np.maximum(beats, np.where(row["decided"] <= at, row["decided"], 0))

    def price(self, rows: Ints, at: int) -> Floats:
        """Fair price of outcome 0 in (0, 1), shape (n,)."""
        row = self.rows[rows]
        moment = self.changed(rows, at)
        keys = row["slot"] + row["number"]
        low, high = self.profile.fast_wave_sec
        waves = np.zeros(len(row))
        seconds = (moment - self.epoch) / 1000.0
        for salt, weight, shortest, longest in (
            (50, 0.5, low, high), (52, 0.3, 3_600.0, 20_000.0), (54, 0.2, 90_000.0, 400_000.0),
        ):  # fmt: skip
            period = shortest + (longest - shortest) * self.chance.uniform(salt, keys)
            waves += weight * np.sin(2 * np.pi * (seconds / period + self.chance.uniform(salt + 1, keys)))
        is_endgame = row["course"] == ENDGAME
        favours_first = np.where(is_endgame, row["odds"] > 0, row["winner"] == 0)
        target = np.where(favours_first, 4.8, -4.8)
        reach = np.where(row["game"] >= 0, 2.5 * HOUR_MS, np.minimum(36 * HOUR_MS, row["decided"] - row["visible"]))
        reach = np.where(row["kind"] == _UPDOWN, _UPDOWN_STEP_MS, reach)
        nearness = 1 - np.clip((row["decided"] - moment) / np.maximum(reach, 1), 0, 1)
        odds = row["odds"] + (target - row["odds"]) * nearness**3 + row["calm"] * waves
        edge = np.log(0.994 / 0.006)
        least = np.log(0.918 / 0.082)
        held = np.sign(row["odds"]) * np.clip(np.abs(odds), least, edge)
        odds = np.where(is_endgame, held, np.clip(odds, -5.5, 5.5))
        fair = 1 / (1 + np.exp(-odds))
        final = np.array([0.9985, 0.0015, 0.5])[row["winner"]]
        settled: Floats = np.where(row["decided"] <= moment, final, fair)
        return settled

    def tops(self, rows: Ints, at: int) -> tuple[Ints, Ints, Ints]:
        """Best bid and ask of outcome 0 (-1: none) and tick, in ten-thousandths, each of shape (n,)."""
        row = self.rows[rows]
        price = self.price(rows, at) * FULL
        keys = row["slot"] + row["number"]
        is_fine = (price > 9_600) | (price < 400) | (row["course"] == ENDGAME) | (self.chance.uniform(60, keys) < 0.15)
        tick = np.where(is_fine, 10, 100)
        u = self.chance.uniform(61, keys)
        half = np.where(row["course"] == ENDGAME, 8 + 25 * u, 10 + 130 * u)
        half = np.select([row["quirk"] == WIDE, row["quirk"] == DEEP], [500 + 1_200 * u, 0.5 * tick], half)
        half = np.where(row["decided"] <= at, 5.0, half)
        bid = (np.floor((price - half) / tick) * tick).astype(np.int64)
        ask = (np.ceil((price + half) / tick) * tick).astype(np.int64)
        ask = np.maximum(ask, bid + tick)
        is_stub = row["quirk"] == STUB
        bid = np.where(is_stub, 100, np.where(bid < tick, -1, bid))
        ask = np.where(is_stub, FULL - 100, np.where(ask > FULL - tick, -1, ask))
        bid = np.where(np.isin(row["quirk"], (NO_BIDS, EMPTY)), -1, bid)
        ask = np.where(np.isin(row["quirk"], (NO_ASKS, EMPTY)), -1, ask)
        return bid, ask, tick

    def has_book(self, rows: Ints, at: int) -> NDArray[np.bool_]:
        """Which rows have an order book."""
        row = self.rows[rows]
        alive: NDArray[np.bool_] = (row["book"] <= at) & (row["visible"] <= at) & (row["closed"] > at)
        return alive
