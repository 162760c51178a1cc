"""Gap repair: a consumer misses versions of a stream, and their owner sends them again without an operator."""

import logging
from typing import Final

from koppel.contracts.replay import GapFound
from koppel.platform.consumer.subscriptions import ReceivedEvent
from koppel.platform.database import Connection
from koppel.platform.replay.filter import ReplayFilter, StreamRange, owned_topics
from koppel.platform.replay.lifecycle import Replays
from koppel.platform.replay.resolve_targets import is_consumer_name, target_of

log = logging.getLogger(__name__)

_LATELY: Final = """
select 1 from replay where gap = $1 and created_at > now() - interval '10 seconds' limit 1
"""
_ONE_AT_A_TIME: Final = "select pg_advisory_xact_lock(hashtextextended('koppel gap ' || $1, 0))"


class GapRepair:
    """The handler of `GapFound`."""

    def __init__(self, replays: Replays) -> None:
        self._replays = replays
        self._owned = frozenset(owned_topics(replays.service))

    async def __call__(self, received: ReceivedEvent[GapFound], connection: Connection) -> None:
        """Asked again while a repair of the stream is unfinished, or within ten seconds, does nothing."""
        gap = received.data
        if gap.stream_topic not in self._owned:
            return
        target = target_of(gap.consumer, [gap.stream_topic])
        if not is_consumer_name(gap.consumer) or not target.topics or gap.from_version > gap.to_version:
            log.warning("a gap that nobody can have is not repaired: asked by event %s", received.envelope.id)
            return
        await connection.execute(_ONE_AT_A_TIME, gap.key)
        if await connection.fetchval(_LATELY, gap.key) is not None:
            return
        missing = StreamRange(
            topic=gap.stream_topic,
            key=gap.stream_key,
            from_version=gap.from_version,
            to_version=gap.to_version,
        )
        await self._replays.repair(
            connection,
            gap=gap.key,
            asked=ReplayFilter(streams=[missing]),
            target=target,
            actor=f"consumer:{gap.consumer}",
        )
