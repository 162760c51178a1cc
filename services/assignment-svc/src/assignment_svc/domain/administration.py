"""What this service knows of the administrations that import-svc owns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from koppel.contracts.administration import AdministrationImported


@dataclass(frozen=True, slots=True)
class SessionArrivals:
    """How many administrations of an import session are known here, and the newest one's age in seconds.

    `size` is how many there are, where their events say so.
    """

    count: int
    newest_age: float
    size: int | None = None


class Administrations(Protocol):
    """The projection of administrations; pairs of organisation and administration where several organisations are meant."""

    async def add(self, imported: Sequence[AdministrationImported]) -> set[UUID]:
        """Remember them; returns the ids that were new."""
        ...

    async def put(self, imported: Sequence[AdministrationImported]) -> None:
        """Store them as given, over any existing rows."""
        ...

    async def of_another(self, administrations: Sequence[tuple[UUID, UUID]]) -> UUID | None:
        """Of pairs of organisation and administration: one that another organisation has, if any."""
        ...

    async def rename(self, administration_id: UUID, name: str) -> None: ...

    async def forget(self, administrations: Sequence[tuple[UUID, UUID]]) -> None:
        """Pairs of organisation and administration; unknown ones are passed."""
        ...

    async def known(self, ids: Sequence[UUID]) -> set[UUID]:
        """Those of `ids` that are the organisation's."""
        ...

    async def of_session(self, import_session_id: UUID, limit: int) -> list[UUID]:
        """In id order."""
        ...

    async def every(self, limit: int) -> list[UUID]:
        """In id order."""
        ...

    async def session_arrivals(self, import_session_id: UUID) -> SessionArrivals: ...
