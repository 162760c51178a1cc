"""Moves administrations to another login: when theirs dies and another one reaches the company, reading goes on."""

from collections.abc import Sequence
from uuid import UUID

from import_svc.application.ports import Transaction
from import_svc.domain.access import Move, Reached
from import_svc.domain.session import ImportSession
from koppel.contracts.administration import AdministrationMoved
from koppel.contracts.connection import ConnectionAuthorized
from koppel.ports.transaction import UnitOfWork
from koppel.providers.company import Company

ACTOR = "service:import-svc"


async def leave_grants(tx: Transaction, grant_ids: Sequence[UUID]) -> None:
    """These logins do not work: what is read with them goes on with others, where there are any."""
    await _tell(tx, await tx.accesses.leave(grant_ids))


async def join_grants(tx: Transaction, grant_ids: Sequence[UUID]) -> None:
    """These logins work again: what they reach and nobody reads goes on with them."""
    await _tell(tx, await tx.accesses.join(grant_ids))


async def catch_up(unit_of_work: UnitOfWork[Transaction]) -> None:
    """Two logins that die at the same moment, or one that dies when another comes, do not see each other."""
    async with unit_of_work.begin(None) as tx:
        await _tell(tx, await tx.accesses.catch_up())


async def note_logins(tx: Transaction, facts: Sequence[ConnectionAuthorized]) -> None:
    """A login that names its company reaches it, before anybody discovers it."""
    reached = [
        Reached(fact.organisation_id, fact.provider, fact.company.external_id, fact.grant_id)
        for fact in facts
        if fact.company is not None
    ]
    await tx.accesses.note(reached, tx.now)


async def note_discovered(
    tx: Transaction, session: ImportSession, found: Sequence[tuple[UUID, Company]]
) -> None:
    """What discovery found is reached by the login that found it; administrations without a login go on with it."""
    reached = [
        Reached(session.organisation_id, session.provider, company.external_id, grant_id)
        for grant_id, company in found
    ]
    await tx.accesses.note(reached, tx.now)
    grants, companies = {each.grant_id for each in reached}, [each.external_id for each in reached]
    await _tell(tx, await tx.accesses.join(list(grants), companies))


async def _tell(tx: Transaction, moves: Sequence[Move]) -> None:
    await tx.events.append(
        *(
            AdministrationMoved(
                organisation_id=move.organisation_id,
                administration_id=move.administration_id,
                from_grant_id=move.from_grant_id,
                to_grant_id=move.to_grant_id,
                to_connection_id=move.to_connection_id,
                reason=move.reason,
                moved_at=tx.now,
            )
            for move in moves
        )
    )
    for organisation_id, connection_id in dict.fromkeys(
        (m.organisation_id, m.to_connection_id) for m in moves
    ):
        await tx.audit.record(
            organisation_id=organisation_id,
            actor=ACTOR,
            action="connection.administrations_moved",
            target=f"connection/{connection_id}",
        )
