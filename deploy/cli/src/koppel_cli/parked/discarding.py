"""`koppel parked discard`. Says before what else would be lost, and asks when that is more than the event itself."""

import argparse
import json
import sys
from collections.abc import Iterator

from koppel_cli.operations import Json, services
from koppel_cli.output import say
from koppel_cli.parked.queries import find, short
from koppel_cli.wording import count
from koppel_local.failure import SetupFailed


def discard(arguments: argparse.Namespace) -> int:
    service, _ = find(services(arguments.service), arguments.id)
    path = f"/ops/v1/parked/{arguments.id}/discard"
    body = {"reason": arguments.reason, "event_only": arguments.event_only}
    told = service.post(path, {**body, "dry_run": True})
    if arguments.dry_run:
        _print(told, arguments)
        return 0
    for line in (said := list(costs(told))):
        say(line)
    if said and not arguments.yes and not _agreed():
        say("nothing was discarded")
        return 1
    _print(service.post(path, body), arguments)
    return 0


def _agreed() -> bool:
    """Raises `SetupFailed` where nobody can answer."""
    if not sys.stdin.isatty():
        detail = "Discarding it does more than give up one event, and there is no terminal to ask on."
        raise SetupFailed("not_confirmed", detail, hint="Look at what it would do, then add --yes.")
    say("go on? [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def costs(told: Json) -> Iterator[str]:
    """What a discard does besides giving up the event, a line each."""
    would = "would be " if told["dry_run"] else ""
    if (other := told["in_its_place"]) is not None:
        told_by = f"event {other['event_id']}" if other["event_id"] else "no event"
        yield f"1 of the same version {would}applied in its place: {_name(other)} ({told_by})"
    if skipped := told["skipped"]:
        yield f"{len(skipped)} {would}skipped as stale: {', '.join(map(_name, skipped))}"
    if (missing := told["missing"]) is not None:
        yield _given_up(missing["first"], missing["last"], would)


def _waiting(number: int) -> str:
    return count(number, "waits on", "wait on")


def _given_up(first: int, last: int, would: str) -> str:
    if first == last:
        return f"version {first} {would}given up, and skipped if it comes"
    return f"versions {first} to {last} {would}given up, and skipped if they come"


def _name(event: Json) -> str:
    """`AdministrationRemoved` of `nl.koppel.AdministrationRemoved.v1`."""
    return (short(event["type"]) or "no event").partition(".v")[0]


def _print(told: Json, arguments: argparse.Namespace) -> None:
    if arguments.json:
        print(json.dumps(told, indent=2))
        return
    stream, dry = f"{told['topic']} {told['key']}", told["dry_run"]
    print(
        f"{'would be discarded' if dry else 'discarded'}; {stream} is at version {told['head']}{' then' if dry else ''}"
    )
    print(
        f"{count(told['followers_released'], 'event')} behind it left the queue, {_waiting(told['followers_held'])}"
    )
    for line in costs(told):
        print(line)
    if told["next_parked_id"] and not dry:
        print(f"the stream waits for {told['next_parked_id']} now")
