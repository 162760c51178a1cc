"""`koppel syncs` and `koppel runs`: administrations are synchronised."""

import typer

from koppel_cli.group import Listing
from koppel_cli.help import FOR_AN_ORGANISATION, examples
from koppel_cli.syncing import requests, runs


def register(koppel: typer.Typer) -> None:
    syncs = typer.Typer(
        help="Ask for syncs of administrations, and end them.",
        epilog=examples("koppel syncs start ADMINISTRATION --follow", environment=True),
    )
    koppel.add_typer(syncs, name="syncs", rich_help_panel=FOR_AN_ORGANISATION)
    begun = (
        "koppel syncs start ADMINISTRATION --follow",
        "koppel syncs start A B --resource contact --mode full",
    )
    syncs.command("start", epilog=examples(*begun))(requests.start)
    syncs.command("cancel", epilog=examples("koppel syncs cancel RUN"))(requests.cancel)
    group = typer.Typer(
        cls=Listing,
        help="Runs of syncs: what was read, and why one failed.",
        epilog=examples(
            "koppel runs --organisation all --outcome failed --since 2026-11-29T00:00:00Z",
            "koppel runs show RUN --follow",
            environment=True,
        ),
    )
    koppel.add_typer(group, name="runs", rich_help_panel=FOR_AN_ORGANISATION)
    group.command("list", epilog=examples("koppel runs list --outcome failed"))(runs.list_runs)
    group.command("show", epilog=examples("koppel runs show RUN --follow"))(runs.show)
