"""What operators read of offices that are not theirs: one audit row per operator, office and route in fifteen minutes.

    async def list_of_all(page: PageQuery, across: Across, context: InContext, …):
        async with context.unit_of_work.begin(across.organisation_id) as tx:
            found = await tx.connections.page(…)
            await across.note(tx.connection, page, found)

With an office the transaction is that office's, and row level security does what it does for its own people; without one
it is the system's, as ADR 0008 has it for operators.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import Field

from koppel.platform.audit import Audit
from koppel.platform.database import Connection
from koppel.platform.http import PageParams, ResponseModel
from koppel.platform.identity import Principal, PrincipalKind
from koppel.platform.operations.access import Operator

ORGANISATION_READ = "organisation.read"
_NOBODY = UUID(int=0)

_NOTE = """
insert into organisation_read (actor, organisation_id, route, at)
select $1, shown.id, $2, now() from unnest($3::uuid[]) as shown (id) order by shown.id
on conflict (actor, organisation_id, route) do update set at = excluded.at
where organisation_read.at <= excluded.at - interval '15 minutes'
returning organisation_id
"""
_FORGET = "delete from organisation_read where at < now() - interval '1 day'"


class OfOrganisation(ResponseModel):
    """A member of every item of such a list."""

    organisation_id: UUID = Field(description="The office that it is of.")


class _OfOne(Protocol):
    @property
    def organisation_id(self) -> UUID: ...


@dataclass(frozen=True, slots=True)
class AcrossOrganisations:
    """One call of an operator: `organisation_id` is the office that is asked for, None: all."""

    actor: str
    own: UUID | None
    route: str
    organisation_id: UUID | None

    async def note(self, connection: Connection, page: PageParams, found: Sequence[_OfOne]) -> None:
        """Say in the audit trail whose things the page shows; an office that was asked for counts also without any."""
        await self.note_organisations(connection, {each.organisation_id for each in found[: page.limit]})

    async def note_organisations(self, connection: Connection, shown: Iterable[UUID]) -> None:
        """The same of offices by their ids. An operator's own is not told."""
        asked = () if self.organisation_id is None else (self.organisation_id,)
        others = sorted({*shown, *asked} - {self.own, _NOBODY})
        if others:
            await note_reads(connection, self.actor, self.route, others)


async def note_read(
    connection: Connection, request: Request, operator: Principal, organisation_id: UUID | None
) -> None:
    """The same of one thing; None: it is not known whose it is."""
    if organisation_id is None or organisation_id != _own(operator):
        await note_reads(
            connection, operator.actor, request.scope["route"].path, [organisation_id or _NOBODY]
        )


async def note_reads(connection: Connection, actor: str, route: str, organisations: Sequence[UUID]) -> None:
    """One audit row for each of the offices that the actor did not read by the route in the last fifteen minutes."""
    rows = await connection.fetch(_NOTE, actor, route, organisations)
    audit = Audit(connection)
    for row in rows:
        whose = None if row["organisation_id"] == _NOBODY else row["organisation_id"]
        await audit.record(organisation_id=whose, actor=actor, action=ORGANISATION_READ, target=route)


async def forget_reads(connection: Connection) -> None:
    """What is too old to leave a read out of the audit trail (system transaction). Meant for a periodic job."""
    await connection.execute(_FORGET)


async def _reading(
    request: Request,
    operator: Operator,
    organisation_id: Annotated[
        UUID | None, Query(description="Only those of this office; left out: of all.")
    ] = None,
) -> AcrossOrganisations:
    return AcrossOrganisations(operator.actor, _own(operator), request.scope["route"].path, organisation_id)


def _own(operator: Principal) -> UUID | None:
    """A service may name any organisation in its call; none is its own."""
    return operator.organisation_id if operator.kind is PrincipalKind.PERSON else None


Across = Annotated[AcrossOrganisations, Depends(_reading)]
