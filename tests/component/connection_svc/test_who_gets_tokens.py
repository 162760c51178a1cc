"""Who gets an access token, for which organisation, and what is kept of it."""

import hashlib
from typing import Any

import pytest

from koppel.kernel.ids import new_id
from koppel.platform.identity import Operation, ServiceAccess


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def test_persons_get_no_token_and_unknown_grants_are_not_found(organisation: Any) -> None:
    _, grant_id = await organisation.grant()
    assert (await organisation.api.post(f"/internal/v1/grants/{grant_id}/access-token")).status_code == 403
    async with organisation.client() as nobody:
        assert (await nobody.post(f"/internal/v1/grants/{grant_id}/access-token")).status_code == 401
    unknown = await organisation.issue_token(str(new_id()))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "grant_not_found")


async def test_tokens_are_issued_to_the_services_of_the_table(opened_organisation: Any) -> None:
    organisation = await opened_organisation(access=ServiceAccess({"import-svc": [Operation.BORROW]}))
    _, grant_id = await organisation.grant()
    assert (await organisation.issue_token(grant_id, by="import-svc")).status_code == 200
    for service in ("sync-svc", "assignment-svc", "import-svc2"):
        refused = await organisation.issue_token(grant_id, by=service)
        assert (refused.status_code, refused.json()["code"]) == (403, "service_not_allowed")


async def test_another_organisations_grant_is_not_found_and_nothing_is_written(organisation: Any) -> None:
    _, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)  # nor is it refreshed
    refused = await organisation.issue_token(grant_id, {"organisation_id": str(new_id())})
    unknown = await organisation.issue_token(str(new_id()))
    for answer in (refused, unknown):
        assert (answer.status_code, answer.json()["code"]) == (404, "grant_not_found")
    assert organisation.token_calls == ["authorization_code"]
    issued = "select 1 from audit_entry where target = $1 and action = 'access_token.lent'"
    assert not await organisation.rows(issued, f"grant/{grant_id}")


@pytest.mark.parametrize("body", [None, {}, {"organisation_id": None}, {"organisation_id": "x"}])
async def test_an_issued_token_names_its_organisation(organisation: Any, body: object) -> None:
    _, grant_id = await organisation.grant()
    async with organisation.client(organisation.issuer.service("sync-svc")) as service:
        answer = await service.post(f"/internal/v1/grants/{grant_id}/access-token", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_a_header_that_names_another_organisation_than_the_body_is_refused(organisation: Any) -> None:
    _, grant_id = await organisation.grant()
    for named, status in ((organisation.organisation_id, 200), (new_id(), 403)):
        answer = await organisation.issue_token(grant_id, headers={"Koppel-Organisation": str(named)})
        assert answer.status_code == status


async def test_an_issued_token_has_its_audit_row(organisation: Any) -> None:
    _, grant_id = await organisation.grant()
    await organisation.issue_token(grant_id)
    rows = await organisation.rows(
        "select actor, action, organisation_id from audit_entry where target = $1 order by id",
        f"grant/{grant_id}",
    )
    assert {row["organisation_id"] for row in rows} == {organisation.organisation_id}
    assert [(row["actor"], row["action"]) for row in rows] == [
        (f"person:{organisation.user}", "grant.authorized"),
        ("service:sync-svc", "access_token.lent"),
    ]


async def test_audit_rows_name_the_conversation_of_the_events_beside_them(organisation: Any) -> None:
    _, grant_id = await organisation.grant()
    await organisation.issue_token(grant_id)
    rows = await organisation.rows(
        "select action, correlation_id from audit_entry where target = $1", f"grant/{grant_id}"
    )
    conversation = {row["action"]: row["correlation_id"] for row in rows}
    events = await organisation.rows(
        "select correlation_id from event_log where payload::jsonb ->> 'grant_id' = $1", str(grant_id)
    )
    assert conversation["grant.authorized"] in {row["correlation_id"] for row in events}
    assert conversation["access_token.lent"]


@pytest.mark.parametrize(
    "body", [{"rejected_token_sha256": "short"}, {"refresh_if_expires_before": "2026-01-01"}, {"x": 1}]
)
async def test_a_bad_demand_names_its_field(organisation: Any, body: dict[str, object]) -> None:
    answer = await organisation.issue_token(str(new_id()), body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{next(iter(body))}")
