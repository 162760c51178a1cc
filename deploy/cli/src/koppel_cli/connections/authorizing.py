"""`koppel connections new`, `authorize` and `show`."""

from typing import Annotated
from uuid import UUID

import typer

from koppel_cli.failure import CommandFailed
from koppel_cli.json_file import read_json
from koppel_cli.lists import Columns, OrganisationList, cell, one_of, show_one
from koppel_cli.operations import Json
from koppel_cli.options import Across, AsJson
from koppel_cli.organisation_calls import service_for_organisation
from koppel_cli.output import show_json, show_lines, show_table, understood

_Id = Annotated[UUID, typer.Argument(metavar="ID")]
_Credentials = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="A pasted key, as a JSON object of the provider's fields; - for stdin."
    ),
]
_ReturnUrl = Annotated[
    str | None, typer.Option("--return-url", metavar="URL", help="Where the browser comes back to.")
]
LIST = OrganisationList(
    service="connection-svc",
    name="connections",
    columns={
        "ID": "id",
        "PROVIDER": "provider",
        "STATE": "state",
        "NAME": "name",
        "HEALTH": "health.status",
        "SINCE": "health.since",
        "WHY": "health.reason",
        "WHO MUST ACT": "health.who_must_act",
        "ACT BY": "health.act_by",
        "LOGINS": lambda it: len(it["grants"]),
    },
    none="no connections",
    across_filters=frozenset({"state", "code", "since", "q", "sort"}),
)
_ONE: Columns = {
    "ID": "id",
    "PROVIDER": "provider",
    "REGION": "region",
    "NAME": "name",
    "STATE": "state",
    "HEALTH": "health.status",
    "SINCE": "health.since",
    "WHY": "health.reason",
    "WHO MUST ACT": "health.who_must_act",
    "ACT BY": "health.act_by",
}
_GRANTS: Columns = {
    "GRANT": "id",
    "STATE": "state",
    "COMPANY": lambda it: it["company"] and it["company"]["name"],
    "AUTHORIZED": "authorized_at",
    "BY": "authorized_by",
    "LOGIN AT": lambda it: it["login"] and it["login"]["place"],
    "REFRESHED": lambda it: it["token"] and cell(it, "token.refreshed_at"),
    "DIES": lambda it: it["token"] and cell(it, "token.dies_at"),
}


def show(connection: _Id, *, organisation: Across = None, as_json: AsJson = False) -> int:
    """One connection: how it is, who must act by when, and each login with its token's ages."""
    if organisation is None:
        found = service_for_organisation("connection-svc").get(f"/v1/connections/{connection}")
    else:
        query = {"connection_id": str(connection)}
        found = one_of(LIST, organisation, query, ("id", str(connection)), what="connection")
    show_one(found, _ONE, as_json=as_json)
    if not as_json:
        with understood():
            rows = [[cell(grant, how) for how in _GRANTS.values()] for grant in found["grants"]]
        if rows:
            print()
            show_table(tuple(_GRANTS), rows)
    return 0


def new(
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="As `koppel providers` names it.")],
    *,
    return_url: _ReturnUrl = None,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="What people call it.")] = None,
    region: Annotated[str | None, typer.Option(metavar="ID", help="Where the provider has some.")] = None,
    credentials: _Credentials = None,
    as_json: AsJson = False,
) -> int:
    """A new connection: prints the address where a person logs in, or checks a pasted key."""
    body = _login(return_url, credentials) | {"provider": provider, "name": name, "region": region}
    given = {field: value for field, value in body.items() if value is not None}
    return _begun(service_for_organisation("connection-svc").create("/v1/connections", given), as_json)


def authorize(
    connection: _Id,
    *,
    return_url: _ReturnUrl = None,
    grant: Annotated[
        UUID | None, typer.Option(metavar="ID", help="The login that is renewed; else one more is made.")
    ] = None,
    credentials: _Credentials = None,
    as_json: AsJson = False,
) -> int:
    """One more login, or the same one again."""
    body = _login(return_url, credentials) | ({} if grant is None else {"grant_id": str(grant)})
    path = f"/v1/connections/{connection}/authorizations"
    return _begun(service_for_organisation("connection-svc").create(path, body), as_json)


def _login(return_url: str | None, credentials: str | None) -> Json:
    """Raises `CommandFailed` unless it is one of both."""
    if (return_url is None) == (credentials is None):
        detail = "A login needs --return-url; where the provider gives keys, --credentials."
        hint = "`koppel providers` says which: auth oauth2 or api_key."
        raise CommandFailed("missing_argument", detail, hint=hint)
    return {"return_url": return_url} if credentials is None else {"credentials": read_json(credentials)}


def _begun(answer: Json, as_json: bool) -> int:
    if as_json:
        show_json(answer)
    else:
        show_lines(_in_words, answer)
    return 0


def _in_words(answer: Json) -> list[str]:
    if "authorization_url" not in answer:
        return [f"{answer['state']}: connection {answer['id']}"]
    begun = [f"pending: connection {answer['id']}"] if "id" in answer else []
    return [*begun, f"log in until {answer['expires_at']}:", answer["authorization_url"]]
