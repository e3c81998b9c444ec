"""One family of errors. The docstring of a class is its default message."""

from __future__ import annotations


class EndgameError(Exception):
    """Something went wrong."""

    retryable = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class ConfigError(EndgameError):
    """A setting is wrong: the message names it, its value and what is allowed. Exit code 2."""


class VenueError(EndgameError):
    """The venue did not give a usable answer."""

    kind = "venue"


class Unavailable(VenueError):
    """The venue did not answer in time, refused the connection or failed (5xx)."""

    kind = "unavailable"
    retryable = True


class Throttled(VenueError):
    """The venue asked us to slow down (429, or 503 with Retry-After)."""

    kind = "throttled"
    retryable = True


class Rejected(VenueError):
    """The venue refused the request (4xx other than 429); asking again will not help."""

    kind = "rejected"

    def __init__(self, message: str | None = None, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Payload(VenueError):
    """The venue answered with something that is not the documented shape."""

    kind = "payload"
    retryable = True


class CircuitOpen(VenueError):
    """The circuit breaker of the host is open; no request was sent."""

    kind = "circuit_open"


class StorageError(EndgameError):
    """The database did not do what was asked."""

    kind = "storage"


class Busy(StorageError):
    """The database is busy or unreachable; asking again may help."""

    kind = "busy"
    retryable = True


class SchemaMismatch(StorageError):
    """The database schema is not the one this version needs; run `endgame migrate`."""

    kind = "schema"


class AlreadyRunning(EndgameError):
    """Another process holds the leader lock of this database."""


class RequestError(EndgameError):
    """The client's request cannot be answered as asked."""

    status = 400


class BadCursor(RequestError):
    """The cursor is not one that this query gave out."""

    status = 400


class MarketNotFound(RequestError):
    """No market has this id."""

    status = 404
