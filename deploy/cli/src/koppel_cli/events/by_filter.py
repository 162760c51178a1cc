"""`koppel events`."""

from typing import Annotated
from uuid import UUID

import typer

from koppel_cli.events.options import From, Limit, To
from koppel_cli.events.reading import beginnings, read_events
from koppel_cli.events.story import in_causal_order, name_of
from koppel_cli.failure import CommandFailed
from koppel_cli.fan_out import ask_each, end_list
from koppel_cli.operations import Json, services
from koppel_cli.options import AsJson, Organisation, Service
from koppel_cli.output import say, show_json, show_list, understood
from koppel_cli.wording import clock

_HEADINGS = ("AT (UTC)", "EVENT", "VERSION", "PUBLISHED", "KEY", "EVENT ID", "CAUSED BY", "CONVERSATION")


def events(
    *,
    administration: Annotated[UUID | None, typer.Option(metavar="UUID", help="Of its own streams.")] = None,
    connection: Annotated[UUID | None, typer.Option(metavar="UUID", help="Of its own stream.")] = None,
    organisation: Organisation = None,
    causation_id: Annotated[UUID | None, typer.Option(metavar="UUID", help="What this event caused.")] = None,
    correlation_id: Annotated[UUID | None, typer.Option(metavar="UUID", help="Of this conversation.")] = None,
    event_id: Annotated[UUID | None, typer.Option(metavar="UUID", help="This one.")] = None,
    type_: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPE", help="E.g. AdministrationImported, or its whole type."),
    ] = None,
    from_: From = None,
    to: To = None,
    folded: Annotated[bool, typer.Option("--folded", help="Records of one cause as one.")] = False,
    payload: Annotated[
        bool, typer.Option("--payload", help="What they say, in --json: needs the right payload.")
    ] = False,
    limit: Limit = 100,
    service: Service = None,
    as_json: AsJson = False,
) -> int:
    """What services logged, oldest first: by cause, by what it is about, by office, type and time."""
    given = {
        "administration_id": administration,
        "connection_id": connection,
        "organisation_id": organisation,
        "causation_id": causation_id,
        "correlation_id": correlation_id,
        "event_id": event_id,
        "type": _whole_type(type_),
        "from": from_,
        "to": to,
    }
    query = {name: str(value) for name, value in given.items() if value is not None}
    if not query:
        raise CommandFailed(
            "filter_empty", "Give at least one condition.", hint="`koppel events --help` has them."
        )
    further = {"folded": "true" if folded else None, "payload": "true" if payload else None}
    return _show({**query, **further}, limit, service=service, as_json=as_json)


def _show(query: dict[str, str | None], limit: int, *, service: str | None, as_json: bool) -> int:
    answers = ask_each(services(service), lambda asked: read_events(asked, query, limit))
    with understood():
        ordered = in_causal_order({name: each.items for name, each in answers.by_service.items()})
        found = [{**item, "service": name} for name, item in ordered]
    if as_json:
        begin = {name: each.begins_at for name, each in answers.by_service.items()}
        show_json({"items": found, "log_begins_at": begin})
    else:
        show_list(found, _HEADINGS, _row, none="no events")
        say(beginnings(answers.by_service))
    for name in (name for name, each in answers.by_service.items() if each.more):
        say(f"the first {limit} of {name}; there are more: --limit N shows as many")
    return end_list(answers, service=service, as_json=as_json)


def _whole_type(name: str | None) -> str | None:
    return name if name is None or "." in name else f"nl.koppel.{name}.v1"


def _row(event: Json) -> tuple[object, ...]:
    several = f" × {event['count']}" if event["count"] > 1 else ""
    return (
        clock(event["at"]),
        f"{name_of(event)}{several}",
        event["version"],
        "yes" if event["published"] else "no",
        event["key"],
        event["event_id"],
        event["causation_id"],
        event["correlation_id"],
    )
