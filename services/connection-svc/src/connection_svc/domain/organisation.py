"""Accountancy offices, as far as this service knows them: by their connections, or by a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationName:
    """What an office is called, and who said so."""

    name: str
    named_by: str
    named_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrganisation:
    """An office with what it has: connections that are not deleted, administrations that are imported."""

    organisation_id: UUID
    name: str | None
    connections: int
    administrations: int


class OrganisationOrder(StrEnum):
    """By the name in any case; with a minus the other way round."""

    NAME = "name"
    NAME_DOWN = "-name"


class Organisations(Protocol):
    async def name(self) -> OrganisationName | None:
        """The transaction's own."""
        ...

    async def put(self, name: OrganisationName) -> None:
        """The transaction's own."""
        ...

    async def known(
        self, text: str | None, order: OrganisationOrder | None, after: UUID | None, limit: int
    ) -> Sequence[KnownOrganisation]:
        """Those that the transaction may see, with the text in the name or at the start of the id; behind the office
        `after`, without `order` in that of their ids. An office is known once it has a connection or a name."""
        ...

    async def count(self, text: str | None) -> int:
        """How many `known` lists in all."""
        ...
