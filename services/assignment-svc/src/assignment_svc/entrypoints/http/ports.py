"""What the routes find in their request, and who may call them."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, FastAPI, Request

from assignment_svc.application.await_arrival import Patience
from assignment_svc.application.ports import Caller, Transaction
from koppel.platform.database import Connection
from koppel.platform.http import require_roles
from koppel.platform.identity import MANAGE_ASSIGNMENTS, READ, Principal

Manager = Annotated[Principal, Depends(require_roles(*MANAGE_ASSIGNMENTS))]
Reader = Annotated[Principal, Depends(require_roles(*READ))]


class HttpTransaction(Transaction, Protocol):
    """A transaction whose connection also keeps the answers of creating calls."""

    @property
    def connection(self) -> Connection: ...


class HttpUnitOfWork(Protocol):
    """Opens transactions for requests."""

    def begin(self, organisation_id: UUID | None) -> AbstractAsyncContextManager[HttpTransaction]: ...


@dataclass(frozen=True, slots=True)
class Ports:
    """What the composition root gives; `patience` is how long to wait for what is on the way."""

    work: HttpUnitOfWork
    patience: Patience


def install(app: FastAPI, work: HttpUnitOfWork, patience: Patience | None = None) -> FastAPI:
    """Give the routes what they need."""
    app.state.ports = Ports(work, patience or Patience())
    return app


def _ports(request: Request) -> Ports:
    found: Ports = request.app.state.ports
    return found


def _work(request: Request) -> HttpUnitOfWork:
    return _ports(request).work


def _patience(request: Request) -> Patience:
    return _ports(request).patience


Work = Annotated[HttpUnitOfWork, Depends(_work)]
Waiting = Annotated[Patience, Depends(_patience)]


def caller(principal: Principal) -> Caller:
    """The principal as the use cases know it."""
    return Caller(organisation_id=principal.organisation, person_id=principal.subject, actor=principal.actor)
