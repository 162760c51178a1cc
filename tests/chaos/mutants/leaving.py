"""Seeded bugs of processes that leave with something in hand."""

import asyncio
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from tests.chaos.mutants.catalogue import mutant

from koppel.platform.consumer import Consumer
from koppel.platform.consumer.kafka import leaving
from koppel.platform.leases import Leases
from koppel.platform.outbox.in_flight import InFlight
from koppel.platform.outbox.pending import PendingEvents
from sync_svc.application import perform_run
from sync_svc.application.apply_page import CancelRequested


@mutant("run of a worker that leaves goes on at another", "ended with its worker")
def run_ends_with_its_worker() -> Iterator[None]:
    """That its process is told to stop is taken for somebody who stops the run."""
    read = perform_run._read

    async def mistaken(performance: Any) -> None:
        try:
            await read(performance)
        except asyncio.CancelledError:
            raise CancelRequested from None

    with patch.object(perform_run, "_read", mistaken):
        yield


@mutant("run of a worker that leaves goes on at another", "left to expire")
def who_leaves_keeps_its_leases() -> Iterator[None]:
    async def nothing(*_: object) -> None: ...

    with patch.object(Leases, "_give_back", nothing):
        yield


@mutant("consumer that leaves has committed what it completed", "delivered again")
def who_leaves_commits_nothing_more() -> Iterator[None]:
    commit = Consumer._commit

    async def only_while_it_stays(self: Any, offsets: Any) -> None:
        if self._broker is not None:
            await commit(self, offsets)

    with patch.object(Consumer, "_commit", only_while_it_stays):
        yield


@mutant("consumer that leaves has committed what it completed", "given up")
def who_leaves_gives_its_batch_up() -> Iterator[None]:
    async def leave(self: Any) -> None:
        broker, self._broker = self._broker, None
        if broker is not None:
            await leaving._give_up(asyncio.create_task(broker.stop()), self._subscriber)

    with patch.object(Consumer, "stop", leave):
        yield


@mutant("relay that leaves has marked what it sent", "published twice")
def relay_that_leaves_waits_for_no_answer() -> Iterator[None]:
    async def cut_off(self: Any, marking: Any) -> None:
        del self
        marking.cancel()
        await asyncio.gather(marking, return_exceptions=True)

    with patch.object(InFlight, "settle", cut_off):
        yield


@mutant("relay that leaves has marked what it sent", "published twice")
def shards_are_let_go_before_the_marks() -> Iterator[None]:
    """Its answers come and are marked, and another relay did not wait for that."""
    mark, settle = InFlight.mark_until_settled, InFlight.settle
    outboxes: dict[Any, Any] = {}

    async def note(self: Any, outbox: PendingEvents) -> None:
        outboxes[self] = outbox
        await mark(self, outbox)

    async def let_go(self: Any, marking: Any) -> None:
        outboxes[self]._reader.terminate()
        await settle(self, marking)

    with patch.object(InFlight, "mark_until_settled", note), patch.object(InFlight, "settle", let_go):
        yield
