"""What the routes find in their request, and who may call them."""

from typing import Annotated

from fastapi import Depends, Request

from assignment_svc.adapters.postgres.transaction import PostgresUnitOfWork
from assignment_svc.application.await_arrival import Patience
from assignment_svc.application.ports import Caller
from koppel.platform.http import require_roles
from koppel.platform.identity import MANAGE_ASSIGNMENTS, READ, Principal

Manager = Annotated[Principal, Depends(require_roles(*MANAGE_ASSIGNMENTS))]
Reader = Annotated[Principal, Depends(require_roles(*READ))]


def unit_of_work(request: Request) -> PostgresUnitOfWork:
    """The composition root put it there."""
    found: PostgresUnitOfWork = request.app.state.unit_of_work
    return found


def patience(request: Request) -> Patience:
    """How long to wait for what is on the way."""
    found: Patience = request.app.state.patience
    return found


Waiting = Annotated[Patience, Depends(patience)]
Work = Annotated[PostgresUnitOfWork, Depends(unit_of_work)]


def caller(principal: Principal) -> Caller:
    """The principal as the use cases know it."""
    return Caller(organisation_id=principal.organisation, person_id=principal.subject, actor=principal.actor)
