"""Synchronisaties of an administration: all of them, by day, outcome and code."""

from asyncio import gather
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.screen import Screen
from koppel_console.pages.visit import Visitor, unless_gone
from koppel_console.screens.administrations import OUTCOMES
from koppel_console.screens.story import day_of, starts
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router)
_ROWS = 50


@router.get("/administrations/{administration_id}/runs")
async def runs(  # noqa: PLR0917  (the fields of its form)
    visit: Visitor,
    administration_id: UUID,
    outcome: str = "",
    code: str = "",
    since: str = "",
    cursor: str = "",
) -> Response:
    """Newest first."""
    day = day_of(since)
    filters = {
        "outcome": outcome if outcome in OUTCOMES else "",
        "code": code[:60],
        "since": day.isoformat() if day else "",
    }
    asked = {**filters, "since": starts(day) if day else ""}
    found, administration = await gather(
        visit.calls.read(
            "sync-svc",
            "/v1/sync-runs",
            administration_id=str(administration_id),
            **asked,
            cursor=cursor,
            limit=_ROWS,
            total=True,
        ),
        visit.calls.read("import-svc", f"/v1/administrations/{administration_id}"),
    )
    return visit.page(
        "runs.html",
        Words("Synchronisaties", "Syncs"),
        command=f"koppel runs list --administration {administration_id}",
        administration_id=administration_id,
        administration=unless_gone(administration),
        runs=found,
        filters=filters,
        outcomes=OUTCOMES,
    )
