"""Confirming: the selected candidates become administrations, all or none."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from import_svc.application.find_session import find_session, lock_session
from import_svc.application.move_administrations import leave_grants
from import_svc.application.ports import Transaction
from import_svc.domain.administration import Administration, AdministrationState
from import_svc.domain.candidate import Candidate
from import_svc.domain.refusals import (
    already_imported,
    anything_changed,
    company_closed,
    profile_incomplete,
    refuse_changed,
)
from import_svc.domain.session import OPEN, ImportSession, SessionState
from koppel.contracts.administration import AdministrationImported
from koppel.kernel.errors import Conflict
from koppel.kernel.ids import new_id
from koppel.ports.caller import Caller

Imported = tuple[UUID, UUID]
"""Candidate and administration."""


async def confirm_import(
    tx: Transaction, caller: Caller, session_id: UUID, version: int | None = None
) -> list[Imported]:
    """Import the selection; an imported session answers what it imported. `version` is the one that the person has seen.

    Raises `Conflict`: `nothing_selected`, `profile_incomplete`, `already_imported`, `company_closed`, `connection_revoked`,
    `import_session_expired`, `import_session_not_selecting`, `import_session_changed`.
    """
    session = await _own_session(tx, session_id)
    if session.state is SessionState.IMPORTED:
        return await tx.candidates.imported(session_id)
    session.require_selecting(tx.now)
    session.require_known(version)
    if version is not None:
        refuse_changed(anything_changed(await tx.candidates.changed_since(session_id, version), version))
    candidates = await _complete_selection(tx, session_id)
    administrations = [_administration(session, each, caller.person_id, tx.now) for each in candidates]
    await _add(tx, candidates, administrations)
    imported = list(zip((each.id for each in candidates), (each.id for each in administrations), strict=True))
    await tx.candidates.mark_imported(dict(imported))
    await tx.sessions.advance(session_id, session.moved(SessionState.IMPORTED), None, None)
    await tx.events.append(*(_imported(each, of=len(administrations)) for each in administrations))
    # A login may have died since it found them.
    await leave_grants(tx, list({each.grant_id for each in administrations}))
    await tx.audit.record(
        organisation_id=session.organisation_id,
        actor=caller.actor,
        action="import_session.confirmed",
        target=f"import_session/{session_id}",
    )
    return imported


async def _own_session(tx: Transaction, session_id: UUID) -> ImportSession:
    # The connection first, as events about it do. A disconnect at the same time waits for this import, and
    # then removes it.
    session = await find_session(tx, session_id)
    connection = await tx.connections.pin(session.connection_id)
    session = await lock_session(tx, session_id)
    if connection is not None and session.state in OPEN:
        connection.require_usable()
    return session


async def _complete_selection(tx: Transaction, session_id: UUID) -> list[Candidate]:
    candidates = await tx.candidates.selected(session_id)
    if not candidates:
        raise Conflict("nothing_selected", "No candidate is selected; select at least one.")
    if imported := [each for each in candidates if each.already_imported]:
        raise already_imported(imported)
    if any(each.closed for each in candidates):
        raise company_closed(candidates)
    if incomplete := [each for each in candidates if each.profile is None]:
        raise profile_incomplete(incomplete)
    return candidates


async def _add(
    tx: Transaction, candidates: Sequence[Candidate], administrations: Sequence[Administration]
) -> None:
    added = await tx.administrations.add(administrations)
    lost = [
        candidate
        for candidate, administration in zip(candidates, administrations, strict=True)
        if administration.id not in added
    ]
    if lost:
        raise already_imported(lost)


def _administration(
    session: ImportSession, candidate: Candidate, user_id: str, now: datetime
) -> Administration:
    profile = candidate.profile
    if profile is None:
        raise profile_incomplete([candidate])
    return Administration(
        id=new_id(),
        organisation_id=session.organisation_id,
        connection_id=session.connection_id,
        grant_id=candidate.grant_id,
        provider=candidate.provider,
        external_id=candidate.external_id,
        name=candidate.name,
        state=AdministrationState.ACTIVE,
        profile=profile,
        sector_source=candidate.sector_source,
        import_session_id=session.id,
        imported_by=user_id,
        imported_at=now,
    )


def _imported(administration: Administration, *, of: int) -> AdministrationImported:
    return AdministrationImported(
        organisation_id=administration.organisation_id,
        administration_id=administration.id,
        connection_id=administration.connection_id,
        grant_id=administration.grant_id,
        provider=administration.provider,
        external_id=administration.external_id,
        name=administration.name,
        kvk_number=administration.profile.kvk_number,
        no_kvk_reason=administration.profile.no_kvk_reason,
        sector=administration.profile.sector,
        import_session_id=administration.import_session_id,
        import_session_size=of,
        imported_by=administration.imported_by,
        imported_at=administration.imported_at,
    )
