"""Verbindingen: all of them, and one with its logins and administrations."""

from asyncio import gather
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.form import Posted
from koppel_console.pages.screen import Screen
from koppel_console.pages.visit import Visit, Visitor, needed
from koppel_console.services.panel import Panel
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, menu=Words("Verbindingen", "Connections"), path="/connections")
_ROWS = 25


@router.get("/connections")
async def connections(visit: Visitor, cursor: str = "") -> Response:
    """A page of them, with their health."""
    found = await visit.calls.read(
        "connection-svc", "/v1/connections", cursor=cursor, limit=_ROWS, total=True
    )
    return visit.page(
        "connections.html",
        Words("Verbindingen", "Connections"),
        command="koppel connections list",
        connections=found,
    )


@router.get("/connections/{connection_id}")
async def connection(visit: Visitor, connection_id: UUID, cursor: str = "") -> Response:
    """One: its logins, what was imported from it, when that was last synchronised."""
    calls = visit.calls
    one, packages, users, sessions, administrations = await gather(
        calls.read("connection-svc", f"/v1/connections/{connection_id}"),
        calls.read("connection-svc", "/v1/providers"),
        calls.read_all("assignment-svc", "/v1/users"),
        calls.read("import-svc", "/v1/import-sessions", connection_id=str(connection_id), limit=5),
        calls.read(
            "import-svc",
            "/v1/administrations",
            connection_id=str(connection_id),
            state="active",
            sort="name",
            cursor=cursor,
            limit=_ROWS,
            total=True,
        ),
    )
    needed(one)
    ids = [str(each.get("id")) for each in administrations]
    statuses = await _statuses(visit, ids)
    package = next((each for each in packages if each.get("id") == one.get("provider")), {})
    return visit.page(
        "connection.html",
        f"{one.get('name') or package.get('name') or one.get('provider')}",
        command=f"koppel connections show {connection_id}",
        connection=one,
        package=package,
        names={str(each.get("id")): each.get("name") for each in users},
        sessions=sessions,
        administrations=administrations,
        statuses=statuses,
        standing={each.get("administration_id"): each for each in statuses},
    )


async def _statuses(visit: Visit, administration_ids: list[str]) -> Panel:
    """How the data of these stands, in one call."""
    if not administration_ids:
        return Panel(service="sync-svc", data={})
    named = ",".join(administration_ids)
    return await visit.calls.read("sync-svc", "/v1/sync-status", administration_ids=named, limit=_ROWS)


@router.get("/connections/{connection_id}/remove")
async def ask_to_remove(visit: Visitor, connection_id: UUID) -> Response:
    """What would go with it, before it goes."""
    calls = visit.calls
    one, administrations = await gather(
        calls.read("connection-svc", f"/v1/connections/{connection_id}"),
        calls.read(
            "import-svc",
            "/v1/administrations",
            connection_id=str(connection_id),
            state="active",
            limit=1,
            total=True,
        ),
    )
    return visit.page(
        "connection_remove.html",
        Words("Verbinding verwijderen", "Remove connection"),
        command=f"koppel connections delete {connection_id}",
        connection=needed(one),
        administrations=administrations,
    )


@router.post("/connections/{connection_id}/remove")
async def remove(visit: Visitor, form: Posted, connection_id: UUID) -> Response:
    """Ends it; a second click finds it gone, which is what was wanted."""
    del form
    done = await visit.calls.act("DELETE", "connection-svc", f"/v1/connections/{connection_id}")
    if done.problem is None or done.problem.is_not_found:
        return visit.go("/connections?removed=1")
    one = await visit.calls.read("connection-svc", f"/v1/connections/{connection_id}")
    return visit.page(
        "connection_remove.html",
        Words("Verbinding verwijderen", "Remove connection"),
        status=done.problem.page_status,
        connection=needed(one),
        administrations=None,
        problem=done.problem,
    )
