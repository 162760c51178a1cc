"""`koppel syncs start` and `cancel`."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

import typer

from koppel_cli.following import follow_until
from koppel_cli.lists import Columns, show_items
from koppel_cli.operations import Json, ServiceCalls
from koppel_cli.options import AsJson
from koppel_cli.organisation_calls import service_for_organisation
from koppel_cli.output import say, show_json, understood
from koppel_cli.syncing.runs import going, progress

_AT_ONCE = 200
_COLUMNS: Columns = {
    "ADMINISTRATION": "administration_id",
    "RUN": "run_id",
    "JOINED": lambda it: "yes" if it["joined"] else None,
    "WAITS FOR": "waiting_for",
    "GOES ON": "resume_at",
    "PAUSED": lambda it: it["paused"] and it["paused"]["cause"],
    "REQUEST": "sync_request_id",
}
_ENDED: Columns = {
    "ADMINISTRATION": "administration_id",
    "OUTCOME": "outcome",
    "FAILURE": lambda it: it["failure"] and it["failure"]["code"],
    "WHO MUST ACT": lambda it: it["failure"] and it["failure"]["who_must_act"],
    "RUN": "id",
}


def start(
    administrations: Annotated[list[UUID], typer.Argument(metavar="ADMINISTRATION...")],
    *,
    resource: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only it, e.g. contact. Repeatable.")
    ] = None,
    mode: Annotated[
        Literal["incremental", "full"] | None,
        typer.Option(help="What changed, or all. [default: incremental]"),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "--wait", "-f", help="Watch the runs to their end.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Ask for a sync of administrations. With `--follow` the exit code is 1 when one failed."""
    service = service_for_organisation("sync-svc")
    asked: list[Json] = []
    for begin in range(0, len(administrations), _AT_ONCE):
        ids = [str(each) for each in administrations[begin : begin + _AT_ONCE]]
        body = {"administration_ids": ids, "resources": resource, "mode": mode}
        given = {name: value for name, value in body.items() if value is not None}
        asked += service.create("/v1/syncs", given)["items"]
    if not follow:
        show_items(asked, _COLUMNS, none="nothing was asked for", as_json=as_json)
        return 0
    ended = _watched(service, asked)
    show_items(ended, _ENDED, none="nothing was asked for", as_json=as_json)
    return 1 if any(run["outcome"] in {"failed", "cancelled", "abandoned"} for run in ended) else 0


def cancel(run: Annotated[UUID, typer.Argument(metavar="RUN")], *, as_json: AsJson = False) -> int:
    """End a run; what it wrote stays."""
    ended = service_for_organisation("sync-svc").post(f"/v1/sync-runs/{run}/cancel")
    if as_json:
        show_json(ended)
    else:
        print(f"is being cancelled: run {run}")
        say("`koppel runs show RUN --follow` watches it")
    return 0


def _watched(service: ServiceCalls, asked: Sequence[Json]) -> list[Json]:
    """The run of each request, at its end."""
    with understood():
        return [_ended(service, str(each["sync_request_id"])) for each in asked]


def _ended(service: ServiceCalls, request: str) -> Json:
    """A request has no run until the service has heard of it."""

    def look() -> Json:
        runs = service.get("/v1/sync-runs", {"sync_request_id": request})["items"]
        return runs[0] if runs else {}

    return follow_until(
        look,
        lambda run: progress(run) if run else f"{request}: asked for",
        going=lambda run: not run or going(run),
    )
