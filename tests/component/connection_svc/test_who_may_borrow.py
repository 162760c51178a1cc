"""Who gets an access token, for which organisation, and what is kept of it."""

import hashlib
from typing import Any

import pytest

from koppel.kernel.ids import new_id
from koppel.platform.identity import Operation, ServiceAccess


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def test_persons_borrow_nothing_and_unknown_grants_are_not_found(office: Any) -> None:
    _, grant_id = await office.grant()
    assert (await office.api.post(f"/internal/v1/grants/{grant_id}/access-token")).status_code == 403
    async with office.client() as nobody:
        assert (await nobody.post(f"/internal/v1/grants/{grant_id}/access-token")).status_code == 401
    unknown = await office.borrow(str(new_id()))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "grant_not_found")


async def test_tokens_are_lent_to_the_borrowers_of_the_table(opened_office: Any) -> None:
    office = await opened_office(access=ServiceAccess({"import-svc": [Operation.BORROW]}))
    _, grant_id = await office.grant()
    assert (await office.borrow(grant_id, by="import-svc")).status_code == 200
    for service in ("sync-svc", "assignment-svc", "import-svc2"):
        refused = await office.borrow(grant_id, by=service)
        assert (refused.status_code, refused.json()["code"]) == (403, "service_not_allowed")


async def test_another_organisations_grant_is_not_found_and_nothing_is_written(office: Any) -> None:
    _, grant_id = await office.grant()
    office.clock.move(hours=1)  # nor is it refreshed
    refused = await office.borrow(grant_id, {"organisation_id": str(new_id())})
    unknown = await office.borrow(str(new_id()))
    for answer in (refused, unknown):
        assert (answer.status_code, answer.json()["code"]) == (404, "grant_not_found")
    assert office.token_calls == ["authorization_code"]
    lent = "select 1 from audit_entry where target = $1 and action = 'access_token.lent'"
    assert not await office.rows(lent, f"grant/{grant_id}")


@pytest.mark.parametrize("body", [None, {}, {"organisation_id": None}, {"organisation_id": "x"}])
async def test_a_loan_names_its_organisation(office: Any, body: object) -> None:
    _, grant_id = await office.grant()
    async with office.client(office.issuer.service("sync-svc")) as service:
        answer = await service.post(f"/internal/v1/grants/{grant_id}/access-token", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_a_header_that_names_another_organisation_than_the_body_is_refused(office: Any) -> None:
    _, grant_id = await office.grant()
    for organisation, status in ((office.organisation, 200), (new_id(), 403)):
        answer = await office.borrow(grant_id, headers={"Koppel-Organisation": str(organisation)})
        assert answer.status_code == status


async def test_a_loan_has_its_audit_row(office: Any) -> None:
    _, grant_id = await office.grant()
    await office.borrow(grant_id)
    rows = await office.rows(
        "select actor, action, organisation_id from audit_entry where target = $1 order by id",
        f"grant/{grant_id}",
    )
    assert {row["organisation_id"] for row in rows} == {office.organisation}
    assert [(row["actor"], row["action"]) for row in rows] == [
        (f"person:{office.user}", "grant.authorized"),
        ("service:sync-svc", "access_token.lent"),
    ]


async def test_audit_rows_name_the_conversation_of_the_events_beside_them(office: Any) -> None:
    _, grant_id = await office.grant()
    await office.borrow(grant_id)
    rows = await office.rows(
        "select action, correlation_id from audit_entry where target = $1", f"grant/{grant_id}"
    )
    conversation = {row["action"]: row["correlation_id"] for row in rows}
    events = await office.rows(
        "select correlation_id from event_log where payload::jsonb ->> 'grant_id' = $1", str(grant_id)
    )
    assert conversation["grant.authorized"] in {row["correlation_id"] for row in events}
    assert conversation["access_token.lent"]


@pytest.mark.parametrize(
    "body", [{"rejected_token_sha256": "short"}, {"refresh_if_expires_before": "2026-01-01"}, {"x": 1}]
)
async def test_a_bad_demand_names_its_field(office: Any, body: dict[str, object]) -> None:
    answer = await office.borrow(str(new_id()), body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{next(iter(body))}")
