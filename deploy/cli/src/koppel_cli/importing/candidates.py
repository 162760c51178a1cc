"""`koppel import-sessions candidates`, `select` and `profiles`."""

from typing import Annotated
from uuid import UUID

import typer

from koppel_cli.importing.sessions import SessionId
from koppel_cli.json_file import read_json
from koppel_cli.lists import Columns, show_items
from koppel_cli.options import AsJson
from koppel_cli.organisation_calls import service_for_organisation
from koppel_cli.output import complain_of_rows, show_json, show_lines
from koppel_cli.wording import count

_SERVICE = "import-svc"
_COLUMNS: Columns = {
    "ID": "id",
    "NAME": "name",
    "SELECTED": "selected",
    "SEEN AS": "seen_as",
    "STATUS": "status",
    "KVK NUMBER": "kvk_number",
    "VAT NUMBER": "vat_number",
    "SECTOR": lambda it: it["sector"] and it["sector"]["code"],
    "IMPORTED BEFORE": lambda it: "yes" if it["already_imported"] else None,
    "DUPLICATES": lambda it: len(it["duplicates"]) or None,
    "ERRORS": lambda it: ", ".join(each["code"] for each in it["errors"]),
    "NOT OK": lambda it: ", ".join(each["check"] for each in it["preflight"] if not each["ok"]),
    "EXTERNAL ID": "external_id",
}


def list_candidates(
    session: SessionId,
    *,
    q: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Those with this in a name or number.")
    ] = None,
    by_name: Annotated[bool, typer.Option("--by-name", help="In the order of their names.")] = False,
    as_json: AsJson = False,
) -> int:
    """What was found: profiles, checks, and what is already imported."""
    query = {"q": q, "sort": "name" if by_name else None}
    found = list(service_for_organisation(_SERVICE).items(f"/v1/import-sessions/{session}/candidates", query))
    show_items(found, _COLUMNS, none="no candidates", as_json=as_json)
    return 0


def select(
    session: SessionId,
    candidates: Annotated[
        list[UUID] | None,
        typer.Argument(metavar="[CANDIDATE]...", help="All that are chosen; none: nothing."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> int:
    """Choose which are imported. It is the whole selection: what is not named is not chosen."""
    body = {"candidate_ids": [str(each) for each in candidates or ()]}
    chosen = service_for_organisation(_SERVICE).put(f"/v1/import-sessions/{session}/selection", body)
    if as_json:
        show_json(chosen)
    else:
        show_lines(lambda it: [f"selected: {count(len(it['candidate_ids']), 'candidate')}"], chosen)
    return 0


def profiles(
    session: SessionId,
    *,
    file: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help='JSON: a list of {"candidate_id", "kvk_number" or "no_kvk_reason", "sector"}; - for stdin.',
        ),
    ],
    partial: Annotated[
        bool, typer.Option("--partial", help="Store the good rows, tell the others; exit code 1.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Give selected candidates their profiles. Bad rows are named, and then nothing is stored."""
    body = {"items": read_json(file), **({"partial": True} if partial else {})}
    told = service_for_organisation(_SERVICE).put(f"/v1/import-sessions/{session}/profiles", body)
    if as_json:
        show_json(told)
    else:
        show_lines(lambda it: [f"stored: {count(len(it['items']), 'profile')}"], told)
        complain_of_rows(told["errors"])
    return 1 if told["errors"] else 0
