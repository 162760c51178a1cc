"""`koppel budget`: what providers allow, and what is used of it."""

import argparse
import json

from koppel_cli.commands import CALLS_ENVIRONMENT, Commands
from koppel_cli.operations import Json, services
from koppel_cli.tables import table

_SHOWN = 20


def register(commands: Commands) -> None:
    budget = commands.add_parser(
        "budget",
        help="calls that providers allow: used, left, by whom, and the next day",
        description="How the rate windows of providers stand at sync-svc, who spent what, and the hours ahead.",
        epilog=CALLS_ENVIRONMENT,
    )
    budget.formatter_class = argparse.RawDescriptionHelpFormatter
    budget.add_argument("--provider", metavar="ID", help="this provider only, e.g. exact_online")
    budget.add_argument(
        "--add", type=int, default=0, metavar="N", help="what one more office with N administrations would do"
    )
    budget.add_argument("--json", action="store_true", help="the answer as JSON, with every minute")
    budget.set_defaults(run=_budget)


def _budget(arguments: argparse.Namespace) -> int:
    [sync_svc] = services("sync-svc")
    found: Json = sync_svc.get("/ops/v1/budget", {"provider": arguments.provider, "add": arguments.add})
    print(json.dumps(found, indent=2) if arguments.json else _in_words(found))
    return 0


def _in_words(found: Json) -> str:
    windows = [
        (
            w["provider"],
            w["window"],
            w["scope"],
            f"{w['used'] + w['reserved']}/{w['limit']}",
            w["remaining"],
            w["resets_at"],
        )
        for w in found["windows"][:_SHOWN]
    ]
    parts = [
        table(("PROVIDER", "WINDOW", "SCOPE", "USED", "LEFT", "FREE AT"), windows)
        if windows
        else "nothing was called yet"
    ]
    if found["spent"]:
        spent = [
            (s["hour"], s["organisation_id"], s["provider"], s["endpoint"], s["calls"])
            for s in found["spent"][:_SHOWN]
        ]
        parts.append(table(("HOUR", "ORGANISATION", "PROVIDER", "ENDPOINT", "CALLS"), spent))
    parts += [
        _day(name, [m for m in found["forecast"] if m["provider"] == name]) for name in _providers(found)
    ]
    parts += [_added_organisation(each) for each in found["added"]]
    return "\n\n".join(parts)


def _providers(found: Json) -> list[str]:
    return list(dict.fromkeys(minute["provider"] for minute in found["forecast"]))


def _day(provider: str, minutes: list[Json]) -> str:
    fullest = max(minutes, key=lambda each: each["calls"])
    calls = sum(each["calls"] for each in minutes)
    return (
        f"{provider}: {calls} calls are due in 24 hours; most in a minute {fullest['calls']} of {fullest['limit']}, "
        f"at {fullest['at']}"
    )


def _added_organisation(each: Json) -> str:
    return (
        f"{each['provider']}: one more office with {each['administrations']} administrations takes {each['calls_an_hour']} "
        f"calls an hour, {each['first_read_minutes']} minutes to be read once; {each['minutes_over_limit']} minutes of the "
        "day would be over the limit"
    )
