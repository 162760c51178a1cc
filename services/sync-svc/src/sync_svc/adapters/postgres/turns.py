"""The queue of runs: who is granted the next turn."""

from collections.abc import Sequence
from datetime import timedelta
from importlib.resources import files
from uuid import UUID

from koppel.platform.unit_of_work import Repository
from sync_svc.domain.run import Run
from sync_svc.domain.turn import Granted, TurnRules

# Without a lock, so that an idle look writes nothing; it may find what is not to be had after all.
# In the index's order, which it is read in until the first is found.
_ANYTHING_WAITS = """
select true from sync_run
where state <> 'finished' and not_before <= now() and run_id <> all ($1::uuid[])
  and not exists (select from lease
                  where kind = 'sync_run' and subject = sync_run.run_id and expires_at > now())
order by lane, organisation_id, not_before limit 1
"""
_LOCK_RUN = "select from sync_run where run_id = $1 for update"
# Every table of a grant has an index to go by, whatever the statistics of a queue say that was filled a moment ago.
_LOCK_PRIORITIES = """
select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true)
from sync_lane order by lane for update
"""
_FORGET = """
delete from sync_turn using sync_lane lane where lane.lane = sync_turn.lane and sync_turn.spent <= lane.clock
"""
_WAITING_FOR_BUDGET = """
select provider, count(distinct administration_id) from sync_run join administration using (administration_id)
where waiting_for = 'budget' and sync_run.state <> 'finished' and not_before > now() + $1
group by provider
"""
_GRANT = files(__package__).joinpath("grant_turn.sql").read_text(encoding="utf-8")
_SETTLE = files(__package__).joinpath("settle_turn.sql").read_text(encoding="utf-8")


class PostgresTurns(Repository):
    """Implements `Turns` through the caller's transaction; to grant and renew it must be the system's."""

    async def grant(
        self, rules: TurnRules, *, owner: str, lasts: timedelta, passing_over: Sequence[UUID]
    ) -> Granted | None:
        if not await self._connection.fetchval(_ANYTHING_WAITS, passing_over):
            return None
        await self._connection.execute(_LOCK_PRIORITIES)
        row = await self._connection.fetchrow(
            _GRANT, owner, lasts, rules.quantum, rules.shares, passing_over, None
        )
        return None if row is None else Granted(row["run_id"], row["fence"], row["takeovers"])

    async def renew(self, run: Run, rules: TurnRules, calls: int) -> bool:
        # The run before the lanes, as whoever ends a run does.
        await self._connection.execute(_LOCK_RUN, run.run_id)
        await self._connection.execute(_LOCK_PRIORITIES)
        await self.settle(run.run_id, calls)
        row = await self._connection.fetchrow(_GRANT, None, None, rules.quantum, rules.shares, (), run.run_id)
        return row is not None

    async def settle(self, run_id: UUID, calls: int) -> None:
        await self._connection.execute(_SETTLE, run_id, calls)

    async def waiting_for_budget(self, beyond: timedelta) -> dict[str, int]:
        return {row[0]: row[1] for row in await self._connection.fetch(_WAITING_FOR_BUDGET, beyond)}

    async def forget_settled(self) -> int:
        return int((await self._connection.execute(_FORGET)).rpartition(" ")[2])
