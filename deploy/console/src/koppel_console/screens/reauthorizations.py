"""Wie moet opnieuw inloggen: those that hold up most first, one button each."""

from asyncio import gather

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.screen import Screen
from koppel_console.pages.visit import Visitor
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, menu=Words("Opnieuw inloggen", "Log in again"), path="/reauthorizations")


@router.get("/reauthorizations")
async def reauthorizations(visit: Visitor, cursor: str = "") -> Response:
    """Logins that a person has to renew, and what waits for each."""
    waiting, packages = await gather(
        visit.calls.read("sync-svc", "/v1/reauthorizations", cursor=cursor, limit=25),
        visit.calls.read("connection-svc", "/v1/providers"),
    )
    return visit.page(
        "reauthorizations.html",
        Words("Wie moet opnieuw inloggen?", "Who has to log in again?"),
        command="koppel reauthorizations",
        waiting=waiting,
        names={each.get("id"): each.get("name") for each in packages},
    )
