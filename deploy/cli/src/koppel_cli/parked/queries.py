"""`koppel parked list`, `causes` and `show`."""

import argparse
import json
from uuid import UUID

from koppel_cli import fan_out
from koppel_cli.fan_out import Answers, ask_each, end_list
from koppel_cli.operations import Json, Query, ServiceCalls, services
from koppel_cli.tables import table
from koppel_cli.wording import since

_HEADINGS = (
    *("ID", "CONSUMER", "TYPE", "KEY", "VERSION", "CAUSE"),
    *("PARKED", "ATTEMPTS", "WAITS FOR", "BEHIND IT"),
)


def list_parked(arguments: argparse.Namespace) -> int:
    query = {
        "consumer": arguments.consumer,
        "type": arguments.type,
        "cause": arguments.cause,
        "organisation_id": None if arguments.organisation is None else str(arguments.organisation),
    }
    answers = ask_each(
        services(arguments.service), lambda service: list(service.items("/ops/v1/parked", query))
    )
    found = fan_out.flat(answers.by_service.values())
    if arguments.json:
        print(json.dumps(found, indent=2))
    elif found:
        print(table(_HEADINGS, [_event_row(item) for item in found]))
    else:
        print(_nothing(answers, query))
    return end_list(answers, arguments)


def list_causes(arguments: argparse.Namespace) -> int:
    query = {"consumer": arguments.consumer, "type": arguments.type}
    answers = ask_each(
        services(arguments.service), lambda service: list(service.items("/ops/v1/parked-causes", query))
    )
    found = fan_out.flat(answers.by_service.values())
    if arguments.json:
        print(json.dumps(found, indent=2))
    elif found:
        headings = ("CONSUMER", "CLASS", "CODE", "TYPE", "EVENTS", "KEYS", "OLDEST", "EXAMPLE", "DETAIL")
        print(table(headings, [_cause_row(item) for item in found]))
    else:
        print(_nothing(answers, query))
    return end_list(answers, arguments)


def show(arguments: argparse.Namespace) -> int:
    _, event = find(services(arguments.service), arguments.id)
    if arguments.json:
        print(json.dumps(event, indent=2))
        return 0
    flat = {**event, **{f"cause {name}": value for name, value in event["cause"].items()}}
    del flat["cause"]
    for name, value in flat.items():
        print(f"{name.replace('_', ' '):17} {_shown(name, value)}")
    return 0


def find(asked: list[ServiceCalls], parked_id: UUID) -> tuple[ServiceCalls, Json]:
    """The service that has it, and the event. Raises `SetupFailed` when none has."""
    return fan_out.find(
        asked,
        f"/ops/v1/parked/{parked_id}",
        what=f"parked event {parked_id}",
        code="parked_event_not_found",
        hint="`koppel parked list` shows those that are.",
    )


def short(type_name: str | None) -> str | None:
    return None if type_name is None else type_name.removeprefix("nl.koppel.")


def _event_row(item: Json) -> tuple[object, ...]:
    return (
        item["id"],
        item["consumer"],
        short(item["type"]),
        item["key"],
        item["version"],
        f"{item['cause']['class']} {item['cause']['code']}",
        since(item["parked_at"]),
        item["attempts"],
        _waits_for(item["next_attempt_at"]),
        item["followers_held"],
    )


def _cause_row(item: Json) -> tuple[object, ...]:
    return (
        item["consumer"],
        item["class"],
        item["code"],
        short(item["type"]),
        item["events"],
        item["keys"],
        since(item["oldest_parked_at"]),
        item["example"]["id"],
        item["example"]["detail"],
    )


def _waits_for(next_attempt_at: str | None) -> str:
    if next_attempt_at is None:
        return "an operator"
    due = since(next_attempt_at)
    return f"a retry {due}" if due.startswith("in ") else "a retry now"


def _nothing(answers: Answers[list[Json]], query: Query) -> str:
    """No more than what was asked: these services, and with conditions only what meets them."""
    narrowed = any(value is not None for value in query.values())
    return f"nothing is parked at {answers.asked}{' for that' if narrowed else ''}"


def _shown(name: str, value: object) -> object:
    if value is None:
        return "-"
    return f"{since(str(value))} ({value})" if name.endswith("_at") else value
