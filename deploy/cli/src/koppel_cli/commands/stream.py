"""`koppel stream`: one stream, by whoever logged it and whoever reads it."""

import argparse
import json

from koppel_cli.commands import Commands
from koppel_cli.operations import Json, Refused, services
from koppel_cli.tables import table
from koppel_local.failure import SetupFailed

NOT_FOUND = 404


def register(commands: Commands) -> None:
    stream = commands.add_parser(
        "stream",
        help="one stream of events, and how far each consumer is",
        description="What a topic's owner logged for a key, newest first, and how far each consumer got.",
    )
    stream.add_argument("topic", metavar="TOPIC", help="e.g. koppel.administration.v1")
    stream.add_argument("key", metavar="KEY", help="e.g. the administration's id")
    stream.add_argument("--service", metavar="NAME", help="ask this service only")
    stream.add_argument("--limit", type=int, default=50, metavar="N", help="how many events (default 50)")
    stream.add_argument("--json", action="store_true", help="one JSON document, by service")
    stream.set_defaults(run=_stream)


def _stream(arguments: argparse.Namespace) -> int:
    found: dict[str, Json] = {}
    for service in services(arguments.service):
        try:
            found[service.name] = service.get(
                f"/ops/v1/streams/{arguments.topic}/{arguments.key}", {"limit": arguments.limit}
            )
        except Refused as refused:
            if refused.status != NOT_FOUND:
                raise
    if not found:
        detail = f"Nobody knows a stream {arguments.topic} {arguments.key}."
        raise SetupFailed("stream_not_found", detail, hint="docs/events/ lists topics and their keys.")
    if arguments.json:
        print(json.dumps(found, indent=2))
        return 0
    for name, stream in found.items():
        if stream["events"]:
            rows = [
                (e["version"], e["type"], e["at"], "yes" if e["published"] else "no")
                for e in stream["events"]
            ]
            print(f"logged by {name}, last version {stream['head']}")
            print(table(("VERSION", "TYPE", "AT", "PUBLISHED"), rows), end="\n\n")
    consumers = [each for stream in found.values() for each in stream["consumers"]]
    places = [(c["consumer"], c["version"], c["held"], _waits_for(c["parked"])) for c in consumers]
    print(table(("CONSUMER", "APPLIED", "HELD", "PARKED"), places) if places else "no consumer reads it")
    return 0


def _waits_for(parked: Json | None) -> str | None:
    return None if parked is None else f"{parked['id']} ({parked['cause_class']} {parked['cause_code']})"
