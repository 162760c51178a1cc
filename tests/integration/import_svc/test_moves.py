"""An administration outlives its login: another one of the same organisation that reaches the company takes over."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import pytest

from import_svc.application import follow_connection
from import_svc.application.confirm_import import confirm_import
from koppel.contracts import connection as facts
from koppel.contracts.values import WhoMustAct
from koppel.kernel.cause import Cause
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.testing.eventually import eventually

from .office import AT, Companies, Office

MOVED = "select count(*) from event_log where type = 'nl.koppel.AdministrationMoved.v1'"
REMOVED = "select count(*) from event_log where type = 'nl.koppel.AdministrationRemoved.v1'"


@dataclass
class Login:
    """A connection with one login, which reaches the companies of its name."""

    grant_id: UUID
    connection_id: UUID


async def login(office: Office, company: str, *, discovered: bool = True) -> Login:
    grant_id = new_id()
    made = Login(grant_id, await office.connect([grant_id]))
    if discovered:
        await office.discover(await office.start(made.connection_id), Companies({grant_id: company}))
    return made


async def imported(office: Office, company: str) -> Login:
    grant_id = new_id()
    made = Login(grant_id, await office.connect([grant_id]))
    await office.confirm(await office.selected(made.connection_id, Companies({grant_id: company})))
    return made


def required(office: Office, of: Login) -> facts.ConnectionReauthorizationRequired:
    return facts.ConnectionReauthorizationRequired(
        organisation_id=office.organisation_id,
        connection_id=of.connection_id,
        provider="eaccounting",
        grant_id=of.grant_id,
        reason="grant_invalid",
        who_must_act=WhoMustAct.CUSTOMER,
        required_at=AT,
    )


async def dies(office: Office, of: Login) -> None:
    async with office.work.begin(None) as tx:
        await follow_connection.mark_reauthorization_required(tx, [required(office, of)])


async def recovers(office: Office, of: Login) -> None:
    fact = facts.ConnectionRecovered(
        organisation_id=office.organisation_id,
        connection_id=of.connection_id,
        provider="eaccounting",
        grant_id=of.grant_id,
        recovered_at=AT,
    )
    async with office.work.begin(None) as tx:
        await follow_connection.recover_grants(tx, [fact])


async def read_with(office: Office) -> tuple[UUID, UUID]:
    async with office.database.transaction(office.organisation_id) as connection:
        [row] = await connection.fetch(
            "select connection_id, grant_id from administration where state = 'active'"
        )
    return row["connection_id"], row["grant_id"]


def at(of: Login) -> tuple[UUID, UUID]:
    return of.connection_id, of.grant_id


async def last_move(office: Office) -> tuple[object, ...]:
    async with office.database.transaction(office.organisation_id) as connection:
        data = await connection.fetchval(
            "select payload::jsonb from event_log where type = 'nl.koppel.AdministrationMoved.v1' order by seq desc limit 1"
        )
    return tuple(data[name] for name in ("from_grant_id", "to_grant_id", "to_connection_id", "reason"))


async def test_when_a_login_dies_the_administration_goes_on_with_another_that_reaches_it(
    office: Office,
) -> None:
    first = await imported(office, "bakkerij")
    second = await login(office, "bakkerij")
    assert await read_with(office) == at(first)
    await dies(office, first)
    assert await read_with(office) == at(second)
    told = (str(first.grant_id), str(second.grant_id), str(second.connection_id), "reauthorization_required")
    assert await last_move(office) == told
    await dies(office, first)
    assert await office.count(MOVED) == 1


async def test_without_another_login_it_stays_and_waits(office: Office) -> None:
    first = await imported(office, "bakkerij")
    await login(office, "slagerij")
    await dies(office, first)
    assert await read_with(office) == at(first)
    assert await office.count(MOVED) == 0


async def test_a_login_that_died_itself_takes_nothing_over_until_it_works_again(office: Office) -> None:
    first, second = await imported(office, "bakkerij"), await login(office, "bakkerij")
    await dies(office, second)
    await dies(office, first)
    assert await read_with(office) == at(first)
    await recovers(office, second)
    assert await read_with(office) == at(second)
    await recovers(office, first)
    assert await office.count(MOVED) == 1


async def test_a_login_that_reaches_it_later_takes_it_over_when_it_is_discovered(office: Office) -> None:
    first = await imported(office, "bakkerij")
    await dies(office, first)
    second = await login(office, "bakkerij")
    assert await read_with(office) == at(second)


async def test_a_login_that_names_its_company_needs_no_discovery(office: Office) -> None:
    first = await imported(office, "bakkerij")
    await dies(office, first)
    second = await login(office, "bakkerij", discovered=False)
    assert await read_with(office) == at(first)
    named = facts.ConnectionAuthorized(
        organisation_id=office.organisation_id,
        connection_id=second.connection_id,
        provider="eaccounting",
        grant_id=second.grant_id,
        company=facts.Company(external_id="bakkerij", name="Bakkerij"),
        scopes=(),
        authorized_by=office.user_id,
        authorized_at=AT,
    )
    async with office.work.begin(None) as tx:
        await follow_connection.add_grants(tx, [named])
    assert await read_with(office) == at(second)


async def test_a_deleted_connection_takes_only_what_nobody_else_reaches(office: Office) -> None:
    first = await imported(office, "bakkerij")
    second = await login(office, "bakkerij")
    await office.disconnect(first.connection_id, [first.grant_id])
    assert await read_with(office) == at(second)
    assert (await last_move(office))[-1] == "connection_revoked"
    await office.disconnect(second.connection_id, [second.grant_id])
    assert (await office.count(MOVED), await office.count(REMOVED)) == (1, 1)


async def test_another_organisation_takes_nothing_over(office: Office, database: Database) -> None:
    first = await imported(office, "bakkerij")
    await login(Office(database), "bakkerij")
    await dies(office, first)
    assert await read_with(office) == at(first)


async def test_the_login_that_saw_the_company_last_is_the_one(office: Office) -> None:
    first = await imported(office, "bakkerij")
    older, newer = await login(office, "bakkerij"), await login(office, "bakkerij")
    await dies(office, first)
    assert await read_with(office) == at(newer) != at(older)


async def test_a_rebuild_moves_nothing(office: Office) -> None:
    first = await imported(office, "bakkerij")
    await login(office, "bakkerij")
    async with office.work.begin(None) as tx:
        tx.cause = Cause(again=True)
        await follow_connection.mark_reauthorization_required(tx, [required(office, first)])
    assert await read_with(office) == at(first)


async def test_a_login_that_dies_while_its_companies_are_imported_keeps_none_of_them(office: Office) -> None:
    grant_id = new_id()
    first = Login(grant_id, await office.connect([grant_id]))
    second = await login(office, "bakkerij")
    session_id = await office.selected(first.connection_id, Companies({grant_id: "bakkerij"}))
    async with office.work.begin(office.organisation_id) as tx:
        await confirm_import(tx, office.caller, session_id)
        death = asyncio.create_task(dies(office, first))
        await eventually(lambda: _waits_for_a_lock(office, death))
    await death
    assert await read_with(office) == at(second)


async def _waits_for_a_lock(office: Office, death: "asyncio.Task[None]") -> bool:
    if death.done():
        pytest.fail("the event did not wait for the import")
    async with office.database.system() as connection:
        waiting: bool = await connection.fetchval("select exists (select from pg_locks where not granted)")
    return waiting
