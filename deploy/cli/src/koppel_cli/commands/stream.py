"""`koppel stream`: one stream, by whoever logged it and whoever reads it."""

import argparse
import json

from koppel_cli.commands import CALLS_ENVIRONMENT, Commands
from koppel_cli.fan_out import ask_each, end_list
from koppel_cli.operations import Json, services
from koppel_cli.tables import table
from koppel_cli.wording import since
from koppel_local.failure import SetupFailed


def register(commands: Commands) -> None:
    stream = commands.add_parser(
        "stream",
        help="one stream of events, and how far each consumer is",
        description="What a topic's owner logged for a key, newest first, and how far each consumer got.",
        epilog=CALLS_ENVIRONMENT,
    )
    stream.formatter_class = argparse.RawDescriptionHelpFormatter
    stream.add_argument("topic", metavar="TOPIC", help="e.g. koppel.administration.v1")
    stream.add_argument("key", metavar="KEY", help="e.g. the administration's id")
    stream.add_argument("--service", metavar="NAME", help="ask this service only")
    stream.add_argument("--limit", type=int, default=50, metavar="N", help="how many events (default 50)")
    stream.add_argument("--json", action="store_true", help="one JSON document, by service")
    stream.set_defaults(run=_stream)


def _stream(arguments: argparse.Namespace) -> int:
    path, query = f"/ops/v1/streams/{arguments.topic}/{arguments.key}", {"limit": arguments.limit}
    answers = ask_each(services(arguments.service), lambda service: service.get_or_none(path, query))
    found = {name: stream for name, stream in answers.by_service.items() if stream is not None}
    if not found:
        detail = answers.missing(f"stream {arguments.topic} {arguments.key}")
        raise SetupFailed("stream_not_found", detail, hint="docs/events/ lists topics and their keys.")
    if arguments.json:
        print(json.dumps(found, indent=2))
    else:
        _print(found, answers.asked)
    return end_list(answers, arguments)


def _print(found: dict[str, Json], asked: str) -> None:
    for name, stream in found.items():
        if stream["events"]:
            rows = [
                (e["version"], e["type"], since(e["at"]), "yes" if e["published"] else "no")
                for e in stream["events"]
            ]
            print(f"logged by {name}, last version {stream['head']}")
            print(table(("VERSION", "TYPE", "AT", "PUBLISHED"), rows), end="\n\n")
    consumers = [each for stream in found.values() for each in stream["consumers"]]
    places = [(c["consumer"], c["version"], c["held"], _waits_for(c["parked"])) for c in consumers]
    headings = ("CONSUMER", "APPLIED", "HELD", "PARKED")
    print(table(headings, places) if places else f"no consumer of {asked} reads it")


def _waits_for(parked: Json | None) -> str | None:
    return None if parked is None else f"{parked['id']} ({parked['cause_class']} {parked['cause_code']})"
