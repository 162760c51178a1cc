"""assignment-svc after somebody was at its tables: a rebuild has them as before, and says nothing twice."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import pytest

from assignment_svc.adapters.postgres.unit_of_work import PostgresTransaction, PostgresUnitOfWork
from assignment_svc.application.apply_plan import apply_plan
from assignment_svc.application.make_plan import Chosen, make_plan
from assignment_svc.application.remove_user import remove_user
from assignment_svc.application.save_entry import save_entry
from assignment_svc.application.save_user import save_user
from assignment_svc.application.undo_plan import undo_plan
from assignment_svc.domain.assignment import Assignment, Rule
from assignment_svc.domain.directory import Entry, EntryKind, User
from assignment_svc.domain.plan import Setting, UsersChange, UsersMode, Wanted
from assignment_svc.entrypoints.events import TABLES, subscriptions
from koppel.contracts.administration import AdministrationImported
from koppel.contracts.values import Role
from koppel.kernel.ids import new_id
from koppel.ports.caller import Caller
from koppel.testing.administrations import imported, removed, renamed
from koppel.testing.databases import service_database
from koppel.testing.rebuilds import Delivered
from koppel.testing.wreckage import Wreckage

from .wrecked import Here, undeclared, vandal

FILLED = [Wreckage("administration", aside=("arrived_at",)), Wreckage("assignment")]


@dataclass
class Organisation(Here):
    """One organisation, its people and what they decide."""

    work: PostgresUnitOfWork
    id: UUID = field(default_factory=new_id)

    @property
    def caller(self) -> Caller:
        return Caller(person_id="p", actor="person:p")

    async def do(self, act: Callable[[PostgresTransaction], Awaitable[Any]]) -> Any:
        async with self.work.begin(self.id) as tx:
            return await act(tx)

    async def user(self, role: Role = Role.USER) -> UUID:
        user = User(id=new_id(), name="Sanne", email="s@kantoor.example", role=role)
        await self.do(lambda tx: save_user(tx, self.caller, user))
        return user.id

    async def division(self) -> UUID:
        entry = Entry(id=new_id(), name="Noord")
        await self.do(lambda tx: save_entry(tx, self.caller, EntryKind.DIVISION, entry))
        return entry.id

    async def administrations(self, number: int) -> list[AdministrationImported]:
        events = [imported(self.id) for _ in range(number)]
        await self.delivered.live(*events)
        return events

    async def plan(self, wanted: Wanted, *chosen: AdministrationImported) -> UUID:
        target = Chosen(tuple(each.administration_id for each in chosen))
        plan, _ = await self.do(lambda tx: make_plan(tx, self.caller, target, wanted))
        await self.do(lambda tx: apply_plan(tx, self.caller, plan.id))
        return plan.id

    async def assignment(self, of: AdministrationImported) -> Assignment | None:
        return await self.do(lambda tx: tx.assignments.get(of.administration_id))

    async def at_tables(self, statement: str) -> None:
        async with vandal(self.created) as rows:
            await rows.execute(statement)


@pytest.fixture
async def new_organisation(postgres_server: str) -> AsyncIterator[Callable[[], Organisation]]:
    async with service_database(postgres_server, "assignment", "assignment_svc") as created:
        database = created.open()
        await database.open()
        work = PostgresUnitOfWork(database)
        delivered = Delivered(database, subscriptions(work))
        yield lambda: Organisation(created, delivered, work)
        await database.close()


@pytest.fixture
def organisation(new_organisation: Callable[[], Organisation]) -> Organisation:
    return new_organisation()


async def test_every_table_is_of_one_kind(organisation: Organisation) -> None:
    assert await undeclared(organisation.created, TABLES, FILLED) == set()


@pytest.mark.parametrize("seed", range(3))
async def test_wrecked_tables_are_as_before(new_organisation: Callable[[], Organisation], seed: int) -> None:
    organisations = [new_organisation(), new_organisation()]
    for organisation in organisations:
        await _years_of_work(organisation)
    for round_number in range(2):
        random = Random(f"{seed}/{round_number}")
        await organisations[0].is_rebuilt(FILLED, random, batch=random.choice((1, 3, 100)))


async def _years_of_work(organisation: Organisation) -> None:
    leaver = await organisation.user(Role.BEHEERDER)
    await organisation.user(Role.BEHEERDER)
    other, north = await organisation.user(), await organisation.division()
    untouched, planned, undone, gone, renewed = await organisation.administrations(5)
    await organisation.delivered.live(renamed(untouched, "Nieuw B.V."), renamed(planned, "Ook B.V."))
    users = UsersChange(UsersMode.REPLACE, (other, leaver))
    await organisation.plan(Wanted(division=Setting(north), users=users), planned, undone, renewed)
    second = await organisation.plan(Wanted(users=UsersChange(UsersMode.REMOVE, (other,))), undone)
    await organisation.do(lambda tx: undo_plan(tx, organisation.caller, second))
    await organisation.delivered.live(removed(gone), renamed(planned, "Weer anders B.V."))
    await organisation.do(lambda tx: remove_user(tx, organisation.caller, leaver))


async def test_a_stream_longer_than_a_transaction_is_rebuilt(organisation: Organisation) -> None:
    await organisation.user(Role.BEHEERDER)
    [administration] = await organisation.administrations(1)
    await organisation.delivered.live(*(renamed(administration, f"B.V. {number}") for number in range(250)))
    await organisation.is_rebuilt(FILLED, Random(1), batch=1_000)


async def test_an_assignment_whose_event_is_no_longer_kept_is_what_its_newest_plan_made_of_it(
    organisation: Organisation,
) -> None:
    user, north = await organisation.user(), await organisation.division()
    planned, undone, untouched = await organisation.administrations(3)
    await organisation.plan(Wanted(division=Setting(north)), planned, undone)
    second = await organisation.plan(Wanted(users=UsersChange(UsersMode.ADD, (user,))), planned, undone)
    for each in (planned, undone):
        assert (await organisation.assignment(each)) is not None
    await organisation.do(lambda tx: undo_plan(tx, organisation.caller, second))
    third = await organisation.plan(Wanted(users=UsersChange(UsersMode.ADD, (user,))), planned)
    late = await organisation.user(Role.BEHEERDER)
    await organisation.at_tables(
        "delete from event_log where topic = 'koppel.assignment.v1'; delete from assignment"
    )

    plan, result = await organisation.delivered.rebuild()
    assert plan == result

    found = [await organisation.assignment(each) for each in (planned, undone, untouched)]
    assert [
        each and (each.placement.division_id, each.placement.user_ids, each.rule, each.plan_id)
        for each in found
    ] == [
        (north, (user,), Rule.PLAN, third),
        (north, (), Rule.PLAN, found[1] and found[1].plan_id),
        (None, (late,), Rule.DEFAULT, None),
    ]
    said = (await organisation.state([]))["said"]
    assert [event[3] for event in said] == ["nl.koppel.AdministrationAssigned.v1"] * 3


async def test_what_has_left_the_directory_is_left_out_and_told(organisation: Organisation) -> None:
    leaver, stays = await organisation.user(Role.BEHEERDER), await organisation.user(Role.BEHEERDER)
    north = await organisation.division()
    [administration] = await organisation.administrations(1)
    await organisation.plan(Wanted(division=Setting(north)), administration)
    await organisation.at_tables(
        f"delete from assignment; delete from division; delete from office_user where id = '{leaver}'"
    )
    await organisation.delivered.rebuild()
    found = await organisation.assignment(administration)
    assert found is not None
    assert (found.placement.division_id, found.placement.user_ids, found.version) == (None, (stays,), 3)
    assert len((await organisation.state([]))["said"]) == 3


async def test_an_assignment_of_a_removed_administration_goes_and_is_told_once(
    organisation: Organisation,
) -> None:
    await organisation.user(Role.BEHEERDER)
    [administration] = await organisation.administrations(1)
    await organisation.delivered.live(removed(administration))
    said = (await organisation.state(FILLED))["said"]
    await organisation.at_tables(
        f"insert into assignment values ('{organisation.id}', '{administration.administration_id}', null, null, '{{}}', 'default', null, 1)"
    )
    await organisation.delivered.rebuild()
    assert await organisation.state(FILLED) == {"administration": [], "assignment": [], "said": said}


async def test_where_the_log_begins_later_nothing_is_forgotten(organisation: Organisation) -> None:
    [administration] = await organisation.administrations(1)
    await organisation.delivered.live(renamed(administration, "Nieuw B.V."))
    before = await organisation.state(FILLED)
    await organisation.at_tables("update administration set name = 'wrecked'")
    await organisation.delivered.rebuild(from_version=2)
    assert await organisation.state(FILLED) == before
