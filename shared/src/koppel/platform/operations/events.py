"""`/ops/v1/events` and `/v1/events`: what a service logged, by cause, by what it is about, by office and time."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import asyncpg
import orjson
from fastapi import APIRouter, Depends, Query
from pydantic import Field, JsonValue

from koppel.contracts.topics import RECORD
from koppel.kernel.errors import Forbidden
from koppel.platform.database import Connection
from koppel.platform.http import (
    Instant,
    NumberPageQuery,
    Page,
    PageParams,
    ResponseModel,
    encode_cursor,
    problems,
    require_roles,
)
from koppel.platform.identity import PAYLOAD, READ, Principal
from koppel.platform.operations.access import Operator, Ops
from koppel.platform.operations.across_organisations import Across
from koppel.platform.outbox.event_filter import EventFilter, refused
from koppel.platform.outbox.kept import log_begins_at
from koppel.platform.outbox.search import find_events

router = APIRouter()

_IDS = (
    "administration_id", "connection_id", "grant_id", "run_id", "sync_request_id", "import_session_id", "plan_id",
    "from_grant_id", "to_grant_id", "to_connection_id", "division_id", "template_id", "replay_id",
)  # fmt: skip
Reader = Annotated[Principal, Depends(require_roles(*READ))]
Folded = Annotated[
    bool,
    Query(
        description="Whether events of an administration's records that have cause, type and resource in common are one item."
    ),
]
AdministrationId = Annotated[
    UUID | None,
    Query(description="Events of this administration's own streams, its records and pauses included."),
]
ConnectionId = Annotated[
    UUID | None,
    Query(description="Events of this connection's own stream; with an administration: of either."),
]
From = Annotated[
    Instant | None, Query(alias="from", description="Events that happened at this instant or later.")
]
To = Annotated[Instant | None, Query(description="Events that happened before this instant.")]


class FoundEvent(ResponseModel):
    """An event as it was logged. Where several were folded, it is the first of `count`."""

    event_id: UUID = Field(description="Its id.")
    type: str = Field(description="Its type.")
    topic: str = Field(description="Its topic.")
    key: str = Field(description="Its key.")
    version: int = Field(description="Its version in the stream of topic and key.")
    organisation_id: UUID = Field(description="The office that it is about.")
    at: datetime = Field(description="When it happened.")
    until: datetime = Field(description="When the last of `count` happened; `at` where it is one.")
    count: int = Field(description="How many events the item stands for; more than one only when folded.")
    correlation_id: UUID | None = Field(
        description="The conversation that it belongs to; null: none is known."
    )
    causation_id: UUID | None = Field(
        description="The event or command that caused it; null: a person, a timer."
    )
    traceparent: str | None = Field(description="The trace that it was written in; null: none.")
    published: bool = Field(
        description="Whether Kafka has acknowledged it; of several: all that were logged until the last of them."
    )
    ids: dict[str, UUID] = Field(
        description="Ids that it names, by its own fields, such as `connection_id` and `run_id`; of records none."
    )
    payload: dict[str, JsonValue] | None = Field(
        default=None, description="What it says; left out unless `payload=true`."
    )


class FoundEvents(Page[FoundEvent]):
    """A page of events, oldest first, in the order in which this service logged them."""

    log_begins_at: datetime = Field(
        description="This service keeps every event that it logged since; what was before may be missing."
    )


_REFUSED = problems(
    filter_empty=422, filter_invalid=422, filter_too_wide=422, type_unknown=422, administration_required=422
)


def _filter(
    administration_id: AdministrationId = None,
    connection_id: ConnectionId = None,
    correlation_id: Annotated[UUID | None, Query(description="Events of this conversation.")] = None,
    causation_id: Annotated[UUID | None, Query(description="What this event or command caused.")] = None,
    event_id: Annotated[UUID | None, Query(description="The event with this id.")] = None,
    *,
    type_: Annotated[
        str | None,
        Query(alias="type", min_length=1, max_length=200, description="Events of this type."),
    ] = None,
    from_: From = None,
    to: To = None,
) -> EventFilter:
    return EventFilter(
        event_id=event_id,
        correlation_id=correlation_id,
        causation_id=causation_id,
        administration_id=administration_id,
        connection_id=connection_id,
        type=type_,
        from_=from_,
        to=to,
    )


@router.get(
    "/ops/v1/events",
    operation_id="search_events",
    tags=["operations"],
    response_model_exclude_unset=True,
    responses=_REFUSED,
)
async def search_events(
    wanted: Annotated[EventFilter, Depends(_filter)],
    page: NumberPageQuery,
    across: Across,
    operator: Operator,
    ops: Ops,
    *,
    folded: Folded = False,
    payload: Annotated[
        bool, Query(description="Whether to show what they say: needs the right `payload`.")
    ] = False,
) -> FoundEvents:
    """Find events that this service logged, of all offices. Oldest first; all conditions given must hold, and there must be one.

    Events of records are found by `administration_id` alone.
    """
    if payload and PAYLOAD not in operator.rights:
        raise Forbidden("forbidden", f"To see what events say needs the right {PAYLOAD}.")
    wanted = replace(wanted, organisation_id=across.organisation_id)
    async with ops.database.system() as connection:
        answer = await _answer(connection, wanted, page, payloads=payload, folded=folded)
        await across.note(connection, page, answer.items)
    return answer


@router.get("/v1/events", operation_id="list_events", tags=["events"], responses=_REFUSED)
async def list_events(
    page: NumberPageQuery,
    reader: Reader,
    ops: Ops,
    administration_id: AdministrationId = None,
    connection_id: ConnectionId = None,
    *,
    from_: From = None,
    to: To = None,
    folded: Folded = False,
) -> FoundEvents:
    """List what happened to an administration or a connection, as this service logged it. Oldest first, without what the events say.

    Give one of the two, or both; of another office's there is nothing.
    """
    wanted = EventFilter(administration_id=administration_id, connection_id=connection_id, from_=from_, to=to)
    if administration_id is None and connection_id is None:
        raise refused("filter_empty", "Give administration_id or connection_id.", "administration_id")
    async with ops.database.transaction(reader.organisation) as connection:
        return await _answer(connection, wanted, page, payloads=False, folded=folded)


async def _answer(
    connection: Connection, wanted: EventFilter, page: PageParams, *, payloads: bool, folded: bool
) -> FoundEvents:
    wanted.check()
    today, place = datetime.now(UTC).date(), page.after(int)
    found = await find_events(
        connection,
        wanted,
        today=today,
        after=0 if place is None else place[0],
        limit=page.limit,
        payloads=payloads,
        folded=folded,
    )
    return FoundEvents(
        items=[_shown(row, payloads=payloads) for row in found.rows],
        next_cursor=encode_cursor(found.rows[-1]["seq"]) if found.more else None,
        log_begins_at=await log_begins_at(connection, today),
    )


def _shown(row: asyncpg.Record, *, payloads: bool) -> FoundEvent:
    said = {} if row["payload"] is None else orjson.loads(row["payload"])
    told = {name: row[name] for name in FoundEvent.model_fields.keys() & set(row.keys()) if name != "payload"}
    names = () if row["topic"] == RECORD.name else _IDS
    told |= {"at": row["occurred_at"], "ids": {name: said[name] for name in names if said.get(name)}}
    return FoundEvent(**told, payload=said) if payloads else FoundEvent(**told)
