"""`koppel audit`: what operators did and read."""

from itertools import islice
from typing import Annotated

import typer

from koppel_cli import fan_out
from koppel_cli.fan_out import ask_each, end_list
from koppel_cli.help import OPERATIONS, examples
from koppel_cli.lists import Columns, cell
from koppel_cli.operations import services
from koppel_cli.options import AsJson, Limit, Organisation, Service, Since
from koppel_cli.output import show_json, show_list
from koppel_cli.wording import since as since_then

_COLUMNS: Columns = {
    "AT": lambda row: since_then(row["at"]),
    "SERVICE": "service",
    "ACTION": "action",
    "TARGET": "target",
    "ACTOR": "actor",
    "REASON": "reason",
    "ORGANISATION": "organisation_id",
    "CORRELATION": "correlation_id",
}


def register(koppel: typer.Typer) -> None:
    ends = examples(
        "koppel audit --since 2026-11-29T00:00:00Z", "koppel audit --actor person:UUID", environment=True
    )
    koppel.command("audit", rich_help_panel=OPERATIONS, epilog=ends)(_audit)


def _audit(
    *,
    actor: Annotated[str | None, typer.Option(metavar="NAME", help="What this one did.")] = None,
    action: Annotated[
        str | None, typer.Option(metavar="NAME", help="Those, e.g. parked_events.retried.")
    ] = None,
    target: Annotated[str | None, typer.Option(metavar="TEXT", help="What was done to it.")] = None,
    organisation: Organisation = None,
    since: Since = None,
    service: Service = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> int:
    """What operators did and what they read of others, newest first."""
    query = {
        "actor": actor,
        "action": action,
        "target": target,
        "organisation_id": None if organisation is None else str(organisation),
        "since": since,
    }
    answers = ask_each(
        services(service),
        lambda asked: [
            {**row, "service": asked.name} for row in islice(asked.items("/ops/v1/audit", query), limit)
        ],
    )
    found = fan_out.flat(answers.by_service.values())
    found = sorted(found, key=lambda row: str(row.get("at")), reverse=True)[:limit]
    if as_json:
        show_json(found)
    else:
        show_list(
            found,
            tuple(_COLUMNS),
            lambda it: [cell(it, how) for how in _COLUMNS.values()],
            none=f"nothing is written down at {answers.asked} for that",
        )
    return end_list(answers, service=service, as_json=as_json)
