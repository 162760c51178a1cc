"""`koppel assignments list`."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated
from uuid import UUID

import typer

from koppel_cli.failure import CommandFailed
from koppel_cli.lists import Columns, OrganisationList, show_items, show_organisation_list
from koppel_cli.operations import Json
from koppel_cli.options import Across, AsJson, Search
from koppel_cli.organisation_calls import service_for_organisation

_AT_ONCE = 200
"""Ids in one call."""
_COLUMNS: Columns = {
    "ADMINISTRATION": "administration_id",
    "RULE": "rule",
    "VERSION": "version",
    "USERS": lambda it: len(it["user_ids"]),
    "NAME": lambda it: it.get("name"),
    "DIVISION": "division_id",
    "TEMPLATE": "template_id",
    "USER IDS": "user_ids",
}
_ACROSS = OrganisationList(
    service="assignment-svc",
    name="assignments",
    columns=_COLUMNS,
    none="no assignments",
    across_filters=frozenset({"q", "user_id"}),
)


def list_assignments(
    administrations: Annotated[
        list[UUID] | None,
        typer.Argument(metavar="[ADMINISTRATION]...", help="Whose; else all of --organisation."),
    ] = None,
    *,
    organisation: Across = None,
    user: Annotated[
        str | None, typer.Option(metavar="UUID", help="Those of this user, across offices.")
    ] = None,
    division: Annotated[
        str | None, typer.Option(metavar="UUID", help="Those of this division, across offices.")
    ] = None,
    template: Annotated[
        str | None, typer.Option(metavar="UUID", help="Those with this template, across offices.")
    ] = None,
    q: Search = None,
    as_json: AsJson = False,
) -> int:
    """How administrations are assigned: those that are named, or an office's by `--organisation`."""
    if organisation is not None:
        query = {"q": q, "user_id": user}
        chosen = {"administration_id": list(map(str, administrations or ()))}
        chosen |= {
            "division_id": [division] if division else [],
            "template_id": [template] if template else [],
        }
        return show_organisation_list(
            _ACROSS, query, organisation=organisation, only=partial(_is_one, chosen), as_json=as_json
        )
    if not administrations or q or user or division or template:
        detail = "In one's own office they are asked for by ids of administrations."
        raise CommandFailed(
            "missing_argument", detail, hint="`koppel administrations` lists them; or add --organisation."
        )
    service = service_for_organisation("assignment-svc")
    found = []
    for start in range(0, len(administrations), _AT_ONCE):
        few = ",".join(map(str, administrations[start : start + _AT_ONCE]))
        found += service.get("/v1/assignments", {"administration_ids": few})["items"]
    show_items(found, _COLUMNS, none="no assignments", as_json=as_json)
    return 0


def _is_one(chosen: Mapping[str, Sequence[str]], item: Json) -> bool:
    """Of each field that values are given for it has one of them."""
    return all(item[field] in values for field, values in chosen.items() if values)
