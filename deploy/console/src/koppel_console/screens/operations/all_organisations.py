"""Lists over all offices: administrations, connections, syncs, pauses, logins and held deletions; filters stand in the address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.command_line import line
from koppel_console.pages.formats import in_utc, typed_instant
from koppel_console.pages.screen import Part, Screen
from koppel_console.screens.operations.operator import Operator, Service
from koppel_console.services.calls import Query
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, part=Part.OPERATORS)
_ROWS = 50
_OUTCOMES = ("changed", "unchanged", "partial", "failed", "cancelled", "abandoned")


@dataclass(frozen=True, slots=True)
class Filter:
    """A field of the form over a list. `option` is its name on the command line where that is another one."""

    name: str
    words: Words
    choices: tuple[str, ...] = ()
    option: str = ""


ORGANISATION = Filter("organisation_id", Words("Kantoor", "Office"), option="organisation")
SEARCH = Filter("q", Words("Zoek", "Search"))
CODE = Filter("code", Words("Code", "Code"))
SINCE = Filter("since", Words("Vanaf", "From"))
OF_ADMINISTRATION = Filter(
    "administration_id", Words("Administratie", "Administration"), option="administration"
)


def _state(*choices: str) -> Filter:
    return Filter("state", Words("Stand", "State"), choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One list: its address is `/ops/<name>`, its template `all_<name>.html`."""

    name: str
    title: Words
    service: Service
    path: str
    command: str
    filters: tuple[Filter, ...]
    asked: Mapping[str, Query] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)


LISTS = (
    Listed(
        name="administrations",
        title=Words("Administraties van alle kantoren", "Administrations of all offices"),
        service="import-svc",
        path="/ops/v1/administrations",
        command="administrations list",
        filters=(
            SEARCH,
            ORGANISATION,
            _state("active", "removed"),
            Filter("connection_id", Words("Verbinding", "Connection"), option="connection"),
            SINCE,
        ),
        asked={"sort": "name"},
        options={"sort": "name"},
    ),
    Listed(
        name="connections",
        title=Words("Verbindingen van alle kantoren", "Connections of all offices"),
        service="connection-svc",
        path="/ops/v1/connections",
        command="connections list",
        filters=(
            SEARCH,
            ORGANISATION,
            _state("pending", "active", "reauthorization_required", "revoked", "deleted"),
            CODE,
            SINCE,
        ),
    ),
    Listed(
        name="runs",
        title=Words("Synchronisaties van alle kantoren", "Syncs of all offices"),
        service="sync-svc",
        path="/ops/v1/sync-runs",
        command="runs list",
        filters=(
            SEARCH,
            ORGANISATION,
            OF_ADMINISTRATION,
            _state("queued", "running", "deferred", "finished"),
            Filter("outcome", Words("Uitkomst", "Outcome"), _OUTCOMES),
            CODE,
            SINCE,
        ),
    ),
    Listed(
        name="pauses",
        title=Words("Pauzes", "Pauses"),
        service="sync-svc",
        path="/ops/v1/sync-status",
        command="sync-status list",
        filters=(
            SEARCH,
            ORGANISATION,
            Filter("outcome", Words("Laatste uitkomst", "Last outcome"), _OUTCOMES),
        ),
        asked={"paused": True, "sort": "name"},
        options={"paused": True, "sort": "name"},
    ),
    Listed(
        name="logins",
        title=Words("Wie moet opnieuw inloggen", "Who has to log in again"),
        service="sync-svc",
        path="/ops/v1/reauthorizations",
        command="reauthorizations",
        filters=(SEARCH, ORGANISATION, CODE),
    ),
    Listed(
        name="held-deletions",
        title=Words("Verwijderingen die wachten", "Deletions that wait"),
        service="sync-svc",
        path="/ops/v1/held-deletions",
        command="held-deletions list",
        filters=(ORGANISATION, OF_ADMINISTRATION, _state("open", "released", "rejected")),
    ),
)


def _register(listed: Listed) -> None:
    @router.get(f"/ops/{listed.name}", name=f"all_{listed.name}")
    async def page(visit: Operator, cursor: str = "") -> Response:
        given = visit.request.query_params
        values = {each.name: given.get(each.name, "").strip()[:200] for each in listed.filters}
        for each in listed.filters:
            if each.choices and values[each.name] not in each.choices:
                values[each.name] = ""
        asked = _asked(values, visit.zone)
        found = await visit.calls.read(
            listed.service, listed.path, **asked, **listed.asked, cursor=cursor, limit=_ROWS, total=True
        )
        return visit.page(
            f"operations/all_{listed.name.replace('-', '_')}.html",
            listed.title,
            command=_command(listed, asked),
            found=found,
            path=f"/ops/{listed.name}",
            filters=listed.filters,
            values=values,
        )


for _listed in LISTS:
    _register(_listed)


def _asked(values: dict[str, str], zone: tzinfo) -> dict[str, str]:
    """What the service is asked; a time that is none is passed over."""
    asked = dict(values)
    if "since" in asked:
        at = typed_instant(asked["since"], zone)
        asked["since"] = in_utc(at) if at else ""
    return asked


def _command(listed: Listed, asked: dict[str, str]) -> str:
    options: dict[str, object] = {"organisation": asked.get("organisation_id") or "all"}
    for each in listed.filters:
        if each is not ORGANISATION:
            options[each.option or each.name] = asked[each.name]
    return line(listed.command, **options, **listed.options)
