"""Looking without being asked: once a day at each connection, for what is new, renamed, moved, or not shown any more."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from import_svc.application.ports import Transaction
from import_svc.domain.looks import LOOK_EVERY, LOOKS_AT_ONCE, looks_apart
from import_svc.domain.session import ImportSession, Purpose, SessionState
from koppel.contracts.administration import AdministrationFound, AdministrationVanished
from koppel.kernel.ids import new_id
from koppel.ports.transaction import UnitOfWork
from koppel.providers.company import Company

ACTOR = "service:import-svc"
_KEPT = timedelta(days=2)
_FORGOTTEN_AT_ONCE = 100


async def start_looks(unit_of_work: UnitOfWork[Transaction], every: timedelta = LOOK_EVERY) -> None:
    """Have the connections looked at that nobody looked at for so long, a few at a time; forget old looks."""
    async with unit_of_work.begin(None) as tx:
        for connection_id, organisation_id, provider in await tx.sessions.unlooked(
            tx.now - every, LOOKS_AT_ONCE
        ):
            look = ImportSession(
                id=new_id(),
                organisation_id=organisation_id,
                connection_id=connection_id,
                provider=provider,
                state=SessionState.DISCOVERING,
                failure=None,
                created_by=ACTOR,
                created_at=tx.now,
                settle_at=tx.now,
                expires_at=tx.now + LOOK_EVERY,
                purpose=Purpose.LOOK,
            )
            await tx.within(organisation_id).sessions.add(look)
        await tx.sessions.forget_looks(tx.now - _KEPT, _FORGOTTEN_AT_ONCE)


async def note_look(
    tx: Transaction, session: ImportSession, found: Sequence[tuple[UUID, Company]], known: Collection[str]
) -> None:
    """Keep what was shown, and what was asked for since it was not `known`; tell of companies that are new: whether they are imported, a person decides."""
    new = await tx.seen_companies.note(session, found, known, tx.now)
    await tx.events.append(
        *(
            AdministrationFound(
                organisation_id=each.organisation_id,
                connection_id=each.connection_id,
                grant_id=each.grant_id,
                provider=each.provider,
                external_id=each.external_id,
                name=each.name,
                kvk_number=each.kvk_number,
                status=each.status,
                found_at=each.found_at,
            )
            for each in new
        )
    )


async def end_look(tx: Transaction, session: ImportSession, look_every: timedelta) -> None:
    """Every login was asked: what was not shown is counted, and administrations that have vanished are told."""
    vanished = await tx.seen_companies.miss(session, tx.now, looks_apart(look_every))
    await tx.events.append(
        *(
            AdministrationVanished(
                organisation_id=session.organisation_id,
                administration_id=each,
                reason="not_listed",
                vanished_at=tx.now,
            )
            for each in vanished
        )
    )
