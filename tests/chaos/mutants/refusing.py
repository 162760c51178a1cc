"""Seeded bugs about what Kafka does not take."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import asyncpg
from tests.chaos.mutants.catalogue import mutant

from koppel.platform.outbox import relay as relay_module
from koppel.platform.outbox.backoff import Backoff
from koppel.platform.outbox.batches import Batches
from koppel.platform.outbox.partitions import Partitions
from koppel.platform.outbox.relay import Relay


@mutant("event too large for the broker stops its stream only", "inversion on the topic", "not drained")
def goes_on_after_a_refused_row() -> Iterator[None]:
    def add(self: Any, rows: Any) -> None:
        self.refused += [row for row in rows if not self._append(row, (row["topic"], row["key"]))]

    with patch.object(Batches, "add", add):
        yield


@mutant("event that the broker refuses stops its stream only", "not drained")
def refused_batch_is_tried_again_as_it_was() -> Iterator[None]:
    with patch.object(Backoff, "alone", lambda *_: False):
        yield


@mutant("event that the broker refuses stops its stream only", "inversion on the topic")
def next_batch_follows_a_refused_first_one() -> Iterator[None]:
    with patch.object(relay_module, "_FIRST_ANSWER", 0.0):
        yield


@mutant("topic that the broker does not have stops its streams only", "not drained")
def all_wait_for_a_topic_that_is_not_there() -> Iterator[None]:
    async def learn(self: Any, producer: Any, topics: Any) -> None:
        for topic in topics:
            self[topic] = len(await producer.partitions_for(topic))

    with patch.object(Partitions, "learn", learn):
        yield


@mutant("failed send keeps its stream back until it is sent", "inversion on the topic")
def goes_on_after_a_failed_send() -> Iterator[None]:
    def may_go(self: Any, row: asyncpg.Record) -> bool:
        return row["seq"] not in self._in_flight and row["seq"] not in self._backoff.waiting

    with patch.object(Relay, "_may_go", may_go):
        yield
