"""What the routes need, as the composition root puts it on the application, and who may call them."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Protocol, cast
from uuid import UUID

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from import_svc.application.ports import Transaction
from import_svc.domain.refusals import CandidatesRefused
from koppel.kernel.clock import Clock
from koppel.platform.database import Connection
from koppel.platform.http import problem_response, require_roles
from koppel.platform.identity import ADD_ADMINISTRATIONS, READ, Principal


class OpenTransaction(Transaction, Protocol):
    """A transaction whose connection also keeps the answers of creating calls."""

    @property
    def connection(self) -> Connection: ...


class Transactions(Protocol):
    """The unit of work, for routes."""

    def begin(self, organisation_id: UUID | None) -> AbstractAsyncContextManager[OpenTransaction]: ...


@dataclass(frozen=True, slots=True)
class Ports:
    """`wake` tells the discovery of this process that there is work; `arrival` is how long a connection's
    first event may take to come."""

    transactions: Transactions
    clock: Clock
    wake: Callable[[], None]
    settle_window: timedelta
    arrival: timedelta = timedelta(seconds=2)


def install(app: FastAPI, ports: Ports) -> None:
    """Give the routes what they need."""
    app.state.ports = ports
    app.add_exception_handler(CandidatesRefused, _candidates_refused)


def _ports(request: Request) -> Ports:
    ports: Ports = request.app.state.ports
    return ports


async def _candidates_refused(_: Request, error: Exception) -> Response:
    refused = cast("CandidatesRefused", error)
    return problem_response(409, refused.code, refused.detail, errors=refused.errors)


PortsOf = Annotated[Ports, Depends(_ports)]
Importer = Annotated[Principal, Depends(require_roles(*ADD_ADMINISTRATIONS))]
Reader = Annotated[Principal, Depends(require_roles(*READ))]
