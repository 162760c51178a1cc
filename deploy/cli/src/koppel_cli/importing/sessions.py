"""`koppel import-sessions list`, `start`, `show`, `confirm` and `summary`."""

from typing import Annotated, Literal
from uuid import UUID

import typer

from koppel_cli.following import follow_until
from koppel_cli.lists import Columns, OrganisationList, show_items, show_one, show_organisation_list
from koppel_cli.operations import Json, ServiceCalls
from koppel_cli.options import AsJson, Follow
from koppel_cli.organisation_calls import service_for_organisation
from koppel_cli.output import show_json
from koppel_cli.wording import count

SessionId = Annotated[UUID, typer.Argument(metavar="ID", help="The session's.")]
_SERVICE = "import-svc"
_COLUMNS: Columns = {
    "ID": "id",
    "PROVIDER": "provider",
    "STATE": "state",
    "FOUND": "counts.candidates",
    "SELECTED": "counts.selected",
    "BEGUN": "created_at",
    "EXPIRES": "expires_at",
    "FAILURE": lambda it: it["failure"] and it["failure"]["code"],
    "BY": "created_by",
    "CONNECTION": "connection_id",
}
_ONE: Columns = {
    **_COLUMNS,
    "NEW": "counts.new",
    "ALREADY IMPORTED": "counts.already_imported",
    "IMPORTED": "counts.imported",
    "LOGINS": "counts.grants",
    "LOGINS LOOKED AT": "counts.discovered",
    "LOGINS FAILED": "counts.failed",
    "WHO MUST ACT": lambda it: it["failure"] and it["failure"]["who_must_act"],
    "DETAIL": lambda it: it["failure"] and it["failure"]["detail"],
}
_LIST = OrganisationList(
    service=_SERVICE,
    name="import-sessions",
    columns=_COLUMNS,
    none="no import sessions",
    own_filters=frozenset({"connection_id", "state"}),
)
_IMPORTED: Columns = {"ADMINISTRATION": "id", "CANDIDATE": "candidate_id"}
_SUMMARY: Columns = {
    "ID": "id",
    "NAME": "name",
    "KVK NUMBER": lambda it: it["kvk_number"] or it["no_kvk_reason"],
    "SECTOR": lambda it: it["sector"] and it["sector"]["code"],
    "SECTOR FROM": "sector_source",
}
_State = Literal["discovering", "selecting", "imported", "failed", "expired"]


def list_sessions(
    *,
    connection: Annotated[str | None, typer.Option(metavar="ID", help="Those of this connection.")] = None,
    state: Annotated[_State | None, typer.Option(help="Those.")] = None,
    as_json: AsJson = False,
) -> int:
    """The office's, newest first: a wizard can be taken up again."""
    return show_organisation_list(_LIST, {"connection_id": connection, "state": state}, as_json=as_json)


def start(
    connection: Annotated[UUID, typer.Argument(metavar="CONNECTION", help="Its id.")],
    *,
    follow: Follow = False,
    as_json: AsJson = False,
) -> int:
    """Find what a connection's logins can import."""
    service = service_for_organisation(_SERVICE)
    begun = service.create("/v1/import-sessions", {"connection_id": str(connection)})
    return _shown(service, str(begun["id"]), follow=follow, as_json=as_json)


def show(session: SessionId, *, follow: Follow = False, as_json: AsJson = False) -> int:
    """One session: its state, what was found, what failed."""
    return _shown(service_for_organisation(_SERVICE), str(session), follow=follow, as_json=as_json)


def confirm(session: SessionId, *, as_json: AsJson = False) -> int:
    """Import what is selected; each of them needs a valid profile."""
    done = service_for_organisation(_SERVICE).create(f"/v1/import-sessions/{session}/confirm", {})
    if as_json:
        show_json(done)
    else:
        show_items(done["administrations"], _IMPORTED, none="nothing was imported", as_json=False)
    return 0


def summary(session: SessionId, *, as_json: AsJson = False) -> int:
    """What the session imported: the wizard's last screen."""
    found = service_for_organisation(_SERVICE).get(f"/v1/import-sessions/{session}/summary")
    if as_json:
        show_json(found)
    else:
        show_items(found["administrations"], _SUMMARY, none="nothing was imported", as_json=False)
    return 0


def _shown(service: ServiceCalls, session: str, *, follow: bool, as_json: bool) -> int:
    def look() -> Json:
        return service.get(f"/v1/import-sessions/{session}")

    found = follow_until(look, _told, going=_going) if follow else look()
    show_one(found, _ONE, as_json=as_json)
    return 1 if found.get("state") == "failed" else 0


def _going(session: Json) -> bool:
    return bool(session["state"] == "discovering")


def _told(session: Json) -> str:
    counts = session["counts"]
    return f"{session['state']}: {count(counts['candidates'], 'candidate')} at {count(counts['grants'], 'login')}"
