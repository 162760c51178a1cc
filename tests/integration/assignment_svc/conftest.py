"""A migrated assignment schema, shared by a module's tests; every test has an office of its own."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import orjson
import pytest

from assignment_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from assignment_svc.application.apply_plan import apply_plan
from assignment_svc.application.carry_out import Outcome
from assignment_svc.application.make_plan import Chosen, Everything, Target, make_plan
from assignment_svc.application.remove_user import remove_user
from assignment_svc.application.save_entry import save_entry
from assignment_svc.application.save_user import save_user
from assignment_svc.application.undo_plan import undo_plan
from assignment_svc.domain.assignment import Assignment
from assignment_svc.domain.directory import Entry, EntryKind, User
from assignment_svc.domain.plan import Setting, UsersChange, UsersMode, Wanted
from assignment_svc.entrypoints.events import subscriptions
from koppel.contracts.administration import AdministrationImported
from koppel.contracts.values import Role
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.processor import Processor
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.database import Database
from koppel.ports.caller import Caller
from koppel.testing.administrations import imported
from koppel.testing.deliveries import delivery


@pytest.fixture(scope="module")
def migrations() -> tuple[str, str]:
    return "assignment", "assignment_svc"


@pytest.fixture
def consumer(database: Database) -> Subscriptions:
    return subscriptions(PostgresUnitOfWork(database))


@pytest.fixture
def processor(database: Database, consumer: Subscriptions) -> Processor:
    return Processor(database, consumer, RetryPolicy())


@pytest.fixture
def organisation(new_organisation: "Callable[[], Organisation]") -> "Organisation":
    return new_organisation()


@pytest.fixture
def new_organisation(
    database: Database, processor: Processor, consumer: Subscriptions
) -> "Callable[[], Organisation]":
    return lambda: Organisation(database, processor, consumer)


class Organisation:
    """One organisation, driven through the use cases, each call a transaction of its own."""

    def __init__(self, database: Database, processor: Processor, consumer: Subscriptions) -> None:
        self.id = new_id()
        self.caller = Caller(person_id=str(new_id()), actor="person:test")
        self.work = PostgresUnitOfWork(database)
        self._database = database
        self._processor = processor
        self._consumer = consumer

    async def user(self, role: Role = Role.USER) -> UUID:
        user = User(id=new_id(), name="Sanne de Vries", email="sanne@kantoor.example", role=role)
        await self._in(lambda tx: save_user(tx, self.caller, user))
        return user.id

    async def entry(self, kind: EntryKind) -> UUID:
        entry = Entry(id=new_id(), name="Noord")
        await self._in(lambda tx: save_entry(tx, self.caller, kind, entry))
        return entry.id

    async def administrations(self, number: int) -> list[AdministrationImported]:
        """Imported now, in one session."""
        session = new_id()
        events = [imported(self.id, import_session_id=session) for _ in range(number)]
        await self._processor.apply([delivery(event, 1, self._consumer) for event in events])
        return sorted(events, key=lambda event: event.administration_id)

    async def plan(self, wanted: Wanted, target: Target | None = None) -> UUID:
        plan, _ = await self._in(lambda tx: make_plan(tx, self.caller, target or Everything(), wanted))
        return plan.id

    async def plan_division(self, division: UUID | None, *administrations: UUID) -> UUID:
        return await self.plan(Wanted(division=Setting(division)), Chosen(administrations))

    async def plan_users(self, mode: UsersMode, *users: UUID) -> UUID:
        return await self.plan(Wanted(users=UsersChange(mode, users)))

    async def apply(self, plan_id: UUID, *, partial: bool = False) -> Outcome:
        return await self._in(lambda tx: apply_plan(tx, self.caller, plan_id, partial=partial))

    async def undo(self, plan_id: UUID) -> Outcome:
        return await self._in(lambda tx: undo_plan(tx, self.caller, plan_id))

    async def remove_user(self, user_id: UUID) -> int:
        return await self._in(lambda tx: remove_user(tx, self.caller, user_id))

    async def remove_entry(self, kind: EntryKind, entry_id: UUID) -> bool:
        return await self._in(lambda tx: tx.entries.delete(kind, entry_id))

    async def assignments(self) -> list[Assignment]:
        """All, in administration order."""

        async def read(tx: Any) -> list[Assignment]:
            return await tx.assignments.read(await tx.administrations.every(100_000))

        return await self._in(read)

    async def events(self, administration_id: UUID) -> list[tuple[int, str, dict[str, Any]]]:
        """Version, type and data of the assignment stream."""
        rows = await self._fetch(
            "select version, type, payload from event_log where key = $1 order by version",
            str(administration_id),
        )
        return [(row["version"], row["type"], orjson.loads(row["payload"])) for row in rows]

    async def acts(self) -> list[str]:
        """The audited actions, oldest first."""
        return [row["action"] for row in await self._fetch("select action from audit_entry order by id")]

    async def blocked(self, number: int) -> None:
        """Returns when so many of our backends wait for another's lock."""
        while True:
            async with self._database.system() as connection:
                waiting = await connection.fetchval(
                    "select count(*) from pg_stat_activity where datname = current_database() "
                    "and wait_event_type = 'Lock'"
                )
            if waiting >= number:
                return
            await asyncio.sleep(0.01)

    async def _in(self, act: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
        async with self.work.begin(self.id) as tx:
            return await act(tx)

    async def _fetch(self, query: str, *arguments: object) -> list[Any]:
        async with self._database.transaction(self.id) as connection:
            return await connection.fetch(query, *arguments)
