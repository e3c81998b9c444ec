"""The rulebook: each definition risk, each mitigator and each trait of a question as one literal.

Detection, tests and documentation come from these literals. Base rates are the share of 1,195 recorded ordinary
Polymarket markets with full text (560 open ones of November 2025 to February 2026, 635 further ones of forecasting
question sets, October 2025 to August 2026) that carry the finding; a test measures them again where the records are.
Priors are log-odds set by hand, from which the data of disputed markets move; wording found in more than a quarter of
texts is context and has none.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Final

from endgame.scoring.reading import Mitigator, RiskRule, Trait
from endgame.scoring.rulebook import acts, deadlines, mitigators, numbers, oracle, payoff, phrases, sources, terms
from endgame.scoring.rulebook import traits as traits_room

RULEBOOK_VERSION: Final = "2026.4"

_THEMES: Final = (acts, deadlines, numbers, oracle, payoff, sources, terms)
ROOMS: Final = (*_THEMES, mitigators, phrases, traits_room)
"""The modules that hold the phrases of the rulebook."""

RULES: Final[tuple[RiskRule, ...]] = tuple(
    sorted((rule for theme in _THEMES for rule in theme.RULES), key=attrgetter("code"))
)
"""All flags, by code."""
MITIGATORS: Final[tuple[Mitigator, ...]] = tuple(sorted(mitigators.MITIGATORS, key=attrgetter("code")))
"""All mitigators, by code."""
TRAITS: Final[tuple[Trait, ...]] = tuple(sorted(traits_room.TRAITS, key=attrgetter("code")))
"""All traits, by code."""
