"""What needs somebody at a service: a line a matter, with the command that says more."""

from collections.abc import Iterator, Sequence
from itertools import islice

from koppel_cli.operations import Json, ServiceCalls
from koppel_cli.wording import count, since

BEHIND_SECONDS = 60
_MOST = 1_000


def matters(service: ServiceCalls) -> list[Json]:
    """`{service, what, command}` each; none when all is well there."""
    told = [*stuck(list(service.items("/ops/v1/parked-causes"))), *_behind(service)]
    if service.name == "sync-svc":
        told += [*_logins(service), *_held(service)]
    return [{"service": service.name, "what": what, "command": command} for what, command in told]


def stuck(causes: Sequence[Json]) -> Iterator[tuple[str, str]]:
    """Parked events; those that will be retried without anybody are not counted."""
    waiting = [cause for cause in causes if cause["events"] > cause["due_by_themselves"]]
    if waiting:
        number = sum(cause["events"] - cause["due_by_themselves"] for cause in waiting)
        oldest = since(min(cause["oldest_parked_at"] for cause in waiting))
        yield f"{count(number, 'parked event')}, oldest {oldest}", "koppel parked causes"


def _behind(service: ServiceCalls) -> Iterator[tuple[str, str]]:
    standings = list(service.items("/ops/v1/consumers"))
    late = [each for each in standings if (each["seconds_behind"] or 0) > BEHIND_SECONDS]
    if late:
        seconds = round(max(each["seconds_behind"] for each in late))
        events = sum(each["events_behind"] for each in late)
        yield f"{count(events, 'event')} behind, {seconds} s at most", "koppel consumers --behind"


def _logins(service: ServiceCalls) -> Iterator[tuple[str, str]]:
    logins = list(islice(service.items("/ops/v1/reauthorizations"), _MOST))
    if logins:
        number = sum(each["administrations_held_up"] for each in logins)
        what = f"{count(len(logins), 'login holds', 'logins hold')} up {count(number, 'administration')}"
        yield what, "koppel reauthorizations --organisation all"


def _held(service: ServiceCalls) -> Iterator[tuple[str, str]]:
    held = list(islice(service.items("/ops/v1/held-deletions", {"state": "open"}), _MOST))
    if held:
        yield count(len(held), "held deletion"), "koppel held-deletions --organisation all"
