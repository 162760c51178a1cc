"""The bearer token that the services are called with."""

import os
from importlib.metadata import entry_points

from koppel_cli.failure import CommandFailed
from koppel_cli.login.session import access_token

_HINT = "`koppel login` gets one; KOPPEL_TOKEN takes any that the services accept."


def operator_token() -> str:
    """`KOPPEL_TOKEN`, else that of the login in use, else one of the local stack for the person at this terminal.

    Raises `CommandFailed` without any.

    What has the local stack makes its token, by an entry point `koppel.token`: a function that returns None when there
    is no stack here.
    """
    if given := os.environ.get("KOPPEL_TOKEN"):
        return given
    if (kept := access_token()) is not None:
        return kept
    for issuer in entry_points(group="koppel.token"):
        made: str | None = issuer.load()()
        if made is not None:
            return made
    raise CommandFailed("no_token", "There is no token to call the services with.", hint=_HINT)


def person_token() -> str:
    """`KOPPEL_TOKEN`, else that of the login in use: an office's calls are made as one of its people.

    Raises `CommandFailed` without one.
    """
    if given := os.environ.get("KOPPEL_TOKEN") or access_token():
        return given
    raise CommandFailed(
        "no_person",
        "An office's calls need one of its people, logged in or by a token in KOPPEL_TOKEN.",
        hint="`koppel login` logs in; `koppel token --help` makes a token for the local stack.",
    )
