"""`koppel assignments plans`, `plan`, `show`, `apply` and `undo`."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

import typer

from koppel_cli.failure import CommandFailed
from koppel_cli.lists import Columns, OrganisationList, show_items, show_organisation_list
from koppel_cli.operations import Json
from koppel_cli.options import AsJson
from koppel_cli.organisation_calls import service_for_organisation
from koppel_cli.output import show_json, show_lines, understood
from koppel_cli.wording import count

_SERVICE = "assignment-svc"
_Id = Annotated[UUID, typer.Argument(metavar="PLAN")]
_LIST = OrganisationList(
    service=_SERVICE,
    name="assignment-plans",
    columns={
        "ID": "id",
        "STATE": "state",
        "OF": "administrations",
        "CHANGED": "changed",
        "MADE": "created_at",
        "APPLIED": "applied_at",
        "UNDONE": "undone_at",
        "BY": "created_by",
    },
    none="no plans",
    own_filters=frozenset({"state"}),
)
_CHANGES: Columns = {
    "ADMINISTRATION": "administration_id",
    "FIELD": "field",
    "FROM": "from",
    "TO": "to",
}
_RESULTS: Columns = {
    "ADMINISTRATION": "administration_id",
    "OUTCOME": "outcome",
    "VERSION": "version",
    "WHY": "why",
}
_Users = Annotated[list[UUID] | None, typer.Option(metavar="UUID", help="Repeatable.")]


def list_plans(
    *,
    state: Annotated[Literal["planned", "applied", "undone"] | None, typer.Option(help="Those.")] = None,
    as_json: AsJson = False,
) -> int:
    """The office's plans, newest first."""
    return show_organisation_list(_LIST, {"state": state}, as_json=as_json)


def plan(
    administrations: Annotated[
        list[UUID] | None, typer.Argument(metavar="[ADMINISTRATION]...", help="Of which.")
    ] = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="Of all of the office.")] = False,
    import_session: Annotated[
        UUID | None, typer.Option("--import-session", metavar="ID", help="Of all that it imported.")
    ] = None,
    division: Annotated[UUID | None, typer.Option(metavar="UUID", help="Put in this division.")] = None,
    template: Annotated[UUID | None, typer.Option(metavar="UUID", help="Give this template.")] = None,
    add_user: _Users = None,
    remove_user: _Users = None,
    replace_users: _Users = None,
    as_json: AsJson = False,
) -> int:
    """What would change: nothing does before `apply`."""
    whose = _whose(administrations, all_=all_, import_session=import_session)
    users = _users({"add": add_user, "remove": remove_user, "replace": replace_users})
    told = {"division_id": division and str(division), "template_id": template and str(template), **users}
    chosen = {name: value for name, value in told.items() if value is not None}
    made = service_for_organisation(_SERVICE).create("/v1/assignment-plans", {**whose, "set": chosen})
    return _show(made, as_json=as_json)


def show(plan_id: _Id, *, as_json: AsJson = False) -> int:
    """One plan: what it changes, and what came of it."""
    return _show(service_for_organisation(_SERVICE).get(f"/v1/assignment-plans/{plan_id}"), as_json=as_json)


def apply(
    plan_id: _Id,
    *,
    partial: Annotated[
        bool, typer.Option("--partial", help="Apply what still is as it was planned.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Carry it out. The exit code is 1 when something was in the way."""
    path, body = f"/v1/assignment-plans/{plan_id}/apply", {"partial": True} if partial else {}
    return _results(service_for_organisation(_SERVICE).create(path, body), as_json=as_json)


def undo(plan_id: _Id, *, as_json: AsJson = False) -> int:
    """Put everything back as it was."""
    path = f"/v1/assignment-plans/{plan_id}/undo"
    return _results(service_for_organisation(_SERVICE).create(path), as_json=as_json)


def _whose(administrations: Sequence[UUID] | None, *, all_: bool, import_session: UUID | None) -> Json:
    if sum((bool(administrations), all_, import_session is not None)) != 1:
        detail = "Say of which administrations: their ids, --all or --import-session."
        raise CommandFailed("missing_argument", detail, hint="One of the three.")
    if import_session is not None:
        return {"import_session_id": str(import_session)}
    return {"administration_ids": "all" if all_ else [str(each) for each in administrations or ()]}


def _users(given: dict[str, list[UUID] | None]) -> Json:
    chosen = {mode: ids for mode, ids in given.items() if ids}
    if len(chosen) > 1:
        detail = "Users are added, removed or replaced: one of these in a plan."
        raise CommandFailed("wrong_arguments", detail, hint="Make a plan for each.")
    if not chosen:
        return {}
    [(mode, ids)] = chosen.items()
    return {"users": {"mode": mode, "ids": [str(each) for each in ids]}}


def _show(made: Json, *, as_json: bool) -> int:
    if as_json:
        show_json(made)
        return 0
    show_lines(_summary, made)
    show_items(made["changes"], _CHANGES, none="nothing would change", as_json=False)
    return 0


def _summary(made: Json) -> list[str]:
    summary = made["summary"]
    return [
        f"plan {made['id']}  {made['state']}",
        f"{count(summary['changed'], 'administration')} of {summary['administrations']} would change",
        "",
    ]


def _results(done: Json, *, as_json: bool) -> int:
    if as_json:
        show_json(done)
    else:
        print(f"plan {done.get('id')}  {done.get('state')}")
        show_items(done["results"], _RESULTS, none="nothing changed", as_json=False)
    with understood():
        return 1 if any(each["outcome"] == "conflict" for each in done["results"]) else 0
