"""Texts that show what several rules do, in our own words."""

from __future__ import annotations

from typing import Any

from endgame.domain.rule import RuleContext
from endgame.scoring.reading import Case


def case(text: str, **context: Any) -> Case:
    """A text with the context that is given by name."""
    return Case(text, RuleContext(**context))


SUIT = (
    'This market will resolve to "Yes" if the president is photographed wearing a suit before '
    'June 30, 2025, 11:59 PM ET. Otherwise, this market will resolve to "No". The resolution '
    "source will be a consensus of credible reporting."
)

GAME = (
    "In the upcoming game, scheduled for November 4 at 7:30PM ET: If the Bucks win, the market "
    'will resolve to "Bucks". If the Raptors win, the market will resolve to "Raptors". If the '
    "game is postponed, this market will remain open until the game has been completed. If the "
    "game is canceled entirely, this market will resolve 50-50."
)

LEAGUE = (
    "This market will resolve according to the team that wins the 2025-26 championship, 11:59 PM ET on June 30, 2026. "
    "The primary resolution source will be official information from the league. However, a consensus of credible "
    "reporting may also be used."
)
