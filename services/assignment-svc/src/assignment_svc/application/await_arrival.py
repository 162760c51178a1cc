"""Waiting a moment for administrations whose import was confirmed just now: their events are on the way."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from assignment_svc.application.ports import Transaction
from koppel.kernel.arrival import Patience, await_arrival
from koppel.ports.transaction import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPatience(Patience):
    """`settled` is how many seconds an import session's number must stand still to count as complete, where its events
    do not say how many there are."""

    settled: float = 0.2


async def await_administrations(
    unit_of_work: UnitOfWork[Transaction], organisation_id: UUID, ids: Sequence[UUID], patience: Patience
) -> None:
    """Returns when all are known, or when the time is up; the caller then reports which are missing."""

    async def arrived() -> bool:
        async with unit_of_work.begin(organisation_id) as tx:
            return (await tx.administrations.known(ids)).issuperset(ids)

    await await_arrival(arrived, patience)


async def await_session(
    unit_of_work: UnitOfWork[Transaction],
    organisation_id: UUID,
    import_session_id: UUID,
    patience: SessionPatience,
) -> None:
    """Returns when the session's administrations are in, or after the time is up.

    Their events say how many there are. Those of before that field do not: then a number that stands still is the sign.
    """
    settled = _settling(patience)

    async def arrived() -> bool:
        async with unit_of_work.begin(organisation_id) as tx:
            arrivals = await tx.administrations.session_arrivals(import_session_id)
        long_ago = arrivals.count > 0 and arrivals.newest_age > patience.within
        stands_still = settled(arrivals.count)
        all_in = stands_still if arrivals.size is None else arrivals.count >= arrivals.size
        return long_ago or all_in

    await await_arrival(arrived, patience)


def _settling(patience: SessionPatience) -> Callable[[int], bool]:
    count, since = 0, time.monotonic()

    def settled(now_known: int) -> bool:
        nonlocal count, since
        if now_known != count:
            count, since = now_known, time.monotonic()
        return count > 0 and time.monotonic() - since >= patience.settled

    return settled
