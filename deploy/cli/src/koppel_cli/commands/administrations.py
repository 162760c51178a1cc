"""`koppel administrations`: an office's administrations."""

import argparse
import json

from koppel_cli.commands import Commands
from koppel_cli.operations import Json
from koppel_cli.organisation_calls import service_for_organisation
from koppel_cli.tables import table

_HEADINGS = ("id", "name", "provider", "KvK number", "sector", "status", "duplicates")


def register(commands: Commands) -> None:
    administrations = commands.add_parser(
        "administrations",
        help="list an office's administrations",
        description="The administrations of the office of KOPPEL_TOKEN: profile, what the provider says of them, and how many others have the "
        "same KvK number.",
    )
    administrations.add_argument("--q", metavar="TEXT", help="only those with this in a name or number")
    administrations.add_argument("--state", choices=("active", "removed"), help="only those; else the active")
    administrations.add_argument("--connection", metavar="ID", help="only those of this connection")
    administrations.add_argument(
        "--sort", choices=("name", "-name", "imported_at", "-imported_at"), help="the order of the list"
    )
    administrations.add_argument("--json", action="store_true", help="one JSON document")
    administrations.set_defaults(run=_list)


def _list(arguments: argparse.Namespace) -> int:
    query = {
        "q": arguments.q,
        "state": arguments.state,
        "connection_id": arguments.connection,
        "sort": arguments.sort,
    }
    found = list(service_for_organisation("import-svc").items("/v1/administrations", query))
    if arguments.json:
        print(json.dumps({"items": found}))
    else:
        print(table(_HEADINGS, [_row(each) for each in found]) if found else "no administrations")
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
