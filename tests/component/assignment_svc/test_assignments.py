"""Reading assignments, and plans over HTTP."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI

from assignment_svc.application.await_arrival import SessionPatience
from assignment_svc.entrypoints.http.context import Context
from koppel.contracts.values import Role
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.http import provide

PLANS = "/v1/assignment-plans"


async def test_an_imported_administration_is_assigned_by_the_default_rule(organisation: Any) -> None:
    beheerder = await organisation.user("beheerder")
    [event] = await organisation.import_administrations(1)
    answer = await organisation.http.get(f"/v1/administrations/{event.administration_id}/assignment")
    assert answer.json() == {
        "administration_id": str(event.administration_id),
        "division_id": None,
        "template_id": None,
        "user_ids": [beheerder],
        "rule": "default",
        "version": 1,
    }
    seen = await organisation.client(Role.SUBMITTER).get(f"/v1/users/{beheerder}/administrations")
    assert seen.json()["items"] == [
        {"administration_id": str(event.administration_id), "name": event.name, "rule": "default"}
    ]


async def test_an_unknown_administration_has_no_assignment(new_organisation: Any) -> None:
    organisation, other = new_organisation(), new_organisation()
    [theirs] = await other.import_administrations(1)
    for identifier in (theirs.administration_id, new_id()):
        answer = await organisation.http.get(f"/v1/administrations/{identifier}/assignment")
        assert (answer.status_code, answer.json()["code"]) == (404, "administration_not_found")


async def test_a_plan_is_previewed_applied_and_undone(organisation: Any) -> None:
    beheerder, other = await organisation.user("beheerder"), await organisation.user()
    division = await organisation.put("divisions")
    [event] = await organisation.import_administrations(1)
    administration = str(event.administration_id)
    made = await organisation.http.post(
        PLANS,
        json={
            "administration_ids": [administration],
            "set": {"division_id": division, "users": {"mode": "add", "ids": [other]}},
        },
    )
    plan = made.json()
    assert (made.status_code, plan["state"], plan["created_by"]) == (201, "planned", str(organisation.person))
    assert plan["summary"] == {
        "administrations": 1,
        "changed": 1,
        "unchanged": 0,
        "divisions_changed": 1,
        "templates_changed": 0,
        "users_added": 1,
        "users_removed": 0,
    }
    both = sorted([beheerder, other])
    assert plan["changes"] == [
        {"administration_id": administration, "field": "division_id", "from": None, "to": division},
        {"administration_id": administration, "field": "user_ids", "from": [beheerder], "to": both},
    ]
    for act, state, version in (("apply", "applied", 2), ("apply", "applied", 2), ("undo", "undone", 3)):
        answer = await organisation.http.post(f"{PLANS}/{plan['id']}/{act}")
        assert answer.json() == {
            "id": plan["id"],
            "state": state,
            "results": [{"administration_id": administration, "outcome": "changed", "version": version}],
        }
    read = (await organisation.http.get(f"{PLANS}/{plan['id']}")).json()
    assert (read["state"], read["changes"]) == ("undone", plan["changes"])
    assert read["applied_at"] <= read["undone_at"]


async def test_null_clears_what_absence_keeps(organisation: Any) -> None:
    division, template = await organisation.put("divisions"), await organisation.put("templates")
    [event] = await organisation.import_administrations(1)
    for wanted in ({"division_id": division, "template_id": template}, {"division_id": None}):
        plan = await organisation.http.post(PLANS, json={"administration_ids": "all", "set": wanted})
        await organisation.http.post(f"{PLANS}/{plan.json()['id']}/apply")
    answer = await organisation.http.get(f"/v1/administrations/{event.administration_id}/assignment")
    assert (answer.json()["division_id"], answer.json()["template_id"]) == (None, template)
    assert (answer.json()["rule"], answer.json()["version"]) == ("plan", 3)


async def test_a_plan_waits_for_administrations_that_are_on_the_way(organisation: Any, app: FastAPI) -> None:
    provide(app, Context(app.state.context.unit_of_work, SessionPatience(within=20, settled=1)))
    division, session = await organisation.put("divisions"), new_id()
    body = {"import_session_id": str(session), "set": {"division_id": division}}
    planning = asyncio.create_task(organisation.http.post(PLANS, json=body))
    await organisation.import_administrations(2, session)
    await organisation.import_administrations(3, session)
    answer = await planning
    assert (answer.status_code, answer.json()["summary"]["administrations"]) == (201, 5)


async def test_a_plan_for_an_import_begins_when_as_many_are_here_as_its_events_say(
    organisation: Any, app: FastAPI
) -> None:
    provide(app, Context(app.state.context.unit_of_work, SessionPatience(within=20, settled=0)))
    division, session = await organisation.put("divisions"), new_id()
    await organisation.import_administrations(1, session, of=3)
    body = {"import_session_id": str(session), "set": {"division_id": division}}
    planning = asyncio.create_task(organisation.http.post(PLANS, json=body))
    await organisation.import_administrations(2, session, of=3)
    assert (await planning).json()["summary"]["administrations"] == 3


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"set": {"division_id": None}}, "plan_target_missing", "/administration_ids"),
        (
            {"administration_ids": "all", "import_session_id": str(new_id()), "set": {"division_id": None}},
            "plan_target_ambiguous",
            "/administration_ids",
        ),
        ({"administration_ids": "all", "set": {}}, "plan_set_empty", "/set"),
        ({"administration_ids": "all"}, "invalid_input", "/set"),
        (
            {"administration_ids": "some", "set": {"division_id": None}},
            "invalid_input",
            "/administration_ids",
        ),
        ({"administration_ids": "all", "set": {"colour": 1}}, "invalid_input", "/set/colour"),
        (
            {"administration_ids": "all", "set": {"users": {"mode": "invite", "ids": []}}},
            "invalid_input",
            "/set/users/mode",
        ),
        (
            {"administration_ids": [str(new_id())], "set": {"division_id": None}},
            "administration_unknown",
            "/administration_ids/0",
        ),
        (
            {"import_session_id": str(new_id()), "set": {"division_id": None}},
            "import_session_unknown",
            "/import_session_id",
        ),
        (
            {"administration_ids": "all", "set": {"division_id": str(new_id())}},
            "division_unknown",
            "/set/division_id",
        ),
        (
            {"administration_ids": "all", "set": {"template_id": str(new_id())}},
            "template_unknown",
            "/set/template_id",
        ),
        (
            {"administration_ids": "all", "set": {"users": {"mode": "add", "ids": [str(new_id())]}}},
            "user_unknown",
            "/set/users/ids/0",
        ),
    ],
)
async def test_a_bad_plan_names_its_fault(
    organisation: Any, body: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await organisation.http.post(PLANS, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_stale_plan_is_a_conflict(organisation: Any) -> None:
    north, south = await organisation.put("divisions"), await organisation.put("divisions")
    await organisation.import_administrations(1)
    plans = [
        (
            await organisation.http.post(
                PLANS, json={"administration_ids": "all", "set": {"division_id": division}}
            )
        ).json()
        for division in (north, south)
    ]
    answers = [await organisation.http.post(f"{PLANS}/{plan['id']}/apply") for plan in plans]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[1].json()["code"] == "plan_stale"
    undo = await organisation.http.post(f"{PLANS}/{plans[1]['id']}/undo")
    assert (undo.status_code, undo.json()["code"]) == (409, "plan_not_applied")


async def test_an_act_that_the_plans_state_does_not_allow_leaves_an_audit_row_of_its_own(
    organisation: Any, database: Database
) -> None:
    await organisation.import_administrations(1)
    body = {"administration_ids": "all", "set": {"division_id": await organisation.put("divisions")}}
    plan = (await organisation.http.post(PLANS, json=body)).json()["id"]
    refused = await organisation.http.post(f"{PLANS}/{plan}/undo")
    assert refused.status_code == 409
    async with database.transaction(organisation.id) as connection:
        row = await connection.fetchrow(
            "select actor, target, reason from audit_entry where action = 'assignment_plan.refused'"
        )
    assert row is not None
    assert tuple(row) == (f"person:{organisation.person}", f"assignment_plan/{plan}", "plan_not_applied")


async def test_the_same_key_makes_one_plan(organisation: Any) -> None:
    await organisation.import_administrations(1)
    body = {"administration_ids": "all", "set": {"division_id": None}}
    headers = {"Idempotency-Key": str(new_id())}
    answers = [await organisation.http.post(PLANS, json=body, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    other = await organisation.http.post(PLANS, json=body | {"set": {"template_id": None}}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_only_beheerder_and_team_leader_plan(organisation: Any) -> None:
    await organisation.import_administrations(1)
    body = {"administration_ids": "all", "set": {"division_id": None}}
    for role in Role:
        made = await organisation.client(role).post(PLANS, json=body)
        assert made.status_code == (201 if role in {Role.BEHEERDER, Role.TEAM_LEADER} else 403)


async def test_another_organisations_plan_does_not_exist(new_organisation: Any) -> None:
    organisation, other = new_organisation(), new_organisation()
    await other.import_administrations(1)
    made = await other.http.post(PLANS, json={"administration_ids": "all", "set": {"division_id": None}})
    place = f"{PLANS}/{made.json()['id']}"
    answers = [
        await organisation.http.get(place),
        await organisation.http.post(f"{place}/apply"),
        await organisation.http.post(f"{place}/undo"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (404, "assignment_plan_not_found")
    ] * 3


async def test_without_a_token_nothing_is_told(app: FastAPI, organisation: Any) -> None:
    organisation.http.headers.pop("Authorization")
    assert (await organisation.http.get("/v1/users")).status_code == 401
    assert (await organisation.http.get("/openapi.json")).status_code == 200
