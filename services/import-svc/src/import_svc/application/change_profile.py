"""Changing an administration's profile."""

from dataclasses import replace
from uuid import UUID

from import_svc.application.ports import Transaction
from import_svc.application.refusal import bad_profile, refuse
from import_svc.domain.administration import Administration
from import_svc.domain.profile import Profile, ProfileDraft, SectorSource, faults, profile
from koppel.contracts.administration import AdministrationProfileChanged
from koppel.kernel.errors import NotFound
from koppel.ports.caller import Caller


async def change_profile(
    tx: Transaction,
    caller: Caller,
    administration_id: UUID,
    draft: ProfileDraft,
    given: frozenset[str],
) -> Administration:
    """Change what is `given` (names of the draft's fields; None takes a value away), keep the rest.

    A number given alone replaces a reason, a reason given alone replaces a number. Raises `InvalidInput`
    as a profile row does, `NotFound`.
    """
    administration = await tx.administrations.lock(administration_id)
    if administration is None:
        raise NotFound("administration", administration_id)
    merged = _merged(administration.profile, draft, given)
    refuse(list(bad_profile(faults(merged), "")), "profile_invalid")
    after = profile(merged)
    source = _sector_source(administration, after, given)
    if after == administration.profile and source == administration.sector_source:
        return administration
    await tx.administrations.change_profile(administration_id, after, source)
    if after != administration.profile:
        await _tell(tx, caller, administration, after)
    return replace(administration, profile=after, sector_source=source)


def _sector_source(before: Administration, after: Profile, given: frozenset[str]) -> SectorSource | None:
    """A sector that a person gives is the person's, also when it is the one that the register proposed."""
    if after.sector is None:
        return None
    return SectorSource.PERSON if "sector" in given else before.sector_source


async def _tell(tx: Transaction, caller: Caller, administration: Administration, after: Profile) -> None:
    await tx.events.append(
        AdministrationProfileChanged(
            organisation_id=administration.organisation_id,
            administration_id=administration.id,
            kvk_number=after.kvk_number,
            no_kvk_reason=after.no_kvk_reason,
            sector=after.sector,
            changed_by=caller.person_id,
            changed_at=tx.now,
        )
    )
    await tx.audit.record(
        organisation_id=administration.organisation_id,
        actor=caller.actor,
        action="administration.profile_changed",
        target=f"administration/{administration.id}",
    )


def _merged(before: Profile, draft: ProfileDraft, given: frozenset[str]) -> ProfileDraft:
    number = draft.kvk_number if "kvk_number" in given else before.kvk_number
    reason = draft.no_kvk_reason if "no_kvk_reason" in given else before.no_kvk_reason
    if draft.kvk_number is not None and "no_kvk_reason" not in given:
        reason = None
    if draft.no_kvk_reason is not None and "kvk_number" not in given:
        number = None
    return ProfileDraft(number, reason, draft.sector if "sector" in given else before.sector)
