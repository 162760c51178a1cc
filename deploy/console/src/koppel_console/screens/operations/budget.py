"""Budget: what packages allow, what is used, by whom, and what the next day takes; what one more office would do."""

from collections import Counter, defaultdict
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.chart import HEIGHT, WIDTH, Chart, chart_of
from koppel_console.pages.command_line import line
from koppel_console.pages.screen import Part, Screen
from koppel_console.screens.operations.operator import Operator
from koppel_console.screens.operations.overview import fullest
from koppel_console.services.panel import Panel
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, part=Part.OPERATORS)
_MOST_WINDOWS, _MOST_SPENDERS = 50, 20


@router.get("/ops/budget")
async def budget(visit: Operator, provider: str = "", add: str = "") -> Response:
    """Of all packages or one; `add` administrations of one more office are reckoned in."""
    more = int(add) if add.isascii() and add.isdecimal() and len(add) <= 5 else 0
    values = {"provider": provider.strip()[:100], "add": str(more) if more else ""}
    found = await visit.calls.read(
        "sync-svc", "/ops/v1/budget", provider=values["provider"], add=values["add"]
    )
    return visit.page(
        "operations/budget.html",
        Words("Budget", "Budget"),
        command=line("budget", **values),
        found=found,
        windows=fullest(found, _MOST_WINDOWS),
        spenders=spenders(found),
        charts=charts(found),
        added=_rows(found, "added"),
        values=values,
        width=WIDTH,
        height=HEIGHT,
    )


@router.get("/ops/freshness")
async def freshness(visit: Operator) -> Response:
    """How many administrations are as fresh as promised, by package."""
    found = await visit.calls.read("sync-svc", "/ops/v1/freshness")
    return visit.page(
        "operations/freshness.html",
        Words("Versheid", "Freshness"),
        command=line("freshness"),
        found=found,
    )


def charts(found: Panel) -> dict[str, Chart]:
    """The next day by package."""
    minutes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in _rows(found, "forecast"):
        minutes[str(each.get("provider"))].append(each)
    return {name: chart for name, rows in minutes.items() if (chart := chart_of(rows)) is not None}


def spenders(found: Panel) -> list[tuple[str, str, int, int]]:
    """Office, package, calls and refused ones of the last 24 hours; who spent most first."""
    calls: Counter[tuple[str, str]] = Counter()
    refused: Counter[tuple[str, str]] = Counter()
    for each in _rows(found, "spent"):
        whose = (str(each.get("organisation_id")), str(each.get("provider")))
        calls[whose] += _count(each.get("calls"))
        refused[whose] += _count(each.get("refused"))
    return [(*whose, number, refused[whose]) for whose, number in calls.most_common(_MOST_SPENDERS)]


def _rows(found: Panel, name: str) -> list[dict[str, Any]]:
    rows = found.get(name)
    return [each for each in rows if isinstance(each, dict)] if isinstance(rows, list) else []


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
