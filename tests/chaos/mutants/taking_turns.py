"""Seeded bugs of the queue of runs."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from tests.chaos.mutants.catalogue import changed, mutant

from sync_svc.adapters.postgres import turns
from sync_svc.application.turn import Turn


@mutant("organisations make the same calls whatever a run costs", "unequal calls")
def turns_are_counted_in_runs() -> Iterator[None]:
    async def settle(self: Any, run_id: Any, calls: int) -> None:
        statement = "update sync_run set calls = $2, charged = $2 where run_id = $1"
        await self._connection.execute(statement, run_id, calls)

    with patch.object(turns.PostgresTurns, "settle", settle):
        yield


@mutant("queue that was empty saved nothing up", "burst")
def deficit_is_kept_while_the_queue_is_empty() -> Iterator[None]:
    statement = changed(turns._GRANT, "greatest(turn.spent, lane.clock)", "coalesce(turn.spent, lane.clock)")
    with patch.object(turns, "_GRANT", statement):
        yield


@mutant("first load goes on while persons ask", "starved")
def lower_priorities_wait_for_all_others() -> Iterator[None]:
    statement = changed(turns._GRANT, "owed >= 1000 * $3::bigint) desc", "false) desc")
    with patch.object(turns, "_GRANT", statement):
        yield


@mutant("person starts after a turn of a first load and not after all of it", "held to its end")
def run_does_not_leave_when_its_turn_is_over() -> Iterator[None]:
    async def goes_on(self: Any) -> bool:
        return True

    with patch.object(Turn, "goes_on", goes_on):
        yield


@mutant("turn of a worker that died is had again", "charged for the dead")
def turn_of_a_dead_worker_is_charged() -> Iterator[None]:
    statement = changed(turns._GRANT, "new.charged - old.charged as calls", "$3::int as calls")
    with patch.object(turns, "_GRANT", statement):
        yield


@mutant("first load that waits for a limit keeps its share", "starved")
def what_waits_for_a_limit_is_owed_nothing() -> Iterator[None]:
    statement = changed(turns._GRANT, "and waiting_for = 'budget'", "and false")
    with patch.object(turns, "_GRANT", statement):
        yield
