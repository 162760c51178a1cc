"""Events that services logged: by cause, conversation, type, time, and what they are about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.command_line import line
from koppel_console.pages.formats import in_utc, typed_instant
from koppel_console.pages.screen import Part, Screen
from koppel_console.pages.visit import Visit
from koppel_console.screens.operations.all_organisations import ORGANISATION, Filter
from koppel_console.screens.operations.operator import Operator, named, of_each
from koppel_console.screens.operations.overview import with_service
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, part=Part.OPERATORS)
_FILTERS = (
    Filter("type", Words("Soort", "Type")),
    Filter("administration_id", Words("Administratie", "Administration")),
    Filter("connection_id", Words("Verbinding", "Connection")),
    ORGANISATION,
    Filter("event_id", Words("Event", "Event")),
    Filter("correlation_id", Words("Gesprek", "Conversation")),
    Filter("causation_id", Words("Gevolgen van", "Caused by")),
    Filter("from", Words("Vanaf", "From")),
    Filter("to", Words("Tot", "To")),
)


@router.get("/ops/events")
async def events(visit: Operator, service: str = "", cursor: str = "", payload: str = "") -> Response:
    """Oldest first, of every service or of one; without a condition those of the last hour."""
    given = visit.request.query_params
    values = {each.name: given.get(each.name, "").strip()[:200] for each in _FILTERS}
    asked = _asked(visit, values)
    rights = visit.session.rights if visit.session else ()
    shown = bool(payload) and "payload" in rights
    services = named(service)
    place = cursor if len(services) == 1 else ""
    more: dict[str, Any] = {"payload": True} if shown else {"folded": True}
    panels = await of_each(visit, "/ops/v1/events", services, **asked, **more, cursor=place, limit=100)
    return visit.page(
        "operations/events.html",
        Words("Events", "Events"),
        command=_command(asked, services[0] if len(services) == 1 else "", payload=shown),
        panels=panels,
        rows=sorted(with_service(panels), key=lambda row: str(row.get("at"))),
        filters=_FILTERS,
        values=values,
        may_see="payload" in rights,
        shown=shown,
    )


def _asked(visit: Visit, values: dict[str, str]) -> dict[str, str]:
    """What services are asked: times in UTC, one that is none passed over, and the type by its whole name."""
    asked = dict(values)
    for name in ("from", "to"):
        at = typed_instant(values[name], visit.zone)
        asked[name] = in_utc(at) if at else ""
    if values["type"] and "." not in values["type"]:
        asked["type"] = f"nl.koppel.{values['type']}.v1"
    if not any(asked.values()):
        asked["from"] = in_utc(_an_hour_ago())
    return asked


def _an_hour_ago() -> datetime:
    """The quarter of an hour before: the same question for a while, so that its last answer is known when a service is silent."""
    at = datetime.now(UTC) - timedelta(hours=1)
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def _command(asked: dict[str, str], service: str, *, payload: bool) -> str:
    named_otherwise = {
        "administration_id": "administration",
        "connection_id": "connection",
        "organisation_id": "organisation",
    }
    options: dict[str, object] = {named_otherwise.get(name, name): value for name, value in asked.items()}
    return line("events", **options, folded=not payload, payload=payload, json=payload, service=service)
