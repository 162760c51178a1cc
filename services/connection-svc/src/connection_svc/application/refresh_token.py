"""Refreshing a grant's tokens: one owner in the whole system, and one task for all callers in this process."""

import asyncio
from uuid import UUID

from connection_svc.application.in_flight import InFlight
from connection_svc.application.outside import Ports, RefreshOwnership
from connection_svc.application.rotate_token import rotate_token
from connection_svc.domain.connection import GrantState
from koppel.kernel.errors import Conflict, NotFound, Transient

_PATIENCE = 10.0
_POLL = 0.1
"""Seconds."""


class TokenRefresher:
    """`refresh` returns when the grant's tokens are newer than the version that the caller holds.

    Callers of one process share one task, which no caller's departure cancels: a call that is out may have
    replaced the refresh token already.
    """

    def __init__(self, ports: Ports, ownership: RefreshOwnership, in_flight: InFlight) -> None:
        self._ports = ports
        self._ownership = ownership
        self._in_flight = in_flight
        self._under_way: dict[tuple[UUID, int], asyncio.Task[None]] = {}

    async def refresh(self, grant_id: UUID, stale_version: int) -> None:
        """Raises what `issue_access_token` does: conflicts when a person has to act, `Transient` otherwise."""
        key = (grant_id, stale_version)
        task = self._under_way.get(key)
        if task is None:
            task = self._in_flight.begin(self._own_or_wait(*key), f"refresh of {grant_id}")
            self._under_way[key] = task
            task.add_done_callback(lambda _: self._under_way.pop(key))
        await self._in_flight.result(task)

    async def _own_or_wait(self, grant_id: UUID, stale_version: int) -> None:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + _PATIENCE
        while True:
            if await self._rotated(grant_id, stale_version):
                return
            if await self._moved_on(grant_id, stale_version):
                return
            if loop.time() >= give_up or self._in_flight.stopping:
                raise Transient(
                    "refresh_in_progress", "The token is being refreshed; try again.", retry_after=2
                )
            await asyncio.sleep(_POLL)

    async def _rotated(self, grant_id: UUID, stale_version: int) -> bool:
        try:
            async with self._ownership.own(grant_id) as fence:
                if fence is not None:
                    await rotate_token(self._ports, grant_id, stale_version, fence)
                return fence is not None
        except Conflict as conflict:
            if conflict.code != "lease_lost":
                raise
            return False

    async def _moved_on(self, grant_id: UUID, stale_version: int) -> bool:
        async with self._ports.unit_of_work.begin(None) as tx:
            grant = await tx.grants.get(grant_id)
        if grant is None:
            raise NotFound("grant", grant_id)
        newer = grant.tokens is None or grant.tokens.version > stale_version
        return newer or grant.state is not GrantState.ACTIVE
