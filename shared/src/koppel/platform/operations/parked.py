"""`/ops/v1/parked`: events that could not be applied, and what an operator does about each."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Path, Query, Request
from pydantic import ConfigDict, Field, StringConstraints

from koppel.kernel.errors import Forbidden, NotFound
from koppel.platform.consumer.parked.cause import CauseClass
from koppel.platform.consumer.parked.queries import parked_event, parked_events
from koppel.platform.http import Page, PageQuery, RequestModel, ResponseModel, paginate, problems
from koppel.platform.identity import PAYLOAD
from koppel.platform.operations.access import OPERATORS_ONLY, Operator, Ops
from koppel.platform.operations.across_organisations import note_read
from koppel.platform.operations.parked_details import (
    FailedAttempt,
    RawRecord,
    failed_attempts,
    raw_record,
    source,
)

router = APIRouter(tags=["operations"], dependencies=[OPERATORS_ONLY])

ParkedId = Annotated[UUID, Path(description="The parked event.")]

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Filter = Annotated[
    str | None, Query(min_length=1, max_length=200, description="Only those of this consumer; left out: all.")
]
TypeFilter = Annotated[
    str | None,
    Query(alias="type", min_length=1, max_length=200, description="Only events of this type; left out: all."),
]


class ParkedCause(ResponseModel):
    """`transient` is tried again by itself until its attempts are used up; the others wait for an operator."""

    kind: CauseClass = Field(
        serialization_alias="class",
        description="`transient` is tried again by itself until its attempts are used up; the others wait for an operator.",
    )
    code: str = Field(description="Why, for a program.")
    detail: str = Field(description="Why, in English.")


class ParkedEvent(ResponseModel):
    """An event that could not be applied, and its place on Kafka.

    `attempts` counts since it was parked or last released. `next_attempt_at` is null while it waits for an
    operator. `followers_held` are later events of its key that wait behind it; none do where it was set `apart`,
    since it contradicts its stream (`version_conflict`) or comes from another source (`source_refused`).
    """

    id: UUID = Field(description="The parked event.")
    consumer: str = Field(description="The consumer that could not apply it.")
    topic: str = Field(description="Its topic on Kafka.")
    partition: int = Field(description="Its partition.")
    offset: int = Field(description="Its offset in the partition.")
    key: str | None = Field(description="Its key; null: it has none or it cannot be read.")
    version: int | None = Field(description="Its version in its stream; null: it cannot be read.")
    event_id: str | None = Field(description="Its id; null: it cannot be read.")
    type: str | None = Field(description="Its type; null: it cannot be read.")
    organisation_id: UUID | None = Field(description="Its organisation; null: it cannot be read.")
    cause: ParkedCause = Field(description="Why it could not be applied.")
    attempts: int = Field(description="How often it was tried since it was parked or last retried by hand.")
    next_attempt_at: datetime | None = Field(
        description="When it is tried again by itself; null: it waits for an operator."
    )
    parked_at: datetime = Field(description="When it was parked.")
    apart: bool = Field(description="Whether its stream goes on without it.")
    followers_held: int = Field(description="How many later events of its key wait behind it.")


class ShownParkedEvent(ParkedEvent):
    """A parked event with who sent it, why attempts failed and, with the right `payload`, what came from Kafka."""

    source: str | None = Field(
        description="Who sent it, as it says itself, such as `urn:koppel:import-svc`; null: it does not say."
    )
    attempt_errors: list[FailedAttempt] = Field(
        description="Why the last twenty attempts failed, oldest first, those before a retry by hand included."
    )
    raw: RawRecord | None = Field(
        description="What came from Kafka; null: the token lacks the right `payload`, or `payload=false` was asked for."
    )


class RetryRequest(RequestModel):
    """A reason is kept in the audit trail."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The mapping was mended."}]})

    reason: Reason | None = Field(
        default=None,
        description="Why, for the audit trail, 1 to 500 characters; null or left out: none is given.",
    )


class Released(ResponseModel):
    """It is due now, with all its attempts before it."""

    id: UUID = Field(description="The parked event.")


class DiscardRequest(RequestModel):
    """Why the event's effect may be lost. With `dry_run` it is only told what would be.

    An event that waits for versions that never came is applied itself, and those are given up; with `event_only` it is
    given up, and they are waited for.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The administration is gone.", "dry_run": True}]}
    )

    reason: Reason = Field(
        description="Why its effect may be lost, for the audit trail, 1 to 500 characters."
    )
    dry_run: bool = Field(default=False, description="Whether to tell only what would be.")
    event_only: bool = Field(
        default=False,
        description="Whether to give up the event alone where it waits for versions that never came.",
    )


class Follower(ResponseModel):
    """An event that waited behind the one that was given up; null where it is no event."""

    version: int | None = Field(description="Its version; null: it has none.")
    event_id: str | None = Field(description="Its id; null: it is no event.")
    type: str | None = Field(description="Its type; null: it is no event.")


class Versions(ResponseModel):
    """Both included."""

    first: int = Field(description="The first version, included.")
    last: int = Field(description="The last version, included.")


class DiscardedEvent(ResponseModel):
    """Where the stream stands now, or would stand after a `dry_run`.

    `head` is the last version that counts as applied, `followers_released` left the queue behind the event,
    `next_parked_id` is what the stream waits for now: a follower that failed in its turn, or null. `in_its_place` is
    another event of its version, whose turn it became. `skipped` were dropped, since the stream had passed their
    versions. `missing` versions are not waited for any more, and skipped should they come.
    """

    id: UUID = Field(description="The parked event.")
    consumer: str = Field(description="The consumer that gave it up.")
    topic: str = Field(description="Its topic.")
    key: str = Field(description="Its key.")
    version: int | None = Field(description="Its version; null: it cannot be read.")
    head: int = Field(description="Last version of the stream that counts as applied.")
    followers_released: int = Field(description="Events that left the queue behind it.")
    followers_held: int = Field(description="Events that still wait.")
    next_parked_id: UUID | None = Field(description="What the stream waits for now; null: nothing.")
    in_its_place: Follower | None = Field(
        description="Another event of its version that was applied instead; null: there was none."
    )
    skipped: list[Follower] = Field(
        description="Events that were dropped, since the stream had passed their versions."
    )
    missing: Versions | None = Field(description="Versions that are not waited for any more; null: none.")
    dry_run: bool = Field(description="Whether nothing was done.")


@router.get("/ops/v1/parked", operation_id="list_parked")
async def list_parked(
    page: PageQuery,
    ops: Ops,
    *,
    consumer: Filter = None,
    cause: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            description="Only those of this class or code of cause; left out: all.",
        ),
    ] = None,
    event_type: TypeFilter = None,
    organisation_id: Annotated[
        UUID | None, Query(description="Only events of this organisation; left out: of all.")
    ] = None,
) -> Page[ParkedEvent]:
    """List parked events. Oldest first, of every organisation unless one is named."""
    after = page.after(UUID)
    async with ops.database.system() as connection:
        rows = await parked_events(
            connection,
            after=after and after[0],
            consumer=consumer,
            cause=cause,
            organisation_id=organisation_id,
            event_type=event_type,
            limit=page.fetch,
        )
    return paginate(rows, page, item=_shown, key=lambda row: (row["id"],))


@router.get(
    "/ops/v1/parked/{parked_id}", operation_id="get_parked", responses=problems(parked_event_not_found=404)
)
async def get_parked(
    request: Request,
    parked_id: ParkedId,
    operator: Operator,
    ops: Ops,
    payload: Annotated[
        bool | None,
        Query(
            description="Whether to show what came from Kafka, which needs the right `payload`; left out: with that right."
        ),
    ] = None,
) -> ShownParkedEvent:
    """Show a parked event. Who sent it, why attempts failed and, with the right `payload`, its headers and value as they came."""
    may_see = PAYLOAD in operator.rights
    if payload and not may_see:
        raise Forbidden("forbidden", f"This needs the right {PAYLOAD}.")
    async with ops.database.system() as connection:
        row = await parked_event(connection, parked_id)
        if row is None:
            raise NotFound("parked_event", parked_id)
        seen = may_see and payload is not False
        if seen:
            await note_read(connection, request, operator, row["organisation_id"])
    return ShownParkedEvent(
        **dict(_shown(row)),
        source=source(row),
        attempt_errors=failed_attempts(row),
        raw=raw_record(row) if seen else None,
    )


@router.post(
    "/ops/v1/parked/{parked_id}/retry",
    operation_id="retry_parked",
    status_code=202,
    responses=problems(parked_event_not_found=404, parked_by_another_consumer=409),
)
async def retry(
    parked_id: ParkedId, operator: Operator, ops: Ops, body: RetryRequest | None = None
) -> Released:
    """Retry a parked event at once. It gets as many attempts as a new one."""
    await ops.parked.retry(parked_id, actor=operator.actor, reason=None if body is None else body.reason)
    return Released(id=parked_id)


@router.post(
    "/ops/v1/parked/{parked_id}/discard",
    operation_id="discard_parked",
    responses=problems(parked_event_not_found=404, parked_by_another_consumer=409, stream_being_rebuilt=409),
)
async def discard(parked_id: ParkedId, body: DiscardRequest, operator: Operator, ops: Ops) -> DiscardedEvent:
    """Discard a parked event for good. The events behind it are applied in the same transaction, in their order.

    At most 1,000 of them: the rest is applied by the job that tries again, which begins within a second.
    """
    if body.dry_run:
        told = await ops.parked.would_discard(parked_id, event_only=body.event_only)
    else:
        told = await ops.parked.discard(
            parked_id, actor=operator.actor, reason=body.reason, event_only=body.event_only
        )
    missing = None if told.missing is None else Versions(first=told.missing[0], last=told.missing[1])
    return DiscardedEvent.model_validate({**asdict(told), "missing": missing, "dry_run": body.dry_run})


def _shown(row: asyncpg.Record) -> ParkedEvent:
    cause = ParkedCause(kind=row["cause_class"], code=row["cause_code"], detail=row["cause_detail"])
    return ParkedEvent(
        **{name: row[name] for name in ParkedEvent.model_fields if name != "cause"}, cause=cause
    )
