"""Facts of assignment-svc, on `koppel.assignment.v1`, keyed by administration."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from koppel.contracts.event import Event, UtcDateTime
from koppel.contracts.topics import ASSIGNMENT, Topic
from koppel.contracts.values import ACTOR, known


class AssignmentEvent(Event):
    """Base of the assignment's facts."""

    topic: ClassVar[Topic] = ASSIGNMENT

    administration_id: UUID = Field(description="The administration that people work on.")

    @property
    def key(self) -> str:
        return str(self.administration_id)


class AdministrationAssigned(AssignmentEvent):
    """The administration's whole assignment after the change."""

    division_id: UUID | None = Field(
        default=None, description="The division (vestiging) of the office that it belongs to; null when none."
    )
    template_id: UUID | None = Field(
        default=None, description="The template that says how its work is done; null when none."
    )
    user_ids: tuple[UUID, ...] = Field(description="Everybody who sees it, each once.")
    rule: str = Field(
        description="Why it is so: `default`: the rule for new administrations, all administrators; `plan`: a bulk plan.",
        json_schema_extra=known("default", "plan"),
    )
    plan_id: UUID | None = Field(default=None, description="The plan that made it so; null when no plan did.")
    assigned_by: str = Field(description=f"Who made it so. {ACTOR}")
    assigned_at: UtcDateTime = Field(description="When it became so.")


class AdministrationUnassigned(AssignmentEvent):
    """Nobody and nothing is assigned any more."""

    reason: str = Field(
        description="Why, as `AdministrationRemoved` says it.",
        json_schema_extra=known("removed_by_user", "connection_deleted"),
    )
    unassigned_by: str = Field(description=f"Who or what ended it. {ACTOR}")
    unassigned_at: UtcDateTime = Field(description="When it ended.")
