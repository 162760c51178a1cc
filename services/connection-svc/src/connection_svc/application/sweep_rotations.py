"""Finishes open rotations: their owner's process ended between the intent and the stored answer.

Without this they would wait for the next who asks, and a token that is lost would be found out by whoever needs it.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta

from connection_svc.application.outside import Ports
from connection_svc.application.refresh_token import TokenRefresher
from connection_svc.application.store_rotation import store_answer
from connection_svc.domain.rotation import Attempt
from koppel.kernel.errors import KoppelError

_OWNERS_TIME = timedelta(seconds=15)
"""A token call and its storing take less while the database is there; an owner that is still at it holds the lease."""
_AGAIN_AFTER = timedelta(seconds=30)
_AT_ONCE = 20


async def sweep_rotations(ports: Ports, refresher: TokenRefresher) -> int:
    """Bring what was left open to an end; returns how many were looked at. Several processes may run this at once.

    An answer is stored. A call without one is made once more: the grant works, or a person is asked to log in.
    """
    async with ports.unit_of_work.begin(None) as tx:
        await tx.rotations.close_overtaken(tx.now - _OWNERS_TIME)
        left = await tx.rotations.claim_left(tx.now, tx.now - _OWNERS_TIME, tx.now - _AGAIN_AFTER, _AT_ONCE)
    await asyncio.gather(*(_end(ports, refresher, attempt) for attempt in left))
    return len(left)


async def _end(ports: Ports, refresher: TokenRefresher, attempt: Attempt) -> None:
    if attempt.answer is not None:
        await store_answer(ports, attempt)
        return
    with suppress(KoppelError):  # the provider is away: the journal says when it is tried again
        await refresher.refresh(attempt.grant_id, attempt.from_version)
