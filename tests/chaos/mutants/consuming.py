"""Seeded bugs of committing offsets, of the clients' settings, and of what follows a lost answer."""

import asyncio
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from aiokafka import AIOKafkaProducer
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from tests.chaos.mutants.catalogue import mutant

from koppel.platform.consumer import Consumer, attempt, processor
from koppel.platform.consumer.decision import Decision
from koppel.platform.consumer.kafka import consumer as consumer_module
from koppel.platform.consumer.kafka import leaving
from koppel.platform.consumer.kafka.partition_groups import Place, partitions
from koppel.platform.consumer.processor import TRY_AGAIN, Processor
from koppel.platform.outbox import relay as relay_module


@mutant("offset stays below work in hand", "offset past unfinished work")
def offset_committed_before_the_effect() -> Iterator[None]:
    handle = Consumer._handle

    async def commit_first(self: Any, message: Any) -> None:
        await self._commit(_ends(message))
        await handle(self, message)

    with patch.object(Consumer, "_handle", commit_first):
        yield


@mutant("partition groups of a batch are acknowledged together", "offset past unfinished work")
def first_group_acknowledges_the_batch() -> Iterator[None]:
    handle, apply = Consumer._handle, Consumer._apply
    batch: Any = ()

    async def remember(self: Any, message: Any) -> None:
        nonlocal batch
        batch = message
        await handle(self, message)

    async def acknowledge(self: Any, records: Any) -> None:
        await apply(self, records)
        await self._commit(_ends(batch))

    with patch.object(Consumer, "_handle", remember), patch.object(Consumer, "_apply", acknowledge):
        yield


@mutant("failing commit never lets the next one pass it", "not drained", "lost before the effect")
def faults_of_the_commit_are_raised_to_the_framework() -> Iterator[None]:
    """Nothing checks deferred constraints early, and what the batch raises is logged and passed."""
    handle = Consumer._handle

    async def once(self: Any, message: Any) -> None:
        with patch.object(consumer_module, "_AGAIN", _Never()):
            await handle(self, message)

    with patch.object(attempt, "_CHECK_NOW", "select 1"), patch.object(Consumer, "_handle", once):
        yield


def _ends(message: Any) -> dict[Place, int]:
    """The offsets behind a batch."""
    return {place: run[-1].offset + 1 for place, run in partitions(message).items()}


async def _nothing() -> None:
    """In place of a goodbye."""


class _Never:
    def delay(self, attempt: int) -> Any:
        raise RuntimeError("not tried again")


@mutant("committed offset never passes unfinished work", "offset past unfinished work")
def cancelled_is_acknowledged() -> Iterator[None]:
    handle = Consumer._handle

    async def acknowledge(self: Any, message: Any) -> None:
        try:
            await handle(self, message)
        except asyncio.CancelledError:
            await self._commit(_ends(message))
            raise

    with patch.object(Consumer, "_handle", acknowledge):
        yield


@mutant("every client is set up as promised", "acknowledges by itself")
def acknowledged_by_the_framework_first() -> Iterator[None]:
    with _subscriber(ack_policy=AckPolicy.ACK_FIRST):
        yield


@mutant("new group begins at the first event", "not drained", "lost before the effect")
def new_group_begins_at_the_latest_event() -> Iterator[None]:
    with _subscriber(auto_offset_reset="latest"):
        yield


@mutant("restarted member that reads fewer topics goes on", "member stays out")
def member_keeps_its_name_whatever_it_reads() -> Iterator[None]:
    with patch.object(consumer_module, "member_name", lambda feed, instance: f"{feed.group}-{instance}"):
        yield


@mutant("member that is cut off leaves its group", "member stays in its group")
def member_that_is_cut_off_only_ends() -> Iterator[None]:
    give_up = leaving._give_up

    async def end(ending: Any, subscriber: Any) -> None:
        """As a process ends: its work and its connections are gone, and the group is told nothing."""
        with patch.object(subscriber.consumer._coordinator, "_maybe_leave_group", _nothing):
            await give_up(ending, subscriber)

    with patch.object(leaving, "_give_up", end):
        yield


@mutant("every client is set up as promised", "weak producer")
def producer_is_not_idempotent() -> Iterator[None]:
    def weak(bootstrap_servers: str, client_id: str) -> Any:
        return lambda: AIOKafkaProducer(bootstrap_servers=bootstrap_servers, client_id=client_id, acks=1)

    from tests.chaos.scenarios import consuming  # noqa: PLC0415  (the scenario asks for it by this name)

    with (
        patch.object(relay_module, "producer_factory", weak),
        patch.object(consuming, "producer_factory", weak),
    ):
        yield


@mutant("lost answer to a commit doubles nothing", "effect doubled")
def unknown_outcome_is_tried_again_blindly() -> Iterator[None]:
    apply = Processor.apply

    async def again(self: Any, batch: Any) -> None:
        try:
            await apply(self, batch)
        except TRY_AGAIN:
            with patch.object(processor, "decide", lambda *_, **__: Decision.APPLY):
                await apply(self, batch)

    with patch.object(Processor, "apply", again):
        yield


def _subscriber(**settings: Any) -> Any:
    real = KafkaBroker.subscriber

    def subscriber(self: Any, *topics: str, **given: Any) -> Any:
        return real(self, *topics, **{**given, **settings})

    return patch.object(KafkaBroker, "subscriber", subscriber)
