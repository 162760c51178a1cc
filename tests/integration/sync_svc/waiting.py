"""A queue of runs on a database of its own: who is granted the next turn."""

from datetime import timedelta
from uuid import UUID

from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from sync_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from sync_svc.domain.turn import DEFAULT_RULES, TurnRules

_ASK = """
with company as (
    insert into administration (administration_id, organisation_id, connection_id, grant_id, provider, external_id, imported_at)
    values ($1, $2, $1, $1, 'eaccounting', 'company', now())
)
insert into sync_run (run_id, organisation_id, administration_id, trigger, mode, lane, state, requested_by, requested_at,
                      not_before)
values ($3, $2, $1, 'user', 'full', $4, 'queued', 'tester', now(), clock_timestamp() - interval '1 h')
"""
_LEAVE = "update sync_run set state = 'running', waiting_for = 'turn' where run_id = $1"
_FINISH = """
update sync_run set state = 'finished', outcome = 'unchanged', finished_at = now() where run_id = $1
"""
_GIVE_UP = "delete from lease where subject = $1"
_EXPIRE = "update lease set expires_at = now() - interval '1 s' where subject = $1"


class Waiting:
    """Runs by a name of the test's, of organisations by name."""

    def __init__(self, database: Database, rules: TurnRules = DEFAULT_RULES) -> None:
        self.database = database
        self.rules = rules
        self.work = PostgresUnitOfWork(database)
        self.run_ids: dict[str, UUID] = {}
        self.organisations: dict[str, UUID] = {}
        self.calls: dict[str, int] = {}
        self._of: dict[str, str] = {}

    async def ask(self, name: str, organisation: str, priority: int = 1) -> None:
        owner = self.organisations.setdefault(organisation, new_id())
        self.run_ids[name], self.calls[name], self._of[name] = new_id(), 0, organisation
        await self.execute(_ASK, new_id(), owner, self.run_ids[name], priority)

    async def grant(self, *, passing_over: tuple[str, ...] = ()) -> str | None:
        """Who has the next turn now."""
        left_out = [self.run_ids[name] for name in passing_over]
        async with self.work.begin(None) as tx:
            granted = await tx.turns.grant(
                self.rules, owner="test", lasts=timedelta(minutes=5), passing_over=left_out
            )
        names = {run_id: name for name, run_id in self.run_ids.items()}
        return None if granted is None else names[granted.run_id]

    async def renew(self, name: str) -> bool:
        async with self.work.begin(None) as tx:
            run = await tx.runs.lock(self.run_ids[name])
            assert run is not None
            return await tx.turns.renew(run, self.rules, self.calls[name])

    async def make_calls(self, name: str, calls: int) -> None:
        """It has a turn, and makes them."""
        self.calls[name] += calls
        await self.execute(
            "update sync_run set calls = $2 where run_id = $1", self.run_ids[name], self.calls[name]
        )

    async def leave(self, name: str, *, calls: int = 0) -> None:
        """Make these calls, settle, and let others go on."""
        self.calls[name] += calls
        await self.settle(name)
        await self.execute(_LEAVE, self.run_ids[name])
        await self.execute(_GIVE_UP, self.run_ids[name])

    async def finish(self, name: str, *, calls: int = 0) -> None:
        self.calls[name] += calls
        await self.settle(name)
        await self.execute(_FINISH, self.run_ids[name])
        await self.execute(_GIVE_UP, self.run_ids[name])

    async def die(self, name: str) -> None:
        """Its worker is gone without a word, and its lease runs out."""
        await self.execute(_LEAVE.replace("'turn'", "null"), self.run_ids[name])
        await self.execute(_EXPIRE, self.run_ids[name])

    async def settle(self, name: str) -> None:
        async with self.work.begin(self.organisations[self._of[name]]) as tx:
            await tx.turns.settle(self.run_ids[name], self.calls[name])

    async def turns(self, number: int, *, calls: int) -> list[str]:
        """Who had the next turns, one at a time, each making so many calls."""
        names = []
        for _ in range(number):
            name = await self.grant()
            assert name is not None
            await self.leave(name, calls=calls)
            names.append(name)
        return names

    async def charged(self, organisation: str, priority: int = 1) -> int:
        """Calls that it was charged, above where everybody began."""
        sql = "select spent from sync_turn where organisation_id = $1 and lane = $2"
        async with self.database.system() as connection:
            return await connection.fetchval(sql, self.organisations[organisation], priority) or 0

    async def execute(self, sql: str, *arguments: object) -> None:
        async with self.database.system() as connection:
            await connection.execute(sql, *arguments)
