"""Verhaal of an administration: what happened across all services, from the login to the last record, in plain words."""

from asyncio import gather
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.formats import AMSTERDAM, instant_of
from koppel_console.pages.happenings import HAPPENINGS, kind_of
from koppel_console.pages.screen import Screen
from koppel_console.pages.visit import Visitor, unless_gone
from koppel_console.services.calls import Query
from koppel_console.services.panel import Panel
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router)
_USUAL = timedelta(days=30)
_MOST = 200
"""Events of one service on one page; records of a run count as one."""


@router.get("/administrations/{administration_id}/story")
async def story(visit: Visitor, administration_id: UUID, since: str = "", until: str = "") -> Response:
    """Newest last, from a day on; a service that is silent leaves its own events out, and says so."""
    calls, one = visit.calls, f"/v1/administrations/{administration_id}"
    administration = await calls.read("import-svc", one)
    unless_gone(administration)
    first = day_of(since) or (datetime.now(UTC) - _USUAL).astimezone(AMSTERDAM).date()
    last = day_of(until)
    query: dict[str, Query] = {"from": starts(first), "folded": True, "limit": _MOST}
    if last is not None:
        query["to"] = starts(last + timedelta(days=1))
    query_here: dict[str, Query] = {**query, "administration_id": str(administration_id)}
    connection = administration.get("connection_id")
    told = await gather(
        calls.read("import-svc", "/v1/events", **query_here),
        calls.read("assignment-svc", "/v1/events", **query_here),
        calls.read("sync-svc", "/v1/events", **query_here),
        *(
            [calls.read("connection-svc", "/v1/events", connection_id=connection, **query)]
            if connection
            else []
        ),
    )
    return visit.page(
        "story.html",
        Words("Verhaal", "Story"),
        command=f"koppel timeline {administration_id}",
        administration_id=administration_id,
        administration=administration,
        panels=told,
        events=merged(told),
        begins=max((at for each in told if (at := instant_of(each.get("log_begins_at")))), default=None),
        is_cut=any(each.next_cursor for each in told),
        since=first.isoformat(),
        until=last.isoformat() if last else "",
    )


def merged(told: list[Panel]) -> list[dict[str, Any]]:
    """One story in the order of time, each with its words."""
    events = [
        {**each, "kind": kind, "words": HAPPENINGS.get(kind), "service": panel.service}
        for panel in told
        for each in panel
        if (kind := kind_of(each.get("type")))
    ]
    return sorted(events, key=lambda each: str(each.get("at")))


def day_of(text: str) -> date | None:
    """A day as a date field sends it; None for anything else."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def starts(day: date) -> str:
    """When a day begins by Amsterdam's clock."""
    return datetime.combine(day, time(), AMSTERDAM).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
