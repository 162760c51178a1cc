"""`/v1/divisions` and `/v1/templates`: the same calls for two kinds of entry."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import ConfigDict, Field

from assignment_svc.application.remove_entry import remove_entry
from assignment_svc.application.save_entry import save_entry
from assignment_svc.domain.directory import Entry, EntryKind
from assignment_svc.entrypoints.http.context import InContext, Manager, Reader
from assignment_svc.entrypoints.http.fields import Name
from koppel.kernel.errors import NotFound
from koppel.platform.http import PageQuery, RequestModel, ResponseModel, caller_of, paginate, problems
from koppel.platform.http.lists import CountedPage, Search, WithTotal, searched


class PutEntry(RequestModel):
    """A division or a template, whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Noord"}]})

    name: Name = Field(description="Its name, 1 to 200 characters; spaces around it are cut off.")


class EntryResponse(ResponseModel):
    """A division or a template."""

    id: UUID = Field(description="Its id, which the caller gave.")
    name: str = Field(description="Its name.")

    @classmethod
    def of(cls, entry: Entry) -> Self:
        return cls(id=entry.id, name=entry.name)


EntryId = Annotated[UUID, Path(description="The division or template; the caller chooses the id.")]


def entry_router(kind: EntryKind) -> APIRouter:
    """The calls for one kind."""
    gone, known = (
        problems(**{kind.codes.not_found: 404, kind.codes.in_use: 409}),
        problems(**{kind.codes.not_found: 404}),
    )
    router = APIRouter(prefix=f"/v1/{kind}s", tags=[f"{kind}s"])

    @router.put("/{entry_id}", operation_id=f"put_{kind}", description=f"Create or replace a {kind}.")
    async def put(entry_id: EntryId, body: PutEntry, principal: Manager, context: InContext) -> EntryResponse:
        entry = Entry(id=entry_id, name=body.name)
        async with context.unit_of_work.begin(principal.organisation) as tx:
            await save_entry(tx, caller_of(principal), kind, entry)
        return EntryResponse.of(entry)

    @router.get(
        "",
        operation_id=f"list_{kind}s",
        description=f"List the organisation's {kind}s. In order of their ids; `q` searches names.",
    )
    async def page_of(
        principal: Reader,
        page: PageQuery,
        context: InContext,
        *,
        q: Search = None,
        with_total: WithTotal = False,
    ) -> CountedPage[EntryResponse]:
        after, text = page.after(UUID), searched(q)
        async with context.unit_of_work.begin(principal.organisation) as tx:
            entries = await tx.entries.page(kind, text, after and after[0], page.fetch)
            total = await tx.entries.count(kind, text) if with_total else None
        listed = paginate(entries, page, item=EntryResponse.of, key=lambda entry: (entry.id,))
        return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)

    @router.get("/{entry_id}", operation_id=f"get_{kind}", description=f"Show a {kind}.", responses=known)
    async def get(entry_id: EntryId, principal: Reader, context: InContext) -> EntryResponse:
        async with context.unit_of_work.begin(principal.organisation) as tx:
            entry = await tx.entries.get(kind, entry_id)
        if entry is None:
            raise NotFound(kind, entry_id, code=kind.codes.not_found)
        return EntryResponse.of(entry)

    @router.delete(
        "/{entry_id}",
        status_code=204,
        response_class=Response,
        operation_id=f"delete_{kind}",
        description=f"Delete a {kind}. Refused while administrations are assigned to it.",
        responses=gone,
    )
    async def delete(entry_id: EntryId, principal: Manager, context: InContext) -> None:
        async with context.unit_of_work.begin(principal.organisation) as tx:
            await remove_entry(tx, caller_of(principal), kind, entry_id)

    return router
