"""Calls to a provider are drawn from its rate windows before they are made: small lots, shared by all processes.

`Budget` keeps count. What makes calls uses `koppel.providers.spending`, which draws a lot when it has none, notes each
call and settles.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from koppel.kernel.errors import Transient


@dataclass(frozen=True, slots=True, kw_only=True)
class Spender:
    """Who calls what: this gives each window's scope, and says whose calls they were.

    `company` is the administration's external id at the provider, None while it is not known (discovery).
    """

    provider: str
    organisation_id: UUID
    grant_id: UUID
    endpoint: str
    company: str | None = None
    administration_id: UUID | None = None

    def at(self, endpoint: str) -> "Spender":
        """The same, at another endpoint."""
        return replace(self, endpoint=endpoint)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedWindow:
    """A rate window as it counts for one spender: at most `calls` in any `seconds`, for all that share `scope`.

    `limit` is the provider's own number, `calls` this service's share of it. `daily`: the provider begins it anew at
    a time that its answers tell. `errors`: refused calls count, not all. `of_all`: it is one for the whole provider.
    """

    provider: str
    name: str
    scope: str
    limit: int
    calls: int
    seconds: int
    daily: bool = False
    errors: bool = False
    of_all: bool = False


@dataclass(frozen=True, slots=True)
class Permits:
    """A lot: `calls` that may be begun within `seconds` of asking for it. Each try of a call is one.

    `drawn_at` is the database's time.
    """

    lot_id: UUID
    spender: Spender
    calls: int
    seconds: float
    drawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Nothing to draw: `window` is used up. Worth asking again at `until` (the database's clock), in `seconds`.

    `of_all`: so it is for every spender of the provider. `of_errors`: too many calls there were refused as wrong.
    """

    window: str
    until: datetime
    seconds: float
    of_all: bool = False
    of_errors: bool = False


class MadeCall(NamedTuple):
    """A call that was begun: how long ago it ended, and whether the provider refused it as wrong (400, 401, 403, 404)."""

    seconds_ago: float
    refused: bool = False


class Counter(Protocol):
    """What an answer said of a window; `koppel.providers.reading.Usage` is one."""

    @property
    def window(self) -> str: ...

    @property
    def limit(self) -> int | None: ...

    @property
    def remaining(self) -> int | None: ...

    @property
    def resets_in(self) -> float | None: ...


class Budget(Protocol):
    """This service's share of every rate window, one for all its processes."""

    def in_flight(self, spender: Spender) -> AbstractAsyncContextManager[None]:
        """One of the calls that the provider takes at the same time for the spender's company, over all services.

        Raises `BudgetExhausted` when none ends soon enough, and what a database that is away raises.
        """
        ...

    async def draw(self, spender: Spender, calls: int, *, reserve: float = 0.0) -> Permits | Exhausted:
        """One to `calls` calls, as many as every window of the spender has left above `reserve`.

        `reserve` is the part of each window (0 to 1) that is left for others. Raises what a database that is away
        raises.
        """
        ...

    async def look(self, spender: Spender, *, reserve: float = 0.0) -> Exhausted | None:
        """What keeps the spender from drawing a single call now; None: nothing that is known. Draws nothing."""
        ...

    async def settle(self, lot: Permits, made: Sequence[MadeCall], counters: Iterable[Counter] = ()) -> None:
        """Give back what was not used, and correct the windows by the provider's own counters, downwards only.

        Raises nothing when the database is away: then the whole lot counts as used until it is forgotten.
        """
        ...

    async def refused(
        self, spender: Spender, seconds: float | None, counters: Iterable[Counter] = ()
    ) -> None:
        """The provider took no call for its number (429): the window is empty for `seconds`, untold for its length.

        Raises nothing when the database is away.
        """
        ...


class BudgetExhausted(Transient):
    """No call may be made now; `exhausted` says until when. Nothing failed: whoever gets it waits."""

    def __init__(self, exhausted: Exhausted) -> None:
        super().__init__(
            "budget_exhausted",
            f"The calls that the provider allows are used up ({exhausted.window}).",
            retry_after=exhausted.seconds,
        )
        self.exhausted = exhausted
