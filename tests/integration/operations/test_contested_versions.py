"""Two events claim one version of a stream: the second is parked, told, and in nobody's way."""

from dataclasses import replace
from datetime import timedelta

import pytest

from koppel.contracts.administration import AdministrationRemoved, AdministrationRenamed
from koppel.kernel.ids import new_id
from koppel.platform.consumer.decode import DecodedRecord, StoredRecord, decode_record
from koppel.platform.consumer.parked.gaps import GapDetector
from koppel.platform.consumer.parked.selector import CauseSelector
from koppel.testing.administrations import imported, removed
from koppel.testing.deliveries import delivery

from .situation import Situation, names


def _forged(situation: Situation, name: str, version: int) -> DecodedRecord:
    """Another event than the owner's of that version, in the owner's name."""
    event = situation.organisation.renamed(name)
    return delivery(event, version, situation.subscriptions, event_id=str(new_id()))


def _unread(situation: Situation, version: int) -> DecodedRecord:
    """A forged event of a type that nobody here reads."""
    raw = StoredRecord.of(_forged(situation, "?", version).raw)
    kept = [(name, value) for name, value in raw.headers if name != "ce_type"]
    kept.append(("ce_type", AdministrationRemoved.type_name().encode()))
    return decode_record(replace(raw, headers=kept), situation.subscriptions)


async def _believe_a_forged_two(situation: Situation) -> None:
    await situation.arrive(situation.renamed("a", 1))
    await situation.arrive(_unread(situation, 2))
    await situation.arrive(situation.renamed("b", 2))


async def test_the_owners_event_after_a_forged_one_is_parked_and_not_taken_for_stale(
    situation: Situation,
) -> None:
    await _believe_a_forged_two(situation)
    (row,) = await situation.parked()
    assert (row["cause_class"], row["cause_code"], row["version"]) == ("permanent", "version_conflict", 2)
    assert (row["next_attempt_at"], await situation.effects()) == (None, ["a"])


async def test_a_conflict_holds_no_followers(situation: Situation) -> None:
    await _believe_a_forged_two(situation)
    await situation.arrive(situation.renamed("c", 3), situation.renamed("d", 4))
    assert (await situation.effects(), await situation.held()) == (["a", "c", "d"], [])


async def test_retried_it_takes_the_place_of_the_forged_one(situation: Situation) -> None:
    await _believe_a_forged_two(situation)
    await situation.parked_events.retry((await situation.parked())[0]["id"], actor=situation.operator)
    await situation.retry.run_due()
    assert (await situation.effects(), await situation.parked()) == (["a", "b"], [])
    await situation.arrive(situation.renamed("b", 2), situation.renamed("c", 3))
    assert (await situation.effects(), await situation.position()) == (["a", "b", "c"], 3)


async def test_once_it_took_the_place_the_forged_one_is_the_conflict(situation: Situation) -> None:
    forged = _unread(situation, 2)
    await situation.arrive(situation.renamed("a", 1), forged, situation.renamed("b", 2))
    await situation.parked_events.retry((await situation.parked())[0]["id"], actor=situation.operator)
    await situation.retry.run_due()
    await situation.arrive(forged)
    (row,) = await situation.parked()
    assert (row["cause_code"], row["offset"]) == ("version_conflict", forged.raw.offset)


async def test_retried_after_its_stream_went_on_it_stays_and_says_so(situation: Situation) -> None:
    """Applied late it would undo what came after it."""
    await _believe_a_forged_two(situation)
    await situation.arrive(situation.renamed("c", 3))
    pick = CauseSelector(situation.consumer, "version_conflict")
    ((verdict,), _) = await situation.dry_run.would_pass(pick, limit=10)
    assert (verdict.outcome, verdict.cause and verdict.cause.code) == ("fails", "version_conflict")
    await situation.parked_events.retry((await situation.parked())[0]["id"], actor=situation.operator)
    await situation.retry.run_due()
    (row,) = await situation.parked()
    assert (await situation.effects(), row["cause_code"]) == (["a", "c"], "version_conflict")
    assert "up to 3" in row["cause_detail"]
    assert (await situation.held(), await situation.position()) == ([], 3)


async def test_a_forged_event_after_the_owners_changes_nothing(situation: Situation) -> None:
    await situation.arrive(situation.renamed("a", 1), situation.renamed("b", 2))
    await situation.arrive(_forged(situation, "forged", 2), situation.renamed("c", 3))
    assert (await situation.effects(), names(await situation.parked(), "cause_code")) == (
        ["a", "b", "c"],
        ["version_conflict"],
    )


async def test_both_in_one_batch_are_told_apart(situation: Situation) -> None:
    await situation.arrive(
        situation.renamed("a", 1), _forged(situation, "forged", 1), situation.renamed("b", 2)
    )
    assert (await situation.effects(), names(await situation.parked(), "version")) == (["a", "b"], [1])


async def test_the_positions_own_event_comes_again_and_is_passed(situation: Situation) -> None:
    await situation.arrive(situation.renamed("a", 1), situation.renamed("b", 2))
    await situation.arrive(situation.renamed("b", 2))
    await situation.arrive(situation.renamed("a", 1), situation.renamed("b", 2))
    assert (await situation.effects(), await situation.parked()) == (["a", "b"], [])


async def test_a_position_from_before_digests_is_believed(situation: Situation) -> None:
    await situation.arrive(situation.renamed("a", 1))
    async with situation.database.system() as connection:
        await connection.execute("update consumer_head set event_digest = null")
    await situation.arrive(_forged(situation, "other", 1), situation.renamed("b", 2))
    assert (await situation.effects(), await situation.parked()) == (["a", "b"], [])


async def test_a_conflict_that_is_sent_again_is_parked_once(situation: Situation) -> None:
    await situation.arrive(situation.renamed("a", 1))
    forged = _forged(situation, "forged", 1)
    again = decode_record(
        replace(StoredRecord.of(forged.raw), offset=forged.raw.offset + 10_000), situation.subscriptions
    )
    await situation.arrive(forged, again)
    await situation.arrive(forged)
    assert len(await situation.parked()) == 1


async def test_a_conflict_that_was_given_up_stays_so_and_moves_no_position(situation: Situation) -> None:
    await situation.arrive(situation.renamed("a", 1))
    forged = _forged(situation, "forged", 1)
    await situation.arrive(forged)
    (row,) = await situation.parked()
    result = await situation.parked_events.discard(row["id"], actor=situation.operator, reason="forged")
    assert (result.head, result.followers_released, result.next_parked_id) == (1, 0, None)
    await situation.arrive(forged, situation.renamed("b", 2))
    assert (await situation.effects(), await situation.parked()) == (["a", "b"], [])


async def test_of_two_that_wait_for_their_turn_one_is_applied_and_the_other_told(
    situation: Situation,
) -> None:
    """Even where they differ in nothing but their ids and types."""
    ahead = situation.renamed("c", 3)
    forged = [(n, b"other" if n == "ce_id" else v) for n, v in ahead.raw.headers]
    twin = decode_record(
        replace(StoredRecord.of(ahead.raw), headers=forged, offset=10**6), situation.subscriptions
    )
    await situation.arrive(situation.renamed("a", 1), ahead, ahead, twin, situation.renamed("d", 4))
    assert await situation.held() == [3, 3, 4]
    await situation.arrive(situation.renamed("b", 2))
    assert await situation.effects() == ["a", "b", "c", "d"]
    assert names(await situation.parked(), "cause_code") == ["version_conflict"]


async def test_a_conflict_does_not_explain_a_gap(situation: Situation) -> None:
    await situation.arrive(situation.renamed("a", 1))
    await situation.arrive(_forged(situation, "forged", 1), situation.renamed("c", 3))
    asks = GapDetector(situation.database, situation.subscriptions, situation.policy, timedelta(0))
    assert (await situation.held(), await asks.run_due()) == ([3], 1)
    await situation.arrive(situation.renamed("b", 2))
    assert await situation.effects() == ["a", "b", "c"]


HEADERS: dict[str, dict[str, bytes | None]] = {
    "numbered": {},
    "not numbered": {"ce_sequence": None},
    "of a type that nobody reads": {"ce_type": b"nl.koppel.Unheard.v1"},
    "no event besides": {"ce_time": b"yesterday"},
    "a version that is none": {"ce_sequence": b"-1"},
    "without an id": {"ce_id": None},
}


def _from_elsewhere(situation: Situation, version: int, changed: dict[str, bytes | None]) -> DecodedRecord:
    event = situation.organisation.renamed("forged")
    raw = StoredRecord.of(delivery(event, version, situation.subscriptions, source="urn:koppel:sync-svc").raw)
    headers = [(name, value) for name, value in raw.headers if name not in changed]
    headers += [(name, value) for name, value in changed.items() if value is not None]
    return decode_record(replace(raw, headers=headers), situation.subscriptions)


@pytest.mark.parametrize("how", HEADERS)
async def test_on_a_closed_topic_another_source_is_refused_before_it_moves_anything(
    situation: Situation, how: str
) -> None:
    foreign = _from_elsewhere(situation, 2, HEADERS[how])
    await situation.arrive(situation.renamed("a", 1), foreign)
    (row,) = await situation.parked()
    assert (row["cause_class"], row["cause_code"], row["version"]) == ("permanent", "source_refused", None)
    assert await situation.position() == 1
    await situation.arrive(situation.renamed("b", 2), situation.renamed("c", 3))
    assert (await situation.effects(), await situation.held(), await situation.position()) == (
        ["a", "b", "c"],
        [],
        3,
    )
    await situation.parked_events.discard(row["id"], actor=situation.operator, reason="not theirs")
    await situation.arrive(foreign)
    assert (await situation.parked(), await situation.position()) == ([], 3)


async def test_a_refused_source_is_refused_again_when_it_is_retried(situation: Situation) -> None:
    await situation.arrive(_from_elsewhere(situation, 1, {}))
    await situation.parked_events.retry((await situation.parked())[0]["id"], actor=situation.operator)
    await situation.retry.run_due()
    (row,) = await situation.parked()
    assert (row["cause_code"], row["attempts"], row["next_attempt_at"]) == ("source_refused", 1, None)
    await situation.arrive(situation.renamed("a", 1))
    assert await situation.effects() == ["a"]


async def test_a_refused_source_far_ahead_leaves_no_gap(situation: Situation) -> None:
    await situation.arrive(situation.renamed("a", 1), _from_elsewhere(situation, 2**62, {}))
    (row,) = await situation.parked()
    await situation.parked_events.discard(row["id"], actor=situation.operator, reason="not theirs")
    await situation.arrive(situation.renamed("b", 2))
    assert (await situation.effects(), await situation.position()) == (["a", "b"], 2)


async def test_a_removal_that_was_forged_away_is_not_lost(situation: Situation) -> None:
    """The consumer reads removals only; a forged rename took the removal's version."""
    seen: list[str] = []
    fresh = Situation(situation.database, f"test-{new_id()}", situation.policy)

    async def on_removed(event: object, connection: object) -> None:
        seen.append("removed")

    fresh.subscriptions._by_type.clear()
    fresh.subscriptions.on(AdministrationRemoved, on_removed)
    of = imported(new_id())
    forged = AdministrationRenamed(
        organisation_id=new_id(), administration_id=of.administration_id, name="x", renamed_at=of.imported_at
    )
    await fresh.arrive(
        delivery(of, 1, fresh.subscriptions),
        delivery(forged, 2, fresh.subscriptions, event_id="by hand"),
        delivery(removed(of), 2, fresh.subscriptions),
    )
    (row,) = await fresh.parked()
    assert (row["type"], row["cause_code"], seen) == (
        AdministrationRemoved.type_name(),
        "version_conflict",
        [],
    )
    await fresh.parked_events.retry(row["id"], actor=fresh.operator)
    await fresh.retry.run_due()
    assert (seen, await fresh.parked()) == (["removed"], [])
