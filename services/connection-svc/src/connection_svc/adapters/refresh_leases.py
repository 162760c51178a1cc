"""One refreshing process a grant, by a lease in the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from connection_svc.adapters.postgres.rotations import LEASE
from koppel.platform.leases import Leases

REFRESH_LEASE = timedelta(seconds=15)
"""After two thirds, the least that is left between two extensions, a token call is over: nobody makes a second one
beside it, not even when the database goes away meanwhile."""


class LeasedRefresh:
    """Implements `RefreshOwnership`."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases

    @asynccontextmanager
    async def own(self, grant_id: UUID) -> AsyncIterator[int | None]:
        async with self._leases.hold(LEASE, grant_id) as lease:
            yield None if lease is None else lease.fence
