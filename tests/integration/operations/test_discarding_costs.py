"""What giving an event up does to those that wait behind it: told before, and nothing good is dropped."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from koppel.kernel.errors import Permanent
from koppel.kernel.ids import new_id
from koppel.platform.consumer.decode import DecodedRecord, StoredRecord, decode_record
from koppel.platform.consumer.parked.commands import Discarded
from koppel.platform.consumer.parked.gaps import ASKS, GapDetector
from koppel.testing.deliveries import delivery

from .situation import Situation


def _forged(situation: Situation, version: int, *, name: str = "forged") -> DecodedRecord:
    return delivery(
        situation.organisation.renamed(name), version, situation.subscriptions, event_id=str(new_id())
    )


def _no_event(situation: Situation, version: int) -> DecodedRecord:
    """In the owner's name, and nothing can be read from it."""
    forged = _forged(situation, version)
    return decode_record(replace(StoredRecord.of(forged.raw), value=b"{"), situation.subscriptions)


async def _discard(situation: Situation, *, event_only: bool = False) -> Discarded:
    """What was told before is what is done."""
    (row,) = await situation.parked()
    before = await _state(situation)
    told = await situation.parked_events.would_discard(row["id"], event_only=event_only)
    assert await _state(situation) == before
    done = await situation.parked_events.discard(
        row["id"], actor=situation.operator, reason="x", event_only=event_only
    )
    assert replace(told, next_parked_id=None) == replace(done, next_parked_id=None)
    assert (told.next_parked_id is None) is (done.next_parked_id is None)
    return done


async def _state(situation: Situation) -> tuple[object, ...]:
    return (
        await situation.effects(),
        await situation.parked(),
        await situation.held(),
        await situation.position(),
        await situation.audit(),
        await situation._rows("select event_id from consumed_event where consumer = $1"),
    )


async def test_the_real_event_of_its_version_is_applied_in_its_place(situation: Situation) -> None:
    await situation.arrive(
        situation.renamed("a", 1),
        _no_event(situation, 2),
        situation.renamed("b", 2),
        situation.renamed("c", 3),
    )
    assert (await situation.effects(), await situation.held()) == (["a"], [2, 3])
    result = await _discard(situation)
    assert (await situation.effects(), await situation.held()) == (["a", "b", "c"], [])
    assert result.in_its_place is not None
    assert (result.in_its_place.version, result.in_its_place.type) == (
        2,
        "nl.koppel.AdministrationRenamed.v1",
    )
    assert (result.skipped, result.missing, result.head) == ((), None, 3)


async def test_it_stays_discarded_after_another_took_its_place(situation: Situation) -> None:
    bad = _no_event(situation, 1)
    await situation.arrive(bad, situation.renamed("a", 1))
    await _discard(situation)
    await situation.arrive(bad, situation.renamed("a", 1), situation.renamed("b", 2))
    assert (await situation.effects(), await situation.parked(), await situation.held()) == (
        ["a", "b"],
        [],
        [],
    )


async def test_its_own_copies_do_not_take_its_place(situation: Situation) -> None:
    """Kafka delivered it again while it was parked."""
    situation.failing["bad"] = Permanent("refused", "No.")
    bad = situation.renamed("bad", 1)
    await situation.arrive(bad)
    again = decode_record(
        replace(StoredRecord.of(bad.raw), offset=bad.raw.offset + 10_000), situation.subscriptions
    )
    await situation.arrive(again, situation.renamed("b", 2))
    situation.failing.clear()
    assert await situation.held() == [1, 2]
    result = await _discard(situation)
    assert (await situation.effects(), await situation.held(), await situation.parked()) == (["b"], [], [])
    assert (result.in_its_place, result.skipped, result.head) == (None, (), 2)


async def test_of_two_that_wait_for_its_place_the_second_is_a_conflict(situation: Situation) -> None:
    await situation.arrive(
        _no_event(situation, 1), situation.renamed("a", 1), _forged(situation, 1), situation.renamed("b", 2)
    )
    await _discard(situation)
    (row,) = await situation.parked()
    assert (await situation.effects(), row["cause_code"]) == (["a", "b"], "version_conflict")


async def test_one_that_fails_in_its_place_is_parked_in_its_turn(situation: Situation) -> None:
    situation.failing["a"] = Permanent("refused", "No.")
    await situation.arrive(_no_event(situation, 1), situation.renamed("a", 1), situation.renamed("b", 2))
    result = await _discard(situation)
    (row,) = await situation.parked()
    assert (row["cause_code"], row["id"], await situation.held()) == ("refused", result.next_parked_id, [2])


async def test_what_the_stream_had_passed_is_told_as_skipped(situation: Situation) -> None:
    await situation.arrive(situation.renamed("a", 1), situation.renamed("b", 2), situation.broken(3))
    await _stand_at(situation, 0)
    await situation.arrive(situation.renamed("b", 2))
    await _stand_at(situation, 2)
    await situation.arrive(situation.renamed("d", 4))
    assert await situation.held() == [2, 4]
    result = await _discard(situation)
    assert [(each.version, each.type) for each in result.skipped] == [
        (2, "nl.koppel.AdministrationRenamed.v1")
    ]
    assert await situation.effects() == ["a", "b", "d"]


async def _stand_at(situation: Situation, version: int) -> None:
    await situation._rows(f"update consumer_head set version = {version} where consumer = $1 returning 1")


async def _wait_in_vain(situation: Situation) -> None:
    """A version far ahead: the owner was asked for those before it, and has none."""
    await situation.arrive(situation.renamed("a", 1), _forged(situation, 1_000))
    asks = GapDetector(situation.database, situation.subscriptions, situation.policy, timedelta(0))
    for _ in range(ASKS + 1):
        await asks.run_due()
    (row,) = await situation.parked()
    assert (row["cause_class"], row["version"]) == ("gap", 1_000)


async def test_missing_versions_that_would_be_given_up_are_told(situation: Situation) -> None:
    await _wait_in_vain(situation)
    result = await _discard(situation)
    assert (result.missing, result.head) == ((2, 999), 1_000)
    assert await situation.effects() == ["a", "forged"]


async def test_an_event_far_ahead_can_be_given_up_alone(situation: Situation) -> None:
    await _wait_in_vain(situation)
    result = await _discard(situation, event_only=True)
    assert (result.missing, result.head, result.in_its_place) == (None, 1, None)
    await situation.arrive(situation.renamed("b", 2), situation.renamed("c", 3))
    assert (await situation.effects(), await situation.parked()) == (["a", "b", "c"], [])


async def test_bytes_on_a_topic_of_states_take_no_version_with_them(situation: Situation) -> None:
    """A later state counts, whatever number something unreadable bore."""
    external_id = str(uuid4())
    unread = situation.record(external_id, 100)
    bad = decode_record(replace(StoredRecord.of(unread.raw), value=b"{"), situation.subscriptions)
    await situation.arrive(bad, situation.record(external_id, 5))
    result = await _discard(situation)
    assert result.head == 5
    await situation.arrive(situation.record(external_id, 6), bad)
    assert await situation.effects() == ["revision 5", "revision 6"]
    assert await situation.position(bad.key) == 6


@pytest.mark.parametrize("number", [0, 3])
async def test_nothing_is_asked_for_where_followers_only_follow(situation: Situation, number: int) -> None:
    situation.failing["bad"] = Permanent("refused", "No.")
    await situation.arrive(
        situation.renamed("bad", 1), *(situation.renamed(f"{n}", n) for n in range(2, 2 + number))
    )
    result = await _discard(situation)
    assert (result.in_its_place, result.skipped, result.missing) == (None, (), None)
    assert (result.followers_released, len(await situation.effects())) == (number, number)
