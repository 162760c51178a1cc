"""Doing something about parked events."""

import argparse
import json
from collections.abc import Iterator, Sequence

from koppel_cli.operations import Json, ServiceCalls, services
from koppel_cli.output import say
from koppel_cli.parked.queries import find
from koppel_cli.tables import table
from koppel_local.failure import SetupFailed

_CHUNK = 200
"""So many ids a call."""


def check(arguments: argparse.Namespace) -> int:
    verdicts = [verdict for service, choice in _chosen(arguments) for verdict in _checked(service, choice)]
    if arguments.json:
        print(json.dumps(verdicts, indent=2))
    elif verdicts:
        print(table(("ID", "OUTCOME", "CAUSE", "FOLLOWERS PASSING", "HELD", "THEN PARKED"), _rows(verdicts)))
    else:
        _nothing()
    return 0 if all(verdict["outcome"] == "passes" for verdict in verdicts) else 1


def retry(arguments: argparse.Namespace) -> int:
    chosen = _chosen(arguments)
    if arguments.reason is None and (arguments.cause or len(arguments.ids) > 1 or arguments.only_passing):
        detail = "More than one event is not tried again without a reason."
        raise SetupFailed(
            "missing_argument", detail, hint="Add --reason TEXT; it is kept in the audit trail."
        )
    counts = [(service.name, *_retried(service, choice, arguments)) for service, choice in chosen]
    if arguments.json:
        names = ("service", "released", "left")
        print(json.dumps([dict(zip(names, count, strict=True)) for count in counts], indent=2))
    else:
        for name, released, left in counts:
            if released or left:
                print(f"{name}: {released} due now" + (f", {left} left: they would fail" if left else ""))
    if any(released for _, released, _ in counts):
        return 0
    if any(left for _, _, left in counts):
        say("error: none of them would pass now\nhint: `koppel parked check` says why")
    else:
        _nothing()
    return 1


def _chosen(arguments: argparse.Namespace) -> list[tuple[ServiceCalls, Json]]:
    """Whom to ask, and for what."""
    if bool(arguments.cause) == bool(arguments.ids):
        detail = "Say which events: their ids, or --cause CODE."
        raise SetupFailed("missing_argument", detail, hint="`koppel parked causes` lists the causes.")
    asked = services(arguments.service or (arguments.consumer if arguments.cause else None))
    if arguments.cause:
        narrowed = {"class": arguments.kind, "code": arguments.cause, "type": arguments.type}
        given = {name: value for name, value in narrowed.items() if value is not None}
        return [(each, {"cause": {"consumer": arguments.consumer or each.name, **given}}) for each in asked]
    by_service: dict[str, tuple[ServiceCalls, Json]] = {}
    for parked_id in dict.fromkeys(arguments.ids):
        service, _ = find(asked, parked_id)
        by_service.setdefault(service.name, (service, {"ids": []}))[1]["ids"].append(str(parked_id))
    return list(by_service.values())


def _checked(service: ServiceCalls, choice: Json) -> Iterator[Json]:
    cursor = None
    while True:
        page = service.post("/ops/v1/parked/check", {**choice, "limit": _CHUNK, "cursor": cursor})
        yield from page["items"]
        if (cursor := page["next_cursor"]) is None:
            return


def _retried(service: ServiceCalls, choice: Json, arguments: argparse.Namespace) -> tuple[int, int]:
    """How many are due now, and how many were left because they would fail."""
    if not arguments.only_passing:
        if arguments.reason is None:
            service.post(f"/ops/v1/parked/{choice['ids'][0]}/retry")
            return 1, 0
        answer = service.post("/ops/v1/parked/retry", {**choice, "reason": arguments.reason})
        return answer["released"], 0
    verdicts = list(_checked(service, choice))
    passing = [verdict["id"] for verdict in verdicts if verdict["outcome"] == "passes"]
    released = 0
    for start in range(0, len(passing), _CHUNK):
        body = {"ids": passing[start : start + _CHUNK], "reason": arguments.reason}
        released += service.post("/ops/v1/parked/retry", body)["released"]
    return released, len(verdicts) - len(passing)


def _rows(verdicts: Sequence[Json]) -> list[tuple[object, ...]]:
    return [
        (
            verdict["id"],
            verdict["outcome"],
            _words(verdict["cause"]),
            verdict["followers_passing"],
            verdict["followers_held"],
            _words(verdict["then_parked"]),
        )
        for verdict in verdicts
    ]


def _words(cause: Json | None) -> str | None:
    return None if cause is None else f"{cause['class']} {cause['code']}: {cause['detail']}"


def _nothing() -> None:
    say("nothing is parked for that")
