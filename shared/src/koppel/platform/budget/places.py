"""How many calls of a company are in flight, over all processes of all services: session locks of the database they share.

A lock goes with its session, so a process that dies frees its places at once.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg

from koppel.platform.database import UNAVAILABLE, Database
from koppel.ports.budget import BudgetExhausted, Exhausted

PATIENCE = 5.0
"""Seconds that a call waits for a place; most calls take less."""
_LOOK_AGAIN = 0.01
_AGAIN = 1.0
"""Seconds until somebody who got no place asks again."""
_SILENT_FOR = "90s"
"""A process that was stopped by a signal keeps its session; the server ends it when no call can still be in flight."""
_LOCK = "hashtextextended('koppel call ' || $1 || ' ' || place, 0)"
# A session may take its own lock twice, so its own places are left out.
_TAKE = f"""
select place from generate_series(1, $2::int) place
where case when place = any($3::int[]) then false else pg_try_advisory_lock({_LOCK}) end
limit 1
"""
_LEAVE = f"select pg_advisory_unlock({_LOCK}) from (select $2::int as place) its"


class CompanyPlaces:
    """`at_once` is how many calls each provider takes at the same time for a company; one that is not in it takes any number."""

    def __init__(self, database: Database, at_once: Mapping[str, int], *, patience: float = PATIENCE) -> None:
        self._database = database
        self._at_once = at_once
        self._patience = patience
        self._session: asyncpg.Connection[asyncpg.Record] | None = None
        self._asking = asyncio.Lock()
        self._held: dict[str, set[int]] = defaultdict(set)

    def close(self) -> None:
        """Give up every place: session locks go with the session."""
        if self._session is not None:
            self._session.terminate()
            self._session = None

    @asynccontextmanager
    async def hold(self, provider: str, company: str | None) -> AsyncIterator[None]:
        """Be one of the calls in flight for the company; None: no company's.

        Raises `BudgetExhausted` (`at_once`) when no place comes free, and what a database that is away raises.
        """
        most = self._at_once.get(provider)
        if most is None or company is None:
            yield
            return
        key = f"{provider} {company}"
        place = await self._wait_for_one(key, most)
        try:
            yield
        finally:
            await asyncio.shield(self._leave(key, place))

    async def _wait_for_one(self, key: str, most: int) -> int:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + self._patience
        while True:
            place = await self._take_whole(key, most)
            if place is not None:
                return place
            if loop.time() >= give_up:
                until = datetime.now(UTC) + timedelta(seconds=_AGAIN)
                raise BudgetExhausted(Exhausted("at_once", until, _AGAIN))
            await asyncio.sleep(_LOOK_AGAIN)

    async def _take_whole(self, key: str, most: int) -> int | None:
        """Whoever is cancelled meanwhile leaves no lock behind."""
        taking = asyncio.create_task(self._take(key, most))
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            if (place := await taking) is not None:
                await self._leave(key, place)
            raise

    async def _take(self, key: str, most: int) -> int | None:
        async with self._asking:
            session = await self._opened()
            place: int | None = await session.fetchval(_TAKE, key, most, list(self._held[key]))
            if place is not None:
                self._held[key].add(place)
            return place

    async def _leave(self, key: str, place: int) -> None:
        async with self._asking:
            self._held[key].discard(place)
            if not self._held[key]:
                del self._held[key]
            try:
                if self._session is not None:
                    await self._session.execute(_LEAVE, key, place)
            except UNAVAILABLE:  # the session is over, and its locks with it
                self.close()

    async def _opened(self) -> "asyncpg.Connection[asyncpg.Record]":
        if self._session is None or self._session.is_closed():
            self._session = await self._database.session(
                idle_session_timeout=_SILENT_FOR, statement_timeout="30s"
            )
        return self._session
