"""`/ops/v1/budget`: what providers allow, what is used of it, by whom, and what the next day will take."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from koppel.platform.budget import spent_lately, windows_in_use
from koppel.platform.http import ResponseModel, require_operator
from sync_svc.domain.forecast import Planned, by_minute, calls_a_minute, one_more
from sync_svc.entrypoints.http.context import Context, InContext

router = APIRouter(tags=["operations"], dependencies=[Depends(require_operator())])

_MOST = 1000


class Window(ResponseModel):
    """A rate window at this moment, as this service counts its share of it."""

    provider: str = Field(description="The provider.")
    window: str = Field(description="The window's name in the provider's profile.")
    scope: str = Field(description="What it is counted for: all calls of the same scope share it.")
    limit: int = Field(description="Calls that this service may make in it.")
    provider_limit: int = Field(description="Calls that the provider allows in it, to all services together.")
    seconds: int = Field(description="Its length.")
    used: int = Field(description="Calls that were made and still count.")
    reserved: int = Field(description="Calls that were drawn and are not settled.")
    remaining: int = Field(
        description="Calls that may be drawn now, also by the provider's own counters and refusals."
    )
    resets_at: datetime | None = Field(
        description="From when nothing that was used counts any more; null: nothing does."
    )


class SpentCalls(ResponseModel):
    """Who made how many calls in an hour."""

    organisation_id: UUID = Field(description="The office.")
    administration_id: UUID | None = Field(description="The administration; null: none was known.")
    provider: str = Field(description="The provider.")
    endpoint: str = Field(description="What was called.")
    hour: datetime = Field(description="When the hour began.")
    calls: int = Field(description="Calls, every try one; what a worker that died had drawn, too.")
    refused: int = Field(description="Those of them that the provider refused as wrong.")


class ForecastMinute(ResponseModel):
    """What schedules will begin in a minute."""

    at: datetime = Field(description="When the minute begins.")
    provider: str = Field(description="The provider.")
    calls: int = Field(
        description="Calls of the runs that are due in it: an increment as many as the median of its last five, a sweep as many "
        "as the last whole reading."
    )
    limit: int = Field(
        description="Calls a minute that this service's share allows: a window that is counted by endpoint or company "
        "as often as there are such."
    )


class OneMore(ResponseModel):
    """What one more office would do."""

    provider: str = Field(description="The provider.")
    administrations: int = Field(description="How many it would have.")
    calls_an_hour: int = Field(description="Calls an hour once all are read, synchronised every hour.")
    first_read_minutes: float | None = Field(
        description="Minutes to read all of them once, alone, a run as dear as the others'; null: no limit is known."
    )
    minutes_over_limit: int = Field(
        description="Minutes of the next 24 hours in which more calls would be due than are allowed."
    )


class BudgetResponse(ResponseModel):
    """The fullest windows first, the newest hours first; at most a thousand of each."""

    windows: list[Window] = Field(description="How the windows stand.")
    spent: list[SpentCalls] = Field(description="Who spent what in the last 24 hours.")
    forecast: list[ForecastMinute] = Field(
        description="The next 24 hours, by minute; with `add` that office, too."
    )
    added: list[OneMore] = Field(description="What one more office would do; empty without `add`.")


@router.get("/ops/v1/budget", operation_id="get_budget")
async def get_budget(
    context: InContext,
    provider: Annotated[
        str | None, Query(max_length=100, description="Only this provider; all when left out.")
    ] = None,
    add: Annotated[
        int,
        Query(ge=0, le=100_000, description="Administrations of one more office, to see what it would do."),
    ] = 0,
    forecast: Annotated[
        bool,
        Query(description="Whether the next 24 hours are reckoned; false: `forecast` and `added` are empty."),
    ] = True,
) -> BudgetResponse:
    """Show the calls that providers allow. Rate windows, who spent what by hour, and the next 24 hours by minute."""
    names = [each for each in context.windows if forecast and provider in (None, each)]
    async with context.unit_of_work.begin(None) as tx:
        windows = await windows_in_use(tx.connection, provider, _MOST)
        spent = await spent_lately(tx.connection, provider, _MOST)
        planned = {name: await tx.policies.planned(name, _listings(context, name)) for name in names}
        now = tx.now
    known = [
        _forecast(context, name, planned[name], add, now)
        for name in names
        if planned[name] or add or provider is not None
    ]
    return BudgetResponse(
        windows=[Window.model_validate(each) for each in windows],
        spent=[SpentCalls.model_validate(each) for each in spent],
        forecast=[minute for minutes, _ in known for minute in minutes],
        added=[one for _, one in known if one is not None],
    )


def _listings(context: Context, provider: str) -> int:
    """As many calls are the fewest of a run that nothing is known of."""
    return max(sum(len(listed) for listed in (context.gateway.listings(provider) or {}).values()), 1)


def _forecast(
    context: Context, provider: str, planned: Sequence[Planned], add: int, now: datetime
) -> tuple[list[ForecastMinute], OneMore | None]:
    listings = _listings(context, provider)
    typical = sorted(each.calls for each in planned)[len(planned) // 2] if planned else listings
    companies = max(len(planned) + add, 1)
    limit = calls_a_minute(context.windows[provider], listings, companies, context.parts[provider])
    both = zip(by_minute(planned, now), one_more(add, typical), strict=True)
    calls = [known + new for known, new in both]
    begins = now.replace(second=0, microsecond=0)
    minutes = [
        ForecastMinute(at=begins + timedelta(minutes=at), provider=provider, calls=each, limit=limit)
        for at, each in enumerate(calls)
    ]
    if not add:
        return minutes, None
    added = OneMore(
        provider=provider,
        administrations=add,
        calls_an_hour=add * typical,
        first_read_minutes=round(add * typical / limit, 1) if limit else None,
        minutes_over_limit=sum(each > limit for each in calls) if limit else 0,
    )
    return minutes, added
