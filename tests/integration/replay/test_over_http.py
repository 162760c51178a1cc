"""`/ops/v1/replays`: who may, what is answered, and that a key is answered once."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.session.apps import MakeApp

from koppel.contracts.values import Role
from koppel.kernel.ids import new_id
from koppel.platform import operations
from koppel.platform.identity import Authenticator, JwksFile
from koppel.platform.replay import ReplayTopics
from koppel.testing.organisations import Organisation
from koppel.testing.tokens import TokenIssuer

from .stage import FOREIGN, OWNER, TOPIC, Stage

ID = new_id()
PLAN = {"filter": {"organisation_id": str(ID)}, "target": FOREIGN, "mode": "repair", "reason": "x"}
LOOKING = [("GET", "/ops/v1/replays", None), ("GET", f"/ops/v1/replays/{ID}", None)]
ACTING = [
    ("POST", "/ops/v1/replays", PLAN),
    *(("POST", f"/ops/v1/replays/{ID}/{act}", None) for act in ("start", "pause", "resume", "cancel")),
]
ISSUER = TokenIssuer()
RIGHTS: list[tuple[str, ...]] = [
    (),
    ("operator",),
    ("preview",),
    ("replay",),
    ("operator", "payload"),
    ("operator", "preview", "replay"),
]


def _tokens() -> list[tuple[str, str, tuple[str, ...]]]:
    """Made when they are needed: a whole run outlasts them."""
    people = [
        (f"{role}-{given}", ISSUER.person(role, rights=given), given) for role in Role for given in RIGHTS
    ]
    return [*people, ("service", ISSUER.service("sync-svc"), ())]


@pytest.fixture
def app(stage: Stage, tmp_path: Path, make_app: MakeApp) -> FastAPI:
    keys = JwksFile(ISSUER.write_jwks(tmp_path / "jwks.json"))
    authenticator = Authenticator(ISSUER.issuer, ISSUER.audience, keys)
    made = make_app(OWNER, operations.ROUTERS, authenticator, None)
    return operations.install(made, operations.Operations(stage.database, OWNER))


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    token = ISSUER.person(rights=("operator", "replay"))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://import.test",
        headers={"Authorization": f"Bearer {token}"},
    ) as client:
        yield client


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a plan that nobody makes."""
    monkeypatch.setattr("koppel.platform.operations.replays._PLANNED_WITHIN", 0.1)


def _body(organisation: Organisation, **changes: Any) -> dict[str, Any]:
    stream = {"topic": TOPIC, "key": str(organisation.administration_id)}
    return {"filter": {"streams": [stream]}, "target": [FOREIGN], "mode": "repair", "reason": "r", **changes}


@pytest.mark.parametrize(("method", "path", "body"), [*LOOKING, *ACTING])
async def test_the_right_decides_for_every_role_and_call(
    http: httpx.AsyncClient, method: str, path: str, body: object
) -> None:
    needed = (
        {"operator"}
        if method == "GET"
        else {"replay", "preview"}
        if path == "/ops/v1/replays"
        else {"replay"}
    )
    for name, token, rights in _tokens():
        answer = await http.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code == 403) == needed.isdisjoint(rights), (name, answer.text)
    answer = await http.request(method, path, json=body, headers={"Authorization": ""})
    assert answer.status_code == 401


async def test_a_plan_is_answered_with_its_state(http: httpx.AsyncClient, stage: Stage) -> None:
    organisation = Organisation()
    await stage.log(organisation, 1, 2)
    answer = await http.post("/ops/v1/replays", json=_body(organisation))
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["state"] == "planned"
    assert made["plan"] == {
        "events": 2,
        "streams": 1,
        "targets": [
            {
                **dict.fromkeys(("apply", "skip", "hold", "park", "changes", "appends", "estimated")),
                "consumer": FOREIGN,
                "reports": False,
            }
        ],
        "incomplete_log": False,
    }
    assert (made["result"], made["progress"]) == (None, {"done": 0, "total": 2, "eta_seconds": None})
    assert (await http.get(f"/ops/v1/replays/{made['id']}")).json() == made
    listed = (await http.get("/ops/v1/replays", params={"limit": 1})).json()
    assert listed["items"][0]["id"] == made["id"]


async def test_who_has_not_told_yet_is_named(http: httpx.AsyncClient, stage: Stage, quick: None) -> None:
    organisation = Organisation()
    await stage.log(organisation, 1)
    made = (await http.post("/ops/v1/replays", json=_body(organisation, target="all"))).json()
    assert (made["state"], made["waiting_for"]) == (
        "planning",
        ["assignment-svc", "connection-svc", "sync-svc"],
    )
    assert [each["apply"] for each in made["plan"]["targets"]] == [None, None, None]


async def test_a_key_makes_one_replay(http: httpx.AsyncClient, stage: Stage) -> None:
    organisation = Organisation()
    await stage.log(organisation, 1)
    key = {"Idempotency-Key": str(new_id())}
    first, again = [
        await http.post("/ops/v1/replays", json=_body(organisation), headers=key) for _ in range(2)
    ]
    assert (again.status_code, again.json()) == (201, first.json())
    other = await http.post("/ops/v1/replays", json=_body(organisation, rate=5), headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_acts_over_http(http: httpx.AsyncClient, stage: Stage) -> None:
    organisation = Organisation()
    await stage.log(organisation, *range(1, 31))
    made = (await http.post("/ops/v1/replays", json=_body(organisation, rate=1))).json()
    path = f"/ops/v1/replays/{made['id']}"
    refused = await http.post(f"{path}/resume")
    assert (refused.status_code, refused.json()["code"]) == (409, "replay_planned")
    await stage.runner()
    for act, state in (
        ("start", "running"),
        ("pause", "paused"),
        ("resume", "running"),
        ("cancel", "cancelled"),
    ):
        answer = await http.post(f"{path}/{act}", json={"reason": "because"} if act == "cancel" else None)
        assert (answer.status_code, answer.json()["state"]) == (200, state), act
    assert (await stage.audit(made["id"]))[-1][2] == "because"
    assert answer.json()["result"]["targets"][0]["reports"] is False


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"filter": {}}, "/filter"),
        ({"filter": {"parked_only": False, "types": []}}, "/filter"),
        ({"filter": {"organisation_id": str(ID), "administration_ids": []}}, "/filter/administration_ids"),
        ({"filter": {"organisation_id": str(ID), "types": []}}, "/filter/types"),
        ({"filter": {"organisation_id": str(ID), "streams": []}}, "/filter/streams"),
        ({"filter": {"organization_id": str(ID)}}, "/filter/organization_id"),
        ({"filter": {"from": "2026-01-01"}}, "/filter/from"),
        ({"filter": {"from": "0001-01-01T00:00:00+14:00"}}, "/filter/from"),
        ({"filter": {"to": "9999-12-31T23:59:59-14:00"}}, "/filter/to"),
        ({"filter": {"types": ["x"]}}, "/filter/types/0"),
        ({"target": "nobody-svc"}, "/target/0"),
        ({"target": ["all"]}, "/target/0"),
        ({"target": []}, "/target"),
        ({"mode": "restore"}, "/mode"),
        ({"rate": 0}, "/rate"),
        ({"rate": 10_001}, "/rate"),
        ({"reason": "  "}, "/reason"),
        ({"reason": "x" * 501}, "/reason"),
        ({"reason": None}, "/reason"),
        ({"speed": 1}, "/speed"),
    ],
)
async def test_what_is_refused_says_where(
    http: httpx.AsyncClient, changes: dict[str, Any], pointer: str
) -> None:
    answer = await http.post("/ops/v1/replays", json=_body(Organisation(), **changes))
    assert answer.status_code == 422, answer.text
    assert any(each["pointer"].startswith(pointer) for each in answer.json()["errors"]), answer.text


class MadeTopics(ReplayTopics):
    """Those of one subscriber and of nobody else."""

    async def exists(self, consumer: str) -> bool:
        return consumer == FOREIGN


@pytest.mark.parametrize("target", ["biling.example", [FOREIGN, "biling.example"]])
async def test_a_name_that_nobody_goes_by_is_refused(
    http: httpx.AsyncClient, app: FastAPI, stage: Stage, target: object
) -> None:
    app.state.operations.replay_topics = MadeTopics("nowhere:1")
    organisation = Organisation()
    await stage.log(organisation, 1)
    assert (await http.post("/ops/v1/replays", json=_body(organisation))).status_code == 201

    answer = await http.post("/ops/v1/replays", json=_body(organisation, target=target))

    assert (answer.status_code, answer.json()["code"]) == (422, "target_unknown")
    place = "/target/1" if isinstance(target, list) else "/target/0"
    assert [each["pointer"] for each in answer.json()["errors"]] == [place]
    assert "koppel.replay.biling.example" in answer.json()["detail"]


async def test_an_unknown_one_is_not_found(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"/ops/v1/replays/{new_id()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "replay_not_found")


@pytest.mark.parametrize(("most", "logged", "needs_another"), [(1, 2, True), (2, 2, False), (0, 1, True)])
async def test_above_a_bound_somebody_other_than_its_planner_starts_a_replay(
    http: httpx.AsyncClient, app: FastAPI, stage: Stage, most: int, logged: int, needs_another: bool
) -> None:
    app.state.operations.replays.four_eyes = most
    organisation = Organisation()
    await stage.log(organisation, *range(1, logged + 1))
    start = (
        f"/ops/v1/replays/{(await http.post('/ops/v1/replays', json=_body(organisation))).json()['id']}/start"
    )
    own = await http.post(start)
    if not needs_another:
        assert own.json()["state"] == "running"
        return
    assert (own.status_code, own.json()["code"]) == (403, "four_eyes_required")
    colleague = {"Authorization": f"Bearer {ISSUER.person(rights=('replay',))}"}
    assert (await http.post(start, headers=colleague)).json()["state"] == "running"
    # Once it runs, starting it again changes nothing, whoever asks.
    assert (await http.post(start)).json()["state"] == "running"


async def test_its_planner_may_cancel_what_a_colleague_has_to_start(
    http: httpx.AsyncClient, app: FastAPI, stage: Stage
) -> None:
    app.state.operations.replays.four_eyes = 0
    organisation = Organisation()
    await stage.log(organisation, 1)
    made = (await http.post("/ops/v1/replays", json=_body(organisation))).json()
    assert (await http.post(f"/ops/v1/replays/{made['id']}/cancel")).json()["state"] == "cancelled"
