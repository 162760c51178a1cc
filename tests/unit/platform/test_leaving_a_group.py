"""A member that ends: its batch first, then its group, and nothing is waited for that does not answer."""

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

import pytest

from koppel.platform.consumer.kafka import leaving
from koppel.platform.consumer.kafka.leaving import leave_group


class Broker:
    """Its `stop` waits, as a broker's that does not answer."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()
        self.left = False

    async def stop(self) -> None:
        await self.answers.wait()
        self.left = True


@pytest.fixture
def broker() -> Any:
    return Broker()


@pytest.fixture
def idle() -> asyncio.Event:
    made = asyncio.Event()
    made.set()
    return made


async def test_a_member_whose_broker_does_not_answer_ends_all_the_same(
    broker: Any, idle: asyncio.Event, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is no failure of the process, which ends well: the log says what is not done."""
    monkeypatch.setattr(leaving, "_ANSWERED_WITHIN", 0.01)
    with caplog.at_level(logging.WARNING, logger=leaving.__name__):
        await leave_group(broker, None, idle, group="import-svc")
    assert not broker.left
    (line,) = (each.getMessage() for each in caplog.records if each.name == leaving.__name__)
    assert line.startswith("did not leave import-svc: Kafka does not answer")


async def test_a_batch_in_hand_is_waited_for_longer_than_a_broker(
    broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "_ANSWERED_WITHIN", 0.01)
    ending = asyncio.create_task(leave_group(broker, None, idle := asyncio.Event(), group="import-svc"))
    assert await asyncio.wait({ending}, timeout=0.05) == (set(), {ending})
    broker.answers.set()
    idle.set()
    await ending
    assert broker.left


async def test_a_member_that_is_cut_off_gives_its_batch_up_and_leaves(broker: Any) -> None:
    left = asyncio.Event()

    async def leave() -> None:
        left.set()

    batch = asyncio.create_task(asyncio.Event().wait())
    subscriber: Any = SimpleNamespace(tasks=[batch], consumer=SimpleNamespace(stop=leave))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await leave_group(broker, subscriber, asyncio.Event(), group="import-svc")
    assert (batch.cancelled(), left.is_set()) == (True, True)


async def test_what_fails_while_a_member_leaves_is_not_swallowed(idle: asyncio.Event) -> None:
    async def stop() -> None:
        raise RuntimeError

    failing: Any = SimpleNamespace(stop=stop)
    with pytest.raises(RuntimeError):
        await leave_group(failing, None, idle, group="import-svc")
