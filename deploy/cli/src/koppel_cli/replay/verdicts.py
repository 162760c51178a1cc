"""`koppel replay verdicts`: what becomes of each event of a replay, and why, as each consumer tells of itself."""

from itertools import islice
from typing import Annotated, Literal
from uuid import UUID

import typer

from koppel_cli import fan_out
from koppel_cli.operations import Json, ServiceCalls, services
from koppel_cli.options import AsJson, Service
from koppel_cli.output import say, show_json, show_list

_HEADINGS = ("CONSUMER", "VERDICT", "REASON", "VERSIONS", "TOPIC", "KEY")


def verdicts(
    replay: Annotated[UUID, typer.Argument(metavar="ID")],
    *,
    phase: Annotated[
        Literal["rehearsal", "run"] | None,
        typer.Option("--phase", help="The plan's (`rehearsal`) or the run's; default: the newest."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many of each consumer.")] = 200,
    service: Service = None,
    as_json: AsJson = False,
) -> int:
    """Show what becomes of each event, as ranges of versions, and why."""
    path = f"/ops/v1/replays/{replay}/verdicts"
    answers = fan_out.ask_each(services(service), lambda one: _told(one, path, phase, limit + 1))
    found = fan_out.flat(each[:limit] for each in answers.by_service.values())
    if as_json:
        show_json(found)
    else:
        none = f"no consumer among {answers.asked} had an event of replay {replay}"
        show_list(found, _HEADINGS, _row, none=none)
    for name, told in answers.by_service.items():
        if len(told) > limit:
            say(f"{name}: more than {limit}; --limit shows more")
    return fan_out.end_list(answers, service=service, as_json=as_json)


def _told(service: ServiceCalls, path: str, phase: str | None, most: int) -> list[Json]:
    """Nothing where the consumer had no event of it."""
    if service.get_or_none(path, {"limit": 1}) is None:
        return []
    items = islice(service.items(path, {"phase": phase}), most)
    return [{"consumer": service.name, **item} for item in items]


def _row(item: Json) -> tuple[object, ...]:
    first, last = item["from"], item["to"]
    versions = first if first == last else f"{first}-{last}"
    return (item["consumer"], item["verdict"], item["reason"], versions, item["topic"], item["key"])
