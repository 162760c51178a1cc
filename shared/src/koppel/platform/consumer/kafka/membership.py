"""A member of a consumer group: its name, when it is missed, and how it lets partitions go."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Sequence
from contextlib import suppress

from aiokafka import ConsumerRebalanceListener, TopicPartition

from koppel.platform.consumer.feed import Feed

log = logging.getLogger(__name__)

SESSION = 10.0
"""Seconds without a heartbeat after which the group misses a member, and others have its partitions."""
NAMED_SESSION = 30.0
"""The same of a static member, whose process restarts within it on a machine that is busy, too: else its name is of no use."""
HEARTBEAT = 2.0


def member_name(feed: Feed, instance: str) -> str:
    """A static member's name. Kafka gives a member that comes back under its name what it had, whatever it reads by now:
    a topic less, and it could never join; a topic more, and nobody would read that. So other topics are another name.
    """
    topics = hashlib.sha256(" ".join(sorted(feed.topics)).encode()).hexdigest()
    return f"{feed.group}-{instance}-{topics[:8]}"


class DrainOnRevoke(ConsumerRebalanceListener):  # type: ignore[misc]
    """On revoke: the current batch is finished and committed before the partitions go to another member."""

    def __init__(self, idle: asyncio.Event, within: float) -> None:
        self._idle = idle
        self._within = within
        self.assigned = False
        self.since = time.monotonic()
        self.at = 0.0
        """Wall clock, as the client's own time stamps are."""

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        self.assigned, self.since = False, time.monotonic()
        log.info("letting go of %s partitions", len(revoked))
        with suppress(TimeoutError):
            async with asyncio.timeout(self._within):
                await self._idle.wait()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        self.assigned, self.since, self.at = True, time.monotonic(), time.time()
        log.info("assigned %s partitions", len(assigned))
