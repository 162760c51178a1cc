"""`koppel held-deletions`: deletions that wait for a person, because too much vanished at once."""

import argparse
import json
from functools import partial

from koppel_cli.commands import Commands
from koppel_cli.operations import Json
from koppel_cli.organisation_calls import service_for_organisation
from koppel_cli.tables import table

_HEADINGS = ("id", "administration", "listing", "count", "of", "state", "held since")


def register(commands: Commands) -> None:
    held = commands.add_parser(
        "held-deletions",
        help="list, release or reject deletions that are held",
        description="Deletions of the office of KOPPEL_TOKEN that were held because too many records vanished at once.",
        epilog="example: koppel held-deletions release 0198c5e2-… --reason 'the office cleaned up'",
    )
    held.add_argument("--administration", metavar="ID", help="only those of this administration")
    held.add_argument(
        "--state", choices=("open", "released", "rejected"), default="open", help="which; else the open ones"
    )
    held.add_argument("--json", action="store_true", help="one JSON document")
    held.set_defaults(run=_list)
    acts = held.add_subparsers(metavar="ACT")
    for act, what in (
        ("release", "delete what is still absent"),
        ("reject", "let the records be until the provider shows them again"),
    ):
        deciding = acts.add_parser(act, help=what, description=f"Decide about one: {what}.")
        deciding.add_argument("id", metavar="ID", help="as the list shows it")
        deciding.add_argument("--reason", metavar="TEXT", required=True, help="kept with who did it")
        deciding.set_defaults(run=partial(_decide, act=act))


def _list(arguments: argparse.Namespace) -> int:
    query = {"administration_id": arguments.administration, "state": arguments.state}
    found = list(service_for_organisation("sync-svc").items("/v1/held-deletions", query))
    if arguments.json:
        print(json.dumps({"items": found}))
    else:
        print(table(_HEADINGS, [_row(each) for each in found]) if found else "nothing is held")
    return 0


def _decide(arguments: argparse.Namespace, *, act: str) -> int:
    decided = service_for_organisation("sync-svc").post(
        f"/v1/held-deletions/{arguments.id}/{act}", {"reason": arguments.reason}
    )
    records = "record" if decided["count"] == 1 else "records"
    print(f"{decided['state']}: {decided['count']} {records} of {decided['listing']}")
    return 0


def _row(held: Json) -> tuple[object, ...]:
    return (
        held["id"],
        held["administration_id"],
        held["listing"],
        held["count"],
        held["of"],
        held["state"],
        held["held_at"],
    )
