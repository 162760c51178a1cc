"""`koppel sync-status`, `policies` and `records`: how an administration is kept, and what is kept of it."""

import typer

from koppel_cli.group import Listing
from koppel_cli.help import FOR_AN_ORGANISATION, examples
from koppel_cli.syncing import policies, records, status


def register(koppel: typer.Typer) -> None:
    group = typer.Typer(
        cls=Listing,
        help="When administrations were last read, what is paused, and what comes next.",
        epilog=examples("koppel sync-status --organisation all --paused", environment=True),
    )
    koppel.add_typer(group, name="sync-status", rich_help_panel=FOR_AN_ORGANISATION)
    group.command("list", epilog=examples("koppel sync-status list --outcome failed"))(status.list_status)
    group.command("show", epilog=examples("koppel sync-status show ADMINISTRATION"))(status.show)
    rules = typer.Typer(
        help="How often an administration is read.",
        epilog=examples("koppel policies get ADMINISTRATION", environment=True),
    )
    koppel.add_typer(rules, name="policies", rich_help_panel=FOR_AN_ORGANISATION)
    rules.command("get", epilog=examples("koppel policies get ADMINISTRATION"))(policies.get)
    often = ("koppel policies set ADMINISTRATION --preset hourly", "koppel policies set ADMINISTRATION --off")
    rules.command("set", epilog=examples(*often))(policies.set_policy)
    kept = examples("koppel records ADMINISTRATION --resource contact --json", environment=True)
    koppel.command("records", rich_help_panel=FOR_AN_ORGANISATION, epilog=kept)(records.list_records)
