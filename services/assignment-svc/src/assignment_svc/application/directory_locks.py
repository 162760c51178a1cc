"""Locks directory entries that assignments will name, so that they cannot be deleted meanwhile."""

from collections.abc import Sequence

from assignment_svc.application.ports import Transaction
from assignment_svc.domain.assignment import Placement
from assignment_svc.domain.directory import EntryKind
from assignment_svc.domain.staleness import require_present


async def lock_directory(tx: Transaction, placements: Sequence[Placement]) -> None:
    """Lock all users, divisions and templates of the placements. Raises `PlanStale` when one is gone.

    Comes before locking assignments, as in every other act, so that two acts cannot wait for each other.
    """
    users = {user_id for placement in placements for user_id in placement.user_ids}
    divisions = {placement.division_id for placement in placements if placement.division_id is not None}
    templates = {placement.template_id for placement in placements if placement.template_id is not None}
    require_present("user", users, await tx.users.lock(users))
    for kind, needed in ((EntryKind.DIVISION, divisions), (EntryKind.TEMPLATE, templates)):
        require_present(kind, needed, await tx.entries.lock(kind, needed))
