"""An office gets its name."""

from connection_svc.application.ports import Transaction
from connection_svc.domain.organisation import OrganisationName


async def name_organisation(tx: Transaction, name: str, *, by: str, actor: str) -> OrganisationName:
    """Call the transaction's office so; `by` is who does it as the API tells it, `actor` as the audit trail does.

    The same name again changes nothing.
    """
    known = await tx.organisations.name()
    if known is not None and known.name == name:
        return known
    given = OrganisationName(name=name, named_by=by, named_at=tx.now)
    await tx.organisations.put(given)
    await tx.audit.record(
        organisation_id=tx.organisation,
        actor=actor,
        action="organisation.named",
        target=f"organisation/{tx.organisation}",
    )
    return given
