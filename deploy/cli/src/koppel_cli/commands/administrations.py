"""`koppel administrations`: an office's administrations."""

from typing import Annotated, Literal

import typer

from koppel_cli.group import Listing
from koppel_cli.help import FOR_AN_ORGANISATION, examples
from koppel_cli.lists import Columns, OrganisationList, show_one, show_organisation_list
from koppel_cli.operations import Json
from koppel_cli.options import Across, Administration, AsJson, Since
from koppel_cli.organisation_calls import service_for_organisation
from koppel_cli.profile import KvkNumber, NoKvkReason, Sector, profile

_SHOWN: Columns = {
    "ID": "id",
    "NAME": "name",
    "PROVIDER": "provider",
    "KVK NUMBER": lambda it: it["kvk_number"] or it["no_kvk_reason"],
    "SECTOR": lambda it: it["sector"] and it["sector"]["code"],
    "STATUS": lambda it: "vanished" if it["vanished_at"] else it["status"],
    "DUPLICATES": lambda it: len(it["duplicates"]) or None,
}
_ONE: Columns = {
    **_SHOWN,
    "STATE": "state",
    "SECTOR FROM": "sector_source",
    "EXTERNAL ID": "external_id",
    "CONNECTION": "connection_id",
    "GRANT": "grant_id",
    "IMPORTED": "imported_at",
    "IMPORTED BY": "imported_by",
    "IMPORT SESSION": "import_session_id",
    "DUPLICATES": "duplicates",
}
_LIST = OrganisationList(
    service="import-svc",
    name="administrations",
    columns=_SHOWN,
    none="no administrations",
    own_filters=frozenset({"q", "state", "connection_id", "import_session_id", "sort"}),
    across_filters=frozenset({"q", "state", "connection_id", "since", "sort"}),
)
_FOUND = OrganisationList(
    service="import-svc",
    name="found-companies",
    columns={
        "EXTERNAL ID": "external_id",
        "PROVIDER": "provider",
        "STATUS": "status",
        "KVK NUMBER": "kvk_number",
        "FOUND": "found_at",
        "NAME": "name",
        "CONNECTION": "connection_id",
    },
    none="nothing was found that is not imported",
    own_filters=frozenset({"connection_id"}),
)
_Order = Literal["name", "-name", "imported_at", "-imported_at"]


def register(koppel: typer.Typer) -> None:
    group = typer.Typer(
        cls=Listing,
        help="An office's administrations.",
        epilog=examples(
            "koppel administrations --q bakkerij",
            "koppel administrations list --organisation all --q bakkerij",
            environment=True,
        ),
    )
    koppel.add_typer(group, name="administrations", rich_help_panel=FOR_AN_ORGANISATION)
    group.command("list", epilog=examples("koppel administrations list --sort name"))(_list)
    group.command("show", epilog=examples("koppel administrations show ID"))(_show)
    group.command("found", epilog=examples("koppel administrations found"))(_found)
    group.command("profile", epilog=examples("koppel administrations profile ID --kvk-number 01234567"))(
        _profile
    )
    group.command("remove", epilog=examples("koppel administrations remove ID"))(_remove)


def _list(
    *,
    organisation: Across = None,
    q: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Those with this in a name or number.")
    ] = None,
    state: Annotated[
        Literal["active", "removed"] | None, typer.Option(help="Those; else the active ones.")
    ] = None,
    connection: Annotated[str | None, typer.Option(metavar="ID", help="Those of this connection.")] = None,
    import_session: Annotated[
        str | None, typer.Option("--import-session", metavar="ID", help="Those that it imported.")
    ] = None,
    since: Since = None,
    sort: Annotated[_Order | None, typer.Option(help="The order of the list.")] = None,
    as_json: AsJson = False,
) -> int:
    """Profile, what the provider says of them, and how many others have the same KvK number."""
    query = {"q": q, "state": state, "connection_id": connection, "sort": sort}
    query |= {"import_session_id": import_session, "since": since}
    return show_organisation_list(_LIST, query, organisation=organisation, as_json=as_json)


def _show(administration: Administration, *, as_json: AsJson = False) -> int:
    """One administration: its profile and where it came from."""
    found = service_for_organisation("import-svc").get(f"/v1/administrations/{administration}")
    return show_one(found, _ONE, as_json=as_json)


def _found(
    *,
    connection: Annotated[str | None, typer.Option(metavar="ID", help="By this connection.")] = None,
    as_json: AsJson = False,
) -> int:
    """Companies that a login covers and nobody imported."""
    return show_organisation_list(_FOUND, {"connection_id": connection}, as_json=as_json)


def _profile(
    administration: Administration,
    *,
    kvk_number: KvkNumber = None,
    no_kvk_reason: NoKvkReason = None,
    sector: Sector = None,
    as_json: AsJson = False,
) -> int:
    """Put another profile in the place of its present one: a KvK number or why there is none, and a sector."""
    body: Json = profile(kvk_number=kvk_number, no_kvk_reason=no_kvk_reason, sector=sector)
    changed = service_for_organisation("import-svc").patch(
        f"/v1/administrations/{administration}/profile", body
    )
    return show_one(changed, _ONE, as_json=as_json)


def _remove(administration: Administration) -> int:
    """Stop with it here; its books at the provider are left alone."""
    service_for_organisation("import-svc").delete(f"/v1/administrations/{administration}")
    print(f"removed: administration {administration}")
    return 0
