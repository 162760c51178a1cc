"""The whole ordering promise, case by case."""

import pytest

from koppel.contracts.envelope import MalformedEvent
from koppel.platform.consumer.decision import Decision, decide
from koppel.platform.consumer.decode import DecodedRecord, StoredRecord
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.testing.deliveries import delivery
from koppel.testing.organisations import Organisation

FAULT = MalformedEvent("value_invalid", "No event.")


def _decoded(version: int | None, topic: str, *, broken: bool) -> DecodedRecord:
    item = delivery(Organisation().renamed("x"), version or 1, Subscriptions("test"))
    item.version = version
    item.raw = StoredRecord(topic, 0, 0, b"k", (), b"")
    item.fault = FAULT if broken else None
    return item


@pytest.mark.parametrize(
    ("version", "parked", "steps", "state"),
    [
        (3, False, Decision.SKIP, Decision.SKIP),
        (3, True, Decision.SKIP, Decision.SKIP),
        (4, False, Decision.APPLY, Decision.APPLY),
        (4, True, Decision.HOLD, Decision.APPLY),
        (5, False, Decision.HOLD, Decision.APPLY),
        (5, True, Decision.HOLD, Decision.APPLY),
        (None, False, Decision.APPLY, Decision.APPLY),
        (None, True, Decision.HOLD, Decision.HOLD),
    ],
)
def test_of_a_stream_at_version_three(
    version: int | None, parked: bool, steps: Decision, state: Decision
) -> None:
    for topic, expected in (("koppel.administration.v1", steps), ("koppel.record.v1", state)):
        assert decide(_decoded(version, topic, broken=False), 3, parked=parked) is expected
        # No event: parked where an event would be applied, never ahead of its turn.
        instead = Decision.PARK if expected is Decision.APPLY or version is None else expected
        assert decide(_decoded(version, topic, broken=True), 3, parked=parked) is instead


@pytest.mark.parametrize("topic", ["koppel.administration.v1", "koppel.record.v1"])
def test_the_positions_version_as_another_event_is_a_conflict(topic: str) -> None:
    item = _decoded(3, topic, broken=False)
    assert decide(item, 3, parked=False, event=item.digest) is Decision.SKIP
    assert decide(item, 3, parked=False, event=None) is Decision.SKIP  # what the position was is not known
    assert decide(item, 3, parked=False, event="another") is Decision.CONFLICT
    assert decide(item, 3, parked=True, event="another") is Decision.CONFLICT
    assert (
        decide(item, 4, parked=False, event="another") is Decision.SKIP
    )  # older: only the position's is kept


def test_a_topic_of_others_carries_steps() -> None:
    ahead = _decoded(5, "of.others", broken=False)
    assert decide(ahead, 3, parked=False) is Decision.HOLD
