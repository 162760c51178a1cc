"""`koppel stream`: one stream, by whoever logged it and whoever reads it."""

from typing import Annotated
from urllib.parse import quote

import typer

from koppel_cli.failure import CommandFailed
from koppel_cli.fan_out import ask_each, end_list
from koppel_cli.help import OPERATIONS, examples
from koppel_cli.operations import Json, services
from koppel_cli.options import AsJson, Service
from koppel_cli.output import show_json, show_table, understood
from koppel_cli.wording import since


def register(koppel: typer.Typer) -> None:
    ends = examples("koppel stream koppel.administration.v1 0198c0de-…", environment=True)
    koppel.command("stream", rich_help_panel=OPERATIONS, epilog=ends)(_stream)


def _stream(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="E.g. koppel.administration.v1.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="E.g. the administration's id.")],
    *,
    service: Service = None,
    limit: Annotated[int, typer.Option(metavar="N", help="How many events.")] = 50,
    as_json: AsJson = False,
) -> int:
    """One stream of events, newest first, and how far each consumer is."""
    path, query = f"/ops/v1/streams/{quote(topic, safe='')}/{quote(key)}", {"limit": limit}
    answers = ask_each(services(service), lambda asked: asked.get_or_none(path, query))
    found = {name: stream for name, stream in answers.by_service.items() if stream is not None}
    if not found:
        detail = answers.missing(f"stream {topic} {key}")
        raise CommandFailed("stream_not_found", detail, hint="docs/events/ lists topics and their keys.")
    if as_json:
        show_json(found)
    else:
        _print(found, answers.asked)
    return end_list(answers, service=service, as_json=as_json)


def _print(found: dict[str, Json], asked: str) -> None:
    with understood():
        for name, stream in found.items():
            if stream["events"]:
                print(f"logged by {name}, last version {stream['head']}")
                show_table(("VERSION", "TYPE", "AT", "PUBLISHED"), map(_event, stream["events"]))
                print()
        places = [_place(each) for stream in found.values() for each in stream["consumers"]]
    if places:
        show_table(("CONSUMER", "APPLIED", "HELD", "PARKED"), places)
    else:
        print(f"no consumer of {asked} reads it")


def _event(event: Json) -> tuple[object, ...]:
    return event["version"], event["type"], since(event["at"]), "yes" if event["published"] else "no"


def _place(consumer: Json) -> tuple[object, ...]:
    return consumer["consumer"], consumer["version"], consumer["held"], _waits_for(consumer["parked"])


def _waits_for(parked: Json | None) -> str | None:
    return None if parked is None else f"{parked['id']} ({parked['cause_class']} {parked['cause_code']})"
