"""Seeded bugs of the budget ledger."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from tests.chaos.mutants.catalogue import changed, mutant

from koppel.platform.budget import ledger, places
from koppel.platform.budget.ledger import PostgresBudget
from koppel.ports.budget import ScopedWindow, Spender
from sync_svc.domain import turn
from sync_svc.entrypoints import jobs


@mutant("processes call no more than their share together", "above the share")
def limit_is_kept_in_each_process() -> Iterator[None]:
    begin = PostgresBudget.__init__

    def own(
        self: PostgresBudget,
        database: Any,
        windows_of: Callable[[Spender], tuple[ScopedWindow, ...]],
        *,
        most: int,
    ) -> None:
        def mine(spender: Spender) -> tuple[ScopedWindow, ...]:
            return tuple(replace(each, scope=f"{each.scope} {id(self)}") for each in windows_of(spender))

        begin(self, database, mine, most=most)

    with patch.object(PostgresBudget, "__init__", own):
        yield


@mutant("calls of a company are made one after another by all processes", "two at once")
def places_are_kept_in_each_process() -> Iterator[None]:
    lock = "hashtextextended('koppel call ' || $1 || ' ' || place, 0)"
    own = "hashtextextended(pg_backend_pid() || $1 || ' ' || place, 0)"
    with patch.object(places, "_TAKE", changed(places._TAKE, lock, own)):
        yield


@mutant("permits of a worker that died count for a window and no longer", "lost for good")
def permits_are_lost_with_a_worker() -> Iterator[None]:
    kept = "where e.until > since"
    with patch.object(ledger, "_DRAW", changed(ledger._DRAW, kept, f"{kept} or e.lot is not null")):
        yield


@mutant("permits of a worker that died count for a window and no longer", "drawn twice")
def permits_of_a_dead_worker_come_back_at_once() -> Iterator[None]:
    kept = "where e.until > since"
    alive = f"{kept} and (e.lot is null or e.until > now())"
    with patch.object(ledger, "_DRAW", changed(ledger._DRAW, kept, alive)):
        yield


@mutant("day is over when the provider says so", "drawn twice")
def day_is_over_by_a_clock_of_ours() -> Iterator[None]:
    ahead = changed(
        ledger._DRAW,
        "ends_at <= now() then ends_at",
        "ends_at <= now() + interval '2 h' then now() + interval '2 h'",
    )
    with patch.object(ledger, "_DRAW", ahead):
        yield


@mutant("refusal keeps every process from calling", "called after a refusal")
def refusal_is_forgotten() -> Iterator[None]:
    async def nothing(*_: Any) -> None:
        return None

    with patch.object(PostgresBudget, "refused", nothing):
        yield


@mutant("row that was deleted lets nobody draw twice", "drawn twice")
def missing_row_is_made_empty() -> Iterator[None]:
    empty = changed(ledger._MAKE, "known.calls", "0")
    with patch.object(ledger, "_MAKE", empty):
        yield


@mutant("person is served where first loads used up the window", "nothing left")
def first_loads_leave_nothing_to_persons() -> Iterator[None]:
    with patch.dict(turn._LEFT, dict.fromkeys(turn._LEFT, 0.0)):
        yield


@mutant("nothing is begun where no call is left", "begun in vain")
def runs_are_begun_at_an_empty_budget() -> Iterator[None]:
    async def nothing(*_: Any) -> None:
        return None

    with patch.object(jobs, "look_at_budget", nothing):
        yield
