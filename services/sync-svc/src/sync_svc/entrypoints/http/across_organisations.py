"""What is synchronised, waits and was held at all offices, for operators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from koppel.platform.http import CountPageQuery, Instant, PageQuery, paginate
from koppel.platform.http.lists import Code, CountedPage, Search, WithTotal, searched
from koppel.platform.operations.across_organisations import Across, OfOrganisation
from sync_svc.application.views import HeldFilter, RunFilter, StatusFilter
from sync_svc.domain.held_deletion import HeldState
from sync_svc.domain.reauthorization import ReauthorizationFilter
from sync_svc.entrypoints.http import held_deletions, runs, statuses
from sync_svc.entrypoints.http.context import InContext
from sync_svc.entrypoints.http.held_deletions import HeldDeletionItem
from sync_svc.entrypoints.http.reauthorizations import WaitingLogin
from sync_svc.entrypoints.http.runs import SyncRun
from sync_svc.entrypoints.http.statuses import ListedStatus

router = APIRouter(prefix="/ops/v1", tags=["operations"])

OfAdministration = Annotated[
    UUID | None, Query(description="Only those of this administration; left out: of all.")
]


class SyncRunOfOrganisation(SyncRun, OfOrganisation):
    """A run at an office."""


class StatusOfOrganisation(ListedStatus, OfOrganisation):
    """How the data of one administration of an office stands."""


class LoginOfOrganisation(WaitingLogin, OfOrganisation):
    """A login of an office that no longer works, and what it holds up."""


class HeldDeletionOfOrganisation(HeldDeletionItem, OfOrganisation):
    """A deletion at an office that waits for a person, or that one decided about."""


@router.get("/sync-runs", operation_id="list_sync_runs_of_all")
async def list_runs(
    page: PageQuery,
    across: Across,
    context: InContext,
    *,
    run_id: Annotated[UUID | None, Query(description="Only this one; left out: all.")] = None,
    administration_id: OfAdministration = None,
    state: runs.State = None,
    outcome: runs.Outcome = None,
    code: Code = None,
    since: runs.Since = None,
    q: Search = None,
    with_total: WithTotal = False,
) -> CountedPage[SyncRunOfOrganisation]:
    """List sync runs of all offices. Newest first; `q` searches names of administrations."""
    before = page.after(UUID)
    which = RunFilter(administration_id, None, state, outcome, code, since, searched(q), run_id)
    async with context.unit_of_work.begin(across.organisation_id) as tx:
        found = await tx.views.runs(which, before and before[0], page.fetch)
        total = await tx.views.run_count(which) if with_total else None
        await across.note(tx.connection, page, [each.run for each in found])
    listed = paginate(
        found,
        page,
        item=lambda each: SyncRunOfOrganisation(
            organisation_id=each.run.organisation_id, **dict(runs.shown(each))
        ),
        key=lambda each: (each.run.run_id,),
    )
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)


@router.get("/sync-status", operation_id="list_sync_status_of_all")
async def list_statuses(
    page: PageQuery,
    across: Across,
    context: InContext,
    *,
    paused: statuses.Paused = None,
    outcome: statuses.LastOutcome = None,
    q: Search = None,
    sort: statuses.Sort = None,
    with_total: WithTotal = False,
) -> CountedPage[StatusOfOrganisation]:
    """List how the data of all offices stands. One row an administration; `q` searches names."""
    after, which = page.after(UUID), StatusFilter(None, paused, outcome, searched(q))
    async with context.unit_of_work.begin(across.organisation_id) as tx:
        found = await tx.views.statuses(which, sort, after and after[0], page.fetch)
        total = await tx.views.status_count(which) if with_total else None
        await across.note(tx.connection, page, found)
        now = tx.now
    listed = paginate(
        found,
        page,
        item=lambda each: StatusOfOrganisation(
            organisation_id=each.organisation_id, **dict(statuses.listed_status(context.gateway, each, now))
        ),
        key=lambda each: (each.administration_id,),
    )
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)


@router.get("/reauthorizations", operation_id="list_reauthorizations_of_all")
async def list_reauthorizations(
    page: CountPageQuery,
    across: Across,
    context: InContext,
    *,
    code: Code = None,
    q: Search = None,
    with_total: WithTotal = False,
) -> CountedPage[LoginOfOrganisation]:
    """List the logins of all offices that somebody must renew. Those that hold up most administrations come first; `code` is their
    `reason`, `q` searches names of companies."""
    after, which = page.after(int, UUID), ReauthorizationFilter(reason=code, text=searched(q))
    async with context.unit_of_work.begin(across.organisation_id) as tx:
        found = await tx.reauthorizations.waiting(after, page.fetch, which)
        total = await tx.reauthorizations.waiting_count(which) if with_total else None
        await across.note(tx.connection, page, found)
    listed = paginate(
        found,
        page,
        item=LoginOfOrganisation.model_validate,
        key=lambda each: (each.administrations_held_up, each.grant_id),
    )
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)


@router.get("/held-deletions", operation_id="list_held_deletions_of_all")
async def list_held_deletions(
    page: PageQuery,
    across: Across,
    context: InContext,
    *,
    administration_id: OfAdministration = None,
    state: Annotated[HeldState | None, Query(description="Only those in this state; left out: all.")] = None,
    since: Annotated[
        Instant | None, Query(description="Only those that were held at or after this moment; left out: all.")
    ] = None,
    with_total: WithTotal = False,
) -> CountedPage[HeldDeletionOfOrganisation]:
    """List deletions that were held at all offices. Newest first."""
    before, which = page.after(UUID), HeldFilter(administration_id, state, since)
    async with context.unit_of_work.begin(across.organisation_id) as tx:
        found = await tx.views.held_deletions(which, before and before[0], page.fetch)
        total = await tx.views.held_deletion_count(which) if with_total else None
        await across.note(tx.connection, page, found)
    listed = paginate(
        found,
        page,
        item=lambda each: HeldDeletionOfOrganisation(
            organisation_id=each.organisation_id, **dict(held_deletions.shown(each))
        ),
        key=lambda each: (each.held_deletion_id,),
    )
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)
