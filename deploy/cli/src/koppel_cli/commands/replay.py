"""`koppel replay`: events of a service's log are sent again to the consumers that need them."""

import typer

from koppel_cli.group import Listing
from koppel_cli.help import OPERATIONS, examples
from koppel_cli.replay import commands, planning, verdicts

_ABOUT = """\
Send events again, from the log of the service that owns them.

To one consumer, several, or all that read them. Nobody else sees them, and an effect that is there already is not made
twice. First a plan, then the run. When a target moved on since the plan, the run stops as `stale`: make a new plan.
A run needs the right `replay` in the token; looking needs `operator`.
"""
_PLAN = (
    "koppel replay plan --stream koppel.administration.v1 KEY \\",
    "    --target assignment-svc --reason 'lost an event'",
)
_EXAMPLES = (
    *_PLAN,
    "koppel replay start ID --follow      do it, and watch",
    "koppel replay verdicts ID            what becomes of each event, and why",
    "koppel replay pause ID               send nothing for now",
    "koppel replay resume ID              go on where it stopped",
    "koppel replay status ID              how far it is, and what came of it",
)


def register(koppel: typer.Typer) -> None:
    replay = typer.Typer(cls=Listing, help=_ABOUT, epilog=examples(*_EXAMPLES, environment=True))
    koppel.add_typer(replay, name="replay", rich_help_panel=OPERATIONS)
    replay.command("plan", cls=planning.PlanCommand, epilog=examples(*_PLAN))(planning.plan)
    replay.command("start", epilog=examples("koppel replay start ID --follow"))(commands.start)
    replay.command("pause", epilog=examples("koppel replay pause ID"))(commands.pause)
    replay.command("resume", epilog=examples("koppel replay resume ID --follow"))(commands.resume)
    replay.command("cancel", epilog=examples("koppel replay cancel ID --reason 'the wrong day'"))(
        commands.cancel
    )
    replay.command("status", epilog=examples("koppel replay status ID --follow"))(commands.status)
    replay.command("verdicts", epilog=examples("koppel replay verdicts ID --phase rehearsal"))(
        verdicts.verdicts
    )
    replay.command("list", epilog=examples("koppel replay list --state running"))(commands.list_replays)
