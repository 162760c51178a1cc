"""Lots of calls, drawn from rows that every process of the service shares. Time is the database's."""

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.resources import files
from uuid import UUID

import asyncpg

from koppel.kernel.ids import new_id
from koppel.platform.budget.places import CompanyPlaces
from koppel.platform.database import UNAVAILABLE, Connection, Database
from koppel.platform.telemetry import metrics
from koppel.ports.budget import Counter, Exhausted, MadeCall, Permits, ScopedWindow, Spender

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=45)
"""A lot that was not settled is believed used until now + this; what was begun in time has reached the provider by then."""
_USABLE = 25.0
"""Seconds in which calls of a lot may be begun: connecting and sending take twenty at most."""
_LONGEST_REFUSAL = 86_400.0
_KEEP_SPEND = timedelta(days=14)
_KEEP_WINDOWS = timedelta(days=2)


def _sql(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


_DRAW, _SETTLE, _MAKE, _REFUSE = (_sql(f"{name}.sql") for name in ("draw", "settle", "make", "refuse"))
_FORGET_SPEND = "delete from call_spend where hour < now() - $1::interval"
_FORGET_WINDOWS = """
delete from rate_window
where not exists (select from unnest(until) as last (at) where at > now() - $1::interval)
  and coalesce(empty_until, '-infinity') < now()
"""


class PostgresBudget:
    """Implements `Budget`. `windows_of` gives what a spender's calls count for; `most` is the largest lot; without `places` any number of calls is in flight."""

    def __init__(
        self,
        database: Database,
        windows_of: Callable[[Spender], tuple[ScopedWindow, ...]],
        *,
        most: int,
        places: CompanyPlaces | None = None,
    ) -> None:
        self._database = database
        self._windows_of = windows_of
        self._most = most
        self._places = places

    @asynccontextmanager
    async def in_flight(self, spender: Spender) -> AsyncIterator[None]:
        if self._places is None:
            yield
            return
        async with self._places.hold(spender.provider, spender.company):
            yield

    async def draw(self, spender: Spender, calls: int, *, reserve: float = 0.0) -> Permits | Exhausted:
        windows = self._windows_of(spender)
        wanted, lot_id = max(1, min(calls, self._most)), new_id()
        if not windows:
            return Permits(lot_id, spender, wanted, _USABLE)
        async with self._database.system() as connection:
            row = await connection.fetchrow(_DRAW, *_drawing(spender, windows, wanted, reserve, lot_id))
            if row is not None and row["windows"] < len(windows):
                await _make(connection, windows)
                row = await connection.fetchrow(_DRAW, *_drawing(spender, windows, wanted, reserve, lot_id))
        if row is None or row["windows"] < len(windows):
            raise LookupError("a rate window was deleted while it was drawn on")
        if row["calls"] > 0:
            return Permits(lot_id, spender, row["calls"], _USABLE, row["drawn_at"])
        return _exhausted(row, windows)

    async def look(self, spender: Spender, *, reserve: float = 0.0) -> Exhausted | None:
        windows = self._windows_of(spender)
        if not windows:
            return None
        async with self._database.system() as connection:
            row = await connection.fetchrow(_DRAW, *_drawing(spender, windows, 0, reserve, new_id()))
        return None if row is None or row["window"] is None else _exhausted(row, windows)

    async def settle(self, lot: Permits, made: Sequence[MadeCall], counters: Iterable[Counter] = ()) -> None:
        windows = self._windows_of(lot.spender)
        if not windows:
            return
        told = _believable(windows, counters)
        try:
            async with self._database.system() as connection:
                found = await connection.fetchval(_SETTLE, *_settling(lot, windows, made, told))
                if found < len(windows):
                    await _make(connection, windows)
        except UNAVAILABLE as error:
            log.warning("a lot of %d calls counts as used: %s", lot.calls, type(error).__name__)

    async def refused(
        self, spender: Spender, seconds: float | None, counters: Iterable[Counter] = ()
    ) -> None:
        windows = _refusing(self._windows_of(spender), seconds, {each.window: each for each in counters})
        if not windows:
            return
        if seconds is not None and seconds > max(each.seconds for each in windows):
            log.warning("%s wants no call for %.0f s, longer than its window", spender.provider, seconds)
        bounded = None if seconds is None else min(max(seconds, 0.0), _LONGEST_REFUSAL)
        try:
            async with self._database.system() as connection:
                await _make(connection, windows)
                await connection.execute(_REFUSE, spender.provider, [_key(each) for each in windows], bounded)
        except UNAVAILABLE as error:
            log.warning("a refusal of %s is not noted: %s", spender.provider, type(error).__name__)


async def forget_spend(connection: Connection) -> None:
    """Drop what is older than anybody asks: who spent what, and windows that nobody draws on."""
    await connection.execute(_FORGET_SPEND, _KEEP_SPEND)
    await connection.execute(_FORGET_WINDOWS, _KEEP_WINDOWS)


def _exhausted(row: asyncpg.Record, windows: Sequence[ScopedWindow]) -> Exhausted:
    metrics.count("koppel_budget_exhausted_total", provider=windows[0].provider, window=row["window"])
    empty = [each for each in windows if each.name == row["window"]]
    of_all, of_errors = any(each.of_all for each in empty), any(each.errors for each in empty)
    return Exhausted(row["window"], row["free_at"], row["seconds"], of_all, of_errors)


def _key(window: ScopedWindow) -> str:
    return f"{window.name} {window.scope}"


def _drawing(
    spender: Spender, windows: Sequence[ScopedWindow], wanted: int, reserve: float, lot_id: UUID
) -> tuple[object, ...]:
    return (
        spender.provider,
        [each.name for each in windows],
        [each.scope for each in windows],
        [each.calls for each in windows],
        [each.limit for each in windows],
        [each.seconds for each in windows],
        [each.daily for each in windows],
        wanted,
        reserve,
        lot_id,
        LEASE,
        spender.organisation_id,
        spender.administration_id,
        spender.endpoint,
        [_key(each) for each in windows],
    )


def _settling(
    lot: Permits, windows: Sequence[ScopedWindow], made: Sequence[MadeCall], told: dict[str, Counter]
) -> tuple[object, ...]:
    of_each = [told.get(each.name) for each in windows]
    spender = lot.spender
    return (
        spender.provider,
        [each.name for each in windows],
        [each.scope for each in windows],
        [each.daily for each in windows],
        [each.errors for each in windows],
        [None if each is None else each.limit or None for each in of_each],
        [_left(each, window) for each, window in zip(of_each, windows, strict=True)],
        [_resets_in(each, window) for each, window in zip(of_each, windows, strict=True)],
        lot.lot_id,
        [max(each.seconds_ago, 0.0) for each in made],
        [each.refused for each in made],
        spender.organisation_id,
        spender.administration_id,
        spender.endpoint,
        lot.drawn_at,
        lot.calls,
    )


def _left(told: Counter | None, window: ScopedWindow) -> int | None:
    """More than we believe that there is tells nothing."""
    return None if told is None or told.remaining is None else min(max(told.remaining, 0), window.limit)


def _resets_in(told: Counter | None, window: ScopedWindow) -> float | None:
    return None if told is None or told.resets_in is None else min(max(told.resets_in, 0.0), window.seconds)


async def _make(connection: Connection, windows: Sequence[ScopedWindow]) -> None:
    await connection.execute(
        _MAKE,
        windows[0].provider,
        [each.name for each in windows],
        [each.scope for each in windows],
        [each.calls for each in windows],
        [each.limit for each in windows],
        [each.seconds for each in windows],
        [each.errors for each in windows],
        LEASE,
    )


def _believable(windows: Sequence[ScopedWindow], counters: Iterable[Counter]) -> dict[str, Counter]:
    """What the answers told of these windows; more left than the limit is nonsense, and counted."""
    limits = {each.name: each.limit for each in windows}
    told: dict[str, Counter] = {}
    for each in counters:
        if each.window not in limits:
            continue
        if each.remaining is not None and each.remaining > (each.limit or limits[each.window]):
            metrics.count(
                "koppel_budget_counters_ignored_total", provider=windows[0].provider, window=each.window
            )
            continue
        told[each.window] = each
    return told


def _refusing(
    windows: Sequence[ScopedWindow], seconds: float | None, told: dict[str, Counter]
) -> list[ScopedWindow]:
    """The windows that a refusal is about: those with nothing left, else the shortest that explains the wait."""
    counted = sorted((each for each in windows if not each.errors), key=lambda each: each.seconds)
    empty = [each for each in counted if each.name in told and told[each.name].remaining == 0]
    if empty or not counted:
        return empty
    long_enough = (each for each in counted if each.seconds >= (seconds or 0))
    return [next(long_enough, counted[-1])]
