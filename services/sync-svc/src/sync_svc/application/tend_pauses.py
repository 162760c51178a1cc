"""What pauses need between runs: those without ground end, those whose time has come are probed by one run."""

from datetime import timedelta

from koppel.contracts.sync import SyncRequested
from koppel.contracts.values import SyncMode, SyncTrigger
from koppel.kernel.ids import new_id
from sync_svc.application.pauses import resume
from sync_svc.application.ports import Transaction
from sync_svc.application.projections import REQUESTED_BY
from sync_svc.domain.pause import DuePause, Probe

_PROBES_AT_ONCE = 50
_NOBODY_TO_TRY = timedelta(minutes=1)


async def tend_pauses(tx: Transaction) -> None:
    """The transaction is the system's. Several processes may do this."""
    for subject, ground in await tx.pauses.groundless():
        await resume(tx, [subject], ground)
    await tx.policies.reschedule_missed()
    await tx.pauses.set_held_aside()
    for due in await tx.pauses.lock_due_probes(_PROBES_AT_ONCE):
        await _probe(tx, due)


async def _probe(tx: Transaction, due: DuePause) -> None:
    """Let one administration through: its run that waits, or one that is asked for now."""
    chosen = await tx.pauses.choose_probe(due)
    if chosen is None or due.rule.probes is None:
        await tx.pauses.probe(due, None, _NOBODY_TO_TRY)
        return
    await tx.pauses.probe(due, chosen.administration_id, due.rule.probes.delay(due.probes + 2))
    if not chosen.waits or due.resource is not None:
        await tx.events.append(_asked(tx, chosen))
        if due.resource is None:
            await tx.policies.made_up_for(chosen.administration_id)


def _asked(tx: Transaction, chosen: Probe) -> SyncRequested:
    return SyncRequested(
        organisation_id=chosen.organisation_id,
        sync_request_id=new_id(),
        administration_id=chosen.administration_id,
        resources=chosen.resources,
        mode=SyncMode.INCREMENTAL,
        trigger=SyncTrigger.SCHEDULE,
        requested_by=REQUESTED_BY,
        requested_at=tx.now,
    )
