"""What a venue must be able to do. A new venue is one adapter and one line in the registry."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from endgame.domain.market import Market
from endgame.domain.quote import Quote
from endgame.domain.rule import Rule


@dataclass(frozen=True, slots=True)
class Listing:
    """One market with its rule text (None when the listing carried no text field)."""

    market: Market
    rule: Rule | None


@dataclass(frozen=True, slots=True)
class ListingBatch:
    """One bounded piece of a walk. `skipped` counts records not used by reason; the adapter adds it to no metric."""

    listings: tuple[Listing, ...]
    received_at: int
    """UTC epoch milliseconds at which the answer was read."""
    skipped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """A market and its two tokens."""

    market_id: str
    yes_token: str
    no_token: str


@dataclass(frozen=True, slots=True)
class QuoteBatch:
    """Quotes of one call. `missing` are markets asked for, in a successful answer, without any book.

    A market in neither had only unusable books: its stored quote stays and grows stale.
    """

    quotes: tuple[Quote, ...]
    missing: tuple[str, ...]
    received_at: int
    skipped: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    """Markets whose call failed: their stored quotes stay and grow stale."""
    error: Exception | None = None


class VenueClient(Protocol):
    """Read-only access to one venue. Every call may raise `VenueError`; a bad record never does.

    Who may stop early takes a generator in `contextlib.aclosing`: closing it ends what it has under way.
    """

    name: str

    def walk(
        self, *, end_min_ms: int | None = None, end_max_ms: int | None = None
    ) -> AsyncGenerator[ListingBatch, None]:
        """Open markets, page by page, nearest end first when a window is given.

        Normal exhaustion means that the walk was complete; anything else raises `VenueError`.
        """
        ...

    def lookup_closed(self, market_ids: Sequence[str]) -> AsyncGenerator[ListingBatch, None]:
        """Those of the given markets (any number of ids) that the venue reports as closed, answer by answer.

        A failed call does not end it: the other ids are asked for as well, and the last `VenueError` is raised at the
        end. Normal exhaustion means that every id was asked for.
        """
        ...

    def quotes(self, wanted: Sequence[QuoteRequest]) -> AsyncGenerator[QuoteBatch, None]:
        """Books of the given markets, chunk by chunk. A failed chunk is a batch with `failed` and `error`."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...
