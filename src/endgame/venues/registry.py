"""The venues this version knows. A new venue is one adapter and one line here."""

from __future__ import annotations

import random

from endgame.clock import Clock
from endgame.config import Settings
from endgame.venues.client import VenueClient
from endgame.venues.polymarket import Polymarket


def build_venues(settings: Settings, clock: Clock, rng: random.Random) -> list[VenueClient]:
    """The enabled venues, not yet connected; each is to be closed by the caller."""
    venues: list[VenueClient] = []
    if settings.venues.polymarket.enabled:
        venues.append(
            Polymarket(
                settings.venues.polymarket,
                settings.http,
                clock=clock,
                rng=rng,
                depth_reach=settings.scoring.bounds.depth_reach,
            )
        )
    return venues
