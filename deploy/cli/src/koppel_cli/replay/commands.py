"""Looking at replays and acting on them."""

import argparse
import json
import time
from uuid import UUID

from koppel_cli.operations import Json, Refused, ServiceCalls, services
from koppel_cli.output import say
from koppel_cli.replay.render import progress, show
from koppel_cli.tables import table
from koppel_local.failure import SetupFailed

_NOT_FOUND = 404
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
    found = [
        {"service": each.name, **item}
        for each in services(arguments.service)
        for item in each.get("/ops/v1/replays", query)["items"]
    ]
    found.sort(key=lambda item: str(item["created_at"]), reverse=True)
    if arguments.json:
        print(json.dumps(found, indent=2))
    elif found:
        rows = [
            (
                item["id"],
                item["service"],
                item["mode"],
                item["state"],
                ", ".join(item["target"]),
                f"{item['progress']['done']}/{item['progress']['total']}",
                item["created_at"],
                item["reason"],
            )
            for item in found
        ]
        headings = ("ID", "SERVICE", "MODE", "STATE", "TARGETS", "DONE", "MADE", "REASON")
        print(table(headings, rows))
    else:
        print("no replays")
    return 0


def find(asked: list[ServiceCalls], replay_id: UUID) -> tuple[ServiceCalls, Json]:
    """The service that has it, and the replay. Raises `SetupFailed` when none has."""
    for service in asked:
        try:
            return service, service.get(f"/ops/v1/replays/{replay_id}")
        except Refused as refused:
            if refused.status != _NOT_FOUND:
                raise
    detail = f"There is no replay {replay_id}."
    raise SetupFailed("replay_not_found", detail, hint="`koppel replay list` shows those there are.")


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
