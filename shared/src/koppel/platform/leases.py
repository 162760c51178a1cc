"""Leases: long work has one owner at a time, and a former owner's writes are refused.

A lease is a row with an expiry. Whoever finds it expired takes it over with a higher fence. The owner extends
it while it works and proves it inside every transaction that writes (`confirm`), so a process that was
paused past its expiry changes nothing when it wakes up.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from koppel.kernel.errors import Conflict
from koppel.platform.database import UNAVAILABLE, Connection, Database

log = logging.getLogger(__name__)


class LeaseLost(Conflict):
    """Another process owns the work now: stop, without a trace."""

    def __init__(self, kind: str, subject: UUID) -> None:
        super().__init__("lease_lost", f"The lease on {kind} {subject} was taken over.")


@dataclass(frozen=True, slots=True)
class Lease:
    """Ownership of one piece of work. `takeovers` counts owners before this one that let it expire."""

    kind: str
    subject: UUID
    fence: int
    takeovers: int
    lost: asyncio.Event = field(default_factory=asyncio.Event, compare=False, repr=False)


_ACQUIRE = """
insert into lease as held (kind, subject, owner, fence, expires_at)
values ($1, $2, $3, nextval('lease_fence'), now() + $4)
on conflict (kind, subject) do update
    set owner = excluded.owner, fence = excluded.fence, expires_at = excluded.expires_at, takeovers = held.takeovers + 1
    where held.expires_at < now()
returning fence, takeovers
"""
_EXTEND = """
update lease set expires_at = now() + $4
where kind = $1 and subject = $2 and fence = $3 and expires_at > now() returning 1
"""
_CONFIRM = """
select 1 from lease where kind = $1 and subject = $2 and fence = $3 and expires_at > now() for share
"""
_RELEASE = "delete from lease where kind = $1 and subject = $2 and fence = $3"


class Leases:
    """Leases of one process; `owner` names it in the table, `ttl` is how long one lasts that nobody extends."""

    def __init__(self, database: Database, owner: str, *, ttl: timedelta = timedelta(seconds=10)) -> None:
        self._database = database
        self.owner = owner
        self.ttl = ttl

    @asynccontextmanager
    async def hold(self, kind: str, subject: UUID) -> AsyncIterator[Lease | None]:
        """Own the work for the length of the block, extending the lease; yields None when another owns it.

        The lease's `lost` event is set as soon as an extension fails.
        """
        async with self._database.system() as connection:
            lease = await self.acquire(connection, kind, subject)
        if lease is None:
            yield None
            return
        async with self.keep(lease):
            yield lease

    @asynccontextmanager
    async def keep(self, lease: Lease) -> AsyncIterator[Lease]:
        """The same for a lease that was taken already; it is given back at the end."""
        name = f"lease {lease.kind} {lease.subject}"
        heartbeat = asyncio.create_task(self._extend_while_held(lease), name=name)
        try:
            yield lease
        finally:
            heartbeat.cancel()
            with suppress(asyncio.CancelledError):
                await heartbeat
            await _to_its_end(self._give_back(lease))

    async def acquire(self, connection: Connection, kind: str, subject: UUID) -> Lease | None:
        """Take the lease in the caller's transaction, or None while another's is valid."""
        row = await connection.fetchrow(_ACQUIRE, kind, subject, self.owner, self.ttl)
        return None if row is None else Lease(kind, subject, row["fence"], row["takeovers"])

    async def release(self, connection: Connection, lease: Lease) -> None:
        await connection.execute(_RELEASE, lease.kind, lease.subject, lease.fence)

    async def _give_back(self, lease: Lease) -> None:
        # When the database is away the lease simply expires.
        with suppress(*UNAVAILABLE):
            async with self._database.system() as connection:
                await self.release(connection, lease)

    async def _extend_while_held(self, lease: Lease) -> None:
        while not lease.lost.is_set():
            await asyncio.sleep(self.ttl.total_seconds() / 3)
            try:
                async with self._database.system() as connection:
                    kept = await connection.fetchval(
                        _EXTEND, lease.kind, lease.subject, lease.fence, self.ttl
                    )
            except UNAVAILABLE as error:
                log.warning("cannot extend the lease on %s %s: %s", lease.kind, lease.subject, error)
                continue
            if kept is None:
                lease.lost.set()


async def _to_its_end(work: Coroutine[None, None, None]) -> None:
    """A process that stops cancels what it does; a statement cut off then would leave the lease to expire."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


async def confirm(connection: Connection, lease: Lease) -> None:
    """Prove ownership inside the caller's transaction, holding it until commit. Raises `LeaseLost`."""
    if await connection.fetchval(_CONFIRM, lease.kind, lease.subject, lease.fence) is None:
        lease.lost.set()
        raise LeaseLost(lease.kind, lease.subject)
