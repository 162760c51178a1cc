"""`/ops/v1/parked`: events that could not be applied, and what an operator does about each."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints

from koppel.kernel.errors import NotFound
from koppel.platform.http import Page, PageQuery, RequestModel, ResponseModel, paginate
from koppel.platform.operations.access import OPERATORS_ONLY, Operator, Ops

router = APIRouter(tags=["operations"], dependencies=[OPERATORS_ONLY])

_SELECT = """
select parked.id, consumer, topic, partition, "offset", key, version, event_id, type, organisation_id,
       cause_class, cause_code, cause_detail, attempts, next_attempt_at, parked_at, apart,
       (select count(*) from held_event held
        where held.consumer = parked.consumer and held.topic = parked.topic and held.key = parked.key
          and not apart) as followers_held
from parked_event parked
"""
_ONE = f"{_SELECT} where id = $1"
_LIST = f"""
{_SELECT}
where ($1::uuid is null or id > $1)
  and ($2::text is null or consumer = $2)
  and ($3::text is null or $3 in (cause_class, cause_code))
  and ($4::uuid is null or organisation_id = $4)
  and ($5::text is null or type = $5)
order by id limit $6
"""

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
CauseClass = Literal["transient", "permanent", "malformed", "gap"]
Filter = Annotated[str | None, Query(min_length=1, max_length=200)]
TypeFilter = Annotated[str | None, Query(alias="type", min_length=1, max_length=200)]


class ParkedCause(ResponseModel):
    """`transient` is tried again by itself until its attempts are used up; the others wait for an operator."""

    kind: CauseClass = Field(serialization_alias="class")
    code: str
    detail: str


class ParkedEvent(ResponseModel):
    """An event that could not be applied, and its place on Kafka.

    `attempts` counts since it was parked or last released. `next_attempt_at` is null while it waits for an
    operator. `followers_held` are later events of its key that wait behind it; none do where it was set `apart`,
    since it contradicts its stream (`version_conflict`) or comes from another source (`source_refused`).
    """

    id: UUID
    consumer: str
    topic: str
    partition: int
    offset: int
    key: str | None
    version: int | None
    event_id: str | None
    type: str | None
    organisation_id: UUID | None
    cause: ParkedCause
    attempts: int
    next_attempt_at: datetime | None
    parked_at: datetime
    apart: bool
    followers_held: int


class RetryRequest(RequestModel):
    """A reason is kept in the audit trail."""

    reason: Reason | None = None


class Released(ResponseModel):
    """It is due now, with all its attempts before it."""

    id: UUID


class DiscardRequest(RequestModel):
    """Why the event's effect may be lost. With `dry_run` it is only told what would be.

    An event that waits for versions that never came is applied itself, and those are given up; with `event_only` it is
    given up, and they are waited for.
    """

    reason: Reason
    dry_run: bool = False
    event_only: bool = False


class Follower(ResponseModel):
    """An event that waited behind the one that was given up; null where it is no event."""

    version: int | None
    event_id: str | None
    type: str | None


class Versions(ResponseModel):
    """Both included."""

    first: int
    last: int


class DiscardedEvent(ResponseModel):
    """Where the stream stands now, or would stand after a `dry_run`.

    `head` is the last version that counts as applied, `followers_released` left the queue behind the event,
    `next_parked_id` is what the stream waits for now: a follower that failed in its turn, or null. `in_its_place` is
    another event of its version, whose turn it became. `skipped` were dropped, since the stream had passed their
    versions. `missing` versions are not waited for any more, and skipped should they come.
    """

    id: UUID
    consumer: str
    topic: str
    key: str
    version: int | None
    head: int
    followers_released: int
    followers_held: int
    next_parked_id: UUID | None
    in_its_place: Follower | None
    skipped: list[Follower]
    missing: Versions | None
    dry_run: bool


@router.get("/ops/v1/parked", operation_id="list_parked")
async def list_parked(
    page: PageQuery,
    ops: Ops,
    *,
    consumer: Filter = None,
    cause: Annotated[
        str | None, Query(min_length=1, max_length=200, description="a cause's class or its code")
    ] = None,
    event_type: TypeFilter = None,
    organisation_id: UUID | None = None,
) -> Page[ParkedEvent]:
    """Oldest first, of every organisation unless one is named."""
    after = page.after(UUID)
    async with ops.database.system() as connection:
        rows = await connection.fetch(
            _LIST, after and after[0], consumer, cause, organisation_id, event_type, page.fetch
        )
    return paginate(rows, page, item=_shown, key=lambda row: (row["id"],))


@router.get("/ops/v1/parked/{parked_id}", operation_id="get_parked")
async def get_parked(parked_id: UUID, ops: Ops) -> ParkedEvent:
    """One of them."""
    async with ops.database.system() as connection:
        row = await connection.fetchrow(_ONE, parked_id)
    if row is None:
        raise NotFound("parked_event", parked_id)
    return _shown(row)


@router.post("/ops/v1/parked/{parked_id}/retry", operation_id="retry_parked", status_code=202)
async def retry(parked_id: UUID, operator: Operator, ops: Ops, body: RetryRequest | None = None) -> Released:
    """Try it again at once, and as often as a new event would be."""
    await ops.parked.retry(parked_id, actor=operator.actor, reason=None if body is None else body.reason)
    return Released(id=parked_id)


@router.post("/ops/v1/parked/{parked_id}/discard", operation_id="discard_parked")
async def discard(parked_id: UUID, body: DiscardRequest, operator: Operator, ops: Ops) -> DiscardedEvent:
    """Give it up for good. The events behind it are applied in the same transaction, in their order.

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
