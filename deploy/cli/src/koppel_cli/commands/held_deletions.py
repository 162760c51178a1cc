"""`koppel held-deletions`: deletions that wait for a person, because too much vanished at once."""

from typing import Annotated, Literal

import typer

from koppel_cli.group import Listing
from koppel_cli.help import FOR_AN_ORGANISATION, examples
from koppel_cli.lists import OrganisationList, show_organisation_list
from koppel_cli.options import Across, AsJson, NeededReason
from koppel_cli.organisation_calls import service_for_organisation
from koppel_cli.output import show_lines
from koppel_cli.wording import count

_FILTERS = frozenset({"administration_id", "state"})
_LIST = OrganisationList(
    service="sync-svc",
    name="held-deletions",
    columns={
        "ID": "id",
        "LISTING": "listing",
        "COUNT": "count",
        "OF": "of",
        "STATE": "state",
        "HELD": "held_at",
        "ADMINISTRATION": "administration_id",
    },
    none="nothing is held",
    own_filters=_FILTERS,
    across_filters=_FILTERS,
)
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
    organisation: Across = None,
    administration: Annotated[
        str | None, typer.Option(metavar="ID", help="Those of this administration.")
    ] = None,
    state: Annotated[Literal["open", "released", "rejected"], typer.Option(help="Which.")] = "open",
    as_json: AsJson = False,
) -> int:
    """Those of an office, with how much of a listing vanished."""
    query = {"administration_id": administration, "state": state}
    return show_organisation_list(_LIST, query, organisation=organisation, as_json=as_json)


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
