"""Locks directory entries that assignments will name, so that they cannot be deleted meanwhile."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from assignment_svc.application.ports import Transaction
from assignment_svc.domain.assignment import Placement
from assignment_svc.domain.directory import EntryKind
from assignment_svc.domain.staleness import DirectoryKind, require_present


async def lock_directory(tx: Transaction, placements: Sequence[Placement]) -> None:
    """Lock all users, divisions and templates of the placements. Raises `PlanStale` when one is gone."""
    for kind, gone in (await lock_what_is_there(tx, placements)).items():
        require_present(kind, gone, set())


async def lock_what_is_there(
    tx: Transaction, placements: Sequence[Placement]
) -> Mapping[DirectoryKind, set[UUID]]:
    """The same; returns those that are gone.

    Comes before locking assignments, as in every other act, so that two acts cannot wait for each other.
    """
    users = {user_id for placement in placements for user_id in placement.user_ids}
    divisions = {placement.division_id for placement in placements if placement.division_id is not None}
    templates = {placement.template_id for placement in placements if placement.template_id is not None}
    return {
        "user": users - await tx.users.lock(users),
        "division": divisions - await tx.entries.lock(EntryKind.DIVISION, divisions),
        "template": templates - await tx.entries.lock(EntryKind.TEMPLATE, templates),
    }
