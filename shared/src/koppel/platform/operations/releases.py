"""`/ops/v1/parked/retry` and `/ops/v1/releases`: many parked events are tried again as one act, and what became of them.

Retry is offered for a whole cause, discard is not: a discard loses one effect for good, which is decided event by event.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import ConfigDict, Field, JsonValue

from koppel.contracts.values import AUDIT_ACTOR
from koppel.kernel.errors import NotFound
from koppel.platform.consumer.parked.release import Release, ReleaseState, list_newest, load
from koppel.platform.consumer.parked.releases import MOST_AT_ONCE
from koppel.platform.http import (
    HONOURS_IDEMPOTENCY_KEY,
    Page,
    PageQuery,
    ResponseModel,
    idempotent,
    keep_answer,
    paginate,
    problems,
)
from koppel.platform.operations.access import OPERATORS_ONLY, Operations, Operator, Ops
from koppel.platform.operations.parked import Reason
from koppel.platform.operations.parked_causes import EITHER, Choice

router = APIRouter(tags=["operations"], dependencies=[OPERATORS_ONLY])

ReleaseId = Annotated[UUID, Path(description="The release.")]
_PARKED_AGAIN = (
    "How many failed and wait for an operator again, or were applied and what waited behind them does."
)
Rung = Annotated[int, Field(ge=1, le=MOST_AT_ONCE)]


class RetryManyRequest(Choice):
    """Everything parked for a cause, or up to 1,000 events by id; why is kept in the audit trail.

    With a `ladder` it is careful: its steps are so large, the last one is repeated, and it stops when an event of a step is
    parked again.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": EITHER,
            "examples": [
                {
                    "cause": {"consumer": "sync-svc", "code": "grant_of_another_organisation"},
                    "reason": "The mapping was mended.",
                    "ladder": [1, 10, 100],
                }
            ],
        }
    )

    reason: Reason = Field(description="Why, for the audit trail, 1 to 500 characters.")
    limit: Rung = Field(default=MOST_AT_ONCE, description="How many events at most, the oldest first.")
    rate: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        default=None,
        description="Events a second, 1 to 10,000; null or left out: as fast as they are applied.",
    )
    ladder: Annotated[tuple[Rung, ...], Field(max_length=20)] = Field(
        default=(), description="How many events each step tries; left out or empty: all at once."
    )


class ReleasedMany(ResponseModel):
    """`released` events are due now, with all their attempts before them; `not_parked` are ids that wait no more."""

    release_id: UUID = Field(description="The act, to be followed at `/ops/v1/releases/{release_id}`.")
    asked: int = Field(description="How many events it has.")
    released: int = Field(description="How many of them have had their turn; the others wait for the ladder.")
    not_parked: list[UUID] = Field(description="Which of `ids` are parked no more.")


class ShownStep(ResponseModel):
    """A step of a release."""

    events: int = Field(description="How many events it tries.")
    applied: int = Field(description="How many of them were applied.")
    parked_again: int = Field(description=_PARKED_AGAIN)
    waiting: int = Field(description="How many are being tried.")
    otherwise: int = Field(
        description="How many left the parked events in another way: discarded, applied by a replay, or held again."
    )
    began_at: datetime | None = Field(description="When it began; null: it has not.")


class ShownRelease(ResponseModel):
    """Parked events that were tried again as one act, and what became of them."""

    id: UUID = Field(description="The release.")
    consumer: str = Field(description="The consumer whose events they are.")
    state: ReleaseState = Field(
        description="`running`; `stopped`: a step was parked again, the rest is left; `finished`: all had their turn."
    )
    who: str = Field(description=f"Who asked for it. {AUDIT_ACTOR}")
    why: str = Field(description="Why, as they wrote it.")
    filter: dict[str, JsonValue] = Field(description="Which events, as it was asked.")
    rate: int | None = Field(description="Events a second; null: as fast as they are applied.")
    ladder: list[int] = Field(description="How many events each step tries; empty: all at once.")
    asked: int = Field(description="How many events it has.")
    applied: int = Field(description="How many of them were applied.")
    parked_again: int = Field(description=_PARKED_AGAIN)
    waiting: int = Field(
        description="How many wait: for their turn, or to be tried. Of a release that stopped they are left as they were."
    )
    otherwise: int = Field(
        description="How many left the parked events in another way: discarded, applied by a replay, or held again."
    )
    steps: list[ShownStep] = Field(description="What each step came to, in their order.")
    created_at: datetime = Field(description="When it was asked for.")
    ended_at: datetime | None = Field(description="When it was over; null: it is not.")


@router.post(
    "/ops/v1/parked/retry",
    operation_id="retry_parked_events",
    status_code=202,
    response_model=ReleasedMany,
    dependencies=[HONOURS_IDEMPOTENCY_KEY],
    responses=problems(parked_by_another_consumer=409),
)
async def retry_many(request: Request, body: RetryManyRequest, operator: Operator, ops: Ops) -> Response:
    """Retry all events of a cause, or those named. Those that fail wait for an operator again, each with its cause of now."""
    made: list[UUID] = []

    async def run() -> ReleasedMany:
        release_id = await ops.releases.begin(
            connection,
            body.selector(),
            actor=operator.actor,
            reason=body.reason,
            asked=body.model_dump(mode="json", by_alias=True, exclude_none=True, include={"cause", "ids"}),
            limit=body.limit,
            rate=body.rate,
            ladder=body.ladder,
        )
        made.append(release_id)
        return ReleasedMany(release_id=release_id, asked=0, released=0, not_parked=[])

    async with ops.database.system() as connection:
        answer = await idempotent(request, connection, operator, body, run, status=202)
    if not made:
        return answer
    await ops.releases.carry_on(made[0])
    told = await _told(ops, made[0], body.ids or ())
    async with ops.database.system() as connection:
        return await keep_answer(request, connection, operator, told, status=202)


@router.get("/ops/v1/releases", operation_id="list_releases")
async def list_releases(
    page: PageQuery,
    ops: Ops,
    state: Annotated[
        ReleaseState | None, Query(description="Only those in this state; left out: all.")
    ] = None,
) -> Page[ShownRelease]:
    """List what was retried as one act. Newest first; they are kept for thirty days."""
    before = page.after(UUID)
    async with ops.database.system() as connection:
        found = await list_newest(connection, before=before and before[0], state=state, limit=page.fetch)
    return paginate(found, page, item=_shown, key=lambda each: (each.id,))


@router.get(
    "/ops/v1/releases/{release_id}", operation_id="get_release", responses=problems(release_not_found=404)
)
async def get_release(release_id: ReleaseId, ops: Ops) -> ShownRelease:
    """Show what became of events that were retried as one act, step by step."""
    async with ops.database.system() as connection:
        found = await load(connection, release_id)
    if found is None:
        raise NotFound("release", release_id)
    return _shown(found)


async def _told(ops: Operations, release_id: UUID, ids: tuple[UUID, ...]) -> ReleasedMany:
    async with ops.database.system() as connection:
        release = await load(connection, release_id)
        assert release is not None  # noqa: S101  (it was made a moment ago)
        meant = await ops.releases.picked(connection, release_id) if ids else set()
    return ReleasedMany(
        release_id=release_id,
        asked=release.asked,
        released=sum(each.events for each in release.steps if each.step is not None),
        not_parked=sorted(set(ids) - meant),
    )


def _shown(found: Release) -> ShownRelease:
    counts = {
        name: sum(getattr(each, name) for each in found.steps)
        for name in ("applied", "parked_again", "waiting", "otherwise")
    }
    return ShownRelease(
        **{
            name: getattr(found, name)
            for name in ("id", "consumer", "state", "rate", "asked", "created_at", "ended_at")
        },
        **counts,
        who=found.actor,
        why=found.reason,
        filter=dict(found.filter),
        ladder=list(found.ladder),
        steps=[ShownStep.model_validate(each) for each in found.steps if each.step is not None],
    )
