"""The last screen, and the same facts as data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from koppel_cli.events.story import Moment
from koppel_local.demo.api import Json
from koppel_local.demo.organisation import Organisation
from koppel_local.demo.runs import counts
from koppel_local.demo.stage import Stage
from koppel_local.demo.steps.assigning import assignment
from koppel_local.demo.steps.importing import Administration
from koppel_local.demo.steps.syncing import Changes


@dataclass(frozen=True, slots=True)
class Facts:
    """What the demonstration saw."""

    organisation: Organisation
    connection: Json
    administrations: list[Json]
    plan: Json
    runs: dict[str, list[Json]]
    """By administration, oldest first."""
    changes: Changes
    timeline: list[Moment]
    timeline_of: Administration


def ask_administrations(stage: Stage, administrations: Sequence[Administration]) -> list[Json]:
    """Each administration with its assignment and sync status, as the services tell now."""
    return [
        {
            **stage.imports.get(f"/v1/administrations/{each.id}"),
            "assignment": assignment(stage, each),
            "sync": stage.syncs.get(f"/v1/administrations/{each.id}/sync-status"),
        }
        for each in administrations
    ]


def show(console: Console, facts: Facts) -> None:
    """Print two tables: the administrations, and the events of one of them."""
    console.print()
    console.print(_administrations(facts))
    console.print(_timeline(facts))


def as_data(facts: Facts) -> dict[str, Any]:
    """The same as one JSON document."""
    organisation = facts.organisation
    return {
        "organisation_id": str(organisation.organisation_id),
        "office": {
            "name": organisation.name,
            "users": [{"id": str(u.id), "name": u.name, "role": u.role} for u in organisation.employees],
            "divisions": [{"id": str(each.id), "name": each.name} for each in organisation.divisions],
            "templates": [{"id": str(each.id), "name": each.name} for each in organisation.templates],
        },
        "connection": facts.connection,
        "administrations": facts.administrations,
        "plan": {"id": facts.plan["id"], "summary": facts.plan["summary"], "changes": facts.plan["changes"]},
        "sync_runs": {identifier: list(map(_run, runs)) for identifier, runs in facts.runs.items()},
        "changes_at_package": {
            "changed": facts.changes.changed,
            "added": facts.changes.added,
            "removed": facts.changes.removed,
        },
        "timeline": {
            "administration_id": facts.timeline_of.id,
            "events": [moment.as_json() for moment in facts.timeline],
        },
    }


def _administrations(facts: Facts) -> Table:
    table = Table(title=f"{facts.organisation.name}: administrations", title_justify="left", show_lines=True)
    for heading in ("administration", "profile", "assignment", "last synced", "records"):
        table.add_column(heading, no_wrap=heading == "records")
    for each in facts.administrations:
        given, sync = each["assignment"], each["sync"]
        name_of = facts.organisation.name_of
        assigned = "\n".join(
            [
                f"{name_of(given['division_id'])} · {name_of(given['template_id'])}",
                *map(name_of, given["user_ids"]),
                f"rule {given['rule']}, version {given['version']}",
            ]
        )
        last = (
            f"{_clock(sync['last_synced_at'])}\n{sync['last_duration_seconds']:.2f} s, {sync['last_outcome']}"
        )
        records = "\n".join(f"{one['records']:5} {one['resource']}" for one in sync["resources"])
        table.add_row(each["name"], _profile(each), assigned, last, records)
    return table


def _timeline(facts: Facts) -> Table:
    table = Table(title=f"{facts.timeline_of.name}: what happened and why", title_justify="left")
    table.add_column("seconds", justify="right")
    for heading in ("event", "version", "because of"):
        table.add_column(heading)
    began = datetime.fromisoformat(facts.timeline[0].at)
    for moment in facts.timeline:
        seconds = (datetime.fromisoformat(moment.at) - began).total_seconds()
        table.add_row(f"{seconds:.2f}", moment.title, moment.versions, moment.cause)
    return table


def _run(run: Json) -> Json:
    names = ("id", "trigger", "mode", "state", "outcome", "requested_at", "started_at", "finished_at")
    return {**{name: run[name] for name in names}, "resources": counts(run)}


def _profile(administration: Json) -> str:
    if administration["kvk_number"]:
        return f"KvK {administration['kvk_number']}"
    sector = administration["sector"]
    return f"{administration['no_kvk_reason']}\nsector {sector['code']} (SBI {sector['sbi_version']})"


def _clock(text: str) -> str:
    return datetime.fromisoformat(text).astimezone().strftime("%H:%M:%S")
