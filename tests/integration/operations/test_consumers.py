"""`/ops/v1/consumers`: what is asked of the broker, in which order it is answered, and what of it."""

from collections.abc import Callable, Collection, Mapping

import httpx
import pytest
from fastapi import FastAPI

from koppel.kernel.errors import Transient
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.kafka.groups import ConsumerGroups, PartitionStanding
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.operations import Operations

from .situation import TOPIC, Situation


class _Told(ConsumerGroups):
    def __init__(self, *standings: PartitionStanding) -> None:
        super().__init__("127.0.0.1:1")
        self.told = list(standings)
        self.own: Mapping[str, Collection[str]] = {}
        self.open_to: Callable[[str], bool] = bool

    async def standings(
        self, own: Mapping[str, Collection[str]], open_to: Callable[[str], bool]
    ) -> list[PartitionStanding]:
        self.own, self.open_to = own, open_to
        return self.told


class _Away(ConsumerGroups):
    async def standings(self, *_: object) -> list[PartitionStanding]:
        raise Transient("broker_unavailable", "No answer.")


def _standing(consumer: str, partition: int, topic: str = TOPIC) -> PartitionStanding:
    return PartitionStanding(
        consumer=consumer,
        topic=topic,
        partition=partition,
        position=3,
        end=5,
        events_behind=2,
        seconds_behind=61.5,
        state="stopped",
        member=None,
        host=None,
    )


@pytest.fixture
def told(operations: Operations) -> _Told:
    places = [("b", 1, TOPIC), ("b", 11, TOPIC), ("a", 0, TOPIC), ("b", 2, "another")]
    operations.groups = _Told(*(_standing(*place) for place in places))
    return operations.groups


async def test_they_come_in_order_page_by_page(operator: httpx.AsyncClient, told: _Told) -> None:
    seen: list[tuple[str, str, int]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await operator.get("/ops/v1/consumers", params={"limit": 3, **cursor})).json()
        seen += [(each["consumer"], each["topic"], each["partition"]) for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [("a", TOPIC, 0), ("b", "another", 2), ("b", TOPIC, 1), ("b", TOPIC, 11)]


async def test_one_consumer_or_topic_can_be_asked_for(operator: httpx.AsyncClient, told: _Told) -> None:
    answer = await operator.get("/ops/v1/consumers", params={"consumer": "b", "topic": "another"})
    (found,) = answer.json()["items"]
    assert found == {
        "consumer": "b",
        "topic": "another",
        "partition": 2,
        "position": 3,
        "end": 5,
        "events_behind": 2,
        "seconds_behind": 61.5,
        "state": "stopped",
        "member": None,
        "host": None,
    }


async def test_its_own_groups_are_asked_about_that_of_its_replay_topic_too(
    operator: httpx.AsyncClient, told: _Told, situation: Situation, operations: Operations
) -> None:
    await operator.get("/ops/v1/consumers")
    consumer = situation.consumer
    assert told.own == {
        consumer: {each.name for each in situation.subscriptions.topics},
        f"{consumer}.replay": {f"koppel.replay.{consumer}"},
    }


async def test_every_reader_of_its_own_topics_and_of_subscribers_replay_topics_is_asked_about(
    operator: httpx.AsyncClient, told: _Told, operations: Operations
) -> None:
    """A service's replay topic is told by that service alone."""
    operations.service = "import-svc"
    await operator.get("/ops/v1/consumers")
    topics = ["koppel.administration.v1", "koppel.sync.v1", "koppel.replay.billing", "koppel.replay.sync-svc"]
    assert [topic for topic in topics if told.open_to(topic)] == [topics[0], topics[2]]


async def test_a_service_that_reads_nothing_has_no_group_of_its_own(
    operator: httpx.AsyncClient, told: _Told, operations: Operations
) -> None:
    operations.consumes(Subscriptions("reads-nothing"), RetryPolicy())
    await operator.get("/ops/v1/consumers")
    assert told.own == {}


async def test_a_broker_that_is_away_is_503(operator: httpx.AsyncClient, app: FastAPI) -> None:
    app.state.operations.groups = _Away("127.0.0.1:1")
    answer = await operator.get("/ops/v1/consumers")
    assert (answer.status_code, answer.json()["code"]) == (503, "broker_unavailable")
