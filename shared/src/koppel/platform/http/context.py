"""What the routes of a service work with: one object, put on the application by the composition root."""

from typing import Any

from fastapi import FastAPI, Request

from koppel.platform.identity import Principal
from koppel.ports.caller import Caller


def provide(app: FastAPI, context: object) -> FastAPI:
    """Give the routes their context."""
    app.state.context = context
    return app


def provided(request: Request) -> Any:
    """The context, as a dependency: `InContext = Annotated[Context, Depends(provided)]`."""
    return request.app.state.context


def caller_of(principal: Principal) -> Caller:
    """The principal as use cases know it."""
    return Caller(person_id=principal.subject, actor=principal.actor)
