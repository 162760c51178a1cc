"""Every call of the outer contract but those of schedules: who may, what is refused, and with which code."""

from collections.abc import Callable

import pytest

from koppel.contracts.values import Role
from koppel.kernel.ids import new_id
from koppel.testing.tokens import TokenIssuer

from .organisation import PLANNER, Organisation


async def test_a_sync_is_asked_for_through_the_log_and_audited(organisation: Organisation) -> None:
    sync_request_id = await organisation.ask(mode="full", resources=["contact"])
    (_, requested) = await organisation.events("SyncRequested")
    assert requested["sync_request_id"] == sync_request_id
    assert (requested["trigger"], requested["mode"], requested["resources"]) == ("user", "full", ["contact"])
    assert requested["requested_by"] == str(organisation.user_id)
    assert await organisation.audit() == ["sync.requested"]
    run = await organisation.run_of(sync_request_id)
    assert run is not None
    assert (run["state"], run["outcome"], run["failure"]) == ("queued", None, None)


async def test_an_administration_named_twice_is_asked_once(organisation: Organisation) -> None:
    twice = [str(organisation.administration_id)] * 2
    answer = await organisation.api("POST", "/v1/syncs", {"administration_ids": twice})
    assert len(answer.json()["items"]) == 1


async def test_the_same_key_gives_the_same_answer(organisation: Organisation) -> None:
    body, key = (
        {"administration_ids": [str(organisation.administration_id)]},
        {"Idempotency-Key": str(new_id())},
    )
    first = await organisation.api("POST", "/v1/syncs", body, headers=key)
    second = await organisation.api("POST", "/v1/syncs", body, headers=key)
    assert (second.status_code, second.json()) == (202, first.json())
    assert len(await organisation.events("SyncRequested")) == 2
    other = await organisation.api("POST", "/v1/syncs", body | {"mode": "full"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("token", "trigger"), [("operator", "operator"), ("service", "service"), ("user", "user")]
)
async def test_who_asks_is_told(
    organisation: Organisation, issuer: TokenIssuer, token: str, trigger: str
) -> None:
    tokens = {
        "operator": issuer.person(organisation=organisation.organisation_id, rights=("operator",)),
        "service": issuer.service(PLANNER),
        "user": issuer.person(Role.USER, organisation=organisation.organisation_id),
    }
    body = {"administration_ids": [str(organisation.administration_id)]}
    answer = await organisation.api(
        "POST", "/v1/syncs", body, token=tokens[token], headers=organisation.acted_for
    )
    assert answer.status_code == 202
    assert (await organisation.events("SyncRequested"))[-1]["trigger"] == trigger


async def test_an_unknown_administration_is_named_by_its_place(organisation: Organisation) -> None:
    ids = [str(organisation.administration_id), str(new_id())]
    answer = await organisation.api("POST", "/v1/syncs", {"administration_ids": ids})
    assert (answer.status_code, answer.json()["code"]) == (422, "administration_unknown")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/administration_ids/1"]
    assert len(await organisation.events("SyncRequested")) == 1


async def test_another_organisations_administration_is_as_unknown(
    organisation: Organisation, new_organisation: Callable[[], Organisation]
) -> None:
    stranger = new_organisation()
    body = {"administration_ids": [str(organisation.administration_id)]}
    answer = await stranger.api("POST", "/v1/syncs", body)
    assert answer.json()["code"] == "administration_unknown"
    for path in ("sync-status", "records"):
        refused = await stranger.api("GET", f"/v1/administrations/{organisation.administration_id}/{path}")
        assert (refused.status_code, refused.json()["code"]) == (404, "administration_not_found")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"administration_ids": []}, "/administration_ids"),
        ({"administration_ids": ["x"]}, "/administration_ids/0"),
        ({"resources": ["unicorn"]}, "/resources/0"),
        ({"resources": []}, "/resources"),
        ({"mode": "some"}, "/mode"),
        ({"colour": "red"}, "/colour"),
    ],
)
async def test_a_bad_field_is_named(
    organisation: Organisation, body: dict[str, object], pointer: str
) -> None:
    wish = {"administration_ids": [str(organisation.administration_id)]} | body
    answer = await organisation.api("POST", "/v1/syncs", wish)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


async def test_a_resource_that_the_provider_lacks_is_refused(organisation: Organisation) -> None:
    wish = {"administration_ids": [str(organisation.administration_id)], "resources": ["contact", "journal"]}
    answer = await organisation.api("POST", "/v1/syncs", wish)
    assert (answer.status_code, answer.json()["code"]) == (422, "resource_not_offered")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/resources/1"]


@pytest.mark.parametrize(
    ("reason", "code"),
    [("connection_deleted", "connection_revoked"), ("no_longer_a_client", "administration_removed")],
)
async def test_what_is_gone_is_not_synchronised(organisation: Organisation, reason: str, code: str) -> None:
    await organisation.deliver(organisation.removed(reason))
    body = {"administration_ids": [str(organisation.administration_id)]}
    answer = await organisation.api("POST", "/v1/syncs", body)
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert not await organisation.is_scheduled()


async def test_a_removed_administrations_data_is_nobodys_to_read(organisation: Organisation) -> None:
    place = f"/v1/administrations/{organisation.administration_id}"
    assert (await organisation.api("GET", f"{place}/records")).status_code == 200
    await organisation.deliver(organisation.removed("no_longer_a_client"))
    for what in ("records", "sync-status"):
        answer = await organisation.api("GET", f"{place}/{what}")
        assert (answer.status_code, answer.json()["code"]) == (404, "administration_not_found")


async def test_a_deleted_connection_is_a_conflict(organisation: Organisation) -> None:
    await organisation.deliver(organisation.deleted())
    body = {"administration_ids": [str(organisation.administration_id)]}
    answer = await organisation.api("POST", "/v1/syncs", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "connection_revoked")


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.SUBMITTER])
async def test_asking_and_stopping_need_a_right_and_looking_does_not(
    organisation: Organisation, role: Role
) -> None:
    sync_request_id = await organisation.ask()
    run = await organisation.run_of(sync_request_id)
    assert run is not None
    body = {"administration_ids": [str(organisation.administration_id)]}
    refused = [
        await organisation.api("POST", "/v1/syncs", body, role=role),
        await organisation.api("POST", f"/v1/sync-runs/{run['id']}/cancel", role=role),
        await organisation.api(
            "PUT",
            f"/v1/administrations/{organisation.administration_id}/sync-policy",
            {"enabled": True, "interval_minutes": 60},
            role=role,
        ),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(403, "forbidden")}
    assert (await organisation.api("GET", f"/v1/sync-runs/{run['id']}", role=role)).status_code == 200


async def test_a_plain_user_may_sync_and_not_change_the_schedule(organisation: Organisation) -> None:
    body = {"administration_ids": [str(organisation.administration_id)]}
    assert (await organisation.api("POST", "/v1/syncs", body, role=Role.USER)).status_code == 202
    path = f"/v1/administrations/{organisation.administration_id}/sync-policy"
    policy = {"enabled": False, "interval_minutes": 60}
    assert (await organisation.api("PUT", path, policy, role=Role.USER)).status_code == 403
    assert (await organisation.api("PUT", path, policy, role=Role.USER_PLUS)).status_code == 200


async def test_runs_come_newest_first_and_in_pages(organisation: Organisation) -> None:
    for _ in range(3):
        run = await organisation.run_of(await organisation.ask())
        assert run is not None
        answer = await organisation.api("POST", f"/v1/sync-runs/{run['id']}/cancel")
        assert answer.status_code == 202
    path = f"/v1/sync-runs?administration_id={organisation.administration_id}&limit=2&total=true"
    first = (await organisation.api("GET", path)).json()
    second = (await organisation.api("GET", f"{path}&cursor={first['next_cursor']}")).json()
    ids = [run["id"] for run in first["items"] + second["items"]]
    assert len(ids) == len(set(ids)) == 3
    assert [first["total"], second["total"]] == [3, 3]
    assert ids == sorted(ids, reverse=True)
    assert second["next_cursor"] is None


async def test_a_waiting_run_is_cancelled_at_once_and_only_once(organisation: Organisation) -> None:
    run = await organisation.run_of(await organisation.ask())
    assert run is not None
    await organisation.api("POST", f"/v1/sync-runs/{run['id']}/cancel")
    (cancelled,) = await organisation.events("SyncCancelled")
    assert cancelled["cancelled_by"] == str(organisation.user_id)
    again = await organisation.api("POST", f"/v1/sync-runs/{run['id']}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "run_finished")
    ended = (await organisation.api("GET", f"/v1/sync-runs/{run['id']}")).json()
    assert (ended["state"], ended["outcome"]) == ("finished", "cancelled")


async def test_an_unknown_run_is_not_found(organisation: Organisation) -> None:
    for method, path in (("GET", ""), ("GET", "/events"), ("POST", "/cancel")):
        answer = await organisation.api(method, f"/v1/sync-runs/{new_id()}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "sync_run_not_found")


async def test_a_request_says_which_run_it_joins_and_the_run_names_its_requests(
    organisation: Organisation,
) -> None:
    first = await organisation.ask(mode="full")
    run = await organisation.run_of(first)
    assert run is not None
    body = {"administration_ids": [str(organisation.administration_id)]}
    [item] = (await organisation.api("POST", "/v1/syncs", body)).json()["items"]
    assert (item["run_id"], item["joined"]) == (run["id"], True)
    assert first in run["requests"]


async def test_a_request_that_nothing_covers_joins_nothing(organisation: Organisation) -> None:
    body = {"administration_ids": [str(organisation.administration_id)]}
    [item] = (await organisation.api("POST", "/v1/syncs", body)).json()["items"]
    assert (item["run_id"], item["joined"]) == (None, False)


async def test_runs_are_listed_by_state_outcome_code_and_moment(organisation: Organisation) -> None:
    run = await organisation.run_of(await organisation.ask())
    assert run is not None

    async def listed(query: str) -> list[str]:
        answer = await organisation.api("GET", f"/v1/sync-runs?{query}")
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["items"]]

    assert await listed("state=queued") == [run["id"]]
    assert await listed("state=finished") == []
    assert await listed("outcome=failed") == []
    assert await listed("code=rate_limited") == []
    assert await listed("since=2026-01-01T00:00:00Z") == [run["id"]]
    assert await listed("since=2126-01-01T00:00:00Z") == []
    for wrong in ("state=asleep", "outcome=x", "code=A%20B", "since=yesterday"):
        assert (await organisation.api("GET", f"/v1/sync-runs?{wrong}")).status_code == 422
