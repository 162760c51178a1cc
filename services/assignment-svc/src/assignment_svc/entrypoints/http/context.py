"""What the routes work with, and who may call them."""

from dataclasses import dataclass, field
from typing import Annotated, Protocol

from fastapi import Depends

from assignment_svc.application.await_arrival import SessionPatience
from assignment_svc.application.ports import Transaction
from koppel.platform.http import provided, require_roles
from koppel.platform.identity import MANAGE_ASSIGNMENTS, READ, Principal
from koppel.platform.unit_of_work import OnConnection, UnitOfWork

Manager = Annotated[Principal, Depends(require_roles(*MANAGE_ASSIGNMENTS))]
Reader = Annotated[Principal, Depends(require_roles(*READ))]


class RequestTransaction(Transaction, OnConnection, Protocol):
    """A transaction whose connection also keeps the answers of creating calls."""


@dataclass(frozen=True, slots=True)
class Context:
    """`patience` is how long to wait for administrations whose events are on the way."""

    unit_of_work: UnitOfWork[RequestTransaction]
    patience: SessionPatience = field(default_factory=SessionPatience)


InContext = Annotated[Context, Depends(provided)]
