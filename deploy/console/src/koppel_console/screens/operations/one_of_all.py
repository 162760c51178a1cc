"""One run, and one connection, of any office: what its list tells of it, and the ways on from there."""

from asyncio import gather
from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.command_line import line
from koppel_console.pages.screen import Part, Screen
from koppel_console.pages.visit import NotThere, Visit, needed
from koppel_console.screens.operations.operator import Operator, Service
from koppel_console.screens.records import RESOURCES
from koppel_console.services.panel import Panel
from koppel_console.services.problem import Problem
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, part=Part.OPERATORS)
_ROWS = 50
_LISTS: Mapping[str, tuple[Service, str, str]] = {
    "run_id": ("sync-svc", "/ops/v1/sync-runs", "sync_run_not_found"),
    "connection_id": ("connection-svc", "/ops/v1/connections", "connection_not_found"),
}
"""By the filter that finds one: where it is listed, and the code of there being none."""


@router.get("/ops/runs/{run_id}")
async def run(visit: Operator, run_id: UUID) -> Response:
    """What it read, what it waits for, what came of it."""
    found = await _only(visit, "run_id", run_id)
    return visit.page(
        "operations/run.html",
        Words("Synchronisatie", "Sync"),
        command=line("runs show", run_id, organisation=found.get("organisation_id")),
        run=found,
        resources=RESOURCES,
    )


@router.get("/ops/connections/{connection_id}")
async def connection(visit: Operator, connection_id: UUID, cursor: str = "") -> Response:
    """Its logins with what is wrong with them, and the administrations that came through it."""
    found, administrations = await gather(
        _only(visit, "connection_id", connection_id),
        visit.calls.read(
            "import-svc",
            "/ops/v1/administrations",
            connection_id=str(connection_id),
            sort="name",
            cursor=cursor,
            limit=_ROWS,
            total=True,
        ),
    )
    return visit.page(
        "operations/connection.html",
        str(found.get("name") or found.get("provider")),
        command=line("connections show", connection_id, organisation=found.get("organisation_id")),
        connection=found,
        administrations=administrations,
    )


async def _only(visit: Visit, name: str, of: UUID) -> Panel:
    """The one row of a list over all offices. Raises `NotThere` where there is none, or its service is silent."""
    service, path, missing = _LISTS[name]
    found = needed(await visit.calls.read(service, path, **{name: str(of)}))
    if not found.items:
        raise NotThere(found.problem or _missing(visit, service, missing, f"There is none with {name} {of}."))
    return Panel(service=service, data=found.items[0], at=found.at, problem=found.problem)


def _missing(visit: Visit, service: str, code: str, detail: str) -> Problem:
    return Problem(service=service, status=404, code=code, detail=detail, correlation_id=visit.correlation_id)
