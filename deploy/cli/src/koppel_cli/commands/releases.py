"""`koppel releases`: retries of many parked events, and what became of each step."""

from typing import Annotated, Literal
from uuid import UUID

import typer

from koppel_cli import fan_out
from koppel_cli.fan_out import ask_each, end_list
from koppel_cli.following import follow_until
from koppel_cli.group import Listing
from koppel_cli.help import OPERATIONS, examples
from koppel_cli.lists import Columns, cell, show_one
from koppel_cli.operations import Json, services
from koppel_cli.options import AsJson, Follow, Service
from koppel_cli.output import show_json, show_list, show_table, understood

_COLUMNS: Columns = {
    "ID": "id",
    "CONSUMER": "consumer",
    "STATE": "state",
    "ASKED": "asked",
    "APPLIED": "applied",
    "PARKED AGAIN": "parked_again",
    "WAITING": "waiting",
    "MADE": "created_at",
    "ENDED": "ended_at",
    "WHO": "who",
    "WHY": "why",
}
_ONE: Columns = {**_COLUMNS, "OTHERWISE": "otherwise", "RATE": "rate", "LADDER": "ladder"}
_STEPS: Columns = {
    "STEP OF": "events",
    "APPLIED": "applied",
    "PARKED AGAIN": "parked_again",
    "WAITING": "waiting",
    "OTHERWISE": "otherwise",
    "BEGAN": "began_at",
}


def register(koppel: typer.Typer) -> None:
    group = typer.Typer(
        cls=Listing,
        help="Retries of many parked events, each an act with an id.",
        epilog=examples("koppel releases", "koppel releases show ID --follow", environment=True),
    )
    koppel.add_typer(group, name="releases", rich_help_panel=OPERATIONS)
    group.command("list", epilog=examples("koppel releases list --state stopped"))(_list)
    group.command("show", epilog=examples("koppel releases show ID --follow"))(_show)


def _list(
    *,
    state: Annotated[Literal["running", "stopped", "finished"] | None, typer.Option(help="Those.")] = None,
    service: Service = None,
    as_json: AsJson = False,
) -> int:
    """All of them, as each service keeps them."""
    query = {"state": state}
    answers = ask_each(services(service), lambda asked: list(asked.items("/ops/v1/releases", query)))
    found = fan_out.flat(answers.by_service.values())
    if as_json:
        show_json(found)
    else:
        none = f"no releases at {answers.asked}"
        show_list(found, tuple(_COLUMNS), lambda it: [cell(it, how) for how in _COLUMNS.values()], none=none)
    return end_list(answers, service=service, as_json=as_json)


def _show(
    release: Annotated[UUID, typer.Argument(metavar="ID")],
    *,
    follow: Follow = False,
    service: Service = None,
    as_json: AsJson = False,
) -> int:
    """One of them: who asked, why, and what became of each step. The exit code is 1 when it stopped."""
    path = f"/ops/v1/releases/{release}"
    having, found = fan_out.find(
        services(service),
        path,
        what=f"release {release}",
        code="release_not_found",
        hint="`koppel releases` shows those there are.",
    )
    if follow:
        found = follow_until(lambda: having.get(path), _told, going=lambda it: it["state"] == "running")
    show_one(found, _ONE, as_json=as_json)
    if not as_json:
        with understood():
            steps = [[cell(each, how) for how in _STEPS.values()] for each in found["steps"]]
        if steps:
            print()
            show_table(tuple(_STEPS), steps)
    return 1 if found.get("state") == "stopped" else 0


def _told(release: Json) -> str:
    return (
        f"{release['state']}: {release['applied']} of {release['asked']} applied, "
        f"{release['parked_again']} parked again"
    )
