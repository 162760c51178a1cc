"""`koppel providers` and `koppel sectors`: what there is to choose from."""

from typing import Annotated

import typer

from koppel_cli.help import FOR_AN_ORGANISATION, examples
from koppel_cli.lists import Columns, OrganisationList, show_items, show_organisation_list
from koppel_cli.operations import Json
from koppel_cli.options import AsJson
from koppel_cli.organisation_calls import service_for_organisation

_PROVIDERS = OrganisationList(
    service="connection-svc",
    name="providers",
    columns={
        "ID": "id",
        "NAME": "name",
        "AUTH": "auth",
        "COVERS": lambda it: "one" if it["grant_covers"] == "one_administration" else "many",
        "REGIONS": lambda it: _ids(it.get("regions")),
        "FIELDS": lambda it: ", ".join(each["name"] for each in it.get("fields") or ()),
        "RESOURCES": "resources",
    },
    none="no providers",
)
_SECTORS: Columns = {"CODE": "code", "NAME": "name"}


def register(koppel: typer.Typer) -> None:
    koppel.command(
        "providers",
        rich_help_panel=FOR_AN_ORGANISATION,
        epilog=examples("koppel providers --json", environment=True),
    )(_providers)
    koppel.command(
        "sectors", rich_help_panel=FOR_AN_ORGANISATION, epilog=examples("koppel sectors", environment=True)
    )(_sectors)


def _providers(*, as_json: AsJson = False) -> int:
    """Accounting packages that an office can connect.

    How one logs in, whether one login covers many administrations, and what is read.
    """
    return show_organisation_list(_PROVIDERS, {}, as_json=as_json)


def _sectors(
    *,
    sbi_version: Annotated[str, typer.Option(metavar="YEAR", help="Of the classification.")] = "2025",
    as_json: AsJson = False,
) -> int:
    """Sections of the classification of activities, by letter."""
    service = service_for_organisation("import-svc")
    found = list(service.items("/v1/sectors", {"sbi_version": sbi_version}))
    show_items(found, _SECTORS, none="no sections", as_json=as_json)
    return 0


def _ids(regions: list[Json] | None) -> str:
    return ", ".join(each["id"] for each in regions or ())
