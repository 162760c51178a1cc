"""Pauses begin at the end of a run, and end where the cause does: at a success, a new login, a removal."""

from collections.abc import Collection, Sequence
from uuid import UUID

from koppel.contracts.failures import REAUTHORIZATION_REQUIRED
from koppel.contracts.pause import PauseScope, SyncPaused, SyncResumed
from koppel.contracts.values import ResourceName, SyncOutcome, WhoMustAct
from sync_svc.application.ports import Transaction
from sync_svc.domain.administration import Administration
from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.pause import (
    NOTHING_DONE,
    Pause,
    Subject,
    Trouble,
    grant_of,
    troubles_of,
    wider_than,
    working,
)
from sync_svc.domain.pause_rules import LOGIN_ENDED
from sync_svc.domain.run import Ending

BY_LOGIN, BY_PROBE, REMOVED = "login", "probe", "removed"
"""What ends a pause, as `SyncResumed` says it."""


async def learn_from(
    tx: Transaction,
    administration: Administration,
    ending: Ending,
    listings: Sequence[ListingProgress],
    read: Collection[ResourceName] = (),
) -> Pause | None:
    """Count what failed, end the pauses of what works, begin those that are due.

    Returns the pause that holds the administration already, when the run failed under it: then nothing is counted, and
    the run is to wait. `read` are the resources that this hold on the run has read to their end.
    """
    troubles = troubles_of(administration, ending, listings)
    works = working(administration, troubles, read)
    if ending.outcome is SyncOutcome.CANCELLED or not (troubles or works):
        return None
    async with tx.of_all():
        await tx.pauses.forget_troubles(works)
        held = await tx.pauses.of_administration(administration.administration_id)
        over = [each.subject for each in held if each.subject in works and each.ends_by_probe]
        still = [each for each in held if each.subject not in over]
        holding = next((each for each in still if each.holds_all), None)
        paused = {each.subject for each in still}
        counting = [] if holding else [each for each in troubles if each.subject not in paused]
        due = [each for each in counting if await _is_due(tx, each, administration)]
        await resume(tx, over, BY_PROBE)
        await tx.pauses.probe_failed(
            [each.subject for each in still if each.lets(administration.administration_id)]
        )
        for trouble in due:
            await pause(tx, trouble, administration.administration_id)
    return holding if ending.outcome in NOTHING_DONE else None


async def _is_due(tx: Transaction, trouble: Trouble, administration: Administration) -> bool:
    counted = await tx.pauses.count(trouble, administration.administration_id)
    return counted >= trouble.rule.in_a_row


async def pause(tx: Transaction, trouble: Trouble, administration_id: UUID | None = None) -> None:
    """Begin the pause and say so, unless it has begun already."""
    await tx.pauses.forget_troubles([trouble.subject])
    begun = await tx.pauses.begin(trouble, administration_id)
    if begun is not None:
        await tx.events.append(SyncPaused(**_told(begun), at=begun.since))


async def pause_for_login(
    tx: Transaction, grant_id: UUID, who_must_act: WhoMustAct = WhoMustAct.CUSTOMER
) -> None:
    """Somebody has to log in again: nothing that is read with the grant can be."""
    failure = REAUTHORIZATION_REQUIRED.model_copy(update={"who_must_act": who_must_act})
    await pause(tx, Trouble(LOGIN_ENDED, grant_of(grant_id, tx.organisation), failure))


async def resume(tx: Transaction, subjects: Sequence[Subject], reason: str) -> None:
    """End those of them that are paused, and say so."""
    if subjects:
        for ended, at in await tx.pauses.end(subjects, by_probe=reason == BY_PROBE):
            await tx.events.append(SyncResumed(**_told(ended), reason=reason, at=at))


async def resume_what_answered(tx: Transaction, administration: Administration) -> None:
    """A probe was answered: whatever held the administration as a whole is over."""
    async with tx.of_all():
        answered = wider_than(PauseScope.RESOURCE, administration)
        await tx.pauses.forget_troubles(answered)
        await resume(tx, answered, BY_PROBE)


def _told(pause: Pause) -> dict[str, object]:
    return {
        "organisation_id": pause.subject.organisation_id,
        "scope": pause.subject.scope,
        "id": pause.subject.id,
        "cause": pause.failure.code,
        "who_must_act": pause.failure.who_must_act,
        "act_by": pause.act_by,
        "resumes_when": pause.resumes_when,
    }
