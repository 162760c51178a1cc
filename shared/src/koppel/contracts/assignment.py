"""Facts of assignment-svc, on `koppel.assignment.v1`, keyed by administration."""

from typing import ClassVar
from uuid import UUID

from koppel.contracts.event import Event, UtcDateTime
from koppel.contracts.topics import ASSIGNMENT, Topic


class AssignmentEvent(Event):
    """Base of the assignment's facts."""

    topic: ClassVar[Topic] = ASSIGNMENT

    administration_id: UUID

    @property
    def key(self) -> str:
        return str(self.administration_id)


class AdministrationAssigned(AssignmentEvent):
    """The administration's whole assignment after the change. `rule` says why: `default` or `plan`."""

    division_id: UUID | None = None
    template_id: UUID | None = None
    user_ids: tuple[UUID, ...]
    rule: str
    plan_id: UUID | None = None
    assigned_by: str
    assigned_at: UtcDateTime


class AdministrationUnassigned(AssignmentEvent):
    """Nobody and nothing is assigned any more."""

    reason: str
    unassigned_by: str
    unassigned_at: UtcDateTime
