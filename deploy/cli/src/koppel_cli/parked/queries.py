"""`koppel parked list`, `causes` and `show`."""

from typing import Annotated
from uuid import UUID

import typer

from koppel_cli import fan_out
from koppel_cli.fan_out import Answers, ask_each, end_list
from koppel_cli.operations import Json, Query, ServiceCalls, services
from koppel_cli.options import AsJson, Consumer, EventType, Organisation, Service
from koppel_cli.output import show_fields, show_json, show_list, understood
from koppel_cli.wording import since

_HEADINGS = (
    *("ID", "CONSUMER", "TYPE", "KEY", "VERSION", "CAUSE"),
    *("PARKED", "ATTEMPTS", "WAITS FOR", "BEHIND IT"),
)
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
    service: Service = None,
    as_json: AsJson = False,
) -> int:
    """Everything about one of them."""
    _, event = find(services(service), parked)
    if as_json:
        show_json(event)
        return 0
    with understood():
        flat = {**event, **{f"cause {name}": value for name, value in event["cause"].items()}}
        del flat["cause"]
        show_fields((name.replace("_", " "), _shown(name, value)) for name, value in flat.items())
    return 0


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
