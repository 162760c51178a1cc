"""Connecting the provider: one connection, a login round for each company, or one for all."""

from dataclasses import dataclass

from koppel_cli.demo.api import Json
from koppel_cli.demo.browser import Person
from koppel_cli.demo.companies import Company
from koppel_cli.demo.failure import require
from koppel_cli.demo.stage import Stage, step


@dataclass(frozen=True, slots=True)
class StartedConnection:
    """A connection that nobody has logged in for yet."""

    id: str
    authorization_url: str


@step("The office connects eAccounting", expects="a connection in state pending, with a URL to log in at")
def connect(stage: Stage, companies: list[Company]) -> StartedConnection:
    way: Json = {"return_url": stage.browser.return_url}
    if stage.provider.by_key:
        way = {"credentials": _key_of(stage, companies[0])}
    body = {"provider": stage.provider.id, "name": stage.organisation.name, **way}
    answer = stage.connections.call("POST", "/v1/connections", 201, body=body)
    stage.browser.receive_cookies(answer)
    created: Json = answer.json()
    state = "active" if stage.provider.by_key else "pending"
    require(created["state"] == state, f"state {state}", created["state"])
    stage.note(f"connection {created['id']}")
    return StartedConnection(created["id"], created.get("authorization_url") or "")


@step(
    "Three login rounds at the provider, one for each company",
    expects="each round comes back authorized; the connection is active with three grants",
)
def log_in(stage: Stage, connection: StartedConnection, companies: list[Company]) -> None:
    url = connection.authorization_url
    username = stage.provider.username(stage.organisation.organisation_id)
    rounds = companies[:1] if stage.provider.covers_many else companies
    for company in companies[1:] if stage.provider.by_key else ():
        path = f"/v1/connections/{connection.id}/authorizations"
        stage.connections.call("POST", path, 201, body={"credentials": _key_of(stage, company)})
        stage.note(f"pasted the key of {company.name}")
    for number, company in enumerate(() if stage.provider.by_key else rounds):
        if number:
            url = _another_round(stage, connection.id)
        back = stage.browser.log_in(url, Person(username, username, company.name))
        require(back.get("outcome") == "authorized", f"outcome authorized for {company.name}", back)
        chose = "" if stage.provider.covers_many else f" chose {company.name},"
        stage.note(f"logged in as {username},{chose} allowed: {back['outcome']}")
    seen = stage.connections.get(f"/v1/connections/{connection.id}")
    require(seen["state"] == "active", "state active", seen["state"])
    require(len(seen["grants"]) == len(rounds), f"{len(rounds)} grants", len(seen["grants"]))


def _key_of(stage: Stage, company: Company) -> Json:
    """What a person copies at the provider."""
    keys = stage.sandbox.get("/_sandbox/settings", provider=stage.provider.id)["keys"]
    [key] = [each["credentials"] for each in keys if each["company_id"] == company.id]
    found: Json = key
    return found


def _another_round(stage: Stage, connection_id: str) -> str:
    path = f"/v1/connections/{connection_id}/authorizations"
    answer = stage.connections.call("POST", path, 201, body={"return_url": stage.browser.return_url})
    stage.browser.receive_cookies(answer)
    url: str = answer.json()["authorization_url"]
    return url
