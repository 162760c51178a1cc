"""What no consumer or relay may deviate from: asked of the clients as they are built."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from faststream import AckPolicy

from koppel.contracts.administration import AdministrationRenamed
from koppel.contracts.topics import SERVICES
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer import Consumer, ReceivedEvent, Subscriptions, live
from koppel.platform.database import Connection, Database
from koppel.platform.outbox import producer as producer_module
from koppel.platform.outbox.relay import producer_factory
from koppel.platform.replay.target import replay_feed

ROOT = Path(__file__).parents[3]


async def _ignore(event: ReceivedEvent[AdministrationRenamed], connection: Connection) -> None:
    """Any handler."""


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("feed", ["live", "replay"])
def test_every_subscriber_acknowledges_by_hand_and_reads_from_the_beginning(service: str, feed: str) -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none", "none")
    subscriptions = Subscriptions(service)
    subscriptions.on(AdministrationRenamed, _ignore)
    read = (
        live(database, subscriptions)
        if feed == "live"
        else replay_feed(database, subscriptions, RetryPolicy())
    )
    broker, _ = Consumer(read, "127.0.0.1:1")._build()
    subscribers: list[Any] = list(broker.subscribers)
    assert len(subscribers) == 1
    for subscriber in subscribers:
        assert subscriber.ack_policy is AckPolicy.MANUAL
        assert subscriber._connection_args["auto_offset_reset"] == "earliest"
        assert subscriber._connection_args.get("enable_auto_commit") is False


@pytest.mark.parametrize(("instance", "missed_after"), [(None, 10_000), ("1", 30_000)])
def test_a_member_that_has_a_name_may_be_away_for_as_long_as_a_restart_takes(
    instance: str | None, missed_after: int
) -> None:
    subscriptions = Subscriptions("import-svc")
    subscriptions.on(AdministrationRenamed, _ignore)
    feed = live(Database("postgresql://nobody@127.0.0.1:1/none", "none"), subscriptions)
    _, subscriber = Consumer(feed, "127.0.0.1:1", instance=instance)._build()
    assert subscriber._connection_args["session_timeout_ms"] == missed_after


def test_nobody_subscribes_past_the_platform_s_consumer() -> None:
    sources = [*ROOT.glob("services/*/src/**/*.py"), *ROOT.glob("shared/src/**/*.py")]
    found = {path.name for path in sources if ".subscriber(" in path.read_text(encoding="utf-8")}
    assert found == {"consumer.py"}


def test_the_relay_waits_for_every_replica_and_is_idempotent() -> None:
    with patch.object(producer_module, "AIOKafkaProducer") as built:
        producer_factory("127.0.0.1:1", "test")()
    settings = built.call_args.kwargs
    assert settings["acks"] == "all"
    assert settings["enable_idempotence"] is True
