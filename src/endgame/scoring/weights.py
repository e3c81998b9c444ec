"""The weights of the rulebook: log-odds of a dispute, learned from disputed markets and stored as data.

`weights.json` is written by `make rulebook-weights` and never by hand. Every number stands beside the counts that it
was earned from; a finding that no recorded market carries keeps the prior of its literal.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import msgspec


class Weight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the data say of one finding."""

    log_odds: float
    """Added to the log-odds of a dispute, beside all other findings of the text."""
    log_odds_at_stake: float
    """The same where volume and duration are looked at as well: part of what the text tells is how much is at stake."""
    markets: int
    """Labelled markets that carry the finding."""
    events: int
    disputed: int
    """Disputed ones among them."""
    lift: float | None
    """How many times as often these are disputed as all labelled markets; None without a market."""
    lift_low: float | None
    lift_high: float | None
    """Interval of the lift: 95 %, events resampled as a whole."""


class Stakes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How volume or planned duration moves the log-odds: straight lines between knots, level beyond the outer ones.

    The lines are zero on average over the labelled markets, so that what is not known can be left out.
    """

    knots: tuple[float, ...]
    """Places on the scale of the band (`Facts.volume_band`, `Facts.duration_band`)."""
    log_odds: tuple[float, ...]


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All numbers that turn findings into probabilities."""

    rulebook_version: str
    base: float
    """Log-odds of a dispute where nothing is found."""
    findings: dict[str, Weight]
    base_at_stake: float
    stakes: dict[str, Stakes]
    """`volume`, `event_volume`, `event_share` (of the event's volume) and `duration`, in bands of `Facts`."""
    payoff_base: float
    """Probability of a half payout without a clause about it."""
    payoff_clause: float
    """The same with a void or 50-50 clause."""
    text_change_base: float
    """Probability that a text is changed in sense while it is watched."""
    text_changed_before: float
    """Prior for a text that has changed already: nothing recorded tells it."""


@cache
def weights() -> Weights:
    """The weights that ship with this version; read once.

    Raises:
        msgspec.ValidationError: the file was edited by hand and does not fit.
    """
    raw = resources.files("endgame.scoring").joinpath("weights.json").read_bytes()
    return msgspec.json.decode(raw, type=Weights)
