"""Operators' screens under test: an operator's browser, and what services say of parked events and replays."""

import shlex
from typing import Any
from uuid import uuid4

from tests.component.console.browser import Page
from typer.core import TyperGroup

from koppel_cli.main import tool

EVENT, RELEASE, REPLAY, ADMINISTRATION = (str(uuid4()) for _ in range(4))
CAUSE = {
    "consumer": "sync-svc",
    "class": "permanent",
    "code": "grant_of_another_organisation",
    "type": "nl.koppel.AdministrationImported.v1",
    "topic": "koppel.administration.v1",
    "events": 44,
    "keys": 40,
    "due_by_themselves": 0,
    "oldest_parked_at": "2026-11-29T10:00:00Z",
    "example": {"id": EVENT, "detail": "The grant is of another organisation."},
}
PARKED = {
    "id": EVENT,
    "consumer": "sync-svc",
    "topic": "koppel.administration.v1",
    "partition": 3,
    "offset": 17,
    "key": ADMINISTRATION,
    "version": 2,
    "event_id": str(uuid4()),
    "type": CAUSE["type"],
    "organisation_id": str(uuid4()),
    "cause": {"class": "permanent", "code": CAUSE["code"], "detail": "The grant is of another organisation."},
    "attempts": 1,
    "next_attempt_at": None,
    "parked_at": "2026-11-29T10:00:00Z",
    "apart": False,
    "followers_held": 2,
    "source": "urn:koppel:import-svc",
    "attempt_errors": [
        {"at": "2026-11-29T10:00:00Z", "class": "permanent", "code": "first_try", "detail": "No."}
    ],
    "raw": None,
}


def verdict(outcome: str, code: str | None = None) -> dict[str, Any]:
    """One event of a dry run."""
    cause = None if code is None else {"class": "permanent", "code": code, "detail": "Still so."}
    return {
        "id": str(uuid4()),
        "outcome": outcome,
        "cause": cause,
        "followers_passing": 0,
        "followers_held": 0,
    }


def command_of(page: Page) -> list[str]:
    """The `koppel` line that a page shows, taken apart as a shell does."""
    text = page.words.partition("Hetzelfde op de opdrachtregel:")[2].partition("Taal")[0]
    return shlex.split(text.strip())


def accepts(words: list[str]) -> None:
    """The command line takes the line: every command, argument and option is there. Raises what it would say."""
    koppel, *rest = words
    assert koppel == "koppel"
    command: Any = tool()
    context = command.make_context(koppel, [], resilient_parsing=True)
    while isinstance(command, TyperGroup):
        name, *left = rest if rest and not rest[0].startswith("-") else ["list", *rest]
        found = command.get_command(context, name)
        assert found is not None, f"there is no {name} in {words}"
        command, rest = found, left
    command.make_context(" ".join(words), rest)
