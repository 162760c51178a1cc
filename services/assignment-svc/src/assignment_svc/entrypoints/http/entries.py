"""`/v1/divisions` and `/v1/templates`: the same calls for two kinds of entry."""

from typing import Self
from uuid import UUID

from fastapi import APIRouter, Response

from assignment_svc.application.remove_entry import remove_entry
from assignment_svc.application.save_entry import save_entry
from assignment_svc.domain.directory import Entry, EntryKind
from assignment_svc.entrypoints.http.context import InContext, Manager, Reader
from assignment_svc.entrypoints.http.fields import Name
from koppel.kernel.errors import NotFound
from koppel.platform.http import Page, PageQuery, RequestModel, ResponseModel, caller_of, paginate


class PutEntry(RequestModel):
    name: Name


class EntryResponse(ResponseModel):
    id: UUID
    name: str

    @classmethod
    def of(cls, entry: Entry) -> Self:
        return cls(id=entry.id, name=entry.name)


def entry_router(kind: EntryKind) -> APIRouter:
    """The calls for one kind."""
    router = APIRouter(prefix=f"/v1/{kind}s", tags=[f"{kind}s"])

    @router.put("/{entry_id}", operation_id=f"put_{kind}")
    async def put(entry_id: UUID, body: PutEntry, principal: Manager, context: InContext) -> EntryResponse:
        """Create or replace; always 200."""
        entry = Entry(id=entry_id, name=body.name)
        async with context.unit_of_work.begin(principal.organisation) as tx:
            await save_entry(tx, caller_of(principal), kind, entry)
        return EntryResponse.of(entry)

    @router.get("", operation_id=f"list_{kind}s")
    async def page_of(principal: Reader, page: PageQuery, context: InContext) -> Page[EntryResponse]:
        """In id order."""
        after = page.after(UUID)
        async with context.unit_of_work.begin(principal.organisation) as tx:
            entries = await tx.entries.page(kind, after and after[0], page.fetch)
        return paginate(entries, page, item=EntryResponse.of, key=lambda entry: (entry.id,))

    @router.get("/{entry_id}", operation_id=f"get_{kind}")
    async def get(entry_id: UUID, principal: Reader, context: InContext) -> EntryResponse:
        async with context.unit_of_work.begin(principal.organisation) as tx:
            entry = await tx.entries.get(kind, entry_id)
        if entry is None:
            raise NotFound(kind, entry_id, code=kind.codes.not_found)
        return EntryResponse.of(entry)

    @router.delete("/{entry_id}", status_code=204, response_class=Response, operation_id=f"delete_{kind}")
    async def delete(entry_id: UUID, principal: Manager, context: InContext) -> None:
        """409 while administrations are assigned to it."""
        async with context.unit_of_work.begin(principal.organisation) as tx:
            await remove_entry(tx, caller_of(principal), kind, entry_id)

    return router
