"""`koppel sync-status list` and `show`."""

from typing import Annotated, Literal

import typer

from koppel_cli.lists import Columns, OrganisationList, one_of, show_one, show_organisation_list
from koppel_cli.operations import Json
from koppel_cli.options import Across, Administration, AsJson, Limit, Search
from koppel_cli.organisation_calls import service_for_organisation

_Outcome = Literal["changed", "unchanged", "partial", "failed", "cancelled", "abandoned"]
_Order = Literal["name", "-name", "last_synced_at", "-last_synced_at"]
_FILTERS = frozenset({"paused", "outcome", "q", "sort"})


def _fresh(status: Json) -> str | None:
    freshness = status["freshness"]
    if freshness is None:
        return None
    return "yes" if freshness["met"] else f"no: {freshness['cause'] or 'late'}"


def _running(status: Json) -> str | None:
    running = status["running"]
    if running is None:
        return None
    left = "" if running["eta_seconds"] is None else f", {running['eta_seconds']} s to go"
    return f"{running['state']} {running['percent']} %{left}"


_COMMON: Columns = {
    "SYNCED": "last_synced_at",
    "OUTCOME": "last_outcome",
    "FRESH": _fresh,
    "PAUSED": lambda it: it["paused"] and it["paused"]["cause"],
    "WHO MUST ACT": lambda it: it["paused"] and it["paused"]["who_must_act"],
    "NEXT": "next_due_at",
    "RUNNING": _running,
}
_ONE: Columns = {
    **_COMMON,
    "TOOK SECONDS": "last_duration_seconds",
    "AGE SECONDS": "freshness.age_seconds",
    "OBJECTIVE SECONDS": "freshness.objective_seconds",
    "PAUSED SINCE": "paused.since",
    "PAUSED SCOPE": "paused.scope",
    "ACT BY": "paused.act_by",
    "RESUMES WHEN": "paused.resumes_when",
    "RUN": "running.run_id",
}
_LIST = OrganisationList(
    service="sync-svc",
    name="sync-status",
    columns={"ADMINISTRATION": "administration_id", **_COMMON, "NAME": "name"},
    none="no administrations",
    own_filters=_FILTERS,
    across_filters=_FILTERS,
)


def list_status(
    *,
    organisation: Across = None,
    q: Search = None,
    outcome: Annotated[_Outcome | None, typer.Option(help="Those whose last run ended so.")] = None,
    paused: Annotated[
        bool | None, typer.Option("--paused/--not-paused", help="Those that a pause holds, or not.")
    ] = None,
    sort: Annotated[_Order | None, typer.Option(help="The order of the list.")] = None,
    limit: Limit = 200,
    as_json: AsJson = False,
) -> int:
    """A row an administration."""
    held = None if paused is None else str(paused).lower()
    query = {"q": q, "outcome": outcome, "paused": held, "sort": sort}
    return show_organisation_list(_LIST, query, organisation=organisation, limit=limit, as_json=as_json)


def show(administration: Administration, *, organisation: Across = None, as_json: AsJson = False) -> int:
    """One administration: how old its data is, what holds it up, when it is read next."""
    if organisation is None:
        path = f"/v1/administrations/{administration}/sync-status"
        found = service_for_organisation("sync-svc").get(path)
    else:
        wanted = ("administration_id", str(administration))
        found = one_of(_LIST, organisation, {}, wanted, what="administration")
    return show_one(found, _ONE, as_json=as_json)
