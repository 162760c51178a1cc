"""Why a run gets no further while a call of it is tried again: told in the run until the call passes or gives up."""

from uuid import UUID

from koppel.contracts.values import Failure
from koppel.ports.transaction import LeasedWork
from sync_svc.application.fetch_pages import TellCause
from sync_svc.application.ports import Transaction


def telling(leased: LeasedWork[Transaction], run_id: UUID) -> TellCause:
    """What a fetcher of this run calls. Raises `Conflict` (`lease_lost`) when the run is another's."""

    async def tell(cause: Failure | None) -> None:
        async with leased.begin() as tx:
            await tx.runs.tell_cause(run_id, cause)

    return tell
