"""What offices are called, and which there are."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from koppel.contracts.values import Role
from koppel.kernel.ids import new_id
from koppel.platform.operations.across_organisations import forget_reads

OPERATOR = ("operator",)


READS = """
select organisation_id::text, target from audit_entry where action = 'organisation.read' and actor = $1 order by id
"""


class AnOperator:
    """At a database with offices of others: its own have its mark in their names."""

    def __init__(self, organisation: Any, own: UUID | None = None) -> None:
        self.mark = str(new_id())
        self.user = new_id()
        self.rows = organisation.rows
        self.database = organisation.database
        token = organisation.issuer.person(user=self.user, organisation=own, rights=OPERATOR)
        self.http: httpx.AsyncClient = organisation.client(token)

    async def name(self, name: str, whose: UUID | None = None) -> str:
        path = f"/ops/v1/organisations/{whose or new_id()}"
        put = await self.http.put(path, json={"name": f"{name} {self.mark}"})
        named: str = put.raise_for_status().json()["id"]
        return named

    async def listed(self, **query: Any) -> Any:
        return (await self.http.get("/ops/v1/organisations", params=query)).raise_for_status().json()

    async def reads(self) -> list[tuple[str, str]]:
        return [tuple(row) for row in await self.rows(READS, f"person:{self.user}")]

    def unmarked(self, items: Any) -> list[str]:
        return [each["name"].removesuffix(f" {self.mark}") for each in items]


@pytest.fixture
def operator(organisation: Any) -> AnOperator:
    return AnOperator(organisation)


async def test_an_office_has_no_name_until_it_says_one(organisation: Any) -> None:
    path = "/v1/organisation"
    unnamed = {"id": str(organisation.organisation_id), "name": None, "named_by": None, "named_at": None}
    assert (await organisation.api.get(path)).json() == unnamed
    for name in ("Kantoor Noord", "  Kantoor Zuid "):
        put = await organisation.api.put(path, json={"name": name})
        assert (put.status_code, put.json()["name"]) == (200, name.strip())
    named = (await organisation.api.get(path)).json()
    assert (named["name"], named["named_by"]) == ("Kantoor Zuid", str(organisation.user))


async def test_the_same_name_again_leaves_no_second_trace(organisation: Any) -> None:
    for _ in range(2):
        await organisation.api.put("/v1/organisation", json={"name": "Noord"})
    whose = organisation.organisation_id
    rows = await organisation.rows(
        "select actor, action, target from audit_entry where organisation_id = $1", whose
    )
    assert [tuple(row) for row in rows] == [
        (f"person:{organisation.user}", "organisation.named", f"organisation/{whose}")
    ]


async def test_no_event_and_no_other_office_learns_a_name(organisation: Any) -> None:
    await organisation.api.put("/v1/organisation", json={"name": "Noord"})
    other = organisation.client(organisation.token(Role.BEHEERDER, organisation=new_id()))
    assert (await other.get("/v1/organisation")).json()["name"] is None
    whose = organisation.organisation_id
    assert await organisation.rows("select 1 from event_log where organisation_id = $1", whose) == []


async def test_who_may_not_manage_connections_may_read_the_name_alone(organisation: Any) -> None:
    reviewer = organisation.client(organisation.token(Role.REVIEWER))
    assert (await reviewer.get("/v1/organisation")).status_code == 200
    assert (await reviewer.put("/v1/organisation", json={"name": "x"})).status_code == 403


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": " "}, {"name": None}, {"name": "x" * 201}])
async def test_what_is_no_name_is_refused(organisation: Any, body: dict[str, object]) -> None:
    refused = await organisation.api.put("/v1/organisation", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/name")


async def test_an_office_is_known_by_a_connection_or_a_name(organisation: Any, operator: AnOperator) -> None:
    whose = str(organisation.organisation_id)
    assert (await operator.listed(q=whose))["items"] == []
    await organisation.connect()
    deleted = (await organisation.connect())["id"]
    (await organisation.api.delete(f"/v1/connections/{deleted}")).raise_for_status()
    known = {"id": whose, "name": None, "connections": 1, "administrations": 0}
    assert (await operator.listed(q=whose, total=True)) == {
        "items": [known],
        "next_cursor": None,
        "total": 1,
    }
    named = await operator.name("Noord")
    (told,) = (await operator.listed(q=operator.mark))["items"]
    assert told == {
        "id": named,
        "name": f"Noord {operator.mark}",
        "connections": 0,
        "administrations": 0,
    }


async def test_offices_are_found_by_a_part_of_the_name_and_by_the_beginning_of_the_id(
    operator: AnOperator,
) -> None:
    noord, zuid = await operator.name("Kantoor NOORD"), await operator.name("Kantoor Zuid")
    for q, found in {
        f" noord {operator.mark} ": [noord],
        operator.mark.upper(): [noord, zuid],
        zuid.upper(): [zuid],
        f"% {operator.mark}": [],
    }.items():
        told = await operator.listed(q=q, total=True)
        assert [each["id"] for each in told["items"]] == found
        assert told["total"] == len(found)
    (only,) = (await operator.listed(organisation_id=zuid))["items"]
    assert operator.unmarked([only]) == ["Kantoor Zuid"]


async def test_a_search_for_nothing_is_none(operator: AnOperator) -> None:
    assert (await operator.listed(q="  ", total=True))["total"] == (await operator.listed(total=True))[
        "total"
    ]


@pytest.mark.parametrize(("sort", "names"), [("name", ["a", "B", "c"]), ("-name", ["c", "B", "a"])])
async def test_names_are_in_order_over_pages(operator: AnOperator, sort: str, names: list[str]) -> None:
    for name in ("B", "c", "a"):
        await operator.name(name)
    seen: list[str] = []
    cursor: dict[str, object] = {}
    while True:
        told = await operator.listed(q=operator.mark, sort=sort, limit=1, **cursor)
        seen += operator.unmarked(told["items"])
        if told["next_cursor"] is None:
            break
        cursor = {"cursor": told["next_cursor"]}
    assert seen == names


async def test_offices_without_a_name_are_in_order_too(organisation: Any, operator: AnOperator) -> None:
    """Behind one, the next of them comes and then those with a name."""
    await organisation.connect()
    first = (await operator.listed(sort="name", limit=1))["items"][0]
    assert first["name"] is None
    behind = await operator.listed(sort="name", limit=200, cursor=first["id"])
    assert first["id"] not in [each["id"] for each in behind["items"]]
    named = [each["name"] is not None for each in behind["items"]]
    assert named == sorted(named)


@pytest.mark.parametrize("query", [{"sort": "size"}, {"organisation_id": "noord"}, {"organisation_id": ""}])
async def test_an_unknown_order_or_an_id_of_nothing_is_refused(
    operator: AnOperator, query: dict[str, str]
) -> None:
    assert (await operator.http.get("/ops/v1/organisations", params=query)).status_code == 422


async def test_the_nil_id_is_no_office(operator: AnOperator) -> None:
    refused = await operator.http.put(f"/ops/v1/organisations/{UUID(int=0)}", json={"name": "x"})
    assert refused.status_code == 422


async def test_a_read_of_another_office_leaves_one_row_in_fifteen_minutes(operator: AnOperator) -> None:
    ids = sorted([await operator.name("a"), await operator.name("b")])
    for _ in range(3):
        await operator.listed(q=operator.mark)
    assert sorted(await operator.reads()) == [(each, "/ops/v1/organisations") for each in ids]
    await operator.rows(
        "update organisation_read set at = at - interval '15 minutes' where organisation_id = $1",
        UUID(ids[0]),
    )
    await operator.listed(q=operator.mark)
    assert [whose for whose, _ in await operator.reads()][2:] == ids[:1]


async def test_reads_at_once_leave_one_row(operator: AnOperator) -> None:
    whose = await operator.name("a")
    await asyncio.gather(*(operator.listed(q=operator.mark) for _ in range(5)))
    assert [read for read, _ in await operator.reads()] == [whose]


async def test_what_is_kept_of_reads_is_forgotten_and_the_next_read_leaves_a_row(
    operator: AnOperator,
) -> None:
    whose = UUID(await operator.name("a"))
    await operator.listed(q=operator.mark)
    await operator.rows(
        "update organisation_read set at = at - interval '2 days' where organisation_id = $1", whose
    )
    async with operator.database.system() as connection:
        await forget_reads(connection)
    assert await operator.rows("select 1 from organisation_read where organisation_id = $1", whose) == []
    await operator.listed(q=operator.mark)
    assert len(await operator.reads()) == 2


async def test_what_a_page_does_not_show_is_not_told_as_read(operator: AnOperator) -> None:
    ids = [await operator.name(name) for name in "abc"]
    await operator.listed(q=operator.mark, limit=1, sort="name")
    assert [whose for whose, _ in await operator.reads()] == ids[:1]


async def test_a_read_of_an_office_that_has_nothing_is_a_read_and_one_of_the_own_office_is_none(
    organisation: Any,
) -> None:
    own, other = new_id(), new_id()
    operator = AnOperator(organisation, own)
    for whose in (own, other):
        assert (await operator.listed(organisation_id=whose))["items"] == []
    assert [whose for whose, _ in await operator.reads()] == [str(other)]


@pytest.mark.parametrize("rights", [(), ("replay", "preview", "payload")])
async def test_without_the_right_there_are_no_other_offices(
    organisation: Any, rights: tuple[str, ...]
) -> None:
    nosy = organisation.client(organisation.issuer.person(rights=rights))
    for answer in (
        await nosy.get("/ops/v1/organisations"),
        await nosy.put(f"/ops/v1/organisations/{new_id()}", json={"name": "x"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
