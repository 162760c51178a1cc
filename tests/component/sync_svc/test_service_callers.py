"""A service's token: what it may do, it does for one organisation a call, and sees no other's."""

from collections.abc import Callable

import pytest

from koppel.kernel.ids import new_id
from koppel.testing.tokens import TokenIssuer

from .organisation import PLANNER, Organisation


@pytest.fixture
async def other(new_organisation: Callable[[], Organisation]) -> Organisation:
    return await new_organisation().arrive()


@pytest.fixture
def token(issuer: TokenIssuer) -> str:
    return issuer.service(PLANNER)


async def test_a_service_reaches_the_organisation_that_it_names_and_no_other(
    organisation: Organisation, other: Organisation, token: str
) -> None:
    run = await organisation.run_of(await organisation.ask())
    assert run is not None
    reads = [
        f"/v1/administrations/{organisation.administration_id}/sync-status",
        f"/v1/administrations/{organisation.administration_id}/records",
        f"/v1/sync-runs/{run['id']}",
    ]
    for path in reads:
        mine = await organisation.api("GET", path, token=token, headers=organisation.acted_for)
        theirs = await organisation.api("GET", path, token=token, headers=other.acted_for)
        assert (mine.status_code, theirs.status_code) == (200, 404)
    events = f"/v1/sync-runs/{run['id']}/events"
    assert (await organisation.api("GET", events, token=token, headers=other.acted_for)).status_code == 404
    body = {"administration_ids": [str(organisation.administration_id)]}
    answer = await organisation.api("POST", "/v1/syncs", body, token=token, headers=other.acted_for)
    assert (answer.status_code, answer.json()["code"]) == (422, "administration_unknown")


async def test_a_list_holds_the_runs_of_the_named_organisation_only(
    organisation: Organisation, other: Organisation, token: str
) -> None:
    for each in (organisation, other):
        await each.ask()
    for each in (organisation, other):
        listed = (await each.api("GET", "/v1/sync-runs", token=token, headers=each.acted_for)).json()["items"]
        assert [run["administration_id"] for run in listed] == [str(each.administration_id)]
    nobodys = {"Koppel-Organisation": str(new_id())}
    assert (await organisation.api("GET", "/v1/sync-runs", token=token, headers=nobodys)).json()[
        "items"
    ] == []


async def test_a_service_does_not_do_what_it_may_not(organisation: Organisation, token: str) -> None:
    run = await organisation.run_of(await organisation.ask())
    assert run is not None
    path = f"/v1/sync-runs/{run['id']}/cancel"
    refused = await organisation.api("POST", path, token=token, headers=organisation.acted_for)
    assert (refused.status_code, refused.json()["code"]) == (403, "service_not_allowed")
    unnamed = await organisation.api("GET", "/v1/sync-runs", token=token)
    assert (unnamed.status_code, unnamed.json()["code"]) == (403, "organisation_required")


async def test_one_key_for_two_organisations_is_two_keys(
    organisation: Organisation, other: Organisation, token: str
) -> None:
    key = {"Idempotency-Key": str(new_id())}
    for each in (organisation, other):
        body = {"administration_ids": [str(each.administration_id)]}
        for _ in range(2):
            answer = await each.api("POST", "/v1/syncs", body, token=token, headers=each.acted_for | key)
            assert answer.status_code == 202
            assert answer.json()["items"][0]["administration_id"] == str(each.administration_id)
        assert [event["trigger"] for event in await each.events("SyncRequested")] == ["import", "service"]


async def test_the_audit_trail_names_the_service_and_the_organisation(
    organisation: Organisation, token: str
) -> None:
    body = {"administration_ids": [str(organisation.administration_id)]}
    await organisation.api("POST", "/v1/syncs", body, token=token, headers=organisation.acted_for)
    assert await organisation.audited() == [(f"service:{PLANNER}", "sync.requested")]
