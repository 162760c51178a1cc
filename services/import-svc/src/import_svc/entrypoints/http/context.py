"""What the routes work with, and who may call them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Path
from pydantic import Field

from import_svc.application.outside import TradeRegister
from import_svc.application.ports import Transaction
from koppel.kernel.arrival import Patience
from koppel.platform.http import provided, require_roles
from koppel.platform.identity import ADD_ADMINISTRATIONS, READ, Principal
from koppel.platform.unit_of_work import OnConnection, UnitOfWork

Importer = Annotated[Principal, Depends(require_roles(*ADD_ADMINISTRATIONS))]
Reader = Annotated[Principal, Depends(require_roles(*READ))]

SessionId = Annotated[UUID, Path(description="The import session.")]
Version = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""Of an import session: rises by one with each act of a person."""
SESSION_REFUSALS = {
    "import_session_not_found": 404,
    "import_session_expired": 409,
    "import_session_not_selecting": 409,
    "import_session_changed": 409,
}
"""Of an act on a session."""


class RequestTransaction(Transaction, OnConnection, Protocol):
    """A transaction whose connection also keeps the answers of creating calls."""


@dataclass(frozen=True, slots=True)
class Context:
    """`wake` tells the discovery of this process that there is work; `patience` is how long a connection's first event
    may take to come; without a `register` nothing is looked up."""

    unit_of_work: UnitOfWork[RequestTransaction]
    wake: Callable[[], None]
    settle_window: timedelta
    patience: Patience = field(default_factory=Patience)
    register: TradeRegister | None = None


InContext = Annotated[Context, Depends(provided)]
