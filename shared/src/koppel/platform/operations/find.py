"""`/ops/v1/find`: what an id is, of all that this service has."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field

from koppel.platform.database import Connection
from koppel.platform.http import ResponseModel
from koppel.platform.identity import PrincipalKind
from koppel.platform.kinds import Kind
from koppel.platform.operations.access import Operator, Ops
from koppel.platform.operations.across_organisations import AcrossOrganisations
from koppel.platform.outbox.event_filter import EventFilter
from koppel.platform.outbox.search import find_events, look_by_index

router = APIRouter(tags=["operations"])

_PATH = "/ops/v1/find/{id}"
_MOST = 20
"""Things of one kind that an id can name: an event may be parked more than once."""
_PARKED = "koppel parked show {id}"
KINDS = (
    Kind("parked", "select id, organisation_id from parked_event where id = $1", _PARKED),
    Kind("parked", "select id, organisation_id from parked_event where event_id = $1::uuid::text", _PARKED),
    Kind("replay", "select id, organisation_id from replay where id = $1", "koppel replay status {id}"),
    Kind(
        "release",
        "select id, null::uuid as organisation_id from parked_release where id = $1",
        "koppel releases show {id}",
    ),
)
"""What every service has, besides events."""


class FoundThing(ResponseModel):
    """What an id is. `command` shows it: the `koppel` line to type."""

    kind: str = Field(
        description="`event`, `correlation` (a conversation), `cause` (of events), `parked`, `release`, `replay`, and the service's own, such as `run`."
    )
    id: UUID = Field(description="Its id: the one asked for, or that of the parked event which has it.")
    organisation_id: UUID | None = Field(
        description="The office that it is of; of a conversation that of its first event; null: nobody's."
    )
    command: str = Field(description="What shows it.")


class FoundThings(ResponseModel):
    """All that the id is here; empty: nothing."""

    items: list[FoundThing] = Field(description="By kind; an id can be several.")


@router.get(_PATH, operation_id="find")
async def find(
    identifier: Annotated[UUID, Path(alias="id", description="Any id.")], operator: Operator, ops: Ops
) -> FoundThings:
    """Find what an id is, of all that this service has. Of nothing there are no items; an event of a record is found by its administration."""
    own = operator.organisation_id if operator.kind is PrincipalKind.PERSON else None
    across = AcrossOrganisations(operator.actor, own, _PATH, None)
    async with ops.database.system() as connection:
        found = [
            *await _logged(connection, "event", EventFilter(event_id=identifier)),
            *await _logged(connection, "correlation", EventFilter(correlation_id=identifier)),
            *await _logged(connection, "cause", EventFilter(causation_id=identifier)),
            *await find_things(connection, (*KINDS, *ops.kinds), identifier),
        ]
        await across.note_organisations(
            connection, {each.organisation_id for each in found if each.organisation_id}
        )
    return FoundThings(items=found)


async def _logged(connection: Connection, kind: str, wanted: EventFilter) -> list[FoundThing]:
    """The thing, if an event has it. `wanted` holds one id."""
    found = await find_events(connection, wanted, today=datetime.now(UTC).date(), after=0, limit=1)
    [(name, identifier)] = wanted.given().items()
    return [
        FoundThing(
            kind=kind,
            id=identifier,
            organisation_id=row["organisation_id"],
            command=f"koppel events --{name.replace('_', '-')} {identifier}",
        )
        for row in found.rows
    ]


async def find_things(connection: Connection, kinds: Iterable[Kind], identifier: UUID) -> list[FoundThing]:
    """What the id is, of these kinds (system transaction). Raises `InvalidInput` when that takes too long."""
    async with look_by_index(connection):
        return [
            FoundThing(
                kind=kind.name,
                id=row["id"],
                organisation_id=row["organisation_id"],
                command=kind.command.format_map(dict(row)),
            )
            for kind in kinds
            for row in await connection.fetch(f"{kind.rows} limit {_MOST}", identifier)
        ]
