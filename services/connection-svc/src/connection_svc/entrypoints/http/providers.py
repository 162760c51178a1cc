"""The catalogue of packages."""

from typing import Annotated

from fastapi import APIRouter, Depends

from connection_svc.entrypoints.http.use_cases import InjectedUseCases
from koppel.platform.http import Page, ResponseModel, current_principal
from koppel.platform.identity import Principal

router = APIRouter(tags=["providers"])


class ProviderItem(ResponseModel):
    """A package that can be connected; `grant_covers`: one_administration or many_administrations."""

    id: str
    name: str
    grant_covers: str
    auth: str
    resources: list[str]


@router.get("/v1/providers", operation_id="list_providers")
async def list_providers(
    _: Annotated[Principal, Depends(current_principal)], use_cases: InjectedUseCases
) -> Page[ProviderItem]:
    items = [ProviderItem.model_validate(package) for package in use_cases.ports.providers.catalogue()]
    return Page[ProviderItem](items=items)
