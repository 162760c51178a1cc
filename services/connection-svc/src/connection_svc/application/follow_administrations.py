"""What import-svc tells of administrations: which grant serves which, so that a login can be held to them."""

from collections.abc import Sequence

from connection_svc.application.ports import Transaction
from koppel.contracts.administration import (
    AdministrationEvent,
    AdministrationImported,
    AdministrationMoved,
    AdministrationRemoved,
    AdministrationVanished,
)
from koppel.kernel.errors import OrganisationMismatch


async def serve(tx: Transaction, imported: Sequence[AdministrationImported]) -> None:
    """Remember them; heard again, known ones stay. Raises `OrganisationMismatch`."""
    if tx.cause.again:
        await tx.served.put(imported)
        return
    await _require_own_organisation(tx, imported)
    await _require_own_grants(tx, imported)
    await tx.served.add(imported)


async def move(tx: Transaction, moved: AdministrationMoved) -> None:
    """It is read with another grant from now on. Raises `OrganisationMismatch`."""
    if not tx.cause.again:
        await _require_own_organisation(tx, [moved])
        if await tx.served.grant_of_another([(moved.organisation_id, moved.to_grant_id)]):
            raise OrganisationMismatch(f"The grant {moved.to_grant_id} is another organisation's.")
    await tx.within(moved.organisation_id).served.move(moved.administration_id, moved.to_grant_id)


async def vanish(tx: Transaction, vanished: AdministrationVanished) -> None:
    """No login can be held to it. Raises `OrganisationMismatch`."""
    if not tx.cause.again:
        await _require_own_organisation(tx, [vanished])
    await tx.within(vanished.organisation_id).served.vanish(vanished.administration_id, vanished.vanished_at)


async def leave(tx: Transaction, removed: Sequence[AdministrationRemoved]) -> None:
    """They are served no more. Raises `OrganisationMismatch`."""
    if not tx.cause.again:
        await _require_own_organisation(tx, removed)
    await tx.served.forget([(each.organisation_id, each.administration_id) for each in removed])


async def _require_own_organisation(tx: Transaction, facts: Sequence[AdministrationEvent]) -> None:
    owners = {fact.administration_id: fact.organisation_id for fact in reversed(facts)}
    told = next((each for each in facts if owners[each.administration_id] != each.organisation_id), None)
    pairs = [(fact.organisation_id, fact.administration_id) for fact in facts]
    other = told.administration_id if told else await tx.served.of_another(pairs)
    if other is not None:
        raise OrganisationMismatch(f"The administration {other} is another organisation's.")


async def _require_own_grants(tx: Transaction, imported: Sequence[AdministrationImported]) -> None:
    other = await tx.served.grant_of_another([(each.organisation_id, each.grant_id) for each in imported])
    if other is not None:
        raise OrganisationMismatch(f"The grant {other} is another organisation's.")
