"""Another provider beside the first: what is here already is told, and nothing is imported twice."""

from koppel_local.demo.api import Json
from koppel_local.demo.browser import Person
from koppel_local.demo.companies import Company, Profile
from koppel_local.demo.failure import require
from koppel_local.demo.provider import Provider
from koppel_local.demo.stage import Stage, step
from koppel_local.demo.steps.importing import Administration, find_candidates


def is_offered(stage: Stage, provider: Provider) -> bool:
    """Whether the system has this provider configured."""
    return provider.id in {each["id"] for each in stage.connections.items("/v1/providers")}


@step(
    "The office connects Exact Online besides",
    expects="one login for every company; a second connection, active with one grant",
)
def connect_second(stage: Stage, provider: Provider) -> str:
    body = {
        "provider": provider.id,
        "name": stage.organisation.name,
        "return_url": stage.browser.return_url,
    }
    answer = stage.connections.call("POST", "/v1/connections", 201, body=body)
    stage.browser.receive_cookies(answer)
    created: Json = answer.json()
    username = provider.username(stage.organisation.organisation_id)
    back = stage.browser.log_in(created["authorization_url"], Person(username, username, ""))
    require(back.get("outcome") == "authorized", "outcome authorized", back)
    seen = stage.connections.get(f"/v1/connections/{created['id']}")
    came = (seen["state"], len(seen["grants"]))
    require(came == ("active", 1), "active with one grant", came)
    stage.note(f"connection {seen['id']}")
    return str(seen["id"])


@step(
    "One company is found twice",
    expects="its KvK number says that it is here already, through eAccounting; another one is imported from Exact Online",
)
def import_besides(
    stage: Stage, provider: Provider, connection_id: str, known: Administration
) -> Administration:
    session, found = find_candidates(stage, connection_id)
    [twin] = [each for each in found.values() if each["kvk_number"] == known.company.kvk_number]
    require(twin["duplicates"] == [known.id], f"{known.name} as a duplicate", twin["duplicates"])
    stage.note(f"{twin['name']}, KvK number {twin['kvk_number']}: here already, as {known.id}; not selected")
    closed = [f"{each['name']} ({each['status']})" for each in found.values() if each["status"] != "active"]
    stage.note(f"cannot be imported: {', '.join(closed) or 'none'}")
    candidate = next(each for each in found.values() if not each["duplicates"] and not each["errors"])
    place = f"/v1/import-sessions/{session}"
    stage.imports.put(f"{place}/selection", {"candidate_ids": [candidate["id"]]})
    [confirmed] = stage.imports.post(f"{place}/confirm", expected=202)["administrations"]
    stage.note(f"{candidate['name']}, KvK number {candidate['kvk_number']}: administration {confirmed['id']}")
    company = Company(
        candidate["external_id"], candidate["name"], candidate["kvk_number"], Profile.PREFILLED, provider
    )
    return Administration(confirmed["id"], company)
