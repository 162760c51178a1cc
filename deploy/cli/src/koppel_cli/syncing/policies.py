"""`koppel policies get` and `set`."""

from typing import Annotated, Literal

import typer

from koppel_cli.failure import CommandFailed
from koppel_cli.lists import Columns, show_one
from koppel_cli.operations import Json
from koppel_cli.options import Administration, AsJson
from koppel_cli.organisation_calls import service_for_organisation

_COLUMNS: Columns = {
    "ADMINISTRATION": "administration_id",
    "ENABLED": "enabled",
    "PRESET": "preset",
    "INTERVAL MINUTES": "interval_minutes",
    "CRON": "cron",
    "RESOURCES": "resources",
    "SWEEP": "sweep",
    "FRESHNESS MINUTES": "freshness_minutes",
    "NEXT": "next_due_at",
    "NEXT SWEEP": "next_sweep_at",
}
_Preset = Literal["every_15_minutes", "hourly", "every_4_hours", "daily", "weekly", "monthly"]
_Sweep = Literal["every_15_minutes", "hourly", "every_4_hours", "daily", "weekly", "monthly", "never"]


def get(administration: Administration, *, as_json: AsJson = False) -> int:
    """How often it is read."""
    found = service_for_organisation("sync-svc").get(_path(administration))
    return show_one(found, _COLUMNS, as_json=as_json)


def set_policy(
    administration: Administration,
    *,
    preset: Annotated[_Preset | None, typer.Option(help="How often.")] = None,
    interval_minutes: Annotated[
        int | None, typer.Option("--interval-minutes", metavar="N", help="Or every N minutes.")
    ] = None,
    cron: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Or as cron says, in Europe/Amsterdam.")
    ] = None,
    resource: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only these; else all. Repeatable.")
    ] = None,
    sweep: Annotated[_Sweep | None, typer.Option(help="How often everything is read.")] = None,
    freshness_minutes: Annotated[
        int | None, typer.Option("--freshness-minutes", metavar="N", help="No older than this is the aim.")
    ] = None,
    enabled: Annotated[bool, typer.Option("--on/--off", help="Whether it is read by itself.")] = True,
    as_json: AsJson = False,
) -> int:
    """Put another policy in the place of its present one."""
    told: Json = {"preset": preset, "interval_minutes": interval_minutes, "cron": cron}
    if sum(value is not None for value in told.values()) > 1:
        detail = "Its rhythm is said once."
        hint = "Give one of --preset, --interval-minutes and --cron."
        raise CommandFailed("wrong_arguments", detail, hint=hint)
    told |= {"resources": resource, "sweep": sweep, "freshness_minutes": freshness_minutes}
    body = {"enabled": enabled, **{name: value for name, value in told.items() if value is not None}}
    changed = service_for_organisation("sync-svc").put(_path(administration), body)
    return show_one(changed, _COLUMNS, as_json=as_json)


def _path(administration: Administration) -> str:
    return f"/v1/administrations/{administration}/sync-policy"
