"""`/ops/v1/parked-causes`, and what would become of many parked events now; `releases` has them tried again."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
from fastapi import APIRouter
from pydantic import ConfigDict, Field, JsonValue, model_validator

from koppel.platform.consumer.parked.cause import CauseClass, FailureCause
from koppel.platform.consumer.parked.dry_run import DryRunResult
from koppel.platform.consumer.parked.queries import parked_causes
from koppel.platform.consumer.parked.selector import CauseSelector, IdSelector, Selector
from koppel.platform.http import (
    SCATTERED,
    Page,
    RequestModel,
    ResponseModel,
    TextPageQuery,
    encode_cursor,
    paginate,
    problems,
)
from koppel.platform.operations.access import OPERATORS_ONLY, Ops
from koppel.platform.operations.parked import Filter, ParkedCause, TypeFilter

router = APIRouter(tags=["operations"], dependencies=[OPERATORS_ONLY])

Name = Annotated[str, Field(min_length=1, max_length=200)]


class Example(ResponseModel):
    """The oldest event of a cause."""

    id: UUID = Field(description="The parked event.")
    detail: str = Field(description="Why it could not be applied, in English.")


class CauseCluster(ResponseModel):
    """Events parked for one reason. `due_by_themselves` are those of `events` that will be tried again unasked.

    `type` is null when the records could not be read far enough to have one.
    """

    consumer: str = Field(description="The consumer that could not apply them.")
    kind: CauseClass = Field(
        serialization_alias="class",
        description="`transient` is tried again by itself; the others wait for an operator.",
    )
    code: str = Field(description="Why, for a program.")
    type: str | None = Field(description="Type of the events; null: it cannot be read.")
    topic: str = Field(description="Their topic.")
    events: int = Field(description="How many are parked for it.")
    keys: int = Field(description="Of how many keys.")
    due_by_themselves: int = Field(description="How many of them are tried again by themselves.")
    oldest_parked_at: datetime = Field(description="When the first of them was parked.")
    example: Example = Field(description="The oldest of them.")


class CauseChoice(RequestModel):
    """Which cause; a member left out is any."""

    consumer: Name = Field(description="The consumer that could not apply them.")
    code: Name = Field(description="Why, for a program.")
    kind: CauseClass | None = Field(
        default=None, alias="class", description="Class of the cause; null or left out: any."
    )
    type: Name | None = Field(default=None, description="Type of the events; null or left out: any.")


EITHER: list[JsonValue] = [
    {"required": ["cause"], "properties": {"cause": {"type": "object"}, "ids": {"type": "null"}}},
    {"required": ["ids"], "properties": {"ids": {"type": "array"}, "cause": {"type": "null"}}},
]


class Choice(RequestModel):
    """Which parked events."""

    model_config = ConfigDict(json_schema_extra={"oneOf": EITHER})

    cause: CauseChoice | None = Field(
        default=None, description="All that are parked for this cause; left out where `ids` are given."
    )
    ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=1_000), SCATTERED] | None = Field(
        default=None, description="These events, 1 to 1,000; left out where a cause is given."
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> "Choice":
        if (self.cause is None) == (self.ids is None):
            raise ValueError("give either a cause or ids")
        return self

    def selector(self) -> Selector:
        if self.cause is not None:
            return CauseSelector(self.cause.consumer, self.cause.code, self.cause.kind, self.cause.type)
        return IdSelector(self.ids or ())


class CheckRequest(Choice):
    """Which events to try, and how many at most in this call; `cursor` is `next_cursor` of the call before."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": EITHER,
            "examples": [
                {"cause": {"consumer": "sync-svc", "code": "grant_of_another_organisation"}, "limit": 50}
            ],
        }
    )

    limit: int = Field(
        default=50, ge=1, le=200, description="How many to try at most in this call, 1 to 200."
    )
    cursor: UUID | None = Field(
        default=None, description="`next_cursor` of the call before; null or left out: from the beginning."
    )


class CheckedEvent(ResponseModel):
    """What would become of a parked event if it were retried now.

    `cause` says why it fails, or why it could not be tried (`busy`: somebody else has its rows). Of
    `followers_held` events behind it `followers_passing` would be applied, as far as they were tried (100 a
    stream); `then_parked` is why the first of them that fails would be parked.
    """

    id: UUID = Field(description="The parked event.")
    topic: str = Field(description="Its topic.")
    key: str = Field(description="Its key.")
    version: int | None = Field(description="Its version; null: it cannot be read.")
    type: str | None = Field(description="Its type; null: it cannot be read.")
    outcome: Literal["passes", "fails", "busy"] = Field(
        description="What would become of it; `busy`: somebody else has its rows."
    )
    cause: ParkedCause | None = Field(description="Why it fails or could not be tried; null: it passes.")
    followers_passing: int = Field(
        description="How many events behind it would be applied, as far as they were tried (100 a stream)."
    )
    followers_held: int = Field(description="How many events wait behind it.")
    then_parked: ParkedCause | None = Field(
        description="Why the first of them that fails would be parked; null: none fails."
    )


@router.get("/ops/v1/parked-causes", operation_id="list_parked_causes")
async def list_causes(
    page: TextPageQuery, ops: Ops, *, consumer: Filter = None, event_type: TypeFilter = None
) -> Page[CauseCluster]:
    """List why events are parked. One entry a cause, event type and topic."""
    after = page.after(str)
    async with ops.database.system() as connection:
        rows = await parked_causes(
            connection, after=after and after[0], consumer=consumer, event_type=event_type, limit=page.fetch
        )
    return paginate(rows, page, item=_cluster, key=lambda row: (row["place"],))


@router.post(
    "/ops/v1/parked/check", operation_id="check_parked", responses=problems(parked_by_another_consumer=409)
)
async def check(body: CheckRequest, ops: Ops) -> Page[CheckedEvent]:
    """Try which parked events would pass now. They run through their handlers, and everything is rolled back."""
    verdicts, more = await ops.dry_run.would_pass(body.selector(), limit=body.limit, after=body.cursor)
    return Page(
        items=[_checked(verdict) for verdict in verdicts],
        next_cursor=None if more is None else encode_cursor(more),
    )


def _cluster(row: asyncpg.Record) -> CauseCluster:
    return CauseCluster(
        kind=row["cause_class"],
        code=row["cause_code"],
        example=Example(id=row["example_id"], detail=row["example_detail"]),
        **{name: row[name] for name in ("consumer", "type", "topic", "events", "keys")},
        due_by_themselves=row["due_by_themselves"],
        oldest_parked_at=row["oldest_parked_at"],
    )


def _checked(verdict: DryRunResult) -> CheckedEvent:
    return CheckedEvent(
        id=verdict.id,
        topic=verdict.topic,
        key=verdict.key,
        version=verdict.version,
        type=verdict.type,
        outcome=verdict.outcome,
        cause=_shown(verdict.cause),
        followers_passing=verdict.followers_passing,
        followers_held=verdict.followers_held,
        then_parked=_shown(verdict.then_parked),
    )


def _shown(cause: FailureCause | None) -> ParkedCause | None:
    return None if cause is None else ParkedCause(kind=cause.kind, code=cause.code, detail=cause.detail)
