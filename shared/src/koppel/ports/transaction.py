"""Transactions as use cases know them. Each service adds its repositories in `application/ports.py`."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol, Self, TypeVar
from uuid import UUID

from koppel.contracts.event import Event
from koppel.kernel.cause import Cause

Tx_co = TypeVar("Tx_co", covariant=True)


class EventLog(Protocol):
    """The event log, in the transaction."""

    async def append(self, *events: Event) -> list[int]:
        """All in one statement; returns each one's version in its stream."""
        ...


class AuditTrail(Protocol):
    """One row an act, in the transaction."""

    async def record(
        self,
        *,
        organisation_id: UUID | None,
        actor: str,
        action: str,
        target: str,
        reason: str | None = None,
    ) -> None:
        """`actor` like `person:<uuid>`, `action` like `connection.created`, `target` like `connection/<uuid>`."""
        ...


class Transaction(Protocol):
    """Open when a use case gets it; whoever opened it commits by leaving the block.

    One of an organisation sees that organisation's rows only; one of the system (events, jobs) sees all.
    """

    @property
    def organisation(self) -> UUID:
        """Whose it is. Raises `LookupError` for the system's."""
        ...

    @property
    def cause(self) -> Cause:
        """What led to it, and to the events that it appends."""
        ...

    @property
    def now(self) -> datetime:
        """When its work happens: one instant for rows, events and answers."""
        ...

    @property
    def events(self) -> EventLog: ...
    @property
    def audit(self) -> AuditTrail: ...

    def within(self, organisation_id: UUID) -> Self:
        """The same transaction for one organisation: for events and jobs, which may see all."""
        ...


class UnitOfWork(Protocol[Tx_co]):
    """Opens transactions."""

    def begin(self, organisation_id: UUID | None) -> AbstractAsyncContextManager[Tx_co]:
        """One organisation's, or with None the system's. Leaving the block commits, an exception rolls back."""
        ...


class LeasedWork(Protocol[Tx_co]):
    """Opens transactions for work that one process owns at a time."""

    def begin(self) -> AbstractAsyncContextManager[Tx_co]:
        """A transaction that proves the lease first and holds it until commit. Raises `Conflict` (`lease_lost`)."""
        ...
