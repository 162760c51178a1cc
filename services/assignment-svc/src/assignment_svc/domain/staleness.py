"""Whether what a plan was computed from has changed since."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from koppel.kernel.errors import Conflict

_MOST_NAMED = 20


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


def require_present(kind: str, needed: set[UUID], present: set[UUID]) -> None:
    """Every entry of the directory that the plan leads to still exists. Raises `PlanStale`."""
    if gone := needed - present:
        raise PlanStale(f"{kind} {identifier} (deleted)" for identifier in gone)
