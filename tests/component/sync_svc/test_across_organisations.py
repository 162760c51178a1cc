"""What is synchronised, waits and was held at all offices, as operators list it."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI

from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.testing.operators import AnOperator, operator_at
from koppel.testing.tokens import TokenIssuer

from .organisation import Organisation

LISTS = ["sync-runs", "sync-status", "reauthorizations", "held-deletions"]
HELD = """
insert into held_deletion (held_deletion_id, organisation_id, administration_id, resource, listing, state, run_id,
                           held_at, renewed_at, pages, listed, known, vanished, examples)
values ($1, $2, $3, 'contact', 'customers', 'open', $1, now(), now(), 1, 1, 9, 8, '{}')
"""


@pytest.fixture
async def operator(app: FastAPI, issuer: TokenIssuer, database: Database) -> AsyncIterator[AnOperator]:
    async with operator_at(app, issuer, database) as made:
        yield made


@pytest.fixture
async def organisations(
    new_organisation: Callable[[], Organisation], database: Database
) -> list[Organisation]:
    """Two; each has a run, a login that lapsed, and a deletion that was held."""
    made = [await new_organisation().arrive() for _ in range(2)]
    for each in made:
        await each.ask()
        await each.deliver(each.lapsed())
        async with database.system() as connection:
            await connection.execute(HELD, new_id(), each.organisation_id, each.administration_id)
    return made


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_is_that_of_every_organisation_as_it_sees_it_itself(
    organisations: list[Organisation], operator: AnOperator, path: str
) -> None:
    listed = [_at_rest(each) for each in await operator.every(path)]
    for organisation in organisations:
        items = (await organisation.api("GET", f"/v1/{path}")).json()["items"]
        whose = str(organisation.organisation_id)
        assert items
        assert [each for each in items if _at_rest({"organisation_id": whose, **each}) not in listed] == []
    assert {each.organisation_id for each in organisations} <= {whose for whose, _ in await operator.reads()}
    assert {route for _, route in await operator.reads()} == {f"/ops/v1/{path}"}


def _at_rest(item: dict[str, object]) -> dict[str, object]:
    """Without what passing time changes."""
    return {name: value for name, value in item.items() if name != "freshness"}


@pytest.mark.parametrize("path", LISTS)
async def test_one_organisation_is_listed_and_counted_alone(
    organisations: list[Organisation], operator: AnOperator, path: str
) -> None:
    one, _ = organisations
    told = await operator.get(path, organisation_id=one.organisation_id, total=True)
    assert {each["organisation_id"] for each in told["items"]} == {str(one.organisation_id)}
    assert told["total"] == len(told["items"]) > 0
    assert (await operator.get(path, total=True))["total"] >= 2 * told["total"]
    assert (await operator.get(path, organisation_id=new_id(), total=True))["total"] == 0
    reads = [whose for whose, _ in await operator.reads()]
    assert len(reads) == len(set(reads))


async def test_runs_are_found_by_state_moment_and_name_of_the_administration(
    organisations: list[Organisation], operator: AnOperator
) -> None:
    whose = organisations[0].organisation_id
    runs = await operator.every("sync-runs", organisation_id=whose)
    assert await operator.every("sync-runs", organisation_id=whose, state=runs[0]["state"], q="BAKK") == runs
    assert await operator.every("sync-runs", run_id=runs[-1]["id"]) == runs[-1:]
    for nothing in (
        {"state": "finished"},
        {"outcome": "failed"},
        {"run_id": whose},
        {"code": "rate_limited"},
        {"q": "Slager"},
        {"since": (datetime.now(UTC) + timedelta(minutes=5)).isoformat()},
    ):
        assert await operator.every("sync-runs", organisation_id=whose, **nothing) == [], nothing


async def test_logins_are_found_by_reason_and_held_deletions_by_state_and_moment(
    organisations: list[Organisation], operator: AnOperator
) -> None:
    whose = organisations[0].organisation_id
    assert len(await operator.every("reauthorizations", organisation_id=whose, code="invalid_grant")) == 1
    assert await operator.every("reauthorizations", organisation_id=whose, code="rotation_lost") == []
    assert await operator.every("reauthorizations", organisation_id=whose, q="nobody") == []
    assert len(await operator.every("held-deletions", organisation_id=whose, state="open")) == 1
    assert await operator.every("held-deletions", organisation_id=whose, state="released") == []
    soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    assert await operator.every("held-deletions", organisation_id=whose, since=soon) == []


async def test_an_office_counts_its_own_held_deletions(organisations: list[Organisation]) -> None:
    for state, count in (("open", 1), ("released", 0)):
        answer = await organisations[0].api("GET", f"/v1/held-deletions?total=true&state={state}")
        assert (len(answer.json()["items"]), answer.json()["total"]) == (count, count)


async def test_how_data_stands_is_found_by_name_and_in_order(
    organisations: list[Organisation], operator: AnOperator
) -> None:
    whose = organisations[0].organisation_id
    assert len(await operator.every("sync-status", organisation_id=whose, q="bakkerij", sort="-name")) == 1
    assert await operator.every("sync-status", organisation_id=whose, q="slager") == []


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("sync-runs", {"state": "lost"}),
        ("sync-runs", {"code": "No Code"}),
        ("sync-status", {"outcome": "good"}),
        ("reauthorizations", {"cursor": "7"}),
        ("held-deletions", {"state": "lost"}),
        *((path, {"organisation_id": "all"}) for path in LISTS),
    ],
)
async def test_what_a_list_does_not_know_is_refused(
    operator: AnOperator, path: str, query: dict[str, str]
) -> None:
    status, _ = await operator.refusal(path, **query)
    assert status == 422


@pytest.mark.parametrize("path", LISTS)
async def test_it_needs_the_right(app: FastAPI, issuer: TokenIssuer, database: Database, path: str) -> None:
    async with operator_at(app, issuer, database, "replay", "preview", "payload") as nosy:
        assert await nosy.refusal(path) == (403, "forbidden")
