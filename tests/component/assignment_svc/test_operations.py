"""The operators' calls of a real service: its handlers, its database, its rights."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from tests.session.apps import MakeApp

from assignment_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from assignment_svc.entrypoints.events import subscriptions
from assignment_svc.entrypoints.http.context import Context
from assignment_svc.main import NAME, ROUTERS
from koppel.contracts.administration import AdministrationImported
from koppel.contracts.values import Role
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform import operations
from koppel.platform.consumer.decode import StoredRecord, decode_record
from koppel.platform.consumer.parked.retry import Retry
from koppel.platform.consumer.processor import Processor
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.database import Database
from koppel.platform.identity import Authenticator, JwksFile
from koppel.testing.administrations import imported, removed, renamed
from koppel.testing.deliveries import delivery
from koppel.testing.tokens import TokenIssuer

TOPIC = AdministrationImported.topic.name
CALLS = [
    ("GET", "/ops/v1/parked", None),
    ("GET", f"/ops/v1/parked/{new_id()}", None),
    ("GET", "/ops/v1/parked-causes", None),
    ("POST", "/ops/v1/parked/retry", {"ids": [str(new_id())], "reason": "x"}),
    ("POST", "/ops/v1/parked/check", {"ids": [str(new_id())]}),
    ("POST", f"/ops/v1/parked/{new_id()}/retry", None),
    ("POST", f"/ops/v1/parked/{new_id()}/discard", {"reason": "x"}),
    ("GET", f"/ops/v1/streams/{TOPIC}/{new_id()}", None),
]


class AnOperator:
    """Somebody with the right, and one organisation's stream with an event that cannot be read."""

    def __init__(
        self, http: httpx.AsyncClient, hearing: Subscriptions, database: Database, user: UUID
    ) -> None:
        self.http = http
        self.user = user
        self.hearing = hearing
        self.database = database
        self.organisation = new_id()

    async def break_one(self, *, followers: bool = True) -> AdministrationImported:
        """Version 1 is applied, 2 is no event, 3 takes the administration out."""
        event = imported(self.organisation)
        broken = replace(StoredRecord.of(delivery(renamed(event, "Nieuw"), 2, self.hearing).raw), value=b"{")
        batch = [delivery(event, 1, self.hearing), decode_record(broken, self.hearing)]
        if followers:
            batch.append(delivery(removed(event), 3, self.hearing))
        await Processor(self.database, self.hearing, RetryPolicy()).apply(batch)
        return event

    async def parked(self, **query: str | int) -> list[dict[str, object]]:
        params: dict[str, str | int] = {"organisation_id": str(self.organisation), **query}
        answer = await self.http.get("/ops/v1/parked", params=params)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, object]] = answer.json()["items"]
        return items

    async def scalar(self, statement: str, *arguments: object) -> object:
        async with self.database.system() as connection:
            return await connection.fetchval(statement, *arguments)


@pytest.fixture
def hearing(database: Database) -> Subscriptions:
    return subscriptions(PostgresUnitOfWork(database))


@pytest.fixture
def operated(
    database: Database, issuer: TokenIssuer, key_set: Path, hearing: Subscriptions, make_app: MakeApp
) -> FastAPI:
    authenticator = Authenticator(issuer.issuer, issuer.audience, JwksFile(key_set))
    routers = [*ROUTERS, *operations.ROUTERS]
    app = make_app(NAME, routers, authenticator, Context(PostgresUnitOfWork(database)))
    ops = operations.Operations(database, NAME)
    ops.consumes(hearing, RetryPolicy())
    return operations.install(app, ops)


@pytest.fixture
async def http(operated: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Nobody in particular."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(operated), base_url="http://assignment.test"
    ) as client:
        yield client


@pytest.fixture
def operator(
    http: httpx.AsyncClient, issuer: TokenIssuer, hearing: Subscriptions, database: Database
) -> AnOperator:
    user = new_id()
    http.headers["Authorization"] = f"Bearer {issuer.person(user=user, rights=('operator',))}"
    return AnOperator(http, hearing, database, user)


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
async def test_only_operators_may(
    http: httpx.AsyncClient, issuer: TokenIssuer, method: str, path: str, body: object
) -> None:
    without = await http.request(method, path, json=body)
    assert (without.status_code, without.json()["code"]) == (401, "unauthenticated")
    for token in (
        issuer.person(Role.BEHEERDER),
        issuer.person(Role.BEHEERDER, rights=("operators", "read")),
        issuer.service("sync-svc"),
        issuer.token({"sub": "sync-svc", "kind": "service", "rights": ["operator"]}),
    ):
        refused = await http.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})
        assert refused.status_code == 403
        assert refused.json()["code"] in ("forbidden", "service_not_allowed")


async def test_a_parked_event_is_listed_in_the_promised_shape(operator: AnOperator) -> None:
    event = await operator.break_one()
    (item,) = await operator.parked()
    assert item["cause"] == {
        "class": "malformed",
        "code": "value_invalid",
        "detail": "The value does not fit nl.koppel.AdministrationRenamed.v1 (value: json_invalid).",
    }
    assert (item["consumer"], item["topic"], item["partition"]) == (NAME, TOPIC, 0)
    assert (item["key"], item["version"]) == (str(event.administration_id), 2)
    assert (item["type"], item["organisation_id"]) == (
        "nl.koppel.AdministrationRenamed.v1",
        str(operator.organisation),
    )
    assert (item["attempts"], item["next_attempt_at"], item["followers_held"]) == (1, None, 1)
    assert {"id", "offset", "event_id", "parked_at"} <= item.keys()


async def test_the_list_is_filtered_and_paged(operator: AnOperator) -> None:
    for _ in range(3):
        await operator.break_one(followers=False)
    assert len(await operator.parked()) == 3
    for query in ({"cause": "malformed"}, {"cause": "value_invalid"}, {"consumer": NAME}):
        assert len(await operator.parked(**query)) == 3
    for query in ({"cause": "transient"}, {"consumer": "x"}, {"organisation_id": str(new_id())}):
        assert await operator.parked(**query) == []
    seen, cursor = [], None
    while True:
        params = {"organisation_id": str(operator.organisation), "limit": "2"}
        page = (
            await operator.http.get("/ops/v1/parked", params=params | ({"cursor": cursor} if cursor else {}))
        ).json()
        seen += page["items"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == await operator.parked()


async def test_a_discarded_event_lets_its_followers_take_effect(operator: AnOperator) -> None:
    event = await operator.break_one()
    (item,) = await operator.parked()
    assert item["followers_held"] == 1
    answer = await operator.http.post(
        f"/ops/v1/parked/{item['id']}/discard", json={"reason": " the provider sent nonsense "}
    )
    assert answer.status_code == 200, answer.text
    result = answer.json()
    assert (result["version"], result["head"], result["followers_released"]) == (2, 3, 1)
    assert (result["followers_held"], result["next_parked_id"]) == (0, None)
    assert await operator.parked() == []
    stream = (
        await operator.http.get(f"/ops/v1/streams/koppel.assignment.v1/{event.administration_id}")
    ).json()
    assert stream["events"][0]["type"] == "nl.koppel.AdministrationUnassigned.v1"
    assert stream["events"][0]["published_at"] is None
    audit = "select actor || ' ' || action || ' ' || reason from audit_entry where target like $1"
    told = await operator.scalar(audit, f"parked_event/{item['id']}/%")
    assert told == f"person:{operator.user} parked_event.discarded the provider sent nonsense"


async def test_a_retried_event_is_taken_by_the_next_round(operator: AnOperator) -> None:
    event = await operator.break_one()
    (item,) = await operator.parked()
    mended = renamed(event, "Nieuw").model_dump_json().encode()
    await operator.scalar(
        "update parked_event set raw_value = $2 where id = $1", UUID(str(item["id"])), mended
    )
    answer = await operator.http.post(f"/ops/v1/parked/{item['id']}/retry")
    assert (answer.status_code, answer.json()) == (202, {"id": item["id"]})
    (due,) = await operator.parked()
    assert due["next_attempt_at"] is not None
    await Retry(operator.database, operator.hearing, RetryPolicy()).run_due()
    assert await operator.parked() == []
    stream = (await operator.http.get(f"/ops/v1/streams/{TOPIC}/{event.administration_id}")).json()
    assert stream["consumers"] == [{"consumer": NAME, "version": 3, "parked": None, "held": 0}]
    assert await operator.scalar(
        "select actor from audit_entry where target like $1", f"parked_event/{item['id']}/%"
    ) == (f"person:{operator.user}")


@pytest.mark.parametrize("act", ["retry", "discard"])
async def test_what_is_not_parked_is_404(operator: AnOperator, act: str) -> None:
    answer = await operator.http.post(f"/ops/v1/parked/{new_id()}/{act}", json={"reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (404, "parked_event_not_found")


@pytest.mark.parametrize(
    "body", [None, {}, {"reason": ""}, {"reason": "   "}, {"reason": "x" * 501}, {"reason": None}]
)
async def test_nothing_is_discarded_without_a_reason(operator: AnOperator, body: object) -> None:
    await operator.break_one()
    (item,) = await operator.parked()
    answer = await operator.http.post(f"/ops/v1/parked/{item['id']}/discard", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert await operator.parked() == [item]


async def test_a_reason_may_be_long(operator: AnOperator) -> None:
    await operator.break_one()
    (item,) = await operator.parked()
    answer = await operator.http.post(f"/ops/v1/parked/{item['id']}/discard", json={"reason": "x" * 500})
    assert answer.status_code == 200


@pytest.mark.parametrize("query", [{"cursor": "x"}, {"limit": 0}, {"organisation_id": "x"}, {"cause": ""}])
async def test_a_bad_question_is_refused(operator: AnOperator, query: dict[str, str | int]) -> None:
    answer = await operator.http.get("/ops/v1/parked", params=query)
    assert answer.status_code == 422


async def test_many_are_chosen_by_a_cause_or_by_ids(operator: AnOperator) -> None:
    one = str(new_id())
    cause = {"consumer": NAME, "code": "x"}
    choices: list[dict[str, object]] = [
        {},
        {"cause": cause, "ids": [one]},
        {"ids": []},
        {"ids": [one] * 1_001},
        {"cause": {}},
    ]
    for chosen in choices:
        for path, more in (("retry", {"reason": "x"}), ("check", {})):
            answer = await operator.http.post(f"/ops/v1/parked/{path}", json=chosen | more)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    answer = await operator.http.post("/ops/v1/parked/retry", json={"cause": cause})
    assert answer.status_code == 422
    answer = await operator.http.post("/ops/v1/parked/retry", json={"ids": [one], "reason": "x"})
    assert (answer.status_code, answer.json()["released"], answer.json()["not_parked"]) == (202, 0, [one])
    cause["consumer"] = "other"
    answer = await operator.http.post("/ops/v1/parked/check", json={"cause": cause})
    assert (answer.status_code, answer.json()["code"]) == (409, "parked_by_another_consumer")


async def test_causes_are_paged_and_one_event_can_be_looked_at(operator: AnOperator) -> None:
    await operator.break_one()
    (item,) = await operator.parked()
    assert item.items() <= (await operator.http.get(f"/ops/v1/parked/{item['id']}")).json().items()
    async with operator.database.system() as connection:
        await connection.execute(
            "update parked_event set cause_code = 'mine', parked_at = now() - interval '1 day' where id = $1",
            UUID(str(item["id"])),
        )
    await operator.break_one()
    seen: list[dict[str, object]] = []
    cursor = None
    while True:
        params = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = (await operator.http.get("/ops/v1/parked-causes", params=params)).json()
        seen += page["items"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert len(seen) == len({str(cause["code"]) for cause in seen}) >= 2
    (mine,) = (cause for cause in seen if cause["code"] == "mine")
    assert (mine["class"], mine["events"], mine["keys"], mine["due_by_themselves"]) == ("malformed", 1, 1, 0)
    assert mine["example"] == {
        "id": item["id"],
        "detail": "The value does not fit nl.koppel.AdministrationRenamed.v1 (value: json_invalid).",
    }
