"""`koppel organisations`: accountancy offices, and their names."""

from typing import Annotated, Literal
from uuid import UUID

import typer

from koppel_cli.group import Listing
from koppel_cli.help import OPERATIONS, examples
from koppel_cli.lists import Columns, show_items, show_one
from koppel_cli.operations import services
from koppel_cli.options import AsJson
from koppel_cli.organisation_calls import service_for_organisation

_SERVICE = "connection-svc"
_COLUMNS: Columns = {
    "ID": "id",
    "CONNECTIONS": "connections",
    "ADMINISTRATIONS": "administrations",
    "NAME": "name",
}
_ONE: Columns = {"ID": "id", "NAME": "name", "NAMED BY": "named_by", "NAMED": "named_at"}
_Name = Annotated[str, typer.Argument(metavar="NAME")]


def register(koppel: typer.Typer) -> None:
    group = typer.Typer(
        cls=Listing,
        help="Accountancy offices, by id and name.",
        epilog=examples("koppel organisations --q jansen", "koppel organisations own", environment=True),
    )
    koppel.add_typer(group, name="organisations", rich_help_panel=OPERATIONS)
    group.command("list", epilog=examples("koppel organisations list --sort name"))(_list)
    group.command("name", epilog=examples("koppel organisations name UUID 'Jansen Accountants'"))(_name)
    group.command("own", epilog=examples("koppel organisations own --name 'Jansen Accountants'"))(_own)


def _list(
    *,
    q: Annotated[str | None, typer.Option(metavar="TEXT", help="Those with this in the name.")] = None,
    sort: Annotated[Literal["name", "-name"] | None, typer.Option(help="The order of the list.")] = None,
    as_json: AsJson = False,
) -> int:
    """All of them, with how many connections and administrations each has."""
    [service] = services(_SERVICE)
    found = list(service.items("/ops/v1/organisations", {"q": q, "sort": sort}))
    show_items(found, _COLUMNS, none="no organisations", as_json=as_json)
    return 0


def _name(
    organisation: Annotated[UUID, typer.Argument(metavar="UUID")], name: _Name, *, as_json: AsJson = False
) -> int:
    """Give one a name."""
    [service] = services(_SERVICE)
    named = service.put(f"/ops/v1/organisations/{organisation}", {"name": name})
    return show_one(named, _ONE, as_json=as_json)


def _own(
    *,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="Its new name.")] = None,
    as_json: AsJson = False,
) -> int:
    """That of KOPPEL_TOKEN; with `--name` it gets another name."""
    service = service_for_organisation(_SERVICE)
    path = "/v1/organisation"
    found = service.get(path) if name is None else service.put(path, {"name": name})
    return show_one(found, _ONE, as_json=as_json)
