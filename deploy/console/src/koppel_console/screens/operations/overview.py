"""Overview of everything that operators look after; each part has a stand of its own."""

from asyncio import gather
from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.screen import Part, Screen
from koppel_console.screens.operations.operator import Operator, of_each
from koppel_console.services.panel import Panel
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, part=Part.OPERATORS, menu=Words("Beheer", "Operations"), path="/ops")
_MOST = 200


@router.get("/ops")
async def overview(visit: Operator) -> Response:
    """Who has to act first, then how far everything is."""
    calls = visit.calls
    causes, consumers, single = await gather(
        of_each(visit, "/ops/v1/parked-causes", limit=_MOST),
        of_each(visit, "/ops/v1/consumers", limit=_MOST),
        gather(
            calls.read("sync-svc", "/ops/v1/freshness"),
            calls.read("sync-svc", "/ops/v1/budget", forecast=False),
            calls.read("sync-svc", "/ops/v1/sync-status", paused=True, limit=1, total=True),
            calls.read("sync-svc", "/ops/v1/held-deletions", state="open", limit=1, total=True),
            calls.read("sync-svc", "/ops/v1/reauthorizations", limit=1, total=True),
        ),
    )
    freshness, budget, paused, held, logins = single
    return visit.page(
        "operations/overview.html",
        Words("Beheer", "Operations"),
        command="koppel attention",
        causes=causes,
        by_cause=with_service(causes),
        consumers=consumers,
        lag=lag_of(consumers),
        freshness=freshness,
        budget=budget,
        fullest=fullest(budget),
        paused=paused,
        held=held,
        logins=logins,
    )


def with_service(panels: Iterable[Panel]) -> list[dict[str, Any]]:
    """The rows of all panels, each with the service that told it."""
    return [{**each, "service": panel.service} for panel in panels for each in panel]


def standings(panels: Iterable[Panel]) -> list[dict[str, Any]]:
    """How far consumers are in partitions: what two services tell of the same one counts once."""
    found = {
        (each.get("consumer"), each.get("topic"), each.get("partition")): each
        for each in with_service(panels)
    }
    return list(found.values())


def lag_of(panels: Iterable[Panel]) -> list[dict[str, Any]]:
    """By consumer: seconds behind where it is worst, events in all; the most behind first."""
    by_consumer: dict[str, dict[str, Any]] = {}
    for each in standings(panels):
        name = str(each.get("consumer"))
        row = by_consumer.setdefault(name, {"consumer": name, "seconds": 0.0, "events": 0, "stopped": 0})
        seconds = each.get("seconds_behind")
        row["seconds"] = (
            None if seconds is None or row["seconds"] is None else max(row["seconds"], float(seconds))
        )
        row["events"] += int(each.get("events_behind") or 0)
        row["stopped"] += each.get("state") == "stopped"
    worst = float("inf")
    return sorted(
        by_consumer.values(), key=lambda row: -(worst if row["seconds"] is None else row["seconds"])
    )


def fullest(budget: Panel, most: int = 5) -> list[dict[str, Any]]:
    """The rate windows with the least left, by share of their limit."""
    windows = budget.get("windows")
    rows = [each for each in windows if isinstance(each, dict)] if isinstance(windows, list) else []
    return sorted(rows, key=lambda row: (row.get("remaining") or 0) / (row.get("limit") or 1))[:most]
