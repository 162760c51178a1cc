"""`koppel parked retry`: parked events are tried again."""

from collections.abc import Mapping
from typing import Annotated

import typer

from koppel_cli.failure import CommandFailed
from koppel_cli.fan_out import ask_each
from koppel_cli.operations import Json, ServiceCalls
from koppel_cli.options import AsJson, Consumer, EventType, Service
from koppel_cli.output import say, show_json
from koppel_cli.parked.choice import CHUNK, Cause, Choice, Ids, Kind, checked, chosen


def retry(
    ids: Ids = None,
    *,
    cause: Cause = None,
    kind: Kind = None,
    service: Service = None,
    consumer: Consumer = None,
    event_type: EventType = None,
    only_passing: Annotated[
        bool, typer.Option("--only-passing", help="Check first; leave what would fail again.")
    ] = False,
    reason: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="For the audit trail; needed for more than one event."),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Try them again.

    Makes events due at once, with all their attempts before them. What fails waits again.
    """
    if reason is None and (cause or len(ids or ()) > 1 or only_passing):
        detail = "More than one event is not tried again without a reason."
        hint = "Add --reason TEXT; it is kept in the audit trail."
        raise CommandFailed("missing_argument", detail, hint=hint)
    asked = chosen(
        Choice(
            ids=ids or (), cause=cause, kind=kind, consumer=consumer, event_type=event_type, service=service
        )
    )
    answers = ask_each(asked.services, lambda each: _retried(each, asked.of(each), reason, only_passing))
    _print_counts(answers.by_service, as_json=as_json)
    silent = answers.end(as_json=as_json)
    if any(released for released, _ in answers.by_service.values()):
        return silent
    if any(left for _, left in answers.by_service.values()):
        say("error: none of them would pass now\nhint: `koppel parked check` says why")
    else:
        say(f"nothing is parked at {answers.asked} for that")
    return 1


def _print_counts(counts: Mapping[str, tuple[int, int]], *, as_json: bool) -> None:
    if as_json:
        show_json([{"service": name, "released": due, "left": left} for name, (due, left) in counts.items()])
        return
    for name, (due, left) in counts.items():
        if due or left:
            rest = f", {left} left: {'it' if left == 1 else 'they'} would fail" if left else ""
            print(f"{name}: {due} due now{rest}")


def _retried(service: ServiceCalls, body: Json, reason: str | None, only_passing: bool) -> tuple[int, int]:
    """How many are due now, and how many were left because they would fail."""
    if not only_passing:
        if reason is None:
            service.post(f"/ops/v1/parked/{body['ids'][0]}/retry")
            return 1, 0
        return service.post("/ops/v1/parked/retry", {**body, "reason": reason})["released"], 0
    verdicts = list(checked(service, body))
    passing = [verdict["id"] for verdict in verdicts if verdict["outcome"] == "passes"]
    released = 0
    for start in range(0, len(passing), CHUNK):
        few = {"ids": passing[start : start + CHUNK], "reason": reason}
        released += service.post("/ops/v1/parked/retry", few)["released"]
    return released, len(verdicts) - len(passing)
