"""A system that runs elsewhere, given by its addresses: the demonstration starts and stops nothing then."""

import base64
import binascii
import json
import os
from uuid import UUID

from koppel_cli.places import variable_of
from koppel_local.demo.organisation import Organisation
from koppel_local.demo.stage import Addresses
from koppel_local.failure import SetupFailed
from koppel_local.kafka.given import kafka_in_environment, kafka_of
from koppel_local.oauth.issuer import LocalIssuer
from koppel_local.stack.layout import SERVICES

_SANDBOX, _KAFKA, _TOKEN = "KOPPEL_SANDBOX_URL", "KOPPEL_KAFKA_BOOTSTRAP_SERVERS", "KOPPEL_TOKEN"


def given_addresses(issuer: LocalIssuer) -> tuple[Organisation, Addresses] | None:
    """Who plays where, when the environment says it; None without any address.

    With `KOPPEL_TOKEN` its bearer is the office's first beheerder; without it the issuer makes a new office's token.
    Raises `SetupFailed` for what is left out, and for a token that is none.
    """
    places = {part.name: os.environ.get(variable_of(part.name), "") for part in SERVICES}
    sandbox, kafka = os.environ.get(_SANDBOX, ""), os.environ.get(_KAFKA, "")
    if not any((*places.values(), sandbox)):
        return None
    told = {**{variable_of(name): url for name, url in places.items()}, _SANDBOX: sandbox, _KAFKA: kafka}
    if missing := [name for name, value in told.items() if not value]:
        detail = f"Some addresses are given, these are not: {', '.join(missing)}."
        raise SetupFailed("address_missing", detail, hint="Give all, or none to use the local stack.")
    organisation, token = _organisation(issuer)
    return organisation, Addresses(
        services=places, sandbox=sandbox, kafka=kafka_of(kafka_in_environment()), token=token
    )


def _organisation(issuer: LocalIssuer) -> tuple[Organisation, str]:
    if token := os.environ.get(_TOKEN):
        return _bearers_organisation(token), token
    organisation = Organisation()
    administrator = organisation.administrators[0]
    roles = [administrator.role.value]
    return organisation, issuer.person_token(
        user=administrator.id, organisation=organisation.organisation_id, roles=roles
    )


def _bearers_organisation(token: str) -> Organisation:
    """The services verify the token; here it only says who and for whom."""
    try:
        middle = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        return Organisation.of(organisation_id=UUID(claims["org"]), beheerder_id=UUID(claims["sub"]))
    except (IndexError, KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        detail = f"{_TOKEN} is no person's token: it names no organisation and person."
        hint = "`koppel token --organisation UUID --user UUID --role beheerder` makes one."
        raise SetupFailed("token_unreadable", detail, hint=hint) from None
