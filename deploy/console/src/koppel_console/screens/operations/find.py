"""Zoek: whatever id is pasted, what it is, where it is shown, and the command that shows it."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.command_line import line
from koppel_console.pages.screen import Part, Screen
from koppel_console.pages.visit import Visit
from koppel_console.screens.operations.operator import Operator, of_each
from koppel_console.screens.operations.overview import with_service
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, part=Part.OPERATORS)
_LONGEST = 300
_OWN = {
    "administration": "/administrations/{id}",
    "assignment": "/administrations/{id}",
    "assignment_plan": "/plans/{id}",
    "candidate": "/imports/{named}",
    "connection": "/connections/{id}",
    "division": "/divisions",
    "grant": "/connections/{named}",
    "held_deletion": "/held-deletions",
    "import_session": "/imports/{id}",
    "login_round": "/connections/{named}",
    "reauthorization": "/reauthorizations",
    "run": "/runs/{id}",
    "sync_policy": "/administrations/{id}/schedule",
    "sync_request": "/runs/{named}",
    "template": "/templates",
    "user": "/users",
}
"""Screens of the operator's own office, for one who has a part in it."""
_ANY = {
    "event": "/ops/events?event_id={id}",
    "correlation": "/ops/events?correlation_id={id}",
    "cause": "/ops/events?causation_id={id}",
    "parked": "/ops/parked/{service}/{id}",
    "release": "/ops/releases/{service}/{id}",
    "replay": "/ops/replays/{service}/{id}",
    "administration": "/ops/timeline/{id}",
    "assignment": "/ops/timeline/{id}",
    "sync_policy": "/ops/timeline/{id}",
    "held_deletion": "/ops/held-deletions?administration_id={named}",
    "reauthorization": "/ops/logins?organisation_id={organisation}",
    "organisation": "/ops/organisations?q={id}",
    "connection": "/ops/connections/{id}",
    "grant": "/ops/connections/{named}",
    "login_round": "/ops/connections/{named}",
    "run": "/ops/runs/{id}",
    "sync_request": "/ops/runs/{named}",
    "import_session": "/ops/audit?target={id}",
    "candidate": "/ops/audit?target={named}",
    "assignment_plan": "/ops/audit?target={id}",
    "user": "/ops/audit?target={id}",
    "division": "/ops/audit?target={id}",
    "template": "/ops/audit?target={id}",
}
"""By kind; `named` is the first id in the command that shows it: of what it is a part of."""
_OTHERWISE = "/ops/audit?target={id}"


@router.get("/ops/find")
async def find(visit: Operator, id: str = "") -> Response:  # noqa: A002  (its name in the address)
    """An id in any spelling; of other text, the lists that can be searched for it."""
    given = id.strip()[:_LONGEST]
    found = id_in(given)
    panels = await of_each(visit, f"/ops/v1/find/{found}") if found else []
    rows = [{**each, "place": place_of(each, visit)} for each in with_service(panels)]
    topic, _, key = given.partition(" ") if given.startswith("koppel.") else ("", "", "")
    return visit.page(
        "operations/find.html",
        Words("Zoek", "Find"),
        command=line("find", found) if found else "",
        given=given,
        id=found,
        panels=panels,
        rows=rows,
        topic=topic,
        key=key.strip(),
    )


def id_in(text: str) -> UUID | None:
    """The id in what was pasted: as it is, after a colon or a slash (`person:…`, `connection/…`), or in an address."""
    for part in (text, *reversed(text.replace("/", ":").replace("=", ":").replace("?", ":").split(":"))):
        try:
            return UUID(part.strip())
        except ValueError:
            continue
    return None


def place_of(thing: dict[str, Any], visit: Visit) -> str:
    """The screen that shows it, the office's own where it is of the operator's office."""
    kind, organisation = str(thing.get("kind")), str(thing.get("organisation_id") or "")
    session = visit.session
    own = session is not None and organisation == session.organisation and session.sees("organisation")
    pattern = (_OWN.get(kind) if own else None) or _ANY.get(kind) or _OTHERWISE
    named = next(filter(None, map(id_in, str(thing.get("command") or "").split())), "")
    return pattern.format(
        id=_plain(thing.get("id")),
        service=_plain(thing.get("service")),
        organisation=_plain(organisation),
        named=_plain(named),
    )


def _plain(value: object) -> str:
    """What may stand in an address as it is."""
    return "".join(
        each for each in str(value or "")[:60] if each.isascii() and (each.isalnum() or each == "-")
    )
