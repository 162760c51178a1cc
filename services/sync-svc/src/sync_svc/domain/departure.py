"""Administrations that left: their records are told as deleted, some at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from koppel.contracts.values import ResourceName


@dataclass(frozen=True, slots=True)
class DepartedRecord:
    """One live record of an administration that left."""

    resource: ResourceName
    listing: str
    external_id: str


class Departures(Protocol):
    """Administrations whose records are still to be deleted."""

    async def add(self, administration_id: UUID, at: datetime) -> None: ...

    async def next(self, limit: int) -> tuple[UUID, Sequence[DepartedRecord]] | None:
        """The one that left first and has no run any more, locked, with its next live records; none means it is done."""
        ...

    async def move(self, administration_id: UUID, last: DepartedRecord) -> None:
        """All up to this one are deleted."""
        ...

    async def done(self, administration_id: UUID) -> None: ...
