"""What the routes of a service work with: one object, put on the application by the composition root."""

from typing import Any

from fastapi import FastAPI, Request

from koppel.kernel.errors import IllegalTransition
from koppel.platform.identity import Principal
from koppel.ports.caller import Caller
from koppel.ports.transaction import Transaction, UnitOfWork


def provide(app: FastAPI, context: object) -> FastAPI:
    """Give the routes their context."""
    app.state.context = context
    return app


def provided(request: Request) -> Any:
    """The context, as a dependency: `InContext = Annotated[Context, Depends(provided)]`."""
    return request.app.state.context


async def audit_refused(request: Request, refused: IllegalTransition) -> None:
    """An audit row in a transaction of its own for a refused act, because the refusing transaction is rolled back."""
    context = getattr(request.app.state, "context", None)
    principal: Principal | None = getattr(request.state, "principal", None)
    if context is None or principal is None:
        return
    unit_of_work: UnitOfWork[Transaction] = context.unit_of_work
    async with unit_of_work.begin(principal.organisation_id) as tx:
        await tx.audit.record(
            organisation_id=principal.organisation_id,
            actor=principal.actor,
            action=f"{refused.entity}.refused",
            target=f"{refused.entity}/{refused.identifier}",
            reason=refused.code,
        )


def caller_of(principal: Principal) -> Caller:
    """The principal as use cases know it."""
    return Caller(person_id=principal.subject, actor=principal.actor)
