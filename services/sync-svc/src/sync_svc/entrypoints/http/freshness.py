"""`/ops/v1/freshness`: whether what schedules promise is kept, by provider."""

from fastapi import APIRouter, Depends
from pydantic import Field

from koppel.platform.http import ResponseModel, require_operator
from sync_svc.domain.freshness import TARGET, ProviderFreshness, burn_rate
from sync_svc.entrypoints.http.context import InContext

router = APIRouter(tags=["operations"], dependencies=[Depends(require_operator())])


class FreshnessOfProvider(ResponseModel):
    """How many administrations are fresh; a burn rate of 1 misses exactly as much as the target allows."""

    provider: str = Field(description="The provider.")
    administrations: int = Field(description="Administrations that synchronise by themselves.")
    met: int = Field(description="Those of them whose data is as fresh now as it is to be.")
    burn_rate_1h: float = Field(
        description="Minutes of administrations that were not fresh in the last hour, as a multiple of what the target allows."
    )
    burn_rate_6h: float = Field(description="The same of the last six hours.")


class FreshnessOfAll(ResponseModel):
    """Every provider that has administrations with a schedule."""

    target: float = Field(description="The part of administrations, minute by minute, that is to be fresh.")
    items: list[FreshnessOfProvider] = Field(description="By provider.")


@router.get("/ops/v1/freshness", operation_id="get_freshness")
async def get_freshness(context: InContext) -> FreshnessOfAll:
    """Show how fresh the data is. By provider: administrations, how many are as fresh as they are to be, and burn rates."""
    async with context.unit_of_work.begin(None) as tx:
        found = await tx.freshness.by_provider()
    return FreshnessOfAll(target=TARGET, items=[_shown(each) for each in found])


def _shown(found: ProviderFreshness) -> FreshnessOfProvider:
    return FreshnessOfProvider(
        provider=found.provider,
        administrations=found.administrations,
        met=found.met,
        burn_rate_1h=burn_rate(found.unmet_in_1h),
        burn_rate_6h=burn_rate(found.unmet_in_6h),
    )
