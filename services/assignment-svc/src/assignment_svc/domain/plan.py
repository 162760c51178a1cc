"""A plan: what a bulk command would change, computed before anything changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from assignment_svc.domain.assignment import Assignment, Placement
from koppel.kernel.transitions import Transitions

LARGEST_PLAN = 10_000
"""Administrations; one transaction stays within seconds and one answer within megabytes."""


class UsersMode(StrEnum):
    """How a plan's users relate to the ones that are assigned."""

    ADD = "add"
    REPLACE = "replace"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Setting:
    """A new value; None clears. Without a `Setting` the value stays."""

    value: UUID | None


@dataclass(frozen=True, slots=True)
class UsersChange:
    """Which users, and how."""

    mode: UsersMode
    ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a plan sets on every administration it covers."""

    division: Setting | None = None
    template: Setting | None = None
    users: UsersChange | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that a plan changes."""

    field: str
    before: UUID | tuple[UUID, ...] | None
    after: UUID | tuple[UUID, ...] | None


class Conflicting(StrEnum):
    """Why an administration was left out of a plan that was applied in part."""

    REASSIGNED = "reassigned"
    REMOVED = "removed"
    USER_DELETED = "user_deleted"
    DIVISION_DELETED = "division_deleted"
    TEMPLATE_DELETED = "template_deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanItem:
    """One administration of a plan: its assignment when the plan was made, and where it would go."""

    before: Assignment
    after: Placement
    applied_version: int | None = None
    undone_version: int | None = None
    conflict: Conflicting | None = None

    @property
    def administration_id(self) -> UUID:
        return self.before.administration_id

    @property
    def changed(self) -> bool:
        return self.before.placement != self.after


class PlanState(StrEnum):
    """The state of a plan; see `PLAN_STATES`."""

    PLANNED = "planned"
    APPLIED = "applied"
    UNDONE = "undone"


PLAN_STATES = Transitions(
    "assignment_plan",
    {PlanState.PLANNED: {PlanState.APPLIED}, PlanState.APPLIED: {PlanState.UNDONE}, PlanState.UNDONE: set()},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan without its items. `partial`: it was applied to what still was as planned."""

    id: UUID
    state: PlanState
    created_by: str
    created_at: datetime
    applied_at: datetime | None = None
    undone_at: datetime | None = None
    partial: bool = False

    def applied(self, at: datetime) -> "Plan":
        """Raises `IllegalTransition` (`plan_undone`)."""
        detail = "The plan was undone; make a new plan."
        PLAN_STATES.require(self.state, PlanState.APPLIED, self.id, code="plan_undone", detail=detail)
        return replace(self, state=PlanState.APPLIED, applied_at=at)

    def undone(self, at: datetime) -> "Plan":
        """Raises `IllegalTransition` (`plan_not_applied`)."""
        detail = "The plan was not applied, so there is nothing to undo."
        PLAN_STATES.require(self.state, PlanState.UNDONE, self.id, code="plan_not_applied", detail=detail)
        return replace(self, state=PlanState.UNDONE, undone_at=at)


@dataclass(frozen=True, slots=True)
class ListedPlan:
    """A plan, how many administrations it is about, and how many of them it changes."""

    plan: Plan
    administrations: int
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts of administrations; `users_added` and `users_removed` count pairs of user and administration."""

    administrations: int
    changed: int
    unchanged: int
    divisions_changed: int
    templates_changed: int
    users_added: int
    users_removed: int


def planned(current: Iterable[Assignment], wanted: Wanted) -> list[PlanItem]:
    """The items of a plan over these assignments."""
    return [PlanItem(before=before, after=placed(before.placement, wanted)) for before in current]


def placed(current: Placement, wanted: Wanted) -> Placement:
    """Where the wish leads from here."""
    return Placement.of(
        division_id=current.division_id if wanted.division is None else wanted.division.value,
        template_id=current.template_id if wanted.template is None else wanted.template.value,
        user_ids=_users(current.user_ids, wanted.users),
    )


def differences(item: PlanItem) -> list[Difference]:
    """The fields that the item changes."""
    before, after = item.before.placement, item.after
    every = (
        Difference("division_id", before.division_id, after.division_id),
        Difference("template_id", before.template_id, after.template_id),
        Difference("user_ids", before.user_ids, after.user_ids),
    )
    return [difference for difference in every if difference.before != difference.after]


def summarise(items: Sequence[PlanItem]) -> Summary:
    """What the plan amounts to."""
    pairs = [(item.before.placement, item.after) for item in items]
    changed = sum(item.changed for item in items)
    return Summary(
        administrations=len(items),
        changed=changed,
        unchanged=len(items) - changed,
        divisions_changed=sum(before.division_id != after.division_id for before, after in pairs),
        templates_changed=sum(before.template_id != after.template_id for before, after in pairs),
        users_added=sum(len(set(after.user_ids) - set(before.user_ids)) for before, after in pairs),
        users_removed=sum(len(set(before.user_ids) - set(after.user_ids)) for before, after in pairs),
    )


def _users(current: tuple[UUID, ...], change: UsersChange | None) -> Iterable[UUID]:
    if change is None:
        return current
    match change.mode:
        case UsersMode.ADD:
            return {*current, *change.ids}
        case UsersMode.REPLACE:
            return change.ids
        case UsersMode.REMOVE:
            return set(current) - set(change.ids)


class Plans(Protocol):
    """Plans and their items."""

    async def add(self, plan: Plan, items: Sequence[PlanItem]) -> None: ...

    async def get(self, plan_id: UUID) -> Plan | None: ...

    async def page(self, state: PlanState | None, before: UUID | None, limit: int) -> list[ListedPlan]:
        """The organisation's, newest first, behind the plan `before`."""
        ...

    async def count(self, state: PlanState | None) -> int:
        """How many `page` lists in all."""
        ...

    async def lock(self, plan_id: UUID) -> Plan | None:
        """Locked until the transaction ends: one apply or undo at a time."""
        ...

    async def items(self, plan_id: UUID) -> list[PlanItem]:
        """In administration order."""
        ...

    async def move(self, plan_id: UUID, to: PlanState, at: datetime, versions: Mapping[UUID, int]) -> None:
        """Note the new state and the version that each changed administration got."""
        ...

    async def note_partial(self, plan_id: UUID, conflicts: Mapping[UUID, Conflicting]) -> None:
        """Note that the plan is applied in part, and why these administrations are left out."""
        ...

    async def newest_acts(self, ids: Sequence[UUID]) -> Mapping[UUID, Assignment]:
        """What the newest applied or undone plan made of each of these administrations, of whatever organisation."""
        ...

    async def purge(self, created_before: datetime) -> int:
        """Forget old plans of every organisation; returns how many."""
        ...
