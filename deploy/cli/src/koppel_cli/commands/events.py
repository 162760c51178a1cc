"""`koppel find`, `koppel timeline` and `koppel events`: what an id is, what happened, and why."""

import typer

from koppel_cli.events import by_filter, finding, timeline
from koppel_cli.help import OPERATIONS, examples

_ID = "0198c0de-0000-7000-8000-000000000003"


def register(koppel: typer.Typer) -> None:
    find = examples(f"koppel find {_ID}", environment=True)
    koppel.command("find", rich_help_panel=OPERATIONS, epilog=find)(finding.find)
    story = examples(f"koppel timeline {_ID}", environment=True)
    koppel.command("timeline", rich_help_panel=OPERATIONS, epilog=story)(timeline.timeline)
    some = examples(
        f"koppel events --causation-id {_ID}",
        "koppel events --type AdministrationImported --from 2026-11-29T08:00:00Z",
        environment=True,
    )
    koppel.command("events", rich_help_panel=OPERATIONS, epilog=some)(by_filter.events)
