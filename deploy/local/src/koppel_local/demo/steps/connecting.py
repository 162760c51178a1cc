"""Connecting the provider: one connection, a login round for each company, or one for all."""

from dataclasses import dataclass

from koppel_local.demo.api import Json
from koppel_local.demo.browser import Person
from koppel_local.demo.companies import Company
from koppel_local.demo.failure import require
from koppel_local.demo.stage import Stage, step, until


@dataclass(frozen=True, slots=True)
class StartedConnection:
    """A connection that nobody has logged in for yet."""

    id: str
    authorization_url: str


@step("The office connects eAccounting", expects="a connection in state pending, with a URL to log in at")
def connect(stage: Stage) -> StartedConnection:
    body = {
        "provider": stage.provider.id,
        "name": stage.organisation.name,
        "return_url": stage.browser.return_url,
    }
    answer = stage.connections.call("POST", "/v1/connections", 201, body=body)
    stage.browser.receive_cookies(answer)
    created: Json = answer.json()
    require(created["state"] == "pending", "state pending", created["state"])
    stage.note(f"connection {created['id']}")
    return StartedConnection(created["id"], created["authorization_url"])


@step(
    "Three login rounds at the provider, one for each company",
    expects="each round comes back authorized; the connection is active with three grants",
)
def log_in(stage: Stage, connection: StartedConnection, companies: list[Company]) -> None:
    url = connection.authorization_url
    username = stage.provider.username(stage.organisation.organisation_id)
    rounds = companies[:1] if stage.provider.covers_many else companies
    for number, company in enumerate(companies[:1] if stage.provider.by_key else rounds):
        if number:
            url = _another_round(stage, connection.id)
        back = stage.browser.log_in(url, Person(username, username, company.name))
        require(back.get("outcome") == "authorized", f"outcome authorized for {company.name}", back)
        chose = "" if stage.provider.covers_many else f" chose {company.name},"
        stage.note(f"logged in as {username},{chose} allowed: {back['outcome']}")
    for company in companies[1:] if stage.provider.by_key else ():
        path = f"/v1/connections/{connection.id}/authorizations"
        stage.connections.call("POST", path, 201, body={"credentials": _key_of(stage, company)})
        stage.note(f"pasted the key of {company.name}")
    seen = stage.connections.get(f"/v1/connections/{connection.id}")
    require(seen["state"] == "active", "state active", seen["state"])
    require(len(seen["grants"]) == len(rounds), f"{len(rounds)} grants", len(seen["grants"]))


@step(
    "A client makes a new key at the provider",
    expects="the provider tells of it, and it takes the place of the old one, which opens nothing any more",
)
def renew_key(stage: Stage, connection: StartedConnection, company: Company) -> None:
    before = _grant_of(stage, connection, company)
    order = stage.provider.order(collection="keys", change=1)
    stage.sandbox.post(f"/_sandbox/companies/{company.id}/changes", order, expected=200)

    def renewed() -> Json | None:
        grant = _grant_of(stage, connection, company)
        return grant if grant["authorized_at"] != before["authorized_at"] else None

    grant = until(renewed, within=15, what="the new key", last=lambda: str(before["state"]))
    require((grant["id"], grant["state"]) == (before["id"], "active"), "the same grant, active", grant)
    stage.note(f"the key of {company.name} was replaced; nobody had to do anything")


def _grant_of(stage: Stage, connection: StartedConnection, company: Company) -> Json:
    grants = stage.connections.get(f"/v1/connections/{connection.id}")["grants"]
    found: Json = next(each for each in grants if each["company"]["external_id"] == company.id)
    return found


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
