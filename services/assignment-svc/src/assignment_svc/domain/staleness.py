"""Whether what a plan was computed from has changed since."""

from collections.abc import Iterable, Mapping
from typing import Literal
from uuid import UUID

from assignment_svc.domain.plan import Conflicting, PlanItem
from koppel.kernel.errors import Conflict

_MOST_NAMED = 20

DirectoryKind = Literal["user", "division", "template"]


class PlanStale(Conflict):
    """Something that the plan was computed from has changed; names it. Nothing was changed: make a new plan."""

    def __init__(self, moved: Iterable[str]) -> None:
        names = sorted(moved)
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        super().__init__(
            "plan_stale",
            f"Changed since the plan: {', '.join(names[:_MOST_NAMED])}{more}. Make a new plan.",
        )


def require_unmoved(expected: Mapping[UUID, int], current: Mapping[UUID, int]) -> None:
    """Every administration still has the expected version. Raises `PlanStale` naming those that moved or left."""
    moved = [
        f"administration {identifier} ({'removed' if identifier not in current else 'reassigned'})"
        for identifier, version in expected.items()
        if current.get(identifier) != version
    ]
    if moved:
        raise PlanStale(moved)


def require_present(kind: DirectoryKind, needed: set[UUID], present: set[UUID]) -> None:
    """Every entry of the directory that the plan leads to still exists. Raises `PlanStale`."""
    if gone := needed - present:
        raise PlanStale(f"{kind} {identifier} (deleted)" for identifier in gone)


def conflict(
    item: PlanItem, current: Mapping[UUID, int], gone: Mapping[DirectoryKind, set[UUID]]
) -> Conflicting | None:
    """Why the item cannot be applied any more; None: it can. `current` are versions by administration."""
    version = current.get(item.administration_id)
    if version is None:
        return Conflicting.REMOVED
    if version != item.before.version:
        return Conflicting.REASSIGNED
    if not item.changed:
        return None
    if not gone["user"].isdisjoint(item.after.user_ids):
        return Conflicting.USER_DELETED
    if item.after.division_id in gone["division"]:
        return Conflicting.DIVISION_DELETED
    return Conflicting.TEMPLATE_DELETED if item.after.template_id in gone["template"] else None
