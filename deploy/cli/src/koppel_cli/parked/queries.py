"""`koppel parked list`, `causes` and `show`."""

import json
from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

import typer

from koppel_cli import fan_out
from koppel_cli.fan_out import Answers, ask_each, end_list
from koppel_cli.operations import Json, Query, ServiceCalls, services
from koppel_cli.options import AsJson, Consumer, EventType, Organisation, Service
from koppel_cli.output import show_fields, show_json, show_list, show_table, understood
from koppel_cli.wording import since

_HEADINGS = (
    *("ID", "CONSUMER", "TYPE", "KEY", "VERSION", "CAUSE"),
    *("PARKED", "ATTEMPTS", "WAITS FOR", "BEHIND IT"),
)
_RAW = 2_000
"""Characters; `--json` has all."""
_CAUSES = ("CODE", "CLASS", "CONSUMER", "EVENTS", "KEYS", "OLDEST", "TYPE", "EXAMPLE", "DETAIL")


def list_parked(
    *,
    service: Service = None,
    consumer: Consumer = None,
    event_type: EventType = None,
    cause: Annotated[str | None, typer.Option(metavar="CODE", help="A cause's code or class.")] = None,
    organisation: Organisation = None,
    as_json: AsJson = False,
) -> int:
    """All of them, oldest first."""
    query = {
        "consumer": consumer,
        "type": event_type,
        "cause": cause,
        "organisation_id": None if organisation is None else str(organisation),
    }
    answers = ask_each(services(service), lambda asked: list(asked.items("/ops/v1/parked", query)))
    found = fan_out.flat(answers.by_service.values())
    if as_json:
        show_json(found)
    else:
        show_list(found, _HEADINGS, _event_row, none=_nothing(answers, query))
    return end_list(answers, service=service, as_json=as_json)


def list_causes(
    *,
    service: Service = None,
    consumer: Consumer = None,
    event_type: EventType = None,
    as_json: AsJson = False,
) -> int:
    """Why they wait: one line a cause and event type."""
    query = {"consumer": consumer, "type": event_type}
    answers = ask_each(services(service), lambda asked: list(asked.items("/ops/v1/parked-causes", query)))
    found = fan_out.flat(answers.by_service.values())
    if as_json:
        show_json(found)
    else:
        show_list(found, _CAUSES, _cause_row, none=_nothing(answers, query))
    return end_list(answers, service=service, as_json=as_json)


def show(
    parked: Annotated[UUID, typer.Argument(metavar="ID")],
    *,
    payload: Annotated[
        bool, typer.Option("--payload", help="What came from Kafka, too; needs the right payload.")
    ] = False,
    service: Service = None,
    as_json: AsJson = False,
) -> int:
    """Everything about one of them: its cause, who sent it, and why each attempt failed."""
    asked = services(service)
    having, event = find(asked, parked)
    if payload:
        event = having.get(f"/ops/v1/parked/{parked}", {"payload": "true"})
    if as_json:
        show_json(event)
        return 0
    with understood():
        show_fields(_fields(event))
        if attempts := event.get("attempt_errors"):
            print()
            show_table(("TRIED", "CLASS", "CODE", "DETAIL"), [_attempt(each) for each in attempts])
    return 0


def _fields(event: Json) -> Iterator[tuple[str, object]]:
    cause = {f"cause {name}": value for name, value in event["cause"].items()}
    for name, value in {**event, **cause}.items():
        if name == "raw" and value is not None:
            yield name, json.dumps(value, ensure_ascii=False)[:_RAW]
        elif name not in {"cause", "attempt_errors", "raw"}:
            yield name.replace("_", " "), _shown(name, value)


def _attempt(failed: Json) -> tuple[object, ...]:
    return since(failed["at"]), failed["class"], failed["code"], failed["detail"]


def find(asked: list[ServiceCalls], parked_id: UUID) -> tuple[ServiceCalls, Json]:
    """The service that has it, and the event. Raises `CommandFailed` when none has."""
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
        item["code"],
        item["class"],
        item["consumer"],
        item["events"],
        item["keys"],
        since(item["oldest_parked_at"]),
        short(item["type"]),
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
