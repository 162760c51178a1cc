"""`koppel connections` and `koppel reauthorizations`: an office's logins at accounting packages."""

from typing import Annotated, Literal
from uuid import UUID

import typer

from koppel_cli.connections import authorizing
from koppel_cli.group import Listing
from koppel_cli.help import FOR_AN_ORGANISATION, examples
from koppel_cli.lists import OrganisationList, show_organisation_list
from koppel_cli.options import Across, AsJson, Search, Since
from koppel_cli.organisation_calls import service_for_organisation

_State = Literal["pending", "active", "reauthorization_required", "revoked", "deleted"]
_WAITING = OrganisationList(
    service="sync-svc",
    name="reauthorizations",
    columns={
        "CONNECTION": "connection_id",
        "PROVIDER": "provider",
        "COMPANY": lambda it: it["company"] and it["company"]["name"],
        "HOLDS UP": "administrations_held_up",
        "SINCE": "since",
        "ACT BY": "act_by",
        "SYNCS": "syncs_held_up",
        "WHY": "reason",
        "WHO MUST ACT": "who_must_act",
        "GRANT": "grant_id",
    },
    none="nobody has to log in again",
    across_filters=frozenset({"code", "q"}),
)


def register(koppel: typer.Typer) -> None:
    group = typer.Typer(
        cls=Listing,
        help="An office's connections to accounting packages.",
        epilog=examples(
            "koppel connections",
            "koppel connections list --organisation all --state reauthorization_required",
            environment=True,
        ),
    )
    koppel.add_typer(group, name="connections", rich_help_panel=FOR_AN_ORGANISATION)
    group.command("list", epilog=examples("koppel connections list --organisation all --q jansen"))(_list)
    group.command("show", epilog=examples("koppel connections show ID"))(authorizing.show)
    new = "koppel connections new eaccounting --return-url http://127.0.0.1:3000/"
    group.command("new", epilog=examples(new, "koppel connections new snelstart --credentials key.json"))(
        authorizing.new
    )
    again = "koppel connections authorize ID --return-url http://127.0.0.1:3000/"
    group.command("authorize", epilog=examples(again))(authorizing.authorize)
    group.command("delete", epilog=examples("koppel connections delete ID"))(_delete)
    waiting = examples("koppel reauthorizations --organisation all", environment=True)
    koppel.command("reauthorizations", rich_help_panel=FOR_AN_ORGANISATION, epilog=waiting)(_reauthorizations)


def _list(
    *,
    organisation: Across = None,
    state: Annotated[_State | None, typer.Option(help="Those, across offices.")] = None,
    code: Annotated[str | None, typer.Option(metavar="CODE", help="Those for which this says why.")] = None,
    q: Search = None,
    since: Since = None,
    sort: Annotated[Literal["name", "-name"] | None, typer.Option(help="The order.")] = None,
    as_json: AsJson = False,
) -> int:
    """The connections, how they are, and who must act; filters need `--organisation`."""
    query = {"state": state, "code": code, "q": q, "since": since, "sort": sort}
    return show_organisation_list(authorizing.LIST, query, organisation=organisation, as_json=as_json)


def _reauthorizations(
    *,
    organisation: Across = None,
    code: Annotated[str | None, typer.Option(metavar="CODE", help="Those for which this says why.")] = None,
    q: Search = None,
    as_json: AsJson = False,
) -> int:
    """Who has to log in again, those that hold up most first."""
    query = {"code": code, "q": q}
    return show_organisation_list(_WAITING, query, organisation=organisation, as_json=as_json)


def _delete(connection: Annotated[UUID, typer.Argument(metavar="ID")]) -> int:
    """Revoke it at the provider and shred its tokens; what was imported by it goes with it."""
    service_for_organisation("connection-svc").delete(f"/v1/connections/{connection}")
    print(f"deleted: connection {connection}")
    return 0
