"""Looking at parked events."""

import argparse
import json
from uuid import UUID

from koppel_cli.operations import Json, Refused, ServiceCalls, services
from koppel_cli.tables import table
from koppel_local.failure import SetupFailed

NOT_FOUND = 404


def list_parked(arguments: argparse.Namespace) -> int:
    query = {
        "consumer": arguments.consumer,
        "type": arguments.type,
        "cause": arguments.cause,
        "organisation_id": None if arguments.organisation is None else str(arguments.organisation),
    }
    found = [item for each in services(arguments.service) for item in each.items("/ops/v1/parked", query)]
    if arguments.json:
        print(json.dumps(found, indent=2))
    elif found:
        rows = [
            (
                item["id"],
                item["consumer"],
                short(item["type"]),
                item["key"],
                item["version"],
                f"{item['cause']['class']} {item['cause']['code']}",
                item["attempts"],
                item["next_attempt_at"] or "an operator",
                item["followers_held"],
            )
            for item in found
        ]
        headings = ("ID", "CONSUMER", "TYPE", "KEY", "VERSION", "CAUSE", "ATTEMPTS", "WAITS FOR", "BEHIND IT")
        print(table(headings, rows))
    else:
        print("nothing is parked")
    return 0


def list_causes(arguments: argparse.Namespace) -> int:
    query = {"consumer": arguments.consumer, "type": arguments.type}
    found = [
        item for each in services(arguments.service) for item in each.items("/ops/v1/parked-causes", query)
    ]
    if arguments.json:
        print(json.dumps(found, indent=2))
    elif found:
        rows = [
            (
                item["consumer"],
                item["class"],
                item["code"],
                short(item["type"]),
                item["events"],
                item["keys"],
                item["oldest_parked_at"],
                item["example"]["id"],
                item["example"]["detail"],
            )
            for item in found
        ]
        headings = ("CONSUMER", "CLASS", "CODE", "TYPE", "EVENTS", "KEYS", "OLDEST", "EXAMPLE", "DETAIL")
        print(table(headings, rows))
    else:
        print("nothing is parked")
    return 0


def show(arguments: argparse.Namespace) -> int:
    _, event = find(services(arguments.service), arguments.id)
    if arguments.json:
        print(json.dumps(event, indent=2))
        return 0
    flat = {**event, **{f"cause {name}": value for name, value in event["cause"].items()}}
    del flat["cause"]
    for name, value in flat.items():
        print(f"{name.replace('_', ' '):17} {'-' if value is None else value}")
    return 0


def find(asked: list[ServiceCalls], parked_id: UUID) -> tuple[ServiceCalls, Json]:
    """The service that has it, and the event. Raises `SetupFailed` when none has."""
    for service in asked:
        try:
            return service, service.get(f"/ops/v1/parked/{parked_id}")
        except Refused as refused:
            if refused.status != NOT_FOUND:
                raise
    detail = f"No event {parked_id} is parked."
    raise SetupFailed("parked_event_not_found", detail, hint="`koppel parked list` shows those that are.")


def short(type_name: str | None) -> str | None:
    return None if type_name is None else type_name.removeprefix("nl.koppel.")
