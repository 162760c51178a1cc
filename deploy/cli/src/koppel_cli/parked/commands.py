"""`koppel parked check` and `retry`."""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from koppel_cli.fan_out import ask_each, flat
from koppel_cli.operations import Json, ServiceCalls, services
from koppel_cli.output import say
from koppel_cli.parked.queries import find
from koppel_cli.tables import table
from koppel_local.failure import SetupFailed

_CHUNK = 200
"""Ids in one call."""


def check(arguments: argparse.Namespace) -> int:
    choices = _chosen(arguments)
    answers = ask_each(choices.services, lambda service: list(_checked(service, choices.of(service))))
    verdicts = flat(answers.by_service.values())
    if arguments.json:
        print(json.dumps(verdicts, indent=2))
    elif verdicts:
        print(table(("ID", "OUTCOME", "CAUSE", "FOLLOWERS PASSING", "HELD", "THEN PARKED"), _rows(verdicts)))
    else:
        _nothing(answers.asked)
    passed = all(verdict["outcome"] == "passes" for verdict in verdicts)
    return max(answers.end(as_json=arguments.json), 0 if passed else 1)


def retry(arguments: argparse.Namespace) -> int:
    if arguments.reason is None and (arguments.cause or len(arguments.ids) > 1 or arguments.only_passing):
        detail = "More than one event is not tried again without a reason."
        raise SetupFailed(
            "missing_argument", detail, hint="Add --reason TEXT; it is kept in the audit trail."
        )
    choices = _chosen(arguments)
    answers = ask_each(choices.services, lambda service: _retried(service, choices.of(service), arguments))
    _print_counts(answers.by_service, as_json=arguments.json)
    silent = answers.end(as_json=arguments.json)
    if any(released for released, _ in answers.by_service.values()):
        return silent
    if any(left for _, left in answers.by_service.values()):
        say("error: none of them would pass now\nhint: `koppel parked check` says why")
    else:
        _nothing(answers.asked)
    return 1


def _print_counts(counts: Mapping[str, tuple[int, int]], *, as_json: bool) -> None:
    if as_json:
        told = [{"service": name, "released": due, "left": left} for name, (due, left) in counts.items()]
        print(json.dumps(told, indent=2))
        return
    for name, (due, left) in counts.items():
        if due or left:
            rest = f", {left} left: {'it' if left == 1 else 'they'} would fail" if left else ""
            print(f"{name}: {due} due now{rest}")


@dataclass(frozen=True, slots=True)
class _Choices:
    """Whom to ask, and for what."""

    services: list[ServiceCalls]
    by_name: dict[str, Json]

    def of(self, service: ServiceCalls) -> Json:
        return self.by_name[service.name]


def _chosen(arguments: argparse.Namespace) -> _Choices:
    if bool(arguments.cause) == bool(arguments.ids):
        detail = "Say which events: their ids, or --cause CODE."
        raise SetupFailed("missing_argument", detail, hint="`koppel parked causes` lists the causes.")
    asked = services(arguments.service or (arguments.consumer if arguments.cause else None))
    if arguments.cause:
        narrowed = {"class": arguments.kind, "code": arguments.cause, "type": arguments.type}
        given = {name: value for name, value in narrowed.items() if value is not None}
        causes = {each.name: {"consumer": arguments.consumer or each.name, **given} for each in asked}
        return _Choices(asked, {name: {"cause": cause} for name, cause in causes.items()})
    ids: dict[str, list[str]] = {}
    for parked_id in dict.fromkeys(arguments.ids):
        service, _ = find(asked, parked_id)
        ids.setdefault(service.name, []).append(str(parked_id))
    having = [each for each in asked if each.name in ids]
    return _Choices(having, {name: {"ids": chosen} for name, chosen in ids.items()})


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


def _nothing(asked: str) -> None:
    say(f"nothing is parked at {asked} for that")
