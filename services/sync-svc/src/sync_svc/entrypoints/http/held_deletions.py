"""`/v1/held-deletions`: deletions that were held because too many records vanished at once."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field, StringConstraints

from koppel.contracts.values import ACTOR, ResourceName
from koppel.platform.http import PageQuery, RequestModel, ResponseModel, paginate, problems
from koppel.platform.http.lists import CountedPage, WithTotal
from sync_svc.application.decide_held_deletion import decide_held_deletion
from sync_svc.application.views import HeldFilter
from sync_svc.domain.held_deletion import HeldDeletion, HeldState
from sync_svc.entrypoints.http.context import InContext, Reader, Scheduler, requester_of

router = APIRouter(tags=["held deletions"])

HeldDeletionId = Annotated[UUID, Path(description="The held deletion.")]
_PROBLEMS = problems(held_deletion_not_found=404, held_deletion_decided=409)


class Decision(RequestModel):
    """Why it is released or rejected; it is kept with who did it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The office cleaned up its old contacts on Monday."}]}
    )

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)] = Field(
        description="Why, for whoever reads it later."
    )


class HeldEvidence(ResponseModel):
    """What the newest complete reading of the listing showed."""

    pages: int = Field(description="How many pages came.")
    listed: int = Field(description="How many different items were on them.")
    known: int = Field(description="How many records the listing had before.")
    vanished: int = Field(description="How many of these it did not show.")
    examples: list[str] = Field(description="Some of their ids at the provider.")


class HeldDeletionItem(ResponseModel):
    """A deletion that waits for a person, or that one decided about."""

    id: UUID = Field(description="The held deletion.")
    administration_id: UUID = Field(description="The administration that the records are of.")
    resource: ResourceName = Field(description="What kind of records they are.")
    listing: str = Field(description="The provider's listing that does not show them any more.")
    count: int = Field(
        description="How many records are held: as long as it is open, those that are absent still."
    )
    of: int = Field(description="How many records the listing had.")
    state: HeldState = Field(
        description="`open`; `released`: what is still absent is deleted; `rejected`: they stay until they are seen again."
    )
    run_id: UUID = Field(description="The sync run that found it last.")
    held_at: datetime = Field(description="When it was held first.")
    renewed_at: datetime = Field(description="When a complete reading lacked them last.")
    decided_by: str | None = Field(description=f"Who released or rejected it; null: nobody yet. {ACTOR}")
    decided_at: datetime | None = Field(description="When that was; null: not yet.")
    reason: str | None = Field(description="Why, as they wrote it; null: not yet.")
    evidence: HeldEvidence = Field(description="Why it was held.")


@router.get("/v1/held-deletions", operation_id="list_held_deletions")
async def list_held_deletions(
    page: PageQuery,
    principal: Reader,
    context: InContext,
    *,
    administration_id: Annotated[
        UUID | None, Query(description="Only those of this administration; left out: of all.")
    ] = None,
    state: Annotated[HeldState | None, Query(description="Only those in this state; left out: all.")] = None,
    with_total: WithTotal = False,
) -> CountedPage[HeldDeletionItem]:
    """List deletions that were held. Newest first."""
    before = page.after(UUID)
    async with context.unit_of_work.begin(principal.organisation) as tx:
        which = HeldFilter(administration_id, state)
        found = await tx.views.held_deletions(which, None if before is None else before[0], page.fetch)
        total = await tx.views.held_deletion_count(which) if with_total else None
    listed = paginate(found, page, item=shown, key=lambda each: (each.held_deletion_id,))
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)


@router.post(
    "/v1/held-deletions/{held_deletion_id}/release",
    operation_id="release_held_deletion",
    responses=_PROBLEMS,
)
async def release(
    held_deletion_id: HeldDeletionId, body: Decision, principal: Scheduler, context: InContext
) -> HeldDeletionItem:
    """Release a held deletion. What the newest complete reading still lacks is deleted within seconds, and nothing else."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        decided = await decide_held_deletion(
            tx, held_deletion_id, requester_of(principal), HeldState.RELEASED, body.reason
        )
    return shown(decided)


@router.post(
    "/v1/held-deletions/{held_deletion_id}/reject",
    operation_id="reject_held_deletion",
    responses=_PROBLEMS,
)
async def reject(
    held_deletion_id: HeldDeletionId, body: Decision, principal: Scheduler, context: InContext
) -> HeldDeletionItem:
    """Reject a held deletion. Its records stay until the provider shows them again, and are not held a second time."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        decided = await decide_held_deletion(
            tx, held_deletion_id, requester_of(principal), HeldState.REJECTED, body.reason
        )
    return shown(decided)


def shown(held: HeldDeletion) -> HeldDeletionItem:
    return HeldDeletionItem(
        id=held.held_deletion_id,
        administration_id=held.administration_id,
        resource=held.resource,
        listing=held.listing,
        count=held.count,
        of=held.evidence.known,
        state=held.state,
        run_id=held.run_id,
        held_at=held.held_at,
        renewed_at=held.renewed_at,
        decided_by=held.decided_by,
        decided_at=held.decided_at,
        reason=held.reason,
        evidence=HeldEvidence.model_validate(held.evidence),
    )
