"""`/ops/v1/consumers`: who is behind, and by how much."""

from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from koppel.contracts.replay_topic import is_replay_topic_of_others, replay_group_name, replay_topic_name
from koppel.contracts.topics import TOPICS
from koppel.platform.consumer.kafka.groups import GroupState, PartitionStanding
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.http import Page, ResponseModel, TextPageQuery, paginate, problems
from koppel.platform.operations.access import OPERATORS_ONLY, Operations, Ops

router = APIRouter(tags=["operations"], dependencies=[OPERATORS_ONLY])


class ConsumerStanding(ResponseModel):
    """How far a consumer is in one partition. Events that are parked or held count as read: they wait elsewhere."""

    consumer: str = Field(description="The consumer: its group on Kafka.")
    topic: str = Field(description="The topic that it reads.")
    partition: int = Field(description="The topic's partition.")
    position: int | None = Field(
        description="The offset that it reads next; null: it has not committed one yet."
    )
    end: int = Field(description="The offset that the next event of the partition gets.")
    events_behind: int = Field(
        description="How many offsets it has to read; of a compacted topic fewer events are there."
    )
    seconds_behind: float | None = Field(
        description="How long the oldest event that it has not read has been on Kafka; 0: it has read all; null: the "
        "event could not be read in time."
    )
    state: GroupState = Field(
        description="`consuming`: a member reads the partition; `rebalancing`: its members share anew; `stopped`: nobody "
        "reads it."
    )
    member: str | None = Field(description="The member of the group that reads it; null: nobody.")
    host: str | None = Field(description="Where that member is; null: nobody reads it.")


@router.get("/ops/v1/consumers", operation_id="list_consumers", responses=problems(broker_unavailable=503))
async def list_consumers(
    page: TextPageQuery,
    ops: Ops,
    *,
    consumer: Annotated[
        str | None, Query(min_length=1, max_length=200, description="Only this consumer; left out: all.")
    ] = None,
    topic: Annotated[
        str | None, Query(min_length=1, max_length=250, description="Only this topic; left out: all.")
    ] = None,
) -> Page[ConsumerStanding]:
    """List how far consumers are. This service's own in all that it reads, its replay topic too (as `<consumer>.replay`), and
    whoever else reads its topics or a subscriber's replay topic. In order of consumer, topic and partition."""
    after = page.after(str)
    found = sorted(
        (
            each
            for each in await standings(ops)
            if consumer in (None, each.consumer)
            and topic in (None, each.topic)
            and (after is None or _place(each) > after[0])
        ),
        key=_place,
    )
    return paginate(
        found[: page.fetch], page, item=ConsumerStanding.model_validate, key=lambda each: (_place(each),)
    )


async def standings(ops: Operations) -> list[PartitionStanding]:
    """What `/ops/v1/consumers` tells, unsorted. Raises `Transient` (`broker_unavailable`)."""
    if ops.groups is None:
        return []
    owned = {topic.name for topic in TOPICS if topic.owner == ops.service}
    return await ops.groups.standings(
        _own(ops.subscriptions), lambda topic: topic in owned or is_replay_topic_of_others(topic)
    )


def _own(subscriptions: Subscriptions) -> dict[str, Collection[str]]:
    """What this service reads, by group."""
    if not (reads := {topic.name for topic in subscriptions.topics}):
        return {}
    consumer = subscriptions.name
    return {consumer: reads, replay_group_name(consumer): {replay_topic_name(consumer)}}


def _place(standing: PartitionStanding) -> str:
    return f"{standing.consumer} {standing.topic} {standing.partition:06}"
