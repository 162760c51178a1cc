"""Seeded bugs of processes that come and go, and of more work than places."""

from collections.abc import Iterator
from unittest.mock import patch

from tests.chaos.mutants.catalogue import mutant

from koppel.platform.consumer.kafka import consumer as consumer_module
from koppel.platform.leased_worker import LeasedWorker


@mutant("static member that restarts leaves its neighbour alone", "neighbour let go")
def member_comes_back_without_its_name() -> Iterator[None]:
    with patch.object(consumer_module, "member_name", lambda *_: None):
        yield


@mutant("worker has no more in hand than its places", "more than its places")
def all_that_waits_is_begun() -> Iterator[None]:
    def endless(self: LeasedWorker) -> int:
        return 1_000 - self.running

    with patch.object(LeasedWorker, "free", property(endless)):
        yield
