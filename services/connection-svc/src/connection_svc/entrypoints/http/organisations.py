"""What offices are called: one's own, and for operators all of them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import AfterValidator, ConfigDict, Field

from connection_svc.application.name_organisation import name_organisation
from connection_svc.domain.organisation import KnownOrganisation, OrganisationName, OrganisationOrder
from connection_svc.entrypoints.http.connection_models import Name
from connection_svc.entrypoints.http.context import InContext, Manager, Reader
from koppel.contracts.event import UtcDateTime
from koppel.contracts.values import ACTOR
from koppel.platform.http import PageQuery, RequestModel, ResponseModel, paginate
from koppel.platform.http.lists import CountedPage, Search, WithTotal, searched
from koppel.platform.operations.access import Operator
from koppel.platform.operations.across_organisations import Across

router = APIRouter(tags=["organisations"])


class PutOrganisation(RequestModel):
    """What an office is called."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Kantoor Noord"}]})

    name: Name = Field(description="Its name, 1 to 200 characters; spaces around it are cut off.")


class OrganisationItem(ResponseModel):
    """An accountancy office."""

    id: UUID = Field(description="The office.")
    name: str | None = Field(description="What it is called; null: nobody said so.")
    named_by: str | None = Field(description=f"Who said so; null: nobody. {ACTOR}")
    named_at: UtcDateTime | None = Field(description="When; null: never.")


class KnownOrganisationItem(ResponseModel):
    """An office, and how much it has."""

    id: UUID = Field(description="The office.")
    name: str | None = Field(description="What it is called; null: nobody said so.")
    connections: int = Field(description="How many connections it has, deleted ones left out.")
    administrations: int = Field(description="How many administrations it has.")


def _not_nil(organisation_id: UUID) -> UUID:
    if organisation_id == UUID(int=0):
        raise ValueError("the nil UUID is no office")
    return organisation_id


OrganisationId = Annotated[UUID, AfterValidator(_not_nil), Path(description="The office.")]


@router.get("/v1/organisation", operation_id="get_organisation")
async def get(principal: Reader, context: InContext) -> OrganisationItem:
    """Show what one's own office is called."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        return _item(principal.organisation, await tx.organisations.name())


@router.put("/v1/organisation", operation_id="put_organisation")
async def put(body: PutOrganisation, principal: Manager, context: InContext) -> OrganisationItem:
    """Say what one's own office is called. The name is for people who look for it; no event carries it."""
    async with context.unit_of_work.begin(principal.organisation) as tx:
        named = await name_organisation(tx, body.name, by=principal.subject, actor=principal.actor)
    return _item(principal.organisation, named)


@router.get("/ops/v1/organisations", operation_id="list_organisations")
async def list_organisations(
    page: PageQuery,
    across: Across,
    context: InContext,
    *,
    q: Search = None,
    sort: Annotated[
        OrganisationOrder | None,
        Query(description="By name, with a minus the other way round; left out: in order of the ids."),
    ] = None,
    with_total: WithTotal = False,
) -> CountedPage[KnownOrganisationItem]:
    """List the offices that have a connection or a name. `q` searches names and beginnings of ids."""
    after, text = page.after(UUID), searched(q)
    async with context.unit_of_work.begin(across.organisation_id) as tx:
        found = await tx.organisations.known(text, sort, after and after[0], page.fetch)
        total = await tx.organisations.count(text) if with_total else None
        await across.note(tx.connection, page, found)
    listed = paginate(found, page, item=_known, key=lambda each: (each.organisation_id,))
    return CountedPage(items=listed.items, next_cursor=listed.next_cursor, total=total)


@router.put("/ops/v1/organisations/{organisation_id}", operation_id="name_organisation")
async def name(
    organisation_id: OrganisationId, body: PutOrganisation, operator: Operator, context: InContext
) -> OrganisationItem:
    """Say what an office is called. It need not be known yet."""
    async with context.unit_of_work.begin(organisation_id) as tx:
        named = await name_organisation(tx, body.name, by=operator.subject, actor=operator.actor)
    return _item(organisation_id, named)


def _item(organisation_id: UUID, named: OrganisationName | None) -> OrganisationItem:
    return OrganisationItem(
        id=organisation_id,
        name=named and named.name,
        named_by=named and named.named_by,
        named_at=named and named.named_at,
    )


def _known(found: KnownOrganisation) -> KnownOrganisationItem:
    return KnownOrganisationItem(
        id=found.organisation_id,
        name=found.name,
        connections=found.connections,
        administrations=found.administrations,
    )
