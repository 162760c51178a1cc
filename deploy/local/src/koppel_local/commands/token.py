"""`koppel token`: a bearer token from the issuer of the local stack."""

import getpass
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer

from koppel.contracts.values import Role
from koppel_cli.help import HERE, examples
from koppel_identity.claims import OPERATOR_RIGHTS, RIGHTS, operator_id
from koppel_local.failure import SetupFailed
from koppel_local.oauth.issuer import PERSON_SECONDS, LocalIssuer
from koppel_local.stack.layout import default_state_dir, issuer_dir

_LOOK_SECONDS = 300
_ROLES = ", ".join(role.value for role in Role)


def register(koppel: typer.Typer) -> None:
    ends = examples(
        "koppel token --organisation UUID --user UUID --role beheerder", "koppel token --service sync-svc"
    )
    koppel.command("token", rich_help_panel=HERE, epilog=ends)(_token)


def operator_token() -> str | None:
    """Of the local issuer, with the operators' rights, for the person at this terminal; None before the first `up`.

    Each time of the same id, so that the audit trail tells people apart.
    """
    person = operator_id(getpass.getuser())
    issuer = _issuer()
    try:
        return issuer.person_token(
            user=person, organisation=person, roles=[], rights=OPERATOR_RIGHTS, seconds=_LOOK_SECONDS
        )
    except SetupFailed:
        return None


def _issuer() -> LocalIssuer:
    """Of the stack on this machine, without the rest of it."""
    return LocalIssuer(issuer_dir(default_state_dir()))


def _rights(chosen: Sequence[str] | None) -> Sequence[str] | None:
    if unknown := [each for each in chosen or () if each not in RIGHTS]:
        raise typer.BadParameter(f"{unknown[0]} is no right; one of {', '.join(RIGHTS)}.")
    return chosen


def _token(
    *,
    organisation: Annotated[UUID | None, typer.Option(metavar="UUID", help="The accountancy office.")] = None,
    user: Annotated[UUID | None, typer.Option(metavar="UUID", help="The person.")] = None,
    role: Annotated[list[Role] | None, typer.Option(metavar="ROLE", help=f"Repeatable; {_ROLES}.")] = None,
    operator: Annotated[
        bool, typer.Option("--operator", help=f"Add the rights {', '.join(OPERATOR_RIGHTS)}.")
    ] = False,
    right: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RIGHT",
            callback=_rights,
            help=f"Or one of them; repeatable: {', '.join(RIGHTS)}.",
        ),
    ] = None,
    service: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A service's token instead of a person's; its calls name their office in Koppel-Organisation, and "
            "KOPPEL_SERVICE_ACCESS says what it may do.",
        ),
    ] = None,
    ttl: Annotated[
        int, typer.Option(metavar="SECONDS", min=1, help="How long it is good for.")
    ] = PERSON_SECONDS,
) -> int:
    """A bearer token for the local stack.

    Prints the token and nothing else. Only the local stack accepts it.
    """
    issuer = _issuer()
    if service:
        print(issuer.service_token(service, seconds=ttl))
        return 0
    if not (organisation and user):
        detail = "A person's token needs --organisation and --user."
        raise SetupFailed("missing_argument", detail, hint="Or ask for a service's with --service NAME.")
    rights = OPERATOR_RIGHTS if operator else right or ()
    roles = [each.value for each in role or ()]
    print(issuer.person_token(user=user, organisation=organisation, roles=roles, rights=rights, seconds=ttl))
    return 0
