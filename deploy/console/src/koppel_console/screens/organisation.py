"""Organisatie: who has to do something, and where everything is."""

from asyncio import gather

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.screen import Screen
from koppel_console.pages.visit import Visitor
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, menu=Words("Organisatie", "Office"), path="/")


@router.get("/")
async def organisation(visit: Visitor) -> Response:
    """First what waits for a person, then what there is."""
    calls = visit.calls
    own, waiting, held, paused, sessions, connections, administrations, found = await gather(
        calls.read("connection-svc", "/v1/organisation"),
        calls.read("sync-svc", "/v1/reauthorizations", limit=5),
        calls.read("sync-svc", "/v1/held-deletions", state="open", limit=5),
        calls.read("sync-svc", "/v1/sync-status", paused=True, sort="name", limit=5, total=True),
        calls.read("import-svc", "/v1/import-sessions", state="selecting", limit=5),
        calls.read("connection-svc", "/v1/connections", limit=1, total=True),
        calls.read("import-svc", "/v1/administrations", state="active", limit=1, total=True),
        calls.read("import-svc", "/v1/found-companies", limit=5, total=True),
    )
    return visit.page(
        "organisation.html",
        Words("Organisatie", "Office"),
        command="koppel reauthorizations",
        own=own,
        waiting=waiting,
        held=held,
        paused=paused,
        sessions=sessions,
        connections=connections,
        administrations=administrations,
        found=found,
    )
