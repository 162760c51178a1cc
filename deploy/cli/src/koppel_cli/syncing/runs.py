"""`koppel runs list` and `show`."""

from collections.abc import Iterator
from typing import Annotated, Literal
from uuid import UUID

import typer

from koppel_cli.following import follow_until
from koppel_cli.lists import Columns, OrganisationList, cell, one_of, show_one, show_organisation_list
from koppel_cli.operations import Json
from koppel_cli.options import Across, AsJson, Follow, Limit, Since
from koppel_cli.organisation_calls import service_for_organisation
from koppel_cli.output import show_table, understood

_State = Literal["queued", "running", "deferred", "finished"]
_Outcome = Literal["changed", "unchanged", "partial", "failed", "cancelled", "abandoned"]
_FILTERS = frozenset({"administration_id", "state", "outcome", "code", "since"})
_COLUMNS: Columns = {
    "ID": "id",
    "STATE": "state",
    "OUTCOME": "outcome",
    "REQUESTED": "requested_at",
    "TRIGGER": "trigger",
    "FAILURE": lambda it: it["failure"] and it["failure"]["code"],
    "WHO MUST ACT": lambda it: it["failure"] and it["failure"]["who_must_act"],
    "WAITS FOR": "waiting_for",
    "GOES ON": "resume_at",
    "DETAIL": lambda it: it["failure"] and it["failure"]["detail"],
    "ADMINISTRATION": "administration_id",
}
_ONE: Columns = {
    **_COLUMNS,
    "MODE": "mode",
    "PERCENT": "percent",
    "STARTED": "started_at",
    "FINISHED": "finished_at",
    "BY": "requested_by",
    "CALLS": "calls",
    "MISSED BY INCREMENTS": "missed_by_incremental",
    "OVERLAP RAISED TO": "overlap_raised_to_seconds",
    "HELD DELETIONS": lambda it: ", ".join(each["id"] for each in it["held_deletions"]),
}
_RESOURCES = ("RESOURCE", "STATE", "FETCHED", "CHANGED", "DELETED", "UNCHANGED", "FAILED", "OF")
_LIST = OrganisationList(
    service="sync-svc",
    name="sync-runs",
    columns=_COLUMNS,
    none="no runs",
    own_filters=_FILTERS | {"sync_request_id"},
    across_filters=_FILTERS | {"q"},
)


def list_runs(
    *,
    organisation: Across = None,
    administration: Annotated[str | None, typer.Option(metavar="UUID", help="Those of one.")] = None,
    request: Annotated[str | None, typer.Option(metavar="UUID", help="That which answers it.")] = None,
    state: Annotated[_State | None, typer.Option(help="Those.")] = None,
    outcome: Annotated[_Outcome | None, typer.Option(help="Those that ended so.")] = None,
    code: Annotated[str | None, typer.Option(metavar="CODE", help="Those for which this says why.")] = None,
    since: Since = None,
    q: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Those of administrations with this in their name.")
    ] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> int:
    """Runs, newest first: how each ended and why."""
    query = {"administration_id": administration, "sync_request_id": request, "state": state, "q": q}
    query |= {"outcome": outcome, "code": code, "since": since}
    return show_organisation_list(_LIST, query, organisation=organisation, limit=limit, as_json=as_json)


def show(
    run: Annotated[UUID, typer.Argument(metavar="RUN")],
    *,
    organisation: Across = None,
    follow: Follow = False,
    as_json: AsJson = False,
) -> int:
    """One run: what was read of each resource, and why it failed. The exit code is 1 for one that failed."""

    def look() -> Json:
        return _one(str(run), organisation)

    found = follow_until(look, progress, going=going) if follow else look()
    show_one(found, _ONE, as_json=as_json)
    if not as_json:
        with understood():
            rows = list(_resources(found))
        if rows:
            print()
            show_table(_RESOURCES, rows)
    return 1 if found.get("outcome") in {"failed", "cancelled", "abandoned"} else 0


def _one(run_id: str, organisation: str | None) -> Json:
    if organisation is None:
        return service_for_organisation("sync-svc").get(f"/v1/sync-runs/{run_id}")
    return one_of(_LIST, organisation, {"run_id": run_id}, ("id", run_id), what="run")


def going(run: Json) -> bool:
    return bool(run["state"] != "finished")


def progress(run: Json) -> str:
    """How far it is, in one line."""
    waits = f", waits for {run['waiting_for']}" if run["waiting_for"] else ""
    on = f", goes on {cell(run, 'resume_at')}" if run["resume_at"] else ""
    return f"{run['administration_id']}: {run['state']} ({run['percent']} %){waits}{on}"


def _resources(run: Json) -> Iterator[list[object]]:
    for each in run["resources"]:
        counts = [each[name] for name in ("fetched", "changed", "deleted", "unchanged", "failed", "total")]
        yield [each["resource"], each["state"], *counts]
