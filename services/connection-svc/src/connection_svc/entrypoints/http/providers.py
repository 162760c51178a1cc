"""The catalogue of packages."""

from fastapi import APIRouter

from connection_svc.entrypoints.http.context import Anyone, InContext
from koppel.platform.http import Page, ResponseModel

router = APIRouter(tags=["providers"])


class ProviderItem(ResponseModel):
    """A package that can be connected; `grant_covers`: one_administration or many_administrations."""

    id: str
    name: str
    grant_covers: str
    auth: str
    resources: list[str]


@router.get("/v1/providers", operation_id="list_providers")
async def list_providers(_: Anyone, context: InContext) -> Page[ProviderItem]:
    items = [ProviderItem.model_validate(package) for package in context.ports.providers.catalogue()]
    return Page[ProviderItem](items=items)
