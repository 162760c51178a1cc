"""`/ops/v1/audit`: what was done, by whom, to what."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from koppel.kernel.ids import new_id
from koppel.platform.audit import Audit
from koppel.platform.database import Database

ONE, OTHER = new_id(), new_id()
Did = Callable[..., Any]


@pytest.fixture
def actor() -> UUID:
    return new_id()


@pytest.fixture
def did(database: Database, actor: UUID) -> Did:
    async def record(action: str, target: str, whose: UUID | None = ONE, **more: Any) -> None:
        async with database.system() as connection:
            await Audit(connection).record(
                organisation_id=whose, actor=f"person:{actor}", action=action, target=target, **more
            )

    return record


async def _listed(operator: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await operator.get("/ops/v1/audit", params=query)
    return [each["target"] for each in answer.raise_for_status().json()["items"]]


async def test_what_somebody_did_is_told_newest_first(
    operator: httpx.AsyncClient, actor: UUID, did: Did
) -> None:
    await did("connection.created", "connection/1", reason="why")
    await did("connection.deleted", "connection/1")
    told = (await operator.get("/ops/v1/audit", params={"actor": f"person:{actor}"})).json()
    newest, before = told["items"]
    assert newest["action"] == "connection.deleted"
    assert (before["organisation_id"], before["reason"], before["actor"]) == (
        str(ONE),
        "why",
        f"person:{actor}",
    )
    assert {"id", "at", "correlation_id", "target"} <= before.keys()


async def test_the_id_alone_names_a_person_or_a_thing(
    operator: httpx.AsyncClient, actor: UUID, did: Did
) -> None:
    thing = new_id()
    await did("parked_event.retried", f"parked_event/{thing}/topic/0/7")
    await did("connection.created", f"connection/{thing}")
    both = [f"connection/{thing}", f"parked_event/{thing}/topic/0/7"]
    assert await _listed(operator, actor=str(actor)) == both
    assert await _listed(operator, target=str(thing)) == both
    assert await _listed(operator, target=f"connection/{thing}") == both[:1]
    assert await _listed(operator, target=f"grant/{thing}") == []


async def test_filters_hold_together(operator: httpx.AsyncClient, actor: UUID, did: Did) -> None:
    await did("a.done", "a/1")
    await did("a.done", "a/2", OTHER)
    await did("b.done", "b/3", None)
    who = str(actor)
    assert await _listed(operator, actor=who) == ["b/3", "a/2", "a/1"]
    assert await _listed(operator, actor=who, action="a.done") == ["a/2", "a/1"]
    assert await _listed(operator, actor=who, organisation_id=str(OTHER)) == ["a/2"]
    assert await _listed(operator, actor=who, action="b.done", organisation_id=str(OTHER)) == []
    soon, lately = (datetime.now(UTC) + timedelta(minutes=sign) for sign in (1, -1))
    assert await _listed(operator, actor=who, since=soon.isoformat()) == []
    assert len(await _listed(operator, actor=who, since=lately.isoformat())) == 3


async def test_it_is_paged(operator: httpx.AsyncClient, actor: UUID, did: Did) -> None:
    for number in range(5):
        await did("a.done", f"a/{number}")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (
            await operator.get("/ops/v1/audit", params={"actor": str(actor), "limit": 2, **cursor})
        ).json()
        seen += [each["target"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [f"a/{number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(
    "query", [{"actor": ""}, {"since": "yesterday"}, {"organisation_id": "x"}, {"cursor": "x"}]
)
async def test_a_filter_of_another_kind_is_refused(
    operator: httpx.AsyncClient, query: dict[str, str]
) -> None:
    assert (await operator.get("/ops/v1/audit", params=query)).status_code == 422
