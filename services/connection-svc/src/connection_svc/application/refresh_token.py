"""Refreshing a grant's tokens: one owner in the whole system, and one task for all callers in this process."""

import asyncio
from uuid import UUID

from connection_svc.application.ports import Ports, RefreshOwnership
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

    def __init__(self, ports: Ports, ownership: RefreshOwnership) -> None:
        self._ports = ports
        self._ownership = ownership
        self._under_way: dict[tuple[UUID, int], asyncio.Task[None]] = {}

    async def refresh(self, grant_id: UUID, stale_version: int) -> None:
        """Raises what `lend_access_token` does: conflicts when a person has to act, `Transient` otherwise."""
        key = (grant_id, stale_version)
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(self._own_or_wait(*key), name=f"refresh {grant_id}")
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._finished(key, done))
        await asyncio.shield(task)

    def _finished(self, key: tuple[UUID, int], task: asyncio.Task[None]) -> None:
        del self._under_way[key]
        if not task.cancelled():
            task.exception()  # seen, also when every caller has left

    async def _own_or_wait(self, grant_id: UUID, stale_version: int) -> None:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + _PATIENCE
        while True:
            if await self._rotated(grant_id, stale_version):
                return
            if await self._moved_on(grant_id, stale_version):
                return
            if loop.time() >= give_up:
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
        async with self._ports.unit_of_work.begin(None) as transaction:
            grant = await transaction.grants.get(grant_id)
        if grant is None:
            raise NotFound("grant", grant_id)
        newer = grant.tokens is None or grant.tokens.version > stale_version
        return newer or grant.state is not GrantState.ACTIVE
