"""The administrations that a grant serves, and whether a login still reaches them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from koppel.contracts.administration import AdministrationImported


def not_reached(served: Mapping[UUID, str], reached: Collection[str]) -> tuple[UUID, ...]:
    """The administrations whose company is not among those that a login reaches, in the order of their ids."""
    return tuple(sorted(each for each, external_id in served.items() if external_id not in reached))


class ServedAdministrations(Protocol):
    """A read model of import-svc's facts, within the transaction's organisation unless it says otherwise."""

    async def add(self, imported: Sequence[AdministrationImported]) -> None:
        """Remember those that are not known yet, of any organisations."""
        ...

    async def put(self, imported: Sequence[AdministrationImported]) -> None:
        """Store them as given, over any existing rows: a rebuild."""
        ...

    async def of_another(self, administrations: Sequence[tuple[UUID, UUID]]) -> UUID | None:
        """One of these (organisation, administration) that is known as another organisation's."""
        ...

    async def grant_of_another(self, grants: Sequence[tuple[UUID, UUID]]) -> UUID | None:
        """One of these (organisation, grant) that is another organisation's."""
        ...

    async def move(self, administration_id: UUID, grant_id: UUID) -> None:
        """It is read with this grant from now on."""
        ...

    async def vanish(self, administration_id: UUID, at: datetime) -> None:
        """The provider does not show it any more: no login can be held to it."""
        ...

    async def forget(self, administrations: Sequence[tuple[UUID, UUID]]) -> None:
        """These (organisation, administration) left."""
        ...

    async def of_grant(self, grant_id: UUID) -> Mapping[UUID, str]:
        """The provider's id of each administration that the grant, of any organisation, serves and that has not vanished."""
        ...
