"""`koppel parked retry`: parked events are tried again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import typer

from koppel_cli.failure import CommandFailed
from koppel_cli.fan_out import ask_each
from koppel_cli.operations import Json, ServiceCalls
from koppel_cli.options import AsJson, Consumer, EventType, Service
from koppel_cli.output import say, show_json
from koppel_cli.parked.choice import CHUNK, Cause, Choice, Ids, Kind, checked, chosen


@dataclass(frozen=True, slots=True)
class Retried:
    """Of one service: how many are due now, wait for the ladder, and were left because they would fail."""

    due: int
    waiting: int = 0
    left: int = 0
    releases: tuple[str, ...] = ()


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
    ladder: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,N", help="In steps of so many, e.g. 1,10,100; stops when one is parked again."
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="At most, the oldest first.")] = None,
    rate: Annotated[int | None, typer.Option(metavar="N", min=1, help="Events a second.")] = None,
    reason: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="For the audit trail; needed for more than one event."),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Try them again.

    Makes events due at once, or step by step; with all their attempts before them. What fails waits again.
    """
    careful = _careful(ladder, limit, rate)
    if reason is None and (cause or len(ids or ()) > 1 or only_passing or careful):
        detail = "More than one event is not tried again without a reason."
        hint = "Add --reason TEXT; it is kept in the audit trail."
        raise CommandFailed("missing_argument", detail, hint=hint)
    asked = chosen(
        Choice(
            ids=ids or (), cause=cause, kind=kind, consumer=consumer, event_type=event_type, service=service
        )
    )
    how = {**careful, **({} if reason is None else {"reason": reason})}
    answers = ask_each(asked.services, lambda each: _retried(each, asked.of(each), how, only_passing))
    _print(answers.by_service, as_json=as_json)
    silent = answers.end(as_json=as_json)
    if any(each.due for each in answers.by_service.values()):
        return silent
    if any(each.left for each in answers.by_service.values()):
        say("error: none of them would pass now\nhint: `koppel parked check` says why")
    else:
        say(f"nothing is parked at {answers.asked} for that")
    return 1


def _careful(ladder: str | None, limit: int | None, rate: int | None) -> Json:
    """What bounds it, of what was typed. Raises `CommandFailed` for a ladder that is none."""
    steps = [] if ladder is None else [step.strip() for step in ladder.split(",")]
    if not all(step.isdecimal() and int(step) > 0 for step in steps):
        detail = f"{ladder} is no ladder: numbers of events with commas between."
        raise CommandFailed("wrong_arguments", detail, hint="For example --ladder 1,10,100.")
    told = {"ladder": [int(step) for step in steps] or None, "limit": limit, "rate": rate}
    return {name: value for name, value in told.items() if value is not None}


def _print(told: Mapping[str, Retried], *, as_json: bool) -> None:
    if as_json:
        show_json(
            [
                {"service": name, "released": each.due, "left": each.left, "release_ids": list(each.releases)}
                for name, each in told.items()
            ]
        )
        return
    for name, each in told.items():
        if each.due or each.left:
            later = f", {each.waiting} wait for the ladder" if each.waiting else ""
            rest = f", {each.left} left: {'it' if each.left == 1 else 'they'} would fail" if each.left else ""
            print(f"{name}: {each.due} due now{later}{rest}")
        for release in each.releases:
            say(f"`koppel releases show {release} --follow`")


def _retried(service: ServiceCalls, body: Json, how: Json, only_passing: bool) -> Retried:
    if not only_passing:
        if "reason" not in how:
            service.post(f"/ops/v1/parked/{body['ids'][0]}/retry")
            return Retried(1)
        return _released(service, {**body, **how})
    verdicts = list(checked(service, body))
    passing = [verdict["id"] for verdict in verdicts if verdict["outcome"] == "passes"]
    acts = [
        _released(service, {"ids": passing[start : start + CHUNK], **how})
        for start in range(0, len(passing), CHUNK)
    ]
    return Retried(
        sum(each.due for each in acts),
        sum(each.waiting for each in acts),
        len(verdicts) - len(passing),
        tuple(release for each in acts for release in each.releases),
    )


def _released(service: ServiceCalls, body: Json) -> Retried:
    answer = service.create("/ops/v1/parked/retry", body)
    due = int(answer["released"])
    release = answer.get("release_id")
    return Retried(due, int(answer.get("asked", due)) - due, 0, (str(release),) if release and due else ())
