"""Changing assignments that are locked: state and events together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from assignment_svc.application.ports import Transaction
from assignment_svc.domain.assignment import Assignment
from koppel.contracts.assignment import AdministrationAssigned


async def write_assignments(
    tx: Transaction, assignments: Sequence[Assignment], *, by: str
) -> Mapping[UUID, int]:
    """Overwrite them and say so, one event each; returns the versions they got."""
    events = [assigned(tx.organisation, assignment, by=by, at=tx.now) for assignment in assignments]
    versions = await tx.events.append(*events)
    written = [
        replace(assignment, version=version)
        for assignment, version in zip(assignments, versions, strict=True)
    ]
    await tx.assignments.replace(written)
    return {assignment.administration_id: assignment.version for assignment in written}


def assigned(
    organisation_id: UUID, assignment: Assignment, *, by: str, at: datetime
) -> AdministrationAssigned:
    """The event that states an assignment."""
    return AdministrationAssigned(
        organisation_id=organisation_id,
        administration_id=assignment.administration_id,
        division_id=assignment.placement.division_id,
        template_id=assignment.placement.template_id,
        user_ids=assignment.placement.user_ids,
        rule=assignment.rule.value,
        plan_id=assignment.plan_id,
        assigned_by=by,
        assigned_at=at,
    )
