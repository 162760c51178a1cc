"""`koppel kvk`: what the trade register says of a number."""

from typing import Annotated
from urllib.parse import quote

import typer

from koppel_cli.help import FOR_AN_ORGANISATION, examples
from koppel_cli.operations import Json
from koppel_cli.options import AsJson
from koppel_cli.organisation_calls import service_for_organisation
from koppel_cli.output import show_json, show_lines


def register(koppel: typer.Typer) -> None:
    ends = examples("koppel kvk 01234567", environment=True)
    koppel.command("kvk", rich_help_panel=FOR_AN_ORGANISATION, epilog=ends)(_look_up)


def _look_up(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="8 digits.")], *, as_json: AsJson = False
) -> int:
    """Look a KvK number up in the trade register.

    As import-svc keeps it for seven days. A number that was not asked before counts against what the office may
    look up in a day.
    """
    path = quote("".join(number.split()), safe="")
    found = service_for_organisation("import-svc").get(f"/v1/kvk/{path}")
    if as_json:
        show_json(found)
    else:
        show_lines(_in_words, found)
    return 0


def _in_words(found: Json) -> list[str]:
    sector, activities = found["sector"], [each["code"] for each in found["sbi"] if each["main"]]
    return [
        f"{found['kvk_number']}  {found['name']}",
        "registered" if found["active"] else "its registration has ended",
        f"main activity {', '.join(activities) or 'unknown'}",
        f"section {sector['code']} (SBI {sector['sbi_version']})" if sector else "no sure section",
        f"as {found['source']} said at {found['fetched_at']}",
    ]
