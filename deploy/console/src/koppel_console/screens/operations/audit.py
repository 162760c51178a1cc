"""Audit: who did what, and what operators read of others, at every service."""

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.command_line import line
from koppel_console.pages.formats import in_utc, typed_instant
from koppel_console.pages.screen import Part, Screen
from koppel_console.screens.operations.all_organisations import ORGANISATION, SINCE, Filter
from koppel_console.screens.operations.operator import Operator, named, of_each
from koppel_console.screens.operations.overview import with_service
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, part=Part.OPERATORS)
_FILTERS = (
    Filter("actor", Words("Wie", "Who")),
    Filter("action", Words("Wat", "What")),
    Filter("target", Words("Waaraan", "To what")),
    ORGANISATION,
    SINCE,
)


@router.get("/ops/audit")
async def audit(visit: Operator, service: str = "", cursor: str = "") -> Response:
    """Newest first; services are asked side by side, and each has pages of its own."""
    given = visit.request.query_params
    values = {each.name: given.get(each.name, "").strip()[:300] for each in _FILTERS}
    at = typed_instant(values["since"], visit.zone)
    asked = {**values, "since": in_utc(at) if at else ""}
    services = named(service)
    place = cursor if len(services) == 1 else ""
    panels = await of_each(visit, "/ops/v1/audit", services, **asked, cursor=place, limit=50)
    rows = sorted(with_service(panels), key=lambda row: str(row.get("at")), reverse=True)
    organisation = asked.pop("organisation_id")
    return visit.page(
        "operations/audit.html",
        Words("Audit", "Audit"),
        command=line(
            "audit", **asked, organisation=organisation, service=services[0] if len(services) == 1 else ""
        ),
        panels=panels,
        rows=rows,
        filters=_FILTERS,
        values=values,
    )
