"""`koppel kvk`: what the trade register says of a number."""

import argparse
import json
from urllib.parse import quote

from koppel_cli.commands import Commands
from koppel_cli.operations import Json
from koppel_cli.organisation_calls import service_for_organisation


def register(commands: Commands) -> None:
    kvk = commands.add_parser(
        "kvk",
        help="look a KvK number up in the trade register",
        description="What the trade register says of a KvK number, as import-svc keeps it for seven days. Asks as the person of KOPPEL_TOKEN; "
        "a number that was not asked before counts against what the office may look up in a day.",
    )
    kvk.add_argument("number", metavar="NUMBER", help="8 digits")
    kvk.add_argument("--json", action="store_true", help="the answer as JSON")
    kvk.set_defaults(run=_look_up)


def _look_up(arguments: argparse.Namespace) -> int:
    number = quote("".join(arguments.number.split()), safe="")
    found = service_for_organisation("import-svc").get(f"/v1/kvk/{number}")
    print(json.dumps(found) if arguments.json else _in_words(found))
    return 0


def _in_words(found: Json) -> str:
    sector, activities = found["sector"], [each["code"] for each in found["sbi"] if each["main"]]
    lines = [
        f"{found['kvk_number']}  {found['name']}",
        "registered" if found["active"] else "its registration has ended",
        f"main activity {', '.join(activities) or 'unknown'}",
        f"section {sector['code']} (SBI {sector['sbi_version']})" if sector else "no sure section",
        f"as {found['source']} said at {found['fetched_at']}",
    ]
    return "\n".join(lines)
