"""Which logins of an organisation reach a company: one of them is in use, the others take over when it dies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID


class Reached(NamedTuple):
    """A login that gives access to a company."""

    organisation_id: UUID
    provider: str
    external_id: str
    grant_id: UUID


@dataclass(frozen=True, slots=True)
class Move:
    """An administration that is read with another login from now on. `reason` is a code of `AdministrationMoved`."""

    administration_id: UUID
    organisation_id: UUID
    from_grant_id: UUID
    to_grant_id: UUID
    to_connection_id: UUID
    reason: str


class Accesses(Protocol):
    """Who reaches what, and the moves that follow.

    A move is from a login that does not work to one that does, of the same organisation; of several the one that
    reached the company last. What has no such login stays where it is.
    """

    async def note(self, reached: Sequence[Reached], now: datetime) -> None: ...

    async def hold(self, connection_ids: Sequence[UUID]) -> None:
        """Keep imports of these connections out until commit: what they import is moved by them, or by us."""
        ...

    async def leave(self, grant_ids: Sequence[UUID]) -> list[Move]:
        """Move what is read with these logins."""
        ...

    async def join(self, grant_ids: Sequence[UUID], external_ids: Sequence[str] | None = None) -> list[Move]:
        """Move to these logins what they reach, of these companies only where they are named."""
        ...

    async def catch_up(self) -> list[Move]:
        """Move whatever is read with a login that does not work: two facts of one moment do not see each other."""
        ...
