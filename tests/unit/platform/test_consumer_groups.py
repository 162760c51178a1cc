"""What is told of a consumer group when a partition cannot be read."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from koppel.platform.consumer.kafka import groups

ANSWERS, SILENT = TopicPartition("t", 0), TopicPartition("t", 1)


class _Consumer:
    """One of its partitions never answers."""

    def assign(self, places: list[TopicPartition]) -> None:
        self.places = places

    def seek(self, place: TopicPartition, at: int) -> None:
        """Nothing."""

    async def getmany(self, **_: Any) -> dict[TopicPartition, list[Any]]:
        await asyncio.sleep(0)
        return {place: [SimpleNamespace(timestamp=5_000)] for place in self.places if place != SILENT}


async def test_a_partition_that_does_not_answer_leaves_what_the_others_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(groups, "_READ_WITHIN", 0.05)
    unread = {(ANSWERS, 7), (SILENT, 1)}
    assert await groups._times(_Consumer(), unread) == {(ANSWERS, 7): 5.0}
    assert groups._behind(65.0, ANSWERS, 7, 9, {(ANSWERS, 7): 5.0}) == 60.0
    assert groups._behind(65.0, SILENT, 1, 9, {(ANSWERS, 7): 5.0}) is None
