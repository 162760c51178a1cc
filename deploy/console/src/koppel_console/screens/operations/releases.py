"""Vrijgaven: parked events that were tried again as one act: who, why, and what became of each step."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.command_line import line
from koppel_console.pages.screen import Part, Screen
from koppel_console.pages.visit import needed
from koppel_console.screens.operations.operator import Operator, Service, named, of_each
from koppel_console.screens.operations.overview import with_service
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, part=Part.OPERATORS)
_STATES = ("running", "stopped", "finished")


@router.get("/ops/releases")
async def releases(visit: Operator, state: str = "", service: str = "", cursor: str = "") -> Response:
    """Newest first, of every service or of one."""
    filters = {
        "state": state if state in _STATES else "",
        "service": service if len(named(service)) == 1 else "",
    }
    asked = cursor if filters["service"] else ""
    panels = await of_each(
        visit, "/ops/v1/releases", named(service), state=filters["state"], cursor=asked, limit=50
    )
    rows = sorted(with_service(panels), key=lambda row: str(row.get("created_at")), reverse=True)
    return visit.page(
        "operations/releases.html",
        Words("Vrijgaven", "Releases"),
        command=line("releases list", **filters),
        panels=panels,
        rows=rows,
        filters=filters,
        states=_STATES,
    )


@router.get("/ops/releases/{service}/{release_id}")
async def release(visit: Operator, service: Service, release_id: UUID) -> Response:
    """One of them, under an address that stays."""
    one = needed(await visit.calls.read(service, f"/ops/v1/releases/{release_id}"))
    return visit.page(
        "operations/release.html",
        Words("Vrijgave", "Release"),
        command=line("releases show", release_id, service=service),
        service=service,
        one=one,
    )
