"""An administration outlives its login: another one of the same organisation that reaches the company takes over."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import pytest

from import_svc.application import follow_connection
from import_svc.application.confirm_import import confirm_import
from import_svc.application.move_administrations import catch_up
from koppel.contracts import connection as facts
from koppel.contracts.values import WhoMustAct
from koppel.kernel.cause import Cause
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.testing.eventually import eventually

from .organisation import AT, Companies, Organisation
from .wizard_story import DyingWork, Killed

MOVED = "select count(*) from event_log where type = 'nl.koppel.AdministrationMoved.v1'"
REMOVED = "select count(*) from event_log where type = 'nl.koppel.AdministrationRemoved.v1'"


@dataclass
class Login:
    """A connection with one login, which reaches the companies of its name."""

    grant_id: UUID
    connection_id: UUID


async def login(organisation: Organisation, company: str, *, discovered: bool = True) -> Login:
    grant_id = new_id()
    made = Login(grant_id, await organisation.connect([grant_id]))
    if discovered:
        await organisation.discover(
            await organisation.start(made.connection_id), Companies({grant_id: company})
        )
    return made


async def imported(organisation: Organisation, company: str) -> Login:
    grant_id = new_id()
    made = Login(grant_id, await organisation.connect([grant_id]))
    await organisation.confirm(
        await organisation.selected(made.connection_id, Companies({grant_id: company}))
    )
    return made


def required(organisation: Organisation, of: Login) -> facts.ConnectionReauthorizationRequired:
    return facts.ConnectionReauthorizationRequired(
        organisation_id=organisation.organisation_id,
        connection_id=of.connection_id,
        provider="eaccounting",
        grant_id=of.grant_id,
        reason="grant_invalid",
        who_must_act=WhoMustAct.CUSTOMER,
        required_at=AT,
    )


async def dies(organisation: Organisation, of: Login) -> None:
    async with organisation.work.begin(None) as tx:
        await follow_connection.mark_reauthorization_required(tx, [required(organisation, of)])


async def recovers(organisation: Organisation, of: Login) -> None:
    fact = facts.ConnectionRecovered(
        organisation_id=organisation.organisation_id,
        connection_id=of.connection_id,
        provider="eaccounting",
        grant_id=of.grant_id,
        recovered_at=AT,
    )
    async with organisation.work.begin(None) as tx:
        await follow_connection.recover_grants(tx, [fact])


async def read_with(organisation: Organisation) -> tuple[UUID, UUID]:
    async with organisation.database.transaction(organisation.organisation_id) as connection:
        [row] = await connection.fetch(
            "select connection_id, grant_id from administration where state = 'active'"
        )
    return row["connection_id"], row["grant_id"]


def at(of: Login) -> tuple[UUID, UUID]:
    return of.connection_id, of.grant_id


async def last_move(organisation: Organisation) -> tuple[object, ...]:
    async with organisation.database.transaction(organisation.organisation_id) as connection:
        data = await connection.fetchval(
            "select payload::jsonb from event_log where type = 'nl.koppel.AdministrationMoved.v1' order by seq desc limit 1"
        )
    return tuple(data[name] for name in ("from_grant_id", "to_grant_id", "to_connection_id", "reason"))


async def test_when_a_login_dies_the_administration_goes_on_with_another_that_reaches_it(
    organisation: Organisation,
) -> None:
    first = await imported(organisation, "bakkerij")
    second = await login(organisation, "bakkerij")
    assert await read_with(organisation) == at(first)
    await dies(organisation, first)
    assert await read_with(organisation) == at(second)
    told = (str(first.grant_id), str(second.grant_id), str(second.connection_id), "reauthorization_required")
    assert await last_move(organisation) == told
    await dies(organisation, first)
    assert await organisation.count(MOVED) == 1


async def test_a_move_keeps_the_id_and_goes_on_in_the_administration_s_own_stream(
    organisation: Organisation,
) -> None:
    first, before = await imported(organisation, "bakkerij"), await administrations(organisation)
    await login(organisation, "bakkerij")
    await dies(organisation, first)
    assert await administrations(organisation) == before
    async with organisation.database.transaction(organisation.organisation_id) as connection:
        rows = await connection.fetch(
            "select type, version, payload::jsonb as told from event_log where key = $1 order by version",
            str(before[0]),
        )
    names = [row["type"].split(".")[2] for row in rows]
    assert (names, [row["version"] for row in rows]) == (
        ["AdministrationImported", "AdministrationMoved"],
        [1, 2],
    )
    assert rows[1]["told"]["administration_id"] == str(before[0])


async def test_it_moves_back_when_the_login_that_took_over_dies(organisation: Organisation) -> None:
    first, second = await imported(organisation, "bakkerij"), await login(organisation, "bakkerij")
    await dies(organisation, first)
    await recovers(organisation, first)
    assert await read_with(organisation) == at(second), "who works keeps it"
    await dies(organisation, second)
    assert await read_with(organisation) == at(first)
    assert await organisation.count(MOVED) == 2


async def test_of_two_logins_that_die_in_one_batch_neither_takes_over_from_the_other(
    organisation: Organisation,
) -> None:
    first, second = await imported(organisation, "bakkerij"), await login(organisation, "bakkerij")
    third = await login(organisation, "bakkerij")
    async with organisation.work.begin(None) as tx:
        deaths = [required(organisation, each) for each in (first, third)]
        await follow_connection.mark_reauthorization_required(tx, deaths)
    assert await read_with(organisation) == at(second)
    assert await organisation.count(MOVED) == 1


async def test_of_two_logins_that_die_at_once_neither_keeps_it(organisation: Organisation) -> None:
    """The two facts are of two streams, so neither sees the other before it is committed."""
    first, second = await imported(organisation, "bakkerij"), await login(organisation, "bakkerij")
    third = await login(organisation, "bakkerij")
    async with organisation.work.begin(None) as tx:
        await follow_connection.mark_reauthorization_required(tx, [required(organisation, first)])
        await dies(organisation, third)
    assert await read_with(organisation) == at(third)
    for _ in range(2):
        await catch_up(organisation.work)
    assert await read_with(organisation) == at(second)
    assert await organisation.count(MOVED) == 2


async def test_a_login_that_dies_when_another_comes_is_followed_by_it(organisation: Organisation) -> None:
    first, second = await imported(organisation, "bakkerij"), await login(organisation, "bakkerij")
    await dies(organisation, second)
    async with organisation.work.begin(None) as tx:
        await follow_connection.mark_reauthorization_required(tx, [required(organisation, first)])
        await recovers(organisation, second)
    assert await read_with(organisation) == at(first)
    await catch_up(organisation.work)
    assert await read_with(organisation) == at(second)


async def test_a_mover_that_is_killed_before_any_statement_leaves_all_as_it_was(
    organisation: Organisation,
) -> None:
    first, second = await imported(organisation, "bakkerij"), await login(organisation, "bakkerij")
    work, killed = DyingWork(organisation.database), True
    while killed:
        killed = False
        try:
            async with work.begin(None) as tx:
                await follow_connection.mark_reauthorization_required(tx, [required(organisation, first)])
        except Killed:
            killed = True
            assert (await read_with(organisation), await organisation.count(MOVED)) == (at(first), 0)
            work.statements += 1
    assert work.statements > 5
    assert await read_with(organisation) == at(second)
    await dies(organisation, first)
    assert await organisation.count(MOVED) == 1


async def administrations(organisation: Organisation) -> list[UUID]:
    async with organisation.database.transaction(organisation.organisation_id) as connection:
        return [row["id"] for row in await connection.fetch("select id from administration order by id")]


async def test_without_another_login_it_stays_and_waits(organisation: Organisation) -> None:
    first = await imported(organisation, "bakkerij")
    await login(organisation, "slagerij")
    await dies(organisation, first)
    assert await read_with(organisation) == at(first)
    assert await organisation.count(MOVED) == 0


async def test_a_login_that_died_itself_takes_nothing_over_until_it_works_again(
    organisation: Organisation,
) -> None:
    first, second = await imported(organisation, "bakkerij"), await login(organisation, "bakkerij")
    await dies(organisation, second)
    await dies(organisation, first)
    assert await read_with(organisation) == at(first)
    await recovers(organisation, second)
    assert await read_with(organisation) == at(second)
    await recovers(organisation, first)
    assert await organisation.count(MOVED) == 1


async def test_a_login_that_reaches_it_later_takes_it_over_when_it_is_discovered(
    organisation: Organisation,
) -> None:
    first = await imported(organisation, "bakkerij")
    await dies(organisation, first)
    second = await login(organisation, "bakkerij")
    assert await read_with(organisation) == at(second)


async def test_a_login_that_names_its_company_needs_no_discovery(organisation: Organisation) -> None:
    first = await imported(organisation, "bakkerij")
    await dies(organisation, first)
    second = await login(organisation, "bakkerij", discovered=False)
    assert await read_with(organisation) == at(first)
    named = facts.ConnectionAuthorized(
        organisation_id=organisation.organisation_id,
        connection_id=second.connection_id,
        provider="eaccounting",
        grant_id=second.grant_id,
        company=facts.Company(external_id="bakkerij", name="Bakkerij"),
        scopes=(),
        authorized_by=organisation.user_id,
        authorized_at=AT,
    )
    async with organisation.work.begin(None) as tx:
        await follow_connection.add_grants(tx, [named])
    assert await read_with(organisation) == at(second)


async def test_a_deleted_connection_takes_only_what_nobody_else_reaches(organisation: Organisation) -> None:
    first = await imported(organisation, "bakkerij")
    second = await login(organisation, "bakkerij")
    await organisation.disconnect(first.connection_id, [first.grant_id])
    assert await read_with(organisation) == at(second)
    assert (await last_move(organisation))[-1] == "connection_revoked"
    await organisation.disconnect(second.connection_id, [second.grant_id])
    assert (await organisation.count(MOVED), await organisation.count(REMOVED)) == (1, 1)


async def test_another_organisation_takes_nothing_over(
    organisation: Organisation, database: Database
) -> None:
    first = await imported(organisation, "bakkerij")
    await login(Organisation(database), "bakkerij")
    await dies(organisation, first)
    assert await read_with(organisation) == at(first)


async def test_the_login_that_saw_the_company_last_is_the_one(organisation: Organisation) -> None:
    first = await imported(organisation, "bakkerij")
    older, newer = await login(organisation, "bakkerij"), await login(organisation, "bakkerij")
    await dies(organisation, first)
    assert await read_with(organisation) == at(newer) != at(older)


async def test_a_rebuild_moves_nothing(organisation: Organisation) -> None:
    first = await imported(organisation, "bakkerij")
    await login(organisation, "bakkerij")
    async with organisation.work.begin(None) as tx:
        tx.cause = Cause(again=True)
        await follow_connection.mark_reauthorization_required(tx, [required(organisation, first)])
    assert await read_with(organisation) == at(first)


async def test_a_login_that_dies_while_its_companies_are_imported_keeps_none_of_them(
    organisation: Organisation,
) -> None:
    grant_id = new_id()
    first = Login(grant_id, await organisation.connect([grant_id]))
    second = await login(organisation, "bakkerij")
    session_id = await organisation.selected(first.connection_id, Companies({grant_id: "bakkerij"}))
    async with organisation.work.begin(organisation.organisation_id) as tx:
        await confirm_import(tx, organisation.caller, session_id)
        death = asyncio.create_task(dies(organisation, first))
        await eventually(lambda: _waits_for_a_lock(organisation, death))
    await death
    assert await read_with(organisation) == at(second)


async def _waits_for_a_lock(organisation: Organisation, death: "asyncio.Task[None]") -> bool:
    if death.done():
        pytest.fail("the event did not wait for the import")
    async with organisation.database.system() as connection:
        waiting: bool = await connection.fetchval("select exists (select from pg_locks where not granted)")
    return waiting
