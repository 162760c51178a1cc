"""Logins that hold syncs up until somebody logs in again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from koppel.contracts.connection import (
    Company,
    ConnectionAuthorized,
    ConnectionExpiring,
    ConnectionReauthorizationRequired,
)
from koppel.contracts.values import WhoMustAct


@dataclass(frozen=True, slots=True, kw_only=True)
class Reauthorization:
    """A login that waits, with what waits for it. What a version before did not keep is None."""

    organisation_id: UUID
    connection_id: UUID
    grant_id: UUID
    provider: str | None
    company: Company | None
    reason: str | None
    who_must_act: WhoMustAct
    since: datetime | None
    act_by: datetime | None
    administrations_held_up: int
    syncs_held_up: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReauthorizationFilter:
    """Which to list; None: whichever. `text` is in the company's name."""

    reason: str | None = None
    text: str | None = None


ALL_REAUTHORIZATIONS = ReauthorizationFilter()


class Reauthorizations(Protocol):
    """What connection-svc told of logins, beyond whether they work."""

    async def authorized(self, fact: ConnectionAuthorized) -> None: ...

    async def required(self, fact: ConnectionReauthorizationRequired) -> None: ...

    async def expiring(self, fact: ConnectionExpiring) -> None:
        """A login will die unless somebody acts; pauses that hold what is read with it say until when, too."""
        ...

    async def live_on(self, grant_ids: Sequence[UUID]) -> None:
        """They do not die: nothing is to be done by a moment that was told of them, and pauses say so too."""
        ...

    async def waiting(
        self,
        after: tuple[int, UUID] | None,
        limit: int,
        which: ReauthorizationFilter = ALL_REAUTHORIZATIONS,
    ) -> Sequence[Reauthorization]:
        """Those that hold up most administrations first, from the one behind `after` (how many, grant); of all organisations
        in the system's transaction, which an operator's request may open."""
        ...

    async def waiting_count(self, which: ReauthorizationFilter) -> int:
        """How many there are."""
        ...
