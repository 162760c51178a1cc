"""`koppel token`: a bearer token from the issuer of the local stack."""

import argparse
from uuid import UUID

from koppel.contracts.values import Role
from koppel_cli.commands import Commands
from koppel_identity.claims import OPERATOR_RIGHTS, RIGHTS
from koppel_local.failure import SetupFailed
from koppel_local.oauth.issuer import PERSON_SECONDS
from koppel_local.stack.stack import Stack


def register(commands: Commands) -> None:
    token = commands.add_parser(
        "token",
        help="a bearer token for the local stack",
        description="Print a bearer token and nothing else. Only the local stack accepts it.",
    )
    token.add_argument("--organisation", type=UUID, metavar="UUID", help="the accountancy office")
    token.add_argument("--user", type=UUID, metavar="UUID", help="the person")
    roles = [role.value for role in Role]
    token.add_argument(
        "--role", action="append", choices=roles, metavar="ROLE", help=f"may be repeated; {', '.join(roles)}"
    )
    token.add_argument("--operator", action="store_true", help=f"add the rights {', '.join(OPERATOR_RIGHTS)}")
    token.add_argument(
        "--right",
        action="append",
        choices=RIGHTS,
        metavar="RIGHT",
        help=f"or one of {', '.join(RIGHTS)}; may be repeated",
    )
    token.add_argument(
        "--service",
        metavar="NAME",
        help="a service's token instead of a person's; its calls name their office in Koppel-Organisation, and "
        "KOPPEL_SERVICE_ACCESS says what it may do",
    )
    token.add_argument(
        "--ttl", type=_seconds, default=PERSON_SECONDS, metavar="SECONDS", help="default 12 hours"
    )
    token.set_defaults(run=_token)


def _token(arguments: argparse.Namespace) -> int:
    issuer = Stack().issuer
    if arguments.service:
        print(issuer.service_token(arguments.service, seconds=arguments.ttl))
        return 0
    if not (arguments.organisation and arguments.user):
        detail = "A person's token needs --organisation and --user."
        raise SetupFailed("missing_argument", detail, hint="Or ask for a service's with --service NAME.")
    roles = arguments.role or []
    print(
        issuer.person_token(
            user=arguments.user,
            organisation=arguments.organisation,
            roles=roles,
            rights=OPERATOR_RIGHTS if arguments.operator else arguments.right or (),
            seconds=arguments.ttl,
        )
    )
    return 0


def _seconds(text: str) -> int:
    seconds = int(text)
    if seconds <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return seconds
