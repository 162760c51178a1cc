"""`koppel held-deletions`: deletions that wait for a person, because too much vanished at once."""

from typing import Annotated, Literal

import typer

from koppel_cli.group import Listing
from koppel_cli.help import FOR_AN_ORGANISATION, examples
from koppel_cli.operations import Json
from koppel_cli.options import AsJson, NeededReason
from koppel_cli.organisation_calls import service_for_organisation
from koppel_cli.output import show_json, show_lines, show_list
from koppel_cli.wording import count

_HEADINGS = ("ID", "LISTING", "COUNT", "OF", "STATE", "HELD SINCE", "ADMINISTRATION")
_Id = Annotated[str, typer.Argument(metavar="ID", help="As the list shows it.")]


def register(koppel: typer.Typer) -> None:
    group = typer.Typer(
        cls=Listing,
        help="Deletions that were held because too many records vanished at once.",
        epilog=examples("koppel held-deletions", environment=True),
    )
    koppel.add_typer(group, name="held-deletions", rich_help_panel=FOR_AN_ORGANISATION)
    group.command("list", epilog=examples("koppel held-deletions list --state released"))(_list)
    decided = "koppel held-deletions {} 0198c5e2-… --reason 'the office cleaned up'"
    group.command("release", epilog=examples(decided.format("release")))(_release)
    group.command("reject", epilog=examples(decided.format("reject")))(_reject)


def _list(
    *,
    administration: Annotated[
        str | None, typer.Option(metavar="ID", help="Those of this administration.")
    ] = None,
    state: Annotated[Literal["open", "released", "rejected"], typer.Option(help="Which.")] = "open",
    as_json: AsJson = False,
) -> int:
    """Those of the office of KOPPEL_TOKEN."""
    query = {"administration_id": administration, "state": state}
    found = list(service_for_organisation("sync-svc").items("/v1/held-deletions", query))
    if as_json:
        show_json({"items": found})
    else:
        show_list(found, _HEADINGS, _row, none="nothing is held")
    return 0


def _release(held: _Id, *, reason: NeededReason) -> int:
    """Delete what is still absent."""
    return _decide(held, "release", reason)


def _reject(held: _Id, *, reason: NeededReason) -> int:
    """Let the records be until the provider shows them again."""
    return _decide(held, "reject", reason)


def _decide(held: str, act: str, reason: str) -> int:
    decided = service_for_organisation("sync-svc").post(
        f"/v1/held-deletions/{held}/{act}", {"reason": reason}
    )
    show_lines(lambda it: [f"{it['state']}: {count(it['count'], 'record')} of {it['listing']}"], decided)
    return 0


def _row(held: Json) -> tuple[object, ...]:
    return (
        held["id"],
        held["listing"],
        held["count"],
        held["of"],
        held["state"],
        held["held_at"],
        held["administration_id"],
    )
