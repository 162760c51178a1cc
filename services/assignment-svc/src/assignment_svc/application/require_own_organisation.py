"""Refuses events in which one organisation names another organisation's administration."""

from collections.abc import Sequence

from assignment_svc.application.ports import Transaction
from koppel.contracts.administration import AdministrationEvent
from koppel.kernel.errors import OrganisationMismatch


async def require_own_organisation(tx: Transaction, facts: Sequence[AdministrationEvent]) -> None:
    """Raises `OrganisationMismatch` when an administration belongs to another organisation, by its row or in this batch."""
    owners = {fact.administration_id: fact.organisation_id for fact in reversed(facts)}
    for fact in facts:
        if owners[fact.administration_id] != fact.organisation_id:
            raise OrganisationMismatch(
                f"The administration {fact.administration_id} is another organisation's."
            )
    pairs = [(fact.organisation_id, fact.administration_id) for fact in facts]
    if (other := await tx.administrations.of_another(pairs)) is not None:
        raise OrganisationMismatch(f"The administration {other} is another organisation's.")
