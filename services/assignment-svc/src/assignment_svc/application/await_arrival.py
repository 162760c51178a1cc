"""Waiting a moment for administrations whose import was confirmed just now: their events are on the way."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from assignment_svc.application.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds. `settled` is how long an import session's number must stand still to count as complete, where its
    events do not say how many there are."""

    within: float = 2.0
    every: float = 0.02
    settled: float = 0.2


async def await_administrations(
    unit_of_work: UnitOfWork, organisation_id: UUID, ids: Sequence[UUID], patience: Patience
) -> None:
    """Returns when all are known, or after the time is up: whoever needs them then says which are missing."""
    deadline = time.monotonic() + patience.within
    while True:
        async with unit_of_work.begin(organisation_id) as tx:
            known = await tx.administrations.known(organisation_id, ids)
        if known.issuperset(ids) or time.monotonic() >= deadline:
            return
        await asyncio.sleep(patience.every)


async def await_session(
    unit_of_work: UnitOfWork, organisation_id: UUID, import_session_id: UUID, patience: Patience
) -> None:
    """Returns when the session's administrations are in, or after the time is up.

    Their events say how many there are. Those of before that field do not: then a number that stands still is the sign.
    """
    deadline = time.monotonic() + patience.within
    settled = _settling(patience)
    while True:
        async with unit_of_work.begin(organisation_id) as tx:
            arrivals = await tx.administrations.session_arrivals(organisation_id, import_session_id)
        long_ago = arrivals.count > 0 and arrivals.newest_age > patience.within
        stands_still = settled(arrivals.count)
        all_in = stands_still if arrivals.size is None else arrivals.count >= arrivals.size
        if long_ago or all_in or time.monotonic() >= deadline:
            return
        await asyncio.sleep(patience.every)


def _settling(patience: Patience) -> Callable[[int], bool]:
    count, since = 0, time.monotonic()

    def settled(now_known: int) -> bool:
        nonlocal count, since
        if now_known != count:
            count, since = now_known, time.monotonic()
        return count > 0 and time.monotonic() - since >= patience.settled

    return settled
