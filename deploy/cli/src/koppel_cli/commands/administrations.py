"""`koppel administrations`: an office's administrations."""

from typing import Annotated, Literal

import typer

from koppel_cli.group import Listing
from koppel_cli.help import FOR_AN_ORGANISATION, examples
from koppel_cli.operations import Json
from koppel_cli.options import AsJson
from koppel_cli.organisation_calls import service_for_organisation
from koppel_cli.output import show_json, show_list

_HEADINGS = ("ID", "NAME", "PROVIDER", "KVK NUMBER", "SECTOR", "STATUS", "DUPLICATES")
_Order = Literal["name", "-name", "imported_at", "-imported_at"]


def register(koppel: typer.Typer) -> None:
    group = typer.Typer(
        cls=Listing,
        help="An office's administrations.",
        epilog=examples("koppel administrations --q bakkerij", environment=True),
    )
    koppel.add_typer(group, name="administrations", rich_help_panel=FOR_AN_ORGANISATION)
    group.command("list", epilog=examples("koppel administrations list --sort name"))(_list)


def _list(
    *,
    q: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Those with this in a name or number.")
    ] = None,
    state: Annotated[
        Literal["active", "removed"] | None, typer.Option(help="Those; else the active ones.")
    ] = None,
    connection: Annotated[str | None, typer.Option(metavar="ID", help="Those of this connection.")] = None,
    sort: Annotated[_Order | None, typer.Option(help="The order of the list.")] = None,
    as_json: AsJson = False,
) -> int:
    """Profile, what the provider says of them, and how many others have the same KvK number."""
    query = {"q": q, "state": state, "connection_id": connection, "sort": sort}
    found = list(service_for_organisation("import-svc").items("/v1/administrations", query))
    if as_json:
        show_json({"items": found})
    else:
        show_list(found, _HEADINGS, _row, none="no administrations")
    return 0


def _row(administration: Json) -> tuple[object, ...]:
    sector = administration["sector"]
    return (
        administration["id"],
        administration["name"],
        administration["provider"],
        administration["kvk_number"] or administration["no_kvk_reason"],
        sector and sector["code"],
        "vanished" if administration["vanished_at"] else administration["status"],
        len(administration["duplicates"]) or None,
    )
