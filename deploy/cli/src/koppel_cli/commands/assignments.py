"""`koppel assignments`: who works on which administration, and plans that change it for many."""

import typer

from koppel_cli.assigning import plans, standing
from koppel_cli.group import Listing
from koppel_cli.help import FOR_AN_ORGANISATION, examples

_PLAN = "koppel assignments plan --import-session ID --division UUID"


def register(koppel: typer.Typer) -> None:
    group = typer.Typer(
        cls=Listing,
        help="Who works on which administration: division, template and users.",
        epilog=examples(
            "koppel assignments list ADMINISTRATION ADMINISTRATION",
            f"{_PLAN}    nothing changes yet",
            "koppel assignments apply PLAN",
            "koppel assignments undo PLAN",
            environment=True,
        ),
    )
    koppel.add_typer(group, name="assignments", rich_help_panel=FOR_AN_ORGANISATION)
    group.command("list", epilog=examples("koppel assignments list --organisation all --q jansen"))(
        standing.list_assignments
    )
    group.command("plans", epilog=examples("koppel assignments plans --state planned"))(plans.list_plans)
    group.command("plan", epilog=examples(_PLAN, "koppel assignments plan --all --add-user UUID"))(plans.plan)
    group.command("show", epilog=examples("koppel assignments show PLAN"))(plans.show)
    group.command("apply", epilog=examples("koppel assignments apply PLAN --partial"))(plans.apply)
    group.command("undo", epilog=examples("koppel assignments undo PLAN"))(plans.undo)
