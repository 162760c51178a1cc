"""The catalogue of providers."""

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from connection_svc.entrypoints.http.context import Anyone, InContext
from koppel.contracts.values import ResourceName
from koppel.platform.http import ResponseModel
from koppel.platform.http.lists import CountedPage, WithTotal
from koppel.providers.profile import GrantCovers

router = APIRouter(tags=["providers"])


class RegionItem(ResponseModel):
    """A country's own place of a provider: its logins and companies are not those of another."""

    id: str = Field(description="Id of the region, as `region` of a new connection.")
    name: str = Field(description="Its name.")


class FieldItem(ResponseModel):
    """Something that a person pastes."""

    name: str = Field(description="Its name among the `credentials`.")
    label: str = Field(description="What the provider calls it.")
    secret: bool = Field(description="Whether it must not be shown.")


class ProviderItem(ResponseModel):
    """A provider that can be connected."""

    id: str = Field(description="Id of the provider, as `provider` in other calls.")
    name: str = Field(description="The provider's name.")
    grant_covers: GrantCovers = Field(
        description="Whether one login gives access to one administration or to many."
    )
    auth: Literal["oauth2", "api_key"] = Field(description="How a person shows who they are at the provider.")
    regions: list[RegionItem] | None = Field(
        description="Where it can be logged in at, the first is the default; null where it has one place for all."
    )
    fields: list[FieldItem] | None = Field(
        description="What a person pastes where `auth` is `api_key`; null where people log in."
    )
    resources: list[ResourceName] = Field(description="What can be synchronised of an administration there.")


@router.get("/v1/providers", operation_id="list_providers")
async def list_providers(
    _: Anyone, context: InContext, *, with_total: WithTotal = False
) -> CountedPage[ProviderItem]:
    """List the providers that can be connected. The list is short and comes whole."""
    items = [ProviderItem.model_validate(provider) for provider in context.ports.providers.catalogue()]
    return CountedPage[ProviderItem](items=items, total=len(items) if with_total else None)
