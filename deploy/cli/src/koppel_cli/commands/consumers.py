"""`koppel consumers` and `koppel freshness`: who is behind, and whether data is as fresh as promised."""

from typing import Annotated

import typer

from koppel_cli import fan_out
from koppel_cli.fan_out import ask_each, end_list
from koppel_cli.help import OPERATIONS, examples
from koppel_cli.lists import Columns, cell, show_items
from koppel_cli.operations import Json, services
from koppel_cli.options import AsJson, Consumer, Service
from koppel_cli.output import say, show_json, show_list, understood

_COLUMNS: Columns = {
    "CONSUMER": "consumer",
    "TOPIC": "topic",
    "PART.": "partition",
    "EVENTS": "events_behind",
    "SECONDS": lambda it: None if it["seconds_behind"] is None else round(it["seconds_behind"]),
    "STATE": "state",
}
"""A line each, as there are many; JSON has positions, members and hosts."""
_FRESHNESS: Columns = {
    "PROVIDER": "provider",
    "ADMINISTRATIONS": "administrations",
    "MET": "met",
    "BURN 1H": "burn_rate_1h",
    "BURN 6H": "burn_rate_6h",
}


def register(koppel: typer.Typer) -> None:
    ends = examples("koppel consumers --behind", "koppel consumers --service sync-svc", environment=True)
    koppel.command("consumers", rich_help_panel=OPERATIONS, epilog=ends)(_consumers)
    koppel.command(
        "freshness", rich_help_panel=OPERATIONS, epilog=examples("koppel freshness", environment=True)
    )(_freshness)


def _consumers(
    *,
    service: Service = None,
    consumer: Consumer = None,
    topic: Annotated[str | None, typer.Option(metavar="TOPIC", help="Of this topic.")] = None,
    behind: Annotated[bool, typer.Option("--behind", help="Those that are behind or do not read.")] = False,
    as_json: AsJson = False,
) -> int:
    """Who is behind, by how many events and seconds, the most behind first.

    A line a partition. JSON has the positions, too, and which member reads it on which host.
    """
    query = {"consumer": consumer, "topic": topic}
    answers = ask_each(services(service), lambda asked: list(asked.items("/ops/v1/consumers", query)))
    found = _once(fan_out.flat(answers.by_service.values()))
    if behind:
        found = [each for each in found if each.get("events_behind") or each.get("state") != "consuming"]
    found.sort(key=_behind, reverse=True)
    if as_json:
        show_json(found)
    else:
        none = f"nobody is behind at {answers.asked}" if behind else f"no consumers at {answers.asked}"
        show_list(found, tuple(_COLUMNS), lambda it: [cell(it, how) for how in _COLUMNS.values()], none=none)
    return end_list(answers, service=service, as_json=as_json)


def _once(standings: list[Json]) -> list[Json]:
    """A topic's owner tells of its readers, and these tell of themselves."""
    with understood():
        return list({(it["consumer"], it["topic"], it["partition"]): it for it in standings}.values())


def _behind(standing: Json) -> tuple[float, int]:
    return float(standing.get("seconds_behind") or 0), int(standing.get("events_behind") or 0)


def _freshness(*, as_json: AsJson = False) -> int:
    """How many administrations are as fresh as promised, and how fast the allowance is spent, by provider."""
    [sync_svc] = services("sync-svc")
    found = sync_svc.get("/ops/v1/freshness")
    if as_json:
        show_json(found)
        return 0
    show_items(found["items"], _FRESHNESS, none="no administrations", as_json=False)
    say(f"target: {found.get('target')}; a burn rate of 1 spends the allowance exactly")
    return 0
