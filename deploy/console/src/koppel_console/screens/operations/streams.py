"""Stream: one topic and key as its owner logged it, and how far each consumer is."""

from asyncio import gather

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.command_line import line
from koppel_console.pages.screen import Part, Screen
from koppel_console.screens.operations.operator import SERVICES, Operator
from koppel_console.services.calls import segment
from koppel_console.services.panel import Panel
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, part=Part.OPERATORS)


@router.get("/ops/streams")
async def stream(visit: Operator, topic: str = "", key: str = "") -> Response:
    """Newest first. A service that has nothing of the stream is left out."""
    topic, key = topic.strip()[:250], key[:1000]
    panels: list[Panel] = []
    if topic and key:
        path = f"/ops/v1/streams/{segment(topic)}/{segment(key, most=1000)}"
        answers = await gather(*(visit.calls.read(service, path, limit=100) for service in SERVICES))
        panels = [each for each in answers if each.problem is None or not each.problem.is_not_found]
    owner = next((each for each in panels if each.get("head") is not None), None)
    events = owner.get("events") if owner else None
    return visit.page(
        "operations/stream.html",
        Words("Stream", "Stream"),
        command=line("stream", topic, key) if topic and key else "",
        topic=topic,
        key=key,
        panels=panels,
        owner=owner,
        events=[each for each in events or [] if isinstance(each, dict)],
        consumers=[
            {**row, "service": each.service}
            for each in panels
            for row in each.get("consumers") or []
            if isinstance(row, dict)
        ],
        administration=key if topic == "koppel.administration.v1" else key.partition("/")[0],
    )
