"""`koppel find`."""

from typing import Annotated
from uuid import UUID

import typer

from koppel_cli.failure import CommandFailed
from koppel_cli.fan_out import ask_each, end_list
from koppel_cli.operations import Json, ServiceCalls, services
from koppel_cli.options import AsJson, Service
from koppel_cli.output import show_json, show_list, understood

_HEADINGS = ("KIND", "COMMAND", "SERVICE", "ORGANISATION")


def find(
    identifier: Annotated[UUID, typer.Argument(metavar="ID", help="Any id.")],
    *,
    service: Service = None,
    as_json: AsJson = False,
) -> int:
    """What an id is, of all that the services have, and the command that shows it."""
    answers = ask_each(services(service), lambda asked: _things(asked, identifier))
    found = [thing for things in answers.by_service.values() for thing in things]
    if not found:
        hint = "Events of records are found by their administration: `koppel events --administration ID`."
        raise CommandFailed("nothing_found", answers.missing(f"thing with the id {identifier}"), hint=hint)
    if as_json:
        show_json({"items": found})
    else:
        show_list(found, _HEADINGS, _row, none="")
    return end_list(answers, service=service, as_json=as_json)


def _things(service: ServiceCalls, identifier: UUID) -> list[Json]:
    answer = service.get(f"/ops/v1/find/{identifier}")
    with understood():
        return [{**thing, "service": service.name} for thing in answer["items"]]


def _row(thing: Json) -> tuple[object, ...]:
    return thing["kind"], thing["command"], thing["service"], thing["organisation_id"]
