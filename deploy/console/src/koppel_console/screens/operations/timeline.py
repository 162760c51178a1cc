"""Tijdlijn of an administration of any office: what it is, what happened at all services and because of what, its syncs, what was held."""

from asyncio import gather
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.command_line import line
from koppel_console.pages.formats import in_utc, typed_instant
from koppel_console.pages.happenings import kind_of
from koppel_console.pages.screen import Part, Screen
from koppel_console.screens.operations.operator import Operator, of_each
from koppel_console.screens.operations.overview import with_service
from koppel_console.services.panel import Panel
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, part=Part.OPERATORS)
_MOST = 200
_MOST_CONNECTIONS = 3


@router.get("/ops/timeline/{administration_id}")
async def timeline(visit: Operator, administration_id: UUID, since: str = "", until: str = "") -> Response:
    """Oldest first; an effect never stands before its cause."""
    begins, ends = typed_instant(since[:40], visit.zone), typed_instant(until[:40], visit.zone)
    within = {"from": in_utc(begins) if begins else "", "to": in_utc(ends) if ends else ""}
    about = str(administration_id)
    panels, facts, runs, held = await gather(
        of_each(visit, "/ops/v1/events", administration_id=about, folded=True, limit=_MOST, **within),
        visit.calls.read("import-svc", "/ops/v1/administrations", administration_id=about),
        visit.calls.read("sync-svc", "/ops/v1/sync-runs", administration_id=about, limit=10, total=True),
        visit.calls.read("sync-svc", "/ops/v1/held-deletions", administration_id=about, limit=10, total=True),
    )
    of_connections = await gather(
        *(
            visit.calls.read(
                "connection-svc", "/ops/v1/events", connection_id=each, folded=True, limit=_MOST, **within
            )
            for each in connections_of(panels)
        )
    )
    told = [*panels, *of_connections]
    rows = in_causal_order(with_service(told))
    return visit.page(
        "operations/timeline.html",
        Words("Tijdlijn", "Timeline"),
        command=line("timeline", administration_id, from_=within["from"], to=within["to"]),
        administration_id=administration_id,
        facts=facts,
        panels=told,
        rows=rows,
        runs=runs,
        held=held,
        organisation=next((each.get("organisation_id") for each in rows), None),
        is_cut=any(each.next_cursor for each in told),
        values={"since": since[:40], "until": until[:40]},
    )


def connections_of(panels: list[Panel]) -> list[str]:
    """The connections that the events name, each once."""
    named = (
        (each.get("ids") or {}).get(name)
        for panel in panels
        for each in panel
        for name in ("connection_id", "to_connection_id")
    )
    return [str(each) for each in dict.fromkeys(named) if each][:_MOST_CONNECTIONS]


def in_causal_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By time, but never before the cause: clocks of services differ. Each with the name of what caused it."""
    by_id = {str(each.get("event_id")): each for each in rows}
    by_age = sorted(by_id.values(), key=lambda each: str(each.get("at")))
    told: dict[str, dict[str, Any]] = {}
    for each in by_age:
        chain = [each]
        while (cause := by_id.get(str(chain[-1].get("causation_id")))) is not None and cause not in chain:
            if str(cause.get("event_id")) in told:
                break
            chain.append(cause)
        for one in reversed(chain):
            cause = by_id.get(str(one.get("causation_id")))
            told.setdefault(
                str(one.get("event_id")), {**one, "because": kind_of(cause.get("type")) if cause else ""}
            )
    return list(told.values())
