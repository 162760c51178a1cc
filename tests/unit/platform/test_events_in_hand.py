"""How far behind a consumer says that it is."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from koppel.contracts.envelope import Envelope
from koppel.platform.consumer.decode import DecodedRecord, StoredRecord
from koppel.platform.consumer.kafka.events_in_hand import EventsInHand


def _batch(*minutes: int, replay_id: UUID | None = None) -> Sequence[DecodedRecord]:
    times = [datetime.now(UTC) - timedelta(minutes=each) for each in minutes]
    raw = StoredRecord(topic="t", partition=0, offset=0, key=b"k", value=b"{}", headers=())
    return [
        DecodedRecord(raw, "k", envelope=Envelope("1", "T", "/s", None, at, None, 1, None, None, replay_id))
        for at in times
    ]


def test_the_oldest_event_of_all_batches_in_hand_counts() -> None:
    in_hand = EventsInHand()
    with in_hand.holding(_batch(1)):
        with in_hand.holding(_batch(2, 5, 3)):
            assert 300 <= in_hand.seconds_behind() < 330
        assert 60 <= in_hand.seconds_behind() < 90
    assert in_hand.seconds_behind() == 0


def test_a_replayed_event_is_old_by_intent() -> None:
    in_hand = EventsInHand()
    with in_hand.holding(_batch(900, replay_id=UUID(int=1))):
        assert in_hand.seconds_behind() == 0


def test_a_publisher_whose_clock_is_ahead_is_not_waited_for() -> None:
    in_hand = EventsInHand()
    with in_hand.holding(_batch(-5)):
        assert in_hand.seconds_behind() == 0
