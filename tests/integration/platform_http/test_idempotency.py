"""`Idempotency-Key` on a real database: once is once, also for two at once and for other tenants."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from starlette.requests import Request
from starlette.responses import Response

from koppel.kernel.errors import Conflict, InvalidInput
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.http import RequestModel, ResponseModel, idempotent, purge_idempotency_keys
from koppel.platform.identity import Principal, PrincipalKind
from koppel.testing.databases import service_database
from koppel.testing.eventually import eventually


class Order(RequestModel):
    name: str
    size: int = 1


class Made(ResponseModel):
    id: UUID
    name: str


@pytest.fixture
async def database(postgres_server: str) -> AsyncIterator[Database]:
    async with service_database(postgres_server, "platform", "koppel.testing.platform_only") as created:
        opened = created.open()
        await opened.open()
        yield opened
        await opened.close()


@dataclass
class Caller:
    """Posts orders as one person; `made` holds what the use case did."""

    database: Database
    principal: Principal
    made: list[UUID] = field(default_factory=list)
    entered: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(
        self,
        key: str | None,
        order: Order,
        *,
        path: str = "/v1/orders",
        hold: asyncio.Event | None = None,
        fail: Exception | None = None,
        seal: "Reversed | None" = None,
    ) -> Response:
        async def run() -> Made:
            self.entered.set()
            if hold is not None:
                await hold.wait()
            if fail is not None:
                raise fail
            made = Made(id=new_id(), name=order.name)
            self.made.append(made.id)
            return made

        scope = (
            self.database.system()
            if self.principal.organisation_id is None
            else self.database.transaction(self.principal.organisation)
        )
        async with scope as connection:
            return await idempotent(_request(path, key), connection, self.principal, order, run, seal=seal)


class Reversed:
    """Stands in for encryption."""

    async def seal(self, answer: bytes) -> bytes:
        return answer[::-1]

    async def unseal(self, sealed: bytes) -> bytes:
        return sealed[::-1]


def _request(path: str, key: str | None) -> Request:
    headers = [] if key is None else [(b"idempotency-key", key.encode("latin-1"))]
    return Request({"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers})


def _person(organisation: UUID | None = None, user: UUID | None = None) -> Principal:
    return Principal(str(user or uuid4()), PrincipalKind.PERSON, organisation or uuid4())


@pytest.fixture
def caller(database: Database) -> Caller:
    return Caller(database, _person())


async def test_the_same_request_gets_the_same_answer_and_happens_once(caller: Caller) -> None:
    first = await caller.post("key", Order.model_validate_json('{"name":"a","size":1}'))
    second = await caller.post("key", Order.model_validate_json('{ "size": 1, "name": "a" }'))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.body == second.body
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(caller.made) == 1


async def test_without_a_key_every_request_happens(caller: Caller) -> None:
    assert (await caller.post(None, Order(name="a"))).body != (await caller.post(None, Order(name="a"))).body
    assert len(caller.made) == 2


@pytest.mark.parametrize(("name", "path"), [("b", "/v1/orders"), ("a", "/v1/other")])
async def test_the_key_of_another_request_is_refused(caller: Caller, name: str, path: str) -> None:
    await caller.post("key", Order(name="a"))
    with pytest.raises(InvalidInput) as caught:
        await caller.post("key", Order(name=name), path=path)
    assert caught.value.code == "idempotency_key_reused"
    assert len(caller.made) == 1


async def test_a_field_left_out_is_not_a_field_given(caller: Caller) -> None:
    await caller.post("key", Order(name="a"))
    with pytest.raises(InvalidInput):
        await caller.post("key", Order(name="a", size=1))


async def test_two_at_once_happen_once(caller: Caller, database: Database) -> None:
    hold = asyncio.Event()
    first = asyncio.create_task(caller.post("key", Order(name="a"), hold=hold))
    await caller.entered.wait()
    others = [asyncio.create_task(caller.post("key", Order(name="a"))) for _ in range(3)]
    await _waiting(database, 3)
    hold.set()
    answers = await asyncio.gather(first, *others)
    assert len({bytes(answer.body) for answer in answers}) == 1
    assert len(caller.made) == 1


async def test_when_the_first_fails_the_waiting_one_does_it(caller: Caller, database: Database) -> None:
    hold = asyncio.Event()
    refusal = Conflict("not_now", "Not now.")
    first = asyncio.create_task(caller.post("key", Order(name="a"), hold=hold, fail=refusal))
    await caller.entered.wait()
    second = asyncio.create_task(caller.post("key", Order(name="a")))
    await _waiting(database, 1)
    hold.set()
    with pytest.raises(Conflict):
        await first
    assert (await second).status_code == 201
    assert len(caller.made) == 1


async def test_a_refused_request_may_come_again_with_its_key(caller: Caller) -> None:
    with pytest.raises(Conflict):
        await caller.post("key", Order(name="a"), fail=Conflict("not_now", "Not now."))
    assert (await caller.post("key", Order(name="b"))).status_code == 201


async def test_keys_of_other_people_tenants_and_services_are_their_own(
    caller: Caller, database: Database
) -> None:
    service = Principal("sync-svc", PrincipalKind.SERVICE)
    people = [
        _person(caller.principal.organisation_id),
        _person(user=UUID(caller.principal.subject)),
        service,
    ]
    callers = [caller, *(Caller(database, person) for person in people)]
    bodies = {bytes((await each.post("key", Order(name="a"))).body) for each in callers}
    assert len(bodies) == len(callers)
    assert [len(each.made) for each in callers] == [1, 1, 1, 1]


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb", "é"])
async def test_a_key_that_is_none_is_refused(caller: Caller, key: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await caller.post(key, Order(name="a"))
    assert caught.value.errors[0].pointer == "header/Idempotency-Key"
    assert caller.made == []


async def test_a_key_may_have_two_hundred_characters(caller: Caller) -> None:
    assert (await caller.post("x" * 200, Order(name="a"))).status_code == 201


async def test_a_sealed_answer_does_not_lie_readable_in_the_table(caller: Caller, database: Database) -> None:
    first = await caller.post("key", Order(name="canary"), seal=Reversed())
    async with database.system() as connection:
        kept = await connection.fetchval("select answer from idempotency_key")
    assert b"canary" not in kept
    assert (await caller.post("key", Order(name="canary"), seal=Reversed())).body == first.body


async def test_another_tenant_sees_no_keys(caller: Caller, database: Database) -> None:
    await caller.post("key", Order(name="a"))
    async with database.transaction(uuid4()) as connection:
        assert await connection.fetchval("select count(*) from idempotency_key") == 0


async def test_old_keys_are_forgotten(caller: Caller, database: Database) -> None:
    await caller.post("key", Order(name="a"))
    async with database.system() as connection:
        assert await purge_idempotency_keys(connection, older_than=timedelta(hours=1)) == 0
        assert await purge_idempotency_keys(connection, older_than=timedelta(seconds=-5)) == 1
    await caller.post("key", Order(name="a"))
    assert len(caller.made) == 2


async def _waiting(database: Database, count: int) -> None:
    """Until that many transactions wait for another one to end."""

    async def blocked() -> bool:
        async with database.system() as connection:
            waiting = await connection.fetchval(
                "select count(*) from pg_locks where not granted and locktype = 'transactionid'"
            )
            return bool(waiting == count)

    await eventually(blocked, what=f"{count} waiting transactions")
