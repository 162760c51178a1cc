"""Consumers: how far each is in every partition, in seconds first."""

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.command_line import line
from koppel_console.pages.screen import Part, Screen
from koppel_console.screens.operations.operator import Operator, of_each
from koppel_console.screens.operations.overview import standings
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, part=Part.OPERATORS)


@router.get("/ops/consumers")
async def consumers(visit: Operator, consumer: str = "", topic: str = "") -> Response:
    """The most behind first; one whose lag could not be read stands before all."""
    values = {"consumer": consumer.strip()[:200], "topic": topic.strip()[:200]}
    panels = await of_each(visit, "/ops/v1/consumers", **values, limit=200)
    far = float("inf")

    def lag(row: dict[str, object]) -> float:
        seconds = row.get("seconds_behind")
        return float(seconds) if isinstance(seconds, int | float) else far

    return visit.page(
        "operations/consumers.html",
        Words("Consumers", "Consumers"),
        command=line("consumers", **values),
        panels=panels,
        rows=sorted(standings(panels), key=lag, reverse=True),
        values=values,
    )
