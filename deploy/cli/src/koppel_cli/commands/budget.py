"""`koppel budget`: what providers allow, and what is used of it."""

from typing import Annotated

import typer

from koppel_cli.help import OPERATIONS, examples
from koppel_cli.operations import Json, services
from koppel_cli.options import AsJson
from koppel_cli.output import show_json, show_lines, show_table, understood
from koppel_cli.wording import count

_SHOWN = 20


def register(koppel: typer.Typer) -> None:
    ends = examples("koppel budget --provider exact_online --add 200", environment=True)
    koppel.command("budget", rich_help_panel=OPERATIONS, epilog=ends)(_budget)


def _budget(
    *,
    provider: Annotated[
        str | None, typer.Option(metavar="ID", help="This provider only, e.g. exact_online.")
    ] = None,
    add: Annotated[
        int, typer.Option(metavar="N", help="What one more office with N administrations would do.")
    ] = 0,
    as_json: AsJson = False,
) -> int:
    """Calls that providers allow: used, left, by whom, and the next day.

    How the rate windows of providers stand at sync-svc. JSON has every minute of the day ahead.
    """
    [sync_svc] = services("sync-svc")
    found = sync_svc.get("/ops/v1/budget", {"provider": provider, "add": add})
    if as_json:
        show_json(found)
    else:
        _show(found)
    return 0


def _show(found: Json) -> None:
    with understood():
        if windows := found["windows"][:_SHOWN]:
            show_table(("PROVIDER", "WINDOW", "USED", "LEFT", "FREE AT", "SCOPE"), map(_window, windows))
        else:
            print("nothing was called yet")
        if spent := found["spent"][:_SHOWN]:
            print()
            show_table(("HOUR", "CALLS", "PROVIDER", "ENDPOINT", "ORGANISATION"), map(_spender, spent))
    show_lines(_ahead, found)


def _window(window: Json) -> tuple[object, ...]:
    used = f"{window['used'] + window['reserved']}/{window['limit']}"
    return (
        *(window["provider"], window["window"], used),
        *(window["remaining"], window["resets_at"], window["scope"]),
    )


def _spender(spent: Json) -> tuple[object, ...]:
    return tuple(spent[name] for name in ("hour", "calls", "provider", "endpoint", "organisation_id"))


def _ahead(found: Json) -> list[str]:
    providers = dict.fromkeys(minute["provider"] for minute in found["forecast"])
    days = [_day(name, [m for m in found["forecast"] if m["provider"] == name]) for name in providers]
    return [line for lines in (*days, *map(_added_organisation, found["added"])) for line in lines]


def _day(provider: str, minutes: list[Json]) -> list[str]:
    fullest = max(minutes, key=lambda each: each["calls"])
    calls = sum(each["calls"] for each in minutes)
    return [
        "",
        f"{provider}: {count(calls, 'call is', 'calls are')} due in 24 hours",
        f"  most in a minute {fullest['calls']} of {fullest['limit']}, at {fullest['at']}",
    ]


def _added_organisation(each: Json) -> list[str]:
    return [
        "",
        f"{each['provider']}: one more office with {count(each['administrations'], 'administration')}",
        f"  takes {each['calls_an_hour']} calls an hour, {each['first_read_minutes']} minutes to be read once;",
        f"  {each['minutes_over_limit']} minutes of the day would be over the limit",
    ]
