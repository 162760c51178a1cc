"""`koppel replay list`, `status`, `start`, `pause`, `resume` and `cancel`."""

import argparse
import json
import time
from uuid import UUID

from koppel_cli import fan_out
from koppel_cli.operations import Json, ServiceCalls, services
from koppel_cli.output import say
from koppel_cli.replay.render import progress, show
from koppel_cli.tables import table
from koppel_cli.wording import since

_LOOK_EVERY = 0.5
_GOING = ("planning", "running", "cancelling")


def act(arguments: argparse.Namespace) -> int:
    """Start, pause, resume or cancel."""
    service, _ = find(services(arguments.service), arguments.id)
    body = {} if arguments.reason is None else {"reason": arguments.reason}
    replay = service.post(f"/ops/v1/replays/{arguments.id}/{arguments.act}", body)
    return _end(service, replay, arguments)


def status(arguments: argparse.Namespace) -> int:
    """As it is now, or watched to its end."""
    service, replay = find(services(arguments.service), arguments.id)
    return _end(service, replay, arguments)


def list_replays(arguments: argparse.Namespace) -> int:
    query = {"state": arguments.state, "limit": arguments.limit}
    answers = fan_out.ask_each(
        services(arguments.service),
        lambda service: [
            {"service": service.name, **item} for item in service.get("/ops/v1/replays", query)["items"]
        ],
    )
    found = fan_out.flat(answers.by_service.values())
    found.sort(key=lambda item: str(item["created_at"]), reverse=True)
    if arguments.json:
        print(json.dumps(found, indent=2))
    elif found:
        headings = ("ID", "SERVICE", "MODE", "STATE", "TARGETS", "DONE", "MADE", "REASON")
        print(table(headings, [_row(item) for item in found]))
    else:
        state = f" in state {arguments.state}" if arguments.state else ""
        print(f"no replays{state} at {answers.asked}")
    return fan_out.end_list(answers, arguments)


def find(asked: list[ServiceCalls], replay_id: UUID) -> tuple[ServiceCalls, Json]:
    """The service that has it, and the replay. Raises `SetupFailed` when none has."""
    return fan_out.find(
        asked,
        f"/ops/v1/replays/{replay_id}",
        what=f"replay {replay_id}",
        code="replay_not_found",
        hint="`koppel replay list` shows those there are.",
    )


def _row(item: Json) -> tuple[object, ...]:
    return (
        item["id"],
        item["service"],
        item["mode"],
        item["state"],
        ", ".join(item["target"]),
        f"{item['progress']['done']}/{item['progress']['total']}",
        since(item["created_at"]),
        item["reason"],
    )


def _end(service: ServiceCalls, replay: Json, arguments: argparse.Namespace) -> int:
    """Exit code 1 for a replay that did not do what its plan said."""
    told = ""
    while arguments.follow and replay["state"] in _GOING:
        if (line := progress(replay)) != told:
            say(line)
            told = line
        time.sleep(_LOOK_EVERY)
        replay = service.get(f"/ops/v1/replays/{arguments.id}")
    show(replay, as_json=arguments.json)
    return 1 if replay["state"] == "stale" or replay["differences"] else 0
