"""`/ops/v1/streams`: one stream as this service logged it, and how far its own consumer is."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Path, Query
from pydantic import Field

from koppel.kernel.errors import NotFound
from koppel.platform.consumer.parked.cause import CauseClass
from koppel.platform.consumer.parked.queries import parked_of_stream, stream_position
from koppel.platform.database import Connection
from koppel.platform.http import ResponseModel, problems
from koppel.platform.operations.access import OPERATORS_ONLY, Ops
from koppel.platform.outbox.stream import last_version, newest_events

router = APIRouter(tags=["operations"], dependencies=[OPERATORS_ONLY])


class LoggedEvent(ResponseModel):
    """`published` says whether Kafka has acknowledged it.

    `published_at` is null while it has not. Afterwards the member is left out: the moment is not kept.
    """

    version: int = Field(description="Its version in the stream.")
    event_id: UUID = Field(description="Its id.")
    type: str = Field(description="Its type.")
    at: datetime = Field(description="When it happened.")
    published: bool = Field(description="Whether Kafka has acknowledged it.")
    published_at: datetime | None = Field(
        default=None,
        description="Null while it is not published, left out afterwards: the moment is not kept.",
    )


class StandsAt(ResponseModel):
    """The parked event that a stream waits for, else one that was set apart; `/ops/v1/parked` has the rest."""

    id: UUID = Field(description="The parked event.")
    version: int | None = Field(description="Its version; null: it cannot be read.")
    cause_class: CauseClass = Field(description="Whether it is tried again by itself.")
    cause_code: str = Field(description="Why it could not be applied.")


class StreamConsumer(ResponseModel):
    """`version` is the last one applied, 0 before the first; `held` events wait behind `parked` or for a missing one."""

    consumer: str = Field(description="The consumer.")
    version: int = Field(description="The last version that it applied; 0 before the first.")
    parked: StandsAt | None = Field(
        description="What the stream waits for, else an event that was set apart; null: neither."
    )
    held: int = Field(description="How many events wait.")


class StreamResponse(ResponseModel):
    """`head` is the last version this service gave, null when it never gave one; `events` are its newest, newest first."""

    head: int | None = Field(description="The last version that this service gave; null: it never gave one.")
    events: list[LoggedEvent] = Field(description="Its newest events, newest first.")
    consumers: list[StreamConsumer] = Field(
        description="How far this service's own consumer is; empty where it does not read the topic."
    )


@router.get(
    "/ops/v1/streams/{topic}/{key:path}",
    operation_id="get_stream",
    response_model_exclude_unset=True,
    responses=problems(stream_not_found=404),
)
async def get_stream(
    topic: Annotated[str, Path(description="The stream's topic.")],
    key: Annotated[str, Path(description="The stream's key.")],
    ops: Ops,
    limit: Annotated[int, Query(ge=1, le=200, description="How many of its newest events to show.")] = 50,
) -> StreamResponse:
    """Show a stream as it was logged here, and how far this service's consumer is. The key is taken as it is, slashes included."""
    name = ops.subscriptions.name
    async with ops.database.system() as connection:
        head = await last_version(connection, topic, key)
        events = [_logged(row) for row in await newest_events(connection, topic, key, limit)]
        consumer = await _consumer(connection, name, topic, key)
    if head is None and events:
        head = events[0].version  # versioned by its aggregate (records): no head row is kept
    if head is None and consumer is None:
        raise NotFound("stream", f"{topic}/{key}")
    if consumer is None and topic in {each.name for each in ops.subscriptions.topics}:
        consumer = StreamConsumer(consumer=name, version=0, parked=None, held=0)
    return StreamResponse(head=head, events=events, consumers=[] if consumer is None else [consumer])


def _logged(row: asyncpg.Record) -> LoggedEvent:
    told = {
        "version": row["version"],
        "event_id": row["event_id"],
        "type": row["type"],
        "at": row["occurred_at"],
        "published": not row["pending"],
    }
    return LoggedEvent(**told, published_at=None) if row["pending"] else LoggedEvent(**told)


async def _consumer(connection: Connection, name: str, topic: str, key: str) -> StreamConsumer | None:
    version, held = await stream_position(connection, name, topic, key)
    parked = await parked_of_stream(connection, name, topic, key)
    if version is None and parked is None and not held:
        return None
    return StreamConsumer(
        consumer=name,
        version=version or 0,
        parked=None if parked is None else StandsAt(**dict(parked)),
        held=held,
    )
