"""Seeded bugs of when what failed is tried again, and by whom."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from tests.chaos.mutants.catalogue import changed, mutant

from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer import positions as positions_module
from koppel.platform.consumer.parked import locked


@mutant("nothing is tried before the other side allows", "tried too early")
def retry_after_is_ignored() -> Iterator[None]:
    delay = RetryPolicy.delay

    def impatient(self: Any, attempt: int, **_: object) -> Any:
        return delay(self, attempt)

    with patch.object(RetryPolicy, "delay", impatient):
        yield


@mutant("what failed together does not come back together", "back at once")
def no_jitter() -> Iterator[None]:
    delay = RetryPolicy.delay

    class Middle:
        @staticmethod
        def random() -> float:
            return 0.5

    def plain(self: Any, attempt: int, **options: Any) -> Any:
        return delay(self, attempt, **options | {"chance": Middle})

    with patch.object(RetryPolicy, "delay", plain):
        yield


@mutant("event in hand is not tried by another too", "effect doubled")
def retry_takes_no_lock() -> Iterator[None]:
    with (
        patch.object(positions_module, "_LOCK", changed(positions_module._LOCK, " for update", "")),
        patch.object(locked, "_TAKE", changed(locked._TAKE, " for update", "")),
    ):
        yield
