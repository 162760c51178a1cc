"""`koppel attention`: what needs somebody, of the whole installation."""

import typer

from koppel_cli import fan_out
from koppel_cli.fan_out import ask_each, end_list
from koppel_cli.help import OPERATIONS, examples
from koppel_cli.matters import matters
from koppel_cli.operations import Json, services
from koppel_cli.options import AsJson, Service
from koppel_cli.output import show_json, show_lines, understood


def register(koppel: typer.Typer) -> None:
    ends = examples("koppel attention", environment=True)
    koppel.command("attention", rich_help_panel=OPERATIONS, epilog=ends)(_attention)


def _attention(*, service: Service = None, as_json: AsJson = False) -> int:
    """What needs somebody: parked events, consumers behind, logins, held deletions; and what says more."""
    with understood():
        answers = ask_each(services(service), matters)
    found = fan_out.flat(answers.by_service.values())
    if as_json:
        show_json(found)
    elif found:
        for each in found:
            show_lines(_line, each)
    else:
        print(f"nothing needs you at {answers.asked}")
    return end_list(answers, service=service, as_json=as_json)


def _line(matter: Json) -> list[str]:
    return [f"{matter['service']}: {matter['what']}: `{matter['command']}`"]
