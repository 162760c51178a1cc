"""`koppel parked discard`. Says before what else would be lost, and asks when that is more than the event itself."""

import sys
from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

import typer

from koppel_cli.failure import CommandFailed
from koppel_cli.operations import Json, services
from koppel_cli.options import AsJson, Service
from koppel_cli.output import say, show_json, show_lines
from koppel_cli.parked.queries import find, short
from koppel_cli.wording import count


def discard(
    parked: Annotated[UUID, typer.Argument(metavar="ID")],
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why its effect may be lost.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    event_only: Annotated[
        bool,
        typer.Option(
            "--event-only",
            help="Of an event that waits for missing versions: give it up, and wait for them on.",
        ),
    ] = False,
    service: Service = None,
    as_json: AsJson = False,
) -> int:
    """Give one up for good.

    It will never be applied; what waits behind it is applied in its order. What else it would cost is said first, and
    needs `--yes` where nobody can be asked.
    """
    having, _ = find(services(service), parked)
    path = f"/ops/v1/parked/{parked}/discard"
    body = {"reason": reason, "event_only": event_only}
    told = having.post(path, {**body, "dry_run": True})
    if not dry_run:
        for line in (said := list(costs(told))):
            say(line)
        if said and not yes and not _agreed():
            say("nothing was discarded")
            return 1
        told = having.post(path, body)
    if as_json:
        show_json(told)
    else:
        show_lines(_in_words, told)
    return 0


def _agreed() -> bool:
    """Raises `CommandFailed` where nobody can answer."""
    if not sys.stdin.isatty():
        detail = "Discarding it does more than give up one event, and there is no terminal to ask on."
        raise CommandFailed("not_confirmed", detail, hint="Look at what it would do, then add --yes.")
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


def _in_words(told: Json) -> Iterator[str]:
    dry, stream = told["dry_run"], f"{told['topic']} {told['key']}"
    done, then = ("would be discarded", " then") if dry else ("discarded", "")
    yield f"{done}; {stream} is at version {told['head']}{then}"
    behind = count(told["followers_released"], "event")
    yield f"{behind} behind it left the queue, {_waiting(told['followers_held'])}"
    yield from costs(told)
    if told["next_parked_id"] and not dry:
        yield f"the stream waits for {told['next_parked_id']} now"
